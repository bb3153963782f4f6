"""Hooks that observe functions while they run."""
from chainer.function_hooks.debug_print import PrintHook
from chainer.function_hooks.timer import TimerHook
