"""Parts of a dataset, for validation on data that was not trained on."""
import operator

import numpy

from chainer.dataset import dataset_mixin


class SubDataset(dataset_mixin.DatasetMixin):
    """Interval of another dataset, optionally in another order.

    The ``i``-th example is number ``start + i`` of the base dataset or, given
    an ``order``, number ``order[start + i]``. The examples stay in the base
    dataset; nothing is copied.

    Its main use is to hold a part of the training data back, on which the
    choice of a network and of its hyperparameters is judged:
    :func:`split_dataset` makes one such split, and
    :func:`get_cross_validation_datasets` makes as many as there are folds.
    A test set, on which nothing is chosen, can be cut off before, since a
    sub-dataset can be split again.

    Args:
        dataset: Base dataset.
        start (int): First index of the interval.
        finish (int): Index after the last one of the interval.
        order (sequence of ints): Permutation of the indices of the base
            dataset, by default the identity.

    Raises:
        TypeError: If an end of the interval is not an integer.
        ValueError: If the interval is not in the base dataset, or if ``order``
            is not as long as the base dataset.

    """

    def __init__(self, dataset, start, finish, order=None):
        start, finish = operator.index(start), operator.index(finish)
        if not 0 <= start <= finish <= len(dataset):
            raise ValueError(
                f'the interval from {start} to {finish} is not a part of a '
                f'dataset of {len(dataset)} examples')
        if order is not None and len(order) != len(dataset):
            raise ValueError(
                f'order has {len(order)} indices for a dataset of '
                f'{len(dataset)} examples: it must be a permutation of all of '
                'them')
        self._dataset = dataset
        self._start = start
        self._finish = finish
        self._order = order

    def __len__(self):
        return self._finish - self._start

    def get_example(self, i):
        index = self._start + i
        if self._order is not None:
            index = self._order[index]
        return self._dataset[index]


def split_dataset(dataset, split_at, order=None):
    r"""Splits a dataset in two.

    Args:
        dataset: Dataset to split.
        split_at (int): Length of the first part.
        order (sequence of ints): Permutation of the indices of the dataset,
            see :class:`SubDataset`.

    Returns:
        tuple: Two :class:`SubDataset`\ s: the examples number
        ``order[:split_at]`` and those number ``order[split_at:]``.

    Raises:
        ValueError: If the dataset is shorter than ``split_at``, or if that is
            negative.

    """
    length = len(dataset)
    if not 0 <= split_at <= length:
        raise ValueError(
            f'a dataset of {length} examples cannot be split at {split_at}: '
            f'give a number from 0 to {length}')
    return (SubDataset(dataset, 0, split_at, order),
            SubDataset(dataset, split_at, length, order))


def split_dataset_random(dataset, first_size):
    r"""Splits a dataset in two at random.

    The permutation is drawn from :mod:`numpy.random`, whose seed makes it
    reproducible.

    Args:
        dataset: Dataset to split.
        first_size (int): Length of the first part.

    Returns:
        tuple: Two :class:`SubDataset`\ s: ``first_size`` examples drawn
        without replacement, and all of the others.

    """
    return split_dataset(
        dataset, first_size, numpy.random.permutation(len(dataset)))


def get_cross_validation_datasets(dataset, n_fold, order=None):
    """Makes the splits of a cross validation.

    The dataset is cut into ``n_fold`` folds whose lengths differ by one at
    most. Each is the test set of one split, the rest being its training set.

    Args:
        dataset: Dataset to split.
        n_fold (int): Number of folds.
        order (sequence of ints): Permutation of the indices of the dataset, in
            which the folds are cut, see :class:`SubDataset`.

    Returns:
        list of tuples: For each split the training set and the test set.
        The last fold is the test set of the first split.

    Raises:
        ValueError: If ``n_fold`` is less than one or more than the number of
            examples.

    """
    length = len(dataset)
    if not 1 <= n_fold <= length:
        raise ValueError(
            f'{length} examples cannot make {n_fold} folds: n_fold must be '
            f'from 1 to {length}')
    order = list(range(length) if order is None else order)
    borders = [length * i // n_fold for i in range(n_fold + 1)]
    splits = []
    for i in reversed(range(n_fold)):
        start, finish = borders[i], borders[i + 1]
        # The fold is turned to the end, so that the rest is one interval.
        turned = order[finish:] + order[:finish]
        size = length - (finish - start)
        splits.append(split_dataset(dataset, size, turned))
    return splits


def get_cross_validation_datasets_random(dataset, n_fold):
    """Makes the splits of a cross validation, with folds drawn at random.

    The permutation is drawn from :mod:`numpy.random`, whose seed makes it
    reproducible. See :func:`get_cross_validation_datasets`.

    Args:
        dataset: Dataset to split.
        n_fold (int): Number of folds.

    Returns:
        list of tuples: For each split the training set and the test set.

    """
    return get_cross_validation_datasets(
        dataset, n_fold, numpy.random.permutation(len(dataset)))
