import unittest

import numpy

from cupy import testing

NUMBERS = [0, -0.0, 0.1, -0.5, 0.9, 1, -1, 1.5, -2, 3, 5]
SPECIAL = [numpy.inf, -numpy.inf, numpy.nan, 1000, -1000]


@testing.gpu
@testing.parameterize(*testing.product({'name': [
    'sinh', 'cosh', 'tanh', 'arcsinh', 'arccosh', 'arctanh']}))
class TestHyperbolic(unittest.TestCase):

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
        with testing.NumpyError(invalid='ignore'):
            return getattr(xp, self.name)(x[::-2, 1::2])

    @testing.numpy_cupy_allclose(rtol=1e-6)
    def test_zero_dimensional(self, xp):
        with testing.NumpyError(invalid='ignore'):
            return getattr(xp, self.name)(xp.array(0.5, 'f'))

    @testing.numpy_cupy_allclose()
    def test_empty(self, xp):
        return getattr(xp, self.name)(xp.ones((2, 0), 'f'))
