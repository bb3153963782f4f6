import math
import unittest

import numpy

import chainer
import chainer.functions as F
from chainer import testing


@testing.unary_math_function_test(F.Expm1)
class TestExpm1(unittest.TestCase):
    """Outputs, gradients, label."""


class TestExpm1Values(unittest.TestCase):

    def run_both_ways(self, x):
        x = chainer.Variable(x)
        y = F.expm1(x)
        y.grad = numpy.full_like(y.data, 2)
        y.backward()
        return y.data, x.grad

    def test_values(self):
        points = [-20., -1.5, 1e-12, 0.75, 4.]
        for dtype, rtol in (numpy.float32, 1e-6), (numpy.float64, 1e-14):
            x = numpy.array(points, dtype)
            y, gx = self.run_both_ways(x)
            testing.assert_allclose(
                y, [math.expm1(p) for p in x.tolist()], atol=0, rtol=rtol)
            # Also where the output is as good as -1.
            testing.assert_allclose(
                gx, [2 * math.exp(p) for p in x.tolist()], atol=0, rtol=rtol)

    def test_extremes(self):
        for dtype in numpy.float16, numpy.float32, numpy.float64:
            y, gx = self.run_both_ways(
                numpy.array([-numpy.inf, -1000, 0, numpy.inf], dtype))
            self.assertEqual(y.tolist(), [-1, -1, 0, numpy.inf])
            self.assertEqual(gx.tolist(), [0, 0, 2, numpy.inf])
