import unittest

import numpy

import cupy
from cupy import testing


@testing.gpu
@testing.parameterize({'name': 'amax'}, {'name': 'amin'})
class TestOrder(unittest.TestCase):

    @testing.for_all_dtypes()
    @testing.numpy_cupy_array_equal()
    def test_types(self, xp, dtype):
        return getattr(xp, self.name)(
            testing.shaped_random((3, 4), xp, dtype), 1)

    def test_other_name(self):
        self.assertIs(getattr(cupy, self.name[1:]), getattr(cupy, self.name))

    @testing.numpy_cupy_array_list_equal()
    def test_axes(self, xp):
        x = testing.shaped_random((2, 3, 4), xp)[:, ::-1]
        return [getattr(xp, self.name)(x, axis, keepdims=keepdims)
                for axis in (1, (0, 2), (), (-1, 0))
                for keepdims in (False, True)]

    @testing.numpy_cupy_array_list_equal()
    def test_nan(self, xp):
        x = xp.array([[1, numpy.nan, 3], [5, 2, -numpy.inf]], 'f')
        return [getattr(xp, self.name)(x, axis) for axis in (None, 0, 1)]

    @testing.numpy_cupy_array_equal()
    def test_out(self, xp):
        out = xp.zeros(3, 'f')
        x = testing.shaped_arange((2, 3), xp)
        self.assertIs(getattr(xp, self.name)(x, 0, out), out)
        return out

    @testing.numpy_cupy_array_equal()
    def test_list(self, xp):
        return getattr(xp, self.name)([3, 1, 4])

    def test_dtype(self):
        x = getattr(cupy, self.name)(cupy.array([3], 'b'), dtype='d')
        self.assertEqual(x.dtype, numpy.float64)

    @testing.numpy_cupy_raises()
    def test_empty(self, xp):
        getattr(xp, self.name)(xp.ones((2, 0)))

    @testing.numpy_cupy_array_equal()
    def test_no_results(self, xp):
        return getattr(xp, self.name)(xp.ones((2, 0)), 0)

    @testing.numpy_cupy_raises()
    def test_wrong_axis(self, xp):
        getattr(xp, self.name)(xp.ones(3), 1)
