import math
import unittest

import numpy

import chainer
import chainer.functions as F
from chainer import gradient_check, testing
from chainer.utils import type_check


def expected_output(x, eps):
    """Returns the output, computed element by element."""
    y = numpy.empty(x.shape)
    for i, row in enumerate(x.tolist()):
        norm = math.hypot(*row)
        for j, value in enumerate(row):
            y[i, j] = value / (norm + eps)
    return y


@testing.parameterize(*testing.product({
    'shape': [(4, 3), (2, 15), (3, 1)],
    'eps': [1e-5, .5],
    'dtype': [numpy.float16, numpy.float32, numpy.float64],
}))
class TestNormalize(unittest.TestCase):

    def setUp(self):
        random = numpy.random.RandomState(0)
        self.x = random.uniform(.1, 1, self.shape).astype(self.dtype)
        self.x[0] *= -1
        self.gy = random.uniform(-1, 1, self.shape).astype(self.dtype)
        self.tolerance = {'atol': 1e-4, 'rtol': 1e-4}
        if self.dtype == numpy.float16:
            self.tolerance = {'atol': 1e-3, 'rtol': 1e-2}

    def test_forward(self):
        y = F.normalize(chainer.Variable(self.x), self.eps)
        self.assertEqual(y.dtype, self.dtype)
        testing.assert_allclose(
            y.data, expected_output(self.x, self.eps), **self.tolerance)

    def test_backward(self):
        gradient_check.check_backward(
            lambda x: F.normalize(x, self.eps), self.x, self.gy,
            dtype=numpy.float64, **self.tolerance)


class TestNormalizeValues(unittest.TestCase):

    def backprop(self, x, gy, eps=1e-5):
        x = chainer.Variable(x)
        y = F.normalize(x, eps)
        y.grad = gy
        y.backward()
        return y.data, x.grad

    def test_default(self):
        x = numpy.array([[3e-5, 4e-5]])
        testing.assert_allclose(F.normalize(x).data, [[.5, 4 / 6.]])
        testing.assert_allclose(F.NormalizeL2()(x).data, [[.5, 4 / 6.]])

    def test_zero(self):
        for dtype in numpy.float16, numpy.float32, numpy.float64:
            y, gx = self.backprop(
                numpy.array([[0, 0], [3, 4]], dtype),
                numpy.array([[1, -2], [3, 4]], dtype), eps=.5)
            numpy.testing.assert_array_equal(y[0], [0, 0])
            testing.assert_allclose(y[1], [3 / 5.5, 4 / 5.5], rtol=1e-3)
            numpy.testing.assert_array_equal(gx[0], [2, -4])

    def test_zero_with_default_eps(self):
        for dtype in numpy.float16, numpy.float32, numpy.float64:
            _, gx = self.backprop(
                numpy.zeros((1, 2), dtype), numpy.array([[1, -2]], dtype))
            limit = float(numpy.finfo(dtype).max)
            testing.assert_allclose(gx, [[min(1e5, limit), -min(2e5, limit)]])

    def test_extremes(self):
        for dtype, scales in ((numpy.float16, [6e-8, 1e4]),
                              (numpy.float32, [1e-38, 2e-23, 1e30]),
                              (numpy.float64, [1e-300, 5e-163, 1e200])):
            for scale in scales:
                x = numpy.array([[3, 4], [0, 0], [1, 0]]) * scale
                x = x.astype(dtype)
                y, gx = self.backprop(x, numpy.ones_like(x),
                                      eps=float(x[0, 1]))
                norm = math.hypot(*x[0].tolist())
                expected = x.astype('d') / (norm + x[0, 1].astype('d'))
                testing.assert_allclose(y[0], expected[0], rtol=2e-3)
                numpy.testing.assert_array_equal(y[1], [0, 0])
                self.assertTrue(numpy.isfinite(y).all())
                self.assertTrue(numpy.isfinite(gx).all())

    def test_squares_without_precision(self):
        for dtype, scale in (numpy.float32, 2e-23), (numpy.float64, 1e-162):
            x = numpy.array([[3, 4]]) * scale
            y = F.normalize(x.astype(dtype), eps=0)
            testing.assert_allclose(y.data, [[.6, .8]])

    def test_gradient_of_large_numbers(self):
        # They are only scaled.
        x = numpy.array([[1, 2], [-3, .5]])
        gy = numpy.array([[.2, .3], [.4, -.5]])
        _, expected = self.backprop(x, gy, eps=0)
        _, gx = self.backprop(x * 1e200, gy, eps=0)
        testing.assert_allclose(gx * 1e200, expected)
        _, gx = self.backprop((x * 1e25).astype('f'), gy.astype('f'), eps=0)
        testing.assert_allclose(gx.astype('d') * 1e25, expected)

    def test_non_contiguous(self):
        random = numpy.random.RandomState(0)
        x = random.randn(6, 4).astype('f').T[::2, ::-1]
        gy = random.randn(6, 2).astype('f').T
        y, gx = self.backprop(x, gy)
        testing.assert_allclose(y, expected_output(x, 1e-5))
        _, expected = self.backprop(x.copy(), gy.copy())
        testing.assert_allclose(gx, expected)

    def test_arguments_are_left_alone(self):
        data = numpy.random.RandomState(0).randn(2, 5).astype('f')
        x = chainer.Variable(data.copy())
        y = F.normalize(x)
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

    def test_empty(self):
        for shape in (0, 3), (2, 0):
            y, gx = self.backprop(
                numpy.zeros(shape, 'f'), numpy.zeros(shape, 'f'))
            self.assertEqual(y.shape, shape)
            self.assertEqual(gx.shape, shape)


class TestNormalizeTypes(unittest.TestCase):

    def test_int(self):
        with self.assertRaisesRegex(
                type_check.InvalidType,
                r'^Expect: in_types\[0\]\.dtype\.kind == f\nActual: i != f'):
            F.normalize(numpy.zeros((2, 3), 'i'))

    def test_dimensions(self):
        with self.assertRaisesRegex(
                type_check.InvalidType,
                r'^Expect: in_types\[0\]\.ndim == 2\nActual: 3 != 2'):
            F.normalize(numpy.zeros((2, 3, 4), 'f'))

    def test_eps_that_is_no_number(self):
        for eps in None, '1', (1,), 1j, numpy.ones(1), True:
            with self.assertRaisesRegex(
                    TypeError, '^eps must be a number, but is '):
                F.normalize(numpy.zeros((2, 3), 'f'), eps)

    def test_eps_of_numpy(self):
        expected = F.normalize(numpy.ones((2, 3), 'f'), 0.5).data
        for eps in numpy.float64(.5), numpy.float16(.5), numpy.array(.5):
            y = F.normalize(numpy.ones((2, 3), 'f'), eps)
            self.assertEqual(y.dtype, numpy.float32)
            numpy.testing.assert_array_equal(y.data, expected)
