"""Least and greatest elements."""
from cupy import arguments


def amin(a, axis=None, out=None, keepdims=False, dtype=None):
    """Returns the least elements along axes.

    Args:
        a (cupy.ndarray): Array.
        axis (int or tuple of ints): Axes to search; all if it is ``None``.
        out (cupy.ndarray): Array for the result.
        keepdims (bool): If ``True``, the axes remain, with an extent of 1.
        dtype (dtype specifier): Type of the result, by default that of ``a``.

    Returns:
        cupy.ndarray: Least elements; NaN where there is one.

    """
    return arguments.array(a).min(
        axis=axis, out=out, dtype=dtype, keepdims=keepdims)


def amax(a, axis=None, out=None, keepdims=False, dtype=None):
    """Returns the greatest elements along axes.

    Args:
        a (cupy.ndarray): Array.
        axis (int or tuple of ints): Axes to search; all if it is ``None``.
        out (cupy.ndarray): Array for the result.
        keepdims (bool): If ``True``, the axes remain, with an extent of 1.
        dtype (dtype specifier): Type of the result, by default that of ``a``.

    Returns:
        cupy.ndarray: Greatest elements; NaN where there is one.

    """
    return arguments.array(a).max(
        axis=axis, out=out, dtype=dtype, keepdims=keepdims)
