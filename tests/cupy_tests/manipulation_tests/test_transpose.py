import unittest

import numpy

import cupy
from cupy import testing


@testing.gpu
class TestRollAxis(unittest.TestCase):

    @testing.numpy_cupy_array_list_equal()
    def test_axes(self, xp):
        x = testing.shaped_arange((2, 3, 4), xp)
        return [xp.rollaxis(x, axis, start)
                for axis in range(-3, 3) for start in range(-3, 4)]

    @testing.numpy_cupy_raises()
    def test_wrong_axis(self, xp):
        xp.rollaxis(xp.ones((2, 3)), 2)

    @testing.numpy_cupy_raises()
    def test_wrong_start(self, xp):
        xp.rollaxis(xp.ones((2, 3)), 1, 3)

    @testing.numpy_cupy_raises()
    def test_wrong_negative_start(self, xp):
        xp.rollaxis(xp.ones((2, 3)), 1, -3)


@testing.gpu
class TestSwapAxes(unittest.TestCase):

    @testing.numpy_cupy_array_list_equal()
    def test_axes(self, xp):
        x = testing.shaped_arange((2, 3, 4), xp)[:, ::-1]
        return [xp.swapaxes(x, i, j)
                for i in range(-3, 3) for j in range(-3, 3)]

    @testing.numpy_cupy_raises()
    def test_wrong_axis(self, xp):
        xp.swapaxes(xp.ones((2, 3)), 0, 2)


@testing.gpu
class TestTranspose(unittest.TestCase):

    @testing.numpy_cupy_array_list_equal()
    def test_axes(self, xp):
        x = testing.shaped_arange((2, 3, 4), xp)
        return [xp.transpose(x, axes) for axes in (
            None, (0, 1, 2), (2, 0, 1), [1, -1, 0])] + [
            xp.transpose(xp.array(3)), xp.transpose([[1, 2]])]

    def test_view(self):
        x = cupy.zeros((2, 3))
        y = cupy.transpose(x)
        y[0].fill(1)
        testing.assert_array_equal(x, [[1, 0, 0], [1, 0, 0]])
        self.assertEqual(y.strides, numpy.zeros((2, 3)).T.strides)

    @testing.numpy_cupy_raises()
    def test_too_few(self, xp):
        xp.transpose(xp.ones((2, 3)), (0,))

    @testing.numpy_cupy_raises()
    def test_twice(self, xp):
        xp.transpose(xp.ones((2, 3)), (0, -2))

    @testing.numpy_cupy_raises()
    def test_wrong_axis(self, xp):
        xp.transpose(xp.ones((2, 3)), (0, 2))
