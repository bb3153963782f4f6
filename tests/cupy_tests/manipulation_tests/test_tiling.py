import unittest

import cupy
from cupy import testing


@testing.gpu
class TestRepeat(unittest.TestCase):

    @testing.numpy_cupy_array_list_equal()
    def test_axes(self, xp):
        x = testing.shaped_arange((2, 3, 4), xp)[:, ::-1]
        return [xp.repeat(x, n, axis) for n in (0, 1, 2, [3])
                for axis in (None, 0, 1, -1)]

    @testing.numpy_cupy_array_list_equal()
    def test_each(self, xp):
        x = testing.shaped_arange((2, 3), xp)
        return [xp.repeat(x, [1, 0, 2], 1), xp.repeat(x, (2, 1), 0),
                xp.repeat(x, [0, 1, 2, 0, 1, 3])]

    @testing.for_all_dtypes()
    @testing.numpy_cupy_array_equal()
    def test_types(self, xp, dtype):
        return xp.repeat(testing.shaped_arange((2, 3), xp, dtype), 2, 1)

    @testing.numpy_cupy_array_list_equal()
    def test_other_arguments(self, xp):
        return [xp.repeat(3, 4), xp.repeat([1, 2], 2),
                xp.repeat(xp.ones((2, 0)), 3)]

    @testing.numpy_cupy_raises()
    def test_wrong_number(self, xp):
        xp.repeat(xp.ones(3), [1, 2])

    @testing.numpy_cupy_raises()
    def test_negative(self, xp):
        xp.repeat(xp.ones(3), -1)

    @testing.numpy_cupy_raises()
    def test_wrong_axis(self, xp):
        xp.repeat(xp.ones(3), 2, 1)


@testing.gpu
class TestTile(unittest.TestCase):

    @testing.numpy_cupy_array_list_equal()
    def test_repetitions(self, xp):
        x = testing.shaped_arange((2, 3), xp)
        return [xp.tile(y, reps) for y in (x, x.T, x[0, ::-1], xp.array(3))
                for reps in (0, 1, 2, (2,), (2, 3), [1, 2], (2, 1, 2), ())]

    @testing.for_all_dtypes()
    @testing.numpy_cupy_array_equal()
    def test_types(self, xp, dtype):
        return xp.tile(testing.shaped_arange((2, 3), xp, dtype), 2)

    @testing.numpy_cupy_array_list_equal()
    def test_other_arguments(self, xp):
        return [xp.tile(3, 4), xp.tile([1, 2], (2, 2)),
                xp.tile(xp.ones((2, 0)), (3, 2))]

    def test_copy(self):
        x = cupy.zeros(2)
        cupy.tile(x, 1).fill(1)
        testing.assert_array_equal(x, [0, 0])

    def test_many_dimensions(self):
        x = cupy.ones((1,) * 20)
        self.assertEqual(cupy.tile(x, (1,) * 19 + (3,)).shape,
                         (1,) * 19 + (3,))

    @testing.numpy_cupy_raises()
    def test_negative(self, xp):
        xp.tile(xp.ones(3), -1)
