"""Counting of elements."""
from cupy import arguments, core


def count_nonzero(x):
    """Counts the elements that are not zero.

    Args:
        x (cupy.ndarray): Array.

    Returns:
        int: Their number. It is a number of the host: the call waits for it.

    """
    return int(_count_nonzero(arguments.array(x)))


_count_nonzero = core.ReductionKernel(
    'T x', 'int64 y', 'x != T(0)', 'a + b', 'y = a', '0',
    'cupy_count_nonzero', reduce_type='long long')
