"""Arrays with more or fewer axes."""
import numpy

from cupy import arguments, core
from cupy.core import layout


def atleast_1d(*arys):
    """Returns arrays of at least one dimension.

    Args:
        arys (cupy.ndarray): Arrays.

    Returns:
        cupy.ndarray: Array, a view where an axis was added; a list or tuple
        of them, as NumPy has it, unless there is one argument.

    """
    return _unpack([a if a.ndim > 0 else a.reshape(1)
                    for a in map(arguments.array, arys)])


def atleast_2d(*arys):
    """Returns arrays of at least two dimensions.

    A vector becomes a matrix of one row.

    Args:
        arys (cupy.ndarray): Arrays.

    Returns:
        cupy.ndarray: Array, a view where axes were added; a list or tuple of
        them, as NumPy has it, unless there is one argument.

    """
    return _unpack([_atleast_2d(a) for a in map(arguments.array, arys)])


def atleast_3d(*arys):
    """Returns arrays of at least three dimensions.

    A vector of length ``n`` gets the shape ``(1, n, 1)``, a matrix of shape
    ``(m, n)`` gets ``(m, n, 1)``.

    Args:
        arys (cupy.ndarray): Arrays.

    Returns:
        cupy.ndarray: Array, a view where axes were added; a list or tuple of
        them, as NumPy has it, unless there is one argument.

    """
    return _unpack([a if a.ndim > 2 else _atleast_2d(a)[..., None]
                    for a in map(arguments.array, arys)])


def _atleast_2d(a):
    if a.ndim == 0:
        return a.reshape(1, 1)
    return a[None] if a.ndim == 1 else a


def _unpack(arrays):
    if len(arrays) == 1:
        return arrays[0]
    # NumPy 2 returns tuples, NumPy 1 lists.
    return type(numpy.atleast_1d(0, 0))(arrays)


class broadcast:
    """Arrays that are broadcast against each other.

    Args:
        arrays (cupy.ndarray or scalar): Arguments.

    Attributes:
        values (list): The arguments, arrays broadcast to the common shape.
        shape (tuple of ints): Common shape.
        size (int): Number of elements of the common shape.
        nd (int): Number of dimensions of the common shape.

    Raises:
        ValueError: If the arrays cannot be broadcast.

    """

    def __init__(self, *arrays):
        is_array = [isinstance(x, core.ndarray) for x in arrays]
        self.shape = numpy.broadcast_shapes(*[
            x.shape for x, is_one in zip(arrays, is_array) if is_one])
        self.values = [layout.broadcast_to(x, self.shape) if is_one else x
                       for x, is_one in zip(arrays, is_array)]
        self.nd = len(self.shape)
        self.size = 1
        for extent in self.shape:
            self.size *= extent

    @property
    def ndim(self):
        """Number of dimensions of the common shape."""
        return self.nd


def broadcast_arrays(*args):
    """Broadcasts arrays against each other.

    Args:
        args (cupy.ndarray): Arrays.

    Returns:
        list or tuple of cupy.ndarray: Views of a common shape; a tuple if
        NumPy has it so (from version 2 on).

    """
    values = broadcast(*map(arguments.array, args)).values
    return type(numpy.broadcast_arrays(0))(values)


def broadcast_to(array, shape):
    """Broadcasts an array to a shape.

    Args:
        array (cupy.ndarray): Array.
        shape (int or tuple of ints): Shape.

    Returns:
        cupy.ndarray: View. Its elements may share memory.

    Raises:
        ValueError: If the array cannot be broadcast to the shape.

    """
    return layout.broadcast_to(arguments.array(array), shape)


def expand_dims(a, axis):
    """Inserts axes of extent 1.

    Args:
        a (cupy.ndarray): Array.
        axis (int or tuple of ints): Where the new axes are in the result.

    Returns:
        cupy.ndarray: View.

    """
    a = arguments.array(a)
    axes = axis if isinstance(axis, (tuple, list)) else (axis,)
    new = arguments.axes(axes, a.ndim + len(axes))
    return a[tuple(None if d in new else slice(None)
                   for d in range(a.ndim + len(axes)))]


def squeeze(a, axis=None):
    """Removes axes of extent 1.

    Args:
        a (cupy.ndarray): Array.
        axis (int or tuple of ints): Axes to remove, by default all that can
            be.

    Returns:
        cupy.ndarray: View.

    Raises:
        ValueError: If an axis has another extent.

    """
    return arguments.array(a).squeeze(axis)
