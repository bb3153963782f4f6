import unittest

import numpy

from chainer import dataset, datasets


class TestDictDataset(unittest.TestCase):

    def setUp(self):
        self.x = numpy.arange(15, dtype='f').reshape(5, 3)
        self.t = [5, 6, 7, 8, 9]
        self.dataset = datasets.DictDataset(x=self.x, t=self.t)

    def check(self, example, i):
        self.assertIs(type(example), dict)
        self.assertEqual(list(example), ['x', 't'])
        numpy.testing.assert_array_equal(example['x'], self.x[i])
        self.assertEqual(example['t'], self.t[i])

    def test_len(self):
        self.assertEqual(len(self.dataset), 5)
        self.assertEqual(len(datasets.DictDataset(x=[])), 0)

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

    def test_lists_and_arrays(self):
        for index in ([3, 0, -1], numpy.array([3, 0, -1])):
            examples = self.dataset[index]
            self.assertIs(type(examples), list)
            for example, i in zip(examples, (3, 0, 4), strict=True):
                self.check(example, i)

    def test_iteration(self):
        for i, example in enumerate(self.dataset):
            self.check(example, i)
        self.assertEqual(i, 4)

    def test_batch(self):
        batch = dataset.concat_examples(self.dataset[1:4])
        numpy.testing.assert_array_equal(batch['x'], self.x[1:4])
        numpy.testing.assert_array_equal(batch['t'], self.t[1:4])

    def test_different_lengths(self):
        with self.assertRaisesRegex(ValueError, "'x': 5, 't': 4"):
            datasets.DictDataset(x=self.x, t=self.t[:4])

    def test_no_datasets(self):
        with self.assertRaisesRegex(ValueError, 'at least one'):
            datasets.DictDataset()
