"""The IDX format, in which MNIST and its successors are distributed."""
import gzip
import math
import struct
import zlib

import numpy

_GZIP_MAGIC = b'\x1f\x8b'
_UNSIGNED_BYTE = 0x08


def read(path, ndim):
    """Reads an array of bytes from an IDX file.

    The file begins with two zero bytes, a byte for the data type, a byte for
    the number of dimensions, and the length along each of them as a big-endian
    32-bit integer. The elements follow in C order. It may be compressed by
    gzip.

    Args:
        path (str): Path to the file.
        ndim (int): Number of dimensions that the array must have.

    Returns:
        numpy.ndarray: Array of type uint8.

    Raises:
        ValueError: If the file is not what it should be, or not whole. The
            message names the file.

    """
    try:
        with _open(path) as f:
            shape = _read_header(f, ndim)
            elements = f.read()
    except (EOFError, gzip.BadGzipFile, struct.error, zlib.error) as error:
        raise ValueError(f'{path} is damaged: {error}') from error
    except ValueError as error:
        raise ValueError(f'{path} is not usable: {error}') from error
    if len(elements) != math.prod(shape):
        raise ValueError(
            f'{path} is damaged: its header announces an array of shape '
            f'{shape}, which has {math.prod(shape)} elements, but it holds '
            f'{len(elements)}')
    return numpy.frombuffer(elements, numpy.uint8).reshape(shape)


def _open(path):
    with open(path, 'rb') as f:
        compressed = f.read(2) == _GZIP_MAGIC
    return gzip.open(path) if compressed else open(path, 'rb')


def _read_header(f, ndim):
    zero, kind, dimensions = struct.unpack('>HBB', f.read(4))
    if (zero, kind, dimensions) != (0, _UNSIGNED_BYTE, ndim):
        found = struct.pack('>HBB', zero, kind, dimensions)
        expected = struct.pack('>HBB', 0, _UNSIGNED_BYTE, ndim)
        raise ValueError(
            f'it begins with the bytes {found.hex()}, but an IDX file of '
            f'bytes in {ndim} dimensions begins with {expected.hex()}')
    return struct.unpack(f'>{ndim}I', f.read(4 * ndim))
