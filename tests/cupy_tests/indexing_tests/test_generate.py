import unittest

import cupy
from cupy import testing


@testing.gpu
class TestIx(unittest.TestCase):

    @testing.numpy_cupy_array_list_equal()
    def test_sequences(self, xp):
        return xp.ix_([1, 0, 2], xp.array([3, 1], 'b'), (4,), [])

    @testing.numpy_cupy_array_list_equal()
    def test_bools(self, xp):
        return xp.ix_([True, False, True], xp.array([False, True]))

    @testing.numpy_cupy_array_list_equal()
    def test_index(self, xp):
        x = testing.shaped_arange((3, 4), xp)
        return [x[xp.ix_([2, 0], [1, 1, 3])]]

    def test_none(self):
        self.assertEqual(cupy.ix_(), ())

    @testing.numpy_cupy_raises()
    def test_matrix(self, xp):
        xp.ix_([1, 2], xp.ones((2, 2), 'i'))
