import unittest

import numpy

import chainer
import chainer.functions as F
from chainer import gradient_check, testing
from chainer.utils import type_check


@testing.parameterize(*testing.product_dict(
    [{'shape': (4, 3), 'axis': 0, 'result': (8, 3)},
     {'shape': (4, 3), 'axis': 1, 'result': (4, 6)},
     {'shape': (4, 3), 'axis': -1, 'result': (4, 6)},
     {'shape': (2, 3, 4), 'axis': -3, 'result': (4, 3, 4)},
     {'shape': (2, 3, 4), 'axis': 1, 'result': (2, 6, 4)},
     {'shape': (3,), 'axis': 0, 'result': (6,)},
     {'shape': (0, 3), 'axis': 1, 'result': (0, 6)},
     {'shape': (0, 3), 'axis': 0, 'result': (0, 3)}],
    [{'dtype': dtype}
     for dtype in (numpy.float16, numpy.float32, numpy.float64)],
))
class TestCReLU(unittest.TestCase):

    def setUp(self):
        random = numpy.random.RandomState(0)
        # Finite differences make no sense across the kink at 0.
        sign = random.choice([-1, 1], self.shape)
        x = sign * random.uniform(0.5, 1, self.shape)
        self.x = x.astype(self.dtype)
        self.gy = random.uniform(-1, 1, self.result).astype(self.dtype)

    def test_forward(self):
        y = F.crelu(chainer.Variable(self.x), self.axis)
        self.assertEqual(y.dtype, self.dtype)
        self.assertEqual(y.shape, self.result)
        expected = numpy.empty(self.result)
        size = self.shape[self.axis]
        for i in numpy.ndindex(self.shape):
            value = float(self.x[i])
            expected[i] = value if value > 0 else 0
            second = list(i)
            second[self.axis] += size
            expected[tuple(second)] = -value if value < 0 else 0
        numpy.testing.assert_array_equal(y.data, expected)

    def test_backward(self):
        gradient_check.check_backward(
            lambda x: F.crelu(x, self.axis), self.x, self.gy,
            dtype=numpy.float64)


class TestCReLUValues(unittest.TestCase):

    def test_default_axis(self):
        self.assertEqual(F.crelu(numpy.zeros((2, 3, 4), 'f')).shape, (2, 6, 4))

    def test_extremes(self):
        x = numpy.array([[-numpy.inf, -6e4, -0., 0, 6e4, numpy.inf]], 'e')
        positive, negative = F.crelu(x, axis=0).data
        numpy.testing.assert_array_equal(
            positive, numpy.array([0, 0, 0, 0, 6e4, numpy.inf], 'e'))
        numpy.testing.assert_array_equal(
            negative, numpy.array([numpy.inf, 6e4, 0, 0, 0, 0], 'e'))

    def test_nan_stays(self):
        y = F.crelu(numpy.array([[numpy.nan]], 'f'))
        self.assertTrue(numpy.isnan(y.data).all())

    def test_gradient_at_zero(self):
        x = chainer.Variable(numpy.zeros((1, 2), 'f'))
        y = F.crelu(x)
        y.grad = numpy.ones((1, 4), 'f')
        y.backward()
        self.assertEqual(x.grad.tolist(), [[0, 0]])

    def test_non_contiguous(self):
        random = numpy.random.RandomState(0)
        x = chainer.Variable(random.randn(4, 6).astype('f')[::2, ::-2])
        gy = random.randn(6, 2).astype('f').T
        y = F.crelu(x)
        y.grad = gy
        y.backward()
        numpy.testing.assert_array_equal(y.data[:, :3] - y.data[:, 3:], x.data)
        numpy.testing.assert_array_equal(
            x.grad, numpy.where(x.data > 0, gy[:, :3], -gy[:, 3:]))

    def test_arguments_are_left_alone(self):
        x = chainer.Variable(numpy.array([[-1, 1]], 'f'))
        y = F.crelu(x)
        y.grad = numpy.array([[2, 3, 4, 5]], 'f')
        y.backward()
        self.assertEqual(x.data.tolist(), [[-1, 1]])
        self.assertEqual(y.data.tolist(), [[0, 1, 1, 0]])
        self.assertEqual(y.grad.tolist(), [[2, 3, 4, 5]])


class TestCReLUErrors(unittest.TestCase):

    def test_axis_that_is_no_int(self):
        for axis in None, 1.5, numpy.array([0]), True, '0', (0,):
            with self.assertRaisesRegex(
                    TypeError, '^axis must be an integer, but is '):
                F.crelu(numpy.zeros((2, 3), 'f'), axis)

    def test_numpy_integer(self):
        y = F.crelu(numpy.zeros((2, 3), 'f'), numpy.int64(1))
        self.assertEqual(y.shape, (2, 6))

    def test_axis_out_of_range(self):
        with self.assertRaisesRegex(
                type_check.InvalidType,
                r'^Expect: in_types\[0\]\.ndim > 2\nActual: 2 <= 2'):
            F.crelu(numpy.zeros((2, 3), 'f'), 2)
        with self.assertRaisesRegex(
                type_check.InvalidType,
                r'^Expect: -in_types\[0\]\.ndim <= -3\nActual: -2 > -3'):
            F.crelu(numpy.zeros((2, 3), 'f'), -3)

    def test_int(self):
        with self.assertRaisesRegex(
                type_check.InvalidType,
                r'^Expect: in_types\[0\]\.dtype\.kind == f\nActual: i != f'):
            F.crelu(numpy.zeros((2, 3), 'i'))
