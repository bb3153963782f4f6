"""Reading NPZ files that nobody has vouched for."""
import contextlib
import math
import os
import zipfile

import numpy

# Deflate makes nothing smaller than by this factor.
_LARGEST_RATIO = 1032


class NpzArchive:
    """The arrays in an NPZ file, a source of deserialization.

    An NPZ file is a ZIP archive with one NPY file for each array.
    ``numpy.load`` reads it as well, but believes what it says: an archive of
    a few bytes can declare an array of any size. Here an array is allocated
    only when the archive can be expected to contain it.

    Args:
        archive (zipfile.ZipFile): The archive.
        name (str): Name for messages.

    """

    def __init__(self, archive, name):
        self.name = name
        self._archive = archive
        self._entries = {}
        for entry in archive.infolist():
            key = entry.filename
            if key.endswith('.npy'):
                key = key[:-len('.npy')]
            self._entries[key] = entry

    def keys(self):
        """Returns the keys of all arrays."""
        return list(self._entries)

    def has(self, key):
        """Tells whether there is an array of a key."""
        return key in self._entries

    def header(self, key):
        """Returns the shape and the type of an array."""
        with self._open(key) as file:
            return self._read_header(key, file)

    def read(self, key):
        """Returns an array."""
        self.header(key)
        with self._open(key) as file:
            return numpy.lib.format.read_array(file, allow_pickle=False)

    @contextlib.contextmanager
    def _open(self, key):
        """Opens an entry, and turns errors into one that tells where."""
        try:
            with self._archive.open(self._entries[key]) as file:
                yield file
        except MemoryError:
            raise
        except Exception as error:
            # zipfile and numpy meet broken data with a dozen kinds of errors.
            raise ValueError(
                f'{self.name}: the value {key!r} cannot be read, the file is '
                f'broken or not a file of arrays: {error}') from error

    def _read_header(self, key, file):
        entry = self._entries[key]
        _check_entry(entry)
        version = numpy.lib.format.read_magic(file)
        if version == (1, 0):
            header = numpy.lib.format.read_array_header_1_0(file)
        else:
            header = numpy.lib.format.read_array_header_2_0(file)
        shape, _, dtype = header
        if dtype.hasobject:
            raise ValueError('it is pickled. Loading a pickle can run any '
                             'code, so that is not done')
        declared = math.prod(shape) * dtype.itemsize
        stored = entry.file_size - file.tell()
        if declared != stored or min(shape, default=0) < 0:
            raise ValueError(f'it declares the shape {shape} and type '
                             f'{dtype}, {declared} bytes, but has {stored}')
        return shape, dtype


def _check_entry(entry):
    if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise ValueError(f'unknown compression {entry.compress_type}')
    if entry.file_size > _LARGEST_RATIO * (entry.compress_size + 1):
        raise ValueError(f'{entry.compress_size} bytes cannot contain '
                         f'{entry.file_size}')


@contextlib.contextmanager
def open_archive(filename):
    """Context manager that opens an NPZ file as an :class:`NpzArchive`.

    Args:
        filename (str or file object): File to read.

    Raises:
        OSError: If the file cannot be opened.
        ValueError: If it is not an NPZ file.

    """
    with contextlib.ExitStack() as stack:
        file = filename
        if not hasattr(filename, 'read'):
            filename = os.fspath(filename)
            file = stack.enter_context(open(filename, 'rb'))
        name = getattr(file, 'name', None) or repr(file)
        yield NpzArchive(_open_zip(file, name, stack), str(name))


def _open_zip(file, name, stack):
    start = file.tell()
    signature = file.read(8)
    file.seek(start)
    try:
        return stack.enter_context(zipfile.ZipFile(file))
    except Exception as error:
        raise ValueError(
            f'{name} is not an NPZ file, or a broken one: '
            f'{_guess(signature, error)}') from error


def _guess(signature, error):
    if not signature:
        return 'it is empty'
    if signature == b'\x89HDF\r\n\x1a\n':
        return 'it is in HDF5 format, which load_hdf5 reads'
    if signature.startswith(b'PK\x03\x04'):
        return f'its end is missing ({error})'
    return f'it starts with {signature!r} ({error})'
