import unittest

import numpy

from chainer import testing
from chainer.functions.math import masking


@testing.parameterize(
    {'dtype': numpy.float16},
    {'dtype': numpy.float32},
    {'dtype': numpy.float64},
    {'dtype': numpy.longdouble},
)
class TestMasked(unittest.TestCase):

    def check(self, gy, mask, expected):
        gx = masking.masked(gy, mask)
        self.assertIsInstance(gx, numpy.ndarray)
        self.assertEqual(gx.dtype, self.dtype)
        numpy.testing.assert_array_equal(gx, expected)

    def test_values(self):
        inf, nan = numpy.inf, numpy.nan
        numbers = [1.5, -2, 6e-8, 0, inf, -inf, nan]
        gy = numpy.array(numbers * 2, self.dtype)
        mask = numpy.array([True] * 7 + [False] * 7)
        self.check(gy, mask, gy.tolist()[:7] + [0] * 7)
        self.assertEqual(gy[7], 1.5)

    def test_zero_dimensions(self):
        gy = numpy.array(3, self.dtype)
        self.check(gy, gy > 0, 3)
        self.check(gy, gy < 0, 0)

    def test_empty(self):
        gy = numpy.zeros((0, 2), self.dtype)
        self.check(gy, gy > 0, gy)

    def test_broadcast(self):
        gy = numpy.array([[1], [2]], self.dtype)
        mask = numpy.array([[True, False, True], [False, True, True]])
        self.check(gy, mask, [[1, 0, 1], [0, 2, 2]])

    def test_non_contiguous(self):
        gy = numpy.arange(24).astype(self.dtype).reshape(2, 3, 4).T[::-2]
        mask = gy % 3 == 0
        self.check(gy, mask, [[[3, 15], [0, 0], [0, 0]],
                              [[0, 0], [0, 0], [9, 21]]])
