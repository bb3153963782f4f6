import unittest

import numpy

from chainer import datasets


class TestSubDataset(unittest.TestCase):

    def setUp(self):
        self.letters = list('abcdefg')

    def test_without_order(self):
        subset = datasets.SubDataset(self.letters, 2, 6)
        self.assertEqual(len(subset), 4)
        self.assertEqual(list(subset), list('cdef'))
        self.assertEqual(subset[-1], 'f')
        self.assertEqual(subset[-4], 'c')
        self.assertEqual(subset[numpy.int32(1)], 'd')

    def test_with_order(self):
        for kind in (list, tuple, numpy.array):
            subset = datasets.SubDataset(
                self.letters, 1, 5, kind([6, 2, 0, 5, 1, 3, 4]))
            self.assertEqual(list(subset), list('cafb'))
            self.assertEqual(subset[-1], 'b')
            self.assertEqual(subset[:], list('cafb'))

    def test_slices(self):
        subset = datasets.SubDataset(self.letters, 2, 6)
        self.assertEqual(subset[1:3], list('de'))
        self.assertEqual(subset[-2:], list('ef'))
        self.assertEqual(subset[::-1], list('fedc'))
        self.assertEqual(subset[10:], [])

    def test_lists(self):
        subset = datasets.SubDataset(self.letters, 2, 6)
        self.assertEqual(subset[[3, 0, -1]], list('fcf'))

    def test_out_of_range(self):
        subset = datasets.SubDataset(self.letters, 2, 6)
        for index in (4, -5):
            with self.assertRaises(IndexError):
                subset[index]

    def test_array(self):
        x = numpy.arange(12).reshape(4, 3)
        subset = datasets.SubDataset(x, 1, 3)
        numpy.testing.assert_array_equal(subset[1], x[2])

    def test_nested(self):
        subset = datasets.SubDataset(
            datasets.SubDataset(self.letters, 1, 6, [6, 5, 4, 3, 2, 1, 0]),
            1, 3)
        self.assertEqual(subset[:], list('ed'))

    def test_empty(self):
        for i in (0, 3, 7):
            subset = datasets.SubDataset(self.letters, i, i)
            self.assertEqual(len(subset), 0)
            self.assertEqual(list(subset), [])

    def test_intervals_that_are_not_in_the_dataset(self):
        for start, finish in ((-1, 3), (0, 8), (4, 3), (8, 9)):
            with self.assertRaisesRegex(
                    ValueError, f'from {start} to {finish} .* 7 examples'):
                datasets.SubDataset(self.letters, start, finish)

    def test_ends_that_are_not_integers(self):
        for start, finish in ((0, 3.5), (.5, 3)):
            with self.assertRaisesRegex(TypeError, 'float'):
                datasets.SubDataset(self.letters, start, finish)

    def test_order_of_another_length(self):
        for length in (6, 8):
            with self.assertRaisesRegex(ValueError, f'{length} indices.* 7 '):
                datasets.SubDataset(self.letters, 0, 3, list(range(length)))


class TestSplitDataset(unittest.TestCase):

    def setUp(self):
        self.letters = list('abcdefg')

    def test_without_order(self):
        for i in range(8):
            first, second = datasets.split_dataset(self.letters, i)
            self.assertIsInstance(first, datasets.SubDataset)
            self.assertIsInstance(second, datasets.SubDataset)
            self.assertEqual(first[:], self.letters[:i])
            self.assertEqual(second[:], self.letters[i:])

    def test_with_order(self):
        first, second = datasets.split_dataset(
            self.letters, 3, [6, 2, 0, 5, 1, 3, 4])
        self.assertEqual(first[:], list('gca'))
        self.assertEqual(second[:], list('fbde'))

    def test_positions_outside(self):
        for split_at in (-1, 8):
            with self.assertRaisesRegex(ValueError, f'split at {split_at}'):
                datasets.split_dataset(self.letters, split_at)

    def test_position_that_is_not_an_integer(self):
        with self.assertRaises(TypeError):
            datasets.split_dataset(self.letters, .8 * 7)

    def test_order_of_another_length(self):
        with self.assertRaises(ValueError):
            datasets.split_dataset(self.letters, 2, [0, 1])


class TestSplitDatasetRandom(unittest.TestCase):

    def setUp(self):
        state = numpy.random.get_state()
        self.addCleanup(numpy.random.set_state, state)

    def split(self, seed):
        numpy.random.seed(seed)
        first, second = datasets.split_dataset_random(list(range(50)), 30)
        return first[:], second[:]

    def test_partition(self):
        first, second = self.split(0)
        self.assertEqual(len(first), 30)
        self.assertEqual(sorted(first + second), list(range(50)))
        self.assertNotEqual(sorted(first), list(range(30)))

    def test_seed(self):
        self.assertEqual(self.split(0), self.split(0))
        self.assertNotEqual(self.split(0), self.split(1))


class TestGetCrossValidationDatasets(unittest.TestCase):

    def check(self, splits, examples, n_fold):
        self.assertEqual(len(splits), n_fold)
        tests = []
        for train, test in splits:
            self.assertEqual(sorted(train[:] + test[:]), sorted(examples))
            tests += test[:]
        self.assertEqual(sorted(tests), sorted(examples))
        sizes = [len(test) for _, test in splits]
        self.assertLessEqual(max(sizes) - min(sizes), 1)

    def test_every_number_of_folds(self):
        examples = list(range(10, 21))
        for n_fold in range(1, 12):
            self.check(datasets.get_cross_validation_datasets(
                examples, n_fold), examples, n_fold)

    def test_order(self):
        splits = datasets.get_cross_validation_datasets(
            list('abcdef'), 3, numpy.array([5, 0, 2, 4, 3, 1]))
        self.assertEqual([(''.join(a), ''.join(b)) for a, b in splits],
                         [('face', 'db'), ('dbfa', 'ce'), ('cedb', 'fa')])

    def test_numbers_of_folds_that_are_not_possible(self):
        for n_fold in (-1, 0, 4):
            with self.assertRaisesRegex(ValueError, f'3 .* {n_fold} folds'):
                datasets.get_cross_validation_datasets([1, 2, 3], n_fold)

    def test_random(self):
        state = numpy.random.get_state()
        self.addCleanup(numpy.random.set_state, state)
        examples = list(range(30))
        tests = []
        for seed in (0, 0, 1):
            numpy.random.seed(seed)
            splits = datasets.get_cross_validation_datasets_random(
                examples, 4)
            self.check(splits, examples, 4)
            tests.append([test[:] for _, test in splits])
        self.assertEqual(tests[0], tests[1])
        self.assertNotEqual(tests[0], tests[2])
