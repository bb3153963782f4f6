import collections
import unittest

import numpy
from numpy import testing

from chainer import dataset


class TestConcatExamples(unittest.TestCase):

    def check(self, actual, expected, dtype):
        self.assertIsInstance(actual, numpy.ndarray)
        self.assertEqual(actual.dtype, dtype)
        testing.assert_array_equal(actual, expected)

    def test_arrays(self):
        for dtype in (numpy.float16, numpy.float32, numpy.int8, bool):
            arrays = [numpy.arange(6, dtype='f').reshape(2, 3).astype(dtype)
                      for _ in range(4)]
            self.check(
                dataset.concat_examples(arrays),
                numpy.concatenate(arrays).reshape(4, 2, 3), dtype)

    def test_result_is_a_copy(self):
        arrays = [numpy.zeros(3), numpy.zeros(3)]
        dataset.concat_examples(arrays)[...] = 1
        testing.assert_array_equal(arrays, 0)

    def test_arrays_that_are_not_contiguous(self):
        array = numpy.arange(6).reshape(2, 3)
        self.check(dataset.concat_examples([array.T, array[::-1].T]),
                   [[[0, 3], [1, 4], [2, 5]], [[3, 0], [4, 1], [5, 2]]], int)

    def test_numbers(self):
        self.check(dataset.concat_examples([3, 1, 2]), [3, 1, 2], int)
        self.check(dataset.concat_examples([3, 1.5]), [3, 1.5], float)
        self.check(
            dataset.concat_examples([numpy.int32(3), numpy.int32(1)]),
            [3, 1], numpy.int32)
        self.check(
            dataset.concat_examples([numpy.array(i, 'f') for i in (3, 1)]),
            [3, 1], numpy.float32)

    def test_lists(self):
        self.check(
            dataset.concat_examples([[1, 2], [3, 4]]), [[1, 2], [3, 4]], int)

    def test_tuples(self):
        x = numpy.arange(6, dtype='f').reshape(3, 2)
        result = dataset.concat_examples(
            [(x[i], numpy.int32(i), 2 * i) for i in range(3)])
        self.assertIs(type(result), tuple)
        self.assertEqual(len(result), 3)
        self.check(result[0], x, numpy.float32)
        self.check(result[1], [0, 1, 2], numpy.int32)
        self.check(result[2], [0, 2, 4], int)

    def test_tuple_of_one(self):
        result = dataset.concat_examples([(1,), (2,)])
        self.assertEqual(len(result), 1)
        self.check(result[0], [1, 2], int)

    def test_named_tuples(self):
        pair = collections.namedtuple('pair', 'x, t')
        x, t = dataset.concat_examples([pair(1, 2), pair(3, 4)])
        self.check(x, [1, 3], int)
        self.check(t, [2, 4], int)

    def test_dictionaries(self):
        x = numpy.arange(6, dtype='f').reshape(3, 2)
        result = dataset.concat_examples(
            [{'x': x[0], 't': 5}, {'t': 6, 'x': x[1]}, {'x': x[2], 't': 7}])
        self.assertEqual(list(result), ['x', 't'])
        self.check(result['x'], x, numpy.float32)
        self.check(result['t'], [5, 6, 7], int)

    def test_host_device(self):
        x, t = dataset.concat_examples([(numpy.zeros(2, 'f'), 1)], device=-1)
        self.check(x, [[0, 0]], numpy.float32)
        self.check(t, [1], int)


class TestConcatExamplesOfUnequalKinds(unittest.TestCase):

    def test_empty_batch(self):
        for batch in ([], ()):
            with self.assertRaisesRegex(ValueError, 'the batch is empty'):
                dataset.concat_examples(batch)

    def test_shapes(self):
        batch = [numpy.zeros((2, 3)), numpy.zeros((2, 3)), numpy.zeros((2, 4))]
        with self.assertRaisesRegex(
                ValueError, r'\(2, 3\), \(2, 4\).*padding='):
            dataset.concat_examples(batch)

    def test_shape_of_an_item_of_tuples(self):
        batch = [(0, numpy.zeros(3)), (1, numpy.zeros(4))]
        with self.assertRaisesRegex(ValueError, r'item 1 .*\(3,\), \(4,\)'):
            dataset.concat_examples(batch)

    def test_shape_of_an_item_of_dictionaries(self):
        batch = [{'x': numpy.zeros(3)}, {'x': numpy.zeros(4)}]
        with self.assertRaisesRegex(ValueError, r"item 'x' .*\(3,\), \(4,\)"):
            dataset.concat_examples(batch)

    def test_shapes_that_broadcast_are_no_exception(self):
        batch = [numpy.zeros((2, 3)), numpy.zeros((1, 3))]
        with self.assertRaisesRegex(ValueError, 'padding='):
            dataset.concat_examples(batch)

    def test_lengths_of_tuples(self):
        for batch in ([(1, 2), (1,)], [(1,), (1, 2)]):
            with self.assertRaisesRegex(
                    ValueError, 'example 0 .* example 1 is a tuple of'):
                dataset.concat_examples(batch)

    def test_keys_of_dictionaries(self):
        for second in ({'x': 1}, {'x': 1, 't': 2, 'y': 3}, {'x': 1, 'y': 2}):
            with self.assertRaisesRegex(
                    ValueError,
                    r"example 0 is .*\['x', 't'\], example 1 is .*\['x'"):
                dataset.concat_examples([{'x': 1, 't': 2}, second])

    def test_kinds(self):
        for batch in ([(1, 2), {'x': 1, 't': 2}], [{'x': 1}, (1,)],
                      [(1, 2), numpy.zeros(2)], [{'x': 1}, 1]):
            with self.assertRaisesRegex(ValueError, 'of one kind'):
                dataset.concat_examples(batch)


class TestConcatExamplesWithPadding(unittest.TestCase):

    def test_arrays(self):
        batch = [numpy.array([[1, 2, 3]], 'f'), numpy.array([[4], [5]], 'f'),
                 numpy.zeros((0, 0), 'f')]
        result = dataset.concat_examples(batch, padding=-1)
        self.assertEqual(result.dtype, numpy.float32)
        testing.assert_array_equal(result, [
            [[1, 2, 3], [-1, -1, -1]],
            [[4, -1, -1], [5, -1, -1]],
            [[-1, -1, -1], [-1, -1, -1]]])

    def test_dtype_is_kept(self):
        for dtype in (numpy.int8, numpy.uint8, numpy.int32, numpy.float16,
                      numpy.float32, numpy.float64):
            batch = [numpy.ones(1, dtype), numpy.ones(2, dtype)]
            for padding in (0, 7, numpy.int64(7)):
                result = dataset.concat_examples(batch, padding=padding)
                self.assertEqual(result.dtype, dtype)
                testing.assert_array_equal(result, [[1, padding], [1, 1]])

    def test_no_value_is_lost_to_another_dtype(self):
        batch = [numpy.ones(1, int), numpy.array([.5, 1.5])]
        testing.assert_array_equal(
            dataset.concat_examples(batch, padding=0), [[1, 0], [.5, 1.5]])

    def test_equal_shapes(self):
        testing.assert_array_equal(
            dataset.concat_examples([[1, 2], [3, 4]], padding=0),
            [[1, 2], [3, 4]])

    def test_numbers(self):
        testing.assert_array_equal(
            dataset.concat_examples([1, 2], padding=0), [1, 2])

    def test_nan(self):
        result = dataset.concat_examples(
            [numpy.ones(1, 'f'), numpy.ones(2, 'f')], padding=numpy.nan)
        testing.assert_array_equal(result, [[1, numpy.nan], [1, 1]])
        self.assertEqual(result.dtype, numpy.float32)

    def test_tuples(self):
        batch = [(numpy.array([1]), 5), (numpy.array([2, 3]), 6)]
        x, t = dataset.concat_examples(batch, padding=0)
        testing.assert_array_equal(x, [[1, 0], [2, 3]])
        testing.assert_array_equal(t, [5, 6])

    def test_padding_for_each_item_of_tuples(self):
        batch = [([1], [4.]), ([2, 3], [5., 6.])]
        x, t = dataset.concat_examples(batch, padding=(0, -1))
        testing.assert_array_equal(x, [[1, 0], [2, 3]])
        testing.assert_array_equal(t, [[4, -1], [5, 6]])
        with self.assertRaisesRegex(ValueError, 'shape'):
            dataset.concat_examples(batch, padding=(0, None))

    def test_padding_for_each_item_of_dictionaries(self):
        batch = [{'x': [1], 't': [4]}, {'x': [2, 3], 't': [5, 6]}]
        result = dataset.concat_examples(batch, padding={'t': -1, 'x': 0})
        testing.assert_array_equal(result['x'], [[1, 0], [2, 3]])
        testing.assert_array_equal(result['t'], [[4, -1], [5, 6]])

    def test_padding_for_other_items(self):
        with self.assertRaisesRegex(ValueError, r'\[0\].*\[0, 1\]'):
            dataset.concat_examples([(1, 2)], padding=(0,))
        with self.assertRaisesRegex(ValueError, r"\['y'\].*\['x'\]"):
            dataset.concat_examples([{'x': 1}], padding={'y': 0})

    def test_numbers_of_dimensions(self):
        batch = [numpy.zeros((2, 3)), numpy.zeros(3)]
        with self.assertRaisesRegex(ValueError, r'\(2, 3\), \(3,\)'):
            dataset.concat_examples(batch, padding=0)
