"""Cached files that are looked at before they are trusted."""
import contextlib
import os
import warnings

import numpy

from chainer.dataset import download


def load_or_rebuild(path, creator, loader):
    """Loads a cached file; makes it if there is none, or if it is broken.

    Args:
        path (str): Where the file is kept.
        creator: See :func:`~chainer.dataset.cache_or_load_file`.
        loader: Function that takes the path of the file and returns its
            content, and raises a :exc:`ValueError` if the file is broken.

    Returns:
        What ``creator`` or ``loader`` returned.

    """
    def load(path):
        try:
            return loader(path)
        except ValueError as error:
            raise _Broken(error) from error

    try:
        return download.cache_or_load_file(path, creator, load)
    except _Broken as error:
        warnings.warn(
            f'the cached file {path} is broken and is made again ({error})',
            RuntimeWarning, stacklevel=2)
        with contextlib.suppress(FileNotFoundError):
            os.remove(path)
        return download.cache_or_load_file(path, creator, loader)


class _Broken(Exception):
    pass


def load_or_rebuild_npz(path, create, check):
    """Does as :func:`load_or_rebuild` for arrays in a compressed NPZ file.

    Args:
        path (str): Where the file is kept. It ends with ``.npz``.
        create: Function without arguments that makes the arrays and returns
            them in a dictionary.
        check: Function that gets the dictionary of the loaded arrays and
            raises a :exc:`ValueError` or a :exc:`KeyError` if they are not
            what they should be.

    Returns:
        dict: Arrays.

    """
    def creator(path):
        arrays = create()
        numpy.savez_compressed(path, **arrays)
        return arrays

    def loader(path):
        arrays = _read_npz(path)
        try:
            check(arrays)
        except KeyError as error:
            raise ValueError(f'there is no array {error}') from error
        return arrays

    return load_or_rebuild(path, creator, loader)


def _read_npz(path):
    try:
        with open(path, 'rb') as f, numpy.load(f, allow_pickle=False) as npz:
            return dict(npz)
    except (OSError, MemoryError):
        raise
    except Exception as error:
        # What the readers of ZIP, zlib and NumPy raise for a damaged file
        # has no common class.
        raise ValueError(f'it cannot be read: {error}') from error
