"""Sums and products."""
from cupy import arguments


def sum(a, axis=None, dtype=None, out=None, keepdims=False):
    """Returns the sum of an array along axes.

    Args:
        a (cupy.ndarray): Array.
        axis (int or tuple of ints): Axes to sum over; all if it is ``None``.
        dtype (dtype specifier): Type in which to sum and of the result. By
            default that of ``a``, except that small integers and bools are
            summed as (unsigned) integers of the machine's size.
        out (cupy.ndarray): Array for the result.
        keepdims (bool): If ``True``, the axes remain, with an extent of 1.

    Returns:
        cupy.ndarray: Sum.

    """
    return arguments.array(a).sum(axis, dtype, out, keepdims)


def prod(a, axis=None, dtype=None, out=None, keepdims=False):
    """Returns the product of an array along axes.

    Args:
        a (cupy.ndarray): Array.
        axis (int or tuple of ints): Axes to multiply over; all if it is
            ``None``.
        dtype (dtype specifier): Type in which to multiply and of the result,
            by default as in :func:`cupy.sum`.
        out (cupy.ndarray): Array for the result.
        keepdims (bool): If ``True``, the axes remain, with an extent of 1.

    Returns:
        cupy.ndarray: Product.

    """
    return arguments.array(a).prod(axis, dtype, out, keepdims)
