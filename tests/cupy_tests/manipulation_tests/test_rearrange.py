import unittest

import numpy

import cupy
from cupy import testing


@testing.gpu
class TestRoll(unittest.TestCase):

    @testing.for_all_dtypes()
    @testing.numpy_cupy_array_equal()
    def test_types(self, xp, dtype):
        return xp.roll(testing.shaped_arange((5,), xp, dtype), 2)

    @testing.numpy_cupy_array_list_equal()
    def test_shifts(self, xp):
        x = testing.shaped_arange((2, 3, 4), xp)
        return [xp.roll(x, shift, axis) for axis in (None, 0, 1, -1)
                for shift in (0, 1, -1, 2, -7, 25)]

    @testing.numpy_cupy_array_list_equal()
    def test_several_axes(self, xp):
        x = testing.shaped_arange((2, 3, 4), xp)[:, ::-1].T
        return [xp.roll(x, shift, axis) for shift, axis in (
            (1, (0, 1)), ((1, -2), (0, 2)), ((1, 1), (0, 0)),
            ((3, 1), (1, -2)), ((), ()), ((1, 2), 0))]

    @testing.numpy_cupy_array_list_equal()
    def test_small(self, xp):
        return [xp.roll(xp.ones((2, 0)), 1), xp.roll(xp.ones((2, 0)), 1, 1),
                xp.roll(xp.array(3), 1), xp.roll([1, 2, 3], 1)]

    def test_order(self):
        for axis in (None, 0, (0, 1)):
            strides = [xp.roll(xp.ones((2, 3)).T, 1, axis).strides
                       for xp in (numpy, cupy)]
            self.assertEqual(*strides)

    def test_copy(self):
        x = cupy.zeros((2, 2))
        for axis in (None, 1):
            cupy.roll(x, 0, axis).fill(1)
        testing.assert_array_equal(x, [[0, 0], [0, 0]])

    @testing.numpy_cupy_raises()
    def test_wrong_axis(self, xp):
        xp.roll(xp.ones((2, 3)), 1, 2)

    @testing.numpy_cupy_raises()
    def test_wrong_lengths(self, xp):
        xp.roll(xp.ones((2, 3)), (1, 2, 3), (0, 1))
