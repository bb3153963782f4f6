"""Data sets that come as MNIST does: four IDX files of 28x28 grey images."""
import os

from chainer.dataset import cache, download
from chainer.datasets import idx_file, image_arrays

_SIDE = 28
_PIXELS = _SIDE * _SIDE
_CLASSES = 10

#: Shapes that an image can have, by its number of dimensions.
SHAPES = [(_PIXELS,), (_SIDE, _SIDE), (1, _SIDE, _SIDE)]


def load(dataset_name, source, **options):
    """Loads the training set and the test set.

    Args:
        dataset_name (str): Directory of the data set under the dataset root.
            The converted data are kept there, in ``train.npz`` and
            ``test.npz``.
        source (~chainer.dataset.mirrors.Source): Where the four files come
            from.
        options: See :func:`make_datasets`.

    Returns:
        tuple: The training set and the test set.

    """
    def splits():
        directory = download.get_dataset_directory(dataset_name)
        for name, prefix in (('train', 'train'), ('test', 't10k')):
            yield cache.load_or_rebuild_npz(
                os.path.join(directory, f'{name}.npz'),
                lambda prefix=prefix: _read(source, prefix), check)

    return make_datasets(splits, **options)


def make_datasets(splits, withlabel, ndim, scale, dtype, label_dtype):
    """Gives images and labels the form that the user asked for.

    Args:
        splits: Function that yields the splits: dictionaries of an array
            ``x`` of images and an array ``y`` of labels. It is not called if
            an option is wrong.
        withlabel (bool): Whether the datasets have labels.
        ndim (int): Number of dimensions of an image.
        scale (float): What a pixel of 255 becomes.
        dtype: Data type of the images.
        label_dtype: Data type of the labels.

    Returns:
        tuple: A dataset for each split.

    """
    shape = image_arrays.get_shape(ndim, SHAPES)
    return tuple([
        image_arrays.make_dataset(
            split['x'],
            split['y'].astype(label_dtype) if withlabel else None,
            shape, scale, dtype)
        for split in splits()])


def check(split):
    """Checks that arrays are images of this format and their labels.

    Args:
        split (dict): Array ``x`` of images and array ``y`` of labels.

    Raises:
        ValueError: If they are not.

    """
    x, y = split['x'], split['y']
    if x.ndim < 2 or x.shape[1:] not in SHAPES or y.shape != x.shape[:1]:
        raise ValueError(
            f'images of shape {x.shape} and labels of shape {y.shape} are '
            f'not {_SIDE}x{_SIDE} images with one label each')
    image_arrays.check(x, y, _CLASSES)


def _read(source, prefix):
    images = source.obtain(f'{prefix}-images-idx3-ubyte.gz')
    labels = source.obtain(f'{prefix}-labels-idx1-ubyte.gz')
    x, y = idx_file.read(images, 3), idx_file.read(labels, 1)
    split = {'x': x.reshape(len(x), -1), 'y': y}
    try:
        check(split)
    except ValueError as error:
        raise ValueError(
            f'{images} and {labels} do not hold the data set: {error}'
        ) from error
    return split
