"""Comparison of arrays, wherever they live."""
import numpy

from chainer import cuda, variable


def assert_allclose(x, y, atol=1e-5, rtol=1e-4, verbose=True):
    """Asserts that two arrays are equal within a tolerance.

    The arrays are close if ``|x - y| <= atol + rtol * |y|`` holds for each
    pair of elements. NaN is close to NaN, and an infinity to itself. Half and
    single precision are compared in double precision, so that the tolerance
    means the same for all types; the types themselves may differ.

    The arrays must have the same shape, or one of them is a scalar that is
    compared with each element of the other. Either may live on a device.

    Args:
        x (array or number): Array to check.
        y (array or number): Array of the expected values.
        atol (float): Absolute tolerance.
        rtol (float): Tolerance relative to ``y``.
        verbose (bool): If ``True``, the message of the error shows the arrays.

    Raises:
        AssertionError: If the arrays differ. The message gives their shapes
            and types, and the element that exceeds its tolerance most.
        TypeError: If an argument is not an array of numbers.

    .. admonition:: Example

       >>> import numpy
       >>> from chainer import testing
       >>> x = numpy.array([1, 2], 'f')
       >>> testing.assert_allclose(x, [1, 2.0001])
       >>> testing.assert_allclose(x, [1, 2.1])
       Traceback (most recent call last):
       ...
       AssertionError: ...

    """
    x, y = _to_numpy(x, 'x'), _to_numpy(y, 'y')
    wide_x, wide_y = _widen(x), _widen(y)
    try:
        numpy.testing.assert_allclose(
            wide_x, wide_y, rtol=rtol, atol=atol, verbose=verbose)
    except AssertionError as error:
        lines = [str(error)]
        if x.shape == y.shape or x.ndim == 0 or y.ndim == 0:
            lines.append(_describe_worst(wide_x, wide_y, atol, rtol))
        lines.append(f' x has shape {x.shape} and dtype {x.dtype}')
        lines.append(f' y has shape {y.shape} and dtype {y.dtype}')
        raise AssertionError('\n'.join(lines)) from None


def _to_numpy(array, name):
    if isinstance(array, variable.Variable):
        raise TypeError(f'{name} is a Variable: compare its array, '
                        f'{name}.data')
    if isinstance(array, cuda.ndarray):
        return cuda.to_cpu(array)
    array = numpy.asarray(array)
    if array.dtype.kind not in 'biufc':
        raise TypeError(f'{name} must be an array of numbers, but its dtype '
                        f'is {array.dtype}')
    return array


def _widen(array):
    return array.astype(numpy.promote_types(array.dtype, numpy.float64))


def _describe_worst(x, y, atol, rtol):
    """Tells which pair of elements exceeds its tolerance most."""
    x, y = numpy.broadcast_arrays(x, y)
    with numpy.errstate(invalid='ignore', over='ignore'):
        error = abs(x - y)
        tolerance = atol + rtol * abs(y)
        excess = error - tolerance
    equal = (x == y) | (numpy.isnan(x) & numpy.isnan(y))
    excess = numpy.where(equal, -numpy.inf, numpy.where(
        numpy.isnan(excess), numpy.inf, excess))
    index = numpy.unravel_index(excess.argmax(), excess.shape)
    place = ', '.join(str(i) for i in index)
    return (f' Worst element: x[{place}] = {x[index]}, '
            f'y[{place}] = {y[index]}, |x - y| = {error[index]:.6g}, '
            f'allowed {tolerance[index]:.6g}')
