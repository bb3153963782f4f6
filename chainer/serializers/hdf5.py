import math
import os

import numpy

from chainer import serializer
from chainer.serializers import loading, saving
from chainer.utils import atomic_file

try:
    import h5py
    _available = True
except ImportError:
    _available = False

# Gzip makes nothing smaller than by this factor.
_LARGEST_RATIO = 1032


def _check_available():
    if not _available:
        raise RuntimeError(
            'h5py is not installed, so there is no HDF5 format. Install it '
            '(pip install h5py), or use save_npz and load_npz')


class HDF5Serializer(serializer.Serializer):
    """Serializer that writes into an HDF5 file.

    A part of the object becomes a group, a value a dataset in it.

    Args:
        group (h5py.Group): Group to write into.
        compression (int): Level of Gzip compression, from 0 to 9. Scalars are
            not compressed.

    Attributes:
        group (h5py.Group): Group to write into.
        compression (int): Level of Gzip compression.

    Raises:
        RuntimeError: If h5py is missing.

    """

    def __init__(self, group, compression=4):
        _check_available()
        self.group = group
        self.compression = compression

    def __getitem__(self, key):
        name = key.strip('/')
        return HDF5Serializer(
            self.group.require_group(name), self.compression)

    def __call__(self, key, value):
        key = key.lstrip('/')
        array = saving.as_plain_array(f'{self.group.name}/{key}', value)
        if array.dtype.kind == 'U':
            array = _encode(array)
        compression = self.compression if array.size > 1 else None
        self.group.create_dataset(key, data=array, compression=compression)
        return value


def _encode(array):
    # Of fixed length: strings of variable length lie elsewhere in the file,
    # and where that place is broken, the HDF5 library may search it for ever.
    array = numpy.char.encode(array, 'utf-8')
    return array.astype(h5py.string_dtype('utf-8', array.itemsize))


class HDF5Deserializer(loading.SourceDeserializer):
    """Deserializer of HDF5 files.

    It reads what :class:`HDF5Serializer` has written. Its method ``load``
    loads an object, or leaves it as it was if anything is wrong.

    Args:
        group (h5py.Group): Group to read from.

    Attributes:
        group (h5py.Group): Group to read from.

    Raises:
        RuntimeError: If h5py is missing.

    """

    def __init__(self, group):
        _check_available()
        super().__init__(_Group(group))
        self.group = group


class _Group:
    """The datasets below a group as a source of deserialization."""

    def __init__(self, group):
        self.name = group.file.filename
        if group.name != '/':
            self.name += f' ({group.name})'
        self._group = group

    def keys(self):
        found = []

        def visit(name, obj):
            # In a broken file a name may be bytes that are no text.
            if isinstance(obj, h5py.Dataset) and isinstance(name, str):
                found.append(name)

        self._read(None, lambda: self._group.visititems(visit))
        return found

    def has(self, key):
        return self._read(key, lambda: isinstance(
            self._group.get(key), h5py.Dataset))

    def header(self, key):
        return self._read(key, lambda: _header(self._group[key]))

    def read(self, key):
        self.header(key)
        return self._read(key, lambda: _array(self._group[key]))

    def _read(self, key, function):
        try:
            return function()
        except MemoryError:
            raise
        except Exception as error:
            # HDF5 meets broken data with errors of many kinds.
            what = 'it' if key is None else f'the value {key!r}'
            raise ValueError(f'{self.name}: {what} cannot be read, the file '
                             f'is broken: {error}') from error


def _header(dataset):
    shape, dtype = dataset.shape, dataset.dtype
    if shape is None:
        raise ValueError('it is empty, not even an array of size 0')
    if h5py.check_string_dtype(dtype) is not None:
        return shape, numpy.dtype(str)
    if dtype.hasobject:
        raise ValueError(f'it is of {dtype}, not an array of numbers')
    declared = math.prod(shape) * dtype.itemsize
    stored = dataset.id.get_storage_size()
    if declared > _LARGEST_RATIO * (stored + 1):
        raise ValueError(f'it declares the shape {shape} and type {dtype}, '
                         f'but has {stored} bytes')
    return shape, dtype


def _array(dataset):
    if h5py.check_string_dtype(dataset.dtype) is not None:
        return numpy.array(dataset.asstr()[()], dtype=str)
    return numpy.asarray(dataset[()])


def save_hdf5(filename, obj, compression=4):
    """Saves an object into a file in HDF5 format.

    The file is written beside its target and renamed, so that it is there
    whole or not at all. To save several objects into one file, use
    :class:`HDF5Serializer` with a group for each.

    Args:
        filename (str): File to write.
        obj: Object to save; it supports the serialization protocol.
        compression (int): Level of Gzip compression, from 0 to 9.

    Raises:
        RuntimeError: If h5py is missing.
        TypeError: If a value is not an array, a number or a string.

    """
    _check_available()
    with atomic_file.replace(os.fspath(filename)) as temporary:
        with h5py.File(temporary, 'w') as file:
            HDF5Serializer(file, compression).save(obj)


def load_hdf5(filename, obj):
    """Loads an object from a file in HDF5 format.

    If anything is wrong, the object is left as it was. To load several objects
    from one file, use :class:`HDF5Deserializer` with the group of each.

    Args:
        filename (str): File to read.
        obj: Object to load; it supports the serialization protocol.

    Raises:
        RuntimeError: If h5py is missing.
        OSError: If the file cannot be opened.
        KeyError: If the object has a value that the file does not.
        ValueError: If the file is broken, not in HDF5 format, or has an array
            of another shape than the object.
        TypeError: If it has a value of another kind, such as a floating point
            number for an integer.

    """
    _check_available()
    filename = os.fspath(filename)
    with open(filename, 'rb') as file:
        signature = file.read(8)
    try:
        file = h5py.File(filename, 'r')
    except OSError as error:
        hint = (': it is in NPZ format, which load_npz reads'
                if signature.startswith(b'PK\x03\x04') else f' ({error})')
        raise ValueError(f'{filename} is not an HDF5 file, or a broken '
                         f'one{hint}') from error
    with file:
        HDF5Deserializer(file).load(obj)
