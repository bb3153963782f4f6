"""Arrays with their elements at other places."""
import itertools

import numpy

from cupy import arguments
from cupy.core import layout


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
    result = layout.new_like(a)
    for moves in itertools.product(*map(_moves, a.shape, shifts)):
        to, where_from = zip(*moves) if moves else ((), ())
        result[to] = a[where_from]
    return result


def _moves(extent, shift):
    """Returns slices of the result, and where their elements come from."""
    shift %= extent or 1
    moves = [(slice(shift, None), slice(None, extent - shift))]
    if shift:
        moves.append((slice(None, shift), slice(extent - shift, None)))
    return moves
