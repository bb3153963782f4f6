import unittest

import numpy

import cupy
from cupy import testing


@testing.gpu
class TestArraySplit(unittest.TestCase):

    @testing.numpy_cupy_array_list_equal()
    def test_sections(self, xp):
        x = testing.shaped_arange((4, 10), xp)
        return [part for n in (1, 3, 4, 10, 12) for axis in (0, 1, -1)
                for part in xp.array_split(x, n, axis)]

    @testing.numpy_cupy_array_list_equal()
    def test_indices(self, xp):
        x = testing.shaped_arange((4, 10), xp)[:, ::-1]
        return [part for cuts in ([], [3], (2, 5), [0, 20], [5, 2], [-2],
                                  numpy.array([1, 4]))
                for part in xp.array_split(x, cuts, 1)]

    @testing.numpy_cupy_array_list_equal()
    def test_empty(self, xp):
        return xp.array_split(xp.ones((0, 2)), 3)

    def test_view(self):
        x = cupy.zeros(4)
        cupy.array_split(x, 2)[1].fill(1)
        testing.assert_array_equal(x, [0, 0, 1, 1])

    @testing.numpy_cupy_raises()
    def test_no_sections(self, xp):
        xp.array_split(xp.ones(3), 0)

    @testing.numpy_cupy_raises()
    def test_wrong_axis(self, xp):
        xp.array_split(xp.ones(3), 2, 1)

    def test_indices_of_a_device(self):
        with self.assertRaisesRegex(TypeError, 'tolist'):
            cupy.array_split(cupy.ones(3), cupy.array([1]))


@testing.gpu
class TestSplit(unittest.TestCase):

    @testing.numpy_cupy_array_list_equal()
    def test_split(self, xp):
        x = testing.shaped_arange((4, 6), xp)
        return (xp.split(x, 2) + xp.split(x, 3, 1) + xp.split(x, [1, 3], -1))

    @testing.numpy_cupy_raises()
    def test_unequal(self, xp):
        xp.split(xp.ones(4), 3)

    @testing.numpy_cupy_raises()
    def test_negative(self, xp):
        xp.split(xp.ones(4), -1)


@testing.gpu
@testing.parameterize({'name': 'hsplit', 'ndim': 1},
                      {'name': 'vsplit', 'ndim': 2},
                      {'name': 'dsplit', 'ndim': 3})
class TestSplits(unittest.TestCase):

    @testing.numpy_cupy_array_list_equal()
    def test_shapes(self, xp):
        parts = []
        for ndim in range(self.ndim, 5):
            x = testing.shaped_arange((4,) * ndim, xp)
            parts += getattr(xp, self.name)(x, 2)
            parts += getattr(xp, self.name)(x, [1, 3])
        return parts

    @testing.numpy_cupy_raises()
    def test_too_few_dimensions(self, xp):
        getattr(xp, self.name)(xp.ones((4,) * (self.ndim - 1)), 2)

    @testing.numpy_cupy_raises()
    def test_unequal(self, xp):
        getattr(xp, self.name)(xp.ones((4,) * self.ndim), 3)
