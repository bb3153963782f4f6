import unittest

import numpy

import chainer
import chainer.functions as F
from chainer import gradient_check, testing
from chainer.utils import type_check


@testing.parameterize(*testing.product_dict(
    [{'shape': (2, 6), 'pool_size': 3, 'axis': 1, 'result': (2, 2)},
     {'shape': (2, 6), 'pool_size': 1, 'axis': 1, 'result': (2, 6)},
     {'shape': (2, 6), 'pool_size': 6, 'axis': -1, 'result': (2, 1)},
     {'shape': (4, 3), 'pool_size': 2, 'axis': 0, 'result': (2, 3)},
     {'shape': (2, 6, 3), 'pool_size': 2, 'axis': 1, 'result': (2, 3, 3)},
     {'shape': (2, 6, 3), 'pool_size': 2, 'axis': -2, 'result': (2, 3, 3)},
     {'shape': (2, 3, 4), 'pool_size': 4, 'axis': 2, 'result': (2, 3, 1)},
     {'shape': (0, 6), 'pool_size': 3, 'axis': 1, 'result': (0, 2)},
     {'shape': (2, 0), 'pool_size': 3, 'axis': 1, 'result': (2, 0)}],
    [{'dtype': dtype}
     for dtype in (numpy.float16, numpy.float32, numpy.float64)],
))
class TestMaxout(unittest.TestCase):

    def setUp(self):
        random = numpy.random.RandomState(0)
        # Finite differences make no sense where two elements are close.
        size = numpy.prod(self.shape)
        x = random.permutation(size) * 0.1 - 0.05 * size
        self.x = x.reshape(self.shape).astype(self.dtype)
        self.gy = random.uniform(-1, 1, self.result).astype(self.dtype)

    def test_forward(self):
        y = F.maxout(chainer.Variable(self.x), self.pool_size, self.axis)
        self.assertEqual(y.dtype, self.dtype)
        self.assertEqual(y.shape, self.result)
        for i in numpy.ndindex(self.result):
            group = []
            for k in range(self.pool_size):
                j = list(i)
                j[self.axis] = i[self.axis] * self.pool_size + k
                group.append(float(self.x[tuple(j)]))
            self.assertEqual(y.data[i], max(group))

    def test_backward(self):
        gradient_check.check_backward(
            lambda x: F.maxout(x, self.pool_size, self.axis), self.x, self.gy,
            dtype=numpy.float64)


class TestMaxoutValues(unittest.TestCase):

    def test_default_axis(self):
        self.assertEqual(
            F.maxout(numpy.zeros((2, 6, 4), 'f'), 2).shape, (2, 3, 4))

    def test_extremes(self):
        x = numpy.array([[-numpy.inf, -1e38, -numpy.inf, numpy.inf]], 'f')
        numpy.testing.assert_array_equal(
            F.maxout(x, 2).data, numpy.array([[-1e38, numpy.inf]], 'f'))

    def test_non_contiguous(self):
        random = numpy.random.RandomState(0)
        x = chainer.Variable(random.randn(8, 6).astype('f').T)
        y = F.maxout(x, 2)
        numpy.testing.assert_array_equal(
            y.data, numpy.where(x.data[:, ::2] > x.data[:, 1::2],
                                x.data[:, ::2], x.data[:, 1::2]))
        gy = random.randn(4, 6).astype('f').T
        y.grad = gy
        y.backward()
        for n, m in numpy.ndindex(6, 4):
            pair = x.data[n, 2 * m:2 * m + 2]
            expected = [0, 0]
            expected[int(pair[1] > pair[0])] = gy[n, m]
            self.assertEqual(x.grad[n, 2 * m:2 * m + 2].tolist(), expected)

    def test_arguments_are_left_alone(self):
        x = chainer.Variable(numpy.array([[1, 2]], 'f'))
        y = F.maxout(x, 2)
        y.grad = numpy.array([[3]], 'f')
        y.backward()
        self.assertEqual(x.data.tolist(), [[1, 2]])
        self.assertEqual(y.data.tolist(), [[2]])
        self.assertEqual(y.grad.tolist(), [[3]])


class TestMaxoutErrors(unittest.TestCase):

    def test_pool_size(self):
        for pool_size in 0, -2:
            with self.assertRaisesRegex(
                    ValueError, '^pool_size must be positive, but is '):
                F.maxout(numpy.zeros((2, 6), 'f'), pool_size)

    def test_indivisible(self):
        with self.assertRaisesRegex(
                type_check.InvalidType,
                r'^Expect: x\.shape\[1\] % 4 == 0\nActual: 2 != 0'):
            F.maxout(numpy.zeros((2, 6), 'f'), 4)

    def test_axis(self):
        with self.assertRaisesRegex(
                type_check.InvalidType, r'^Expect: x\.ndim > 2'):
            F.maxout(numpy.zeros((2, 6), 'f'), 3, axis=2)
        with self.assertRaisesRegex(
                type_check.InvalidType, r'^Expect: -x\.ndim <= -3'):
            F.maxout(numpy.zeros((2, 6), 'f'), 3, axis=-3)

    def test_int(self):
        with self.assertRaisesRegex(
                type_check.InvalidType,
                r'^Expect: in_types\[0\]\.dtype\.kind == f\nActual: i != f'):
            F.maxout(numpy.zeros((2, 6), 'i'), 3)

    def test_axis_that_is_no_integer(self):
        for axis in None, 1.5, numpy.array([0]), True, '0', (0,):
            with self.assertRaisesRegex(
                    TypeError, '^axis must be an integer, but is '):
                F.maxout(numpy.zeros((2, 6), 'f'), 3, axis)

    def test_pool_size_that_is_no_integer(self):
        for size in None, 1.5, numpy.array([0]), True, '0', (0,):
            with self.assertRaisesRegex(
                    TypeError, '^pool_size must be an integer, but is '):
                F.maxout(numpy.zeros((2, 6), 'f'), size)

    def test_list(self):
        with self.assertRaisesRegex(TypeError, '^a Variable holds a numpy'):
            F.maxout([[1., 2.]], 2)
