import unittest

import numpy

import chainer
import chainer.functions as F
from chainer import gradient_check, testing
from chainer.utils import type_check


@testing.parameterize(*testing.product_dict([
    {'shape': (2, 3, 4), 'axis': None},
    {'shape': (2, 3, 4), 'axis': 0},
    {'shape': (2, 3, 4), 'axis': 1},
    {'shape': (2, 3, 4), 'axis': -1},
    {'shape': (2, 3, 4), 'axis': -3},
    {'shape': (2, 3, 4), 'axis': (0, 2)},
    {'shape': (2, 3, 4), 'axis': (-1, 0)},
    {'shape': (2, 3, 4), 'axis': (2, 1, 0)},
    {'shape': (2, 3, 4), 'axis': ()},
    {'shape': (2, 3, 4), 'axis': numpy.int64(1)},
    {'shape': (1, 3), 'axis': 0},
    {'shape': (0, 3), 'axis': 0},
    {'shape': (0, 3), 'axis': 1},
    {'shape': (), 'axis': None},
    {'shape': (), 'axis': ()},
], [
    {'dtype': numpy.float16},
    {'dtype': numpy.float32},
    {'dtype': numpy.float64},
]))
class TestSum(unittest.TestCase):

    def setUp(self):
        random = numpy.random.RandomState(0)
        x = random.uniform(-1, 1, self.shape)
        self.x = numpy.asarray(x, self.dtype)
        axes = self.axis if isinstance(self.axis, tuple) else (self.axis,)
        if self.axis is None:
            axes = range(len(self.shape))
        self.summed = [axis % len(self.shape) for axis in axes]
        self.left = [axis for axis in range(len(self.shape))
                     if axis not in self.summed]
        gy = random.uniform(-1, 1, [self.shape[axis] for axis in self.left])
        self.gy = numpy.asarray(gy, self.dtype)
        self.tolerance = {'atol': 1e-5, 'rtol': 1e-4}
        if self.dtype == numpy.float16:
            self.tolerance = {'atol': 5e-3, 'rtol': 5e-3}

    def test_forward(self):
        y = F.sum(chainer.Variable(self.x), self.axis)
        self.assertEqual(y.dtype, self.dtype)
        expected = numpy.zeros(self.gy.shape)
        for i in numpy.ndindex(self.shape):
            expected[tuple(i[axis] for axis in self.left)] += self.x[i]
        self.assertEqual(y.shape, expected.shape)
        testing.assert_allclose(y.data, expected, **self.tolerance)

    def test_backward(self):
        gradient_check.check_backward(
            lambda x: F.sum(x, self.axis), self.x, self.gy,
            dtype=numpy.float64, **self.tolerance)


class TestSumDetails(unittest.TestCase):

    def test_gradients_are_independent(self):
        # Optimizers change gradients in place.
        x = chainer.Variable(numpy.ones((2, 2), 'f'))
        F.sum(x).backward()
        x.grad[0, 0] = 5
        self.assertEqual(x.grad.tolist(), [[5, 1], [1, 1]])

    def test_half_precision_is_summed_precisely(self):
        x = numpy.ones((5000, 2), numpy.float16)
        self.assertEqual(F.sum(x, axis=0).data.tolist(), [5000, 5000])

    def test_non_contiguous(self):
        x = numpy.arange(24.).reshape(2, 3, 4).T[::2]
        self.assertEqual(F.sum(x, axis=(0, 2)).data.tolist(), [28, 44, 60])


class TestSumErrors(unittest.TestCase):

    def check_type_error(self, axis, message):
        with self.assertRaisesRegex(type_check.InvalidType, message):
            F.sum(numpy.zeros((2, 3), 'f'), axis)

    def test_axis_out_of_range(self):
        self.check_type_error(
            2, r'^Expect: in_types\[0\]\.ndim > 2\nActual: 2 <= 2')

    def test_negative_axis_out_of_range(self):
        self.check_type_error(
            (0, -3), r'^Expect: in_types\[0\]\.ndim >= 3\nActual: 2 < 3')

    def test_axis_of_scalar(self):
        with self.assertRaises(type_check.InvalidType):
            F.sum(numpy.array(1, 'f'), axis=0)

    def test_axis_given_twice(self):
        with self.assertRaisesRegex(
                ValueError, r'^axis must name no axis twice, .*\(1, -1\)'):
            F.sum(numpy.zeros((2, 3), 'f'), axis=(1, -1))

    def test_invalid_axis(self):
        for axis in 1.5, 'x', True, (0, None), (0, False), [0, 1]:
            with self.assertRaisesRegex(
                    TypeError, '^axis must be None, an int or a tuple of int'):
                F.sum(numpy.zeros((2, 3), 'f'), axis)

    def test_int(self):
        with self.assertRaisesRegex(
                type_check.InvalidType,
                r'^Expect: in_types\[0\]\.dtype\.kind == f\nActual: i != f'):
            F.sum(numpy.zeros((2, 3), 'i'))

    def test_sum_of_nothing(self):
        self.assertEqual(
            F.sum(numpy.zeros((2, 0), 'f'), axis=1).data.tolist(), [0, 0])
