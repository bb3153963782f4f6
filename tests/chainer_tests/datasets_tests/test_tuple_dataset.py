import unittest

import numpy

from chainer import dataset, datasets


class TestTupleDataset(unittest.TestCase):

    def setUp(self):
        self.x = numpy.arange(15, dtype='f').reshape(5, 3)
        self.t = [5, 6, 7, 8, 9]
        self.dataset = datasets.TupleDataset(self.x, self.t)

    def check(self, example, i):
        self.assertIs(type(example), tuple)
        x, t = example
        numpy.testing.assert_array_equal(x, self.x[i])
        self.assertEqual(t, self.t[i])

    def test_len(self):
        self.assertEqual(len(self.dataset), 5)
        self.assertEqual(len(datasets.TupleDataset([])), 0)

    def test_integers(self):
        for i in (0, 4, -1, -5, numpy.int32(2), numpy.int64(-2)):
            self.check(self.dataset[i], i)

    def test_out_of_range(self):
        for i in (5, -6, numpy.int32(5), [0, 5]):
            with self.assertRaises(IndexError):
                self.dataset[i]

    def test_slices(self):
        for index in (slice(None), slice(1, 3), slice(-2, None),
                      slice(None, None, -2), slice(3, 1), slice(4, 9)):
            examples = self.dataset[index]
            self.assertIs(type(examples), list)
            expected = range(5)[index]
            self.assertEqual(len(examples), len(expected))
            for example, i in zip(examples, expected, strict=True):
                self.check(example, i)

    def test_slice_takes_slices_of_the_datasets(self):
        asked = []

        class Recorder(list):
            def __getitem__(self, index):
                asked.append(index)
                return super().__getitem__(index)

        self.assertEqual(
            datasets.TupleDataset(Recorder('abc'))[1:], [('b',), ('c',)])
        self.assertEqual(asked, [slice(1, None)])

    def test_lists_and_arrays(self):
        for index in ([3, 0, -1], numpy.array([3, 0, -1])):
            examples = self.dataset[index]
            self.assertIs(type(examples), list)
            for example, i in zip(examples, (3, 0, 4), strict=True):
                self.check(example, i)

    def test_iteration(self):
        examples = list(self.dataset)
        self.assertEqual(len(examples), 5)
        for i, example in enumerate(examples):
            self.check(example, i)

    def test_one_dataset(self):
        self.assertEqual(datasets.TupleDataset(self.t)[1], (6,))

    def test_nested(self):
        nested = datasets.TupleDataset(
            datasets.TupleDataset('abc', [1, 2, 3]), [4, 5, 6])
        self.assertEqual(nested[-1], (('c', 3), 6))
        self.assertEqual(nested[1:], [(('b', 2), 5), (('c', 3), 6)])

    def test_batch(self):
        x, t = dataset.concat_examples(self.dataset[1:4])
        numpy.testing.assert_array_equal(x, self.x[1:4])
        numpy.testing.assert_array_equal(t, self.t[1:4])

    def test_different_lengths(self):
        with self.assertRaisesRegex(ValueError, r'\[5, 4\]'):
            datasets.TupleDataset(self.x, self.t[:4])

    def test_no_datasets(self):
        with self.assertRaisesRegex(ValueError, 'at least one'):
            datasets.TupleDataset()
