"""Arrays made of several arrays."""
import numpy

from cupy import arguments
from cupy.core import layout
from cupy.manipulation import dims


def concatenate(tup, axis=0):
    """Joins arrays along an axis that they have.

    Args:
        tup (sequence of cupy.ndarray): Arrays, of one shape but for the
            extent of the axis.
        axis (int): Axis. If ``None``, the arrays are flattened first.

    Returns:
        cupy.ndarray: New array. Its dtype is that to which all promote.

    """
    arrays = [arguments.array(a) for a in tup]
    if not arrays:
        raise ValueError('concatenate needs at least one array')
    if axis is None:
        arrays, axis = [a.ravel() for a in arrays], 0
    ndim = arrays[0].ndim
    if ndim == 0:
        raise ValueError('concatenate cannot join arrays without dimensions: '
                         'use stack')
    axis = arguments.axis(axis, ndim)
    shapes = [a.shape for a in arrays]
    _check_shapes(shapes, axis)
    shape = list(shapes[0])
    shape[axis] = sum([s[axis] for s in shapes])
    dtype = arrays[0].dtype
    # To compare them by value, or hash them, takes as long as a kernel.
    if any([a.dtype is not dtype for a in arrays]):
        dtype = numpy.result_type(*{a.dtype for a in arrays})
    result = layout.new_ordered(arrays, shape, dtype)
    # Views of the axis; the others are taken whole.
    before = (slice(None),) * axis
    start = 0
    for a, s in zip(arrays, shapes):
        stop = start + s[axis]
        result[(*before, slice(start, stop))] = a
        start = stop
    return result


def _check_shapes(shapes, axis):
    first = shapes[0]
    for i, shape in enumerate(shapes):
        if shape != first and (
                len(shape) != len(first) or shape[:axis] != first[:axis] or
                shape[axis + 1:] != first[axis + 1:]):
            raise ValueError(
                f'concatenate joins arrays of one shape but for axis {axis}, '
                f'but array 0 has shape {first} and array {i} has {shape}')


def stack(tup, axis=0):
    """Joins arrays along a new axis.

    Args:
        tup (sequence of cupy.ndarray): Arrays of one shape.
        axis (int): Where the new axis is in the result.

    Returns:
        cupy.ndarray: New array.

    """
    arrays = [arguments.array(a) for a in tup]
    if not arrays:
        raise ValueError('stack needs at least one array')
    shape = arrays[0].shape
    for i, a in enumerate(arrays):
        if a.shape != shape:
            raise ValueError(f'stack takes arrays of one shape, but array 0 '
                             f'has {shape} and array {i} {a.shape}')
    axis = arguments.axis(axis, len(shape) + 1)
    new_axis = (slice(None),) * axis + (None,)
    return concatenate([a[new_axis] for a in arrays], axis)


def vstack(tup):
    """Joins arrays along the first axis; vectors become rows.

    Args:
        tup (sequence of cupy.ndarray): Arrays.

    Returns:
        cupy.ndarray: New array of at least two dimensions.

    """
    return concatenate([dims.atleast_2d(a) for a in tup], 0)


def hstack(tup):
    """Joins arrays along the second axis, vectors along their only one.

    Args:
        tup (sequence of cupy.ndarray): Arrays.

    Returns:
        cupy.ndarray: New array.

    """
    arrays = [dims.atleast_1d(a) for a in tup]
    return concatenate(arrays, 0 if arrays and arrays[0].ndim == 1 else 1)


def dstack(tup):
    """Joins arrays along the third axis.

    Args:
        tup (sequence of cupy.ndarray): Arrays. A vector of length ``n`` is
            taken for one of shape ``(1, n, 1)``, a matrix of shape ``(m, n)``
            for ``(m, n, 1)``.

    Returns:
        cupy.ndarray: New array of at least three dimensions.

    """
    return concatenate([dims.atleast_3d(a) for a in tup], 2)


def column_stack(tup):
    """Joins vectors and matrices as columns of a matrix.

    Args:
        tup (sequence of cupy.ndarray): Vectors, each a column, or matrices.

    Returns:
        cupy.ndarray: New matrix.

    """
    return concatenate([_as_columns(arguments.array(a)) for a in tup], 1)


def _as_columns(a):
    return a if a.ndim > 1 else a.reshape(a.size, 1)
