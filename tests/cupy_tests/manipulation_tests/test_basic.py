import unittest

import numpy

import cupy
from cupy import testing


@testing.gpu
class TestCopyTo(unittest.TestCase):

    @testing.for_all_dtypes_combination(names=['dst_dtype', 'src_dtype'])
    @testing.numpy_cupy_array_equal(accept_error=TypeError)
    def test_types(self, xp, dst_dtype, src_dtype):
        dst = xp.zeros((2, 3), dst_dtype)
        xp.copyto(dst, testing.shaped_arange((2, 3), xp, src_dtype))
        return dst

    @testing.for_all_dtypes()
    @testing.numpy_cupy_array_list_equal()
    def test_unsafe(self, xp, dtype):
        dst = xp.zeros((2, 3), dtype), xp.zeros(2, dtype)
        xp.copyto(dst[0], xp.array([1.5, 0, 100]), 'unsafe')
        xp.copyto(dst[1], 2.5, casting='unsafe')
        return dst

    @testing.for_all_dtypes()
    @testing.numpy_cupy_array_equal(accept_error=TypeError)
    def test_number(self, xp, dtype):
        dst = xp.zeros((2, 3), dtype)
        xp.copyto(dst, 3)
        return dst

    @testing.for_all_dtypes()
    @testing.numpy_cupy_array_equal(accept_error=TypeError)
    def test_float(self, xp, dtype):
        dst = xp.zeros((2, 3), dtype)
        xp.copyto(dst, 2.5)
        return dst

    @testing.numpy_cupy_array_list_equal()
    def test_shapes(self, xp):
        dst = [xp.zeros((2, 3)), xp.zeros((2, 0)), xp.zeros(())]
        xp.copyto(dst[0], testing.shaped_arange((2, 1), xp))
        xp.copyto(dst[1], xp.ones((1, 0)))
        xp.copyto(dst[2], xp.array(3))
        return dst

    @testing.numpy_cupy_array_equal()
    def test_strides(self, xp):
        dst = xp.zeros((4, 6))
        xp.copyto(dst[::-2, 1::2], testing.shaped_arange((3, 2), xp).T)
        return dst

    @testing.numpy_cupy_array_list_equal()
    def test_overlap(self, xp):
        x, y = xp.arange(100000), xp.arange(100000)
        xp.copyto(x[1:], x[:-1])
        xp.copyto(y, y[::-1])
        return x, y

    @testing.for_all_dtypes()
    @testing.numpy_cupy_array_list_equal()
    def test_where(self, xp, dtype):
        mask = xp.array([True, False, True])
        x, y = xp.zeros((2, 3), dtype), xp.zeros((3, 2), dtype).T
        xp.copyto(x, testing.shaped_arange((2, 3), xp, dtype), where=mask)
        xp.copyto(y, dtype(1), where=mask[::-1])
        return x, y

    @testing.numpy_cupy_array_list_equal()
    def test_kinds_of_where(self, xp):
        x = xp.zeros((4, 3), 'i')
        xp.copyto(x[0], 1, where=[1, 0, 1])
        xp.copyto(x[1], 2, where=True)
        xp.copyto(x[2], 3, where=False)
        xp.copyto(x[3], xp.array([4, 5, 6], 'b'), where=[True, False, False])
        return [x]

    @testing.numpy_cupy_array_equal()
    def test_where_converts(self, xp):
        x = xp.zeros(3, 'f')
        xp.copyto(x, xp.array([1e-3, 2, 3]),
                  where=xp.array([True, False, True]))
        return x

    @testing.numpy_cupy_array_equal()
    def test_where_converts_signs(self, xp):
        x = xp.zeros(3, 'q')
        xp.copyto(x, xp.array([1, 2, 2 ** 62 + 1], 'Q'),
                  where=xp.array([True, False, True]))
        return x

    @testing.numpy_cupy_raises()
    def test_too_large_where(self, xp):
        xp.copyto(xp.zeros(3), 1, where=xp.ones((2, 3), '?'))

    @testing.numpy_cupy_raises()
    def test_where_of_integers(self, xp):
        xp.copyto(xp.zeros(3), 1, where=xp.ones(3, 'i'))

    @testing.numpy_cupy_raises()
    def test_wrong_shapes(self, xp):
        xp.copyto(xp.zeros((2, 3)), xp.zeros(2))

    @testing.numpy_cupy_raises()
    def test_too_large(self, xp):
        xp.copyto(xp.zeros(3), xp.zeros((2, 3)))

    @testing.numpy_cupy_raises()
    def test_no_array(self, xp):
        xp.copyto([1, 2], 3)

    @testing.numpy_cupy_raises()
    def test_casting(self, xp):
        xp.copyto(xp.zeros(3), 1, casting='mine')

    def test_array_of_the_host(self):
        with self.assertRaisesRegex(TypeError, 'cupy.asarray'):
            cupy.copyto(cupy.zeros(2), numpy.ones(2))
        with self.assertRaisesRegex(TypeError, 'not into a ndarray'):
            cupy.copyto(numpy.zeros(2), cupy.ones(2))

    @testing.multi_gpu(2)
    def test_devices(self):
        with cupy.cuda.Device(1):
            src = testing.shaped_arange((2, 3))
        dst = cupy.zeros((2, 3), 'f')
        cupy.copyto(dst, src)
        testing.assert_array_equal(dst, src)
        cupy.copyto(src, 3)
        testing.assert_array_equal(src, numpy.full((2, 3), 3))
