"""CIFAR-10 and CIFAR-100, the small colour images of Krizhevsky.

The data sets are distributed in several forms. This is the binary one, which
is read without unpickling anything.
"""
import gzip
import os
import tarfile
import zlib

import numpy

from chainer.dataset import cache, download, mirrors
from chainer.datasets import image_arrays

_NAME = 'pfnet/chainer/cifar'
_SHAPES = [(3072,), (3, 32, 32)]
_PIXELS = 3072

# Members of the archives. Each is a sequence of records: the labels, one byte
# each (CIFAR-100 has a coarse one before the one that is meant), and the
# pixels, first all of red, then green, then blue.
_MEMBERS = {
    'cifar-10': {
        'train': [f'cifar-10-batches-bin/data_batch_{i}.bin'
                  for i in range(1, 6)],
        'test': ['cifar-10-batches-bin/test_batch.bin'],
    },
    'cifar-100': {
        'train': ['cifar-100-binary/train.bin'],
        'test': ['cifar-100-binary/test.bin'],
    },
}
_LABELS_OF_RECORD = {'cifar-10': 1, 'cifar-100': 2}
_CLASSES = {'cifar-10': 10, 'cifar-100': 100}

_SOURCE = mirrors.Source(_NAME, {
    'cifar-10-binary.tar.gz':
        mirrors.digest('md5:c32a1d4ab5d03f1284b67883e8d87530'),
    'cifar-100-binary.tar.gz':
        mirrors.digest('md5:03b5dce01913d631647c71ecec9e9cb8'),
}, [
    'https://www.cs.toronto.edu/~kriz/',
])


def get_cifar10(withlabel=True, ndim=3, scale=1.0):
    """Gets the CIFAR-10 data set of small colour images.

    It has 50,000 images for training and 10,000 for testing, each an RGB image
    of 32x32 pixels. The ten classes are airplane, automobile, bird, cat, deer,
    dog, frog, horse, ship and truck. The stored values, from 0 to 255, are
    scaled to float32 values in the interval from 0 to ``scale``.

    The first time, ``cifar-10-binary.tar.gz`` is taken from
    ``pfnet/chainer/cifar`` under the dataset root, or else downloaded, and
    converted.

    Args:
        withlabel (bool): If ``True``, an example is a tuple of an image and
            its label (int32), otherwise the image alone.
        ndim (int): Number of dimensions of an image: 1 for the shape
            ``(3072,)``, 3 for ``(3, 32, 32)``.
        scale (float): Largest value.

    Returns:
        tuple: Training set and test set. Both are
        :class:`~chainer.datasets.TupleDataset`\\ s, or arrays if
        ``withlabel`` is ``False``.

    Raises:
        ValueError: If there is no shape of ``ndim`` dimensions, or if the file
            is damaged.
        OSError: If the file is not on this machine and cannot be downloaded.
            The message says where to put it.

    """
    return _get('cifar-10', withlabel, ndim, scale)


def get_cifar100(withlabel=True, ndim=3, scale=1.0):
    """Gets the CIFAR-100 data set of small colour images.

    It has 50,000 images for training and 10,000 for testing, each an RGB image
    of 32x32 pixels, of a hundred classes. The stored values, from 0 to 255,
    are scaled to float32 values in the interval from 0 to ``scale``.

    The first time, ``cifar-100-binary.tar.gz`` is taken from
    ``pfnet/chainer/cifar`` under the dataset root, or else downloaded, and
    converted.

    Args:
        withlabel (bool): If ``True``, an example is a tuple of an image and
            its (fine) label (int32), otherwise the image alone.
        ndim (int): Number of dimensions of an image: 1 for the shape
            ``(3072,)``, 3 for ``(3, 32, 32)``.
        scale (float): Largest value.

    Returns:
        tuple: Training set and test set. Both are
        :class:`~chainer.datasets.TupleDataset`\\ s, or arrays if
        ``withlabel`` is ``False``.

    Raises:
        ValueError: If there is no shape of ``ndim`` dimensions, or if the file
            is damaged.
        OSError: If the file is not on this machine and cannot be downloaded.
            The message says where to put it.

    """
    return _get('cifar-100', withlabel, ndim, scale)


def _get(name, withlabel, ndim, scale):
    shape = image_arrays.get_shape(ndim, _SHAPES)

    def create():
        path = _SOURCE.obtain(f'{name}-binary.tar.gz')
        arrays = {}
        for split in ('train', 'test'):
            x, y = _read(path, name, split)
            arrays[f'{split}_x'], arrays[f'{split}_y'] = x, y
        return arrays

    def check(arrays):
        for split in ('train', 'test'):
            _check(arrays[f'{split}_x'], arrays[f'{split}_y'], _CLASSES[name])

    arrays = cache.load_or_rebuild_npz(
        os.path.join(download.get_dataset_directory(_NAME), f'{name}.npz'),
        create, check)
    return tuple([
        image_arrays.make_dataset(
            arrays[f'{split}_x'].reshape(-1, _PIXELS),
            arrays[f'{split}_y'].reshape(-1).astype(numpy.int32)
            if withlabel else None, shape, scale, numpy.float32)
        for split in ('train', 'test')])


def _read(path, name, split):
    members = _MEMBERS[name][split]
    try:
        with tarfile.open(path) as archive:
            content = b''.join([_member(archive, name) for name in members])
            # It is at the end of the file that gzip compares its checksum.
            while archive.fileobj.read(1 << 20):
                continue
    except (tarfile.TarError, gzip.BadGzipFile, EOFError, zlib.error,
            KeyError) as error:
        raise ValueError(f'{path} is damaged: {error}') from error
    n_label = _LABELS_OF_RECORD[name]
    record = n_label + _PIXELS
    if len(content) % record:
        raise ValueError(
            f'{path} is damaged: {", ".join(members)} hold {len(content)} '
            f'bytes, which is not a multiple of {record}')
    records = numpy.frombuffer(content, numpy.uint8).reshape(-1, record)
    x, y = records[:, n_label:], records[:, n_label - 1]
    try:
        _check(x, y, _CLASSES[name])
    except ValueError as error:
        raise ValueError(f'{path} is not usable: {error}') from error
    return x, y


def _member(archive, name):
    # Nothing is unpacked to the disk, so that an archive cannot write to
    # places of its choice.
    f = archive.extractfile(name)
    if f is None:
        raise KeyError(f'{name} is not a file')
    return f.read()


def _check(x, y, n_class):
    if x.size != y.size * _PIXELS:
        raise ValueError(
            f'images of shape {x.shape} do not fit labels of shape {y.shape}')
    image_arrays.check(x, y, n_class)
