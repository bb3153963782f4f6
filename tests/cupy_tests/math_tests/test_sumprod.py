import unittest

import numpy

import cupy
from cupy import testing


@testing.gpu
@testing.parameterize(*testing.product({'name': ['sum', 'prod']}))
class TestSumProd(unittest.TestCase):

    @testing.for_all_dtypes()
    @testing.numpy_cupy_allclose(rtol=1e-3)
    def test_types(self, xp, dtype):
        return getattr(xp, self.name)(
            testing.shaped_arange((2, 3), xp, dtype))

    @testing.numpy_cupy_allclose(rtol=1e-6)
    def test_axes(self, xp):
        x = testing.shaped_random((2, 3, 4), xp)
        return getattr(xp, self.name)(x, (0, -1), keepdims=True)

    @testing.numpy_cupy_allclose(rtol=1e-6)
    def test_strides(self, xp):
        x = testing.shaped_random((4, 6), xp)[::-2, 1::2]
        return getattr(xp, self.name)(x, 1)

    @testing.numpy_cupy_allclose()
    def test_dtype(self, xp):
        x = testing.shaped_arange((2, 3), xp, 'b')
        return getattr(xp, self.name)(x, 0, 'f')

    @testing.numpy_cupy_allclose()
    def test_out(self, xp):
        x = testing.shaped_arange((2, 3), xp)
        out = xp.zeros(3, 'd')
        self.assertIs(getattr(xp, self.name)(x, 0, out=out), out)
        return out

    @testing.numpy_cupy_allclose()
    def test_empty(self, xp):
        return getattr(xp, self.name)(xp.ones((0, 2), 'f'), 0)

    @testing.numpy_cupy_allclose()
    def test_list(self, xp):
        return getattr(xp, self.name)([[1, 2], [3, 4]], 0)

    @testing.numpy_cupy_raises()
    def test_axis(self, xp):
        getattr(xp, self.name)(xp.ones((2, 3)), 2)

    @testing.numpy_cupy_raises()
    def test_duplicate_axis(self, xp):
        getattr(xp, self.name)(xp.ones((2, 3)), (0, -2))

    def test_array_of_the_host(self):
        with self.assertRaisesRegex(TypeError, 'cupy.asarray'):
            getattr(cupy, self.name)(numpy.ones(2))
