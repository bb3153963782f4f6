import math
import unittest

import numpy

import chainer
import chainer.functions as F
from chainer import gradient_check, testing
from chainer.utils import type_check


@testing.parameterize(*testing.product({
    'shape': [(8, 3), (1, 2), (5, 1), (0, 3), (3, 2, 2)],
    'margin': [0.2, 1, numpy.float64(0.5)],
    'dtype': [numpy.float16, numpy.float32, numpy.float64],
}))
class TestTriplet(unittest.TestCase):

    def setUp(self):
        random = numpy.random.RandomState(1)
        self.xs = [random.uniform(-1, 1, self.shape).astype(self.dtype)
                   for _ in range(3)]
        self.tolerance = {'atol': 1e-5, 'rtol': 1e-4}
        if self.dtype == numpy.float16:
            self.tolerance = {'atol': 3e-3, 'rtol': 1e-2}

    def loss(self, anchor, positive, negative):
        return F.triplet(anchor, positive, negative, self.margin)

    def test_forward(self):
        loss = self.loss(*[chainer.Variable(x) for x in self.xs])
        self.assertEqual(loss.dtype, self.dtype)
        self.assertEqual(loss.shape, ())
        total = 0
        for n, *i in numpy.ndindex(self.shape[:1] + self.shape[2:]):
            a, p, q = [x[(n, slice(None), *i)].tolist() for x in self.xs]
            total += max(
                math.dist(a, p) ** 2 - math.dist(a, q) ** 2 + self.margin, 0)
        testing.assert_allclose(
            loss.data, total / max(self.shape[0], 1), **self.tolerance)

    def test_backward(self):
        gradient_check.check_backward(
            self.loss, self.xs, None, dtype=numpy.float64, **self.tolerance)

    def test_backward_of_scaled_loss(self):
        gradient_check.check_backward(
            self.loss, self.xs, numpy.array(-3, self.dtype),
            dtype=numpy.float64, **self.tolerance)


class TestTripletDetails(unittest.TestCase):

    def test_far_enough(self):
        a, p, q = [chainer.Variable(numpy.array([[v]], 'f'))
                   for v in (0, 1, 2)]
        loss = F.triplet(a, p, q, margin=3)
        loss.backward()
        self.assertEqual(loss.data, 0)
        self.assertEqual([x.grad.tolist() for x in (a, p, q)], [[[0]]] * 3)

    def test_default_margin(self):
        x = numpy.zeros((1, 2))
        testing.assert_allclose(F.triplet(x, x, x).data, 0.2)

    def test_squares_do_not_fit_into_half_precision(self):
        xs = [chainer.Variable(numpy.full((2, 1), v, numpy.float16))
              for v in (0, 300, 290)]
        loss = F.triplet(*xs)
        loss.backward()
        testing.assert_allclose(loss.data, 5900.2, rtol=1e-3)
        for x, expected in zip(xs, (-10, 300, -290)):
            testing.assert_allclose(x.grad, [[expected]] * 2, rtol=1e-3)

    def test_backward_twice(self):
        a, p, q = [chainer.Variable(numpy.array([[v]], 'f'))
                   for v in (0, 2, 1)]
        loss = F.triplet(a, p, q)
        for _ in range(2):
            for x in a, p, q:
                x.cleargrad()
            loss.backward()
            self.assertEqual([x.grad[0, 0] for x in (a, p, q)], [-2, 4, -2])


class TestTripletErrors(unittest.TestCase):

    def test_margin(self):
        x = numpy.zeros((1, 2), 'f')
        for margin in 0, -1:
            with self.assertRaisesRegex(
                    ValueError, f'positive, but is {margin}'):
                F.triplet(x, x, x, margin)

    def check(self, message, *types):
        with self.assertRaisesRegex(type_check.InvalidType, message):
            F.triplet(*[numpy.zeros(*v) for v in types])

    def test_types(self):
        self.check(r'^Expect: in_types\[0\]\.dtype\.kind == f\nActual: i != f',
                   *[((2, 3), 'i')] * 3)
        self.check(r'^Expect: in_types\[1\]\.dtype == in_types\[0\]\.dtype',
                   ((2, 3), 'f'), ((2, 3), 'd'), ((2, 3), 'f'))
        self.check(r'^Expect: in_types\[2\]\.dtype == in_types\[0\]\.dtype',
                   ((2, 3), 'f'), ((2, 3), 'f'), ((2, 3), 'd'))

    def test_shapes(self):
        self.check(r'^Expect: in_types\[0\]\.ndim >= 2\nActual: 1 < 2',
                   *[(2, 'f')] * 3)
        self.check(r'^Expect: in_types\[1\]\.shape == in_types\[0\]\.shape\n'
                   r'Actual: \(1, 3\) != \(2, 3\)',
                   ((2, 3), 'f'), ((1, 3), 'f'), ((2, 3), 'f'))
        self.check(r'^Expect: in_types\[2\]\.shape == in_types\[0\]\.shape\n'
                   r'Actual: \(2, 1\) != \(2, 3\)',
                   ((2, 3), 'f'), ((2, 3), 'f'), ((2, 1), 'f'))

    def test_margin_that_is_no_number(self):
        x = numpy.zeros((1, 2), 'f')
        for margin in None, '1', (1,), 1j, numpy.ones(1), True:
            with self.assertRaisesRegex(
                    TypeError, '^margin must be a number, but is '):
                F.triplet(x, x, x, margin)

    def test_margin_nan(self):
        x = numpy.zeros((1, 2), 'f')
        with self.assertRaisesRegex(ValueError, 'positive, but is nan'):
            F.triplet(x, x, x, float('nan'))


class TestTripletNaN(unittest.TestCase):

    def test_nan_is_not_hidden(self):
        # Without the NaN the second row would be far enough apart.
        for i in range(3):
            xs = [chainer.Variable(numpy.zeros((2, 2), 'f'))
                  for _ in range(3)]
            xs[2].data[1] = 100
            xs[i].data[1, 0] = numpy.nan
            loss = F.triplet(*xs)
            loss.backward()
            self.assertTrue(math.isnan(loss.data))
            self.assertTrue(numpy.isnan(xs[i].grad[1, 0]))
            for x in xs:
                self.assertEqual(x.grad[0].tolist(), [0, 0])
