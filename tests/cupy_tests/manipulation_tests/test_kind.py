import unittest

import numpy

import cupy
from cupy import testing


@testing.gpu
class TestAsFortranArray(unittest.TestCase):

    @testing.numpy_cupy_array_list_equal()
    def test_layouts(self, xp):
        x = testing.shaped_arange((4, 6), xp)
        results = [xp.asfortranarray(y) for y in (
            x, x.T, x[::2, ::-1], x[0, ::-1], x[:0], xp.array(3), [[1, 2]])]
        self.assertTrue(all(y.flags.f_contiguous for y in results))
        return results

    @testing.for_all_dtypes()
    @testing.numpy_cupy_array_equal()
    def test_dtype(self, xp, dtype):
        return xp.asfortranarray(testing.shaped_arange((2, 3), xp), dtype)

    def test_strides(self):
        x = testing.shaped_arange((2, 3, 4), numpy)
        self.assertEqual(cupy.asfortranarray(cupy.array(x)).strides,
                         numpy.asfortranarray(x).strides)

    def test_same(self):
        x = cupy.ones((2, 3)).T
        self.assertIs(cupy.asfortranarray(x), x)
