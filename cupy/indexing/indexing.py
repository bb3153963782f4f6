"""Elements of arrays by index."""
from cupy import arguments


def take(a, indices, axis=None, out=None):
    """Takes elements of an array at indices along an axis.

    Args:
        a (cupy.ndarray): Array.
        indices (int, sequence or cupy.ndarray): Indices, an array of any
            shape.
        axis (int): Axis. If ``None``, the array is flattened first.
        out (cupy.ndarray): Array for the result.

    Returns:
        cupy.ndarray: Array that has the axes of ``indices`` in the place of
        the axis.

    """
    return arguments.array(a).take(indices, axis, out)


def diagonal(a, offset=0, axis1=0, axis2=1):
    """Returns diagonals of an array.

    Args:
        a (cupy.ndarray): Array of at least two dimensions.
        offset (int): Which diagonal: 0 is the main one, positive ones lie
            above it.
        axis1 (int): Axis of the rows.
        axis2 (int): Axis of the columns.

    Returns:
        cupy.ndarray: View. The diagonal is along its last axis.

    """
    return arguments.array(a).diagonal(offset, axis1, axis2)
