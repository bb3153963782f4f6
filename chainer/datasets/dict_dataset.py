"""Several datasets side by side, as dictionaries."""
from chainer.dataset import dataset_mixin


class DictDataset(dataset_mixin.DatasetMixin):
    """Dataset that puts the examples of others together in dictionaries.

    Args:
        datasets: Datasets (arrays, lists, …) of one length, given by keyword.
            The keywords are the keys of each example.

    Raises:
        ValueError: If there are no datasets, or if their lengths differ.

    .. admonition:: Example

       >>> from chainer.datasets import DictDataset
       >>> dataset = DictDataset(x=['a', 'b', 'c'], t=[0, 1, 2])
       >>> dataset[1]
       {'x': 'b', 't': 1}
       >>> dataset[1:]
       [{'x': 'b', 't': 1}, {'x': 'c', 't': 2}]

    """

    def __init__(self, **datasets):
        if not datasets:
            raise ValueError('DictDataset needs at least one dataset')
        lengths = {key: len(dataset) for key, dataset in datasets.items()}
        if min(lengths.values()) != max(lengths.values()):
            raise ValueError(
                'the datasets of a DictDataset must have one length, they '
                f'have {lengths}')
        self._datasets = datasets
        self._length = min(lengths.values())

    def __getitem__(self, index):
        if isinstance(index, slice):
            batches = [dataset[index] for dataset in self._datasets.values()]
            return [dict(zip(self._datasets, examples, strict=True))
                    for examples in zip(*batches, strict=True)]
        return super().__getitem__(index)

    def __len__(self):
        return self._length

    def get_example(self, i):
        return {key: dataset[i] for key, dataset in self._datasets.items()}
