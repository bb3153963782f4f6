import unittest

import numpy

import chainer
import chainer.functions as F
from chainer import gradient_check, testing
from chainer.functions.array import separate
from chainer.utils import type_check


@testing.parameterize(*testing.product_dict([
    {'shape': (3,), 'axis': 0, 'out_shape': ()},
    {'shape': (2, 3), 'axis': 0, 'out_shape': (3,)},
    {'shape': (2, 3), 'axis': 1, 'out_shape': (2,)},
    {'shape': (2, 3, 4), 'axis': 1, 'out_shape': (2, 4)},
    {'shape': (2, 3, 4), 'axis': -1, 'out_shape': (2, 3)},
    {'shape': (2, 3, 4), 'axis': -3, 'out_shape': (3, 4)},
    {'shape': (1, 3), 'axis': 0, 'out_shape': (3,)},
    {'shape': (0, 3), 'axis': 1, 'out_shape': (0,)},
], [
    {'dtype': numpy.float16},
    {'dtype': numpy.float32},
    {'dtype': numpy.float64},
]))
class TestSeparate(unittest.TestCase):

    def setUp(self):
        random = numpy.random.RandomState(0)
        self.x = random.uniform(-1, 1, self.shape).astype(self.dtype)
        self.gys = [
            numpy.asarray(random.uniform(-1, 1, self.out_shape), self.dtype)
            for _ in range(self.shape[self.axis])]

    def test_forward(self):
        ys = F.separate(chainer.Variable(self.x), self.axis)
        self.assertIsInstance(ys, tuple)
        self.assertEqual(len(ys), self.shape[self.axis])
        for i, y in enumerate(ys):
            self.assertIsInstance(y.data, numpy.ndarray)
            self.assertEqual(y.dtype, self.dtype)
            self.assertEqual(y.shape, self.out_shape)
            for index in numpy.ndindex(self.out_shape):
                source = list(index)
                source.insert(self.axis % self.x.ndim, i)
                self.assertEqual(y.data[index], self.x[tuple(source)])

    def test_backward(self):
        gradient_check.check_backward(
            lambda x: F.separate(x, self.axis), self.x, self.gys,
            dtype=numpy.float64)

    def test_stack_is_the_inverse(self):
        y = F.stack(F.separate(self.x, self.axis), self.axis)
        numpy.testing.assert_array_equal(y.data, self.x)


class TestSeparateDetails(unittest.TestCase):

    def test_first_axis_is_the_default(self):
        ys = F.separate(numpy.zeros((2, 3)))
        self.assertEqual([y.shape for y in ys], [(3,), (3,)])

    def test_outputs_without_gradient(self):
        x = chainer.Variable(numpy.zeros((3, 2), 'f'))
        y = F.separate(x)[1]
        y.grad = numpy.ones(2, 'f')
        y.backward()
        self.assertEqual(x.grad.tolist(), [[0, 0], [1, 1], [0, 0]])

    def test_integers(self):
        x = chainer.Variable(numpy.array([[1, 2], [3, 4]]))
        y, z = F.separate(x, 1)
        z.grad = numpy.array([5, 6])
        z.backward()
        self.assertEqual((y.data.tolist(), z.data.tolist()), ([1, 3], [2, 4]))
        self.assertEqual(x.grad.tolist(), [[0, 5], [0, 6]])

    def test_nothing(self):
        self.assertEqual(F.separate(numpy.zeros((0, 3))), ())

    def test_no_copy(self):
        x = numpy.zeros((2, 3))
        for y in F.separate(x):
            self.assertTrue(numpy.shares_memory(x, y.data))

    def test_module(self):
        self.assertIs(separate.separate, F.separate)

    def test_axis(self):
        for axis, message in (2, r'in_types\[0\]\.ndim > 2'), (
                -3, r'-in_types\[0\]\.ndim <= -3'):
            with self.assertRaisesRegex(
                    type_check.InvalidType, f'^Expect: {message}'):
                F.separate(numpy.zeros((2, 3)), axis)

    def test_scalar(self):
        with self.assertRaisesRegex(
                type_check.InvalidType, r'^Expect: in_types\[0\]\.ndim > 0'):
            F.separate(numpy.array(1.))

    def test_axis_that_is_no_integer(self):
        for axis in None, 1.5, numpy.array([0]), True, '0', (0,):
            with self.assertRaisesRegex(
                    TypeError, '^axis must be an integer, but is '):
                F.separate(numpy.zeros((2, 3)), axis)
