import math
import unittest

import numpy

import chainer
import chainer.functions as F
from chainer import gradient_check, testing
from chainer.utils import type_check


@testing.parameterize(*testing.product({
    'shape': [(4, 3), (2, 3, 2), (5,), (), (0, 3)],
    'dtype': [numpy.float16, numpy.float32, numpy.float64],
}))
class TestMeanSquaredError(unittest.TestCase):

    def setUp(self):
        random = numpy.random.RandomState(0)
        self.x0, self.x1 = [
            numpy.asarray(random.uniform(-1, 1, self.shape), self.dtype)
            for _ in range(2)]
        self.tolerance = {'atol': 1e-6, 'rtol': 1e-5}
        if self.dtype == numpy.float16:
            self.tolerance = {'atol': 1e-3, 'rtol': 1e-2}

    def test_forward(self):
        loss = F.mean_squared_error(
            chainer.Variable(self.x0), chainer.Variable(self.x1))
        self.assertEqual(loss.dtype, self.dtype)
        self.assertEqual(loss.shape, ())
        squares = [(float(a) - float(b)) ** 2
                   for a, b in zip(self.x0.flat, self.x1.flat)]
        testing.assert_allclose(
            loss.data, math.fsum(squares) / max(len(squares), 1),
            **self.tolerance)

    def test_backward(self):
        gradient_check.check_backward(
            F.mean_squared_error, (self.x0, self.x1), None,
            dtype=numpy.float64, **self.tolerance)

    def test_backward_of_scaled_loss(self):
        gradient_check.check_backward(
            F.mean_squared_error, (self.x0, self.x1),
            numpy.array(-3, self.dtype), dtype=numpy.float64,
            **self.tolerance)


class TestMeanSquaredErrorDetails(unittest.TestCase):

    def test_large_values_of_half_precision(self):
        # Neither the squares nor their sum fit into half precision.
        x0 = chainer.Variable(numpy.full((300, 300), 200, numpy.float16))
        x1 = chainer.Variable(numpy.zeros((300, 300), numpy.float16))
        loss = F.mean_squared_error(x0, x1)
        loss.backward()
        testing.assert_allclose(loss.data, 40000, rtol=1e-3)
        testing.assert_allclose(x0.grad, 400 / 90000, atol=0, rtol=1e-3)
        testing.assert_allclose(x1.grad, -400 / 90000, atol=0, rtol=1e-3)

    def test_non_contiguous(self):
        random = numpy.random.RandomState(0)
        x0, x1 = random.randn(6, 4)[::2].T, random.randn(4, 3)
        gradient_check.check_backward(
            F.mean_squared_error, (x0, x1), None, eps=1e-4)

    def test_backward_twice(self):
        x0 = chainer.Variable(numpy.array([1, 2], 'f'))
        x1 = numpy.array([3, 5], 'f')
        loss = F.mean_squared_error(x0, x1)
        for _ in range(2):
            x0.cleargrad()
            loss.backward()
            self.assertEqual(x0.grad.tolist(), [-2, -3])

    def test_gradients_are_separate(self):
        x0, x1 = [chainer.Variable(numpy.array([v], 'f')) for v in (1, 3)]
        F.mean_squared_error(x0, x1).backward()
        x0.grad += 1
        self.assertEqual((x0.grad[0], x1.grad[0]), (-3, 4))


class TestMeanSquaredErrorErrors(unittest.TestCase):

    def check(self, message, x0, x1):
        with self.assertRaisesRegex(type_check.InvalidType, message):
            F.mean_squared_error(numpy.zeros(*x0), numpy.zeros(*x1))

    def test_int(self):
        self.check(r'^Expect: in_types\[0\]\.dtype\.kind == f\nActual: i != f',
                   (2, 'i'), (2, 'i'))

    def test_types(self):
        self.check(r'^Expect: in_types\[1\]\.dtype == in_types\[0\]\.dtype\n'
                   r'Actual: float64 != float32', (2, 'f'), (2, 'd'))

    def test_shapes(self):
        # Nothing is broadcast: (N,) and (N, 1) are a common mistake.
        self.check(r'^Expect: in_types\[0\]\.shape == in_types\[1\]\.shape\n'
                   r'Actual: \(3, 1\) != \(3,\)', ((3, 1), 'f'), (3, 'f'))
