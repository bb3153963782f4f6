import unittest

import numpy

import chainer
import chainer.functions as F
from chainer import gradient_check, testing
from chainer.utils import type_check


@testing.parameterize(*testing.product_dict([
    {'in_shape': (2, 3), 'axis': 0, 'out_shape': (1, 2, 3)},
    {'in_shape': (2, 3), 'axis': 1, 'out_shape': (2, 1, 3)},
    {'in_shape': (2, 3), 'axis': 2, 'out_shape': (2, 3, 1)},
    {'in_shape': (2, 3), 'axis': -1, 'out_shape': (2, 3, 1)},
    {'in_shape': (2, 3), 'axis': -2, 'out_shape': (2, 1, 3)},
    {'in_shape': (2, 3), 'axis': -3, 'out_shape': (1, 2, 3)},
    {'in_shape': (), 'axis': 0, 'out_shape': (1,)},
    {'in_shape': (), 'axis': -1, 'out_shape': (1,)},
    {'in_shape': (0, 2), 'axis': 1, 'out_shape': (0, 1, 2)},
], [
    {'dtype': numpy.float16},
    {'dtype': numpy.float32},
    {'dtype': numpy.float64},
]))
class TestExpandDims(unittest.TestCase):

    def setUp(self):
        random = numpy.random.RandomState(0)
        x = random.uniform(-1, 1, self.in_shape)
        self.x = numpy.asarray(x, self.dtype)
        gy = random.uniform(-1, 1, self.out_shape)
        self.gy = numpy.asarray(gy, self.dtype)

    def test_forward(self):
        y = F.expand_dims(chainer.Variable(self.x), self.axis)
        self.assertEqual(y.dtype, self.dtype)
        self.assertEqual(y.shape, self.out_shape)
        self.assertEqual(y.data.ravel().tolist(), self.x.ravel().tolist())

    def test_backward(self):
        gradient_check.check_backward(
            lambda x: F.expand_dims(x, self.axis), self.x, self.gy,
            dtype=numpy.float64)


class TestExpandDimsDetails(unittest.TestCase):

    def test_no_copy(self):
        x = numpy.zeros((3, 2), 'f').T
        self.assertTrue(numpy.shares_memory(x, F.expand_dims(x, 1).data))

    def test_integers(self):
        y = F.expand_dims(numpy.array([1, 2]), 1)
        self.assertEqual(y.data.tolist(), [[1], [2]])

    def test_axis_too_large(self):
        with self.assertRaisesRegex(
                type_check.InvalidType,
                r'^Expect: in_types\[0\]\.ndim >= 3\nActual: 2 < 3'):
            F.expand_dims(numpy.zeros((2, 3)), 3)

    def test_axis_too_small(self):
        with self.assertRaisesRegex(
                type_check.InvalidType,
                r'^Expect: in_types\[0\]\.ndim >= 3\nActual: 2 < 3'):
            F.expand_dims(numpy.zeros((2, 3)), -4)

    def test_axis_that_is_no_integer(self):
        for axis in None, 1.5, numpy.array([0]), True, '0', (0,):
            with self.assertRaisesRegex(
                    TypeError, '^axis must be an integer, but is '):
                F.expand_dims(numpy.zeros((2, 3)), axis)
