import os
import zipfile

import numpy

from chainer import serializer
from chainer.serializers import loading, npz_archive, saving
from chainer.utils import atomic_file


class DictionarySerializer(serializer.Serializer):
    """Serializer that collects values in a flat dictionary.

    A value has its path as the key: what an object passes on to the
    serializer ``serializer['l1']`` under the name ``W`` gets the key ``l1/W``.
    Nothing is written into a file: give the dictionary to ``numpy.savez``, or
    use :func:`save_npz`.

    The dictionary holds the arrays themselves, not copies of them, except for
    those that were on a device.

    Args:
        target (dict): Dictionary to collect the values in. By default a new
            one.
        path (str): What all keys begin with.

    Attributes:
        target (dict): The dictionary, with one array for each key.

    .. admonition:: Example

       >>> import chainer
       >>> import chainer.links as L
       >>> serializer = chainer.serializers.DictionarySerializer()
       >>> serializer.save(chainer.Chain(l1=L.Linear(3, 2)))
       >>> sorted(serializer.target)
       ['l1/W', 'l1/b']

    """

    def __init__(self, target=None, path=''):
        self.target = {} if target is None else target
        self.path = path and path.strip('/') + '/'

    def __getitem__(self, key):
        return DictionarySerializer(
            self.target, f'{self.path}{key.strip("/")}/')

    def __call__(self, key, value):
        key = self.path + key.lstrip('/')
        self.target[key] = saving.as_plain_array(key, value)
        return value


class NpzDeserializer(loading.SourceDeserializer):
    """Deserializer of NPZ files.

    It reads what :func:`save_npz` has written. Its method ``load`` loads an
    object, or leaves it as it was if anything is wrong.

    Args:
        npz: What ``numpy.load`` returned for an NPZ file, or a dictionary of
            arrays.
        path (str): What all keys begin with: the part of the file to load.

    .. admonition:: Example

       Load a model from the snapshot of a trainer::

           with numpy.load('snapshot_iter_1000') as npz:
               deserializer = NpzDeserializer(npz, 'updater/model:main')
               deserializer.load(model)

    """

    def __init__(self, npz, path=''):
        super().__init__(_as_source(npz), path)
        self.npz = npz


class _Dictionary:
    """A dictionary of arrays as a source of deserialization."""

    name = 'the dictionary'

    def __init__(self, arrays):
        self._arrays = arrays

    def keys(self):
        return list(self._arrays)

    def has(self, key):
        return key in self._arrays

    def header(self, key):
        array = saving.as_plain_array(key, self._arrays[key])
        return array.shape, array.dtype

    def read(self, key):
        # Whoever loads an array may change it.
        return saving.as_plain_array(key, self._arrays[key]).copy()


def _as_source(npz):
    if isinstance(npz, npz_archive.NpzArchive):
        return npz
    if isinstance(npz, numpy.lib.npyio.NpzFile):
        return npz_archive.NpzArchive(
            npz.zip, npz.zip.filename or 'the NPZ file')
    return _Dictionary(npz)


def save_npz(filename, obj, compression=True):
    """Saves an object into a file in NPZ format.

    The file has exactly the given name. It is written beside its target and
    renamed, so that it is there whole or not at all. ``numpy.load`` can read
    it.

    Args:
        filename (str or file object): File to write.
        obj: Object to save; it supports the serialization protocol.
        compression (bool): Compress the file.

    Raises:
        TypeError: If a value is not an array, a number or a string.

    """
    dictionary = DictionarySerializer()
    dictionary.save(obj)
    arrays = dictionary.target
    if hasattr(filename, 'write'):
        _write(filename, arrays, compression)
        return
    with atomic_file.replace(os.fspath(filename)) as temporary:
        with open(temporary, 'wb') as file:
            _write(file, arrays, compression)


def _write(file, arrays, compression):
    # numpy.savez takes the arrays as keywords: none can be named "file".
    method = zipfile.ZIP_DEFLATED if compression else zipfile.ZIP_STORED
    with zipfile.ZipFile(file, 'w', method) as archive:
        for key, array in arrays.items():
            # An entry with no date but that of 1980 makes equal files equal.
            entry = zipfile.ZipInfo(f'{key}.npy')
            entry.compress_type = method
            with archive.open(entry, 'w', force_zip64=True) as entry_file:
                numpy.lib.format.write_array(
                    entry_file, array, allow_pickle=False)


def load_npz(filename, obj):
    """Loads an object from a file in NPZ format.

    If anything is wrong, the object is left as it was. Pickled objects are
    never loaded.

    Args:
        filename (str or file object): File to read.
        obj: Object to load; it supports the serialization protocol.

    Raises:
        OSError: If the file cannot be opened.
        KeyError: If the object has a value that the file does not.
        ValueError: If the file is broken, not in NPZ format, or has an array
            of another shape than the object.
        TypeError: If it has a value of another kind, such as a floating point
            number for an integer.

    """
    with npz_archive.open_archive(filename) as archive:
        NpzDeserializer(archive).load(obj)
