import unittest

import numpy

import chainer
import chainer.functions as F
from chainer import gradient_check, testing
from chainer.utils import type_check


@testing.parameterize(*testing.product_dict([
    # The pieces are given by where they start and end.
    {'shape': (6,), 'split': 3, 'axis': 0, 'pieces': [(0, 2), (2, 4), (4, 6)]},
    {'shape': (2, 6), 'split': 2, 'axis': 1, 'pieces': [(0, 3), (3, 6)]},
    {'shape': (4, 3), 'split': 2, 'axis': -2, 'pieces': [(0, 2), (2, 4)]},
    {'shape': (4, 3), 'split': numpy.int64(2), 'axis': 0,
     'pieces': [(0, 2), (2, 4)]},
    {'shape': (2, 3), 'split': 1, 'axis': 1, 'pieces': [(0, 3)]},
    {'shape': (7, 3), 'split': [2, 5], 'axis': 0,
     'pieces': [(0, 2), (2, 5), (5, 7)]},
    {'shape': (2, 7, 3), 'split': (1,), 'axis': 1, 'pieces': [(0, 1), (1, 7)]},
    {'shape': (2, 7, 3), 'split': numpy.array([1, 3], 'i'), 'axis': -2,
     'pieces': [(0, 1), (1, 3), (3, 7)]},
    {'shape': (2, 3, 4), 'split': [3], 'axis': -1, 'pieces': [(0, 3), (3, 4)]},
    {'shape': (2, 3), 'split': [], 'axis': 1, 'pieces': [(0, 3)]},
    {'shape': (0, 3), 'split': [1], 'axis': 1, 'pieces': [(0, 1), (1, 3)]},
], [
    {'dtype': numpy.float16},
    {'dtype': numpy.float32},
    {'dtype': numpy.float64},
]))
class TestSplitAxis(unittest.TestCase):

    def setUp(self):
        random = numpy.random.RandomState(0)
        self.x = random.uniform(-1, 1, self.shape).astype(self.dtype)
        self.out_shapes = []
        for start, end in self.pieces:
            shape = list(self.shape)
            shape[self.axis] = end - start
            self.out_shapes.append(tuple(shape))
        self.gys = [random.uniform(-1, 1, shape).astype(self.dtype)
                    for shape in self.out_shapes]

    def test_forward(self):
        ys = F.split_axis(chainer.Variable(self.x), self.split, self.axis,
                          force_tuple=True)
        self.assertIsInstance(ys, tuple)
        self.assertEqual([y.shape for y in ys], self.out_shapes)
        for (start, _), y in zip(self.pieces, ys):
            self.assertEqual(y.dtype, self.dtype)
            for index in numpy.ndindex(y.shape):
                source = list(index)
                source[self.axis] += start
                self.assertEqual(y.data[index], self.x[tuple(source)])

    def test_backward(self):
        gradient_check.check_backward(
            lambda x: F.split_axis(x, self.split, self.axis), self.x,
            self.gys, dtype=numpy.float64)

    def test_missing_gradients_are_zeros(self):
        for missing in range(len(self.gys)):
            x = chainer.Variable(self.x)
            ys = F.split_axis(x, self.split, self.axis, force_tuple=True)
            for i, y in enumerate(ys):
                if i != missing:
                    y.grad = numpy.ones_like(y.data)
            used = [y for i, y in enumerate(ys) if i != missing]
            if not used:
                continue
            used[0].backward()
            expected = numpy.ones(self.shape)
            start, end = self.pieces[missing]
            expected.swapaxes(0, self.axis)[start:end] = 0
            self.assertEqual(x.grad.dtype, self.dtype)
            numpy.testing.assert_array_equal(x.grad, expected)

    def test_concat_is_the_inverse(self):
        ys = F.split_axis(self.x, self.split, self.axis, force_tuple=True)
        y = F.concat(ys, self.axis)
        numpy.testing.assert_array_equal(y.data, self.x)


class TestSplitAxisDetails(unittest.TestCase):

    def test_one_piece(self):
        x = numpy.zeros((2, 3), 'f')
        for split in 1, []:
            self.assertIsInstance(F.split_axis(x, split, 1), chainer.Variable)
            y, = F.split_axis(x, split, 1, force_tuple=True)
            self.assertEqual(y.shape, (2, 3))

    def test_integers(self):
        x = chainer.Variable(numpy.array([1, 2, 3, 4]))
        y, z = F.split_axis(x, 2, 0)
        y.grad = numpy.array([5, 6])
        y.backward()
        self.assertEqual((y.data.tolist(), z.data.tolist()), ([1, 2], [3, 4]))
        self.assertEqual(x.grad.tolist(), [5, 6, 0, 0])

    def test_pieces_are_views(self):
        x = numpy.zeros((2, 3))
        for y in F.split_axis(x, 3, 1):
            self.assertTrue(numpy.shares_memory(x, y.data))

    def test_gradients_are_left_alone(self):
        x = chainer.Variable(numpy.zeros(4, 'f'))
        y, z = F.split_axis(x, 2, 0)
        y.grad, z.grad = numpy.array([[1, 2], [3, 4]], 'f')
        y.backward()
        x.grad += 1
        self.assertEqual(x.grad.tolist(), [2, 3, 4, 5])
        self.assertEqual(y.grad.tolist(), [1, 2])

    def test_indices_of_a_list_that_changes(self):
        indices = [1]
        function = F.SplitAxis(indices, 0)
        indices.append(0)
        self.assertEqual([y.shape for y in function(numpy.zeros(3))],
                         [(1,), (2,)])


class TestSplitAxisErrors(unittest.TestCase):

    def check(self, message, split, axis, error=type_check.InvalidType):
        with self.assertRaisesRegex(error, message):
            F.split_axis(numpy.zeros((2, 3)), split, axis)

    def test_indivisible(self):
        self.check(r'^Expect: in_types\[0\]\.shape\[1\] % 2 == 0\n'
                   r'Actual: 1 != 0\n\nInputs of SplitAxis:\n.*'
                   r'\(2, 3\)', 2, 1)

    def test_index_out_of_range(self):
        self.check(r'^Expect: in_types\[0\]\.shape\[1\] > 3\n'
                   r'Actual: 3 <= 3', [1, 3], 1)

    def test_axis(self):
        self.check(r'^Expect: in_types\[0\]\.ndim > 2', 1, 2)
        self.check(r'^Expect: -in_types\[0\]\.ndim <= -3', [1], -3)

    def test_empty_piece(self):
        for split in [0, 1], [1, 1], [2, 1], [-1]:
            self.check(f'axis of size 3 .* edges \\[0, {str(split)[1:-1]}, 3]',
                       split, 1, ValueError)

    def test_empty_axis(self):
        with self.assertRaisesRegex(ValueError, 'axis of size 0'):
            F.split_axis(numpy.zeros((2, 0)), 2, 1)

    def test_number_of_sections(self):
        for split in 0, -1:
            self.check(f'must be positive, but is {split}', split, 1,
                       ValueError)

    def test_type_of_indices(self):
        for split in 1.5, 'a', [1.5], [[1]], None:
            self.check('int or a 1-D array of int', split, 1, TypeError)

    def test_axis_that_is_no_integer(self):
        for axis in None, 1.5, numpy.array([0]), True, '0', (0,):
            with self.assertRaisesRegex(
                    TypeError, '^axis must be an integer, but is '):
                F.split_axis(numpy.zeros((2, 3)), 1, axis)

    def test_boolean_number_of_sections(self):
        self.check('int or a 1-D array of int', True, 1, TypeError)
