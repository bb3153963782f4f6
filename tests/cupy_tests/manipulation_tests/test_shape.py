import unittest

import numpy

import cupy
from cupy import testing


@testing.gpu
class TestReshape(unittest.TestCase):

    @testing.numpy_cupy_array_list_equal()
    def test_shapes(self, xp):
        x = testing.shaped_arange((2, 3, 4), xp)
        return [xp.reshape(x, shape) for shape in (
            24, (4, 6), (2, -1), -1, (2, 3, 1, 4, 1), [3, 8], (1, 24))]

    @testing.numpy_cupy_array_list_equal()
    def test_strides(self, xp):
        x = testing.shaped_arange((4, 6), xp)
        return [xp.reshape(y, shape) for y in (
            x.T, x[::2], x[:, ::-1], x[::-1, ::2].T)
            for shape in (-1, (2, -1), (1, -1, 1))]

    def test_views(self):
        def shares(xp, x, shape):
            x.fill(0)
            xp.reshape(x, shape).fill(1)
            return bool(x.sum() == x.size) if xp is numpy else (
                bool((x == 1).get().all()))

        views = [[shares(xp, x, shape)
                  for base in (xp.zeros((4, 6)), xp.zeros((4, 6)).T)
                  for x in (base, base[::2], base[:, 1:3], base[::-1])
                  for shape in (-1, (2, -1), x.shape + (1,))]
                 for xp in (numpy, cupy)]
        self.assertEqual(*views)
        self.assertEqual(set(views[0]), {True, False})

    @testing.numpy_cupy_array_list_equal()
    def test_empty(self, xp):
        x = xp.ones((2, 0, 3))
        return [xp.reshape(x, shape) for shape in (
            0, (0, 5), (3, 0), (5, -1))]

    @testing.numpy_cupy_array_list_equal()
    def test_zero_dimensional(self, xp):
        return [xp.reshape(xp.array(3), ()), xp.reshape(xp.array(3), (1, 1)),
                xp.reshape(xp.array([3]), ()), xp.reshape([1, 2], (2, 1))]

    @testing.numpy_cupy_raises()
    def test_wrong_size(self, xp):
        xp.reshape(xp.ones(6), (2, 2))

    @testing.numpy_cupy_raises()
    def test_wrong_multiple(self, xp):
        xp.reshape(xp.ones(6), (4, -1))

    @testing.numpy_cupy_raises()
    def test_two_unknowns(self, xp):
        xp.reshape(xp.ones(6), (-1, -1))

    @testing.numpy_cupy_raises()
    def test_ambiguous(self, xp):
        xp.reshape(xp.ones((2, 0)), (0, -1))


@testing.gpu
class TestRavel(unittest.TestCase):

    @testing.numpy_cupy_array_list_equal()
    def test_ravel(self, xp):
        x = testing.shaped_arange((4, 6), xp)
        return [xp.ravel(y) for y in (
            x, x.T, x[::2, ::-1], x[:0], xp.array(3), [[1, 2]])]

    def test_view(self):
        x = cupy.zeros((2, 3))
        cupy.ravel(x).fill(1)
        testing.assert_array_equal(x, numpy.ones((2, 3)))
