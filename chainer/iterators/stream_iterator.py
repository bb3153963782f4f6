"""What iterators over an index stream have in common."""
from chainer.dataset import iterator
from chainer.iterators import index_stream


def _of_stream(name):
    def get(self):
        return getattr(self._stream, name)

    def set_(self, value):
        self._move_to(self._stream.replace(**{name: value}))

    return property(get, set_)


class StreamIterator(iterator.Iterator):
    """Base class of iterators whose batches an index stream chooses.

    The stream that an iterator holds is the position behind the batch that was
    handed out last. The attributes are those of the stream. They can be
    assigned to: a script may grow the batch size, or start an iterator again
    that does not repeat with ``it.epoch = 0``.

    Args:
        dataset: Dataset, with a length and integer indices.
        batch_size (int): Number of examples of a batch.
        repeat (bool): Whether to go on after an epoch.
        shuffle (bool): Whether to shuffle the examples in each epoch.

    Raises:
        TypeError: If the dataset has no length, or the batch size is not an
            integer.
        ValueError: If the dataset is empty, or the batch size less than one.

    """

    batch_size = _of_stream('batch_size')
    current_position = _of_stream('current_position')
    epoch = _of_stream('epoch')
    is_new_epoch = _of_stream('is_new_epoch')
    repeat = _of_stream('repeat')

    def __init__(self, dataset, batch_size, repeat, shuffle):
        if not hasattr(dataset, '__len__'):
            raise TypeError(
                'an iterator needs a dataset with a length, but '
                f'{type(dataset).__name__} has no __len__: define it, or make '
                'a list of the examples')
        self.dataset = dataset
        self._stream = index_stream.IndexStream(
            len(dataset), batch_size, repeat, shuffle)

    @property
    def epoch_detail(self):
        return self._stream.epoch_detail

    def serialize(self, serializer):
        """Saves or loads the position; see :class:`IndexStream`."""
        self._move_to(self._stream.serialize(serializer))

    def _move_to(self, stream):
        self._stream = stream
