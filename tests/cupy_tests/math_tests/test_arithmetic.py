import unittest

import numpy

import cupy
from cupy import testing


def extremes(dtype):
    """Numbers at which integers, or floats, go wrong."""
    dtype = numpy.dtype(dtype)
    if dtype.kind == 'f':
        return numpy.array([0, -0.0, 1, -1, 2.5, -0.3, numpy.inf, -numpy.inf,
                            numpy.nan, 1e-4, 1e4], dtype)
    info = numpy.iinfo(dtype)
    numbers = {0, 1, 2, 5, info.max, info.min}
    return numpy.array(sorted(numbers | ({-1, -3} if info.min else set())),
                       dtype)


@testing.gpu
@testing.parameterize(*testing.product({'name': [
    'add', 'subtract', 'multiply', 'true_divide', 'floor_divide', 'power',
    'remainder', 'fmod']}))
class TestBinary(unittest.TestCase):

    @testing.for_all_dtypes_combination(names=['x_dtype', 'y_dtype'])
    @testing.numpy_cupy_allclose(rtol=1e-3, accept_error=TypeError)
    def test_types(self, xp, x_dtype, y_dtype):
        x = testing.shaped_arange((2, 3), xp, x_dtype)
        y = testing.shaped_arange((3,), xp, y_dtype) + y_dtype(1)
        return getattr(xp, self.name)(x, y)

    @testing.numpy_cupy_allclose()
    def test_strides(self, xp):
        x = testing.shaped_arange((4, 6), xp, 'i')
        return getattr(xp, self.name)(x[::-2, 1::2], x[1:3, :3])

    @testing.numpy_cupy_raises()
    def test_shapes(self, xp):
        getattr(xp, self.name)(xp.ones((2, 3)), xp.ones(2))


@testing.gpu
class TestNames(unittest.TestCase):

    def test_other_names(self):
        self.assertIs(cupy.divide, cupy.true_divide)
        self.assertIs(cupy.mod, cupy.remainder)
        self.assertIs(cupy.abs, cupy.absolute)
        self.assertIs(cupy.radians, cupy.deg2rad)
        self.assertIs(cupy.degrees, cupy.rad2deg)


@testing.gpu
class TestFmod(unittest.TestCase):

    @testing.for_all_dtypes(no_bool=True)
    @testing.numpy_cupy_array_list_equal()
    def test_extremes(self, xp, dtype):
        x = xp.array(extremes(dtype))
        with testing.NumpyError(all='ignore'):
            y = xp.fmod(x[:, None], x)
        return y, xp.signbit(xp.where(xp.isnan(y), 0 * y.dtype.type(1), y))


@testing.gpu
class TestReciprocal(unittest.TestCase):

    @testing.for_float_dtypes()
    @testing.numpy_cupy_array_list_equal()
    def test_floats(self, xp, dtype):
        with testing.NumpyError(all='ignore'):
            y = xp.reciprocal(xp.array(extremes(dtype)))
        return y, xp.signbit(y[:6])

    @testing.for_int_dtypes()
    @testing.numpy_cupy_array_equal()
    def test_integers(self, xp, dtype):
        x = numpy.array([1, 1, 0]) if dtype is numpy.bool_ else extremes(dtype)
        return xp.reciprocal(xp.array(x[x != 0].astype(dtype)))

    @testing.for_int_dtypes(no_bool=True)
    def test_integer_zero(self, dtype):
        # NumPy's result depends on the machine.
        testing.assert_array_equal(
            cupy.reciprocal(cupy.array([0, 1], dtype)), [0, 1])

    @testing.numpy_cupy_array_equal()
    def test_strides(self, xp):
        return xp.reciprocal(testing.shaped_arange((4, 6), xp)[::-2, 1::2])


@testing.gpu
class TestModf(unittest.TestCase):

    @testing.for_float_dtypes()
    @testing.numpy_cupy_array_list_equal()
    def test_floats(self, xp, dtype):
        x = xp.array(extremes(dtype))
        fraction, whole = xp.modf(x)
        finite = [0, 1, 2, 3, 4, 5, 6, 7, 9, 10]
        return [fraction, whole] + [
            xp.signbit(y[i]) for y in (fraction, whole) for i in finite]

    @testing.for_int_dtypes()
    @testing.numpy_cupy_array_list_equal()
    def test_integers(self, xp, dtype):
        return xp.modf(testing.shaped_arange((2, 3), xp, dtype))


@testing.gpu
class TestNegative(unittest.TestCase):

    @testing.for_all_dtypes()
    @testing.numpy_cupy_array_equal(accept_error=TypeError)
    def test_types(self, xp, dtype):
        return xp.negative(testing.shaped_arange((2, 3), xp, dtype))
