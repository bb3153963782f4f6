import unittest

import numpy

import cupy
from cupy import testing


@testing.gpu
class TestArray(unittest.TestCase):

    @testing.for_all_dtypes()
    @testing.numpy_cupy_array_list_equal()
    def test_types(self, xp, dtype):
        x = testing.shaped_arange((2, 3), numpy, dtype)
        return [xp.array(x), xp.array(x.tolist()), xp.array(x[0, 0]),
                xp.array([1, 0], dtype), xp.array(xp.array(x), 'f')]

    @testing.numpy_cupy_array_list_equal()
    def test_objects(self, xp):
        return [xp.array(obj) for obj in (
            3, 2.5, True, [], [[]], [[1, 2], [3, 4]], (1, 2.5), range(3),
            numpy.float32(2))]

    @testing.numpy_cupy_array_list_equal()
    def test_ndmin(self, xp):
        return [xp.array(x, ndmin=n) for n in (0, 1, 2, 3)
                for x in (3, [1, 2], xp.ones((2, 3)), numpy.ones((2, 0)))]

    @testing.numpy_cupy_array_list_equal()
    def test_layouts_of_the_host(self, xp):
        x = testing.shaped_arange((4, 6), numpy)
        return [xp.array(y) for y in (
            x.T, x[::2, ::-1], x[:, 1], numpy.broadcast_to(x[0], (3, 6)),
            x[:0])]

    def test_byte_order(self):
        x = cupy.array(numpy.array([1, 2], '>f4'))
        self.assertEqual(x.dtype, numpy.dtype('f4'))
        testing.assert_array_equal(x, [1, 2])

    def test_strides(self):
        x = testing.shaped_arange((2, 3, 4), numpy)
        for y in (x, x.T, x.transpose(1, 2, 0), x[::-1], x[:, ::2].T):
            self.assertEqual(cupy.array(y).strides, numpy.array(y).strides)
            self.assertEqual(cupy.array(cupy.array(x)).strides, x.strides)

    def test_copy(self):
        x = cupy.ones(3, 'f')
        self.assertIsNot(cupy.array(x), x)
        self.assertIs(cupy.array(x, copy=False), x)
        self.assertIsNot(cupy.array(x, 'd', copy=False), x)
        y = cupy.array(x)
        y.fill(2)
        testing.assert_array_equal(x, [1, 1, 1])

    @testing.numpy_cupy_raises()
    def test_ragged(self, xp):
        xp.array([[1, 2], [3]], 'f')

    def test_objects_are_refused(self):
        for obj in (object(), 'text', [None], 1j):
            with self.assertRaises(TypeError):
                cupy.array(obj)


@testing.gpu
class TestAs(unittest.TestCase):

    def test_arrays_stay(self):
        x = cupy.ones((2, 3), 'f')
        self.assertIs(cupy.asarray(x), x)
        self.assertIs(cupy.asarray(x, 'f'), x)
        self.assertIs(cupy.asanyarray(x), x)
        self.assertIs(cupy.ascontiguousarray(x), x)

    @testing.numpy_cupy_array_list_equal()
    def test_others(self, xp):
        return [f(x) for f in (xp.asarray, xp.asanyarray,
                               xp.ascontiguousarray)
                for x in (3, [1, 2], numpy.ones((2, 3)).T)]

    @testing.numpy_cupy_array_list_equal()
    def test_dtype(self, xp):
        x = testing.shaped_arange((2, 3), xp)
        return [f(x, 'i') for f in (xp.asarray, xp.asanyarray,
                                    xp.ascontiguousarray)]

    @testing.numpy_cupy_array_list_equal()
    def test_contiguous(self, xp):
        x = testing.shaped_arange((4, 6), xp)
        results = [xp.ascontiguousarray(y) for y in (
            x.T, x[::2], x[:, ::-1], x[1:2].T, xp.ones(()))]
        self.assertTrue(all(y.flags.c_contiguous for y in results))
        return results

    @testing.numpy_cupy_array_list_equal()
    def test_copy(self, xp):
        x = testing.shaped_arange((2, 3), xp)
        y, z = xp.copy(x), xp.copy([1, 2])
        x.fill(0)
        return [y, z]

    def test_order_of_copy(self):
        for axes in [(0, 1, 2), (2, 1, 0), (1, 2, 0)]:
            x = testing.shaped_arange((2, 3, 4), numpy).transpose(axes)[::-1]
            self.assertEqual(
                cupy.copy(cupy.array(x)[::-1]).strides,
                numpy.copy(x[::-1]).strides)
