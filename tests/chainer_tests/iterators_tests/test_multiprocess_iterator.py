import copy
import gc
import multiprocessing
import pickle
import random
import signal
import traceback
import unittest
import weakref

import numpy

import chainer
from chainer import iterators, serializers


class LimitedTestCase(unittest.TestCase):
    """Test case whose tests fail rather than hang."""

    def setUp(self):
        def expire(*_):
            raise AssertionError('the test hangs')

        old = signal.signal(signal.SIGALRM, expire)
        self.addCleanup(signal.signal, signal.SIGALRM, old)
        self.addCleanup(signal.alarm, 0)
        signal.alarm(60)
        numpy.random.seed(0)

    def make(self, *args, **kwargs):
        """Makes an iterator that ends with the test."""
        iterator = iterators.MultiprocessIterator(*args, **kwargs)
        self.addCleanup(iterator.finalize)
        return iterator


class Examples:
    """Dataset that calls a function, in the worker."""

    def __init__(self, n, function):
        self.n = n
        self.function = function

    def __len__(self):
        return self.n

    def __getitem__(self, i):
        return self.function(i)


def batches(iterator, n):
    return [iterator.next() for _ in range(n)]


def states(iterator, n):
    return [
        (iterator.next(), iterator.current_position, iterator.epoch,
         iterator.is_new_epoch, iterator.epoch_detail) for _ in range(n)]


class TestBatches(LimitedTestCase):

    def check_same_as_serial(self, n, batch_size, **kwargs):
        for shuffle in (False, True):
            for n_processes in (1, 2, 3):
                for n_prefetch in (1, 2, 3):
                    numpy.random.seed(5)
                    serial = iterators.SerialIterator(
                        range(n), batch_size, shuffle=shuffle, **kwargs)
                    numpy.random.seed(5)
                    iterator = self.make(
                        range(n), batch_size, shuffle=shuffle,
                        n_processes=n_processes, n_prefetch=n_prefetch,
                        **kwargs)
                    yield serial, iterator
                    iterator.finalize()

    def test_same_as_serial(self):
        for n, batch_size in ((7, 3), (10, 5), (4, 11)):
            for serial, iterator in self.check_same_as_serial(n, batch_size):
                self.assertEqual(states(iterator, 10), states(serial, 10))

    def test_same_as_serial_no_repeat(self):
        for serial, iterator in self.check_same_as_serial(7, 3, repeat=False):
            self.assertEqual(states(iterator, 3), states(serial, 3))
            for _ in range(2):
                with self.assertRaises(StopIteration):
                    iterator.next()

    def test_other_draws_do_not_matter(self):
        numpy.random.seed(1)
        serial = iterators.SerialIterator(range(5), 2)
        expected = batches(serial, 10)
        numpy.random.seed(1)
        iterator = self.make(range(5), 2, n_processes=2, n_prefetch=3)
        for batch in expected:
            self.assertEqual(iterator.next(), batch)
            numpy.random.rand()

    def test_global_generators_are_left_alone(self):
        iterator = self.make(range(5), 2, n_processes=2)
        numpy.random.seed(1)
        random.seed(1)
        expected = numpy.random.rand(), random.random()
        numpy.random.seed(1)
        random.seed(1)
        batches(iterator, 5)
        self.assertEqual((numpy.random.rand(), random.random()), expected)

    def test_is_an_iterator(self):
        iterator = self.make([1, 2], 1, repeat=False, n_processes=1)
        self.assertIsInstance(iterator, chainer.dataset.Iterator)
        self.assertEqual(sorted(iterator), [[1], [2]])

    def test_default_number_of_processes(self):
        for n_processes in (None, 0):
            iterator = self.make(range(5), 2, n_processes=n_processes)
            self.assertGreaterEqual(iterator.n_processes, 1)
            self.assertLessEqual(
                iterator.n_processes, multiprocessing.cpu_count())

    def test_no_prefetch(self):
        iterator = self.make(
            range(5), 2, shuffle=False, n_processes=2, n_prefetch=0)
        self.assertEqual(batches(iterator, 3), [[0, 1], [2, 3], [4, 0]])

    def test_parameter_of_later_releases(self):
        iterator = self.make(
            range(5), 2, shuffle=False, n_processes=1, shared_mem=1000)
        self.assertEqual(iterator.next(), [0, 1])

    def test_large_examples(self):
        def load(i):
            return numpy.full((1000, 1000), i, numpy.float32), i

        iterator = self.make(
            Examples(6, load), 4, shuffle=False, n_processes=2, n_prefetch=3)
        for batch, labels in zip(
                batches(iterator, 3),
                ([0, 1, 2, 3], [4, 5, 0, 1], [2, 3, 4, 5]), strict=True):
            self.assertEqual([label for _, label in batch], labels)
            for x, label in batch:
                self.assertEqual(x.dtype, numpy.float32)
                self.assertTrue((x == label).all())
                x += 1  # Examples can be written to.

    def test_tasks_larger_than_the_buffers_between_processes(self):
        n = 40000
        iterator = self.make(
            Examples(n, float), n, n_processes=1, n_prefetch=2)
        for batch in batches(iterator, 2):
            self.assertEqual(sorted(batch), list(range(n)))

    def test_set_attributes(self):
        iterator = self.make(
            range(5), 2, repeat=False, shuffle=False, n_processes=2)
        self.assertEqual(iterator.next(), [0, 1])
        iterator.batch_size = 3
        self.assertEqual(list(iterator), [[2, 3, 4]])
        iterator.epoch = 0
        self.assertEqual(list(iterator), [[0, 1, 2], [3, 4]])

    def test_invalid_arguments(self):
        for kwargs in ({'n_processes': -1}, {'n_prefetch': -1},
                       {'batch_size': 0}, {'dataset': []}):
            arguments = dict({'dataset': [1], 'batch_size': 1}, **kwargs)
            with self.assertRaises(ValueError):
                iterators.MultiprocessIterator(**arguments)
        for kwargs in ({'n_processes': 1.5}, {'n_prefetch': '1'},
                       {'batch_size': 1.5}, {'dataset': iter([1])}):
            arguments = dict({'dataset': [1], 'batch_size': 1}, **kwargs)
            with self.assertRaises(TypeError):
                iterators.MultiprocessIterator(**arguments)


class TestAugmentation(LimitedTestCase):

    @staticmethod
    def augment(i):
        return i, numpy.random.rand(), random.random()

    def draws(self, batch_size=4, **kwargs):
        numpy.random.seed(2)
        iterator = self.make(Examples(6, self.augment), batch_size, **kwargs)
        drawn = sum(batches(iterator, -(-24 // batch_size)), [])[:24]
        iterator.finalize()
        return drawn

    def test_differs_between_examples_and_epochs(self):
        for shuffle in (False, True):
            drawn = self.draws(n_processes=2, shuffle=shuffle)
            for i in (1, 2):
                self.assertEqual(len({draw[i] for draw in drawn}), 24)

    def test_depends_on_the_seed_only(self):
        expected = self.draws(n_processes=1)
        self.assertEqual(self.draws(n_processes=3), expected)
        self.assertEqual(
            self.draws(n_processes=2, n_prefetch=3, batch_size=5), expected)

    def test_depends_on_the_seed(self):
        iterator = self.make(Examples(6, self.augment), 6, n_processes=1)
        expected = {draw[1] for draw in iterator.next()}
        numpy.random.seed(3)
        iterator = self.make(Examples(6, self.augment), 6, n_processes=1)
        self.assertFalse(expected & {draw[1] for draw in iterator.next()})


class TwoArgumentsError(Exception):

    def __init__(self, first, second):
        super().__init__(f'{first} and {second}')


class TestErrors(LimitedTestCase):

    def failing(self, error, **kwargs):
        def broken_example(i):
            if i == 3:
                raise error
            return i

        return self.make(
            Examples(5, broken_example), 2, shuffle=False, n_processes=2,
            **kwargs)

    def test_exception_of_the_dataset(self):
        iterator = self.failing(KeyError('label'))
        self.assertEqual(iterator.next(), [0, 1])
        with self.assertRaises(KeyError) as raised:
            iterator.next()
        self.assertEqual(raised.exception.args, ('label',))
        self.assertIn('broken_example', str(raised.exception.__cause__))
        text = ''.join(traceback.format_exception(raised.exception))
        self.assertIn('in a worker process', text)
        self.assertIn('raise error', text)
        iterator.finalize()
        self.assertEqual(multiprocessing.active_children(), [])

    def test_position_stays_before_the_batch(self):
        iterator = self.failing(ValueError('broken'), n_prefetch=3)
        iterator.next()
        for _ in range(2):
            with self.assertRaisesRegex(ValueError, 'broken'):
                iterator.next()
            self.assertEqual(iterator.current_position, 2)
        iterator.current_position = 4
        self.assertEqual(iterator.next(), [4, 0])

    def test_exceptions_that_cannot_be_sent(self):
        class LocalError(Exception):
            pass

        for error in TwoArgumentsError(1, 2), LocalError('1 and 2'):
            with self.assertRaisesRegex(
                    RuntimeError,
                    f'{type(error).__name__}: 1 and 2') as raised:
                batches(self.failing(error), 2)
            self.assertIn('broken_example', str(raised.exception.__cause__))

    def test_stop_iteration(self):
        with self.assertRaisesRegex(RuntimeError, 'StopIteration'):
            batches(self.failing(StopIteration()), 2)

    def test_examples_that_cannot_be_pickled(self):
        iterator = self.make(
            Examples(5, lambda i: lambda: i), 2, n_processes=2)
        with self.assertRaisesRegex(
                (AttributeError, pickle.PicklingError), 'lambda'):
            iterator.next()


class TestCopies(LimitedTestCase):

    def test_copy(self):
        iterator = self.make(range(7), 3, n_processes=2, n_prefetch=2)
        batches(iterator, 2)
        expected = batches(copy.copy(iterator), 10)
        copied = copy.copy(iterator)
        self.addCleanup(copied.finalize)
        self.assertEqual(batches(copied, 4), expected[:4])
        self.assertEqual(iterator.current_position, 6)
        self.assertEqual(batches(iterator, 5), expected[:5])
        iterator.finalize()
        self.assertEqual(batches(copied, 6), expected[4:])
        copied.finalize()
        self.assertEqual(batches(iterator, 5), expected[5:])

    def test_copies_have_workers_of_their_own(self):
        iterator = self.make(range(7), 3, n_processes=2)
        iterator.next()
        self.assertEqual(len(multiprocessing.active_children()), 2)
        copied = copy.copy(iterator)
        self.assertEqual(len(multiprocessing.active_children()), 2)
        copied.next()
        self.assertEqual(len(multiprocessing.active_children()), 4)
        del copied
        self.assertEqual(len(multiprocessing.active_children()), 2)

    def test_evaluation_again_and_again(self):
        iterator = self.make(
            range(5), 2, repeat=False, shuffle=False, n_processes=2)
        for _ in range(3):
            self.assertEqual(
                list(copy.copy(iterator)), [[0, 1], [2, 3], [4]])
        self.assertEqual(iterator.epoch, 0)

    def test_pickle(self):
        iterator = self.make(range(7), 3, n_processes=2)
        iterator.next()
        restored = pickle.loads(pickle.dumps(iterator))
        self.addCleanup(restored.finalize)
        self.assertEqual(batches(restored, 5), batches(iterator, 5))

    def test_dropped_iterators_are_freed(self):
        iterator = self.make(range(7), 3, n_processes=2)
        self.doCleanups()
        iterator.next()
        reference = weakref.ref(iterator)
        gc.disable()
        self.addCleanup(gc.enable)
        del iterator
        self.assertIsNone(reference())
        self.assertEqual(multiprocessing.active_children(), [])


class TestSerialize(LimitedTestCase):

    classes = {
        'serial': iterators.SerialIterator,
        'multiprocess': lambda dataset, batch_size: (
            iterators.MultiprocessIterator(
                dataset, batch_size, n_processes=2, n_prefetch=2)),
    }

    def check_resume(self, first, second):
        iterator = self.classes[first](range(7), 3)
        self.addCleanup(iterator.finalize)
        batches(iterator, 4)
        serializer = serializers.DictionarySerializer()
        serializer.save(iterator)
        self.assertEqual(serializer.target['current_position'], 5)
        self.assertEqual(serializer.target['epoch'], 1)
        self.assertEqual(sorted(serializer.target['_order']), list(range(7)))

        resumed = self.classes[second](range(7), 3)
        self.addCleanup(resumed.finalize)
        batches(resumed, 3)  # Some are prefetched, and must be thrown away.
        serializers.NpzDeserializer(serializer.target).load(resumed)
        self.assertEqual(states(resumed, 12), states(iterator, 12))

    def test_resume(self):
        for first in self.classes:
            for second in self.classes:
                self.check_resume(first, second)

    def test_saving_disturbs_nothing(self):
        iterator = self.make(range(7), 3, n_processes=2, n_prefetch=2)
        iterator.next()
        before = multiprocessing.active_children()
        expected = batches(copy.copy(iterator), 5)
        serializers.DictionarySerializer().save(iterator)
        self.assertEqual(
            set(multiprocessing.active_children()), set(before))
        self.assertEqual(batches(iterator, 5), expected)

    def load(self, iterator, n, rehearsing):
        serializer = serializers.DictionarySerializer()
        serializer.save(iterators.SerialIterator(range(n), 3))
        deserializer = serializers.NpzDeserializer(serializer.target)
        deserializer.rehearsing = rehearsing
        deserializer.load(iterator)

    def test_rehearsal_disturbs_nothing(self):
        iterator = self.make(range(7), 3, n_processes=2)
        iterator.next()
        before = multiprocessing.active_children()
        expected = batches(copy.copy(iterator), 5)
        self.load(iterator, 7, rehearsing=True)
        self.assertEqual(
            set(multiprocessing.active_children()), set(before))
        self.assertEqual(batches(iterator, 5), expected)

    def test_dataset_of_another_length(self):
        iterator = self.make(range(6), 3, n_processes=2)
        iterator.next()
        expected = batches(copy.copy(iterator), 5)
        for rehearsing in (True, False):
            with self.assertRaisesRegex(ValueError, 'visits 7 .* has 6'):
                self.load(iterator, 7, rehearsing)
        self.assertEqual(batches(iterator, 5), expected)
