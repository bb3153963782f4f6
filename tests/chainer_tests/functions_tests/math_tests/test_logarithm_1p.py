import math
import unittest

import numpy

import chainer
import chainer.functions as F
from chainer import testing


def make_data(shape, dtype):
    random = numpy.random.RandomState(0)
    x = numpy.asarray(random.uniform(-0.5, 2, shape), dtype)
    gy = numpy.asarray(random.uniform(-1, 1, shape), dtype)
    return x, gy


@testing.unary_math_function_test(F.Log1p, make_data=make_data)
class TestLog1p(unittest.TestCase):
    """Outputs, gradients, label."""


class TestLog1pValues(unittest.TestCase):

    def run_both_ways(self, x):
        x = chainer.Variable(x)
        y = F.log1p(x)
        y.grad = numpy.full_like(y.data, 2)
        y.backward()
        return y.data, x.grad

    def test_values(self):
        points = [-0.75, -1e-12, 1e-12, 0.5, 100.]
        for dtype, rtol in (numpy.float32, 1e-6), (numpy.float64, 1e-14):
            x = numpy.array(points, dtype)
            y, gx = self.run_both_ways(x)
            testing.assert_allclose(
                y, [math.log1p(p) for p in x.tolist()], atol=0, rtol=rtol)
            testing.assert_allclose(
                gx, [2 / (1 + p) for p in x.tolist()], atol=0, rtol=rtol)

    def test_infinity(self):
        y, gx = self.run_both_ways(numpy.array([numpy.inf], 'f'))
        self.assertEqual((y[0], gx[0]), (numpy.inf, 0))

    def test_minus_one(self):
        x = numpy.array([-1], 'f')
        with self.assertWarnsRegex(RuntimeWarning, 'divide by zero'):
            F.log1p(x)
        with numpy.errstate(divide='ignore'):
            y, gx = self.run_both_ways(x)
        self.assertEqual((y[0], gx[0]), (-numpy.inf, numpy.inf))

    def test_below_minus_one(self):
        with self.assertWarnsRegex(RuntimeWarning, 'invalid value'):
            y = F.log1p(numpy.array([-2], 'f'))
        self.assertTrue(numpy.isnan(y.data).all())
