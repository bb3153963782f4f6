import unittest

import numpy

from chainer import testing
from chainer.functions.math import half


@testing.parameterize(*testing.product({
    'dtype': [numpy.float16, numpy.float32, numpy.float64, numpy.int32],
}))
class TestHalf(unittest.TestCase):

    def test_sum(self):
        # In half precision 2048 + 1 is 2048.
        y = half.sum(numpy.ones((5000, 2), self.dtype), axis=0)
        self.assertEqual(y.dtype, self.dtype)
        self.assertEqual(y.tolist(), [5000, 5000])

    def test_sum_of_all(self):
        y = half.sum(numpy.ones((5, 2), self.dtype))
        self.assertEqual(y.dtype, self.dtype)
        self.assertEqual(y, 10)

    def test_sum_keepdims(self):
        y = half.sum(numpy.ones((5, 2, 3), self.dtype), (0, 1), keepdims=True)
        self.assertEqual(y.tolist(), [[[10, 10, 10]]])

    def test_matmul(self):
        a = numpy.arange(6).reshape(2, 3).astype(self.dtype)
        b = numpy.arange(12).reshape(3, 4).astype(self.dtype)
        y = half.matmul(a, b)
        self.assertEqual(y.dtype, self.dtype)
        self.assertEqual(y.tolist(), [[20, 23, 26, 29], [56, 68, 80, 92]])

    def test_matmul_is_summed_precisely(self):
        ones = numpy.ones(5000, self.dtype)
        y = half.matmul(ones, ones)
        self.assertEqual(y.dtype, self.dtype)
        self.assertEqual(y, 5000)


class TestWiden(unittest.TestCase):

    def test_half_precision(self):
        x = numpy.array([65504, 1], numpy.float16)
        y = half.widen(x)
        self.assertEqual(y.dtype, numpy.float32)
        self.assertEqual(y.tolist(), [65504, 1])

    def test_other_types_are_not_copied(self):
        for dtype in numpy.float32, numpy.float64:
            x = numpy.ones(2, dtype)
            self.assertIs(half.widen(x), x)
            self.assertEqual(half.wide_type(x.dtype), dtype)
