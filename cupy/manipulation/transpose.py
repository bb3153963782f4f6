"""Arrays with their axes in another order."""
import operator

import numpy

from cupy import arguments


def rollaxis(a, axis, start=0):
    """Moves an axis to the place before another one.

    Args:
        a (cupy.ndarray): Array.
        axis (int): Axis to move.
        start (int): The axis ends up before this one, or at the end if it is
            ``a.ndim``.

    Returns:
        cupy.ndarray: View.

    """
    a = arguments.array(a)
    axis = arguments.axis(axis, a.ndim)
    start = operator.index(start)
    if not -a.ndim <= start <= a.ndim:
        raise numpy.exceptions.AxisError(
            f'rollaxis: start must be in [{-a.ndim}, {a.ndim}], but it is '
            f'{start}')
    if start < 0:
        start += a.ndim
    axes = [d for d in range(a.ndim) if d != axis]
    axes.insert(start - 1 if axis < start else start, axis)
    return a.transpose(axes)


def swapaxes(a, axis1, axis2):
    """Exchanges two axes.

    Args:
        a (cupy.ndarray): Array.
        axis1 (int): One axis.
        axis2 (int): The other axis.

    Returns:
        cupy.ndarray: View.

    """
    return arguments.array(a).swapaxes(axis1, axis2)


def transpose(a, axes=None):
    """Puts the axes into another order.

    Args:
        a (cupy.ndarray): Array.
        axes (tuple of ints): For each axis of the result, which axis of ``a``
            it is. By default the order is reversed.

    Returns:
        cupy.ndarray: View.

    """
    return arguments.array(a).transpose(axes)
