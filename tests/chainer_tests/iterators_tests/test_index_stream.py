import copy
import unittest

import numpy

from chainer import serializer
from chainer.iterators import index_stream


class Recorder(serializer.Serializer):

    def __init__(self):
        self.values = {}

    def __call__(self, key, value):
        self.values[key] = value
        return value


class Player(serializer.Deserializer):

    def __init__(self, values):
        self.values = values

    def __call__(self, key, value):
        loaded = self.values[key]
        if value is None:
            return loaded
        return value if self.rehearsing else type(value)(loaded)


def advance(stream, n_batches):
    """Returns the indices of some batches and the stream after them."""
    batches = []
    for _ in range(n_batches):
        runs, stream = stream.next()
        batches.append([int(i) for run in runs for i in run.indices])
    return batches, stream


def save(stream):
    recorder = Recorder()
    recorder.save(stream)
    return recorder.values


class TestOrder(unittest.TestCase):

    def test_in_order(self):
        stream = index_stream.IndexStream(5, 2, shuffle=False)
        batches, stream = advance(stream, 5)
        self.assertEqual(
            batches, [[0, 1], [2, 3], [4, 0], [1, 2], [3, 4]])
        self.assertEqual(stream.epoch, 2)

    def test_runs_in_order_are_ranges(self):
        stream = index_stream.IndexStream(5, 4, shuffle=False)
        _, stream = stream.next()
        runs, _ = stream.next()
        self.assertEqual(
            [run.indices for run in runs], [range(4, 5), range(0, 3)])

    def test_first_order_comes_from_the_global_generator(self):
        numpy.random.seed(3)
        expected = numpy.random.permutation(10)
        next_draw = numpy.random.rand()
        numpy.random.seed(3)
        stream = index_stream.IndexStream(10, 4)
        self.assertEqual(numpy.random.rand(), next_draw)
        batches, _ = advance(stream, 3)
        self.assertEqual(sum(batches, [])[:10], expected.tolist())

    def test_no_draw_without_shuffling(self):
        numpy.random.seed(3)
        expected = numpy.random.rand()
        numpy.random.seed(3)
        index_stream.IndexStream(10, 4, shuffle=False)
        self.assertEqual(numpy.random.rand(), expected)

    def test_each_epoch_is_another_permutation(self):
        numpy.random.seed(0)
        stream = index_stream.IndexStream(20, 7)
        indices = sum(advance(stream, 20)[0], [])
        epochs = [tuple(indices[i:i + 20]) for i in range(0, 140, 20)]
        for epoch in epochs:
            self.assertEqual(sorted(epoch), list(range(20)))
        self.assertEqual(len(set(epochs)), 7)

    def test_global_generator_is_left_alone(self):
        numpy.random.seed(0)
        first = index_stream.IndexStream(6, 4)
        numpy.random.seed(0)
        second = index_stream.IndexStream(6, 4)
        expected, _ = advance(first, 9)
        batches = []
        for _ in range(9):
            numpy.random.rand(5)
            batch, second = advance(second, 1)
            batches += batch
        self.assertEqual(batches, expected)
        numpy.random.seed(1)
        expected = numpy.random.rand()
        numpy.random.seed(1)
        advance(second, 9)
        self.assertEqual(numpy.random.rand(), expected)

    def test_order_does_not_depend_on_batch_size(self):
        orders = []
        for batch_size in (1, 3, 17):
            numpy.random.seed(0)
            stream = index_stream.IndexStream(5, batch_size)
            batches, _ = advance(stream, -(-20 // batch_size))
            orders.append(sum(batches, [])[:20])
        self.assertEqual(orders[0], orders[1])
        self.assertEqual(orders[0], orders[2])

    def test_streams_made_one_after_the_other_differ(self):
        numpy.random.seed(0)
        first = index_stream.IndexStream(50, 50)
        second = index_stream.IndexStream(50, 50)
        a, _ = advance(first, 3)
        b, _ = advance(second, 3)
        for i in range(3):
            self.assertNotEqual(a[i], b[i])


class TestPosition(unittest.TestCase):

    def check(self, stream, position, epoch, is_new_epoch):
        self.assertEqual(stream.current_position, position)
        self.assertEqual(stream.epoch, epoch)
        self.assertIs(stream.is_new_epoch, is_new_epoch)
        self.assertAlmostEqual(
            stream.epoch_detail, epoch + position / stream.n)

    def test_repeat(self):
        stream = index_stream.IndexStream(5, 2)
        self.check(stream, 0, 0, False)
        expected = [(2, 0, False), (4, 0, False), (1, 1, True), (3, 1, False),
                    (0, 2, True), (2, 2, False)]
        for state in expected:
            _, stream = stream.next()
            self.check(stream, *state)

    def test_no_repeat(self):
        stream = index_stream.IndexStream(5, 2, repeat=False, shuffle=False)
        batches, stream = advance(stream, 3)
        self.assertEqual(batches, [[0, 1], [2, 3], [4]])
        self.check(stream, 0, 1, True)
        with self.assertRaises(StopIteration):
            stream.next()

    def test_no_repeat_even(self):
        stream = index_stream.IndexStream(4, 2, repeat=False)
        batches, stream = advance(stream, 2)
        self.assertEqual(sorted(sum(batches, [])), [0, 1, 2, 3])
        with self.assertRaises(StopIteration):
            stream.next()

    def test_batch_larger_than_dataset(self):
        stream = index_stream.IndexStream(3, 8, shuffle=False)
        batches, stream = advance(stream, 1)
        self.assertEqual(batches, [[0, 1, 2, 0, 1, 2, 0, 1]])
        self.check(stream, 2, 2, True)
        batches, stream = advance(stream, 1)
        self.assertEqual(batches, [[2, 0, 1, 2, 0, 1, 2, 0]])
        self.check(stream, 1, 5, True)

    def test_batch_larger_than_dataset_shuffled(self):
        numpy.random.seed(0)
        batches, stream = advance(index_stream.IndexStream(3, 8), 3)
        indices = sum(batches, [])
        for i in range(0, 24, 3):
            self.assertEqual(sorted(indices[i:i + 3]), [0, 1, 2])
        self.check(stream, 0, 8, True)

    def test_batch_larger_than_dataset_no_repeat(self):
        stream = index_stream.IndexStream(3, 8, repeat=False, shuffle=False)
        batches, stream = advance(stream, 1)
        self.assertEqual(batches, [[0, 1, 2]])
        self.check(stream, 0, 1, True)

    def test_streams_are_values(self):
        numpy.random.seed(0)
        stream = index_stream.IndexStream(5, 3)
        before = copy.deepcopy(vars(stream))
        first, _ = advance(stream, 6)
        again, _ = advance(stream, 6)
        self.assertEqual(first, again)
        for name, value in vars(stream).items():
            numpy.testing.assert_array_equal(value, before[name])


class TestSeeds(unittest.TestCase):

    def seeds(self, batch_size, shuffle):
        numpy.random.seed(0)
        stream = index_stream.IndexStream(6, batch_size, shuffle=shuffle)
        seeds = []
        for _ in range(12):
            runs, stream = stream.next()
            seeds += [
                (int(i), index_stream.example_seed(run.seed, int(i)))
                for run in runs for i in run.indices]
        return seeds[:18]

    def test_differ_between_examples_and_epochs(self):
        for shuffle in (False, True):
            seeds = self.seeds(4, shuffle)
            self.assertEqual(len({seed for _, seed in seeds}), 18)

    def test_do_not_depend_on_batch_size(self):
        self.assertEqual(self.seeds(4, True), self.seeds(5, True))

    def test_are_seeds_of_numpy(self):
        self.assertEqual(index_stream.example_seed(2 ** 32 - 1, 3), 2)


class TestReplace(unittest.TestCase):

    def test_replace(self):
        stream = index_stream.IndexStream(5, 2, repeat=False, shuffle=False)
        _, end = advance(stream, 3)
        again = end.replace(epoch=0, batch_size=4)
        self.assertEqual(advance(again, 2)[0], [[0, 1, 2, 3], [4]])
        self.assertEqual(end.epoch, 1)
        self.assertEqual(end.batch_size, 2)

    def test_position_at_the_end(self):
        stream = index_stream.IndexStream(5, 2, shuffle=False)
        self.assertEqual(stream.replace(current_position=5).next()[0][0].indices,
                         range(0, 2))

    def test_invalid(self):
        stream = index_stream.IndexStream(5, 2)
        for position in (-1, 6):
            with self.assertRaisesRegex(ValueError, f'position {position}'):
                stream.replace(current_position=position)
        with self.assertRaises(ValueError):
            stream.replace(batch_size=0)


class TestInvalidArguments(unittest.TestCase):

    def test_empty(self):
        with self.assertRaisesRegex(ValueError, 'empty'):
            index_stream.IndexStream(0, 1)

    def test_batch_size_too_small(self):
        for batch_size in (0, -3):
            with self.assertRaisesRegex(ValueError, f'it is {batch_size}'):
                index_stream.IndexStream(5, batch_size)

    def test_batch_size_not_an_integer(self):
        for batch_size in (2.0, '2', None):
            with self.assertRaisesRegex(TypeError, 'must be an integer'):
                index_stream.IndexStream(5, batch_size)

    def test_numpy_integer(self):
        stream = index_stream.IndexStream(5, numpy.int32(2), shuffle=False)
        self.assertEqual(advance(stream, 1)[0], [[0, 1]])


class TestSerialize(unittest.TestCase):

    def setUp(self):
        numpy.random.seed(0)
        self.stream = advance(index_stream.IndexStream(7, 3), 5)[1]
        self.other = index_stream.IndexStream(7, 3)

    def check_unchanged_on_error(self, values, message):
        before = dict(vars(self.other))
        for rehearsing in (True, False):
            player = Player(values)
            player.rehearsing = rehearsing
            with self.assertRaisesRegex(ValueError, message):
                self.other.serialize(player)
        for name, value in before.items():
            self.assertIs(vars(self.other)[name], value)

    def test_keys(self):
        values = save(self.stream)
        self.assertEqual(
            set(values),
            {'current_position', 'epoch', 'is_new_epoch', '_order', '_seed'})
        self.assertEqual(values['current_position'], 1)
        self.assertEqual(values['epoch'], 2)
        self.assertIs(values['is_new_epoch'], True)
        self.assertEqual(sorted(values['_order']), list(range(7)))

    def test_keys_without_shuffling(self):
        stream = index_stream.IndexStream(7, 3, shuffle=False)
        self.assertEqual(
            set(save(stream)),
            {'current_position', 'epoch', 'is_new_epoch', '_seed'})

    def test_saving_returns_the_stream(self):
        self.assertIs(self.stream.serialize(Recorder()), self.stream)

    def test_resume(self):
        loaded = self.other.serialize(Player(save(self.stream)))
        self.assertEqual(advance(loaded, 20)[0], advance(self.stream, 20)[0])

    def test_resume_restores_the_seeds(self):
        for shuffle in (False, True):
            numpy.random.seed(0)
            stream = index_stream.IndexStream(4, 8, shuffle=shuffle)
            stream = advance(stream, 2)[1]
            other = index_stream.IndexStream(4, 8, shuffle=shuffle)
            loaded = other.serialize(Player(save(stream)))
            self.assertEqual(
                [run.seed for run in loaded.next()[0]],
                [run.seed for run in stream.next()[0]])

    def test_loading_leaves_the_old_stream(self):
        expected, _ = advance(self.other, 5)
        self.other.serialize(Player(save(self.stream)))
        self.assertEqual(advance(self.other, 5)[0], expected)

    def test_rehearsal(self):
        player = Player(save(self.stream))
        player.rehearsing = True
        self.assertIs(self.other.serialize(player), self.other)

    def test_snapshot_of_the_original_chainer(self):
        values = {
            'current_position': numpy.array(2), 'epoch': numpy.array(1),
            'is_new_epoch': numpy.array(False),
            '_order': numpy.array([3, 1, 0, 2, 6, 5, 4])}
        numpy.random.seed(1)
        other = index_stream.IndexStream(7, 3)
        loaded = other.serialize(Player(values))
        self.assertIs(type(loaded.epoch), int)
        self.assertIs(type(loaded.is_new_epoch), bool)
        batches, _ = advance(loaded, 2)
        self.assertEqual(batches[0], [0, 2, 6])
        self.assertEqual(batches[1][:2], [5, 4])

    def test_other_keys_are_required(self):
        for key in ('current_position', 'epoch', 'is_new_epoch', '_order'):
            values = save(self.stream)
            del values[key]
            with self.assertRaises(KeyError):
                self.other.serialize(Player(values))

    def test_dataset_of_another_length(self):
        longer = index_stream.IndexStream(8, 3)
        self.check_unchanged_on_error(
            save(longer), 'visits 8 examples, but the dataset has 7')

    def test_dataset_of_another_length_without_shuffling(self):
        longer = index_stream.IndexStream(80, 30, shuffle=False)
        values = save(longer.next()[1])
        self.other = index_stream.IndexStream(7, 3, shuffle=False)
        self.check_unchanged_on_error(values, 'position 30')

    def test_damaged_order(self):
        values = save(self.stream)
        values['_order'] = numpy.array([0, 0, 1, 2, 3, 4, 5])
        self.check_unchanged_on_error(values, 'damaged')

    def test_damaged_seed(self):
        values = save(self.stream)
        for seed in (numpy.zeros(3, numpy.uint32), numpy.zeros(8)):
            values['_seed'] = seed
            self.check_unchanged_on_error(values, 'damaged')
