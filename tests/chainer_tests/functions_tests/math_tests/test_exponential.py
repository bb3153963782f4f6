import math
import unittest

import numpy

import chainer
import chainer.functions as F
from chainer import testing


def make_positive_data(shape, dtype):
    random = numpy.random.RandomState(0)
    x = numpy.asarray(random.uniform(0.5, 2, shape), dtype)
    gy = numpy.asarray(random.uniform(-1, 1, shape), dtype)
    return x, gy


@testing.unary_math_function_test(F.Exp)
class TestExp(unittest.TestCase):
    """Outputs, gradients, label."""


@testing.unary_math_function_test(F.Log, make_data=make_positive_data)
class TestLog(unittest.TestCase):
    """Outputs, gradients, label."""


@testing.unary_math_function_test(F.Log2, make_data=make_positive_data)
class TestLog2(unittest.TestCase):
    """Outputs, gradients, label."""


@testing.unary_math_function_test(F.Log10, make_data=make_positive_data)
class TestLog10(unittest.TestCase):
    """Outputs, gradients, label."""


@testing.parameterize(*testing.product_dict([
    {'func': F.exp, 'value': math.exp, 'slope': math.exp},
    {'func': F.log, 'value': math.log, 'slope': lambda x: 1 / x},
    {'func': F.log2, 'value': math.log2,
     'slope': lambda x: 1 / (x * 0.6931471805599453)},
    {'func': F.log10, 'value': math.log10,
     'slope': lambda x: 1 / (x * 2.302585092994046)},
], [
    {'dtype': numpy.float16, 'rtol': 2e-3},
    {'dtype': numpy.float32, 'rtol': 1e-6},
    {'dtype': numpy.float64, 'rtol': 1e-14},
]))
class TestValues(unittest.TestCase):

    def test_values(self):
        x = chainer.Variable(numpy.array([0.01, 0.5, 1.25, 9], self.dtype))
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


@testing.parameterize(
    {'dtype': numpy.float16},
    {'dtype': numpy.float32},
    {'dtype': numpy.float64},
)
class TestExtremes(unittest.TestCase):

    def check(self, func, x, expected_y, expected_gx):
        x = chainer.Variable(numpy.array(x, self.dtype))
        y = func(x)
        y.grad = numpy.ones_like(y.data)
        y.backward()
        numpy.testing.assert_array_equal(y.data, expected_y)
        numpy.testing.assert_array_equal(x.grad, expected_gx)

    def test_exp(self):
        self.check(F.exp, [-numpy.inf, -1000, 0, numpy.inf],
                   [0, 0, 1, numpy.inf], [0, 0, 1, numpy.inf])

    def test_exp_overflow(self):
        with self.assertWarnsRegex(RuntimeWarning, 'overflow'):
            y = F.exp(numpy.array([1000], self.dtype))
        self.assertEqual(y.data.tolist(), [numpy.inf])

    def test_logarithms_of_infinity(self):
        for func in F.log, F.log2, F.log10:
            self.check(func, [numpy.inf], [numpy.inf], [0])

    def test_logarithms_of_zero(self):
        for func in F.log, F.log2, F.log10:
            with self.assertWarnsRegex(RuntimeWarning, 'divide by zero'):
                func(numpy.zeros(1, self.dtype))
            with numpy.errstate(divide='ignore'):
                self.check(func, [0], [-numpy.inf], [numpy.inf])

    def test_logarithms_of_negative_numbers(self):
        for func in F.log, F.log2, F.log10:
            with self.assertWarnsRegex(RuntimeWarning, 'invalid value'):
                y = func(numpy.array([-1], self.dtype))
            self.assertTrue(numpy.isnan(y.data).all())
