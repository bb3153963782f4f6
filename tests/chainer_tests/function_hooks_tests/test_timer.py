import unittest
from unittest import mock

import numpy

import chainer
import chainer.functions as F
from chainer import function_hooks


class Clock:
    """A clock that runs only while functions do."""

    def __init__(self):
        self.now = 100.

    def __call__(self):
        return self.now


class Slow(chainer.Function):

    def __init__(self, clock, forward_time, backward_time=0., inner=None):
        self.clock = clock
        self.forward_time = forward_time
        self.backward_time = backward_time
        self.inner = inner

    def forward(self, inputs):
        if self.inner is not None:
            self.inner(chainer.Variable(inputs[0]))
        self.clock.now += self.forward_time
        return inputs[0] * 2,

    def backward(self, inputs, grad_outputs):
        self.clock.now += self.backward_time
        return grad_outputs[0] * 2,


class Failing(chainer.Function):

    def forward(self, inputs):
        raise OSError('in forward')


class TestTimerHook(unittest.TestCase):

    def setUp(self):
        self.clock = Clock()
        patch = mock.patch('time.perf_counter', self.clock)
        patch.start()
        self.addCleanup(patch.stop)
        self.x = chainer.Variable(numpy.ones((2, 3), 'f'))
        self.hook = function_hooks.TimerHook()

    def test_new(self):
        self.assertEqual(self.hook.call_history, [])
        self.assertEqual(self.hook.total_time(), 0)
        self.assertEqual(self.hook.name, 'TimerHook')

    def test_forward(self):
        f = Slow(self.clock, 3, 5)
        with self.hook:
            f(self.x)
        self.assertEqual(self.hook.call_history, [(f, 3)])
        self.assertEqual(self.hook.total_time(), 3)

    def test_forward_and_backward(self):
        f, g = Slow(self.clock, 3, 5), Slow(self.clock, 7, 11)
        with self.hook as hook:
            y = g(f(self.x))
            y.grad = numpy.ones((2, 3), 'f')
            self.clock.now += 1000
            y.backward()
        self.assertIs(hook, self.hook)
        self.assertEqual(hook.call_history,
                         [(f, 3), (g, 7), (g, 11), (f, 5)])
        self.assertEqual(hook.total_time(), 26)

    def test_only_inside_with(self):
        Slow(self.clock, 3)(self.x)
        with self.hook:
            self.clock.now += 1000
        Slow(self.clock, 3)(self.x)
        self.assertEqual(self.hook.call_history, [])

    def test_hook_of_one_function(self):
        f, g = Slow(self.clock, 3, 5), Slow(self.clock, 7, 11)
        f.add_hook(self.hook)
        y = g(f(self.x))
        y.grad = numpy.ones((2, 3), 'f')
        y.backward()
        self.assertEqual(self.hook.call_history, [(f, 3), (f, 5)])

    def test_function_inside_a_function(self):
        inner = Slow(self.clock, 3)
        outer = Slow(self.clock, 7, inner=inner)
        with self.hook:
            outer(self.x)
        self.assertEqual(self.hook.call_history, [(inner, 3), (outer, 10)])

    def test_failed_function_leaves_no_trace(self):
        f = Slow(self.clock, 3)
        with self.hook:
            with self.assertRaises(OSError):
                Failing()(self.x)
            self.clock.now += 1000
            f(self.x)
        self.assertEqual(self.hook.call_history, [(f, 3)])

    def test_failed_function_inside_a_function(self):
        def inner(x):
            self.clock.now += 5
            with self.assertRaises(OSError):
                Failing()(x)
        outer = Slow(self.clock, 7, inner=inner)
        with self.hook:
            outer(self.x)
        self.assertEqual(self.hook.call_history, [(outer, 12)])

    def test_together_with_another_timer(self):
        other = function_hooks.TimerHook()
        other.name = 'other'
        f, g = Slow(self.clock, 3), Slow(self.clock, 7)
        with self.hook:
            f(self.x)
            with other:
                g(self.x)
        self.assertEqual(self.hook.call_history, [(f, 3), (g, 7)])
        self.assertEqual(other.call_history, [(g, 7)])

    def test_used_again(self):
        f, g = Slow(self.clock, 3), Slow(self.clock, 7)
        with self.hook:
            f(self.x)
        with self.hook:
            g(self.x)
        self.assertEqual(self.hook.call_history, [(f, 3), (g, 7)])


class TestTimerHookWithRealClock(unittest.TestCase):

    def test_times_are_positive(self):
        x = chainer.Variable(numpy.ones((2, 3), 'f'))
        with function_hooks.TimerHook() as hook:
            F.sum(x).backward()
        self.assertEqual(len(hook.call_history), 2)
        for function, seconds in hook.call_history:
            self.assertIsInstance(function, chainer.Function)
            self.assertGreater(seconds, 0)
