import unittest

import numpy

import cupy
from cupy import testing

PAIRS = [((2, 3), (3, 4)), ((2, 3), (3,)), ((3,), (3, 2)), ((3,), (3,)),
         ((), (2, 3)), ((2, 3), ()), ((), ()), ((2, 3, 4), (4, 5)),
         ((2, 3, 4), (5, 4, 2)), ((4,), (3, 4, 2)), ((2, 0), (0, 3)),
         ((0, 3), (3, 2)), ((1, 1), (1, 1)), ((0,), (0,))]


@testing.gpu
class TestDot(unittest.TestCase):

    @testing.for_all_dtypes_combination(names=['a_dtype', 'b_dtype'])
    @testing.numpy_cupy_allclose(rtol=1e-3)
    def test_types(self, xp, a_dtype, b_dtype):
        a = testing.shaped_arange((2, 3), xp, a_dtype)
        b = testing.shaped_arange((3, 2), xp, b_dtype)
        return xp.dot(a, b)

    @testing.for_dtypes('fd')
    @testing.numpy_cupy_array_list_equal()
    def test_shapes(self, xp, dtype):
        return [xp.dot(testing.shaped_arange(a, xp, dtype),
                       testing.shaped_arange(b, xp, dtype))
                for a, b in PAIRS]

    @testing.numpy_cupy_array_list_equal()
    def test_strides(self, xp):
        x = testing.shaped_arange((4, 6), xp)
        return [xp.dot(a, b) for a, b in (
            (x, x.T), (x.T, x), (x[::-1], x.T), (x[:, ::2], x[:3, 1:3]),
            (x[0, ::2], x[:3, 0]), (x[:, 0], x[:, ::-2]))]

    @testing.numpy_cupy_array_equal()
    def test_out(self, xp):
        a = testing.shaped_arange((2, 3), xp)
        out = xp.zeros((2, 2), 'f')
        self.assertIs(xp.dot(a, a.T, out), out)
        return out

    @testing.numpy_cupy_array_list_equal()
    def test_other_arguments(self, xp):
        return [xp.dot([1, 2], [[3, 4], [5, 6]]), xp.dot(2, xp.arange(3)),
                xp.dot(3, 4)]

    @testing.numpy_cupy_raises()
    def test_mismatch(self, xp):
        xp.dot(xp.ones((2, 3)), xp.ones((2, 3)))

    @testing.numpy_cupy_raises()
    def test_mismatch_of_vectors(self, xp):
        xp.dot(xp.ones(2), xp.ones(3))

    def test_array_of_the_host(self):
        with self.assertRaisesRegex(TypeError, 'cupy.asarray'):
            cupy.dot(cupy.ones(2), numpy.ones(2))


@testing.gpu
class TestVdot(unittest.TestCase):

    @testing.for_all_dtypes_combination(names=['a_dtype', 'b_dtype'])
    @testing.numpy_cupy_allclose(rtol=1e-3)
    def test_types(self, xp, a_dtype, b_dtype):
        return xp.vdot(testing.shaped_arange((5,), xp, a_dtype),
                       testing.shaped_reverse_arange((5,), xp, b_dtype))

    @testing.numpy_cupy_array_list_equal()
    def test_shapes(self, xp):
        x = testing.shaped_arange((2, 3), xp)
        return [xp.vdot(a, b) for a, b in (
            (x, x[::-1]), (x, x.T), (x[0, ::-1], x[1]), (x[:0], x[:, :0]),
            (2, 3), ([1, 2], xp.arange(2)))]

    @testing.numpy_cupy_raises()
    def test_mismatch(self, xp):
        xp.vdot(xp.ones(2), xp.ones(3))


@testing.gpu
class TestInner(unittest.TestCase):

    @testing.for_all_dtypes_combination(names=['a_dtype', 'b_dtype'])
    @testing.numpy_cupy_allclose(rtol=1e-3)
    def test_types(self, xp, a_dtype, b_dtype):
        return xp.inner(testing.shaped_arange((2, 3), xp, a_dtype),
                        testing.shaped_arange((4, 3), xp, b_dtype))

    @testing.numpy_cupy_array_list_equal()
    def test_shapes(self, xp):
        x = testing.shaped_arange((2, 3), xp)
        y = testing.shaped_arange((4, 2, 3), xp)
        return [xp.inner(a, b) for a, b in (
            (x[0], x[1, ::-1]), (x, x[0]), (x, y), (y, y), (2, x), (x, 2),
            (2, 3), (x[:, :0], x[:, :0]), ([1, 2], [3, 4]))]

    @testing.numpy_cupy_raises()
    def test_mismatch(self, xp):
        xp.inner(xp.ones((2, 3)), xp.ones((3, 2)))


@testing.gpu
class TestOuter(unittest.TestCase):

    @testing.for_all_dtypes_combination(names=['a_dtype', 'b_dtype'])
    @testing.numpy_cupy_array_equal()
    def test_types(self, xp, a_dtype, b_dtype):
        return xp.outer(testing.shaped_arange((4,), xp, a_dtype),
                        testing.shaped_arange((2,), xp, b_dtype))

    @testing.numpy_cupy_array_list_equal()
    def test_shapes(self, xp):
        x = testing.shaped_arange((2, 3), xp)
        return [xp.outer(a, b) for a, b in (
            (x, x.T), (x[0, ::-1], 2), (2, 3), (x[:0], x), ([1], [2, 3]))]

    @testing.numpy_cupy_array_equal()
    def test_out(self, xp):
        out = xp.zeros((2, 3))
        self.assertIs(xp.outer(xp.arange(2), xp.arange(3), out), out)
        return out

    @testing.numpy_cupy_raises()
    def test_wrong_out(self, xp):
        xp.outer(xp.arange(2), xp.arange(3), xp.zeros((3, 2)))


@testing.gpu
class TestTensorDot(unittest.TestCase):

    @testing.for_all_dtypes_combination(names=['a_dtype', 'b_dtype'])
    @testing.numpy_cupy_allclose(rtol=2e-3)
    def test_types(self, xp, a_dtype, b_dtype):
        return xp.tensordot(testing.shaped_random((2, 3, 4), xp, a_dtype, 3),
                            testing.shaped_random((3, 4, 2), xp, b_dtype, 3))

    @testing.numpy_cupy_array_list_equal()
    def test_axes(self, xp):
        a = testing.shaped_arange((2, 3, 4), xp)
        b = testing.shaped_arange((4, 3, 2), xp)
        return [xp.tensordot(a, b, axes) for axes in (
            0, 1, (0, 2), (-1, 0), ((0, 1), (2, 1)), ((2, 0), (0, -1)),
            ([0, 1, 2], [2, 1, 0]), ((), ()))]

    @testing.numpy_cupy_array_list_equal()
    def test_strides(self, xp):
        a = testing.shaped_arange((4, 6, 2), xp)[::-1, ::2]
        return [xp.tensordot(a, a.transpose(1, 0, 2), ((0, 1), (1, 0))),
                xp.tensordot(a.T, a, ((1, 2), (1, 0)))]

    @testing.numpy_cupy_array_list_equal()
    def test_empty(self, xp):
        a = xp.ones((2, 0, 3))
        return [xp.tensordot(a, a, axes) for axes in (
            0, (1, 1), ((0, 2), (0, 2)), (2, 2))]

    @testing.numpy_cupy_array_list_equal()
    def test_other_arguments(self, xp):
        return [xp.tensordot([[1, 2]], [[3], [4]], 1), xp.tensordot(2, 3, 0)]

    @testing.numpy_cupy_raises()
    def test_mismatch(self, xp):
        xp.tensordot(xp.ones((2, 3)), xp.ones((2, 3)), 1)

    @testing.numpy_cupy_raises()
    def test_different_numbers(self, xp):
        xp.tensordot(xp.ones((2, 3)), xp.ones((2, 3)), ((0, 1), (0,)))

    @testing.numpy_cupy_raises()
    def test_twice(self, xp):
        xp.tensordot(xp.ones((2, 2)), xp.ones((2, 2)), ((0, 0), (0, 1)))

    @testing.numpy_cupy_raises()
    def test_wrong_axis(self, xp):
        xp.tensordot(xp.ones((2, 2)), xp.ones((2, 2)), (2, 0))

    @testing.numpy_cupy_raises()
    def test_too_many(self, xp):
        xp.tensordot(xp.ones((2, 2)), xp.ones((2, 2)), 3)

    @testing.numpy_cupy_raises()
    def test_float(self, xp):
        xp.tensordot(xp.ones((2, 2)), xp.ones((2, 2)), 1.)

    def test_negative(self):
        with self.assertRaisesRegex(ValueError, '-1 axes'):
            cupy.tensordot(cupy.ones(2), cupy.ones(2), -1)
