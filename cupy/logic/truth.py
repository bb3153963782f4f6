"""Truth of whole arrays."""
from cupy import arguments


def all(a, axis=None, out=None, keepdims=False):
    """Tests whether all elements along axes are true.

    Args:
        a (cupy.ndarray): Array. Anything but zero is true.
        axis (int or tuple of ints): Axes to test over; all if it is ``None``.
        out (cupy.ndarray): Array for the result.
        keepdims (bool): If ``True``, the axes remain, with an extent of 1.

    Returns:
        cupy.ndarray: Truth values; ``True`` where there are no elements.

    """
    return arguments.array(a).all(axis, out, keepdims)


def any(a, axis=None, out=None, keepdims=False):
    """Tests whether some element along axes is true.

    Args:
        a (cupy.ndarray): Array. Anything but zero is true.
        axis (int or tuple of ints): Axes to test over; all if it is ``None``.
        out (cupy.ndarray): Array for the result.
        keepdims (bool): If ``True``, the axes remain, with an extent of 1.

    Returns:
        cupy.ndarray: Truth values; ``False`` where there are no elements.

    """
    return arguments.array(a).any(axis, out, keepdims)
