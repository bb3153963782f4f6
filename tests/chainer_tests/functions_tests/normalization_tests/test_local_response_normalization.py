import unittest

import numpy

import chainer
import chainer.functions as F
from chainer import gradient_check, testing
from chainer.utils import type_check


def expected_output(x, n, k, alpha, beta):
    """Returns the output, computed element by element."""
    y = numpy.empty(x.shape)
    for index in numpy.ndindex(x.shape):
        i = index[1]
        total = 0.
        for j in range(x.shape[1]):
            if abs(i - j) <= n // 2:
                total += float(x[(index[0], j) + index[2:]]) ** 2
        y[index] = float(x[index]) / (k + alpha * total) ** beta
    return y


@testing.parameterize(*testing.product({
    'shape': [(2, 7), (2, 7, 3), (2, 4, 2, 3)],
    'args': [(5, 2, 1e-1, .75), (4, 1, .5, 1), (1, 1, .5, .5), (20, 3, 2, 2)],
    'dtype': [numpy.float16, numpy.float32, numpy.float64],
}))
class TestLocalResponseNormalization(unittest.TestCase):

    def setUp(self):
        random = numpy.random.RandomState(0)
        self.x = random.uniform(-2, 2, self.shape).astype(self.dtype)
        self.gy = random.uniform(-1, 1, self.shape).astype(self.dtype)
        self.tolerance = {'atol': 1e-5, 'rtol': 1e-5}
        if self.dtype == numpy.float16:
            self.tolerance = {'atol': 1e-3, 'rtol': 1e-2}

    def normalize(self, x):
        return F.local_response_normalization(x, *self.args)

    def test_forward(self):
        y = self.normalize(chainer.Variable(self.x))
        self.assertEqual(y.dtype, self.dtype)
        testing.assert_allclose(
            y.data, expected_output(self.x, *self.args), **self.tolerance)

    def test_backward(self):
        gradient_check.check_backward(
            self.normalize, self.x, self.gy, dtype=numpy.float64,
            **self.tolerance)


class TestLocalResponseNormalizationValues(unittest.TestCase):

    def test_defaults(self):
        x = 100 * numpy.random.RandomState(0).randn(2, 9, 2).astype('f')
        expected = expected_output(x, 5, 2, 1e-4, .75)
        testing.assert_allclose(
            F.local_response_normalization(x).data, expected)
        testing.assert_allclose(
            F.LocalResponseNormalization()(x).data, expected)

    def test_large_half_precision_numbers(self):
        # Their squares have no place in float16.
        x = chainer.Variable(numpy.full((1, 3), 60000, numpy.float16))
        y = F.local_response_normalization(x, 1, 1, 1, .5)
        testing.assert_allclose(y.data, 1, rtol=1e-3)
        y.grad = numpy.ones((1, 3), numpy.float16)
        y.backward()
        testing.assert_allclose(x.grad, 0, atol=1e-3)

    def test_zeros(self):
        x = chainer.Variable(numpy.zeros((2, 3), 'f'))
        y = F.local_response_normalization(x, k=4, beta=.5)
        y.grad = numpy.ones((2, 3), 'f')
        y.backward()
        numpy.testing.assert_array_equal(y.data, numpy.zeros((2, 3)))
        numpy.testing.assert_array_equal(x.grad, numpy.full((2, 3), .5))

    def test_non_contiguous(self):
        random = numpy.random.RandomState(0)
        x = chainer.Variable(random.randn(4, 6, 2).astype('f').T[:, ::2, ::-1])
        gy = random.randn(4, 3, 2).astype('f').T
        y = F.local_response_normalization(x, 3, 1, .5, .5)
        y.grad = gy
        y.backward()
        testing.assert_allclose(
            y.data, expected_output(x.data, 3, 1, .5, .5))
        twin = chainer.Variable(x.data.copy())
        y = F.local_response_normalization(twin, 3, 1, .5, .5)
        y.grad = gy.copy()
        y.backward()
        testing.assert_allclose(x.grad, twin.grad)

    def test_arguments_are_left_alone(self):
        data = numpy.random.RandomState(0).randn(2, 5).astype('f')
        x = chainer.Variable(data.copy())
        y = F.local_response_normalization(x)
        output = y.data.copy()
        y.grad = data + 1
        y.backward()
        first = x.grad.copy()
        x.cleargrad()
        y.backward()
        numpy.testing.assert_array_equal(x.grad, first)
        numpy.testing.assert_array_equal(x.data, data)
        numpy.testing.assert_array_equal(y.data, output)
        numpy.testing.assert_array_equal(y.grad, data + 1)

    def test_empty_batch(self):
        y = F.local_response_normalization(numpy.zeros((0, 3, 2), 'f'))
        self.assertEqual(y.shape, (0, 3, 2))


class TestLocalResponseNormalizationErrors(unittest.TestCase):

    def test_int(self):
        with self.assertRaisesRegex(
                type_check.InvalidType,
                r'^Expect: in_types\[0\]\.dtype\.kind == f\nActual: i != f'):
            F.local_response_normalization(numpy.zeros((2, 3), 'i'))

    def test_dimensions(self):
        with self.assertRaisesRegex(
                type_check.InvalidType,
                r'^Expect: in_types\[0\]\.ndim >= 2\nActual: 1 < 2'):
            F.local_response_normalization(numpy.zeros(3, 'f'))

    def test_width(self):
        with self.assertRaisesRegex(ValueError, 'n must be 1 or more'):
            F.local_response_normalization(numpy.zeros((2, 3), 'f'), n=0)

    def test_k_that_is_no_number(self):
        for k in None, '1', (1,), 1j, numpy.ones(1), True:
            with self.assertRaisesRegex(
                    TypeError, '^k must be a number, but is '):
                F.LocalResponseNormalization(k=k)

    def test_k_of_numpy(self):
        expected = F.local_response_normalization(
            numpy.ones((2, 3), 'f'), k=0.5).data
        for k in numpy.float64(.5), numpy.float16(.5), numpy.array(.5):
            y = F.local_response_normalization(
            numpy.ones((2, 3), 'f'), k=k)
            self.assertEqual(y.dtype, numpy.float32)
            numpy.testing.assert_array_equal(y.data, expected)

    def test_alpha_that_is_no_number(self):
        for alpha in None, '1', (1,), 1j, numpy.ones(1), True:
            with self.assertRaisesRegex(
                    TypeError, '^alpha must be a number, but is '):
                F.LocalResponseNormalization(alpha=alpha)

    def test_alpha_of_numpy(self):
        expected = F.local_response_normalization(
            numpy.ones((2, 3), 'f'), alpha=0.5).data
        for alpha in numpy.float64(.5), numpy.float16(.5), numpy.array(.5):
            y = F.local_response_normalization(
            numpy.ones((2, 3), 'f'), alpha=alpha)
            self.assertEqual(y.dtype, numpy.float32)
            numpy.testing.assert_array_equal(y.data, expected)

    def test_beta_that_is_no_number(self):
        for beta in None, '1', (1,), 1j, numpy.ones(1), True:
            with self.assertRaisesRegex(
                    TypeError, '^beta must be a number, but is '):
                F.LocalResponseNormalization(beta=beta)

    def test_beta_of_numpy(self):
        expected = F.local_response_normalization(
            numpy.ones((2, 3), 'f'), beta=0.5).data
        for beta in numpy.float64(.5), numpy.float16(.5), numpy.array(.5):
            y = F.local_response_normalization(
            numpy.ones((2, 3), 'f'), beta=beta)
            self.assertEqual(y.dtype, numpy.float32)
            numpy.testing.assert_array_equal(y.data, expected)

    def test_width_that_is_no_integer(self):
        for n in 5., None, '5', True:
            with self.assertRaisesRegex(
                    TypeError, '^n must be an integer, but is '):
                F.LocalResponseNormalization(n)


class TestLocalResponseNormalizationWideWindow(unittest.TestCase):

    def test_window_wider_than_the_channels(self):
        data = numpy.random.RandomState(0).randn(2, 4, 3).astype('f')
        results = []
        # A window of 7 has all four channels in it, wherever it is.
        for n in 7, 8, 100, 10 ** 9:
            x = chainer.Variable(data)
            y = F.local_response_normalization(x, n, 1, .5, .5)
            y.grad = data
            y.backward()
            results.append((y.data, x.grad))
        testing.assert_allclose(
            results[0][0], expected_output(data, 7, 1, .5, .5))
        for y, gx in results[1:]:
            numpy.testing.assert_array_equal(y, results[0][0])
            numpy.testing.assert_array_equal(gx, results[0][1])

    def test_no_channel(self):
        y = F.local_response_normalization(numpy.zeros((2, 0, 3), 'f'))
        self.assertEqual(y.shape, (2, 0, 3))
