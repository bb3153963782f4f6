"""Random samples, from the generator of the device."""
import numpy

from cupy.random import generator


def rand(*size, **kwarg):
    """Returns uniform numbers in [0, 1).

    Args:
        size (ints): Shape, an argument for each axis.
        dtype: float32 or float64 (default).

    Returns:
        cupy.ndarray: Numbers.

    .. seealso:: :func:`numpy.random.rand`

    """
    return generator.get_random_state().rand(*size, **kwarg)


def randn(*size, **kwarg):
    """Returns numbers of the normal distribution of mean 0, variance 1.

    Args:
        size (ints): Shape, an argument for each axis.
        dtype: float32 or float64 (default).

    Returns:
        cupy.ndarray: Numbers.

    .. seealso:: :func:`numpy.random.randn`

    """
    return generator.get_random_state().randn(*size, **kwarg)


def random_sample(size=None, dtype=float):
    """Returns uniform numbers in [0, 1).

    Args:
        size (int or tuple of ints): Shape; ``None`` is one number.
        dtype: float32 or float64.

    Returns:
        cupy.ndarray: Numbers.

    .. seealso:: :func:`numpy.random.random_sample`

    """
    return generator.get_random_state().random_sample(size, dtype)


def randint(low, high=None, size=None):
    """Returns uniform integers in [low, high), or in [0, low).

    Args:
        low (int): Least value; with ``high`` left out, the bound.
        high (int): Bound, which is not reached.
        size (int or tuple of ints): Shape; ``None`` is one number.

    Returns:
        cupy.ndarray: Integers of 64 bits.

    Raises:
        ValueError: If there is no such integer, or one that has more than 64
            bits.

    .. seealso:: :func:`numpy.random.randint`

    """
    low, high = (0, int(low)) if high is None else (int(low), int(high))
    if low >= high:
        raise ValueError(
            f'there is no integer from low = {low} to below high = {high}')
    return _integers(low, high - 1, size)


def random_integers(low, high=None, size=None):
    """Returns uniform integers in [low, high], or in [1, low].

    Args:
        low (int): Least value; with ``high`` left out, the largest one.
        high (int): Largest value.
        size (int or tuple of ints): Shape; ``None`` is one number.

    Returns:
        cupy.ndarray: Integers of 64 bits.

    Raises:
        ValueError: If there is no such integer, or one that has more than 64
            bits.

    .. seealso:: :func:`numpy.random.random_integers`

    """
    low, high = (1, int(low)) if high is None else (int(low), int(high))
    if low > high:
        raise ValueError(
            f'there is no integer from low = {low} to high = {high}')
    return _integers(low, high, size)


def _integers(low, high, size):
    limits = numpy.iinfo(numpy.int64)
    if low < limits.min or high > limits.max:
        raise ValueError(
            f'integers from {low} to {high} do not fit into int64')
    return generator.get_random_state()._integers(
        low, high, size, numpy.int64)
