import unittest

import numpy

import cupy
from cupy import testing


@testing.gpu
@testing.parameterize(*testing.product({'name': ['all', 'any']}))
class TestTruth(unittest.TestCase):

    @testing.for_all_dtypes()
    @testing.numpy_cupy_array_equal()
    def test_types(self, xp, dtype):
        x = xp.array([[1, 1, 0], [1, 0, 0]]).astype(dtype)
        return getattr(xp, self.name)(x, 0)

    @testing.numpy_cupy_array_list_equal()
    def test_whole(self, xp):
        f = getattr(xp, self.name)
        return [f(xp.array(x)) for x in (
            [[True, True]], [True, False], [False, False], 3, 0.,
            [numpy.nan])]

    @testing.numpy_cupy_array_list_equal()
    def test_axes(self, xp):
        x = testing.shaped_random((2, 3, 4), xp, '?')[:, ::-1]
        return [getattr(xp, self.name)(x, axis, keepdims=keepdims)
                for axis in (None, 0, -1, (0, 2))
                for keepdims in (False, True)]

    @testing.numpy_cupy_array_list_equal()
    def test_empty(self, xp):
        x = xp.ones((0, 2))
        return [getattr(xp, self.name)(x), getattr(xp, self.name)(x, 0)]

    @testing.numpy_cupy_array_equal()
    def test_out(self, xp):
        out = xp.zeros(2, '?')
        x = xp.array([[1, 1], [0, 1]])
        self.assertIs(getattr(xp, self.name)(x, 0, out), out)
        return out

    @testing.numpy_cupy_array_equal()
    def test_list(self, xp):
        return getattr(xp, self.name)([1, 0])

    @testing.numpy_cupy_raises()
    def test_axis(self, xp):
        getattr(xp, self.name)(xp.ones(2), 1)

    def test_array_of_the_host(self):
        with self.assertRaisesRegex(TypeError, 'cupy.asarray'):
            getattr(cupy, self.name)(numpy.ones(2))
