"""Handwritten digits that are made here and need no download."""
import os

import numpy

from chainer.dataset import cache, download
from chainer.datasets import handwriting, mnist_format

_SIZES = {'train': 30000, 'test': 5000}
_SEEDS = {'train': 0, 'test': 1}

# To be raised when other images are made, so that caches are not mistaken for
# them.
_VERSION = 1


def get_digits(withlabel=True, ndim=1, scale=1.0, dtype=numpy.float32,
               label_dtype=numpy.int32):
    """Gets a data set of handwritten digits without any download.

    It has the form of MNIST, for examples and tests on machines that have no
    network: 30,000 images for training and 5,000 for testing, each a grey
    image of 28x28 pixels, of ten classes of one size. The digits are written
    by a program, in several ways each, with random shapes, sizes, slants and
    pens. A linear classifier reads about 87 % of the test images, a
    perceptron with two layers of 1000 hidden units about 98 %.

    The images are the same in each run, and NumPy's global random state is
    neither used nor changed. They are made the first time, which takes a few
    seconds, and kept under the dataset root if it can be written to.

    Args:
        withlabel (bool): If ``True``, an example is a tuple of an image and
            its label, otherwise the image alone.
        ndim (int): Number of dimensions of an image: 1 for the shape
            ``(784,)``, 2 for ``(28, 28)``, 3 for ``(1, 28, 28)``.
        scale (float): Largest pixel value.
        dtype: Data type of the images.
        label_dtype: Data type of the labels.

    Returns:
        tuple: Training set and test set. Both are
        :class:`~chainer.datasets.TupleDataset`\\ s, or arrays if
        ``withlabel`` is ``False``.

    Raises:
        ValueError: If there is no shape of ``ndim`` dimensions.

    """
    return mnist_format.make_datasets(
        _splits, withlabel, ndim, scale, dtype, label_dtype)


def _splits():
    arrays = _load()
    for name in _SIZES:
        yield {'x': arrays[f'{name}_x'], 'y': arrays[f'{name}_y']}


def _load():
    try:
        directory = download.get_dataset_directory('pfnet/chainer/digits')
        path = os.path.join(directory, f'digits-{_VERSION}.npz')
        return cache.load_or_rebuild_npz(path, _generate, _check)
    except OSError:
        # There is no place to keep them, which costs some seconds only.
        return _generate()


def _generate():
    arrays = {}
    for name, size in _SIZES.items():
        random_state = numpy.random.RandomState(_SEEDS[name])
        y = random_state.permutation(
            numpy.arange(size) % 10).astype(numpy.uint8)
        x = handwriting.write(y, random_state)
        arrays[f'{name}_x'], arrays[f'{name}_y'] = x.reshape(size, -1), y
    return arrays


def _check(arrays):
    for name, size in _SIZES.items():
        x, y = arrays[f'{name}_x'], arrays[f'{name}_y']
        mnist_format.check({'x': x, 'y': y})
        if len(y) != size:
            raise ValueError(f'it has {len(y)} images, expected {size}')
