import unittest
import warnings

import numpy

import cupy
from cupy import testing


class Index:

    """Something that is an index, but no int."""

    def __index__(self):
        return 1


BASIC = [
    (), 0, -2, numpy.int8(1), numpy.uint64(1), Index(), None, Ellipsis,
    slice(None), slice(1), slice(-1, None), slice(None, None, -1),
    slice(5, 0, -2), slice(-100, 100), slice(2, 1), slice(Index(), None),
    (0, 1), (1, -1, 2), (slice(1), 2), (Ellipsis, 0), (0, Ellipsis),
    (0, Ellipsis, 3), (slice(None), Ellipsis, slice(1, 3)),
    (None, 1, None, slice(2), None), (0, 0, 0, Ellipsis),
    (slice(None, None, 2), slice(2, None, -1), slice(1, 1)),
    (None, Ellipsis, None), (1, slice(0, 2), None, 0)]


class TestGetItem(unittest.TestCase):

    def check(self, a, x, key):
        expected, actual = a[key], x[key]
        testing.assert_array_equal(actual, expected)
        self.assertEqual(actual.dtype, expected.dtype)
        self.assertEqual(actual.shape, expected.shape)
        if actual.size and isinstance(expected, numpy.ndarray):
            self.assertIs(actual.base, x)
            self.assertEqual(
                [s for s, n in zip(actual.strides, actual.shape) if n > 1],
                [s for s, n in zip(expected.strides, expected.shape) if n > 1])
            self.assertEqual(
                actual.data.ptr - x.data.ptr,
                expected.ctypes.data - a.ctypes.data)

    def test_views(self):
        a = testing.shaped_arange((2, 3, 4), numpy)
        x = cupy.array(a)
        for key in BASIC:
            with self.subTest(key=key):
                self.check(a, x, key)

    def test_views_of_views(self):
        a = testing.shaped_arange((4, 3, 2), numpy, numpy.int16)
        x = cupy.array(a)
        for view in (lambda x: x.T, lambda x: x[::-1].swapaxes(0, 2)):
            for key in BASIC:
                with self.subTest(key=key):
                    testing.assert_array_equal(view(x)[key], view(a)[key])

    def test_empty(self):
        a = numpy.zeros((0, 3))
        x = cupy.array(a)
        for key in (slice(None), slice(2, 5), (slice(None), 1), None, (),
                    (slice(None, None, -1), slice(1, 3))):
            self.check(a, x, key)

    def test_zero_dimensional(self):
        x = cupy.array(5)
        for key in ((), Ellipsis, None, (None, Ellipsis, None)):
            self.assertEqual(x[key].shape, numpy.array(5)[key].shape)
            self.assertEqual(int(x[key].ravel()[0]), 5)

    def test_numpy_scalar_makes_a_view(self):
        x = cupy.arange(3)
        x[numpy.int64(1)][...] = 7
        self.assertEqual(x.tolist(), [0, 7, 2])

    def test_wrong(self):
        a = testing.shaped_arange((2, 3), numpy)
        x = cupy.array(a)
        for key in (2, -3, (0, 3), (0, -4), (0, 0, 0), (0, 0, Ellipsis, 0),
                    (Ellipsis, Ellipsis), 1.0, 'a', (0, 'a'), object(),
                    slice('a'), slice(1.5), slice(None, None, 0), 2 ** 70,
                    1j, numpy.float64(1), {}):
            with self.subTest(key=key):
                with self.assertRaises(Exception) as expected:
                    a[key]
                for call in (lambda key=key: x[key],
                             lambda key=key: x.__setitem__(key, 1)):
                    with self.assertRaises(Exception) as actual:
                        call()
                    self.assertIs(type(actual.exception),
                                  type(expected.exception))

    def test_messages(self):
        x = cupy.zeros((2, 3))
        for key, message in (
                ((0, 5), 'index 5 is out of bounds for axis 1 with size 3'),
                (-3, 'index -3 is out of bounds for axis 0 with size 2'),
                ((0, 0, 0), 'array is 2-dimensional, but 3 were indexed'),
                ((Ellipsis, Ellipsis), 'single ellipsis')):
            with self.assertRaisesRegex(IndexError, message):
                x[key]

    def test_iteration(self):
        x = cupy.arange(6).reshape(3, 2)
        self.assertEqual([row.tolist() for row in x],
                         [[0, 1], [2, 3], [4, 5]])


class TestSetItem(unittest.TestCase):

    def check(self, shape, key, value, dtype=numpy.float32):
        a = testing.shaped_arange(shape, numpy, dtype)
        x = cupy.array(a)
        on_device = value
        if isinstance(value, numpy.ndarray) and value.ndim:
            on_device = cupy.array(value)
        with warnings.catch_warnings():
            warnings.simplefilter('ignore', RuntimeWarning)
            a[key] = value
        x[key] = on_device
        testing.assert_array_equal(x, a)

    def test_scalar(self):
        for key in BASIC:
            with self.subTest(key=key):
                self.check((2, 3, 4), key, -1)

    def test_array(self):
        for key in BASIC:
            with self.subTest(key=key):
                shape = numpy.zeros((2, 3, 4))[key].shape
                self.check((2, 3, 4), key,
                           -testing.shaped_arange(shape, numpy))

    def test_broadcast(self):
        for shape in ((), (1,), (4,), (3, 1), (1, 4), (1, 1, 3, 4),
                      (1, 2, 1, 1)):
            with self.subTest(shape=shape):
                self.check((2, 3, 4), slice(None),
                           -testing.shaped_arange(shape, numpy))

    def test_sequence(self):
        self.check((2, 3), 0, [1, 2, 3])
        self.check((2, 3), slice(None), ((9,), (8,)))

    @testing.for_all_dtypes_combination(names=('dtype', 'of_value'))
    def test_casts(self, dtype, of_value):
        # None out of range: what NumPy does then depends on the machine.
        value = numpy.array([0, 1.75, 100]).astype(of_value)
        self.check((3,), slice(None), value, dtype)

    @testing.for_all_dtypes()
    def test_scalars(self, dtype):
        for value in (True, 3, 2.75, numpy.float64(7.5), numpy.int64(100),
                      numpy.array(2.5)):
            self.check((3,), 1, value, dtype)

    def test_scalar_that_does_not_fit(self):
        x = cupy.zeros(3, numpy.int8)
        for value in (float('nan'), 1j, None, 'a', object()):
            with self.assertRaises((ValueError, TypeError)):
                x[0] = value
        self.assertEqual(x.tolist(), [0, 0, 0])

    def test_wrong_shape(self):
        x = cupy.zeros((2, 3))
        for shape in ((2,), (2, 2), (2, 2, 3), (3, 2), (0,)):
            with self.assertRaisesRegex(ValueError, 'could not broadcast'):
                x[:] = cupy.ones(shape)
        with self.assertRaises(ValueError):
            x[0, 0] = cupy.ones(2)

    def test_numpy_array(self):
        x = cupy.zeros(3)
        with self.assertRaisesRegex(TypeError, 'cupy.asarray'):
            x[:] = numpy.ones(3)

    def test_overlap(self):
        for key, of_value in ((slice(1, None), slice(None, -1)),
                              (slice(None, -1), slice(1, None)),
                              (slice(None), slice(None, None, -1)),
                              (slice(0, 8, 2), slice(0, 4))):
            a = numpy.arange(8)
            x = cupy.array(a)
            a[key] = a[of_value].copy()
            x[key] = x[of_value]
            testing.assert_array_equal(x, a)

    def test_empty(self):
        self.check((0, 3), slice(None), 1)
        self.check((2, 3), slice(5, None), numpy.ones((0, 3)))
        self.check((2, 3), slice(5, None), numpy.ones((1, 3)))

    def test_operators_in_place(self):
        a = testing.shaped_arange((3, 4), numpy)
        x = cupy.array(a)
        for y in (a, x):
            y[1] += 2
            y[:, ::2] *= 3
            y[..., 1] -= y[..., 2]
        testing.assert_array_equal(x, a)
