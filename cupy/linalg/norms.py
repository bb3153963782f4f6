"""Numbers that matrices have."""
from cupy import arguments


def trace(a, offset=0, axis1=0, axis2=1, dtype=None, out=None):
    """Returns the sum of a diagonal.

    Args:
        a (cupy.ndarray): Array of at least two dimensions.
        offset (int): Which diagonal: 0 is the main one, positive ones lie
            above it.
        axis1 (int): Axis of the rows.
        axis2 (int): Axis of the columns.
        dtype (dtype specifier): Type of the result, as in :func:`cupy.sum`.
        out (cupy.ndarray): Array for the result.

    Returns:
        cupy.ndarray: Sums, for all indices of the other axes.

    """
    return arguments.array(a).trace(offset, axis1, axis2, dtype, out)
