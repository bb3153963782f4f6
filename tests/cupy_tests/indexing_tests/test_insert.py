import unittest

import numpy

import cupy
from cupy import testing


@testing.gpu
class TestFillDiagonal(unittest.TestCase):

    @testing.for_all_dtypes()
    @testing.numpy_cupy_array_equal()
    def test_types(self, xp, dtype):
        x = testing.shaped_arange((3, 3), xp, dtype)
        xp.fill_diagonal(x, 1)
        return x

    @testing.numpy_cupy_array_list_equal()
    def test_shapes(self, xp):
        arrays = [testing.shaped_arange(shape, xp) for shape in (
            (3, 5), (5, 3), (9, 2), (3, 3, 3), (2, 2, 2, 2), (1, 1), (0, 3),
            (3, 0), (4, 1))]
        for x in arrays:
            xp.fill_diagonal(x, 50)
        return arrays

    @testing.numpy_cupy_array_list_equal()
    def test_wrap(self, xp):
        arrays = [testing.shaped_arange(shape, xp)
                  for shape in ((3, 5), (7, 3), (9, 2), (2, 2, 2))]
        for x in arrays:
            xp.fill_diagonal(x, 50, wrap=True)
        return arrays

    @testing.numpy_cupy_array_list_equal()
    def test_strides(self, xp):
        x = testing.shaped_arange((8, 6), xp)
        xp.fill_diagonal(x[::-2, 1::2], 50)
        y = testing.shaped_arange((3, 5), xp)
        xp.fill_diagonal(y.T, 50, True)
        return [x, y]

    @testing.numpy_cupy_array_list_equal()
    def test_values(self, xp):
        arrays = [testing.shaped_arange((4, 4), xp) for _ in range(5)]
        values = [[7, 8], xp.array([[5, 6], [7, 8]])[:, ::-1],
                  [1, 2, 3, 4, 5, 6], xp.array(2.5), numpy.int8(3)]
        for x, value in zip(arrays, values):
            xp.fill_diagonal(x, value)
        x = testing.shaped_arange((9, 2), xp)
        xp.fill_diagonal(x, [3, 4, 5, 6, 7], wrap=True)
        return arrays + [x]

    @testing.numpy_cupy_raises()
    def test_vector(self, xp):
        xp.fill_diagonal(xp.ones(3), 1)

    @testing.numpy_cupy_raises()
    def test_different_extents(self, xp):
        xp.fill_diagonal(xp.ones((2, 2, 3)), 1)

    def test_array_of_the_host(self):
        with self.assertRaisesRegex(TypeError, 'changes a cupy.ndarray'):
            cupy.fill_diagonal(numpy.ones((2, 2)), 1)
