import unittest

import numpy

from cupy import testing


def bits(xp, dtype):
    dtype = numpy.dtype(dtype)
    if dtype == numpy.bool_:
        return xp.array([False, True])
    info = numpy.iinfo(dtype)
    return xp.array([0, 1, 5, info.max, info.min, info.max // 3], dtype)


@testing.gpu
@testing.parameterize(*testing.product({
    'name': ['bitwise_and', 'bitwise_or', 'bitwise_xor']}))
class TestBitwise(unittest.TestCase):

    @testing.for_int_dtypes()
    @testing.numpy_cupy_array_equal()
    def test_types(self, xp, dtype):
        x = bits(xp, dtype)
        return getattr(xp, self.name)(x[:, None], x)

    @testing.for_int_dtypes_combination(names=['x_dtype', 'y_dtype'])
    @testing.numpy_cupy_array_equal(accept_error=TypeError)
    def test_mixed(self, xp, x_dtype, y_dtype):
        x, y = bits(xp, x_dtype), bits(xp, y_dtype)
        return getattr(xp, self.name)(x[:, None], y)

    @testing.for_float_dtypes()
    @testing.numpy_cupy_raises()
    def test_floats(self, xp, dtype):
        getattr(xp, self.name)(xp.ones(2, dtype), xp.ones(2, dtype))


@testing.gpu
class TestInvert(unittest.TestCase):

    @testing.for_int_dtypes()
    @testing.numpy_cupy_array_equal()
    def test_types(self, xp, dtype):
        return xp.invert(bits(xp, dtype))

    @testing.numpy_cupy_raises()
    def test_floats(self, xp):
        xp.invert(xp.ones(2))


@testing.gpu
@testing.parameterize(*testing.product({
    'name': ['left_shift', 'right_shift']}))
class TestShift(unittest.TestCase):

    @testing.for_int_dtypes()
    @testing.numpy_cupy_array_equal()
    def test_types(self, xp, dtype):
        x = bits(xp, dtype)
        return getattr(xp, self.name)(x[:, None], xp.arange(5).astype(dtype))

    @testing.for_int_dtypes(no_bool=True)
    @testing.numpy_cupy_array_equal()
    def test_beyond_the_width(self, xp, dtype):
        width = 8 * numpy.dtype(dtype).itemsize
        n = xp.array([width - 1, width, width + 1, 100], dtype)
        return getattr(xp, self.name)(bits(xp, dtype)[:, None], n)

    @testing.numpy_cupy_raises()
    def test_floats(self, xp):
        getattr(xp, self.name)(xp.ones(2), 1)
