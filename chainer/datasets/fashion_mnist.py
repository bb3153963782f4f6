"""Fashion-MNIST, the images of clothes of Xiao, Rasul and Vollgraf."""
import numpy

from chainer.dataset import mirrors
from chainer.datasets import mnist_format

_NAME = 'pfnet/chainer/fashion-mnist'

_SOURCE = mirrors.Source(_NAME, {
    'train-images-idx3-ubyte.gz': mirrors.digest(
        'sha256:'
        '3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84'),
    'train-labels-idx1-ubyte.gz': mirrors.digest(
        'sha256:'
        'a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845'),
    't10k-images-idx3-ubyte.gz': mirrors.digest(
        'sha256:'
        '346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073'),
    't10k-labels-idx1-ubyte.gz': mirrors.digest(
        'sha256:'
        '67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5'),
}, [
    'https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/'
    'data/fashion/',
], [
    # Debian's package dataset-fashion-mnist.
    '/usr/share/datasets/fashion-mnist',
])


def get_fashion_mnist(withlabel=True, ndim=1, scale=1.0, dtype=numpy.float32,
                      label_dtype=numpy.int32):
    """Gets the Fashion-MNIST data set of images of clothes.

    It has the form of MNIST and is harder: 60,000 images for training and
    10,000 for testing, each a grey image of 28x28 pixels. The ten classes are
    T-shirt, trouser, pullover, dress, coat, sandal, shirt, sneaker, bag and
    ankle boot. See `arXiv:1708.07747 <https://arxiv.org/abs/1708.07747>`_.

    The first time, four files are taken from ``pfnet/chainer/fashion-mnist``
    under the dataset root, or from the Debian package
    ``dataset-fashion-mnist``, or else downloaded, and converted.

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
