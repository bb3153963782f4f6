import unittest

import numpy

import chainer
import chainer.functions as F
from chainer import gradient_check, testing
from chainer.utils import type_check

AXES = [
    {'shape': (2, 3, 4), 'axis': None},
    {'shape': (2, 3, 4), 'axis': 0},
    {'shape': (2, 3, 4), 'axis': 1},
    {'shape': (2, 3, 4), 'axis': -1},
    {'shape': (2, 3, 4), 'axis': -3},
    {'shape': (2, 3, 4), 'axis': numpy.int64(1)},
    {'shape': (1, 3), 'axis': 0},
    {'shape': (0, 3), 'axis': 1},
    {'shape': (), 'axis': None},
]
TUPLES = [
    {'shape': (2, 3, 4), 'axis': (0, 2)},
    {'shape': (2, 3, 4), 'axis': (-1, 0)},
    {'shape': (2, 3, 4), 'axis': (2, 1, 0)},
    {'shape': (2, 3, 4), 'axis': ()},
    {'shape': (), 'axis': ()},
]
DTYPES = [
    {'dtype': numpy.float16},
    {'dtype': numpy.float32},
    {'dtype': numpy.float64},
]


def distinct(shape, dtype):
    """Returns numbers whose order a small step does not change."""
    size = numpy.prod(shape, dtype=int)
    x = numpy.random.RandomState(0).permutation(size) - size // 2
    return x.reshape(shape).astype(dtype)


@testing.parameterize(*testing.product_dict(AXES + TUPLES, DTYPES, [
    {'func': F.max, 'is_better': lambda x, y: x > y},
    {'func': F.min, 'is_better': lambda x, y: x < y},
], [
    {'keepdims': False},
    {'keepdims': True},
]))
class TestExtremum(unittest.TestCase):

    def setUp(self):
        self.x = distinct(self.shape, self.dtype)
        axes = self.axis if isinstance(self.axis, tuple) else (self.axis,)
        if self.axis is None:
            axes = range(len(self.shape))
        self.axes = {axis % len(self.shape) for axis in axes}

    def position(self, index):
        if self.keepdims:
            return tuple(0 if axis in self.axes else i
                         for axis, i in enumerate(index))
        return tuple(i for axis, i in enumerate(index)
                     if axis not in self.axes)

    def expected_shape(self):
        if self.keepdims:
            return tuple(1 if axis in self.axes else size
                         for axis, size in enumerate(self.shape))
        return tuple(size for axis, size in enumerate(self.shape)
                     if axis not in self.axes)

    def test_forward(self):
        y = self.func(chainer.Variable(self.x), self.axis, self.keepdims)
        best = {}
        for index in numpy.ndindex(self.shape):
            position = self.position(index)
            if position not in best or self.is_better(
                    self.x[index], best[position]):
                best[position] = self.x[index]
        self.assertEqual(y.dtype, self.dtype)
        self.assertEqual(y.shape, self.expected_shape())
        for position in numpy.ndindex(y.shape):
            self.assertEqual(y.data[position], best[position])

    def test_backward(self):
        random = numpy.random.RandomState(1)
        gy = random.uniform(-1, 1, self.expected_shape())
        gradient_check.check_backward(
            lambda x: self.func(x, self.axis, self.keepdims),
            self.x, numpy.asarray(gy, self.dtype), dtype=numpy.float64)


@testing.parameterize(*testing.product_dict(AXES, DTYPES, [
    {'func': F.argmax, 'is_better': lambda x, y: x > y},
    {'func': F.argmin, 'is_better': lambda x, y: x < y},
]))
class TestIndexOfExtremum(unittest.TestCase):

    def test_forward(self):
        x = distinct(self.shape, self.dtype)
        y = self.func(chainer.Variable(x), self.axis)
        self.assertEqual(y.dtype, numpy.int32)
        lines = (x.reshape(1, -1) if self.axis is None
                 else numpy.moveaxis(x, self.axis, -1))
        expected = numpy.zeros(lines.shape[:-1], int)
        for position in numpy.ndindex(expected.shape):
            line = lines[position]
            for i in range(len(line)):
                if self.is_better(line[i], line[expected[position]]):
                    expected[position] = i
        if self.axis is None:
            expected = expected.reshape(())
        self.assertEqual(y.shape, expected.shape)
        self.assertEqual(y.data.tolist(), expected.tolist())


class TestMinMaxDetails(unittest.TestCase):

    def test_defaults(self):
        x = distinct((2, 3), 'f')
        for func in F.max, F.min, F.argmax, F.argmin, F.Max(), F.Min():
            self.assertEqual(func(x).shape, ())

    def test_gradient_goes_to_all_that_are_equal(self):
        for func, best in (F.max, 3), (F.min, -3):
            x = chainer.Variable(numpy.array([[0, best], [best, 0]], 'f'))
            func(x).backward()
            self.assertEqual(x.grad.tolist(), [[0, 1], [1, 0]])

    def test_infinite_gradient_stays_where_it_belongs(self):
        x = chainer.Variable(numpy.array([1, 2], 'f'))
        y = F.max(x)
        y.grad = numpy.array(numpy.inf, 'f')
        y.backward()
        self.assertEqual(x.grad.tolist(), [0, numpy.inf])

    def test_nan(self):
        x = numpy.array([[1, numpy.nan, 3], [1, 2, 3]], 'f')
        self.assertTrue(numpy.isnan(F.max(x, axis=1).data[0]))
        self.assertTrue(numpy.isnan(F.min(x, axis=1).data[0]))
        self.assertEqual(F.max(x, axis=1).data[1], 3)
        self.assertEqual(F.argmax(x, axis=1).data.tolist(), [1, 2])
        self.assertEqual(F.argmin(x, axis=1).data.tolist(), [1, 0])

    def test_infinity(self):
        x = numpy.array([numpy.inf, 0, -numpy.inf], 'f')
        self.assertEqual(F.max(x).data, numpy.inf)
        self.assertEqual(F.min(x).data, -numpy.inf)

    def test_first_of_equal_ones(self):
        x = numpy.array([0, 2, 2, 0], 'f')
        self.assertEqual(F.argmax(x).data, 1)
        self.assertEqual(F.argmin(x).data, 0)

    def test_non_contiguous(self):
        x = chainer.Variable(distinct((4, 6), 'f').T[::2])
        y = F.max(x, axis=1)
        y.grad = numpy.array([1, 0, 2, 0, 3, 0], 'f')[::2]
        y.backward()
        for row, grad, best, weight in zip(x.data, x.grad, y.data, y.grad):
            self.assertEqual(
                grad.tolist(), [weight if e == best else 0 for e in row])

    def test_index_has_no_gradient(self):
        x = chainer.Variable(numpy.array([1, 2], 'f'))
        for func in F.argmax, F.argmin:
            y = func(x)
            y.grad = numpy.ones_like(y.data)
            y.backward()
            self.assertIsNone(x.grad)


class TestMinMaxErrors(unittest.TestCase):

    def setUp(self):
        self.x = numpy.zeros((2, 3), 'f')

    def test_axis_out_of_range(self):
        for func in F.max, F.min, F.argmax, F.argmin:
            with self.assertRaisesRegex(
                    type_check.InvalidType,
                    r'^Expect: in_types\[0\]\.ndim > 2\nActual: 2 <= 2'):
                func(self.x, 2)
            with self.assertRaisesRegex(
                    type_check.InvalidType,
                    r'^Expect: in_types\[0\]\.ndim >= 3\nActual: 2 < 3'):
                func(self.x, -3)

    def test_axis_of_scalar(self):
        for func in F.max, F.min, F.argmax, F.argmin:
            with self.assertRaisesRegex(
                    type_check.InvalidType,
                    r'^Expect: in_types\[0\]\.ndim > 0\nActual: 0 <= 0'):
                func(numpy.array(1, 'f'), 0)

    def test_axis_given_twice(self):
        for func in F.max, F.min:
            with self.assertRaisesRegex(
                    ValueError, r'^axis must name no axis twice, .*\(1, -1\)'):
                func(self.x, (1, -1))

    def test_invalid_axis(self):
        for axis in 1.5, 'x', True, (0, None), (0, False), [0, 1]:
            for func in F.max, F.min:
                with self.assertRaisesRegex(
                        TypeError,
                        '^axis must be None, an int or a tuple of int, but'):
                    func(self.x, axis)

    def test_invalid_axis_of_index(self):
        for axis in 1.5, 'x', True, (0, 1):
            for func in F.argmax, F.argmin:
                with self.assertRaisesRegex(
                        TypeError, '^axis must be an integer, but is'):
                    func(self.x, axis)

    def test_nothing_to_choose_from(self):
        for func in F.max, F.min, F.argmax, F.argmin:
            for axis in 1, -1:
                with self.assertRaisesRegex(
                        type_check.InvalidType,
                        rf'^Expect: in_types\[0\]\.shape\[{axis}\] > 0\n'
                        r'Actual: 0 <= 0'):
                    func(numpy.zeros((2, 0), 'f'), axis)
            with self.assertRaisesRegex(
                    type_check.InvalidType,
                    r'^Expect: in_types\[0\]\.size > 0'):
                func(numpy.zeros((2, 0), 'f'))

    def test_nothing_along_one_of_the_axes(self):
        for func in F.max, F.min:
            with self.assertRaisesRegex(
                    type_check.InvalidType, r'\.shape\[2\] > 0'):
                func(numpy.zeros((2, 3, 0), 'f'), (0, 2))

    def test_empty_batch(self):
        for func in F.max, F.min, F.argmax, F.argmin:
            self.assertEqual(func(numpy.zeros((0, 3), 'f'), 1).shape, (0,))

    def test_int(self):
        for func in F.max, F.min, F.argmax, F.argmin:
            with self.assertRaisesRegex(
                    type_check.InvalidType,
                    r'^Expect: in_types\[0\]\.dtype\.kind == f\n'
                    r'Actual: i != f'):
                func(numpy.zeros((2, 3), 'i'))
