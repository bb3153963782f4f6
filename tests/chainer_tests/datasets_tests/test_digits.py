import os
import shutil
import tempfile
import unittest
from unittest import mock

import numpy
from numpy import testing

from chainer import datasets
from chainer.dataset import download
from chainer.datasets import digits, handwriting, pen


class TestWrite(unittest.TestCase):

    def write(self, seed, labels):
        return handwriting.write(
            numpy.array(labels), numpy.random.RandomState(seed))

    def test_form(self):
        images = self.write(0, numpy.arange(200) % 10)
        self.assertEqual(images.shape, (200, 28, 28))
        self.assertEqual(images.dtype, numpy.uint8)

    def test_no_labels(self):
        self.assertEqual(
            self.write(0, numpy.zeros(0, int)).shape, (0, 28, 28))

    def test_seed(self):
        labels = numpy.arange(40) % 10
        testing.assert_array_equal(self.write(3, labels),
                                   self.write(3, labels))
        self.assertTrue((self.write(3, labels) != self.write(4, labels)).any())

    def test_there_is_ink_inside_and_paper_at_the_edge(self):
        images = self.write(0, numpy.arange(1000) % 10)
        ink = (images > 127).mean((1, 2))
        self.assertGreater(ink.min(), .02)
        self.assertLess(ink.max(), .35)
        edge = images.copy()
        edge[:, 1:-1, 1:-1] = 0
        self.assertLess((edge > 127).mean(), 5e-3)

    def test_no_two_are_alike(self):
        images = self.write(0, numpy.full(200, 8)).reshape(200, -1) / 255.
        correlation = numpy.corrcoef(images)
        numpy.fill_diagonal(correlation, 0)
        self.assertLess(correlation.max(), .97)

    def test_everything_that_is_random_moves_the_pen(self):
        names = [
            '_JITTER', '_WAVE', '_LOG_SIZE', '_SLANT', '_ANGLE', '_SHIFT']

        def count_different_starts():
            with mock.patch.object(
                    pen, 'draw', wraps=pen.draw) as draw:
                self.write(0, numpy.full(50, 0))
            return [len(numpy.unique(call.args[0], axis=0))
                    for call in draw.call_args_list]

        still = mock.patch.multiple(handwriting, **dict.fromkeys(names, 0))
        with still:
            self.assertEqual(sum(count_different_starts()), 2)
        for name in names:
            value = getattr(handwriting, name)
            with still, mock.patch.object(handwriting, name, value):
                self.assertEqual(sum(count_different_starts()), 50)

    def test_every_way_of_every_digit_is_used(self):
        for digit, ways in enumerate(handwriting._WAYS):
            with mock.patch.object(
                    handwriting, '_write', wraps=handwriting._write) as write:
                self.write(0, numpy.full(100, digit))
            written = [call.args for call in write.call_args_list]
            used = [strokes for strokes, n, _ in written if n > 0]
            self.assertEqual(used, ways)

    def test_digits_can_be_told_apart(self):
        # The nearest neighbour among a thousand digits, after a blur which
        # makes up for their shifts.
        def blurred(images):
            x = numpy.pad(images / 255., ((0, 0), (2, 2), (2, 2)))
            x = sum(x[:, i:i + 28] for i in range(5))
            x = sum(x[:, :, i:i + 28] for i in range(5)).reshape(len(x), -1)
            return x / numpy.linalg.norm(x, axis=1, keepdims=True)

        known_y = numpy.arange(1000) % 10
        y = numpy.arange(300) % 10
        known = blurred(self.write(0, known_y))
        x = blurred(self.write(1, y))
        nearest = known_y[(x @ known.T).argmax(1)]
        self.assertGreater((nearest == y).mean(), .85)


class TestGetDigits(unittest.TestCase):

    def setUp(self):
        self.root = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.root)
        for patch in (
                mock.patch.object(download, '_root', self.root),
                mock.patch.object(
                    digits, '_SIZES', {'train': 60, 'test': 20})):
            patch.start()
            self.addCleanup(patch.stop)
        self.path = os.path.join(
            self.root, 'pfnet', 'chainer', 'digits', 'digits-1.npz')

    def get_arrays(self):
        return [numpy.array(images)
                for images in datasets.get_digits(withlabel=False)]

    def test_form(self):
        for dataset, n in zip(datasets.get_digits(), (60, 20), strict=True):
            self.assertIsInstance(dataset, datasets.TupleDataset)
            self.assertEqual(len(dataset), n)
            x, t = dataset[0]
            self.assertEqual(x.dtype, numpy.float32)
            self.assertEqual(x.shape, (784,))
            self.assertIsInstance(t, numpy.int32)
            x = numpy.array([x for x, _ in dataset])
            self.assertEqual(x.min(), 0)
            self.assertGreater(x.max(), .9)
            self.assertLessEqual(x.max(), 1)

    def test_classes_are_of_one_size(self):
        for dataset, n in zip(datasets.get_digits(), (6, 2), strict=True):
            labels = numpy.array([t for _, t in dataset])
            testing.assert_array_equal(numpy.bincount(labels), [n] * 10)
            self.assertTrue((labels[1:] < labels[:-1]).any())

    def test_options(self):
        train, test = datasets.get_digits(
            ndim=3, scale=255., dtype=numpy.uint8, label_dtype=numpy.int8)
        x, t = train[3]
        self.assertEqual(x.shape, (1, 28, 28))
        self.assertEqual(x.dtype, numpy.uint8)
        self.assertEqual(t.dtype, numpy.int8)
        self.assertGreater(x.max(), 190)

    def test_without_label(self):
        train, test = datasets.get_digits(withlabel=False, ndim=2)
        self.assertIsInstance(train, numpy.ndarray)
        self.assertEqual(train.shape, (60, 28, 28))
        self.assertEqual(test.shape, (20, 28, 28))

    def test_bad_ndim(self):
        with self.assertRaisesRegex(ValueError, '4 dimensions'):
            datasets.get_digits(ndim=4)
        self.assertFalse(os.path.exists(self.path))

    def test_training_and_test_digits_differ(self):
        with mock.patch.object(digits, '_SIZES', {'train': 30, 'test': 30}):
            train, test = self.get_arrays()
        self.assertFalse(
            (train[:, None] == test[None]).all(axis=2).any())

    def test_global_random_state_is_neither_used_nor_changed(self):
        old = numpy.random.get_state()
        self.addCleanup(numpy.random.set_state, old)
        results = []
        for seed in (0, 1):
            numpy.random.seed(seed)
            expected = numpy.random.RandomState(seed).randint(1 << 30)
            results.append(digits._generate())
            self.assertEqual(numpy.random.randint(1 << 30), expected)
        for key, array in results[0].items():
            testing.assert_array_equal(array, results[1][key])

    def test_second_time_takes_the_cached_file(self):
        first = self.get_arrays()
        self.assertTrue(os.path.exists(self.path))
        with mock.patch.object(
                digits, '_generate', side_effect=AssertionError):
            second = self.get_arrays()
        for a, b in zip(first, second, strict=True):
            testing.assert_array_equal(a, b)

    def test_broken_cached_file(self):
        first = self.get_arrays()
        with open(self.path, 'r+b') as f:
            f.truncate(500)
        with self.assertWarnsRegex(RuntimeWarning, self.path):
            second = self.get_arrays()
        for a, b in zip(first, second, strict=True):
            testing.assert_array_equal(a, b)

    def test_cached_file_of_another_size(self):
        self.get_arrays()
        with mock.patch.object(digits, '_SIZES', {'train': 60, 'test': 30}):
            with self.assertWarnsRegex(RuntimeWarning, '20 images'):
                self.assertEqual(len(self.get_arrays()[1]), 30)

    def test_root_that_cannot_be_written(self):
        first = self.get_arrays()
        obstacle = os.path.join(self.root, 'obstacle')
        with open(obstacle, 'w'):
            pass
        with mock.patch.object(download, '_root', obstacle):
            second = self.get_arrays()
        for a, b in zip(first, second, strict=True):
            testing.assert_array_equal(a, b)
