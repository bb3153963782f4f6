"""Arrays of given shapes."""
import numpy

from cupy import arguments, core
from cupy.core import layout


def empty(shape, dtype=float):
    """Returns an array whose elements are whatever its memory holds.

    Args:
        shape (int or tuple of ints): Shape.
        dtype (dtype specifier): Type of the elements.

    Returns:
        cupy.ndarray: Array in C order.

    """
    return core.ndarray(shape, dtype)


def empty_like(a, dtype=None):
    """Returns an array of the shape of another one, not initialized.

    Args:
        a (cupy.ndarray): Array that gives the shape and the order of axes in
            memory.
        dtype (dtype specifier): Type of the elements, by default that of
            ``a``.

    Returns:
        cupy.ndarray: New array.

    """
    return layout.new_like(arguments.array(a), dtype)


def eye(N, M=None, k=0, dtype=float):
    """Returns a matrix with ones on a diagonal and zeros elsewhere.

    Args:
        N (int): Number of rows.
        M (int): Number of columns, by default ``N``.
        k (int): Which diagonal: 0 is the main one, positive ones lie above
            it.
        dtype (dtype specifier): Type of the elements.

    Returns:
        cupy.ndarray: Matrix.

    """
    matrix = zeros((N, N if M is None else M), dtype)
    matrix.diagonal(k).fill(1)
    return matrix


def identity(n, dtype=float):
    """Returns the identity matrix.

    Args:
        n (int): Number of rows and of columns.
        dtype (dtype specifier): Type of the elements.

    Returns:
        cupy.ndarray: Square matrix with ones on the main diagonal.

    """
    return eye(n, dtype=dtype)


def ones(shape, dtype=float):
    """Returns an array of ones.

    Args:
        shape (int or tuple of ints): Shape.
        dtype (dtype specifier): Type of the elements.

    Returns:
        cupy.ndarray: Array in C order.

    """
    return core.elementwise_copy(1, core.ndarray(shape, dtype))


def ones_like(a, dtype=None):
    """Returns an array of ones of the shape of another one.

    Args:
        a (cupy.ndarray): Array that gives the shape and the order of axes in
            memory.
        dtype (dtype specifier): Type of the elements, by default that of
            ``a``.

    Returns:
        cupy.ndarray: New array.

    """
    return core.elementwise_copy(1, empty_like(a, dtype))


def zeros(shape, dtype=float):
    """Returns an array of zeros.

    Args:
        shape (int or tuple of ints): Shape.
        dtype (dtype specifier): Type of the elements.

    Returns:
        cupy.ndarray: Array in C order.

    """
    return _zeroed(core.ndarray(shape, dtype))


def zeros_like(a, dtype=None):
    """Returns an array of zeros of the shape of another one.

    Args:
        a (cupy.ndarray): Array that gives the shape and the order of axes in
            memory.
        dtype (dtype specifier): Type of the elements, by default that of
            ``a``.

    Returns:
        cupy.ndarray: New array.

    """
    return _zeroed(empty_like(a, dtype))


def full(shape, fill_value, dtype=None):
    """Returns an array that is filled with a value.

    Args:
        shape (int or tuple of ints): Shape.
        fill_value (scalar or array): Value. An array is broadcast.
        dtype (dtype specifier): Type of the elements, by default that of
            ``fill_value``.

    Returns:
        cupy.ndarray: Array in C order.

    """
    if not numpy.isscalar(fill_value):
        fill_value = arguments.array(fill_value)
    if dtype is None:
        dtype = (fill_value.dtype if isinstance(fill_value, core.ndarray)
                 else numpy.array(fill_value).dtype)
    return _filled(core.ndarray(shape, dtype), fill_value)


def full_like(a, fill_value, dtype=None):
    """Returns an array of the shape of another one, filled with a value.

    Args:
        a (cupy.ndarray): Array that gives the shape and the order of axes in
            memory.
        fill_value (scalar or array): Value. An array is broadcast.
        dtype (dtype specifier): Type of the elements, by default that of
            ``a``.

    Returns:
        cupy.ndarray: New array.

    """
    if not numpy.isscalar(fill_value):
        fill_value = arguments.array(fill_value)
    return _filled(empty_like(a, dtype), fill_value)


def _zeroed(array):
    # Zero is all bits zero, of any type; the array is new, without gaps.
    array.data.memset(0, array.nbytes)
    return array


def _filled(array, value):
    if isinstance(value, core.ndarray):
        core.elementwise_copy(value, array)
    else:
        array.fill(value)
    return array
