import unittest

import numpy

import chainer
import chainer.functions as F
from chainer import gradient_check, testing
from chainer.utils import type_check


@testing.parameterize(*testing.product_dict(
    [
        {'in_shape': (2, 3, 4), 'shape': (4, 6), 'out_shape': (4, 6)},
        {'in_shape': (2, 3, 4), 'shape': (2, -1), 'out_shape': (2, 12)},
        {'in_shape': (2, 3), 'shape': 6, 'out_shape': (6,)},
        {'in_shape': (2, 3), 'shape': -1, 'out_shape': (6,)},
        {'in_shape': (2, 3), 'shape': [3, 2], 'out_shape': (3, 2)},
        {'in_shape': (2, 3), 'shape': numpy.int64(6), 'out_shape': (6,)},
        {'in_shape': (), 'shape': (1, 1), 'out_shape': (1, 1)},
        {'in_shape': (1,), 'shape': (), 'out_shape': ()},
        {'in_shape': (0, 2), 'shape': (3, 0), 'out_shape': (3, 0)},
        {'in_shape': (0, 2), 'shape': (2, -1), 'out_shape': (2, 0)},
    ], [
        {'dtype': numpy.float16},
        {'dtype': numpy.float32},
        {'dtype': numpy.float64},
    ],
))
class TestReshape(unittest.TestCase):

    def setUp(self):
        random = numpy.random.RandomState(0)
        x = random.uniform(-1, 1, self.in_shape)
        self.x = numpy.asarray(x, self.dtype)
        gy = random.uniform(-1, 1, self.out_shape)
        self.gy = numpy.asarray(gy, self.dtype)

    def test_forward(self):
        y = F.reshape(chainer.Variable(self.x), self.shape)
        self.assertEqual(y.dtype, self.dtype)
        self.assertEqual(y.shape, self.out_shape)
        self.assertEqual(y.data.ravel().tolist(), self.x.ravel().tolist())

    def test_backward(self):
        gradient_check.check_backward(
            lambda x: F.reshape(x, self.shape), self.x, self.gy,
            dtype=numpy.float64)


class TestReshapeMemory(unittest.TestCase):

    def test_contiguous_array_is_not_copied(self):
        x = numpy.zeros((2, 3), 'f')
        self.assertTrue(numpy.shares_memory(x, F.reshape(x, (3, 2)).data))

    def test_non_contiguous(self):
        x = chainer.Variable(numpy.arange(6).reshape(2, 3).T)
        y = F.reshape(x, (2, 3))
        y.grad = numpy.array([[1, 2, 3], [4, 5, 6]])
        y.backward()
        self.assertEqual(y.data.tolist(), [[0, 3, 1], [4, 2, 5]])
        self.assertEqual(x.grad.tolist(), [[1, 2], [3, 4], [5, 6]])

    def test_label(self):
        self.assertEqual(F.Reshape((2, 3)).label, 'Reshape (2, 3)')


class TestReshapeErrors(unittest.TestCase):

    def check_type_error(self, shape, message):
        with self.assertRaisesRegex(type_check.InvalidType, message):
            F.reshape(numpy.zeros((2, 3), 'f'), shape)

    def test_wrong_size(self):
        self.check_type_error(
            (2, 4), r'^Expect: prod\(in_types\[0\]\.shape\) == 8\n'
            r'Actual: 6 != 8')

    def test_indivisible(self):
        self.check_type_error(
            (4, -1), r'^Expect: prod\(in_types\[0\]\.shape\) % 4 == 0\n'
            r'Actual: 2 != 0')

    def test_two_unknown_sizes(self):
        with self.assertRaises(ValueError):
            F.reshape(numpy.zeros((2, 3), 'f'), (-1, -1))

    def test_unknown_size_times_zero(self):
        with self.assertRaises(ValueError):
            F.reshape(numpy.zeros((0, 3), 'f'), (0, -1))

    def test_shape_that_is_none(self):
        for shape in None, 'ab', 1.5, (2, 1.5), (2, None), numpy.array(6.):
            with self.assertRaisesRegex(
                    TypeError, '^shape must be a tuple of integers, but is '):
                F.reshape(numpy.zeros((2, 3), 'f'), shape)

    def test_list_of_numpy_integers(self):
        y = F.reshape(numpy.zeros((2, 3), 'f'), [numpy.int64(3), -1])
        self.assertEqual(y.shape, (3, 2))
