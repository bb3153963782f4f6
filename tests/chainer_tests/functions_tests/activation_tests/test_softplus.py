import math
import unittest

import numpy

import chainer
import chainer.functions as F
from chainer import gradient_check, testing
from chainer.utils import type_check


@testing.parameterize(*testing.product({
    'shape': [(4, 3), (), (0, 2)],
    'dtype': [numpy.float16, numpy.float32, numpy.float64],
    'beta': [1.0, 3, 0.2, -1, numpy.float64(2)],
}))
class TestSoftplus(unittest.TestCase):

    def setUp(self):
        random = numpy.random.RandomState(0)
        x = random.uniform(-3, 3, self.shape)
        self.x = numpy.asarray(x, self.dtype)
        gy = random.uniform(-1, 1, self.shape)
        self.gy = numpy.asarray(gy, self.dtype)
        self.tolerance = {'atol': 1e-6, 'rtol': 1e-5}
        if self.dtype == numpy.float16:
            self.tolerance = {'atol': 1e-3, 'rtol': 1e-3}

    def test_forward(self):
        y = F.softplus(chainer.Variable(self.x), self.beta)
        self.assertEqual(y.dtype, self.dtype)
        expected = numpy.empty(self.shape)
        for i in numpy.ndindex(self.shape):
            exp = math.exp(self.beta * float(self.x[i]))
            expected[i] = math.log(1 + exp) / self.beta
        testing.assert_allclose(y.data, expected, **self.tolerance)

    def test_backward(self):
        gradient_check.check_backward(
            lambda x: F.softplus(x, self.beta), self.x, self.gy,
            dtype=numpy.float64, **self.tolerance)


def softplus(x, beta):
    """Returns the value and the derivative, of Python numbers."""
    z = beta * x
    # math.exp raises an error where the result would be infinite.
    rest = math.log1p(math.exp(-abs(z))) / beta
    value = (max(x, 0) if beta > 0 else min(x, 0)) + rest
    if z >= 0:
        return value, 1 / (1 + math.exp(-z))
    return value, math.exp(z) / (1 + math.exp(z))


@testing.parameterize(*testing.product({
    'dtype': [numpy.float16, numpy.float32, numpy.float64],
    'beta': [1e-4, 0.01, 1, 7, 1000, 1e36, -0.01, -1, -1000, -1e36],
}))
class TestSoftplusExtremes(unittest.TestCase):

    def setUp(self):
        magnitudes = [1e-4, 0.1, 1, 5, 8, 10, 50, 88, 90, 104, 700, 1e4]
        x = [-m for m in magnitudes] + [0] + magnitudes
        self.x = chainer.Variable(numpy.array(x, self.dtype))
        self.y = F.softplus(self.x, self.beta)
        self.y.grad = numpy.ones_like(self.x.data)
        self.y.backward()
        self.expected, self.slopes = zip(
            *[softplus(float(x), self.beta) for x in self.x.data])

    def check(self, actual, expected):
        # The rounding error of an argument of 100 is as much larger in its
        # exponential; but half precision is computed in single.
        error = 2 if self.dtype == numpy.float16 else 100
        # Absolute: where numbers get denormal.
        tiny = {'e': 1e-7, 'f': 1e-37, 'd': 1e-307}[actual.dtype.char]
        numpy.testing.assert_allclose(
            actual.astype('d'), expected, atol=tiny,
            rtol=error * float(numpy.finfo(self.dtype).eps))

    def test_values(self):
        # Nothing overflows, and small results are not lost beside 1.
        self.check(self.y.data, self.expected)

    def test_gradients(self):
        self.check(self.x.grad, self.slopes)


class TestSoftplusValues(unittest.TestCase):

    def test_infinity(self):
        x = chainer.Variable(numpy.array([-numpy.inf, numpy.inf], 'f'))
        for beta in 0.5, 100:
            y = F.softplus(x, beta)
            numpy.testing.assert_array_equal(y.data, [0, numpy.inf])
            y.grad = numpy.ones(2, 'f')
            x.cleargrad()
            y.backward()
            self.assertEqual(x.grad.tolist(), [0, 1])

    def test_nan_stays(self):
        self.assertTrue(numpy.isnan(F.softplus(numpy.array(numpy.nan)).data))

    def test_default(self):
        testing.assert_allclose(
            F.softplus(numpy.zeros(2)).data, [math.log(2)] * 2)

    def test_half_precision_is_rounded_once(self):
        x = numpy.linspace(-9, 9, 1000).astype('e')
        y = F.softplus(x, 1.7).data
        expected = [softplus(float(v), 1.7)[0] for v in x]
        numpy.testing.assert_allclose(
            y.astype('d'), expected, rtol=0.0005, atol=4e-8)

    def test_non_contiguous(self):
        random = numpy.random.RandomState(0)
        x = chainer.Variable(random.randn(4, 6).astype('f')[::2, ::-2])
        gy = random.randn(3, 2).astype('f').T
        y = F.softplus(x)
        y.grad = gy
        y.backward()
        testing.assert_allclose(y.data, numpy.log(1 + numpy.exp(x.data)))
        testing.assert_allclose(x.grad, gy / (1 + numpy.exp(-x.data)))

    def test_arguments_are_left_alone(self):
        x = chainer.Variable(numpy.array([-500, 500], 'f'))
        y = F.softplus(x)
        y.grad = numpy.array([2, 3], 'f')
        y.backward()
        self.assertEqual(x.data.tolist(), [-500, 500])
        self.assertEqual(y.data.tolist(), [0, 500])
        self.assertEqual(y.grad.tolist(), [2, 3])


class TestSoftplusErrors(unittest.TestCase):

    def test_beta(self):
        with self.assertRaisesRegex(ValueError, '^beta must not be 0'):
            F.softplus(numpy.zeros(3, 'f'), 0)

    def test_int(self):
        with self.assertRaisesRegex(
                type_check.InvalidType,
                r'^Expect: in_types\[0\]\.dtype\.kind == f\nActual: i != f'):
            F.softplus(numpy.zeros((2, 3), 'i'))

    def test_beta_that_is_no_number(self):
        for beta in None, '1', (1,), 1j, numpy.ones(1), True:
            with self.assertRaisesRegex(
                    TypeError, '^beta must be a number, but is '):
                F.softplus(numpy.zeros(3, 'f'), beta)

    def test_beta_of_numpy(self):
        expected = F.softplus(-numpy.ones(3, 'f'), 0.5).data
        for beta in numpy.float64(.5), numpy.float16(.5), numpy.array(.5):
            y = F.softplus(-numpy.ones(3, 'f'), beta)
            self.assertEqual(y.dtype, numpy.float32)
            numpy.testing.assert_array_equal(y.data, expected)
