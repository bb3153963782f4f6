import math
import unittest

import numpy

import chainer
import chainer.functions as F
from chainer import testing


@testing.unary_math_function_test(F.Sinh)
class TestSinh(unittest.TestCase):
    """Outputs, gradients, label."""


@testing.unary_math_function_test(F.Cosh)
class TestCosh(unittest.TestCase):
    """Outputs, gradients, label."""


@testing.parameterize(*testing.product_dict([
    {'func': F.sinh, 'value': math.sinh, 'slope': math.cosh,
     'limits': (-numpy.inf, numpy.inf), 'slopes': (numpy.inf, numpy.inf)},
    {'func': F.cosh, 'value': math.cosh, 'slope': math.sinh,
     'limits': (numpy.inf, numpy.inf), 'slopes': (-numpy.inf, numpy.inf)},
], [
    {'dtype': numpy.float16, 'rtol': 5e-3},
    {'dtype': numpy.float32, 'rtol': 1e-6},
    {'dtype': numpy.float64, 'rtol': 1e-13},
]))
class TestValues(unittest.TestCase):

    def run_both_ways(self, points):
        x = chainer.Variable(numpy.array(points, self.dtype))
        y = self.func(x)
        y.grad = numpy.full_like(y.data, 2)
        y.backward()
        return y.data, x.grad

    def test_values(self):
        points = [-5, -0.25, 0, 0.5, 6]
        y, gx = self.run_both_ways(points)
        for result, expected in (
                (y, map(self.value, points)),
                (gx, (2 * self.slope(p) for p in points))):
            self.assertEqual(result.dtype, self.dtype)
            testing.assert_allclose(
                result, list(expected), atol=0, rtol=self.rtol)

    def test_infinity(self):
        y, gx = self.run_both_ways([-numpy.inf, numpy.inf])
        self.assertEqual(tuple(y), self.limits)
        self.assertEqual(tuple(gx), self.slopes)

    def test_overflow(self):
        with self.assertWarnsRegex(RuntimeWarning, 'overflow'):
            y = self.func(numpy.array([1000], self.dtype))
        self.assertEqual(y.data[0], numpy.inf)
