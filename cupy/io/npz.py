"""Arrays in files of NumPy's formats."""
import collections.abc

import numpy

from cupy import core


class NpzFile(collections.abc.Mapping):
    """Arrays in a file of the format ``.npz``, by name.

    Arrays are read when they are asked for. As a context manager, it closes
    the file.

    Attributes:
        files (list of str): Names of the arrays.

    """

    def __init__(self, npz_file):
        self.npz_file = npz_file
        self.files = npz_file.files

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def __getitem__(self, key):
        return core.array(self.npz_file[key])

    def __iter__(self):
        return iter(self.files)

    def __len__(self):
        return len(self.files)

    def close(self):
        """Closes the file."""
        self.npz_file.close()


def load(file, mmap_mode=None):
    """Reads arrays from a file of the format ``.npy`` or ``.npz``.

    Args:
        file (str, path or file): What to read.
        mmap_mode (str): If not ``None``, a file ``.npy`` is mapped into the
            memory of the host while it is copied to the device; see
            :func:`numpy.load`.

    Returns:
        cupy.ndarray: Array on the current device. If the file is an archive,
        a mapping from names to arrays.

    Raises:
        ValueError: If the file holds objects of Python.

    """
    loaded = numpy.load(file, mmap_mode)
    if isinstance(loaded, numpy.lib.npyio.NpzFile):
        return NpzFile(loaded)
    return core.array(loaded)


def save(file, arr):
    """Writes an array into a file of the format ``.npy``.

    Args:
        file (str, path or file): Where to write. The suffix ``.npy`` is added
            to a name without it.
        arr (cupy.ndarray): Array.

    """
    numpy.save(file, _to_host(arr))


def savez(file, *args, **kwds):
    """Writes arrays into an archive of the format ``.npz``.

    Args:
        file (str, path or file): Where to write. The suffix ``.npz`` is added
            to a name without it.
        args (cupy.ndarray): Arrays, which get the names ``arr_0``, ``arr_1``
            and so on.
        kwds (cupy.ndarray): Arrays by name.

    """
    numpy.savez(file, *map(_to_host, args),
                **{name: _to_host(a) for name, a in kwds.items()})


def savez_compressed(file, *args, **kwds):
    """Writes arrays into a compressed archive of the format ``.npz``.

    Args:
        file (str, path or file): Where to write. The suffix ``.npz`` is added
            to a name without it.
        args (cupy.ndarray): Arrays, which get the names ``arr_0``, ``arr_1``
            and so on.
        kwds (cupy.ndarray): Arrays by name.

    """
    numpy.savez_compressed(
        file, *map(_to_host, args),
        **{name: _to_host(a) for name, a in kwds.items()})


def _to_host(array):
    return array.get() if isinstance(array, core.ndarray) else array
