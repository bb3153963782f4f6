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
    'alpha': [1.0, 0.3, 2],
}))
class TestELU(unittest.TestCase):

    def setUp(self):
        random = numpy.random.RandomState(0)
        # Finite differences make no sense across the kink at 0.
        sign = random.choice([-1, 1], self.shape)
        x = sign * random.uniform(0.1, 2, self.shape)
        self.x = numpy.asarray(x, self.dtype)
        gy = random.uniform(-1, 1, self.shape)
        self.gy = numpy.asarray(gy, self.dtype)
        self.tolerance = {'atol': 1e-6, 'rtol': 1e-5}
        if self.dtype == numpy.float16:
            self.tolerance = {'atol': 1e-3, 'rtol': 2e-3}

    def test_forward(self):
        y = F.elu(chainer.Variable(self.x), self.alpha)
        self.assertEqual(y.dtype, self.dtype)
        expected = numpy.empty(self.shape)
        for i in numpy.ndindex(self.shape):
            x = float(self.x[i])
            expected[i] = x if x >= 0 else self.alpha * (math.exp(x) - 1)
        testing.assert_allclose(y.data, expected, **self.tolerance)

    def test_backward(self):
        gradient_check.check_backward(
            lambda x: F.elu(x, self.alpha), self.x, self.gy,
            dtype=numpy.float64, **self.tolerance)


class TestELUValues(unittest.TestCase):

    def test_extremes(self):
        for dtype in numpy.float16, numpy.float32, numpy.float64:
            x = numpy.array([-numpy.inf, -1e4, 0, 1e4, numpy.inf], dtype)
            x = chainer.Variable(x)
            y = F.elu(x, 0.5)
            numpy.testing.assert_array_equal(
                y.data, numpy.array([-0.5, -0.5, 0, 1e4, numpy.inf], dtype))
            y.grad = numpy.ones(5, dtype)
            y.backward()
            numpy.testing.assert_array_equal(x.grad, [0, 0, 1, 1, 1])

    def test_small_values(self):
        # exp(-1e-10) - 1 is 0 in single precision.
        y = F.elu(numpy.array([-1e-10, -1e-30], 'f'), 2)
        numpy.testing.assert_allclose(y.data, [-2e-10, -2e-30], rtol=1e-6)

    def test_small_gradients(self):
        # y + alpha would be 0.
        x = chainer.Variable(numpy.array([-20, -40], 'f'))
        y = F.elu(x, 3)
        y.grad = numpy.ones(2, 'f')
        y.backward()
        numpy.testing.assert_allclose(
            x.grad, [3 * math.exp(-20), 3 * math.exp(-40)], rtol=1e-6)

    def test_nan_stays(self):
        self.assertTrue(numpy.isnan(F.elu(numpy.array(numpy.nan)).data))

    def test_default(self):
        self.assertEqual(F.elu(numpy.array([-1000], 'f')).data.tolist(), [-1])

    def test_non_contiguous(self):
        random = numpy.random.RandomState(0)
        x = chainer.Variable(random.randn(4, 6).astype('f')[::2, ::-2])
        gy = random.randn(3, 2).astype('f').T
        y = F.elu(x, 0.5)
        y.grad = gy
        y.backward()
        exp = numpy.exp(x.data)
        testing.assert_allclose(
            y.data, numpy.where(x.data >= 0, x.data, 0.5 * exp - 0.5))
        testing.assert_allclose(
            x.grad, numpy.where(x.data >= 0, gy, 0.5 * exp * gy))

    def test_arguments_are_left_alone(self):
        x = chainer.Variable(numpy.array([-1000, 1], 'f'))
        y = F.elu(x)
        y.grad = numpy.array([2, 3], 'f')
        y.backward()
        self.assertEqual(x.data.tolist(), [-1000, 1])
        self.assertEqual(y.data.tolist(), [-1, 1])
        self.assertEqual(y.grad.tolist(), [2, 3])


class TestELUTypes(unittest.TestCase):

    def test_int(self):
        with self.assertRaisesRegex(
                type_check.InvalidType,
                r'^Expect: in_types\[0\]\.dtype\.kind == f\nActual: i != f'):
            F.elu(numpy.zeros((2, 3), 'i'))

    def test_alpha_that_is_no_number(self):
        for alpha in None, '1', (1,), 1j, numpy.ones(1), True:
            with self.assertRaisesRegex(
                    TypeError, '^alpha must be a number, but is '):
                F.elu(numpy.zeros(3, 'f'), alpha)

    def test_alpha_of_numpy(self):
        expected = F.elu(-numpy.ones(3, 'f'), 0.5).data
        for alpha in numpy.float64(.5), numpy.float16(.5), numpy.array(.5):
            y = F.elu(-numpy.ones(3, 'f'), alpha)
            self.assertEqual(y.dtype, numpy.float32)
            numpy.testing.assert_array_equal(y.data, expected)
