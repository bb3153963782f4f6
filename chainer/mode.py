"""What holds for a whole process or thread: debug mode and function hooks."""
import collections
import threading


class _ThreadLocal(threading.local):

    # Defaults, which are quicker to find than that there is no attribute.
    function_hooks = None
    reporters = None


#: Per-thread state. ``thread_local.function_hooks`` is the ordered dictionary
#: of the hooks that apply to every function called in this thread; it is
#: ``None`` before the first hook is entered, see :func:`get_function_hooks`.
thread_local = _ThreadLocal()

_debug = False


def get_function_hooks():
    """Returns the ordered dictionary of this thread's function hooks.

    It maps the name of each active :class:`~chainer.function.FunctionHook` to
    the hook, in the order in which they were entered.
    """
    hooks = thread_local.function_hooks
    if hooks is None:
        hooks = thread_local.function_hooks = collections.OrderedDict()
    return hooks


def is_debug():
    """Tells whether debug mode is on.

    Returns:
        bool: ``True`` in debug mode.

    """
    return _debug


def set_debug(debug):
    """Turns debug mode on or off for the whole process.

    In debug mode every function checks its outputs and its input gradients
    for NaN, and remembers where it was called, so that an error met during
    backprop can show the line of the forward computation that it belongs to.
    The checks cost time.

    .. note::
       The mode is one for all threads.

    Args:
        debug (bool): New mode.

    """
    global _debug
    _debug = debug


class DebugMode:
    """Context manager that sets debug mode and puts the old mode back.

    Args:
        debug (bool): Mode inside the context.

    .. admonition:: Example

       >>> import chainer
       >>> with chainer.DebugMode(True):
       ...     chainer.is_debug()
       True
       >>> chainer.is_debug()
       False

    """

    def __init__(self, debug):
        self._debug = debug

    def __enter__(self):
        """Switches debug mode, and remembers what it was."""
        self._old = is_debug()
        set_debug(self._debug)
        return self

    def __exit__(self, *_):
        """Switches back."""
        set_debug(self._old)
