import math
import unittest

import numpy

import chainer
import chainer.functions as F
from chainer import gradient_check, testing
from chainer.utils import type_check


@testing.parameterize(*testing.product({
    'shape': [(3, 2), (), (0, 2)],
    'dtype': [numpy.float16, numpy.float32, numpy.float64],
}))
class TestSigmoid(unittest.TestCase):

    def setUp(self):
        random = numpy.random.RandomState(0)
        x = random.uniform(-3, 3, self.shape)
        self.x = numpy.asarray(x, self.dtype)
        gy = random.uniform(-1, 1, self.shape)
        self.gy = numpy.asarray(gy, self.dtype)
        self.tolerance = {'atol': 1e-6, 'rtol': 1e-5}
        if self.dtype == numpy.float16:
            self.tolerance = {'atol': 1e-3, 'rtol': 1e-2}

    def test_forward(self):
        y = F.sigmoid(chainer.Variable(self.x))
        self.assertEqual(y.dtype, self.dtype)
        expected = numpy.empty(self.shape)
        for i in numpy.ndindex(self.shape):
            expected[i] = 1 / (1 + math.exp(-self.x[i]))
        testing.assert_allclose(y.data, expected, **self.tolerance)

    def test_backward(self):
        gradient_check.check_backward(
            F.sigmoid, self.x, self.gy, dtype=numpy.float64,
            **self.tolerance)


class TestSigmoidValues(unittest.TestCase):

    def test_extremes(self):
        for dtype in numpy.float16, numpy.float32, numpy.float64:
            x = numpy.array([-numpy.inf, -1000, 0, 1000, numpy.inf], dtype)
            numpy.testing.assert_array_equal(
                F.sigmoid(x).data, [0, 0, 0.5, 1, 1])

    def test_gradient_at_extremes(self):
        x = chainer.Variable(numpy.array([-1000, 1000], 'f'))
        y = F.sigmoid(x)
        y.grad = numpy.ones(2, 'f')
        y.backward()
        numpy.testing.assert_array_equal(x.grad, [0, 0])

    def test_non_contiguous(self):
        random = numpy.random.RandomState(0)
        x = chainer.Variable(random.randn(4, 6).astype('f')[::2, ::-2])
        gy = random.randn(3, 2).astype('f').T
        y = F.sigmoid(x)
        y.grad = gy
        y.backward()
        expected = 1 / (1 + numpy.exp(-x.data))
        testing.assert_allclose(y.data, expected)
        testing.assert_allclose(x.grad, gy * expected * (1 - expected))

    def test_arguments_are_left_alone(self):
        x = chainer.Variable(numpy.array([-1, 1], 'f'))
        y = F.sigmoid(x)
        output = y.data.copy()
        y.grad = numpy.array([2, 3], 'f')
        y.backward()
        numpy.testing.assert_array_equal(x.data, [-1, 1])
        numpy.testing.assert_array_equal(y.data, output)
        numpy.testing.assert_array_equal(y.grad, [2, 3])


class TestSigmoidTypes(unittest.TestCase):

    def test_int(self):
        with self.assertRaisesRegex(
                type_check.InvalidType,
                r'^Expect: in_types\[0\]\.dtype\.kind == f\nActual: i != f'):
            F.sigmoid(numpy.zeros((2, 3), 'i'))
