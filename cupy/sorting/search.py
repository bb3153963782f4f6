"""Where elements are, and choice between elements."""
import numpy

from cupy import arguments, core


def argmax(a, axis=None, dtype=None, out=None, keepdims=False):
    """Returns the indices of the greatest elements along an axis.

    Args:
        a (cupy.ndarray): Array.
        axis (int): Axis to search. If ``None``, the index is that of the
            flattened array.
        dtype (dtype specifier): Type of the result, by default ``int64``.
        out (cupy.ndarray): Array for the result.
        keepdims (bool): If ``True``, the axis remains, with an extent of 1.

    Returns:
        cupy.ndarray: Index of the first greatest element, or of the first
        NaN.

    """
    return arguments.array(a).argmax(
        axis=axis, out=out, dtype=dtype, keepdims=keepdims)


def argmin(a, axis=None, dtype=None, out=None, keepdims=False):
    """Returns the indices of the least elements along an axis.

    Args:
        a (cupy.ndarray): Array.
        axis (int): Axis to search. If ``None``, the index is that of the
            flattened array.
        dtype (dtype specifier): Type of the result, by default ``int64``.
        out (cupy.ndarray): Array for the result.
        keepdims (bool): If ``True``, the axis remains, with an extent of 1.

    Returns:
        cupy.ndarray: Index of the first least element, or of the first NaN.

    """
    return arguments.array(a).argmin(
        axis=axis, out=out, dtype=dtype, keepdims=keepdims)


def nonzero(a):
    """Returns the indices of elements that are not zero.

    Args:
        a (cupy.ndarray): Array.

    Returns:
        tuple of cupy.ndarray: An array of indices for each axis, together
        in C order.

    """
    return arguments.array(a).nonzero()


def flatnonzero(a):
    """Returns the indices of nonzero elements in the flattened array.

    Args:
        a (cupy.ndarray): Array.

    Returns:
        cupy.ndarray: Indices, in increasing order.

    """
    return arguments.array(a).ravel().nonzero()[0]


def where(condition, x=None, y=None):
    """Chooses elements of two arrays by a condition.

    Args:
        condition (cupy.ndarray): Where it is true, ``x`` is taken, else
            ``y``.
        x (cupy.ndarray or scalar): Array, broadcast with the others.
        y (cupy.ndarray or scalar): Array, broadcast with the others.

    Returns:
        cupy.ndarray: Chosen elements. With a condition alone, the indices
        where it is true, as :func:`cupy.nonzero` returns them.

    """
    condition = arguments.array(condition)
    if x is None and y is None:
        return condition.nonzero()
    if x is None or y is None:
        raise ValueError('where takes either both or neither of x and y')
    return choose(condition.astype(numpy.bool_, copy=False),
                  _scalar_or_array(x), _scalar_or_array(y))


def _scalar_or_array(value):
    # A scalar has no type of its own next to an array.
    return value if numpy.isscalar(value) else arguments.array(value)


choose = core.create_ufunc(
    'cupy_where', tuple(f'?{c}{c}->{c}' for c in '?bBhHiIqQefd'),
    'out0 = in0 ? in1 : in2',
    doc='Takes elements of ``x2`` where ``x1`` is true, of ``x3`` elsewhere.')
