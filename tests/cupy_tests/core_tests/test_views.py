import itertools
import unittest

import numpy

import cupy
from cupy import testing


def shape_and_strides(x):
    """Both, but for strides that say nothing: those of extents of 1."""
    return x.shape, [s for s, n in zip(x.strides, x.shape) if n > 1]


class TestViews(unittest.TestCase):

    def check(self, function, a, is_view=True):
        x = cupy.array(a)
        expected, actual = function(a), function(x)
        testing.assert_array_equal(actual, expected)
        self.assertEqual(shape_and_strides(actual),
                         shape_and_strides(expected))
        if expected.size == 0:
            return
        self.assertEqual(actual.base is not None,
                         numpy.shares_memory(a, expected))
        if is_view:
            offset = (expected.__array_interface__['data'][0] -
                      a.__array_interface__['data'][0])
            self.assertEqual(actual.data.ptr - x.data.ptr, offset)

    def test_reshape(self):
        a = numpy.arange(24).reshape(2, 3, 4)
        for shape in ((24,), (6, 4), (2, 12), (4, 3, 2), (1, 24, 1), -1,
                      (-1, 4), (2, -1, 2), [3, 8], (2, 3, 4), (1, 2, 3, 4)):
            self.check(lambda x, shape=shape: x.reshape(shape), a)
        self.check(lambda x: x.reshape(4, 6), a)
        self.check(lambda x: x.reshape(0, 5), numpy.zeros((5, 0, 2)), False)
        self.check(lambda x: x.reshape(()), numpy.zeros((1, 1)))
        self.check(lambda x: x.reshape(1, 1), numpy.array(3))

    def test_reshape_of_views(self):
        a = numpy.arange(120).reshape(4, 5, 6)
        views = [lambda x: x[::2], lambda x: x[:, ::2], lambda x: x[..., ::2],
                 lambda x: x[:, 1:3], lambda x: x.T, lambda x: x[::-1],
                 lambda x: x.swapaxes(0, 1), lambda x: x[:, :1]]
        shapes = [(2, 5, 2, 3), (20, 3), (4, 15), (-1,), (2, 2, -1),
                  (-1, 1, 6), (1, -1, 1, 3)]
        x = cupy.array(a)
        for view, shape in itertools.product(views, shapes):
            try:
                expected = view(a).reshape(shape)
            except ValueError:
                with self.assertRaises(ValueError):
                    view(x).reshape(shape)
                continue
            actual = view(x).reshape(shape)
            testing.assert_array_equal(actual, expected)
            self.assertEqual(shape_and_strides(actual),
                             shape_and_strides(expected))
            self.assertEqual(actual.base is not None,
                             numpy.shares_memory(a, expected))

    def test_reshape_refuses(self):
        x = cupy.zeros((2, 3))
        for shape in ((4,), (-1, 4), (-1, -1), (0, -1), (2, 4)):
            with self.assertRaises(ValueError):
                x.reshape(shape)
        with self.assertRaises(TypeError):
            x.reshape(2.0, 3)

    def test_shape_can_be_set(self):
        x = cupy.arange(6)
        x.shape = 2, -1
        testing.assert_array_equal(x, [[0, 1, 2], [3, 4, 5]])
        y = x.T
        with self.assertRaisesRegex(AttributeError, 'without a copy'):
            y.shape = (6,)
        self.assertEqual(y.shape, (3, 2))

    def test_transpose(self):
        a = numpy.arange(24).reshape(2, 3, 4)
        for axes in itertools.permutations(range(3)):
            self.check(lambda x, axes=axes: x.transpose(axes), a)
            self.check(lambda x, axes=axes: x.transpose(*axes), a)
        self.check(lambda x: x.T, a)
        self.check(lambda x: x.transpose(), a)
        self.check(lambda x: x.transpose(None), a)
        self.check(lambda x: x.transpose(-1, 0, -2), a)
        self.check(lambda x: x.T, numpy.array(1))
        for axes in ((0, 1), (0, 0, 1), (0, 1, 3)):
            with self.assertRaises(ValueError):
                cupy.array(a).transpose(axes)

    def test_swapaxes(self):
        a = numpy.arange(24).reshape(2, 3, 4)
        self.check(lambda x: x.swapaxes(0, -1), a)
        self.check(lambda x: x.swapaxes(1, 1), a)
        with self.assertRaises(ValueError):
            cupy.array(a).swapaxes(0, 3)

    def test_ravel_and_flatten(self):
        a = numpy.arange(24).reshape(2, 3, 4)
        self.check(lambda x: x.ravel(), a)
        self.check(lambda x: x.T.ravel(), a, False)
        x = cupy.array(a).flatten()
        x[0] = 7
        testing.assert_array_equal(x[:3], [7, 1, 2])
        testing.assert_array_equal(
            cupy.array(a).T.flatten(), a.T.flatten())

    def test_squeeze(self):
        a = numpy.arange(6).reshape(1, 2, 1, 3, 1)
        for axis in (None, 0, 2, -1, (0, 2), (-1, 0), ()):
            self.check(lambda x, axis=axis: x.squeeze(axis), a)
        for axis in (1, 5, (0, 0), (0, 3)):
            with self.assertRaises(ValueError):
                cupy.array(a).squeeze(axis)

    def test_diagonal(self):
        a = numpy.arange(60).reshape(3, 4, 5)
        for offset in (-5, -2, -1, 0, 1, 3, 6):
            for axes in ((0, 1), (1, 0), (0, 2), (-1, 1)):
                self.check(lambda x, offset=offset, axes=axes:
                           x.diagonal(offset, *axes), a, False)
        with self.assertRaises(ValueError):
            cupy.array(a).diagonal(0, 1, 1)
        with self.assertRaises(ValueError):
            cupy.array([1]).diagonal()
        x = cupy.zeros((2, 2))
        x.diagonal()[...] = 1
        testing.assert_array_equal(x, numpy.eye(2))

    def test_view(self):
        a = numpy.arange(24, dtype='i').reshape(4, 6)
        for dtype in ('i', 'f', 'I', 'h', 'B', 'l', 'd', '?'):
            x = cupy.array(a)
            expected, actual = a.view(dtype), x.view(dtype)
            self.assertEqual(shape_and_strides(actual),
                             shape_and_strides(expected))
            self.assertEqual(actual.get().tobytes(), expected.tobytes())
        view = x.view()
        self.assertIs(view.base, x)
        with self.assertRaises(ValueError):
            cupy.array(a).T.view('l')
        with self.assertRaises(ValueError):
            cupy.zeros(3, 'i').view('l')
        with self.assertRaises(ValueError):
            cupy.zeros((), 'i').view('h')
