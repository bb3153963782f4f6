"""Numbers at equal distances."""
import math
import operator
import sys

import numpy

from cupy import core


def arange(start, stop=None, step=1, dtype=None):
    """Returns numbers from a half-open interval.

    With a single number, the interval is from 0 to it.

    Args:
        start (number): First number.
        stop (number): End of the interval, which is not part of it.
        step (number): Distance between neighbours.
        dtype (dtype specifier): Type of the elements, by default what the
            arguments together are, but at least ``int64``.

    Returns:
        cupy.ndarray: Array of ``ceil((stop - start) / step)`` numbers.

    Raises:
        ZeroDivisionError: If ``step`` is zero.
        ValueError: If the length is not a number, or too large a one.

    """
    if stop is None:
        start, stop = 0, start
    if dtype is None:
        dtype = numpy.result_type(numpy.int_, start, stop, step)
    dtype = numpy.dtype(dtype)
    size = _length(start, stop, step)
    if dtype == numpy.bool_ and size > 2:
        raise TypeError(f'arange of bools has at most 2 elements, not {size}')
    # As in NumPy, the first two numbers decide: they have the type already.
    first, second = dtype.type(start), dtype.type(start + step)
    result = core.ndarray((size,), dtype)
    if dtype == numpy.bool_:
        for i, value in enumerate([first, second][:size]):
            result[i] = value
    elif size == 1:
        result.fill(first)  # the step may be infinite
    elif size > 1:
        if dtype == numpy.float16:
            first, second = numpy.float32(first), numpy.float32(second)
        with numpy.errstate(over='ignore'):
            # The difference of unsigned numbers wraps around, and back.
            distance = second - first
        _arange(first, distance, result)
    return result


_arange = core.ElementwiseKernel(
    'S start, S step', 'T y', 'y = start + static_cast<S>(i) * step',
    'cupy_arange')


def _length(start, stop, step):
    distance = stop - start
    # Python's numbers complain about division by zero, NumPy's do not.
    if step == 0:
        raise ZeroDivisionError('arange: step must not be zero')
    steps = float(distance / step)
    if steps != steps:
        raise ValueError(f'arange: there is no number of steps of {step} '
                         f'from {start} to {stop}')
    if steps == 0 and distance != 0:
        # The quotient is too small for a float, or the step is infinite.
        return int(math.copysign(1, steps) > 0)
    if steps >= sys.maxsize:
        raise ValueError(f'arange: {steps} elements are too many')
    return max(math.ceil(steps), 0)


def linspace(start, stop, num=50, endpoint=True, retstep=False, dtype=None):
    """Returns numbers that divide an interval into equal parts.

    Args:
        start (scalar): First number.
        stop (scalar): End of the interval.
        num (int): How many numbers.
        endpoint (bool): If ``True``, the last number is ``stop``; otherwise
            it would be the next one.
        retstep (bool): If ``True``, the step is returned as well.
        dtype (dtype specifier): Type of the elements, by default that of
            the arguments, as floating-point numbers. Integers are rounded
            down.

    Returns:
        cupy.ndarray: Array of length ``num``; with ``retstep``, a tuple of it
        and the step, which is NaN if there is none.

    """
    num = operator.index(num)
    if num < 0:
        raise ValueError(f'linspace returns num={num} numbers: it must not '
                         f'be negative')
    for name, value in [('start', start), ('stop', stop)]:
        if not numpy.isscalar(value):
            raise TypeError(f'linspace: {name} must be a scalar, not '
                            f'{type(value).__name__}')
    type_of_steps = numpy.result_type(start, stop, float(num))
    dtype = type_of_steps if dtype is None else numpy.dtype(dtype)
    start, stop = type_of_steps.type(start), type_of_steps.type(stop)
    distance = stop - start
    steps = num - 1 if endpoint else num
    step = distance / steps if steps > 0 else type_of_steps.type(numpy.nan)
    result = core.ndarray((num,), dtype)
    if num > 0:
        # A step that is too small for a float is taken with all others.
        too_small = step == 0
        _linspace(start, distance if too_small or steps == 0 else step,
                  type_of_steps.type(steps if too_small else 1), stop,
                  num - 1 if endpoint and num > 1 else -1,
                  dtype.kind in 'iu', result)
    return (result, step) if retstep else result


_linspace = core.ElementwiseKernel(
    'S start, S step, S parts, S stop, int64 last, bool round_down', 'T y', '''
    S value = start + static_cast<S>(i) / parts * step;
    if (i == last) value = stop;
    y = round_down ? static_cast<S>(floor(value)) : value;
    ''', 'cupy_linspace')
