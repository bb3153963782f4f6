import unittest

import numpy

import cupy
from cupy import testing


class TestNonzero(unittest.TestCase):

    def check(self, a, f=lambda x: x):
        expected = f(a).nonzero()
        actual = f(cupy.array(a)).nonzero()
        self.assertIsInstance(actual, tuple)
        self.assertEqual(len(actual), len(expected))
        for x, y in zip(actual, expected):
            self.assertEqual(x.dtype, y.dtype)
            testing.assert_array_equal(x, y)

    @testing.for_all_dtypes()
    def test_types(self, dtype):
        self.check(numpy.array([[0, 1, 2], [0, 0, 3]]).astype(dtype))

    def test_shapes(self):
        for shape in ((5,), (1, 1), (2, 3, 4), (0,), (0, 3), (3, 0), (6, 70)):
            with self.subTest(shape=shape):
                a = testing.shaped_random(shape, numpy, numpy.int8, 3)
                self.check(a)
                self.check(a, lambda x: x.T)
                self.check(a, lambda x: x[::-1])

    def test_special_values(self):
        self.check(numpy.array([0., -0., numpy.nan, numpy.inf, 1e-310]))
        self.check(numpy.array([0., -0., numpy.nan, 6e-8], numpy.float16))

    def test_long(self):
        # More runs than one, and runs longer than the shortest.
        for size in (64, 65, 4097, 65536 * 64 + 1):
            with self.subTest(size=size):
                a = numpy.zeros(size, bool)
                self.check(a)
                a[::17] = a[-1] = True
                self.check(a)

    def test_zero_dimensional(self):
        for value in (0, 5):
            with self.assertRaises(ValueError):
                cupy.array(value).nonzero()
