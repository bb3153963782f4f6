"""Arrays of another shape."""
from cupy import arguments


def reshape(a, newshape):
    """Returns an array with another shape and the same elements in C order.

    Args:
        a (cupy.ndarray): Array.
        newshape (int or tuple of ints): Shape. One extent may be -1: it is
            what the others leave.

    Returns:
        cupy.ndarray: View if possible, else a copy.

    """
    return arguments.array(a).reshape(newshape)


def ravel(a):
    """Returns an array of one dimension with the same elements in C order.

    Args:
        a (cupy.ndarray): Array.

    Returns:
        cupy.ndarray: View if possible, else a copy.

    """
    return arguments.array(a).ravel()
