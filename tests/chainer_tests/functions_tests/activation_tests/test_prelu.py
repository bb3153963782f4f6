import unittest

import numpy

import chainer
import chainer.functions as F
from chainer import gradient_check, testing
from chainer.functions.activation import prelu
from chainer.utils import type_check


@testing.parameterize(*testing.product_dict(
    [{'x_shape': (4, 3), 'W_shape': (3,)},
     {'x_shape': (4, 3), 'W_shape': ()},
     {'x_shape': (4,), 'W_shape': ()},
     {'x_shape': (4, 3, 2), 'W_shape': (3,)},
     {'x_shape': (3, 2, 3, 2, 2), 'W_shape': (2, 3)},
     {'x_shape': (4, 3, 2), 'W_shape': (3, 2)},
     {'x_shape': (0, 3, 2), 'W_shape': (3,)}],
    [{'dtype': dtype}
     for dtype in (numpy.float16, numpy.float32, numpy.float64)],
))
class TestPReLU(unittest.TestCase):

    def setUp(self):
        random = numpy.random.RandomState(0)
        # Finite differences make no sense across the kink at 0.
        sign = random.choice([-1, 1], self.x_shape)
        x = sign * random.uniform(0.5, 1, self.x_shape)
        self.x = x.astype(self.dtype)
        W = random.uniform(-1, 3, self.W_shape)
        self.W = numpy.asarray(W, self.dtype)
        self.gy = random.uniform(-1, 1, self.x_shape).astype(self.dtype)
        self.tolerance = {'atol': 1e-6, 'rtol': 1e-5}
        if self.dtype == numpy.float16:
            self.tolerance = {'atol': 1e-3, 'rtol': 2e-3}

    def test_forward(self):
        y = F.prelu(chainer.Variable(self.x), chainer.Variable(self.W))
        self.assertEqual(y.dtype, self.dtype)
        expected = numpy.empty(self.x_shape)
        for i in numpy.ndindex(self.x_shape):
            x = float(self.x[i])
            slope = float(self.W[i[1:1 + self.W.ndim]])
            expected[i] = x if x >= 0 else slope * x
        testing.assert_allclose(y.data, expected, **self.tolerance)

    def test_backward(self):
        gradient_check.check_backward(
            F.prelu, (self.x, self.W), self.gy, dtype=numpy.float64,
            **self.tolerance)


class TestPReLUValues(unittest.TestCase):

    def check_gradients(self, x, W, gy):
        x, W = chainer.Variable(x), chainer.Variable(W)
        y = F.prelu(x, W)
        y.grad = gy
        y.backward()
        self.assertEqual(x.grad.dtype, x.dtype)
        self.assertEqual(W.grad.dtype, W.dtype)
        return y.data, x.grad, W.grad

    def test_extremes(self):
        inf = numpy.inf
        for dtype in numpy.float16, numpy.float32, numpy.float64:
            x = numpy.array([[-inf, -6e4, 0, 6e4, inf]], dtype)
            W = numpy.array([0.5, 0.5, 4, 4, 4], dtype)
            y, gx, gW = self.check_gradients(x, W, numpy.ones((1, 5), dtype))
            numpy.testing.assert_array_equal(
                y, numpy.array([[-inf, -3e4, 0, 6e4, inf]], dtype))
            numpy.testing.assert_array_equal(gx, [[0.5, 0.5, 1, 1, 1]])
            numpy.testing.assert_array_equal(
                gW, numpy.array([-inf, -6e4, 0, 0, 0], dtype))

    def test_gradients_at_zero(self):
        _, gx, gW = self.check_gradients(
            numpy.array([[0, -0.]], 'f'), numpy.full(2, 5, 'f'),
            numpy.full((1, 2), 3, 'f'))
        self.assertEqual(gx.tolist(), [[3, 3]])
        self.assertEqual(gW.tolist(), [0, 0])

    def test_half_precision_is_summed_in_single(self):
        # Sums of ones get stuck at 2048, and products end at 65504.
        x = numpy.full((3000, 2), -1, 'e')
        gy = numpy.ones((3000, 2), 'e')
        x[:, 1] = -300
        gy[:, 1] = [300, -300] * 1500
        _, _, gW = self.check_gradients(x, numpy.zeros(2, 'e'), gy)
        self.assertEqual(gW.tolist(), [-3000, 0])

    def test_slopes_of_single_and_input_of_half_precision(self):
        # As a link has them that runs on such an input.
        x = numpy.array([[-2, 2], [-4, -2]], 'e')
        y, gx, gW = self.check_gradients(
            x, numpy.array([0.5, 2], 'f'), numpy.ones((2, 2), 'e'))
        self.assertEqual(y.dtype, numpy.float16)
        self.assertEqual(y.tolist(), [[-1, 2], [-2, -4]])
        self.assertEqual(gx.tolist(), [[0.5, 1], [0.5, 2]])
        self.assertEqual(gW.tolist(), [-6, -2])

    def test_non_contiguous(self):
        random = numpy.random.RandomState(0)
        x = random.randn(4, 6, 4).astype('f')[::2, ::-2].swapaxes(0, 2)
        W = random.randn(6).astype('f')[::-2]
        gy = random.randn(2, 3, 4).astype('f').T
        y, gx, gW = self.check_gradients(x, W, gy)
        slopes = numpy.where(x < 0, W[:, None], 1)
        testing.assert_allclose(y, slopes * x)
        testing.assert_allclose(gx, slopes * gy)
        testing.assert_allclose(
            gW, numpy.where(x < 0, x * gy, 0).sum(axis=(0, 2)))

    def test_arguments_are_left_alone(self):
        x, gy = numpy.array([[-2, 2]], 'f'), numpy.array([[3, 4]], 'f')
        W = numpy.array([5, 6], 'f')
        y, _, _ = self.check_gradients(x, W, gy)
        self.assertEqual(x.tolist(), [[-2, 2]])
        self.assertEqual(W.tolist(), [5, 6])
        self.assertEqual(y.tolist(), [[-10, 2]])
        self.assertEqual(gy.tolist(), [[3, 4]])


class TestPReLUTypes(unittest.TestCase):

    def check(self, message, x, W):
        with self.assertRaisesRegex(type_check.InvalidType, message) as cm:
            F.prelu(numpy.zeros(*x), numpy.zeros(*W))
        return str(cm.exception)

    def test_number_of_arguments(self):
        with self.assertRaisesRegex(type_check.InvalidType,
                                    r'^Expect: in_types\.size == 2'):
            prelu.PReLUFunction()(numpy.zeros((1, 4), 'f'))

    def test_int(self):
        self.check(r'^Expect: in_types\[0\]\.dtype\.kind == f\nActual: i != f',
                   ((2, 3), 'i'), (3, 'f'))
        message = self.check(
            r'^Expect: in_types\[1\]\.dtype\.kind == f\nActual: i != f',
            ((2, 3), 'f'), (3, 'i'))
        self.assertIn('in_types[1] is W', message)

    def test_dimensions(self):
        self.check(r'^Expect: in_types\[0\]\.ndim > in_types\[1\]\.ndim\n'
                   r'Actual: 2 <= 2', ((2, 3), 'f'), ((2, 3), 'f'))

    def test_shape(self):
        self.check(r'^Expect: in_types\[0\]\.shape\[1:3\] == '
                   r'in_types\[1\]\.shape\nActual: \(3, 4\) != \(3, 5\)',
                   ((2, 3, 4, 5), 'f'), ((3, 5), 'f'))
