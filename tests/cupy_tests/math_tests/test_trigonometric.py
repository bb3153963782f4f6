import unittest

import numpy

import cupy
from cupy import testing

NUMBERS = [0, -0.0, 0.1, -0.5, 0.9, 1, -1, 1.5, -2, 3, 50, -100]
SPECIAL = [numpy.inf, -numpy.inf, numpy.nan]


@testing.gpu
@testing.parameterize(*testing.product({'name': [
    'sin', 'cos', 'tan', 'arcsin', 'arccos', 'arctan', 'deg2rad',
    'rad2deg']}))
class TestUnary(unittest.TestCase):

    def compute(self, xp, dtype):
        x = numpy.array(NUMBERS + SPECIAL * (dtype in 'efd'))
        x = abs(x) if dtype in 'BHIQ' else x
        with testing.NumpyError(all='ignore'):
            return getattr(xp, self.name)(xp.array(x.astype(dtype)))

    @testing.for_dtypes('?be')
    @testing.numpy_cupy_allclose(rtol=1e-3)
    def test_half(self, xp, dtype):
        return self.compute(xp, numpy.dtype(dtype).char)

    @testing.for_dtypes('Hf')
    @testing.numpy_cupy_allclose(rtol=1e-6)
    def test_single(self, xp, dtype):
        return self.compute(xp, numpy.dtype(dtype).char)

    @testing.for_dtypes('iQd')
    @testing.numpy_cupy_allclose(rtol=1e-14)
    def test_double(self, xp, dtype):
        return self.compute(xp, numpy.dtype(dtype).char)

    @testing.numpy_cupy_allclose(rtol=1e-6)
    def test_strides(self, xp):
        x = testing.shaped_random((4, 6), xp, scale=1)
        return getattr(xp, self.name)(x[::-2, 1::2])

    @testing.numpy_cupy_allclose(rtol=1e-6)
    def test_zero_dimensional(self, xp):
        return getattr(xp, self.name)(xp.array(0.5, 'f'))

    @testing.numpy_cupy_allclose()
    def test_empty(self, xp):
        return getattr(xp, self.name)(xp.ones((2, 0), 'f'))


@testing.gpu
@testing.parameterize(*testing.product({'name': ['hypot', 'arctan2']}))
class TestBinary(unittest.TestCase):

    def compute(self, xp, dtype):
        numbers = numpy.array(
            [0, -0.0, 0.5, -3, 4] + SPECIAL * (dtype in 'efd'))
        numbers = abs(numbers) if dtype in 'BHIQ' else numbers
        x = xp.array(numbers.astype(dtype))
        return getattr(xp, self.name)(x[:, None], x[None, :])

    @testing.for_dtypes('?be')
    @testing.numpy_cupy_allclose(rtol=1e-3)
    def test_half(self, xp, dtype):
        return self.compute(xp, numpy.dtype(dtype).char)

    @testing.for_dtypes('Hf')
    @testing.numpy_cupy_allclose(rtol=1e-6)
    def test_single(self, xp, dtype):
        return self.compute(xp, numpy.dtype(dtype).char)

    @testing.for_dtypes('iQd')
    @testing.numpy_cupy_allclose(rtol=1e-14)
    def test_double(self, xp, dtype):
        return self.compute(xp, numpy.dtype(dtype).char)

    @testing.for_all_dtypes_combination(names=['x_dtype', 'y_dtype'])
    @testing.numpy_cupy_allclose(rtol=2e-3)
    def test_types(self, xp, x_dtype, y_dtype):
        x = testing.shaped_arange((2, 3), xp, x_dtype)
        y = testing.shaped_reverse_arange((2, 3), xp, y_dtype)
        return getattr(xp, self.name)(x, y)


@testing.gpu
class TestHypot(unittest.TestCase):

    def test_large(self):
        # The squares alone would overflow.
        x = cupy.array([3e30, 3e-30], 'f')
        testing.assert_allclose(cupy.hypot(x, x * 4 / 3),
                                numpy.array([5e30, 5e-30], 'f'), rtol=1e-6)
