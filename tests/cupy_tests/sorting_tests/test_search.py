import unittest

import numpy

import cupy
from cupy import testing


@testing.gpu
@testing.parameterize({'name': 'argmax'}, {'name': 'argmin'})
class TestArg(unittest.TestCase):

    @testing.for_all_dtypes()
    @testing.numpy_cupy_array_equal()
    def test_types(self, xp, dtype):
        return getattr(xp, self.name)(
            testing.shaped_random((3, 4), xp, dtype), 1)

    @testing.numpy_cupy_array_list_equal()
    def test_layouts(self, xp):
        f = getattr(xp, self.name)
        x = testing.shaped_random((4, 6, 2), xp)
        return [f(y, axis) for y in (x.T, x[::-2, 1::2], x[:, :, :1])
                for axis in (None, 0, 1, 2)] + [f(xp.array(3)), f([3, 1, 4])]

    @testing.numpy_cupy_array_list_equal()
    def test_ties_and_nan(self, xp):
        f = getattr(xp, self.name)
        return [f(xp.array(x)) for x in (
            [1, 1, 0, 0], [1, numpy.nan, 2, numpy.nan, 0],
            [numpy.inf, -numpy.inf], [True, False, True])]

    @testing.numpy_cupy_array_equal()
    def test_keepdims(self, xp):
        x = testing.shaped_random((3, 4), xp)
        return getattr(xp, self.name)(x, 1, keepdims=True)

    def test_dtype(self):
        x = getattr(cupy, self.name)(cupy.arange(3), dtype='i')
        self.assertEqual(x.dtype, numpy.int32)

    @testing.numpy_cupy_array_equal()
    def test_out(self, xp):
        out = xp.zeros(4, 'q')
        x = testing.shaped_random((3, 4), xp)
        self.assertIs(getattr(xp, self.name)(x, 0, out=out), out)
        return out

    @testing.numpy_cupy_raises()
    def test_empty(self, xp):
        getattr(xp, self.name)(xp.ones((2, 0)), 1)

    @testing.numpy_cupy_array_equal()
    def test_no_results(self, xp):
        return getattr(xp, self.name)(xp.ones((2, 0)), 0)

    @testing.numpy_cupy_raises()
    def test_wrong_axis(self, xp):
        getattr(xp, self.name)(xp.ones(3), 1)


@testing.gpu
class TestNonzero(unittest.TestCase):

    @testing.for_all_dtypes()
    @testing.numpy_cupy_array_list_equal()
    def test_types(self, xp, dtype):
        x = xp.array([[0, 1, 0], [2, 0, 3]]).astype(dtype)
        return [*xp.nonzero(x), xp.flatnonzero(x), *xp.where(x)]

    @testing.numpy_cupy_array_list_equal()
    def test_layouts(self, xp):
        x = testing.shaped_random((4, 6, 2), xp, 'b', 2)
        arrays = x.T, x[::-2, 1::2], x[:0], x[:, 0, 0]
        return [z for y in arrays for z in (*xp.nonzero(y),
                                            xp.flatnonzero(y))]

    @testing.numpy_cupy_array_list_equal()
    def test_floats(self, xp):
        return xp.nonzero(xp.array([0, -0.0, numpy.nan, 1e-300]))

    @testing.numpy_cupy_array_list_equal()
    def test_list(self, xp):
        return [*xp.nonzero([0, 3]), xp.flatnonzero([[0, 3]])]


@testing.gpu
class TestWhere(unittest.TestCase):

    @testing.for_all_dtypes_combination(names=['x_dtype', 'y_dtype'])
    @testing.numpy_cupy_array_equal()
    def test_types(self, xp, x_dtype, y_dtype):
        condition = testing.shaped_random((2, 3), xp, '?')
        return xp.where(condition, testing.shaped_arange((2, 3), xp, x_dtype),
                        testing.shaped_reverse_arange((2, 3), xp, y_dtype))

    @testing.for_all_dtypes()
    @testing.numpy_cupy_array_equal()
    def test_types_of_condition(self, xp, dtype):
        condition = xp.array([0, 2, 1, 0]).astype(dtype)
        return xp.where(condition, xp.arange(4), -xp.arange(4))

    @testing.for_dtypes('?bQef')
    @testing.numpy_cupy_array_list_equal()
    def test_numbers(self, xp, dtype):
        x = testing.shaped_arange((3,), xp, dtype)
        condition = xp.array([True, False, True])
        return [xp.where(condition, x, 1), xp.where(condition, 1, x),
                xp.where(condition, x, 2.5), xp.where(condition, x, True),
                xp.where(condition, x, numpy.float32(3))]

    @testing.numpy_cupy_array_list_equal()
    def test_only_numbers(self, xp):
        condition = xp.array([True, False])
        return [xp.where(condition, 1, 2.5), xp.where(condition, 1, 0),
                xp.where(True, 1, 2), xp.where(condition, [1, 2], (3, 4))]

    @testing.numpy_cupy_array_list_equal()
    def test_layouts(self, xp):
        x = testing.shaped_arange((4, 6), xp)
        condition = x % 3 == 0
        return [xp.where(condition[::-1], x, x[0, ::-1]),
                xp.where(condition[0], x[:, :1], 2),
                xp.where(condition[:0], x[:0], 1),
                xp.where(xp.array(True), x.T, 0)]

    @testing.numpy_cupy_raises()
    def test_one_missing(self, xp):
        xp.where(xp.ones(2), xp.ones(2))

    @testing.numpy_cupy_raises()
    def test_mismatch(self, xp):
        xp.where(xp.ones(2), xp.ones(3), xp.ones(2))

    def test_array_of_the_host(self):
        with self.assertRaisesRegex(TypeError, 'cupy.asarray'):
            cupy.where(cupy.ones(2), numpy.ones(2), 0)
