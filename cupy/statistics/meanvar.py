"""Means and variances."""
from cupy import arguments


def mean(a, axis=None, dtype=None, out=None, keepdims=False):
    """Returns the arithmetic mean along axes.

    Args:
        a (cupy.ndarray): Array.
        axis (int or tuple of ints): Axes to average over; all if it is
            ``None``.
        dtype (dtype specifier): Type of the result, by default that of ``a``,
            or ``float64`` for integers and bools.
        out (cupy.ndarray): Array for the result.
        keepdims (bool): If ``True``, the axes remain, with an extent of 1.

    Returns:
        cupy.ndarray: Mean.

    """
    return arguments.array(a).mean(axis, dtype, out, keepdims)


def var(a, axis=None, dtype=None, out=None, ddof=0, keepdims=False):
    """Returns the variance along axes.

    It is the sum of squared distances from the mean, divided by
    ``n - ddof`` where ``n`` elements are averaged.

    Args:
        a (cupy.ndarray): Array.
        axis (int or tuple of ints): Axes to average over; all if it is
            ``None``.
        dtype (dtype specifier): Type of the result, by default that of ``a``,
            or ``float64`` for integers and bools.
        out (cupy.ndarray): Array for the result.
        ddof (int): Degrees of freedom that were spent.
        keepdims (bool): If ``True``, the axes remain, with an extent of 1.

    Returns:
        cupy.ndarray: Variance.

    """
    return arguments.array(a).var(axis, dtype, out, ddof, keepdims)


def std(a, axis=None, dtype=None, out=None, ddof=0, keepdims=False):
    """Returns the standard deviation along axes.

    Args:
        a (cupy.ndarray): Array.
        axis (int or tuple of ints): Axes to average over; all if it is
            ``None``.
        dtype (dtype specifier): Type of the result, by default that of ``a``,
            or ``float64`` for integers and bools.
        out (cupy.ndarray): Array for the result.
        ddof (int): Degrees of freedom that were spent.
        keepdims (bool): If ``True``, the axes remain, with an extent of 1.

    Returns:
        cupy.ndarray: Square root of :func:`cupy.var`.

    """
    return arguments.array(a).std(axis, dtype, out, ddof, keepdims)
