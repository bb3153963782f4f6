"""Keeping arrays arrays, and their dtype."""
import numpy

from chainer import cuda

_arrays = {numpy.ndarray, cuda.ndarray}


def force_array(x, dtype=None):
    """Makes an array of a result that NumPy returned as a scalar.

    Operations on 0-dimensional arrays return NumPy scalars. Functions must
    return arrays, so they pass such results through this function.

    Args:
        x: Array or scalar.
        dtype: Data type of the result. By default that of ``x``.

    Returns:
        Array: ``x`` itself if it is an array of that type.

    """
    if dtype is None and type(x) in _arrays:
        return x
    if isinstance(x, (numpy.generic, int, float)):
        return numpy.array(x, dtype)
    if dtype is None or x.dtype == dtype:
        return x
    return x.astype(dtype)


def force_type(dtype, value):
    """Gives a constant the type of the array that it meets.

    Without it an array of float32 could become one of float64: NumPy 2 lets
    the type of a NumPy scalar count, and NumPy 1 lets that of a Python number
    count where the array is 0-dimensional.

    Args:
        dtype (numpy.dtype): Data type wanted.
        value (scalar or array): Constant.

    Returns:
        ``value`` as a NumPy scalar or an array of the type.

    """
    if isinstance(value, (int, float)):
        return dtype.type(value)
    if value.dtype == dtype:
        return value
    return value.astype(dtype)
