import unittest

import cupy
from cupy import testing


@testing.gpu
class TestDiag(unittest.TestCase):

    @testing.for_all_dtypes()
    @testing.numpy_cupy_array_list_equal()
    def test_vector(self, xp, dtype):
        x = testing.shaped_arange((3,), xp, dtype)
        return [f(x, k) for f in (xp.diag, xp.diagflat)
                for k in (-2, 0, 1, 5)]

    @testing.numpy_cupy_array_list_equal()
    def test_matrix(self, xp):
        x = testing.shaped_arange((3, 4), xp)
        return [xp.diag(y, k) for y in (x, x.T, x[::-1, ::2])
                for k in (-4, -2, 0, 1, 5)]

    @testing.numpy_cupy_array_list_equal()
    def test_diagflat(self, xp):
        x = testing.shaped_arange((2, 3), xp)
        return [xp.diagflat(y, -1) for y in (x, x.T, x[0, ::-1], xp.ones(()),
                                             xp.ones((0, 2)), [1, 2], 3)]

    def test_view(self):
        x = cupy.ones((2, 2))
        cupy.diag(x).fill(3)
        testing.assert_array_equal(x, [[3, 1], [1, 3]])

    @testing.numpy_cupy_raises()
    def test_zero_dimensional(self, xp):
        xp.diag(xp.array(3))

    @testing.numpy_cupy_raises()
    def test_three_dimensional(self, xp):
        xp.diag(xp.ones((2, 2, 2)))
