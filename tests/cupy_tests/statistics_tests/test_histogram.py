import unittest

import numpy

import cupy
from cupy import testing


@testing.gpu
class TestBincount(unittest.TestCase):

    @testing.for_all_dtypes()
    @testing.numpy_cupy_array_equal(accept_error=TypeError)
    def test_types(self, xp, dtype):
        return xp.bincount(xp.array([0, 3, 1, 3, 3, 1]).astype(dtype))

    @testing.for_all_dtypes_combination(names=['x_dtype', 'w_dtype'])
    @testing.numpy_cupy_allclose(accept_error=TypeError)
    def test_weights(self, xp, x_dtype, w_dtype):
        x = xp.array([0, 3, 1, 3, 3, 1]).astype(x_dtype)
        return xp.bincount(x, testing.shaped_arange((6,), xp, w_dtype))

    @testing.numpy_cupy_array_list_equal()
    def test_minlength(self, xp):
        x = xp.array([2, 0, 2])
        return [xp.bincount(x, minlength=n) for n in (0, 1, 3, 7)] + [
            xp.bincount(x, xp.ones(3, 'f'), 7)]

    @testing.numpy_cupy_array_list_equal()
    def test_layouts(self, xp):
        x = testing.shaped_arange((4, 6), xp, 'i')
        return [xp.bincount(x[1, ::-2]), xp.bincount(x[:, 2], x[:, 1]),
                xp.bincount([1, 1, 2])]

    @testing.numpy_cupy_array_list_equal()
    def test_empty(self, xp):
        x = xp.array([], 'i')
        return [xp.bincount(x), xp.bincount(x, minlength=2),
                xp.bincount(x, xp.array([]), 2)]

    def test_many(self):
        x = cupy.arange(200000) % 7
        expected = numpy.bincount(numpy.arange(200000) % 7)
        testing.assert_array_equal(cupy.bincount(x), expected)
        testing.assert_array_equal(
            cupy.bincount(x, cupy.ones(200000)), expected)

    @testing.numpy_cupy_raises()
    def test_negative(self, xp):
        xp.bincount(xp.array([1, -1]))

    @testing.numpy_cupy_raises()
    def test_floats(self, xp):
        xp.bincount(xp.array([1.]))

    @testing.numpy_cupy_raises()
    def test_no_floats(self, xp):
        xp.bincount(xp.array([], 'f'))

    @testing.numpy_cupy_raises()
    def test_huge(self, xp):
        xp.bincount(xp.array([2 ** 63], 'Q'))

    @testing.numpy_cupy_raises()
    def test_matrix(self, xp):
        xp.bincount(xp.ones((2, 2), 'i'))

    @testing.numpy_cupy_raises()
    def test_zero_dimensional(self, xp):
        xp.bincount(xp.array(3))

    @testing.numpy_cupy_raises()
    def test_sizes(self, xp):
        xp.bincount(xp.array([1, 2]), xp.ones(3))

    @testing.numpy_cupy_raises()
    def test_negative_minlength(self, xp):
        xp.bincount(xp.array([1]), minlength=-1)

    @testing.numpy_cupy_raises()
    def test_float_minlength(self, xp):
        xp.bincount(xp.array([1]), minlength=1.5)
