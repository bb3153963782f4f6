import math
import unittest

import numpy

import chainer
import chainer.functions as F
from chainer import gradient_check, testing
from chainer.utils import type_check


@testing.parameterize(*testing.product({
    'shape': [(3, 4), (2, 3, 4), (2, 3, 2, 2), (3, 1), (0, 3), (2, 3, 0)],
    'dtype': [numpy.float16, numpy.float32, numpy.float64],
}))
class TestLogSoftmax(unittest.TestCase):

    def setUp(self):
        random = numpy.random.RandomState(0)
        self.x = random.uniform(-2, 2, self.shape).astype(self.dtype)
        self.gy = random.uniform(-1, 1, self.shape).astype(self.dtype)
        self.tolerance = {'atol': 1e-6, 'rtol': 1e-5}
        if self.dtype == numpy.float16:
            self.tolerance = {'atol': 5e-3, 'rtol': 1e-2}

    def test_forward(self):
        y = F.log_softmax(chainer.Variable(self.x))
        self.assertEqual(y.dtype, self.dtype)
        expected = numpy.empty(self.shape)
        for n, c, *i in numpy.ndindex(self.shape):
            terms = [math.exp(score) for score in self.x[(n, slice(None), *i)]]
            expected[(n, c, *i)] = math.log(terms[c] / math.fsum(terms))
        testing.assert_allclose(y.data, expected, **self.tolerance)

    def test_backward(self):
        gradient_check.check_backward(
            F.log_softmax, self.x, self.gy, dtype=numpy.float64,
            **self.tolerance)


class TestLogSoftmaxValues(unittest.TestCase):

    def test_extremes(self):
        for dtype in numpy.float16, numpy.float32, numpy.float64:
            x = numpy.array([[1000, -1000], [-1000, -1000], [1000, 1000],
                             [0, -numpy.inf]], dtype)
            half = -numpy.log(dtype(2))
            numpy.testing.assert_array_equal(
                F.log_softmax(x).data,
                [[0, -2000], [half, half], [half, half], [0, -numpy.inf]])

    def test_many_classes_of_half_precision(self):
        # The sum of the exponentials goes past 2048, to which nothing can be
        # added in half precision.
        y = F.log_softmax(numpy.zeros((1, 5000, 2), numpy.float16))
        testing.assert_allclose(y.data, -math.log(5000), atol=0, rtol=1e-3)

    def test_non_contiguous(self):
        random = numpy.random.RandomState(0)
        x = chainer.Variable(random.randn(3, 2, 4).astype('f').T[::2])
        contiguous = chainer.Variable(x.data.copy())
        gy = random.randn(3, 2, 2).astype('f').T
        for v in x, contiguous:
            y = F.log_softmax(v)
            y.grad = gy
            y.backward()
        testing.assert_allclose(
            numpy.exp(y.data).sum(axis=1), numpy.ones((2, 3)))
        testing.assert_allclose(x.grad, contiguous.grad)

    def test_input_is_left_alone(self):
        x = numpy.array([[1, 2]], 'f')
        F.log_softmax(x)
        numpy.testing.assert_array_equal(x, [[1, 2]])


class TestLogSoftmaxTypes(unittest.TestCase):

    def test_int(self):
        with self.assertRaisesRegex(
                type_check.InvalidType,
                r'^Expect: in_types\[0\]\.dtype\.kind == f\nActual: i != f'):
            F.log_softmax(numpy.zeros((2, 3), 'i'))

    def test_one_dimension(self):
        with self.assertRaisesRegex(
                type_check.InvalidType,
                r'^Expect: in_types\[0\]\.ndim > 1\nActual: 1 <= 1'):
            F.log_softmax(numpy.zeros(3, 'f'))

    def test_no_class(self):
        with self.assertRaisesRegex(
                type_check.InvalidType,
                r'^Expect: in_types\[0\]\.shape\[1\] > 0\nActual: 0 <= 0'):
            F.log_softmax(numpy.zeros((2, 0), 'f'))

    def test_empty_batch(self):
        self.assertEqual(F.log_softmax(numpy.zeros((0, 3), 'f')).shape, (0, 3))
