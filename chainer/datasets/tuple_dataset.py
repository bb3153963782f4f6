"""Several datasets side by side, as tuples."""
from chainer.dataset import dataset_mixin


class TupleDataset(dataset_mixin.DatasetMixin):
    """Dataset that puts the examples of other datasets together in tuples.

    Args:
        datasets: Datasets (arrays, lists, …) of one length. The ``k``-th item
            of an example comes from the ``k``-th of them.

    Raises:
        ValueError: If there are no datasets, or if their lengths differ.

    .. admonition:: Example

       >>> from chainer.datasets import TupleDataset
       >>> dataset = TupleDataset(['a', 'b', 'c'], [0, 1, 2])
       >>> dataset[1]
       ('b', 1)
       >>> dataset[1:]
       [('b', 1), ('c', 2)]

    """

    def __init__(self, *datasets):
        if not datasets:
            raise ValueError('TupleDataset needs at least one dataset')
        lengths = [len(dataset) for dataset in datasets]
        if min(lengths) != max(lengths):
            raise ValueError(
                'the datasets of a TupleDataset must have one length, they '
                f'have {lengths}')
        self._datasets = datasets
        self._length = lengths[0]

    def __getitem__(self, index):
        if isinstance(index, slice):
            batches = [dataset[index] for dataset in self._datasets]
            return list(zip(*batches, strict=True))
        return super().__getitem__(index)

    def __len__(self):
        return self._length

    def get_example(self, i):
        return tuple([dataset[i] for dataset in self._datasets])
