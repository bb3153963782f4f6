import unittest

import numpy

import cupy
from cupy import testing

NUMBERS = [0, -0.0, 0.1, -0.5, 1, -1, 2, 3, 10, 1e-3, -5]
SPECIAL = [numpy.inf, -numpy.inf, numpy.nan, 1000, -1000]


@testing.gpu
@testing.parameterize(*testing.product({'name': [
    'exp', 'expm1', 'exp2', 'log', 'log10', 'log2', 'log1p']}))
class TestUnary(unittest.TestCase):

    def compute(self, xp, dtype):
        x = numpy.array(NUMBERS + SPECIAL * (dtype in 'efd'))
        x = abs(x) if dtype in 'BHIQ' else x
        with testing.NumpyError(all='ignore'):
            return getattr(xp, self.name)(xp.array(x.astype(dtype)))

    @testing.for_dtypes('?be')
    @testing.numpy_cupy_allclose(rtol=1e-3, atol=1e-7)
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
class TestSmall(unittest.TestCase):

    def test_expm1_and_log1p(self):
        x = cupy.array([1e-12])
        testing.assert_allclose(cupy.expm1(x), [1e-12], rtol=1e-11)
        testing.assert_allclose(cupy.log1p(x), [1e-12], rtol=1e-11)


@testing.gpu
@testing.parameterize(*testing.product({'name': ['logaddexp', 'logaddexp2']}))
class TestLogAddExp(unittest.TestCase):

    def compute(self, xp, dtype):
        numbers = numpy.array(
            [0, 1, -3, 60] + SPECIAL * (dtype in 'efd'))
        numbers = abs(numbers) if dtype in 'BHIQ' else numbers
        x = xp.array(numbers.astype(dtype))
        with testing.NumpyError(all='ignore'):
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
