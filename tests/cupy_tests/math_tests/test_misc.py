import unittest

import numpy

import cupy
from cupy import testing

FLOATS = [0, -0.0, 1, -1, 2.5, -0.3, numpy.inf, -numpy.inf, numpy.nan]


@testing.gpu
class TestClip(unittest.TestCase):

    @testing.for_all_dtypes(no_bool=True)
    @testing.numpy_cupy_array_equal()
    def test_numbers(self, xp, dtype):
        return xp.clip(testing.shaped_arange((2, 3), xp, dtype), 2, 4)

    @testing.numpy_cupy_array_equal()
    def test_one_sided(self, xp):
        x = testing.shaped_arange((2, 3), xp)
        return xp.clip(xp.clip(x, None, 5), 2, None)

    @testing.numpy_cupy_array_equal()
    def test_arrays(self, xp):
        x = testing.shaped_arange((2, 3), xp)
        return xp.clip(x, xp.array([3, 1, 0], 'f'), xp.array([[4], [5]], 'f'))

    @testing.numpy_cupy_array_equal()
    def test_nan(self, xp):
        x = xp.array([numpy.nan, 1, 3, 8], 'f')
        return xp.clip(x, 2, 4)

    @testing.numpy_cupy_array_equal()
    def test_bounds_in_wrong_order(self, xp):
        return xp.clip(testing.shaped_arange((2, 3), xp), 4, 2)

    @testing.numpy_cupy_array_equal()
    def test_out(self, xp):
        x = testing.shaped_arange((2, 3), xp)
        out = xp.zeros((2, 3), 'd')
        self.assertIs(xp.clip(x, 2, 4, out), out)
        return out


@testing.gpu
class TestRoots(unittest.TestCase):

    @testing.for_float_dtypes()
    @testing.numpy_cupy_array_list_equal()
    def test_sqrt(self, xp, dtype):
        with testing.NumpyError(invalid='ignore'):
            y = xp.sqrt(xp.array(FLOATS, dtype))
        return y, xp.signbit(y[:2])

    @testing.for_int_dtypes()
    @testing.numpy_cupy_allclose(rtol=1e-3)
    def test_sqrt_of_integers(self, xp, dtype):
        return xp.sqrt(testing.shaped_arange((2, 3), xp, dtype))

    @testing.for_all_dtypes()
    @testing.numpy_cupy_array_equal()
    def test_square(self, xp, dtype):
        return xp.square(testing.shaped_arange((2, 3), xp, dtype))

    @testing.numpy_cupy_array_equal()
    def test_strides(self, xp):
        x = testing.shaped_arange((4, 6), xp)[::-2, 1::2]
        return xp.sqrt(xp.square(x))

    @testing.numpy_cupy_array_equal()
    def test_square_wraps_around(self, xp):
        return xp.square(xp.array([-128, 127, 16], 'b'))


@testing.gpu
class TestSign(unittest.TestCase):

    @testing.for_float_dtypes()
    @testing.numpy_cupy_array_equal()
    def test_floats(self, xp, dtype):
        return xp.sign(xp.array(FLOATS, dtype))

    @testing.for_int_dtypes()
    @testing.numpy_cupy_array_equal(accept_error=TypeError)
    def test_integers(self, xp, dtype):
        if numpy.dtype(dtype).kind == 'i':
            x = [0, 5, -5, numpy.iinfo(dtype).min]
        else:
            x = [0, 5, 127]
        return xp.sign(xp.array(x).astype(dtype))

    def test_bool(self):
        with self.assertRaises(TypeError):
            cupy.sign(cupy.ones(2, '?'))

    @testing.for_float_dtypes()
    @testing.numpy_cupy_array_equal()
    def test_absolute(self, xp, dtype):
        return xp.absolute(xp.array(FLOATS, dtype))


@testing.gpu
@testing.parameterize(*testing.product({
    'name': ['maximum', 'minimum', 'fmax', 'fmin']}))
class TestExtremes(unittest.TestCase):

    @testing.for_float_dtypes()
    @testing.numpy_cupy_array_equal()
    def test_floats(self, xp, dtype):
        x = xp.array(FLOATS, dtype)
        return getattr(xp, self.name)(x[:, None], x)

    @testing.for_int_dtypes()
    @testing.numpy_cupy_array_equal()
    def test_integers(self, xp, dtype):
        if dtype is numpy.bool_:
            x = xp.array([True, False])
        else:
            info = numpy.iinfo(dtype)
            x = xp.array([0, 1, info.min, info.max], dtype)
        return getattr(xp, self.name)(x[:, None], x)

    @testing.for_all_dtypes_combination(names=['x_dtype', 'y_dtype'])
    @testing.numpy_cupy_array_equal()
    def test_types(self, xp, x_dtype, y_dtype):
        return getattr(xp, self.name)(
            testing.shaped_arange((2, 3), xp, x_dtype),
            testing.shaped_reverse_arange((2, 3), xp, y_dtype))

    @testing.numpy_cupy_array_equal()
    def test_strides(self, xp):
        x = testing.shaped_random((4, 6), xp)
        return getattr(xp, self.name)(x[::-2, 1::2], x[1:3, :3])

    @testing.numpy_cupy_array_equal()
    def test_number(self, xp):
        return getattr(xp, self.name)(testing.shaped_arange((5,), xp), 3)
