"""MNIST, the handwritten digits of LeCun, Cortes and Burges."""
import numpy

from chainer.dataset import mirrors
from chainer.datasets import mnist_format

_NAME = 'pfnet/chainer/mnist'

_SOURCE = mirrors.Source(_NAME, {
    'train-images-idx3-ubyte.gz':
        mirrors.digest('md5:f68b3c2dcbeaaa9fbdd348bbdeb94873'),
    'train-labels-idx1-ubyte.gz':
        mirrors.digest('md5:d53e105ee54ea40749a09fcbcd1e9432'),
    't10k-images-idx3-ubyte.gz':
        mirrors.digest('md5:9fb629c4189551a2d022fa330f9573f3'),
    't10k-labels-idx1-ubyte.gz':
        mirrors.digest('md5:ec29112dd5afa0611ce80d1b7f02629c'),
}, [
    'https://ossci-datasets.s3.amazonaws.com/mnist/',
    'https://storage.googleapis.com/cvdf-datasets/mnist/',
])


def get_mnist(withlabel=True, ndim=1, scale=1.0, dtype=numpy.float32,
              label_dtype=numpy.int32):
    """Gets the MNIST data set of handwritten digits.

    It has 60,000 images for training and 10,000 for testing, of ten classes,
    each a grey image of 28x28 pixels. The stored pixels, from 0 to 255, are
    scaled to the interval from 0 to ``scale``.

    The first time, four files are taken from ``pfnet/chainer/mnist`` under the
    dataset root, or else downloaded, and converted.

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
        ValueError: If there is no shape of ``ndim`` dimensions, or if a file
            is damaged.
        OSError: If the files are not on this machine and cannot be
            downloaded. The message says where to put them.

    """
    return mnist_format.load(
        _NAME, _SOURCE, withlabel=withlabel, ndim=ndim, scale=scale,
        dtype=dtype, label_dtype=label_dtype)
