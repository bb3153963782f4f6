import unittest

import numpy

from chainer import dataset


class Squares(dataset.DatasetMixin):

    def __init__(self, length):
        self.length = length
        self.asked = []

    def __len__(self):
        return self.length

    def get_example(self, i):
        self.asked.append(i)
        return i * i


class TestDatasetMixin(unittest.TestCase):

    def setUp(self):
        self.squares = Squares(5)

    def test_integers(self):
        self.assertEqual(self.squares[0], 0)
        self.assertEqual(self.squares[4], 16)
        self.assertEqual(self.squares[-1], 16)
        self.assertEqual(self.squares[-5], 0)

    def test_numpy_integers(self):
        self.assertEqual(self.squares[numpy.int32(3)], 9)
        self.assertEqual(self.squares[numpy.uint8(3)], 9)
        self.assertEqual(self.squares[numpy.array(-2)], 9)

    def test_get_example_meets_python_integers_that_are_not_negative(self):
        for index in (-2, numpy.int64(3), slice(-2, -1), [-2],
                      numpy.array([3], numpy.uint8)):
            self.squares.asked = []
            self.squares[index]
            self.assertEqual(self.squares.asked, [3])
            self.assertIs(type(self.squares.asked[0]), int)

    def test_out_of_range(self):
        for index in (5, -6, numpy.int64(5), [0, 5], [-6],
                      numpy.array([5])):
            with self.assertRaisesRegex(IndexError, 'of 5 examples'):
                self.squares[index]

    def test_empty(self):
        empty = Squares(0)
        self.assertEqual(empty[:], [])
        self.assertEqual(list(empty), [])
        for index in (0, -1):
            with self.assertRaises(IndexError):
                empty[index]

    def test_slices(self):
        squares = [0, 1, 4, 9, 16]
        for start in (None, -7, -2, 0, 1, 4, 8):
            for stop in (None, -7, -2, 0, 1, 4, 8):
                for step in (None, 1, 2, -1, -3):
                    index = slice(start, stop, step)
                    self.assertEqual(self.squares[index], squares[index])

    def test_lists(self):
        self.assertEqual(self.squares[[3, 0, -1, 3]], [9, 0, 16, 9])
        self.assertEqual(self.squares[[numpy.int8(3)]], [9])
        self.assertEqual(self.squares[[]], [])

    def test_arrays(self):
        self.assertEqual(self.squares[numpy.array([3, -1])], [9, 16])
        self.assertEqual(self.squares[numpy.array([], int)], [])

    def test_masks(self):
        mask = [True, False, False, True, False]
        self.assertEqual(self.squares[mask], [0, 9])
        self.assertEqual(self.squares[numpy.array(mask)], [0, 9])

    def test_mask_of_wrong_length(self):
        with self.assertRaisesRegex(IndexError, r'\(3,\).*5 examples'):
            self.squares[[True, False, True]]

    def test_other_types(self):
        for index in (1., 'a', (0, 1), None, [0.5], [[0, 1]]):
            with self.assertRaisesRegex(TypeError, 'is indexed by'):
                self.squares[index]

    def test_iteration(self):
        self.assertEqual(list(self.squares), [0, 1, 4, 9, 16])

    def test_error_of_get_example_gets_through(self):
        class Broken(Squares):
            def get_example(self, i):
                raise RuntimeError('the disk is gone')

        with self.assertRaisesRegex(RuntimeError, 'disk'):
            Broken(3)[1]

    def test_methods_to_define(self):
        with self.assertRaisesRegex(NotImplementedError, '__len__'):
            len(dataset.DatasetMixin())

        class Half(dataset.DatasetMixin):
            def __len__(self):
                return 1

        with self.assertRaisesRegex(NotImplementedError, 'Half.*get_example'):
            Half()[0]
