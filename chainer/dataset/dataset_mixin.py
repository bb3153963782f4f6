"""Indexing as Python does it, on top of one method that gets one example."""
import operator

import numpy


class DatasetMixin:
    """Gives a dataset the whole of indexing from a method for one example.

    A class that inherits it defines ``__len__`` and :meth:`get_example`.
    Integers, negative integers, slices, lists of integers and Boolean masks
    then work as indices, and so does iteration. :meth:`get_example` only meets
    indices from 0 to ``len(self) - 1``.

    .. admonition:: Example

       >>> from chainer import dataset
       >>> class Squares(dataset.DatasetMixin):
       ...     def __len__(self):
       ...         return 5
       ...     def get_example(self, i):
       ...         return i * i
       >>> squares = Squares()
       >>> squares[3], squares[-1], squares[1:4], squares[[4, 0]]
       (9, 16, [1, 4, 9], [16, 0])

    """

    def __getitem__(self, index):
        """Returns an example, or a list of examples.

        A subclass whose data can be sliced at once may override it.

        Args:
            index (int, slice, list or numpy.ndarray): Which examples to get.

        Returns:
            What :meth:`get_example` returns for an integer, otherwise a list
            of it.

        Raises:
            IndexError: If an index is outside of the dataset.
            TypeError: If the index is none of the above.

        """
        length = len(self)
        if isinstance(index, slice):
            return [self.get_example(i) for i in range(length)[index]]
        if isinstance(index, (list, numpy.ndarray)) and numpy.ndim(index) > 0:
            return [self.get_example(i) for i in _positions(index, length)]
        return self.get_example(_position(index, length))

    def __len__(self):
        """Returns the number of examples."""
        raise NotImplementedError(
            f'{type(self).__name__} must define __len__, which returns the '
            'number of examples')

    def get_example(self, i):
        """Returns the ``i``-th example.

        Args:
            i (int): Index of the example, not negative.

        Returns:
            The example, of any type.

        """
        raise NotImplementedError(
            f'{type(self).__name__} must define get_example(i), which returns '
            'the i-th example')


def _positions(indices, length):
    indices = numpy.asarray(indices)
    if indices.dtype != bool:
        return [_position(i, length) for i in indices.tolist()]
    if indices.shape != (length,):
        raise IndexError(
            f'a mask of shape {indices.shape} cannot choose among {length} '
            f'examples: its shape must be ({length},)')
    return numpy.flatnonzero(indices).tolist()


def _position(index, length):
    try:
        position = operator.index(index)
    except TypeError:
        raise TypeError(
            'a dataset is indexed by an integer, a slice, a list of integers '
            f'or a Boolean mask, not by {type(index).__name__}') from None
    if not -length <= position < length:
        raise IndexError(
            f'index {position} is outside of a dataset of {length} examples')
    return position % length
