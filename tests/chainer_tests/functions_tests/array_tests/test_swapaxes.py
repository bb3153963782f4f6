import unittest

import numpy

import chainer
import chainer.functions as F
from chainer import gradient_check, testing
from chainer.utils import type_check


@testing.parameterize(*testing.product_dict([
    {'shape': (2, 3, 4), 'axes': (0, 1), 'out_shape': (3, 2, 4)},
    {'shape': (2, 3, 4), 'axes': (-1, 0), 'out_shape': (4, 3, 2)},
    {'shape': (2, 3, 4), 'axes': (-2, -1), 'out_shape': (2, 4, 3)},
    {'shape': (2, 3, 4), 'axes': (1, 1), 'out_shape': (2, 3, 4)},
    {'shape': (2,), 'axes': (0, -1), 'out_shape': (2,)},
    {'shape': (0, 2), 'axes': (0, 1), 'out_shape': (2, 0)},
], [
    {'dtype': numpy.float16},
    {'dtype': numpy.float32},
    {'dtype': numpy.float64},
]))
class TestSwapaxes(unittest.TestCase):

    def setUp(self):
        random = numpy.random.RandomState(0)
        self.x = random.uniform(-1, 1, self.shape).astype(self.dtype)
        self.gy = random.uniform(-1, 1, self.out_shape).astype(self.dtype)

    def test_forward(self):
        y = F.swapaxes(chainer.Variable(self.x), *self.axes)
        self.assertEqual(y.dtype, self.dtype)
        self.assertEqual(y.shape, self.out_shape)
        first, second = self.axes
        for index in numpy.ndindex(self.shape):
            target = list(index)
            target[first], target[second] = index[second], index[first]
            self.assertEqual(y.data[tuple(target)], self.x[index])

    def test_backward(self):
        gradient_check.check_backward(
            lambda x: F.swapaxes(x, *self.axes), self.x, self.gy,
            dtype=numpy.float64)


class TestSwapaxesDetails(unittest.TestCase):

    def test_no_copy(self):
        x = numpy.zeros((2, 3))
        self.assertTrue(numpy.shares_memory(x, F.swapaxes(x, 0, 1).data))

    def test_integers(self):
        y = F.swapaxes(numpy.array([[1, 2]]), axis1=0, axis2=1)
        self.assertEqual(y.data.tolist(), [[1], [2]])

    def test_axes(self):
        for axes in (0, 2), (2, 0):
            with self.assertRaisesRegex(
                    type_check.InvalidType,
                    r'^Expect: in_types\[0\]\.ndim > 2\nActual: 2 <= 2'):
                F.swapaxes(numpy.zeros((2, 3)), *axes)
        for axes in (0, -3), (-3, 0):
            with self.assertRaisesRegex(
                    type_check.InvalidType,
                    r'^Expect: -in_types\[0\]\.ndim <= -3'):
                F.swapaxes(numpy.zeros((2, 3)), *axes)

    def test_axis1_that_is_no_integer(self):
        for axis in None, 1.5, numpy.array([0]), True, '0', (0,):
            with self.assertRaisesRegex(
                    TypeError, '^axis1 must be an integer, but is '):
                F.swapaxes(numpy.zeros((2, 3)), axis, 0)

    def test_axis2_that_is_no_integer(self):
        for axis in None, 1.5, numpy.array([0]), True, '0', (0,):
            with self.assertRaisesRegex(
                    TypeError, '^axis2 must be an integer, but is '):
                F.swapaxes(numpy.zeros((2, 3)), 0, axis)
