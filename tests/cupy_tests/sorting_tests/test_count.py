import unittest

import numpy

import cupy
from cupy import testing


@testing.gpu
class TestCountNonzero(unittest.TestCase):

    @testing.for_all_dtypes()
    @testing.numpy_cupy_array_equal()
    def test_types(self, xp, dtype):
        x = xp.array([[0, 1, 0], [2, 0, 3]]).astype(dtype)
        return xp.count_nonzero(x)

    @testing.numpy_cupy_array_list_equal()
    def test_layouts(self, xp):
        x = testing.shaped_random((4, 6), xp, 'b', 3)
        return [xp.count_nonzero(y) for y in (
            x.T, x[::-2, 1::2], x[:0], xp.array(3), xp.array(0.), [0, 1])]

    def test_many(self):
        x = cupy.ones(100003, '?')
        count = cupy.count_nonzero(x)
        self.assertIsInstance(count, int)
        self.assertEqual(count, 100003)

    @testing.numpy_cupy_array_equal()
    def test_floats(self, xp):
        return xp.count_nonzero(xp.array([0, -0.0, numpy.nan, 1e-300]))
