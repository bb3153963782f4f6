"""Images that are read from their files one by one, as they are needed."""
import os

import numpy

from chainer.dataset import dataset_mixin

try:
    from PIL import Image
except ImportError as error:
    Image = None
    _import_error = error


class ImageDataset(dataset_mixin.DatasetMixin):
    """Dataset of image files.

    Each example is an array of shape (channels, height, width), read from its
    file when the example is asked for. Grey images have one channel, RGB
    images three; an image with a palette is turned into the colours that it
    shows. Pixel values are those of the file, from 0 to 255 for most formats.

    It needs Pillow (``pip install Pillow``).

    Args:
        paths (str or list of strs): Paths to the images, or the path to a
            text file (UTF-8) which has one of them in each line.
        root (str): Directory that the paths to the images are relative to.
        dtype: Data type of the arrays.

    Raises:
        ImportError: If there is no Pillow.
        OSError: When an example is asked for whose file cannot be read, or is
            no image. The message names the file.

    """

    def __init__(self, paths, root='.', dtype=numpy.float32):
        _check_pillow()
        if isinstance(paths, (str, os.PathLike)):
            paths = [line for _, line in _lines(paths)]
        self._paths = paths
        self._root = root
        self._dtype = dtype

    def __len__(self):
        return len(self._paths)

    def get_example(self, i):
        return _read_image(
            os.path.join(self._root, self._paths[i]), self._dtype)


class LabeledImageDataset(dataset_mixin.DatasetMixin):
    """Dataset of image files and their labels.

    Each example is a tuple: the image, as :class:`ImageDataset` gives it, and
    its label, an array without axes.

    It needs Pillow (``pip install Pillow``).

    Args:
        pairs (str or list of tuples): Pairs of the path to an image and an
            integer, or the path to a text file (UTF-8) which has one such
            pair in each line, with white space between the two, as Caffe
            reads it.
        root (str): Directory that the paths to the images are relative to.
        dtype: Data type of the image arrays.
        label_dtype: Data type of the labels.

    Raises:
        ImportError: If there is no Pillow.
        ValueError: If a line of the text file is not such a pair.
        OSError: When an example is asked for whose file cannot be read, or is
            no image. The message names the file.

    """

    def __init__(self, pairs, root='.', dtype=numpy.float32,
                 label_dtype=numpy.int32):
        _check_pillow()
        if isinstance(pairs, (str, os.PathLike)):
            pairs = _read_pairs(pairs)
        self._pairs = pairs
        self._root = root
        self._dtype = dtype
        self._label_dtype = label_dtype

    def __len__(self):
        return len(self._pairs)

    def get_example(self, i):
        path, label = self._pairs[i]
        image = _read_image(os.path.join(self._root, path), self._dtype)
        return image, numpy.array(label, dtype=self._label_dtype)


def _check_pillow():
    if Image is None:
        raise ImportError(
            'datasets of images need Pillow, which cannot be imported: '
            f'{_import_error}. Try "pip install Pillow"')


def _lines(path):
    with open(path, encoding='utf-8') as f:
        for number, line in enumerate(f, 1):
            if line := line.strip():
                yield number, line


def _read_pairs(path):
    pairs = []
    for number, line in _lines(path):
        try:
            image, label = line.split()
            pairs.append((image, int(label)))
        except ValueError:
            raise ValueError(
                f'line {number} of {os.fspath(path)} is {line!r}, expected '
                'the path to an image without spaces, and an integer label '
                '(paths with spaces can be given as a list of pairs)'
            ) from None
    return pairs


def _read_image(path, dtype):
    try:
        with Image.open(path) as image:
            array = numpy.asarray(_without_palette(image), dtype=dtype)
    except Exception as error:
        # Pillow's decoders raise all kinds of exceptions at damaged files,
        # most of which do not tell which file it was.
        if isinstance(error, OSError) and error.filename is not None:
            raise
        raise OSError(f'cannot read {path} as an image: {error}') from error
    if array.ndim == 2:
        array = array[:, :, None]
    return array.transpose(2, 0, 1)


def _without_palette(image):
    if image.mode == 'P' and 'transparency' not in image.info:
        return image.convert('RGB')
    if image.mode in ('P', 'PA'):
        return image.convert('RGBA')
    return image
