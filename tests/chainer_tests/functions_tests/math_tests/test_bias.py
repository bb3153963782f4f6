import operator
import unittest

import numpy

import chainer
import chainer.functions as F
from chainer import gradient_check, testing
from chainer.utils import type_check

# Sum and product broadcast in the same way.
OPERATIONS = [{'function': F.bias, 'operator': operator.add},
              {'function': F.scale, 'operator': operator.mul}]


@testing.parameterize(*testing.product_dict(OPERATIONS, [
    {'x_shape': (2, 3, 4, 5), 'y_shape': (3, 4), 'axis': 1},
    {'x_shape': (2, 3, 4, 5), 'y_shape': (2,), 'axis': 0},
    {'x_shape': (2, 3, 4, 5), 'y_shape': (4, 5), 'axis': -2},
    {'x_shape': (2, 3, 4, 5), 'y_shape': (2, 3, 4, 5), 'axis': 0},
    {'x_shape': (2, 3), 'y_shape': (), 'axis': 1},
    {'x_shape': (), 'y_shape': (), 'axis': 0},
    {'x_shape': (3, 3), 'y_shape': (3,), 'axis': 1},
    {'x_shape': (0, 3), 'y_shape': (3,), 'axis': 1},
], [
    {'dtype': numpy.float16},
    {'dtype': numpy.float32},
    {'dtype': numpy.float64},
]))
class TestBias(unittest.TestCase):

    def setUp(self):
        random = numpy.random.RandomState(0)
        self.x, self.y, self.gz = [
            numpy.asarray(random.uniform(-1, 1, shape), self.dtype)
            for shape in (self.x_shape, self.y_shape, self.x_shape)]
        self.tolerance = {'atol': 1e-5, 'rtol': 1e-4}
        if self.dtype == numpy.float16:
            self.tolerance = {'atol': 5e-3, 'rtol': 5e-3}

    def test_forward(self):
        z = self.function(
            chainer.Variable(self.x), chainer.Variable(self.y),
            axis=self.axis)
        self.assertEqual(z.dtype, self.dtype)
        self.assertEqual(z.shape, self.x_shape)
        start = self.axis % max(len(self.x_shape), 1)
        for i in numpy.ndindex(self.x_shape):
            j = i[start:start + len(self.y_shape)]
            testing.assert_allclose(
                z.data[i],
                self.operator(float(self.x[i]), float(self.y[j])),
                **self.tolerance)

    def test_backward(self):
        gradient_check.check_backward(
            lambda x, y: self.function(x, y, self.axis), (self.x, self.y),
            self.gz, dtype=numpy.float64, **self.tolerance)


@testing.parameterize(*OPERATIONS)
class TestBiasDetails(unittest.TestCase):

    def test_default_axis(self):
        z = self.function(numpy.full((2, 1, 3), 2, 'f'), numpy.array([5], 'f'))
        self.assertEqual(z.data.tolist(), [[[self.operator(2, 5)] * 3]] * 2)

    def test_large_batch_of_half_precision(self):
        x, y = [chainer.Variable(numpy.ones(shape, numpy.float16))
                for shape in ((5000, 2), 2)]
        z = self.function(x, y)
        z.grad = numpy.ones((5000, 2), numpy.float16)
        z.backward()
        self.assertEqual(y.grad.tolist(), [5000, 5000])

    def test_non_contiguous(self):
        random = numpy.random.RandomState(0)
        gradient_check.check_backward(
            self.function,
            (random.randn(2, 3, 4).T[::2], random.randn(6)[::2]),
            random.randn(2, 3, 2).T)


@testing.parameterize(*OPERATIONS)
class TestBiasErrors(unittest.TestCase):

    def check(self, x, y, axis, message):
        with self.assertRaisesRegex(type_check.InvalidType, message):
            self.function(x, y, axis)

    def test_shapes(self):
        self.check(numpy.zeros((2, 3, 4), 'f'), numpy.zeros((3, 5), 'f'), 1,
                   r'^Expect: x\.shape\[1:3\] == y\.shape\n'
                   r'Actual: \(3, 4\) != \(3, 5\)')

    def test_no_silent_broadcast(self):
        self.check(numpy.zeros((2, 3, 4), 'f'), numpy.zeros((1, 4), 'f'), 1,
                   r'^Expect: x\.shape\[1:3\] == y\.shape\n'
                   r'Actual: \(3, 4\) != \(1, 4\)')

    def test_too_many_dimensions(self):
        self.check(numpy.zeros((2, 3), 'f'), numpy.zeros((3, 4), 'f'), 1,
                   r'^Expect: x\.shape\[1:3\] == y\.shape\n'
                   r'Actual: \(3,\) != \(3, 4\)')

    def test_axis_out_of_range(self):
        x = numpy.zeros((3, 4, 5), 'f')
        for axis in 3, -5:
            with self.assertRaises(type_check.InvalidType):
                self.function(x, numpy.zeros(4, 'f'), axis)

    def test_types(self):
        self.check(numpy.zeros((2, 3), 'f'), numpy.zeros(3, 'd'), 1,
                   r'dtype == in_types\[1\]\.dtype\n'
                   r'Actual: float32 != float64')

    def test_axis_that_is_no_integer(self):
        for axis in None, 1.5, numpy.array([0]), True, '0', (0,):
            with self.assertRaisesRegex(
                    TypeError, '^axis must be an integer, but is '):
                self.function(numpy.zeros((2, 3)), numpy.zeros(2), axis)

    def test_lists(self):
        x = numpy.zeros((2, 3), 'f')
        for args in (x, [1, 2, 3]), ([[1, 2, 3]], x[0]):
            with self.assertRaisesRegex(
                    TypeError, '^a Variable holds a numpy'):
                self.function(*args)
