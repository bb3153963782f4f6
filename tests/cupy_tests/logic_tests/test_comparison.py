import unittest

import numpy

from cupy import testing


@testing.gpu
@testing.parameterize(*testing.product({'name': [
    'greater', 'greater_equal', 'less', 'less_equal', 'equal', 'not_equal']}))
class TestComparison(unittest.TestCase):

    @testing.for_all_dtypes_combination(names=['x_dtype', 'y_dtype'])
    @testing.numpy_cupy_array_equal()
    def test_types(self, xp, x_dtype, y_dtype):
        return getattr(xp, self.name)(
            testing.shaped_arange((2, 3), xp, x_dtype),
            testing.shaped_reverse_arange((2, 3), xp, y_dtype))

    @testing.for_float_dtypes()
    @testing.numpy_cupy_array_equal()
    def test_floats(self, xp, dtype):
        x = xp.array([0, -0.0, 1, -1, numpy.inf, -numpy.inf, numpy.nan],
                     dtype)
        return getattr(xp, self.name)(x[:, None], x)

    @testing.numpy_cupy_array_equal()
    def test_signed_and_unsigned(self, xp):
        x = xp.array([0, -1, 2 ** 63 - 1])
        y = xp.array([0, 2 ** 64 - 1, 2 ** 63 - 1, 2 ** 63], 'Q')
        return getattr(xp, self.name)(x[:, None], y)

    @testing.numpy_cupy_raises()
    def test_shapes(self, xp):
        getattr(xp, self.name)(xp.ones((2, 3)), xp.ones(2))
