"""Iterator that loads the examples itself."""
from chainer.iterators import stream_iterator


class SerialIterator(stream_iterator.StreamIterator):
    """Iterator that loads each batch when it is asked for it.

    The examples are visited in the order of their indices or, by default,
    shuffled. A shuffled batch is loaded example by example, ``dataset[i]``; a
    batch in order as a slice, ``dataset[i:j]``, which many datasets do faster,
    and which a dataset must support for that (a
    :class:`~chainer.dataset.DatasetMixin` does). It is therefore good to
    switch shuffling off for a validation set, and needed where the order of
    the examples has a meaning.

    The order of the first epoch is drawn from NumPy's global generator when
    the iterator is made, and all the others follow from its state then: seed
    it before with :func:`numpy.random.seed` to get the same batches again.
    :class:`MultiprocessIterator` gives the same batches for the same seed.

    If an example cannot be loaded, the exception of the dataset goes to the
    caller, and the position stays before that batch.

    The batch size and the position can be assigned to. For example, ``it.epoch
    = 0`` starts an iterator again that does not repeat.

    Args:
        dataset: Dataset to iterate over: anything with a length and integer
            indices, or slices where ``shuffle`` is ``False``.
        batch_size (int): Number of examples of a batch. It may be larger than
            the dataset.
        repeat (bool): If ``True``, the iterator goes over the dataset again
            and again, and fills up a batch at the end of an epoch from the
            beginning of the next. If ``False``, it stops after an epoch, and
            the last batch may be smaller.
        shuffle (bool): If ``True``, each epoch has a new random order.

    Attributes:
        dataset: The dataset.
        batch_size (int): Number of examples of a batch.
        current_position (int): Number of examples of the current epoch that
            were handed out, less than the length of the dataset.
        epoch (int): Number of completed epochs.
        epoch_detail (float): The same with the completed part of the current
            epoch, ``epoch + current_position / len(dataset)``.
        is_new_epoch (bool): Whether the last batch completed an epoch.
        repeat (bool): Whether the iterator goes on after an epoch.

    Raises:
        TypeError: If the dataset has no length, or the batch size is not an
            integer.
        ValueError: If the dataset is empty, or the batch size less than one.

    .. admonition:: Example

       >>> from chainer import iterators
       >>> it = iterators.SerialIterator('abcde', 2, shuffle=False)
       >>> [it.next(), it.next(), it.next()]
       [['a', 'b'], ['c', 'd'], ['e', 'a']]
       >>> it.epoch, it.is_new_epoch, it.epoch_detail
       (1, True, 1.2)

    """

    def __init__(self, dataset, batch_size, repeat=True, shuffle=True):
        super().__init__(dataset, batch_size, repeat, shuffle)

    def __next__(self):
        runs, after = self._stream.next()
        batch = []
        try:
            for run in runs:
                batch.extend(self._load(run.indices))
        except StopIteration as error:
            # It would pass for the end of the iterator.
            raise RuntimeError(
                'the dataset raised StopIteration instead of returning an '
                'example') from error
        self._stream = after
        return batch

    def _load(self, indices):
        if not isinstance(indices, range):
            return [self.dataset[i] for i in indices.tolist()]
        examples = list(self.dataset[indices.start:indices.stop])
        if len(examples) != len(indices):
            raise ValueError(
                f'dataset[{indices.start}:{indices.stop}] returned '
                f'{len(examples)} examples instead of {len(indices)}: without '
                'shuffling, the dataset must support slices, as subclasses of '
                'chainer.dataset.DatasetMixin do')
        return examples
