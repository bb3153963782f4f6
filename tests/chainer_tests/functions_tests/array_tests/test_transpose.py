import unittest

import numpy

import chainer
import chainer.functions as F
from chainer import gradient_check, testing
from chainer.utils import type_check


@testing.parameterize(*testing.product_dict([
    {'shape': (2, 3, 4), 'axes': None, 'out_shape': (4, 3, 2)},
    {'shape': (2, 3, 4), 'axes': (1, 2, 0), 'out_shape': (3, 4, 2)},
    {'shape': (2, 3, 4), 'axes': [2, 0, 1], 'out_shape': (4, 2, 3)},
    {'shape': (2, 3, 4), 'axes': (-1, 0, -2), 'out_shape': (4, 2, 3)},
    {'shape': (2, 3), 'axes': (0, 1), 'out_shape': (2, 3)},
    {'shape': (2,), 'axes': None, 'out_shape': (2,)},
    {'shape': (), 'axes': None, 'out_shape': ()},
    {'shape': (), 'axes': (), 'out_shape': ()},
    {'shape': (0, 3), 'axes': (1, 0), 'out_shape': (3, 0)},
], [
    {'dtype': numpy.float16},
    {'dtype': numpy.float32},
    {'dtype': numpy.float64},
]))
class TestTranspose(unittest.TestCase):

    def setUp(self):
        random = numpy.random.RandomState(0)
        x = random.uniform(-1, 1, self.shape)
        self.x = numpy.asarray(x, self.dtype)
        gy = random.uniform(-1, 1, self.out_shape)
        self.gy = numpy.asarray(gy, self.dtype)

    def test_forward(self):
        y = F.transpose(chainer.Variable(self.x), self.axes)
        self.assertEqual(y.dtype, self.dtype)
        self.assertEqual(y.shape, self.out_shape)
        axes = self.axes
        if axes is None:
            axes = range(len(self.shape))[::-1]
        for index in numpy.ndindex(self.shape):
            target = tuple(index[axis] for axis in axes)
            self.assertEqual(y.data[target], self.x[index])

    def test_backward(self):
        gradient_check.check_backward(
            lambda x: F.transpose(x, self.axes), self.x, self.gy,
            dtype=numpy.float64)


class TestTransposeDetails(unittest.TestCase):

    def test_no_copy(self):
        x = numpy.zeros((2, 3))
        self.assertTrue(numpy.shares_memory(x, F.transpose(x).data))

    def test_integers(self):
        x = chainer.Variable(numpy.array([[1, 2]]))
        y = F.transpose(x, (1, 0))
        y.grad = numpy.array([[3], [4]])
        y.backward()
        self.assertEqual(y.data.tolist(), [[1], [2]])
        self.assertEqual(x.grad.tolist(), [[3, 4]])

    def test_label(self):
        self.assertEqual(F.Transpose([1, 0]).label, 'Transpose (1, 0)')

    def test_number_of_axes(self):
        with self.assertRaisesRegex(
                type_check.InvalidType,
                r'^Expect: in_types\[0\]\.ndim == 3\nActual: 2 != 3'):
            F.transpose(numpy.zeros((2, 3)), (0, 1, 2))

    def test_no_permutation(self):
        for axes in (0, 0), (0, 2), (1, 2), (-3, 1), (1, -1):
            with self.assertRaisesRegex(
                    ValueError, '^axes must name each of the 2 axes of x '):
                F.transpose(numpy.zeros((2, 3)), axes)

    def test_axes_that_are_no_integers(self):
        for axes in 1, 1.5, 'ab', (0, None), (0, 1.), (True, False):
            with self.assertRaisesRegex(
                    TypeError, '^axes must be a tuple of integers, but is '):
                F.transpose(numpy.zeros((2, 3)), axes)
