import unittest

import numpy

import cupy
from cupy import testing

MODES = ['constant', 'edge', 'linear_ramp', 'maximum', 'mean', 'minimum',
         'reflect', 'symmetric', 'wrap']


@testing.gpu
@testing.parameterize(*testing.product({'mode': MODES}))
class TestModes(unittest.TestCase):

    @testing.for_all_dtypes(no_bool=True)
    @testing.numpy_cupy_allclose(rtol=1e-3)
    def test_types(self, xp, dtype):
        return xp.pad(testing.shaped_arange((5,), xp, dtype), 3, self.mode)

    @testing.numpy_cupy_array_list_equal()
    def test_widths(self, xp):
        x = testing.shaped_arange((2, 3), xp, 'd')
        return [xp.rint(xp.pad(x, width, self.mode) * 1000)
                for width in (0, 1, (2,), (1, 0), ((1, 2),), ((2, 1), (0, 3)),
                              ((0, 0), (7, 8)), [[1], [2]])]

    @testing.numpy_cupy_allclose()
    def test_layouts(self, xp):
        x = testing.shaped_arange((4, 6, 2), xp, 'd')[::-1, ::2].T
        return xp.pad(x, ((1, 2), (0, 1), (3, 0)), self.mode)

    @testing.numpy_cupy_array_equal()
    def test_bool(self, xp):
        if self.mode in ('linear_ramp', 'mean'):
            return xp.zeros(2)  # NumPy has no differences of bools
        return xp.pad(xp.array([True, False, False]), 2, self.mode)

    @testing.numpy_cupy_array_equal()
    def test_copy(self, xp):
        x = testing.shaped_arange((3,), xp)
        y = xp.pad(x, 0, self.mode)
        y[...] = 7
        return x

    def test_empty(self):
        if self.mode == 'constant':
            testing.assert_array_equal(
                cupy.pad(cupy.ones((2, 0)), 1), numpy.zeros((4, 2)))
            return
        for xp in (numpy, cupy):
            with self.assertRaises(ValueError):
                xp.pad(xp.ones((2, 0)), 1, self.mode)


@testing.gpu
class TestParameters(unittest.TestCase):

    @testing.numpy_cupy_array_list_equal()
    def test_constant_values(self, xp):
        x = testing.shaped_arange((2, 3), xp, 'i')
        return [xp.pad(x, 2, 'constant', constant_values=v) for v in (
            7, (1, 2), ((1, 2), (3, 4)), ((5,), (6,)), 2.7)]

    @testing.numpy_cupy_allclose()
    def test_end_values(self, xp):
        x = testing.shaped_arange((2, 3), xp, 'd')
        return xp.pad(x, ((3, 0), (2, 5)), 'linear_ramp',
                      end_values=((1, 2), (-7, 50)))

    @testing.for_dtypes('bhi')
    @testing.numpy_cupy_array_equal()
    def test_ramp_of_integers(self, xp, dtype):
        x = testing.shaped_arange((5,), xp, dtype)
        return xp.pad(x, (3, 4), 'linear_ramp', end_values=(-9, 30))

    @testing.numpy_cupy_array_list_equal()
    def test_stat_length(self, xp):
        x = testing.shaped_random((4, 5), xp, 'i')
        return [xp.pad(x, 2, mode, stat_length=length)
                for mode in ('maximum', 'mean', 'minimum')
                for length in (1, 2, 7, (2, 3), ((1, 2), (3, 4)))]

    @testing.numpy_cupy_array_equal()
    def test_function(self, xp):
        def fill(vector, widths, axis, keywords):
            before, after = widths
            vector[:before] = 10 * axis + keywords['base']
            vector[len(vector) - after:] = -vector[before]

        x = testing.shaped_arange((2, 3), xp)
        return xp.pad(x, ((1, 2), (2, 1)), fill, base=100)

    @testing.numpy_cupy_raises()
    def test_unknown_mode(self, xp):
        xp.pad(xp.ones(2), 1, 'mirror')

    @testing.numpy_cupy_raises()
    def test_unknown_parameter(self, xp):
        xp.pad(xp.ones(2), 1, 'edge', constant_values=3)

    @testing.numpy_cupy_raises()
    def test_negative(self, xp):
        xp.pad(xp.ones(2), -1, 'edge')

    @testing.numpy_cupy_raises()
    def test_float(self, xp):
        xp.pad(xp.ones(2), 1.5, 'edge')

    @testing.numpy_cupy_raises()
    def test_wrong_shape(self, xp):
        xp.pad(xp.ones((2, 2)), ((1, 2), (3, 4), (5, 6)), 'edge')
