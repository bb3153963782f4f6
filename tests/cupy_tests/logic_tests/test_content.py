import unittest

import numpy

from cupy import testing


@testing.gpu
@testing.parameterize(*testing.product({
    'name': ['isfinite', 'isinf', 'isnan']}))
class TestContent(unittest.TestCase):

    @testing.for_float_dtypes()
    @testing.numpy_cupy_array_equal()
    def test_floats(self, xp, dtype):
        x = numpy.array([0, -1, numpy.inf, -numpy.inf, numpy.nan, -numpy.nan,
                         numpy.finfo(dtype).max, numpy.finfo(dtype).tiny])
        return getattr(xp, self.name)(xp.array(x.astype(dtype)))

    @testing.for_int_dtypes()
    @testing.numpy_cupy_array_equal()
    def test_integers(self, xp, dtype):
        return getattr(xp, self.name)(
            testing.shaped_arange((2, 3), xp, dtype))

    @testing.numpy_cupy_array_equal()
    def test_strides(self, xp):
        x = xp.array([[1, numpy.nan, 2], [numpy.inf, 3, 4]], 'f')
        return getattr(xp, self.name)(x.T[::-2])

    @testing.numpy_cupy_array_equal()
    def test_zero_dimensional(self, xp):
        return getattr(xp, self.name)(xp.array(numpy.nan))
