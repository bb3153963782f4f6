"""From stored bytes to the datasets of images that networks are fed with."""
import numpy

from chainer.datasets import tuple_dataset


def get_shape(ndim, shapes):
    """Looks up the shape of an image by its number of dimensions.

    Args:
        ndim (int): Number of dimensions that the user asked for.
        shapes (list of tuples): Shapes that there are.

    Returns:
        tuple of ints: The shape of ``ndim`` dimensions.

    Raises:
        ValueError: If there is none.

    """
    for shape in shapes:
        if len(shape) == ndim:
            return shape
    choices = ', '.join([f'{len(shape)} for {shape}' for shape in shapes])
    raise ValueError(
        f'images of {ndim!r} dimensions are not possible: ndim must be '
        f'{choices}')


def check(images, labels, n_class):
    """Checks that arrays can be stored images and their labels.

    Args:
        images (numpy.ndarray): Images.
        labels (numpy.ndarray): Labels.
        n_class (int): Number of classes.

    Raises:
        ValueError: If the images are not of type uint8, or the labels are not
            integers from 0 to ``n_class - 1``.

    """
    if images.dtype != numpy.uint8 or labels.dtype.kind not in 'iu':
        raise ValueError(
            'images must be of type uint8 and labels integers, they are of '
            f'the types {images.dtype} and {labels.dtype}')
    if labels.size == 0 or labels.min() < 0 or labels.max() >= n_class:
        raise ValueError(
            f'the labels are not integers from 0 to {n_class - 1}')


def make_dataset(images, labels, shape, scale, dtype):
    """Makes a dataset of images whose pixels are single bytes.

    Args:
        images (numpy.ndarray): Images, of type uint8. The first axis is that
            of the examples.
        labels (numpy.ndarray): Labels, or ``None`` for a dataset without them.
        shape (tuple of ints): Shape that each image gets.
        scale (float): What a pixel of 255 becomes.
        dtype: Data type that the images get.

    Returns:
        :class:`~chainer.datasets.TupleDataset` of images and labels, or array
        of images.

    """
    images = images.reshape((len(images),) + shape)
    if numpy.issubdtype(dtype, numpy.floating):
        scaled = images.astype(dtype)
        scaled *= scale / 255.
    else:
        scaled = numpy.rint(images * (scale / 255.)).astype(dtype)
    if labels is None:
        return scaled
    return tuple_dataset.TupleDataset(scaled, labels)
