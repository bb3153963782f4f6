"""Random numbers of distributions, from the generator of the device."""
from cupy.random import generator


def lognormal(mean=0.0, sigma=1.0, size=None, dtype=float):
    """Returns numbers whose logarithms are normally distributed.

    Args:
        mean (float): Mean of the logarithms.
        sigma (float): Standard deviation of the logarithms.
        size (int or tuple of ints): Shape; ``None`` is one number.
        dtype: float32 or float64.

    Returns:
        cupy.ndarray: Numbers.

    .. seealso:: :func:`numpy.random.lognormal`

    """
    return generator.get_random_state().lognormal(mean, sigma, size, dtype)


def normal(loc=0.0, scale=1.0, size=None, dtype=float):
    """Returns numbers of a normal distribution.

    Args:
        loc (float): Mean.
        scale (float): Standard deviation.
        size (int or tuple of ints): Shape; ``None`` is one number.
        dtype: float32 or float64.

    Returns:
        cupy.ndarray: Numbers.

    .. seealso:: :func:`numpy.random.normal`

    """
    return generator.get_random_state().normal(loc, scale, size, dtype)


def standard_normal(size=None, dtype=float):
    """Returns numbers of the normal distribution of mean 0, variance 1.

    Args:
        size (int or tuple of ints): Shape; ``None`` is one number.
        dtype: float32 or float64.

    Returns:
        cupy.ndarray: Numbers.

    .. seealso:: :func:`numpy.random.standard_normal`

    """
    return generator.get_random_state().standard_normal(size, dtype)


def uniform(low=0.0, high=1.0, size=None, dtype=float):
    """Returns uniform numbers in [low, high).

    Args:
        low (float): Least value.
        high (float): Bound, which is not reached.
        size (int or tuple of ints): Shape; ``None`` is one number.
        dtype: float32 or float64.

    Returns:
        cupy.ndarray: Numbers.

    .. seealso:: :func:`numpy.random.uniform`

    """
    return generator.get_random_state().uniform(low, high, size, dtype)
