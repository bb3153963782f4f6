"""What a training loop expects of the object that chooses its batches."""


class Iterator:
    """Base class of the iterators over datasets.

    An iterator walks over a dataset, usually many times, and yields a batch at
    each step: a list of examples, which
    :func:`~chainer.dataset.concat_examples` turns into arrays. It is the one
    that remembers how far the training has come in the data; the dataset
    itself has no state. The last batch of a sweep may be shorter than the
    others, if the iterator says so.

    How the iterator reads the dataset is up to the implementation. Each
    implementation provides :meth:`__next__`, :meth:`serialize`, and the
    following attributes, which need not be writable.

    Attributes:
        batch_size (int): Number of examples of a batch.
        epoch (int): Number of completed sweeps over the dataset.
        epoch_detail (float): The same, with the part of the current sweep that
            is done: 2.5 in the middle of the third sweep.
        is_new_epoch (bool): Whether the last step completed a sweep.

    """

    def __iter__(self):
        """Returns the iterator itself."""
        return self

    def __next__(self):
        """Returns the next batch.

        Returns:
            list: Examples.

        Raises:
            StopIteration: If the iterator is at its end. An iterator that
                repeats has none.

        """
        raise NotImplementedError(
            f'{type(self).__name__} must define __next__, which returns the '
            'next batch of examples as a list')

    def next(self):
        """Python 2 spelling of :meth:`__next__`."""
        return self.__next__()

    def finalize(self):
        """Gives back what the iterator holds, such as worker processes.

        The training loop calls it when it is over. It does nothing here.
        """

    def serialize(self, serializer):
        """Saves or loads the position in the dataset.

        A resumed training continues with the batch that would have come next.
        What the user chose when the iterator was made, the batch size for
        example, is not a part of that state. It does nothing here.

        Args:
            serializer (~chainer.AbstractSerializer): Serializer or
                deserializer.

        """
