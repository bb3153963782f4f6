"""Arrays as text."""
import numpy

from cupy import arguments


def array_repr(arr, max_line_width=None, precision=None, suppress_small=None):
    """Returns the text of an array as an expression.

    Args:
        arr (cupy.ndarray): Array.
        max_line_width (int): Greatest length of lines.
        precision (int): Number of digits after the point.
        suppress_small (bool): Whether numbers that are zero to that precision
            are written as zero.

    Returns:
        str: Text, such as ``'array([1, 2])'``.

    """
    return numpy.array_repr(arguments.array(arr).get(), max_line_width,
                            precision, suppress_small)


def array_str(arr, max_line_width=None, precision=None, suppress_small=None):
    """Returns the text of the elements of an array.

    Args:
        arr (cupy.ndarray): Array.
        max_line_width (int): Greatest length of lines.
        precision (int): Number of digits after the point.
        suppress_small (bool): Whether numbers that are zero to that precision
            are written as zero.

    Returns:
        str: Text, such as ``'[1 2]'``.

    """
    return numpy.array_str(arguments.array(arr).get(), max_line_width,
                           precision, suppress_small)
