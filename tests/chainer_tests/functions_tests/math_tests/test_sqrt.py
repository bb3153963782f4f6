import math
import unittest

import numpy

import chainer
import chainer.functions as F
from chainer import gradient_check, testing


def make_data(shape, dtype):
    random = numpy.random.RandomState(0)
    x = numpy.asarray(random.uniform(0.25, 4, shape), dtype)
    gy = numpy.asarray(random.uniform(-1, 1, shape), dtype)
    return x, gy


@testing.unary_math_function_test(F.Sqrt, make_data=make_data)
class TestSqrt(unittest.TestCase):
    """Outputs, gradients, label."""


@testing.parameterize(*testing.product({
    'shape': [(3, 2), ()],
    'dtype': [numpy.float16, numpy.float32, numpy.float64],
}))
class TestRsqrt(unittest.TestCase):

    def test_backward(self):
        x, gy = make_data(self.shape, self.dtype)
        tolerance = 2e-2 if self.dtype == numpy.float16 else 1e-4
        gradient_check.check_backward(
            F.rsqrt, x, gy, dtype=numpy.float64, atol=tolerance,
            rtol=tolerance)


@testing.parameterize(*testing.product_dict([
    {'func': F.sqrt, 'value': math.sqrt,
     'slope': lambda x: 0.5 / math.sqrt(x)},
    {'func': F.rsqrt, 'value': lambda x: 1 / math.sqrt(x),
     'slope': lambda x: -0.5 / (x * math.sqrt(x))},
], [
    {'dtype': numpy.float16, 'rtol': 5e-3},
    {'dtype': numpy.float32, 'rtol': 1e-6},
    {'dtype': numpy.float64, 'rtol': 1e-14},
]))
class TestValues(unittest.TestCase):

    def test_values(self):
        x = chainer.Variable(numpy.array([0.25, 2, 50, 400], self.dtype))
        y = self.func(x)
        y.grad = numpy.full(4, 2, self.dtype)
        y.backward()
        points = x.data.tolist()
        for result, expected in (
                (y.data, map(self.value, points)),
                (x.grad, (2 * self.slope(p) for p in points))):
            self.assertEqual(result.dtype, self.dtype)
            testing.assert_allclose(
                result, list(expected), atol=0, rtol=self.rtol)

    def test_negative(self):
        x = chainer.Variable(numpy.array([-1], self.dtype))
        with self.assertWarnsRegex(RuntimeWarning, 'invalid value'):
            y = self.func(x)
        y.backward()
        self.assertTrue(numpy.isnan(y.data).all())
        self.assertTrue(numpy.isnan(x.grad).all())


class TestExtremes(unittest.TestCase):

    def run_both_ways(self, func, x):
        x = chainer.Variable(numpy.array([x], 'f'))
        y = func(x)
        y.backward()
        return y.data[0], x.grad[0]

    def test_zero(self):
        with numpy.errstate(divide='ignore'):
            self.assertEqual(
                self.run_both_ways(F.sqrt, 0), (0, numpy.inf))
            self.assertEqual(
                self.run_both_ways(F.rsqrt, 0), (numpy.inf, -numpy.inf))

    def test_zero_is_warned_about(self):
        F.sqrt(numpy.zeros(1, 'f'))
        with self.assertWarnsRegex(RuntimeWarning, 'divide by zero'):
            F.rsqrt(numpy.zeros(1, 'f'))

    def test_infinity(self):
        self.assertEqual(
            self.run_both_ways(F.sqrt, numpy.inf), (numpy.inf, 0))
        self.assertEqual(self.run_both_ways(F.rsqrt, numpy.inf), (0, 0))

    def test_large(self):
        x = float(numpy.finfo('f').max)
        y, gx = self.run_both_ways(F.sqrt, x)
        testing.assert_allclose(y, math.sqrt(x), atol=0, rtol=1e-6)
        testing.assert_allclose(gx, 0.5 / math.sqrt(x), atol=0, rtol=1e-6)
