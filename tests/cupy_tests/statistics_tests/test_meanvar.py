import unittest

import numpy

import cupy
from cupy import testing


@testing.gpu
@testing.parameterize({'name': 'mean'}, {'name': 'var'}, {'name': 'std'})
class TestMeanVar(unittest.TestCase):

    @testing.for_all_dtypes()
    @testing.numpy_cupy_allclose(rtol=2e-3)
    def test_types(self, xp, dtype):
        return getattr(xp, self.name)(
            testing.shaped_arange((2, 3), xp, dtype), 1)

    @testing.numpy_cupy_allclose(rtol=1e-6)
    def test_single(self, xp):
        x = testing.shaped_random((20, 30), xp) + 100
        return getattr(xp, self.name)(x)

    @testing.numpy_cupy_allclose(rtol=1e-12)
    def test_layouts(self, xp):
        x = testing.shaped_random((4, 6, 8), xp, 'd')[::-1, ::2]
        f = getattr(xp, self.name)
        return xp.concatenate([
            f(x, axis, keepdims=True).ravel()
            for axis in (None, 0, 1, -1, (0, 2))])

    @testing.numpy_cupy_allclose(rtol=1e-6)
    def test_dtype(self, xp):
        x = testing.shaped_arange((2, 3), xp, 'b')
        return getattr(xp, self.name)(x, 0, 'f')

    @testing.numpy_cupy_allclose(rtol=1e-6)
    def test_out(self, xp):
        out = xp.zeros(3)
        x = testing.shaped_arange((2, 3), xp, 'd')
        self.assertIs(getattr(xp, self.name)(x, 0, out=out), out)
        return out

    @testing.numpy_cupy_allclose()
    def test_list(self, xp):
        return getattr(xp, self.name)([1, 2, 6])

    @testing.numpy_cupy_raises()
    def test_wrong_axis(self, xp):
        getattr(xp, self.name)(xp.ones(3), 1)

    def test_array_of_the_host(self):
        with self.assertRaisesRegex(TypeError, 'cupy.asarray'):
            getattr(cupy, self.name)(numpy.ones(2))


@testing.gpu
@testing.parameterize({'name': 'var'}, {'name': 'std'})
class TestDegreesOfFreedom(unittest.TestCase):

    @testing.for_all_dtypes()
    @testing.numpy_cupy_allclose(rtol=2e-3)
    def test_ddof(self, xp, dtype):
        return getattr(xp, self.name)(
            testing.shaped_arange((2, 3), xp, dtype), 1, ddof=1)

    @testing.numpy_cupy_allclose(rtol=1e-12)
    def test_keepdims(self, xp):
        return getattr(xp, self.name)(
            testing.shaped_arange((2, 3), xp, 'd'), None, None, None, 2, True)
