import unittest

import numpy

import cupy
from cupy import testing

NUMBERS = [0, -0.0, 1, -1, 0.3, -2.75, 1e-7, 6e4, numpy.inf, -numpy.inf,
           numpy.nan]


def numbers(xp, dtype):
    with testing.NumpyError(over='ignore'):
        return xp.array(NUMBERS, dtype)


@testing.gpu
class TestSignBit(unittest.TestCase):

    @testing.for_float_dtypes()
    @testing.numpy_cupy_array_equal()
    def test_floats(self, xp, dtype):
        return xp.signbit(numbers(xp, dtype)[:-1])

    @testing.for_int_dtypes()
    @testing.numpy_cupy_array_equal()
    def test_integers(self, xp, dtype):
        return xp.signbit(xp.array([0, 1, 2 ** 7 - 1], dtype))

    @testing.numpy_cupy_array_equal()
    def test_negative_integers(self, xp):
        return xp.signbit(xp.array([[0, -1], [1, -2 ** 31]], 'i')[::-1])


@testing.gpu
class TestCopySign(unittest.TestCase):

    @testing.for_float_dtypes()
    @testing.numpy_cupy_array_list_equal()
    def test_floats(self, xp, dtype):
        x = numbers(xp, dtype)[:-1]
        y = xp.copysign(x[:, None], x)
        return y, xp.signbit(y)

    @testing.for_all_dtypes_combination(names=['x_dtype', 'y_dtype'])
    @testing.numpy_cupy_array_equal()
    def test_types(self, xp, x_dtype, y_dtype):
        y = xp.array([1, -1] if numpy.dtype(y_dtype).kind in 'if' else [0, 1])
        return xp.copysign(testing.shaped_arange((3, 2), xp, x_dtype),
                           y.astype(y_dtype))


@testing.gpu
class TestLdexp(unittest.TestCase):

    @testing.for_float_dtypes(name='x_dtype')
    @testing.for_dtypes('bhiq', name='n_dtype')
    @testing.numpy_cupy_array_equal()
    def test_types(self, xp, x_dtype, n_dtype):
        x = numbers(xp, x_dtype)[:, None]
        n = xp.array([0, 1, -3, 20, -30, 127, -128], n_dtype)
        with testing.NumpyError(all='ignore'):
            return xp.ldexp(x, n)

    @testing.numpy_cupy_array_equal()
    def test_exponents_of_64_bits(self, xp):
        n = xp.array([2 ** 40, -2 ** 40, 2 ** 63 - 1])
        with testing.NumpyError(all='ignore'):
            return xp.ldexp(xp.array([[1.], [-3.], [0.]]), n)

    @testing.for_dtypes('Qfd')
    @testing.numpy_cupy_raises()
    def test_no_exponents(self, xp, dtype):
        return xp.ldexp(xp.ones(2), xp.ones(2, dtype))

    @testing.numpy_cupy_array_equal()
    def test_number(self, xp):
        return xp.ldexp(xp.array([1, 2], 'f'), 3)


@testing.gpu
class TestFrexp(unittest.TestCase):

    @testing.for_float_dtypes()
    @testing.numpy_cupy_array_list_equal()
    def test_floats(self, xp, dtype):
        # The exponents of what is not finite are not specified.
        return xp.frexp(numbers(xp, dtype)[:-3])

    @testing.for_float_dtypes()
    @testing.numpy_cupy_array_equal()
    def test_not_finite(self, xp, dtype):
        return xp.frexp(numbers(xp, dtype)[-3:])[0]

    @testing.for_int_dtypes()
    @testing.numpy_cupy_array_list_equal()
    def test_integers(self, xp, dtype):
        return xp.frexp(testing.shaped_arange((2, 3), xp, dtype))


@testing.gpu
class TestNextAfter(unittest.TestCase):

    @testing.for_float_dtypes()
    @testing.numpy_cupy_array_list_equal()
    def test_floats(self, xp, dtype):
        info = numpy.finfo(dtype)
        x = xp.array([0, -0.0, 1, -1, info.tiny, -info.tiny, info.max,
                      info.min, numpy.inf, -numpy.inf, numpy.nan,
                      float(info.smallest_subnormal)], dtype)
        with testing.NumpyError(all='ignore'):
            y = xp.nextafter(x[:, None], x)
        # Of zeros of different signs, NumPy 2.5 returns the second one, as C
        # does; before, it returned the first one in half precision.
        return y, xp.signbit(y[:-2, :-2]) & (x[:-2, None] != x[:-2])

    @testing.for_float_dtypes()
    def test_zeros(self, dtype):
        zeros = cupy.array([0, -0.0], dtype)
        signs = cupy.signbit(cupy.nextafter(zeros[:, None], zeros))
        self.assertEqual(signs.tolist(), [[False, True]] * 2)

    @testing.for_all_dtypes_combination(names=['x_dtype', 'y_dtype'])
    @testing.numpy_cupy_array_equal()
    def test_types(self, xp, x_dtype, y_dtype):
        return xp.nextafter(testing.shaped_arange((2, 3), xp, x_dtype),
                            testing.shaped_reverse_arange((3,), xp, y_dtype))
