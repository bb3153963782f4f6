import unittest

import numpy

import cupy
from cupy import testing


@testing.gpu
class TestTake(unittest.TestCase):

    @testing.numpy_cupy_array_list_equal()
    def test_axes(self, xp):
        x = testing.shaped_arange((2, 3, 4), xp)[:, ::-1]
        return [xp.take(x, indices, axis)
                for indices in (1, [0, -1], xp.array([[1, 0, 1]]), [])
                for axis in (0, 1, -1)]

    @testing.numpy_cupy_array_list_equal()
    def test_flattened(self, xp):
        x = testing.shaped_arange((2, 3), xp).T
        return [xp.take(x, [5, 0, -6]), xp.take(x, 2), xp.take([3, 4], [1])]

    @testing.for_all_dtypes()
    @testing.numpy_cupy_array_equal()
    def test_types(self, xp, dtype):
        return xp.take(testing.shaped_arange((2, 3), xp, dtype), [2, 0], 1)

    @testing.for_dtypes('bBhHiIq')
    @testing.numpy_cupy_array_equal()
    def test_types_of_indices(self, xp, dtype):
        return xp.take(testing.shaped_arange((2, 3), xp),
                       xp.array([2, 0], dtype), 1)

    @testing.numpy_cupy_array_equal()
    def test_out(self, xp):
        out = xp.zeros((2, 2), 'f')
        x = testing.shaped_arange((2, 3), xp)
        self.assertIs(xp.take(x, [0, 2], 1, out), out)
        return out

    @testing.numpy_cupy_raises()
    def test_wrong_axis(self, xp):
        xp.take(xp.ones((2, 3)), [0], 2)

    @testing.numpy_cupy_raises()
    def test_floats(self, xp):
        xp.take(xp.ones(3), xp.array([0.5]))

    def test_array_of_the_host(self):
        with self.assertRaisesRegex(TypeError, 'cupy.asarray'):
            cupy.take(numpy.ones(2), [0])


@testing.gpu
class TestDiagonal(unittest.TestCase):

    @testing.numpy_cupy_array_list_equal()
    def test_offsets(self, xp):
        x = testing.shaped_arange((3, 4), xp)
        return [xp.diagonal(y, k) for y in (x, x.T, x[::-1, ::2])
                for k in (-4, -2, 0, 1, 5)]

    @testing.numpy_cupy_array_list_equal()
    def test_axes(self, xp):
        x = testing.shaped_arange((2, 3, 4), xp)
        return [xp.diagonal(x, 0, i, j)
                for i in range(-3, 3) for j in range(-3, 3)
                if (i - j) % 3 != 0]

    def test_view(self):
        x = cupy.zeros((2, 3))
        cupy.diagonal(x, 1).fill(1)
        testing.assert_array_equal(x, [[0, 1, 0], [0, 0, 1]])

    @testing.numpy_cupy_raises()
    def test_vector(self, xp):
        xp.diagonal(xp.ones(3))

    @testing.numpy_cupy_raises()
    def test_same_axes(self, xp):
        xp.diagonal(xp.ones((2, 3)), 0, 1, -1)

    @testing.numpy_cupy_raises()
    def test_wrong_axis(self, xp):
        xp.diagonal(xp.ones((2, 3)), 0, 0, 2)
