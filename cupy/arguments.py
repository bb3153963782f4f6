"""What routines take for an array."""
import operator

import numpy

from cupy import core


def array(value):
    """Returns an argument of a routine as an array.

    Scalars and (nested) sequences are made arrays of the current device. An
    array of NumPy is not: copies between the memories have to be seen in the
    program.

    Args:
        value (cupy.ndarray, scalar or sequence): Argument.

    Returns:
        cupy.ndarray: The argument itself if it is an array.

    Raises:
        TypeError: If it is a :class:`numpy.ndarray`, or nothing of which an
            array can be made.

    """
    if isinstance(value, core.ndarray):
        return value
    if isinstance(value, numpy.ndarray):
        raise TypeError(
            f'expected a cupy.ndarray, but got a numpy.ndarray of shape '
            f'{value.shape} and dtype {value.dtype}: copy it to the device '
            f'with cupy.asarray, or use NumPy')
    return core.array(value)


def axis(value, ndim):
    """Returns an axis, counted from the front.

    Args:
        value (int): Axis; negative ones count from the back.
        ndim (int): Number of dimensions.

    Returns:
        int: Axis in ``[0, ndim)``.

    Raises:
        numpy.exceptions.AxisError: If there is no such axis.

    """
    index = operator.index(value)
    if not -ndim <= index < ndim:
        raise numpy.exceptions.AxisError(index, ndim)
    return index % ndim


def axes(values, ndim):
    """Returns different axes, counted from the front.

    Args:
        values (sequence of ints): Axes; negative ones count from the back.
        ndim (int): Number of dimensions.

    Returns:
        list of int: Axes in ``[0, ndim)``.

    Raises:
        numpy.exceptions.AxisError: If one of them does not exist.
        ValueError: If one of them comes twice.

    """
    found = [axis(value, ndim) for value in values]
    if len(set(found)) < len(found):
        raise ValueError(f'an axis comes twice in {tuple(values)}')
    return found
