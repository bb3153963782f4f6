import unittest

import numpy

import cupy
from cupy import testing


class TestTake(unittest.TestCase):

    @testing.for_all_dtypes()
    @testing.numpy_cupy_array_equal()
    def test_types(self, xp, dtype):
        x = testing.shaped_arange((3, 4), xp, dtype)
        return x.take(xp.array([2, -1, 0]), axis=1)

    @testing.for_dtypes('bhilBHI')  # NumPy 1 refuses uint64
    @testing.numpy_cupy_array_equal()
    def test_types_of_indices(self, xp, dtype):
        x = testing.shaped_arange((3, 4), xp)
        return x.take(xp.array([[1, 0]], dtype), axis=0)

    def test_shapes(self):
        a = testing.shaped_arange((2, 3, 4), numpy)
        for f in (lambda x: x, lambda x: x.T, lambda x: x[::-1, :, ::2]):
            x = f(cupy.array(a))
            b = f(a)
            for axis in (None, 0, 1, 2, -1):
                for indices in (1, -1, [0, 1, 1], [[1], [0]], [], True,
                                (0, 1), numpy.array([-2], numpy.int16)):
                    with self.subTest(axis=axis, indices=indices):
                        actual = x.take(indices, axis)
                        expected = b.take(indices if numpy.size(indices)
                                          else numpy.zeros(0, int), axis)
                        testing.assert_array_equal(actual, expected)
                        self.assertEqual(actual.shape, expected.shape)

    def test_bools_are_numbers(self):
        x = cupy.arange(3)
        self.assertEqual(
            x.take(cupy.array([True, False])).tolist(), [1, 0])

    def test_scalar(self):
        x = cupy.array(5)
        self.assertEqual(x.take(0).shape, ())
        self.assertEqual(x.take([0, -1]).tolist(), [5, 5])
        self.assertEqual(x.take([0, 0], axis=-1).tolist(), [5, 5])

    def test_out(self):
        x = cupy.arange(5.)
        for dtype in 'fd':
            out = cupy.zeros((2, 2), dtype)
            self.assertIs(x.take([[1, 2], [3, 4]], out=out), out)
            self.assertEqual(out.tolist(), [[1, 2], [3, 4]])
        out = cupy.zeros((2, 2)).T[::-1]
        x.take([[1, 2], [3, 4]], out=out)
        self.assertEqual(out.tolist(), [[1, 2], [3, 4]])

    def test_out_overlaps(self):
        x = cupy.arange(5)
        x.take([4, 3, 2, 1, 0], out=x)
        self.assertEqual(x.tolist(), [4, 3, 2, 1, 0])
        indices = cupy.array([2, 0, 1])
        cupy.arange(5, 8).take(indices, out=indices)
        self.assertEqual(indices.tolist(), [7, 5, 6])

    def test_device_indices_wrap_around(self):
        x = cupy.arange(3)
        self.assertEqual(
            x.take(cupy.array([3, -4, 7, -8])).tolist(), [0, 2, 1, 1])

    def test_wrong(self):
        x = cupy.zeros((2, 3), numpy.int32)
        for arguments, error in (
                (([6],), IndexError), (([3], 1), IndexError),
                (([0], 2), numpy.exceptions.AxisError), (([0.5],), TypeError),
                ((cupy.zeros(1),), TypeError), (('a',), TypeError),
                (([0], 0, 5), TypeError),
                (([0], 0, cupy.zeros(3, 'i')), ValueError),
                (([0], 0, numpy.zeros((1, 3), 'i')), TypeError),
                (([0], 0, cupy.zeros((1, 3))), TypeError)):
            with self.assertRaises(error):
                x.take(*arguments)
        with self.assertRaises(IndexError):
            x[:, :0].take(cupy.array([0]), 1)


class TestRepeat(unittest.TestCase):

    @testing.for_all_dtypes()
    @testing.numpy_cupy_array_equal()
    def test_types(self, xp, dtype):
        return testing.shaped_arange((2, 3), xp, dtype).repeat(2, axis=1)

    def test_repeats(self):
        a = testing.shaped_arange((2, 3, 2), numpy)
        for f in (lambda x: x, lambda x: x.T, lambda x: x[:, ::-1]):
            for repeats, axis in (
                    (2, None), (0, 0), (3, -1), ([1, 2], 0), ([0, 3, 1], 1),
                    ([2], 1), (numpy.array(2), 1), (True, 0),
                    (numpy.arange(12), None)):
                with self.subTest(repeats=repeats, axis=axis):
                    x, b = f(cupy.array(a)), f(a)
                    try:
                        expected = b.repeat(repeats, axis)
                    except ValueError:
                        self.assertRaises(
                            ValueError, x.repeat, repeats, axis)
                        continue
                    testing.assert_array_equal(
                        x.repeat(repeats, axis), expected)
        self.assertEqual(cupy.array(7).repeat(3).tolist(), [7, 7, 7])
        self.assertEqual(cupy.zeros((0, 2)).repeat(2, 1).shape, (0, 4))

    def test_wrong(self):
        x = cupy.zeros((2, 3))
        for arguments, error in (
                ((-1,), ValueError), (([1, -2], 0), ValueError),
                (([1, 2], 1), ValueError), (([],), ValueError),
                ((1.5,), TypeError), (([[1, 2]], 0), TypeError),
                ((2, 5), numpy.exceptions.AxisError)):
            with self.assertRaises(error):
                x.repeat(*arguments)
