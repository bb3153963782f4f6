import math
import unittest

import numpy

import chainer
import chainer.functions as F
from chainer import gradient_check, testing
from chainer.utils import type_check


@testing.parameterize(*testing.product({
    'shape': [(4, 3), (1, 5), (0, 3), (3, 0), (2, 3, 2)],
    'delta': [0.5, 1, numpy.float64(0.25)],
    'dtype': [numpy.float16, numpy.float32, numpy.float64],
}))
class TestHuberLoss(unittest.TestCase):

    def setUp(self):
        random = numpy.random.RandomState(0)
        # Away from where the loss turns from the square to the line.
        near = random.uniform(-0.8, 0.8, self.shape)
        far = random.uniform(1.2, 2, self.shape) * random.choice(
            [-1, 1], self.shape)
        error = self.delta * numpy.where(
            random.uniform(size=self.shape) < 0.5, near, far)
        t = random.uniform(-1, 1, self.shape)
        self.x = (t + error).astype(self.dtype)
        self.t = t.astype(self.dtype)
        self.out_shape = self.shape[:1] + self.shape[2:]
        self.gy = random.uniform(-1, 1, self.out_shape).astype(self.dtype)
        self.tolerance = {'atol': 1e-6, 'rtol': 1e-5}
        if self.dtype == numpy.float16:
            self.tolerance = {'atol': 5e-3, 'rtol': 1e-2}

    def loss(self, x, t):
        return F.huber_loss(x, t, self.delta)

    def test_forward(self):
        loss = self.loss(chainer.Variable(self.x), chainer.Variable(self.t))
        self.assertEqual(loss.dtype, self.dtype)
        self.assertEqual(loss.shape, self.out_shape)
        for n, *i in numpy.ndindex(self.out_shape):
            terms = []
            for k in range(self.shape[1]):
                a = abs(float(self.x[(n, k, *i)]) - float(self.t[(n, k, *i)]))
                terms.append(a ** 2 / 2 if a <= self.delta else
                             self.delta * (a - self.delta / 2))
            testing.assert_allclose(
                loss.data[(n, *i)], math.fsum(terms), **self.tolerance)

    def test_backward(self):
        gradient_check.check_backward(
            self.loss, (self.x, self.t), self.gy, dtype=numpy.float64,
            **self.tolerance)


class TestHuberLossDetails(unittest.TestCase):

    def test_one_value_for_each_example(self):
        x, t = numpy.array([[0, 1], [0, 10]], 'f'), numpy.zeros((2, 2), 'f')
        loss = F.huber_loss(x, t, 1)
        self.assertEqual(loss.data.tolist(), [0.5, 9.5])

    def test_both_branches_meet(self):
        x = chainer.Variable(numpy.array([[2, -2, 0]], 'f'))
        loss = F.huber_loss(x, numpy.zeros((1, 3), 'f'), 2)
        self.assertEqual(loss.data.tolist(), [4])
        loss.grad = numpy.ones(1, 'f')
        loss.backward()
        self.assertEqual(x.grad.tolist(), [[2, -2, 0]])

    def test_outliers(self):
        # Their squares do not fit into the type.
        for dtype, large in (numpy.float16, 6e4), (numpy.float32, 1e38):
            x = chainer.Variable(numpy.array([[large], [-large]], dtype))
            loss = F.huber_loss(x, numpy.zeros((2, 1), dtype), 0.5)
            testing.assert_allclose(loss.data, [large / 2] * 2, rtol=1e-3)
            loss.grad = numpy.ones(2, dtype)
            loss.backward()
            self.assertEqual(x.grad.tolist(), [[0.5], [-0.5]])

    def test_long_sums_of_half_precision(self):
        x = numpy.full((1, 10000, 2), 0.5, numpy.float16)
        loss = F.huber_loss(x, numpy.zeros_like(x), 1)
        testing.assert_allclose(loss.data, [[1250, 1250]], rtol=1e-3)

    def test_arguments_are_left_alone(self):
        x, t = numpy.array([[1, 2]], 'f'), numpy.array([[3, 5]], 'f')
        F.huber_loss(x, t, 1)
        self.assertEqual((x.tolist(), t.tolist()), ([[1, 2]], [[3, 5]]))


class TestHuberLossErrors(unittest.TestCase):

    def check(self, message, x, t):
        with self.assertRaisesRegex(type_check.InvalidType, message):
            F.huber_loss(numpy.zeros(*x), numpy.zeros(*t), 1)

    def test_int(self):
        self.check(r'^Expect: in_types\[0\]\.dtype\.kind == f\nActual: i != f',
                   ((2, 3), 'i'), ((2, 3), 'i'))

    def test_types(self):
        self.check(r'^Expect: in_types\[1\]\.dtype == in_types\[0\]\.dtype\n'
                   r'Actual: float64 != float32',
                   ((2, 3), 'f'), ((2, 3), 'd'))

    def test_shapes(self):
        self.check(r'^Expect: in_types\[1\]\.shape == in_types\[0\]\.shape\n'
                   r'Actual: \(2, 1\) != \(2, 3\)',
                   ((2, 3), 'f'), ((2, 1), 'f'))

    def test_vectors(self):
        self.check(r'^Expect: in_types\[0\]\.ndim >= 2\nActual: 1 < 2',
                   (2, 'f'), (2, 'f'))

    def test_delta(self):
        with self.assertRaisesRegex(ValueError, 'negative, but is -1'):
            F.huber_loss(numpy.zeros((1, 1)), numpy.zeros((1, 1)), -1)

    def test_delta_that_is_no_number(self):
        for delta in None, '1', (1,), 1j, numpy.ones(1), True:
            with self.assertRaisesRegex(
                    TypeError, '^delta must be a number, but is '):
                F.huber_loss(numpy.zeros((1, 1)), numpy.zeros((1, 1)), delta)

    def test_delta_nan(self):
        with self.assertRaisesRegex(ValueError, 'negative, but is nan'):
            F.huber_loss(numpy.zeros((1, 1)), numpy.zeros((1, 1)), math.nan)


class TestHuberLossNaN(unittest.TestCase):

    def test_nan_is_not_hidden(self):
        x = chainer.Variable(numpy.array([[numpy.nan, 0], [0, 0]], 'f'))
        loss = F.huber_loss(x, numpy.zeros((2, 2), 'f'), 1)
        loss.grad = numpy.ones(2, 'f')
        loss.backward()
        self.assertEqual(numpy.isnan(loss.data).tolist(), [True, False])
        self.assertEqual(
            numpy.isnan(x.grad).tolist(), [[True, False], [False, False]])
