import unittest

import numpy

import chainer
import chainer.functions as F
from chainer import testing
from chainer.functions.math import unary
from chainer.utils import type_check


class Twice(unary.UnaryMath):

    def forward(self, inputs):
        return inputs[0] * 2,


class TestUnaryMath(unittest.TestCase):

    def test_label(self):
        self.assertEqual(Twice().label, 'twice')


@testing.parameterize(*[{'func': func} for func in (
    F.cos, F.cosh, F.exp, F.expm1, F.log, F.log10, F.log1p, F.log2, F.rsqrt,
    F.sin, F.sinh, F.sqrt, F.tan)])
class TestElementwiseFunctions(unittest.TestCase):

    def run_both_ways(self, x, gy):
        x = chainer.Variable(x)
        y = self.func(x)
        y.grad = gy
        y.backward()
        return y.data, x.grad

    def test_non_contiguous(self):
        random = numpy.random.RandomState(0)
        x = random.uniform(0.5, 1.5, (4, 6)).astype('f')[::2, ::-2]
        gy = random.randn(3, 2).astype('f').T
        y, gx = self.run_both_ways(x, gy)
        for i in numpy.ndindex(2, 3):
            expected_y, expected_gx = self.run_both_ways(
                x[i].reshape(1), gy[i].reshape(1))
            testing.assert_allclose(y[i], expected_y[0])
            testing.assert_allclose(gx[i], expected_gx[0])

    def test_empty(self):
        for dtype in numpy.float16, numpy.float32, numpy.float64:
            empty = numpy.empty((0, 3), dtype)
            for result in self.run_both_ways(empty, empty):
                self.assertEqual(result.shape, (0, 3))
                self.assertEqual(result.dtype, dtype)

    def test_arguments_are_left_alone(self):
        x = chainer.Variable(numpy.array([0.5, 1], 'f'))
        y = self.func(x)
        output = y.data.copy()
        y.grad = numpy.array([2, 3], 'f')
        y.backward()
        gx = x.grad.copy()
        x.cleargrad()
        y.backward()
        numpy.testing.assert_array_equal(x.grad, gx)
        numpy.testing.assert_array_equal(x.data, numpy.array([0.5, 1], 'f'))
        numpy.testing.assert_array_equal(y.data, output)
        numpy.testing.assert_array_equal(y.grad, [2, 3])

    def test_nan(self):
        x = numpy.array([numpy.nan, 0.5], 'f')
        y, gx = self.run_both_ways(x, numpy.ones(2, 'f'))
        self.assertEqual(numpy.isnan(y).tolist(), [True, False])
        self.assertEqual(numpy.isnan(gx).tolist(), [True, False])

    def test_int(self):
        with self.assertRaisesRegex(
                type_check.InvalidType,
                r'^Expect: in_types\[0\]\.dtype\.kind == f\nActual: i != f'):
            self.func(numpy.ones((2, 3), 'i'))
