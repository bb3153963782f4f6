import contextlib
import gc
import unittest
import weakref

import numpy as np

import chainer
import chainer.functions as F
from chainer.utils import force_array


class Apply(chainer.Function):
    """Function given by two Python functions on tuples of arrays."""

    label = 'given'

    def __init__(self, forward, backward):
        self.on_forward = forward
        self.on_backward = backward

    def forward(self, inputs):
        return self.on_forward(*inputs)

    def backward(self, inputs, grad_outputs):
        return self.on_backward(*grad_outputs)


def copies(n):
    """Returns a function that returns its input n times."""
    def backward(*gys):
        used = [gy for gy in gys if gy is not None]
        return force_array(np.sum(used, axis=0)),
    return Apply(lambda x: tuple([x.copy() for _ in range(n)]), backward)


def returning(gx):
    """Returns a function whose backward returns ``gx``, whatever that is."""
    return Apply(lambda x: (x.copy(),), lambda gy: gx)


def floats(*shape):
    return np.random.RandomState(0).uniform(-1, 1, shape).astype('f')


def scalar(value):
    return chainer.Variable(np.array(value, 'f'))


@contextlib.contextmanager
def no_garbage_collection():
    """What dies in here dies because nothing refers to it any more."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


class TestUnchainBackward(unittest.TestCase):

    def test_becomes_a_root(self):
        x = scalar(2)
        y = x * x
        z = y * y
        y.unchain_backward()
        self.assertIsNone(y.creator)
        z.backward()
        self.assertEqual(y.grad, 8)
        self.assertIsNone(x.grad)

    def test_everything_behind_is_cut(self):
        x = scalar(2)
        y = x * x
        z = y * y
        functions = y.creator, z.creator
        z.unchain_backward()
        for variable in y, z:
            self.assertIsNone(variable.creator)
        for function in functions:
            self.assertIsNone(function.inputs)
            self.assertEqual(tuple(function.outputs), ())

    def test_other_outputs_become_roots(self):
        x = scalar(2)
        y1, y2 = copies(2)(x)
        y1.unchain_backward()
        self.assertIsNone(y2.creator)

    def test_other_branches_stay(self):
        x = scalar(2)
        y = x * x
        z = y * 3.
        w = x * 5.
        z.unchain_backward()
        w.backward()
        self.assertEqual(x.grad, 5)

    def test_root(self):
        x = scalar(1)
        x.unchain_backward()
        self.assertIsNone(x.creator)

    def test_twice(self):
        y = scalar(1) * 2.
        y.unchain_backward()
        y.unchain_backward()
        self.assertIsNone(y.creator)

    def test_frees(self):
        with no_garbage_collection():
            x = scalar(1)
            y = x * 2.
            ref = weakref.ref(y)
            z = y * 3.
            del x, y
            self.assertIsNotNone(ref())
            z.unchain_backward()
            self.assertIsNone(ref())

    def test_truncated_backprop_through_time(self):
        # h[t+1] = w h[t]: a gradient over two steps at most.
        w, h = scalar(3), scalar(1)
        grads = []
        for _ in range(3):
            for _ in range(2):
                h = w * h
            w.cleargrad()
            h.backward()
            h.unchain_backward()
            h.cleargrad()
            grads.append(float(w.grad))
        # d/dw w^2 h = 2 w h, with h = 1, 9, 81.
        self.assertEqual(grads, [6, 54, 486])


class TestGraphLifetime(unittest.TestCase):

    def build(self):
        x = chainer.Variable(floats(3))
        y = F.tanh(x)
        z = F.sum(y * y + y)
        refs = [weakref.ref(node) for node in (
            y, y.data, y.creator, z, z.creator, z.creator.inputs[0])]
        return x, z, refs

    def test_freed_with_the_result(self):
        with no_garbage_collection():
            x, z, refs = self.build()
            self.assertTrue(all(ref() is not None for ref in refs))
            del z
            self.assertEqual([ref() for ref in refs], [None] * len(refs))
            self.assertIsNone(x.creator)

    def test_freed_with_the_result_after_backward(self):
        for retain_grad in False, True:
            with no_garbage_collection():
                x, z, refs = self.build()
                z.backward(retain_grad)
                del z
                self.assertEqual([ref() for ref in refs], [None] * len(refs))
                self.assertIsNotNone(x.grad)

    def test_freed_after_a_failure(self):
        with no_garbage_collection():
            x = chainer.Variable(floats(1))
            y = returning((1,))(x)
            ref = weakref.ref(y)
            try:
                y.backward()
            except TypeError:
                del y
            self.assertIsNone(ref())

    def test_freed_in_debug_mode(self):
        with no_garbage_collection(), chainer.DebugMode(True):
            x, z, refs = self.build()
            z.backward()
            del z
            self.assertEqual([ref() for ref in refs], [None] * len(refs))

    def test_result_keeps_what_is_behind(self):
        with no_garbage_collection():
            x = scalar(3)
            y = x * x
            ref = weakref.ref(x)
            del x
            y.backward()
            self.assertEqual(ref().grad, 6)

    def test_function_does_not_keep_its_outputs(self):
        with no_garbage_collection():
            y = scalar(3) * 2.
            function, ref = y.creator, weakref.ref(y)
            del y
            self.assertIsNone(ref())
            self.assertIsNone(function.outputs[0]())

    def test_volatile_results_are_free_at_once(self):
        with no_garbage_collection():
            x = chainer.Variable(floats(2), volatile='on')
            y = x * 2.
            z = y * 2.
            ref = weakref.ref(y)
            del y
            self.assertIsNone(ref())
            self.assertIsNone(z.creator)


class TestLongGraphs(unittest.TestCase):
    """Nothing recurses: Python's stack is shorter than a long sequence."""

    length = 100000

    def build(self):
        x = y = scalar(1)
        middle = None
        for i in range(self.length):
            y = y + 1
            if i == self.length // 2:
                middle = weakref.ref(y)
        return x, y, middle

    def test_backward_and_free(self):
        with no_garbage_collection():
            x, y, middle = self.build()
            y.backward()
            self.assertEqual(x.grad, 1)
            self.assertEqual(y.rank, self.length)
            del y
            self.assertIsNone(middle())

    def test_unchain(self):
        with no_garbage_collection():
            x, y, middle = self.build()
            y.unchain_backward()
            self.assertIsNone(middle())
            self.assertEqual(y.data, self.length + 1)


class TestRank(unittest.TestCase):

    def test_longest_path(self):
        x = scalar(1)
        y = x * x
        z = y * x
        w = x + z
        self.assertEqual([v.rank for v in (x, y, z, w)], [0, 1, 2, 3])

    def test_set_creator(self):
        class Node(chainer.Function):
            pass

        x, f = scalar(1), Node()
        f.rank = 4
        x.set_creator(f)
        self.assertIs(x.creator, f)
        self.assertEqual(x.rank, 5)
