import math
import unittest

import numpy

import chainer
import chainer.functions as F
from chainer import gradient_check, testing
from chainer.utils import type_check


@testing.parameterize(*testing.product_dict([
    {'shape': (2, 3, 4), 'axis': None},
    {'shape': (2, 3, 4), 'axis': 0},
    {'shape': (2, 3, 4), 'axis': -1},
    {'shape': (2, 3, 4), 'axis': (0, 2)},
    {'shape': (2, 3, 4), 'axis': (-1, 0)},
    {'shape': (2, 3, 4), 'axis': ()},
    {'shape': (1, 3), 'axis': 0},
    {'shape': (1, 3), 'axis': 1},
    {'shape': (0, 3), 'axis': 1},
    {'shape': (), 'axis': None},
], [
    {'dtype': numpy.float16},
    {'dtype': numpy.float32},
    {'dtype': numpy.float64},
]))
class TestLogSumExp(unittest.TestCase):

    def setUp(self):
        random = numpy.random.RandomState(0)
        x = random.uniform(-2, 2, self.shape)
        self.x = numpy.asarray(x, self.dtype)
        axes = self.axis if isinstance(self.axis, tuple) else (self.axis,)
        if self.axis is None:
            axes = range(len(self.shape))
        summed = [axis % len(self.shape) for axis in axes]
        self.left = [axis for axis in range(len(self.shape))
                     if axis not in summed]
        gy = random.uniform(-1, 1, [self.shape[axis] for axis in self.left])
        self.gy = numpy.asarray(gy, self.dtype)
        self.tolerance = {'atol': 1e-5, 'rtol': 1e-5}
        if self.dtype == numpy.float16:
            self.tolerance = {'atol': 2e-3, 'rtol': 2e-3}

    def test_forward(self):
        y = F.logsumexp(chainer.Variable(self.x), self.axis)
        self.assertEqual(y.dtype, self.dtype)
        self.assertEqual(y.shape, self.gy.shape)
        sums = numpy.zeros(self.gy.shape)
        for i in numpy.ndindex(self.shape):
            sums[tuple(i[axis] for axis in self.left)] += math.exp(self.x[i])
        for i in numpy.ndindex(y.shape):
            testing.assert_allclose(
                y.data[i], math.log(sums[i]), **self.tolerance)

    def test_backward(self):
        gradient_check.check_backward(
            lambda x: F.logsumexp(x, self.axis), self.x, self.gy,
            dtype=numpy.float64, **self.tolerance)


@testing.parameterize(
    {'dtype': numpy.float16},
    {'dtype': numpy.float32},
    {'dtype': numpy.float64},
)
class TestLogSumExpExtremes(unittest.TestCase):

    def check(self, x, expected_y, expected_gx):
        x = chainer.Variable(numpy.array(x, self.dtype))
        y = F.logsumexp(x)
        y.backward()
        tolerance = 2e-3 if self.dtype == numpy.float16 else 1e-6
        self.assertEqual(y.dtype, self.dtype)
        testing.assert_allclose(y.data, expected_y, atol=0, rtol=tolerance)
        testing.assert_allclose(x.grad, expected_gx, atol=0, rtol=tolerance)

    def test_large(self):
        self.check([5000, 5000], 5000 + math.log(2), [0.5, 0.5])

    def test_very_negative(self):
        self.check([-5000, -5000], -5000 + math.log(2), [0.5, 0.5])

    def test_precise_gradient_of_large_elements(self):
        # The output is rounded more coarsely than these differences.
        p = 1 / (1 + math.exp(-1))
        self.check([2001, 2000], 2001 - math.log(p), [p, 1 - p])

    def test_limits_of_the_type(self):
        limit = float(numpy.finfo(self.dtype).max)
        self.check([limit, -limit], limit, [1, 0])
        self.check([-limit, -limit], -limit, [0.5, 0.5])

    def test_masked_element(self):
        self.check([-numpy.inf, 2, -numpy.inf], 2, [0, 1, 0])

    def test_all_elements_masked(self):
        self.check([-numpy.inf, -numpy.inf], -numpy.inf, [0, 0])

    def test_some_rows_masked(self):
        x = chainer.Variable(
            numpy.array([[-numpy.inf] * 2, [1, -numpy.inf]], self.dtype))
        y = F.logsumexp(x, axis=1)
        y.grad = numpy.array([3, 4], self.dtype)
        y.backward()
        self.assertEqual(y.data.tolist(), [-numpy.inf, 1])
        self.assertEqual(x.grad.tolist(), [[0, 0], [4, 0]])

    def test_infinite_element(self):
        limit = float(numpy.finfo(self.dtype).max)
        self.check([5, numpy.inf, -limit], numpy.inf, [0, 1, 0])

    def test_infinite_elements(self):
        self.check([numpy.inf, numpy.inf, -numpy.inf], numpy.inf,
                   [0.5, 0.5, 0])

    def test_nan(self):
        y = F.logsumexp(numpy.array([numpy.nan, numpy.inf], self.dtype))
        self.assertTrue(numpy.isnan(y.data))


class TestLogSumExpDetails(unittest.TestCase):

    def test_many_elements_of_half_precision(self):
        # Their sum is beyond half precision.
        y = F.logsumexp(numpy.zeros(100000, numpy.float16))
        testing.assert_allclose(y.data, math.log(100000), atol=0, rtol=1e-3)

    def test_non_contiguous(self):
        random = numpy.random.RandomState(0)
        gradient_check.check_backward(
            lambda x: F.logsumexp(x, 1), random.randn(4, 6).T[::2],
            random.randn(6)[::2], eps=1e-4)


class TestLogSumExpErrors(unittest.TestCase):

    def check_type_error(self, axis, message):
        with self.assertRaisesRegex(type_check.InvalidType, message):
            F.logsumexp(numpy.zeros((2, 3), 'f'), axis)

    def test_axis_out_of_range(self):
        self.check_type_error(
            2, r'^Expect: in_types\[0\]\.ndim > 2\nActual: 2 <= 2')
        self.check_type_error(
            (0, -3), r'^Expect: in_types\[0\]\.ndim >= 3\nActual: 2 < 3')

    def test_axis_given_twice(self):
        with self.assertRaisesRegex(
                ValueError, r'^axis must name no axis twice, .*\(1, -1\)'):
            F.logsumexp(numpy.zeros((2, 3), 'f'), axis=(1, -1))

    def test_invalid_axis(self):
        for axis in 1.5, 'x', True, (0, None), (0, False), [0, 1]:
            with self.assertRaisesRegex(
                    TypeError, '^axis must be None, an int or a tuple of int'):
                F.LogSumExp(axis)

    def test_nothing_to_sum(self):
        for axis, what in (1, r'shape\[1\]'), ((0, 1), r'shape\[1\]'), (
                None, 'size'):
            with self.assertRaisesRegex(
                    type_check.InvalidType,
                    rf'^Expect: in_types\[0\]\.{what} > 0\nActual: 0 <= 0'):
                F.logsumexp(numpy.zeros((2, 0), 'f'), axis)
        y = F.logsumexp(numpy.zeros((0, 3), 'f'), axis=1)
        self.assertEqual(y.shape, (0,))

    def test_int(self):
        with self.assertRaisesRegex(
                type_check.InvalidType,
                r'^Expect: in_types\[0\]\.dtype\.kind == f\nActual: i != f'):
            F.logsumexp(numpy.zeros((2, 3), 'i'))
