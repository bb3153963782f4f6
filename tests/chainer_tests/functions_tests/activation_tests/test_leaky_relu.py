import unittest

import numpy

import chainer
import chainer.functions as F
from chainer import gradient_check, testing
from chainer.utils import type_check


@testing.parameterize(*testing.product({
    'shape': [(4, 3), (), (0, 2)],
    'dtype': [numpy.float16, numpy.float32, numpy.float64],
    'slope': [0.1, 0, -0.5, 3, numpy.float64(0.3)],
}))
class TestLeakyReLU(unittest.TestCase):

    def setUp(self):
        random = numpy.random.RandomState(0)
        # Finite differences make no sense across the kink at 0.
        sign = random.choice([-1, 1], self.shape)
        x = sign * random.uniform(0.5, 1, self.shape)
        self.x = numpy.asarray(x, self.dtype)
        gy = random.uniform(-1, 1, self.shape)
        self.gy = numpy.asarray(gy, self.dtype)
        self.tolerance = {'atol': 1e-6, 'rtol': 1e-5}
        if self.dtype == numpy.float16:
            self.tolerance = {'atol': 1e-3, 'rtol': 1e-3}

    def test_forward(self):
        y = F.leaky_relu(chainer.Variable(self.x), self.slope)
        self.assertEqual(y.dtype, self.dtype)
        expected = numpy.empty(self.shape)
        for i in numpy.ndindex(self.shape):
            x = float(self.x[i])
            expected[i] = x if x >= 0 else self.slope * x
        testing.assert_allclose(y.data, expected, **self.tolerance)

    def test_backward(self):
        gradient_check.check_backward(
            lambda x: F.leaky_relu(x, self.slope), self.x, self.gy,
            dtype=numpy.float64, **self.tolerance)


class TestLeakyReLUValues(unittest.TestCase):

    def test_default(self):
        y = F.leaky_relu(numpy.array([-10, 10], 'd'))
        testing.assert_allclose(y.data, [-2, 10])

    def test_extremes(self):
        for dtype in numpy.float16, numpy.float32, numpy.float64:
            x = numpy.array([-numpy.inf, -6e4, 0, 6e4, numpy.inf], dtype)
            y = F.leaky_relu(x, 0.5).data
            numpy.testing.assert_array_equal(y, x * [0.5, 0.5, 1, 1, 1])

    def test_steep_slope_does_not_overflow_on_the_right(self):
        x = numpy.array([6e4], 'e')
        numpy.testing.assert_array_equal(F.leaky_relu(x, 4).data, x)

    def test_nan_stays(self):
        self.assertTrue(numpy.isnan(F.leaky_relu(numpy.array(numpy.nan)).data))

    def test_gradient_at_zero(self):
        x = chainer.Variable(numpy.array([0, -0.], 'f'))
        y = F.leaky_relu(x)
        y.grad = numpy.full(2, 3, 'f')
        y.backward()
        self.assertEqual(x.grad.tolist(), [3, 3])

    def test_non_contiguous(self):
        random = numpy.random.RandomState(0)
        x = chainer.Variable(random.randn(4, 6).astype('f')[::2, ::-2])
        gy = random.randn(3, 2).astype('f').T
        y = F.leaky_relu(x, 0.5)
        y.grad = gy
        y.backward()
        numpy.testing.assert_array_equal(
            y.data, numpy.where(x.data < 0, 0.5 * x.data, x.data))
        numpy.testing.assert_array_equal(
            x.grad, numpy.where(x.data < 0, 0.5 * gy, gy))

    def test_arguments_are_left_alone(self):
        x = chainer.Variable(numpy.array([-2, 1], 'f'))
        y = F.leaky_relu(x, 0.5)
        y.grad = numpy.array([2, 3], 'f')
        y.backward()
        self.assertEqual(x.data.tolist(), [-2, 1])
        self.assertEqual(y.data.tolist(), [-1, 1])
        self.assertEqual(y.grad.tolist(), [2, 3])


class TestLeakyReLUTypes(unittest.TestCase):

    def test_int(self):
        with self.assertRaisesRegex(
                type_check.InvalidType,
                r'^Expect: in_types\[0\]\.dtype\.kind == f\nActual: i != f'):
            F.leaky_relu(numpy.zeros((2, 3), 'i'))

    def test_slope_that_is_no_number(self):
        for slope in None, '1', (1,), 1j, numpy.ones(1), True:
            with self.assertRaisesRegex(
                    TypeError, '^slope must be a number, but is '):
                F.leaky_relu(numpy.zeros(3, 'f'), slope)

    def test_slope_of_numpy(self):
        expected = F.leaky_relu(-numpy.ones(3, 'f'), 0.5).data
        for slope in numpy.float64(.5), numpy.float16(.5), numpy.array(.5):
            y = F.leaky_relu(-numpy.ones(3, 'f'), slope)
            self.assertEqual(y.dtype, numpy.float32)
            numpy.testing.assert_array_equal(y.data, expected)
