"""Counting of values."""
import operator

import numpy

from cupy import arguments, core
from cupy.creation import basic


def bincount(x, weights=None, minlength=None):
    """Counts how often each number occurs in an array.

    Args:
        x (cupy.ndarray): Vector of integers that are not negative.
        weights (cupy.ndarray): Vector of the size of ``x``. If given, they
            are summed where otherwise elements are counted.
        minlength (int): Least length of the result.

    Returns:
        cupy.ndarray: Vector whose element ``n`` is the number of elements
        ``n``, or the sum of their weights. The order in which weights are
        summed is not fixed, hence neither are the last bits.

    Raises:
        TypeError: If ``x`` are no integers.
        ValueError: If ``x`` is no vector or has negative elements, if the
            sizes differ, or if ``minlength`` is negative.

    """
    x = arguments.array(x)
    if x.ndim != 1:
        raise ValueError(f'bincount takes a vector, but got an array of '
                         f'{x.ndim} dimensions')
    minlength = 0 if minlength is None else operator.index(minlength)
    if minlength < 0:
        raise ValueError(f'minlength must not be negative, but it is '
                         f'{minlength}')
    # NumPy raises unless it takes this type for integers.
    numpy.bincount(numpy.empty(0, x.dtype))
    if weights is not None:
        weights = arguments.array(weights)
        if x.size and weights.shape != x.shape:
            raise ValueError(f'bincount takes a weight for each element, but '
                             f'the shapes are {weights.shape} and {x.shape}')
        weights = weights.astype(numpy.float64, copy=False)
    if x.size == 0:
        return basic.zeros(minlength, numpy.intp)
    x = x.astype(numpy.int64, copy=False)
    if int(x.min()) < 0:
        raise ValueError('bincount takes numbers that are not negative')
    length = max(minlength, int(x.max()) + 1)
    if weights is None:
        counts = basic.zeros(length, numpy.intp)
        _count(x, counts)
    else:
        counts = basic.zeros(length)
        _sum_weights(x, weights, counts)
    return counts


# Atomic functions of CUDA take 64-bit integers without a sign; sums are the
# same.
_count = core.ElementwiseKernel(
    'int64 x', 'raw int64 counts',
    'atomicAdd(reinterpret_cast<unsigned long long*>(&counts[x]), 1ULL)',
    'cupy_bincount')

_sum_weights = core.ElementwiseKernel(
    'int64 x, float64 weight', 'raw float64 sums',
    'atomicAdd(&sums[x], weight)', 'cupy_bincount_weights')
