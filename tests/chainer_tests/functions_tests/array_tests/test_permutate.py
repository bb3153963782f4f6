import unittest

import numpy

import chainer
import chainer.functions as F
from chainer import cuda, gradient_check, testing
from chainer.testing import attr
from chainer.utils import type_check


@testing.parameterize(*testing.product_dict([
    {'shape': (4,), 'axis': 0, 'indices': [2, 0, 3, 1]},
    {'shape': (4, 3), 'axis': 0, 'indices': [1, 2, 3, 0]},
    {'shape': (2, 3), 'axis': 1, 'indices': [2, 0, 1]},
    {'shape': (2, 3, 4), 'axis': -2, 'indices': [1, 2, 0]},
    {'shape': (2, 3, 4), 'axis': -3, 'indices': [1, 0]},
    {'shape': (1, 3), 'axis': 0, 'indices': [0]},
    {'shape': (0, 3), 'axis': 0, 'indices': []},
    {'shape': (3, 0), 'axis': 0, 'indices': [1, 2, 0]},
], [
    {'inv': False},
    {'inv': True},
], [
    {'dtype': numpy.float16},
    {'dtype': numpy.float32},
    {'dtype': numpy.float64},
]))
class TestPermutate(unittest.TestCase):

    def setUp(self):
        random = numpy.random.RandomState(0)
        self.x = random.uniform(-1, 1, self.shape).astype(self.dtype)
        self.gy = random.uniform(-1, 1, self.shape).astype(self.dtype)
        self.index_array = numpy.array(self.indices, 'i')

    def permutate(self, x, indices):
        return F.permutate(x, indices, self.axis, self.inv)

    def test_forward(self):
        y = self.permutate(chainer.Variable(self.x),
                           chainer.Variable(self.index_array))
        self.assertEqual(y.dtype, self.dtype)
        self.assertEqual(y.shape, self.shape)
        for index in numpy.ndindex(self.shape):
            other = list(index)
            other[self.axis] = self.indices[index[self.axis]]
            target, source = index, tuple(other)
            if self.inv:
                target, source = source, target
            self.assertEqual(y.data[target], self.x[source])

    def test_backward(self):
        gradient_check.check_backward(
            self.permutate, (self.x, self.index_array), self.gy,
            dtype=numpy.float64)


class TestPermutateDetails(unittest.TestCase):

    def test_inverse(self):
        x = numpy.arange(5)
        indices = numpy.array([3, 1, 4, 0, 2], 'i')
        y = F.permutate(F.permutate(x, indices), indices, inv=True)
        self.assertEqual(y.data.tolist(), x.tolist())

    def test_types_of_integers(self):
        x = chainer.Variable(numpy.array([10, 20, 30]))
        for dtype in numpy.int8, numpy.int32, numpy.int64:
            y = F.permutate(x, numpy.array([2, 0, 1], dtype))
            self.assertEqual(y.data.tolist(), [30, 10, 20])
            y.grad = numpy.array([1, 2, 3])
            y.backward()
            self.assertEqual(x.grad.tolist(), [2, 3, 1])
            x.cleargrad()

    def test_arguments_are_left_alone(self):
        x, indices = numpy.arange(3), numpy.array([2, 0, 1])
        for inv in False, True:
            F.permutate(x, indices, inv=inv)
        self.assertEqual(x.tolist(), [0, 1, 2])
        self.assertEqual(indices.tolist(), [2, 0, 1])


class TestPermutateErrors(unittest.TestCase):

    def test_no_permutation(self):
        for indices in [0, 0, 1], [0, 1, 3], [-1, 0, 1], [1, 2, 3]:
            for inv in False, True:
                with self.assertRaisesRegex(
                        ValueError, 'permutation of the numbers from 0 to 2'):
                    F.permutate(numpy.zeros((3, 2)), numpy.array(indices),
                                inv=inv)

    @attr.gpu
    def test_no_permutation_on_device(self):
        x = cuda.to_gpu(numpy.zeros((3, 2)))
        indices = cuda.to_gpu(numpy.array([0, 0, 1]))
        F.permutate(x, indices)
        with chainer.DebugMode(True):
            with self.assertRaisesRegex(ValueError, 'permutation'):
                F.permutate(x, indices)

    def check(self, message, indices, axis=0):
        with self.assertRaisesRegex(type_check.InvalidType, message):
            F.permutate(numpy.zeros((3, 2)), numpy.array(indices), axis)

    def test_number_of_indices(self):
        self.check(r'^Expect: in_types\[0\]\.shape\[0\] == '
                   r'in_types\[1\]\.shape\[0\]\nActual: 3 != 2', [0, 1])

    def test_type_of_indices(self):
        self.check(r'^Expect: in_types\[1\]\.dtype\.kind == i\n'
                   r'Actual: f != i', [0., 1., 2.])

    def test_dimensions_of_indices(self):
        self.check(r'^Expect: in_types\[1\]\.ndim == 1', [[0, 1, 2]])

    def test_axis(self):
        self.check(r'^Expect: in_types\[0\]\.ndim > 2', [0, 1], 2)
        self.check(r'^Expect: -in_types\[0\]\.ndim <= -3', [0, 1], -3)

    def test_axis_that_is_no_integer(self):
        for axis in None, 1.5, numpy.array([0]), True, '0', (0,):
            with self.assertRaisesRegex(
                    TypeError, '^axis must be an integer, but is '):
                F.permutate(numpy.zeros((2, 3)), numpy.array([1, 0]), axis)
