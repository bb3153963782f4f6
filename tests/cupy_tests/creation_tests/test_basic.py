import unittest

import numpy

import cupy
from cupy import testing

SHAPES = [(), 3, (2, 3), [2, 3], (2, 0, 3), numpy.int64(2)]


@testing.gpu
class TestShapes(unittest.TestCase):

    @testing.numpy_cupy_array_list_equal()
    def test_shapes(self, xp):
        return [make(shape) for make in (xp.zeros, xp.ones)
                for shape in SHAPES]

    @testing.for_all_dtypes()
    @testing.numpy_cupy_array_list_equal()
    def test_types(self, xp, dtype):
        return [xp.zeros((2, 3), dtype), xp.ones((2, 3), dtype)]

    @testing.for_all_dtypes()
    def test_empty(self, dtype):
        x = cupy.empty((2, 3), dtype)
        self.assertEqual((x.shape, x.dtype), ((2, 3), dtype))
        self.assertTrue(x.flags.c_contiguous)
        self.assertTrue(x.flags.owndata)

    def test_arrays_do_not_share_memory(self):
        x, y = cupy.zeros(3), cupy.zeros(3)
        x.fill(1)
        testing.assert_array_equal(y, [0, 0, 0])

    @testing.numpy_cupy_raises()
    def test_negative(self, xp):
        xp.zeros((2, -1))

    @testing.numpy_cupy_raises()
    def test_float(self, xp):
        xp.zeros(2.5)


@testing.gpu
class TestEye(unittest.TestCase):

    @testing.numpy_cupy_array_list_equal()
    def test_diagonals(self, xp):
        return [xp.eye(3, 4, k) for k in (-4, -3, -2, 0, 1, 3, 4, 9)]

    @testing.for_all_dtypes()
    @testing.numpy_cupy_array_list_equal()
    def test_types(self, xp, dtype):
        return [xp.eye(3, dtype=dtype), xp.identity(2, dtype)]

    @testing.numpy_cupy_array_list_equal()
    def test_defaults(self, xp):
        return [xp.eye(2), xp.eye(0), xp.eye(2, 0), xp.identity(3)]

    @testing.numpy_cupy_raises()
    def test_negative(self, xp):
        xp.eye(2, -1)

    @testing.numpy_cupy_raises()
    def test_float(self, xp):
        xp.identity(2.)


@testing.gpu
@testing.parameterize(*testing.product({
    'name': ['zeros_like', 'ones_like', 'empty_like']}))
class TestLike(unittest.TestCase):

    def make(self, xp, *args):
        x = getattr(xp, self.name)(*args)
        if self.name == 'empty_like':
            self.assertTrue(x.flags.owndata)
            x.fill(7)
        return x

    @testing.for_all_dtypes()
    @testing.numpy_cupy_array_equal()
    def test_types(self, xp, dtype):
        return self.make(xp, testing.shaped_arange((2, 3), xp, dtype))

    @testing.numpy_cupy_array_equal()
    def test_dtype(self, xp):
        return self.make(xp, xp.ones((2, 0)), 'b')

    @testing.numpy_cupy_array_equal()
    def test_zero_dimensional(self, xp):
        return self.make(xp, xp.ones(()))

    def test_strides(self):
        for axes in [(0, 1, 2), (2, 1, 0), (1, 2, 0)]:
            for step in (1, -1, 2):
                expected, actual = [
                    self.make(xp, xp.ones((2, 3, 4)).transpose(axes)[::step])
                    for xp in (numpy, cupy)]
                self.assertEqual(actual.strides, expected.strides)
                self.assertEqual(actual.shape, expected.shape)

    @testing.numpy_cupy_array_equal()
    def test_list(self, xp):
        return self.make(xp, [[1, 2], [3, 4]])

    def test_array_of_the_host(self):
        with self.assertRaisesRegex(TypeError, 'cupy.asarray'):
            self.make(cupy, numpy.ones(2))


@testing.gpu
class TestFull(unittest.TestCase):

    @testing.for_all_dtypes()
    @testing.numpy_cupy_array_list_equal()
    def test_types(self, xp, dtype):
        return [xp.full((2, 3), 1, dtype), xp.full((2, 0), 17.5, dtype),
                xp.full_like(testing.shaped_arange((2, 3), xp, dtype), 1)]

    @testing.numpy_cupy_array_list_equal()
    def test_type_of_value(self, xp):
        return [xp.full(2, value) for value in (
            True, 3, 2.5, numpy.float32(1), numpy.int8(3), numpy.nan)]

    @testing.numpy_cupy_array_list_equal()
    def test_arrays(self, xp):
        value = testing.shaped_arange((3,), xp, 'h')
        return [xp.full((2, 3), value), xp.full((2, 3), value, 'd'),
                xp.full_like(xp.ones((2, 3)), value), xp.full(2, [3, 4]),
                xp.full(2, xp.array(3, 'b')), xp.full_like([1, 2], 3.5)]

    @testing.numpy_cupy_raises()
    def test_shapes(self, xp):
        xp.full((2, 3), xp.ones(2))
