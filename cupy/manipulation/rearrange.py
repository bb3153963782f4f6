"""Arrays with their elements at other places."""
import numpy

from cupy import arguments
from cupy.manipulation import join


def roll(a, shift, axis=None):
    """Moves elements along axes; those that leave come in at the other end.

    Args:
        a (cupy.ndarray): Array.
        shift (int or tuple of ints): By how many places.
        axis (int or tuple of ints): Axes. If ``None``, elements move in the
            flattened array.

    Returns:
        cupy.ndarray: New array of the same shape.

    """
    a = arguments.array(a)
    if axis is None:
        return roll(a.ravel(), shift, 0).reshape(a.shape)
    shifts = [0] * a.ndim
    for one_shift, one_axis in numpy.broadcast(shift, axis):
        shifts[arguments.axis(one_axis, a.ndim)] += one_shift
    result = a
    for d, places in enumerate(shifts):
        places %= a.shape[d] or 1
        if places:
            before = (slice(None),) * d
            result = join.concatenate(
                [result[before + (slice(-places, None),)],
                 result[before + (slice(None, -places),)]], d)
    return a.astype(a.dtype) if result is a else result
