import unittest

import numpy

from cupy import testing

NUMBERS = [0, -0.0, 0.5, -0.5, 1.5, 2.5, -2.5, 0.49, -0.51, 7, -7.9,
           1e4, numpy.inf, -numpy.inf, numpy.nan]


@testing.gpu
@testing.parameterize(*testing.product({
    'name': ['rint', 'floor', 'ceil', 'trunc']}))
class TestRounding(unittest.TestCase):

    @testing.for_float_dtypes()
    @testing.numpy_cupy_array_list_equal()
    def test_floats(self, xp, dtype):
        y = getattr(xp, self.name)(xp.array(NUMBERS, dtype))
        # Zeros keep the sign of what was rounded.
        return y, xp.signbit(y)

    @testing.for_int_dtypes()
    @testing.numpy_cupy_array_equal()
    def test_integers(self, xp, dtype):
        return getattr(xp, self.name)(
            testing.shaped_arange((2, 3), xp, dtype))

    @testing.numpy_cupy_array_equal()
    def test_large_integers(self, xp):
        x = xp.array([2 ** 62 + 1, -2 ** 62 - 1])
        return getattr(xp, self.name)(x)

    @testing.numpy_cupy_array_equal()
    def test_strides(self, xp):
        x = testing.shaped_random((4, 6), xp)
        return getattr(xp, self.name)(x[::-2, 1::2])

    @testing.numpy_cupy_array_equal()
    def test_zero_dimensional(self, xp):
        return getattr(xp, self.name)(xp.array(1.7))

    @testing.numpy_cupy_array_equal()
    def test_empty(self, xp):
        return getattr(xp, self.name)(xp.ones((2, 0)))
