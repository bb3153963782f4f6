import unittest

import numpy

from cupy import testing


@testing.gpu
@testing.parameterize(*testing.product({
    'name': ['logical_and', 'logical_or', 'logical_xor']}))
class TestBinary(unittest.TestCase):

    @testing.for_all_dtypes()
    @testing.numpy_cupy_array_equal()
    def test_types(self, xp, dtype):
        x = xp.array([0, 2, 0, 1]).astype(dtype)
        y = xp.array([0, 0, 3, 1]).astype(dtype)
        return getattr(xp, self.name)(x, y)

    @testing.for_all_dtypes_combination(names=['x_dtype', 'y_dtype'])
    @testing.numpy_cupy_array_equal()
    def test_mixed(self, xp, x_dtype, y_dtype):
        x = xp.array([0, 2]).astype(x_dtype)
        y = xp.array([[0], [4]]).astype(y_dtype)
        return getattr(xp, self.name)(x, y)

    @testing.numpy_cupy_array_equal()
    def test_floats(self, xp):
        x = xp.array([0, -0.0, 0.5, numpy.nan, 1e-300])
        return getattr(xp, self.name)(x[:, None], x[::-1])

    @testing.numpy_cupy_array_equal()
    def test_number(self, xp):
        return getattr(xp, self.name)(xp.array([0, 1], 'f'), 2)


@testing.gpu
class TestNot(unittest.TestCase):

    @testing.for_all_dtypes()
    @testing.numpy_cupy_array_equal()
    def test_types(self, xp, dtype):
        return xp.logical_not(xp.array([[0, 2], [1, 0]]).astype(dtype).T)

    @testing.numpy_cupy_array_equal()
    def test_floats(self, xp):
        return xp.logical_not(xp.array([0, -0.0, 0.5, numpy.nan]))
