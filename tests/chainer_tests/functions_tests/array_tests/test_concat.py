import unittest

import numpy

import chainer
import chainer.functions as F
from chainer import gradient_check, testing
from chainer.utils import type_check


@testing.parameterize(*testing.product_dict([
    {'shapes': [(2,), (3,)], 'axis': 0, 'out_shape': (5,)},
    {'shapes': [(2,), (1,)], 'axis': -1, 'out_shape': (3,)},
    {'shapes': [(2, 3)], 'axis': 1, 'out_shape': (2, 3)},
    {'shapes': [(2, 3), (1, 3), (4, 3)], 'axis': 0, 'out_shape': (7, 3)},
    {'shapes': [(2, 3), (2, 1), (2, 2)], 'axis': 1, 'out_shape': (2, 6)},
    {'shapes': [(2, 3, 4), (2, 1, 4)], 'axis': -2, 'out_shape': (2, 4, 4)},
    {'shapes': [(2, 3, 4), (2, 3, 1)], 'axis': 2, 'out_shape': (2, 3, 5)},
    {'shapes': [(2, 3, 4), (1, 3, 4)], 'axis': -3, 'out_shape': (3, 3, 4)},
    {'shapes': [(2, 0), (2, 2), (2, 0)], 'axis': 1, 'out_shape': (2, 2)},
    {'shapes': [(0, 1), (0, 2)], 'axis': 1, 'out_shape': (0, 3)},
], [
    {'dtype': numpy.float16},
    {'dtype': numpy.float32},
    {'dtype': numpy.float64},
]))
class TestConcat(unittest.TestCase):

    def setUp(self):
        random = numpy.random.RandomState(0)
        self.xs = [random.uniform(-1, 1, shape).astype(self.dtype)
                   for shape in self.shapes]
        self.gy = random.uniform(-1, 1, self.out_shape).astype(self.dtype)

    def test_forward(self):
        y = F.concat([chainer.Variable(x) for x in self.xs], self.axis)
        self.assertEqual(y.dtype, self.dtype)
        self.assertEqual(y.shape, self.out_shape)
        offset = 0
        for x in self.xs:
            for index in numpy.ndindex(x.shape):
                target = list(index)
                target[self.axis] += offset
                self.assertEqual(y.data[tuple(target)], x[index])
            offset += x.shape[self.axis]

    def test_backward(self):
        gradient_check.check_backward(
            lambda *xs: F.concat(xs, self.axis), self.xs, self.gy,
            dtype=numpy.float64)


class TestConcatDetails(unittest.TestCase):

    def test_second_axis_is_the_default(self):
        x = numpy.zeros((2, 3), 'f')
        self.assertEqual(F.concat((x, x)).shape, (2, 6))
        self.assertEqual(F.Concat()(x, x).shape, (2, 6))

    def test_integers(self):
        x = chainer.Variable(numpy.array([1, 2]))
        y = F.concat([x, x], axis=0)
        y.grad = numpy.array([1, 2, 3, 4])
        y.backward()
        self.assertEqual(y.data.tolist(), [1, 2, 1, 2])
        self.assertEqual(x.grad.tolist(), [4, 6])

    def test_booleans(self):
        y = F.concat([numpy.array([True]), numpy.array([False])], axis=0)
        self.assertEqual(y.data.tolist(), [True, False])
        self.assertEqual(y.dtype, numpy.bool_)

    def test_non_contiguous(self):
        x = numpy.arange(6).reshape(2, 3).T
        y = F.concat((x[::2], x[::-1]), axis=0)
        self.assertEqual(y.data.tolist(),
                         [[0, 3], [2, 5], [2, 5], [1, 4], [0, 3]])

    def test_tuple_of_one_graph(self):
        x = chainer.Variable(numpy.array([[1, 2]], 'f'))
        F.sum(F.concat((x * 2, x * 3, x))).backward()
        self.assertEqual(x.grad.tolist(), [[6, 6]])


class TestConcatErrors(unittest.TestCase):

    def check(self, message, xs, axis=1):
        with self.assertRaisesRegex(type_check.InvalidType, message):
            F.concat(xs, axis)

    def test_nothing(self):
        self.check(r'^Expect: in_types\.size > 0', [])

    def test_types(self):
        self.check(r'^Expect: in_types\[0\]\.dtype == in_types\[2\]\.dtype\n'
                   r'Actual: float32 != float64',
                   [numpy.zeros((2, 3), dtype) for dtype in 'ffd'])

    def test_dimensions(self):
        self.check(r'^Expect: in_types\[0\]\.ndim == in_types\[1\]\.ndim\n'
                   r'Actual: 2 != 3', [numpy.zeros((2, 3)),
                                       numpy.zeros((2, 3, 1))])

    def test_sizes_before_the_axis(self):
        self.check(r'^Expect: in_types\[0\]\.shape\[:1\] == '
                   r'in_types\[1\]\.shape\[:1\]\nActual: \(2,\) != \(3,\)',
                   [numpy.zeros((2, 3)), numpy.zeros((3, 3))])

    def test_sizes_after_the_axis(self):
        for axis in 0, -2:
            self.check(
                r'^Expect: in_types\[0\]\.shape\[1:\] == '
                r'in_types\[1\]\.shape\[1:\]\nActual: \(3,\) != \(4,\)',
                [numpy.zeros((2, 3)), numpy.zeros((2, 4))], axis)

    def test_axis(self):
        x = numpy.zeros((2, 3))
        self.check(r'^Expect: in_types\[0\]\.ndim > 2\nActual: 2 <= 2',
                   [x, x], 2)
        self.check(r'^Expect: -in_types\[0\]\.ndim <= -3\nActual: -2 > -3',
                   [x, x], -3)

    def test_scalars(self):
        self.check(r'^Expect: in_types\[0\]\.ndim > 0',
                   [numpy.array(1.), numpy.array(2.)], 0)

    def test_axis_that_is_no_integer(self):
        for axis in None, 1.5, numpy.array([0]), True, '0', (0,):
            with self.assertRaisesRegex(
                    TypeError, '^axis must be an integer, but is '):
                F.concat([numpy.zeros((2, 3))], axis)

    def test_not_a_sequence(self):
        for xs in None, 3, numpy.array(1.):
            with self.assertRaisesRegex(
                    TypeError, '^xs must be a list of arrays, but got '):
                F.concat(xs)

    def test_generator(self):
        xs = numpy.array([[1, 2]]), numpy.array([[3, 4]])
        y = F.concat(x for x in xs)
        self.assertEqual(y.data.tolist(), [[1, 2, 3, 4]])
