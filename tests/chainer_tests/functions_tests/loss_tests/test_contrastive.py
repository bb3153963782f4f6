import math
import unittest

import numpy

import chainer
import chainer.functions as F
from chainer import gradient_check, testing
from chainer.utils import type_check


@testing.parameterize(*testing.product({
    'shape': [(8, 3), (1, 2), (5, 1), (0, 3)],
    'margin': [1, 2.5, numpy.float64(0.5)],
    'dtype': [numpy.float16, numpy.float32, numpy.float64],
}))
class TestContrastive(unittest.TestCase):

    def setUp(self):
        random = numpy.random.RandomState(1)
        self.x0, self.x1 = [
            random.uniform(-1, 1, self.shape).astype(self.dtype)
            for _ in range(2)]
        self.y = random.randint(0, 2, len(self.x0)).astype('i')
        self.tolerance = {'atol': 1e-5, 'rtol': 1e-4}
        if self.dtype == numpy.float16:
            self.tolerance = {'atol': 3e-3, 'rtol': 1e-2}

    def loss(self, x0, x1, y):
        return F.contrastive(x0, x1, y, self.margin)

    def test_forward(self):
        loss = self.loss(*[chainer.Variable(v)
                           for v in (self.x0, self.x1, self.y)])
        self.assertEqual(loss.dtype, self.dtype)
        self.assertEqual(loss.shape, ())
        terms = []
        for a, b, label in zip(self.x0, self.x1, self.y):
            d = math.dist(a.tolist(), b.tolist())
            terms.append(
                d ** 2 if label == 1 else max(self.margin - d, 0) ** 2)
        testing.assert_allclose(
            loss.data, math.fsum(terms) / 2 / max(len(terms), 1),
            **self.tolerance)

    def test_backward(self):
        gradient_check.check_backward(
            self.loss, (self.x0, self.x1, self.y), None,
            dtype=numpy.float64, **self.tolerance)

    def test_backward_of_scaled_loss(self):
        gradient_check.check_backward(
            self.loss, (self.x0, self.x1, self.y),
            numpy.array(-3, self.dtype), dtype=numpy.float64,
            **self.tolerance)


class TestContrastiveDetails(unittest.TestCase):

    def check(self, x0, x1, y, expected, expected_grad, dtype='f'):
        x0, x1 = [chainer.Variable(numpy.array(v, dtype)) for v in (x0, x1)]
        loss = F.contrastive(x0, x1, numpy.array(y, 'i'))
        loss.backward()
        testing.assert_allclose(loss.data, expected, rtol=1e-3)
        testing.assert_allclose(x0.grad, expected_grad, rtol=1e-3)
        testing.assert_allclose(x1.grad, -x0.grad)

    def test_equal_points(self):
        x = [[1, 2], [3, 4]]
        for dtype in numpy.float16, numpy.float32, numpy.float64:
            self.check(x, x, [0, 1], 0.25, [[0, 0], [0, 0]], dtype)

    def test_almost_equal_points(self):
        # The square of the distance is 0 in single precision.
        x0, x1 = numpy.array([[1e-30]], 'f'), numpy.array([[0]], 'f')
        self.check(x0, x1, [0], 0.5, [[0]])

    def test_far_points(self):
        self.check([[300, 0]], [[-300, 0]], [0], 0, [[0, 0]], numpy.float16)

    def test_margin(self):
        # Beyond the margin, on it, and within.
        x0 = [[2, 0], [1, 0], [0, 0.5]]
        self.check(x0, [[0, 0]] * 3, [0, 0, 0], 0.25 / 6,
                   [[0, 0], [0, 0], [0, -0.5 / 3]])

    def test_squares_do_not_fit_into_half_precision(self):
        self.check([[300, 0]] + [[0, 0]] * 3, [[0, 0]] * 4, [1] * 4, 11250,
                   [[75, 0]] + [[0, 0]] * 3, numpy.float16)

    def test_backward_twice(self):
        x0 = chainer.Variable(numpy.array([[0.5, 0]], 'f'))
        x1 = numpy.zeros((1, 2), 'f')
        loss = F.contrastive(x0, x1, numpy.array([0], 'i'))
        for _ in range(2):
            x0.cleargrad()
            loss.backward()
            self.assertEqual(x0.grad.tolist(), [[-0.5, 0]])


class TestContrastiveErrors(unittest.TestCase):

    def test_margin(self):
        x = numpy.zeros((1, 2), 'f')
        for margin in 0, -1:
            with self.assertRaisesRegex(
                    ValueError, f'positive, but is {margin}'):
                F.contrastive(x, x, numpy.zeros(1, 'i'), margin)

    def test_labels(self):
        x = numpy.zeros((2, 3), 'f')
        for y in [0, 2], [-1, 1]:
            with self.assertRaisesRegex(
                    ValueError, f'0 or 1, .*from {y[0]} to {y[1]}'):
                F.contrastive(x, x, numpy.array(y, 'i'))

    def check(self, message, *types):
        with self.assertRaisesRegex(type_check.InvalidType, message):
            F.contrastive(*[numpy.zeros(*v) for v in types])

    def test_types(self):
        self.check(r'^Expect: in_types\[0\]\.dtype\.kind == f\nActual: i != f',
                   ((2, 3), 'i'), ((2, 3), 'i'), (2, 'i'))
        self.check(r'^Expect: in_types\[1\]\.dtype == in_types\[0\]\.dtype\n'
                   r'Actual: float64 != float32',
                   ((2, 3), 'f'), ((2, 3), 'd'), (2, 'i'))
        self.check(r'^Expect: in_types\[2\]\.dtype == .*int32.*\n'
                   r'Actual: int64 != ',
                   ((2, 3), 'f'), ((2, 3), 'f'), (2, numpy.int64))

    def test_shapes(self):
        self.check(r'^Expect: in_types\[0\]\.ndim == 2\nActual: 1 != 2',
                   (2, 'f'), (2, 'f'), (2, 'i'))
        self.check(r'^Expect: in_types\[1\]\.shape == in_types\[0\]\.shape\n'
                   r'Actual: \(2, 1\) != \(2, 3\)',
                   ((2, 3), 'f'), ((2, 1), 'f'), (2, 'i'))
        self.check(r'^Expect: in_types\[2\]\.ndim == 1\nActual: 2 != 1',
                   ((2, 3), 'f'), ((2, 3), 'f'), ((2, 1), 'i'))
        self.check(r'^Expect: in_types\[2\]\.shape\[0\] == '
                   r'in_types\[0\]\.shape\[0\]\nActual: 3 != 2',
                   ((2, 3), 'f'), ((2, 3), 'f'), (3, 'i'))

    def test_margin_that_is_no_number(self):
        x, y = numpy.zeros((1, 2), 'f'), numpy.zeros(1, 'i')
        for margin in None, '1', (1,), 1j, numpy.ones(1), True:
            with self.assertRaisesRegex(
                    TypeError, '^margin must be a number, but is '):
                F.contrastive(x, x, y, margin)

    def test_margin_nan(self):
        x, y = numpy.zeros((1, 2), 'f'), numpy.zeros(1, 'i')
        with self.assertRaisesRegex(ValueError, 'positive, but is nan'):
            F.contrastive(x, x, y, float('nan'))


class TestContrastiveNaN(unittest.TestCase):

    def test_nan_is_not_hidden(self):
        for label in 0, 1:
            x0 = chainer.Variable(numpy.array([[numpy.nan, 1]], 'f'))
            x1 = chainer.Variable(numpy.zeros((1, 2), 'f'))
            loss = F.contrastive(x0, x1, numpy.array([label], 'i'))
            loss.backward()
            self.assertTrue(math.isnan(loss.data))
            self.assertTrue(numpy.isnan(x0.grad[0, 0]))
            self.assertTrue(numpy.isnan(x1.grad[0, 0]))
