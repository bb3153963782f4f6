"""Arrays from other data."""
from cupy import core


def array(obj, dtype=None, copy=True, ndmin=0):
    """Makes an array of an object.

    Args:
        obj (object): Array of CuPy or NumPy, scalar, or (nested) sequence.
        dtype (dtype specifier): Type of the elements. By default NumPy's
            choice.
        copy (bool): If ``False``, an array of this device that is already as
            it should be is returned itself.
        ndmin (int): Least number of dimensions; axes of extent 1 are put in
            front.

    Returns:
        cupy.ndarray: Array on the current device.

    """
    return core.array(obj, dtype, copy, ndmin)


def asarray(a, dtype=None):
    """Makes an array of an object, unless it is one.

    Args:
        a (object): Array of CuPy or NumPy, scalar, or (nested) sequence.
        dtype (dtype specifier): Type of the elements.

    Returns:
        cupy.ndarray: ``a`` itself if it is an array of this device and dtype.

    """
    return core.array(a, dtype, False)


def asanyarray(a, dtype=None):
    """Makes an array of an object, unless it is one.

    It is :func:`cupy.asarray`: there are no other kinds of arrays.

    Args:
        a (object): Array of CuPy or NumPy, scalar, or (nested) sequence.
        dtype (dtype specifier): Type of the elements.

    Returns:
        cupy.ndarray: ``a`` itself if it is an array of this device and dtype.

    """
    return core.array(a, dtype, False)


def ascontiguousarray(a, dtype=None):
    """Makes an array in C order of an object, unless it is one.

    Args:
        a (object): Array of CuPy or NumPy, scalar, or (nested) sequence.
        dtype (dtype specifier): Type of the elements.

    Returns:
        cupy.ndarray: Array of at least one dimension, in C order. It is
        ``a`` itself if possible.

    """
    a = core.array(a, dtype, False, ndmin=1)
    return a if a.flags.c_contiguous else core.elementwise_copy(
        a, core.ndarray(a.shape, a.dtype))


def copy(a):
    """Returns a copy of an array.

    Args:
        a (cupy.ndarray): Array.

    Returns:
        cupy.ndarray: Copy with the same order of axes in memory.

    """
    return core.array(a)
