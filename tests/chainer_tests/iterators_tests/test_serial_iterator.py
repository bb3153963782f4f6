import copy
import os
import tempfile
import unittest

import numpy

import chainer
from chainer import iterators, serializers


def batches(iterator, n):
    return [iterator.next() for _ in range(n)]


class Examples:
    """Dataset without slices."""

    def __init__(self, n):
        self.n = n

    def __len__(self):
        return self.n

    def __getitem__(self, i):
        if isinstance(i, slice):
            raise TypeError('no slices')
        return i * 10


class TestSerialIterator(unittest.TestCase):

    def test_is_an_iterator(self):
        iterator = iterators.SerialIterator([1, 2], 1)
        self.assertIsInstance(iterator, chainer.dataset.Iterator)
        self.assertIs(iter(iterator), iterator)

    def test_repeat(self):
        iterator = iterators.SerialIterator([1, 2, 3, 4, 5], 2, shuffle=False)
        states = []
        for _ in range(5):
            batch = iterator.next()
            states.append((
                batch, iterator.current_position, iterator.epoch,
                iterator.is_new_epoch, iterator.epoch_detail))
        self.assertEqual(states, [
            ([1, 2], 2, 0, False, 0.4), ([3, 4], 4, 0, False, 0.8),
            ([5, 1], 1, 1, True, 1.2), ([2, 3], 3, 1, False, 1.6),
            ([4, 5], 0, 2, True, 2.0)])

    def test_no_repeat(self):
        dataset = [1, 2, 3, 4, 5]
        iterator = iterators.SerialIterator(
            dataset, 2, repeat=False, shuffle=False)
        self.assertEqual(list(iterator), [[1, 2], [3, 4], [5]])
        self.assertEqual(iterator.epoch, 1)
        self.assertTrue(iterator.is_new_epoch)
        self.assertEqual(iterator.epoch_detail, 1.0)
        with self.assertRaises(StopIteration):
            iterator.next()

    def test_shuffle(self):
        numpy.random.seed(0)
        expected = [i * 10 for i in numpy.random.permutation(9).tolist()]
        numpy.random.seed(0)
        iterator = iterators.SerialIterator(Examples(9), 3)
        epochs = [sum(batches(iterator, 3), []) for _ in range(3)]
        self.assertEqual(epochs[0], expected)
        for epoch in epochs:
            self.assertEqual(sorted(epoch), list(range(0, 90, 10)))
        self.assertNotEqual(epochs[0], epochs[1])
        self.assertNotEqual(epochs[1], epochs[2])

    def test_batch_larger_than_dataset(self):
        iterator = iterators.SerialIterator('abc', 7, shuffle=False)
        self.assertEqual(''.join(iterator.next()), 'abcabca')
        self.assertEqual(iterator.epoch, 2)

    def test_attributes(self):
        dataset = [1, 2, 3]
        iterator = iterators.SerialIterator(dataset, 2, repeat=False)
        self.assertIs(iterator.dataset, dataset)
        self.assertEqual(iterator.batch_size, 2)
        self.assertIs(iterator.repeat, False)
        self.assertEqual(iterator.epoch, 0)
        self.assertIs(iterator.is_new_epoch, False)
        self.assertEqual(iterator.epoch_detail, 0.0)

    def test_set_attributes(self):
        iterator = iterators.SerialIterator(
            [1, 2, 3], 2, repeat=False, shuffle=False)
        list(iterator)
        iterator.epoch = 0
        iterator.batch_size = 3
        self.assertEqual(list(iterator), [[1, 2, 3]])
        with self.assertRaises(ValueError):
            iterator.batch_size = 0
        self.assertEqual(iterator.batch_size, 3)

    def test_copy(self):
        numpy.random.seed(0)
        iterator = iterators.SerialIterator(range(5), 2)
        iterator.next()
        copied = copy.copy(iterator)
        ahead = batches(copied, 10)
        self.assertEqual(iterator.current_position, 2)
        self.assertEqual(batches(iterator, 10), ahead)
        copied.epoch = 0
        self.assertEqual(iterator.epoch, 4)

    def test_finalize(self):
        iterator = iterators.SerialIterator([1, 2], 1, shuffle=False)
        iterator.finalize()
        self.assertEqual(iterator.next(), [1])


class TestSlices(unittest.TestCase):

    def test_slices_without_shuffling(self):
        class Slices(list):
            def __getitem__(self, i):
                asked.append(i)
                return super().__getitem__(i)

        asked = []
        iterator = iterators.SerialIterator(Slices('abcde'), 3, shuffle=False)
        self.assertEqual(batches(iterator, 2), [list('abc'), list('dea')])
        self.assertEqual(asked, [slice(0, 3), slice(3, 5), slice(0, 1)])

    def test_array(self):
        dataset = numpy.arange(10).reshape(5, 2)
        iterator = iterators.SerialIterator(dataset, 2, shuffle=False)
        batch = iterator.next()
        self.assertIsInstance(batch, list)
        numpy.testing.assert_array_equal(batch, [[0, 1], [2, 3]])

    def test_no_slices(self):
        iterator = iterators.SerialIterator(Examples(5), 2, shuffle=False)
        with self.assertRaisesRegex(TypeError, 'no slices'):
            iterator.next()

    def test_slice_of_another_length(self):
        class Pairs:
            x = numpy.zeros((6, 2))
            t = numpy.zeros(6)

            def __len__(self):
                return 6

            def __getitem__(self, i):
                return self.x[i], self.t[i]

        iterator = iterators.SerialIterator(Pairs(), 3, shuffle=False)
        with self.assertRaisesRegex(ValueError, r'dataset\[0:3\] returned 2'):
            iterator.next()


class TestErrors(unittest.TestCase):

    def test_empty(self):
        with self.assertRaisesRegex(ValueError, 'empty'):
            iterators.SerialIterator([], 1)

    def test_no_length(self):
        with self.assertRaisesRegex(TypeError, 'generator has no __len__'):
            iterators.SerialIterator((i for i in range(3)), 1)

    def test_batch_size(self):
        for batch_size in (0, -1):
            with self.assertRaises(ValueError):
                iterators.SerialIterator([1], batch_size)
        with self.assertRaises(TypeError):
            iterators.SerialIterator([1], 1.5)

    def test_failing_example_leaves_the_position(self):
        class Broken(Examples):
            error = OSError('cannot read')

            def __getitem__(self, i):
                if i == 2 and self.error is not None:
                    raise self.error
                return super().__getitem__(i)

        numpy.random.seed(0)
        dataset = Broken(4)
        iterator = iterators.SerialIterator(dataset, 4)
        expected = copy.copy(iterator)
        expected.dataset = Examples(4)
        with self.assertRaisesRegex(OSError, 'cannot read'):
            iterator.next()
        self.assertEqual(iterator.epoch, 0)
        dataset.error = StopIteration()
        with self.assertRaisesRegex(RuntimeError, 'StopIteration'):
            iterator.next()
        dataset.error = None
        self.assertEqual(batches(iterator, 3), batches(expected, 3))


class TestSerialize(unittest.TestCase):

    def check_resume(self, save, load, **kwargs):
        numpy.random.seed(0)
        iterator = iterators.SerialIterator(range(7), 3, **kwargs)
        batches(iterator, 4)
        saved = save(iterator)
        resumed = iterators.SerialIterator(range(7), 3, **kwargs)
        batches(resumed, 3)
        load(saved, resumed)
        self.assertEqual(
            (resumed.epoch, resumed.current_position, resumed.is_new_epoch),
            (1, 5, False))
        self.assertEqual(batches(resumed, 20), batches(iterator, 20))

    def test_dictionary(self):
        def save(iterator):
            serializer = serializers.DictionarySerializer()
            serializer.save(iterator)
            return serializer.target

        def load(saved, iterator):
            serializers.NpzDeserializer(saved).load(iterator)

        self.check_resume(save, load)
        self.check_resume(save, load, shuffle=False)

    def check_file(self, save_file, load_file):
        with tempfile.TemporaryDirectory() as directory:
            path = os.path.join(directory, 'iterator')

            def save(iterator):
                save_file(path, iterator)
                return path

            self.check_resume(save, load_file)
            self.check_resume(save, load_file, shuffle=False)

    def test_npz(self):
        self.check_file(serializers.save_npz, serializers.load_npz)

    def test_hdf5(self):
        self.check_file(serializers.save_hdf5, serializers.load_hdf5)

    def test_dataset_of_another_length(self):
        serializer = serializers.DictionarySerializer()
        serializer.save(iterators.SerialIterator(range(7), 3))
        iterator = iterators.SerialIterator(range(6), 3)
        iterator.next()
        expected = copy.copy(iterator)
        with self.assertRaisesRegex(ValueError, 'visits 7 .* has 6'):
            serializers.NpzDeserializer(serializer.target).load(iterator)
        self.assertEqual(batches(iterator, 9), batches(expected, 9))
