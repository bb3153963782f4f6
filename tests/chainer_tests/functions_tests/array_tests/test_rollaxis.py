import unittest

import numpy

import chainer
import chainer.functions as F
from chainer import gradient_check, testing
from chainer.utils import type_check

# Where each axis of (2, 3, 4) goes.
CASES = [
    (axis, start, shape)
    for axes, starts_and_shapes in [
        ((0, -3), [((0, 1, -3, -2), (2, 3, 4)), ((2, -1), (3, 2, 4)),
                   ((3,), (3, 4, 2))]),
        ((1, -2), [((0, -3), (3, 2, 4)), ((1, 2, -2, -1), (2, 3, 4)),
                   ((3,), (2, 4, 3))]),
        ((2, -1), [((0, -3), (4, 2, 3)), ((1, -2), (2, 4, 3)),
                   ((2, 3, -1), (2, 3, 4))]),
    ] for axis in axes for starts, shape in starts_and_shapes
    for start in starts]


@testing.parameterize(*testing.product({
    'case': CASES,
    'dtype': [numpy.float16, numpy.float32, numpy.float64],
}))
class TestRollaxis(unittest.TestCase):

    def setUp(self):
        self.axis, self.start, self.out_shape = self.case
        self.x = numpy.arange(24).reshape(2, 3, 4).astype(self.dtype)

    def test_forward(self):
        y = F.rollaxis(chainer.Variable(self.x), self.axis, self.start)
        self.assertEqual(y.dtype, self.dtype)
        self.assertEqual(y.shape, self.out_shape)
        # The sizes tell the axes apart.
        for index in numpy.ndindex(self.out_shape):
            source = [index[self.out_shape.index(size)] for size in (2, 3, 4)]
            self.assertEqual(y.data[index], self.x[tuple(source)])

    def test_backward(self):
        x = chainer.Variable(self.x)
        y = F.rollaxis(x, self.axis, self.start)
        y.grad = y.data.copy()
        y.backward()
        numpy.testing.assert_array_equal(x.grad, self.x)


class TestRollaxisDetails(unittest.TestCase):

    def test_gradient(self):
        random = numpy.random.RandomState(0)
        gradient_check.check_backward(
            lambda x: F.rollaxis(x, 2, 1), random.randn(2, 3, 4),
            random.randn(2, 4, 3))

    def test_to_the_front_by_default(self):
        y = F.rollaxis(numpy.zeros((2, 3, 4)), 2)
        self.assertEqual(y.shape, (4, 2, 3))

    def test_no_copy(self):
        x = numpy.zeros((2, 3))
        self.assertTrue(numpy.shares_memory(x, F.rollaxis(x, 1).data))

    def test_integers_of_an_empty_array(self):
        y = F.rollaxis(numpy.zeros((0, 3), 'i'), 1)
        self.assertEqual(y.shape, (3, 0))
        self.assertEqual(y.dtype, numpy.int32)


class TestRollaxisErrors(unittest.TestCase):

    def check(self, message, axis, start):
        with self.assertRaisesRegex(type_check.InvalidType, message):
            F.rollaxis(numpy.zeros((2, 3)), axis, start)

    def test_axis(self):
        self.check(r'^Expect: in_types\[0\]\.ndim > 2\nActual: 2 <= 2', 2, 0)
        self.check(r'^Expect: -in_types\[0\]\.ndim <= -3', -3, 0)

    def test_start(self):
        self.check(r'^Expect: in_types\[0\]\.ndim >= 3\nActual: 2 < 3', 0, 3)
        self.check(r'^Expect: -in_types\[0\]\.ndim <= -3', 0, -3)

    def test_axis_that_is_no_integer(self):
        for axis in None, 1.5, numpy.array([0]), True, '0', (0,):
            with self.assertRaisesRegex(
                    TypeError, '^axis must be an integer, but is '):
                F.rollaxis(numpy.zeros((2, 3)), axis)

    def test_start_that_is_no_integer(self):
        for start in None, 1.5, numpy.array([0]), True, '0', (0,):
            with self.assertRaisesRegex(
                    TypeError, '^start must be an integer, but is '):
                F.rollaxis(numpy.zeros((2, 3)), 1, start)
