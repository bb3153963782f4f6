"""Which examples come next: the part that all iterators share."""
import collections
import copy
import operator

import numpy

from chainer import serializer as serializer_module

#: Indices of a batch that lie in one epoch: a ``range`` where the examples are
#: visited in order, an integer array where they are shuffled. ``seed`` and an
#: index make the number that the random augmentation of that example starts
#: from, see :func:`example_seed`.
Run = collections.namedtuple('Run', ('indices', 'seed'))

_SEED_WORDS = 8


class IndexStream:
    """Endless, or one epoch long, sequence of batches of indices.

    A stream is a position in that sequence, and a value: it never changes.
    :meth:`next` returns a batch of indices and the stream that follows. To
    look ahead, keep the streams that were passed; to go back, to copy, or to
    give up a batch that could not be loaded, keep the old one.

    **Randomness.** The order of the first epoch is drawn from NumPy's global
    generator, ``numpy.random.permutation(n)``. From then on the stream is on
    its own: each epoch has a seed, from which the order of the next epoch and
    its seed are drawn, and the first seed is made of the state of the global
    generator without drawing from it. The sequence thus depends on the state
    of the global generator when the stream is made and on nothing else; in
    particular not on how far somebody looks ahead, nor on what draws from the
    global generator meanwhile.

    Args:
        n (int): Number of examples of the dataset.
        batch_size (int): Number of indices of a batch.
        repeat (bool): If ``True``, the sequence has no end, and a batch that
            reaches the end of an epoch is filled up from the next one. If
            ``False``, it ends after an epoch, and the last batch may be short.
        shuffle (bool): If ``True``, each epoch has a random order. If
            ``False``, the indices are visited from 0 to ``n - 1``.

    Attributes:
        current_position (int): Number of indices of the current epoch that
            were passed, less than ``n``.
        epoch (int): Number of epochs that were passed.
        is_new_epoch (bool): Whether the last batch reached the end of an
            epoch.

    Raises:
        TypeError: If the batch size is not an integer.
        ValueError: If the batch size is less than one, or ``n`` is zero.

    """

    def __init__(self, n, batch_size, repeat=True, shuffle=True):
        if n < 1:
            raise ValueError(
                'an iterator needs a dataset of at least one example, but '
                'this dataset is empty: look at how it was read or split')
        self.n = n
        self.batch_size = batch_size
        self.repeat = repeat
        self.current_position = 0
        self.epoch = 0
        self.is_new_epoch = False
        self._check()
        self._order = numpy.random.permutation(n) if shuffle else None
        self._seed = _seed_from_global_state()

    @property
    def epoch_detail(self):
        return self.epoch + self.current_position / self.n

    def next(self):
        """Returns the next batch.

        Returns:
            tuple: List of the :class:`Run` s of the batch, and the stream
            that comes after it.

        Raises:
            StopIteration: If the stream does not repeat and is at its end.

        """
        if not self.repeat and self.epoch > 0:
            raise StopIteration
        after = copy.copy(self)
        after.is_new_epoch = False
        runs = []
        missing = self.batch_size
        while missing > 0 and (self.repeat or not after.is_new_epoch):
            run = after._pass(missing)
            runs.append(run)
            missing -= len(run.indices)
        return runs, after

    def replace(self, **changes):
        """Returns a stream with other attributes.

        A position of ``n`` is taken as the beginning of the epoch.

        Raises:
            TypeError: If the batch size is not an integer.
            ValueError: If the batch size or the position is out of range.

        """
        stream = copy.copy(self)
        vars(stream).update(changes)
        stream._check()
        return stream

    def serialize(self, serializer):
        """Saves or loads the position.

        The keys are those of Chainer v1 and ``_seed``, which snapshots of the
        original Chainer lack: of such a snapshot the current epoch is
        restored, and the following ones get the orders of this stream.

        Args:
            serializer (~chainer.AbstractSerializer): Serializer or
                deserializer.

        Returns:
            IndexStream: The stream that was loaded. It is this one if the
            serializer saves or rehearses.

        Raises:
            ValueError: If what was saved does not fit to the number of
                examples.

        """
        if not isinstance(serializer, serializer_module.Deserializer):
            serializer('current_position', self.current_position)
            serializer('epoch', self.epoch)
            serializer('is_new_epoch', self.is_new_epoch)
            if self._order is not None:
                serializer('_order', self._order)
            serializer('_seed', self._seed)
            return self
        loaded = self.replace(
            current_position=int(serializer('current_position', None)),
            epoch=serializer('epoch', self.epoch),
            is_new_epoch=serializer('is_new_epoch', self.is_new_epoch),
            _order=self._load_order(serializer),
            _seed=self._load_seed(serializer))
        return self if serializer.rehearsing else loaded

    def _pass(self, limit):
        # Moves this stream, which is not yet anybody's, behind at most limit
        # indices of the current epoch.
        start = self.current_position
        stop = min(start + limit, self.n)
        if self._order is None:
            indices = range(start, stop)
        else:
            indices = self._order[start:stop]
        run = Run(indices, int(self._seed[0]))
        self.current_position = stop
        if stop == self.n:
            self.current_position = 0
            self.epoch += 1
            self.is_new_epoch = True
            if self.repeat:
                self._draw_epoch()
        return run

    def _draw_epoch(self):
        random = numpy.random.RandomState(self._seed)
        if self._order is not None:
            self._order = random.permutation(self.n)
        self._seed = _draw_seed(random)

    def _check(self):
        try:
            self.batch_size = operator.index(self.batch_size)
        except TypeError:
            raise TypeError(
                'batch_size must be an integer, but it is '
                f'{self.batch_size!r}: round it, or divide by // where it is '
                'computed') from None
        if self.batch_size < 1:
            raise ValueError(
                f'batch_size must be at least 1, but it is {self.batch_size}')
        if not 0 <= self.current_position <= self.n:
            raise ValueError(
                f'position {self.current_position} does not lie in a dataset '
                f'of {self.n} examples: it belongs to another dataset')
        self.current_position %= self.n

    def _load_order(self, serializer):
        if self._order is None:
            return None
        order = numpy.asarray(serializer('_order', None))
        if order.shape != (self.n,):
            raise ValueError(
                f'the saved iterator visits {order.size} examples, but the '
                f'dataset has {self.n}: resume with the dataset that the '
                'snapshot was made with')
        if not numpy.array_equal(numpy.sort(order), numpy.arange(self.n)):
            raise ValueError(
                f'the saved order is not an order of {self.n} examples: the '
                'snapshot is damaged')
        return order

    def _load_seed(self, serializer):
        try:
            seed = numpy.asarray(serializer('_seed', None))
        except KeyError:
            return self._seed
        if seed.shape != (_SEED_WORDS,) or seed.dtype != numpy.uint32:
            raise ValueError(
                f'the saved seed must be {_SEED_WORDS} numbers of type '
                f'uint32, but it has the shape {seed.shape} and the type '
                f'{seed.dtype}: the snapshot is damaged')
        return seed


def example_seed(run_seed, index):
    """Returns the seed of the random augmentation of one example.

    It differs from example to example and from epoch to epoch, and does not
    depend on the batch size.
    """
    return (run_seed + index) % 2 ** 32


def _seed_from_global_state():
    _, key, position, _, _ = numpy.random.get_state()
    return _draw_seed(numpy.random.RandomState(numpy.append(key, position)))


def _draw_seed(random):
    return random.randint(0, 2 ** 32, _SEED_WORDS, dtype=numpy.uint32)
