import unittest

import numpy

import chainer
import chainer.functions as F
from chainer import gradient_check, testing
from chainer.utils import type_check


@testing.parameterize(*testing.product_dict([
    {'shape': (), 'axis': 0, 'out_shape': (3,)},
    {'shape': (), 'axis': -1, 'out_shape': (3,)},
    {'shape': (2,), 'axis': 0, 'out_shape': (3, 2)},
    {'shape': (2,), 'axis': 1, 'out_shape': (2, 3)},
    {'shape': (2, 4), 'axis': 1, 'out_shape': (2, 3, 4)},
    {'shape': (2, 4), 'axis': -1, 'out_shape': (2, 4, 3)},
    {'shape': (2, 4), 'axis': -3, 'out_shape': (3, 2, 4)},
    {'shape': (0, 2), 'axis': 1, 'out_shape': (0, 3, 2)},
], [
    {'dtype': numpy.float16},
    {'dtype': numpy.float32},
    {'dtype': numpy.float64},
]))
class TestStack(unittest.TestCase):

    def setUp(self):
        random = numpy.random.RandomState(0)
        self.xs = [numpy.asarray(random.uniform(-1, 1, self.shape), self.dtype)
                   for _ in range(3)]
        self.gy = random.uniform(-1, 1, self.out_shape).astype(self.dtype)

    def test_forward(self):
        y = F.stack([chainer.Variable(x) for x in self.xs], self.axis)
        self.assertEqual(y.dtype, self.dtype)
        self.assertEqual(y.shape, self.out_shape)
        for i, x in enumerate(self.xs):
            for index in numpy.ndindex(self.shape):
                target = list(index)
                target.insert(self.axis % y.ndim, i)
                self.assertEqual(y.data[tuple(target)], x[index])

    def test_backward(self):
        gradient_check.check_backward(
            lambda *xs: F.stack(xs, self.axis), self.xs, self.gy,
            dtype=numpy.float64)


class TestStackDetails(unittest.TestCase):

    def test_one(self):
        self.assertEqual(F.stack([numpy.zeros((2, 3))], 1).shape, (2, 1, 3))

    def test_first_axis_is_the_default(self):
        self.assertEqual(F.stack([numpy.zeros(2)] * 3).shape, (3, 2))

    def test_integers(self):
        x = chainer.Variable(numpy.array([1, 2]))
        y = F.stack((x, x), axis=1)
        y.grad = numpy.array([[1, 2], [3, 4]])
        y.backward()
        self.assertEqual(y.data.tolist(), [[1, 1], [2, 2]])
        self.assertEqual(x.grad.tolist(), [3, 7])


class TestStackErrors(unittest.TestCase):

    def check(self, message, xs, axis=0):
        with self.assertRaisesRegex(type_check.InvalidType, message):
            F.stack(xs, axis)

    def test_nothing(self):
        self.check(r'^Expect: in_types\.size > 0', [])

    def test_shapes(self):
        self.check(r'^Expect: in_types\[0\]\.shape == in_types\[1\]\.shape\n'
                   r'Actual: \(2, 3\) != \(2, 4\)',
                   [numpy.zeros((2, 3)), numpy.zeros((2, 4))])

    def test_types(self):
        self.check(r'^Expect: in_types\[0\]\.dtype == in_types\[1\]\.dtype\n'
                   r'Actual: float32 != float64',
                   [numpy.zeros(2, 'f'), numpy.zeros(2, 'd')])

    def test_axis(self):
        for axis in 3, -4:
            self.check(r'^Expect: in_types\[0\]\.ndim >= 3\nActual: 2 < 3',
                       [numpy.zeros((2, 3))], axis)

    def test_axis_that_is_no_integer(self):
        for axis in None, 1.5, numpy.array([0]), True, '0', (0,):
            with self.assertRaisesRegex(
                    TypeError, '^axis must be an integer, but is '):
                F.stack([numpy.zeros((2, 3))], axis)

    def test_not_a_sequence(self):
        for xs in None, 3, numpy.array(1.):
            with self.assertRaisesRegex(
                    TypeError, '^xs must be a list of arrays, but got '):
                F.stack(xs)

    def test_generator(self):
        xs = numpy.array([[1, 2]]), numpy.array([[3, 4]])
        y = F.stack(x for x in xs)
        self.assertEqual(y.data.tolist(), [[[1, 2]], [[3, 4]]])
