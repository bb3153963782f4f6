import math
import unittest

import numpy

import chainer
import chainer.functions as F
from chainer import testing


@testing.unary_math_function_test(F.Sin)
class TestSin(unittest.TestCase):
    """Outputs, gradients, label."""


@testing.unary_math_function_test(F.Cos)
class TestCos(unittest.TestCase):
    """Outputs, gradients, label."""


@testing.unary_math_function_test(F.Tan)
class TestTan(unittest.TestCase):
    """Outputs, gradients, label."""


@testing.parameterize(*testing.product_dict([
    {'func': F.sin, 'value': math.sin, 'slope': math.cos},
    {'func': F.cos, 'value': math.cos, 'slope': lambda x: -math.sin(x)},
    {'func': F.tan, 'value': math.tan,
     'slope': lambda x: 1 / math.cos(x) ** 2},
], [
    {'dtype': numpy.float16, 'rtol': 5e-3},
    {'dtype': numpy.float32, 'rtol': 1e-5},
    {'dtype': numpy.float64, 'rtol': 1e-12},
]))
class TestValues(unittest.TestCase):

    def test_values(self):
        x = chainer.Variable(
            numpy.array([-30, -2.5, 0.25, 1.5, 4, 100], self.dtype))
        y = self.func(x)
        y.grad = numpy.full(6, 2, self.dtype)
        y.backward()
        points = x.data.tolist()
        for result, expected in (
                (y.data, map(self.value, points)),
                (x.grad, (2 * self.slope(p) for p in points))):
            self.assertEqual(result.dtype, self.dtype)
            testing.assert_allclose(
                result, list(expected), atol=0, rtol=self.rtol)

    def test_zero(self):
        x = chainer.Variable(numpy.zeros(1, self.dtype))
        y = self.func(x)
        y.backward()
        self.assertEqual(y.data[0], self.value(0))
        self.assertEqual(x.grad[0], self.slope(0))

    def test_infinity(self):
        with self.assertWarnsRegex(RuntimeWarning, 'invalid value'):
            y = self.func(numpy.array([numpy.inf], self.dtype))
        self.assertTrue(numpy.isnan(y.data).all())
