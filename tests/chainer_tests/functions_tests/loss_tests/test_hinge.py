import math
import unittest

import numpy

import chainer
import chainer.functions as F
from chainer import gradient_check, testing
from chainer.utils import type_check


@testing.parameterize(*testing.product({
    'shape': [(6, 4), (1, 3), (3, 1), (0, 3)],
    'norm': ['L1', 'L2'],
    'dtype': [numpy.float16, numpy.float32, numpy.float64],
}))
class TestHinge(unittest.TestCase):

    def setUp(self):
        random = numpy.random.RandomState(0)
        n, k = self.shape
        # Away from the kinks at 1 and -1.
        x = random.choice([-2, 0, 2], self.shape)
        x = x + random.uniform(-0.8, 0.8, self.shape)
        self.x = x.astype(self.dtype)
        self.t = random.randint(0, k, n).astype('i')
        self.tolerance = {'atol': 1e-6, 'rtol': 1e-5}
        if self.dtype == numpy.float16:
            self.tolerance = {'atol': 1e-3, 'rtol': 1e-2}

    def loss(self, x, t):
        return F.hinge(x, t, self.norm)

    def test_forward(self):
        loss = self.loss(chainer.Variable(self.x), chainer.Variable(self.t))
        self.assertEqual(loss.dtype, self.dtype)
        self.assertEqual(loss.shape, ())
        power = {'L1': 1, 'L2': 2}[self.norm]
        n_rows, n_columns = self.shape
        total = math.fsum(
            max(0, 1 - (1 if self.t[n] == k else -1) * float(self.x[n, k])) **
            power for n in range(n_rows) for k in range(n_columns))
        testing.assert_allclose(
            loss.data, total / max(n_rows, 1), **self.tolerance)

    def test_backward(self):
        gradient_check.check_backward(
            self.loss, (self.x, self.t), None, dtype=numpy.float64,
            **self.tolerance)

    def test_backward_of_scaled_loss(self):
        gradient_check.check_backward(
            self.loss, (self.x, self.t), numpy.array(-3, self.dtype),
            dtype=numpy.float64, **self.tolerance)


class TestHingeDetails(unittest.TestCase):

    def test_l1_is_the_default(self):
        x, t = numpy.array([[-2, 3, 0.5]], 'f'), numpy.array([1], 'i')
        self.assertEqual(F.hinge(x, t).data, 1.5)
        self.assertEqual(F.Hinge()(x, t).data, 1.5)

    def test_large_batch_of_half_precision(self):
        # Neither the sum nor the number of examples fits.
        x = chainer.Variable(numpy.full((100000, 1), -1, numpy.float16))
        loss = F.hinge(x, numpy.zeros(100000, 'i'), 'L2')
        loss.backward()
        testing.assert_allclose(loss.data, 4)
        testing.assert_allclose(x.grad, -4e-5, atol=1e-7)

    def test_squares_do_not_fit_into_half_precision(self):
        x = numpy.array([[300] + [0] * 999, [0] * 1000], numpy.float16)
        loss = F.hinge(x, numpy.array([1, 1], 'i'), 'L2')
        testing.assert_allclose(
            loss.data, (301 ** 2 + 999 + 1000) / 2, rtol=1e-3)

    def test_backward_twice(self):
        for norm, expected in ('L1', [[1, -1]]), ('L2', [[4, -1]]):
            x = chainer.Variable(numpy.array([[1, 0.5]], 'f'))
            loss = F.hinge(x, numpy.array([1], 'i'), norm)
            for _ in range(2):
                x.cleargrad()
                loss.backward()
                self.assertEqual(x.grad.tolist(), expected)
            self.assertEqual(x.data.tolist(), [[1, 0.5]])

    def test_non_contiguous(self):
        random = numpy.random.RandomState(0)
        gradient_check.check_backward(
            F.hinge, (random.randn(3, 8).T[::2], numpy.zeros(4, 'i')), None,
            eps=1e-4)


class TestHingeErrors(unittest.TestCase):

    def test_norm(self):
        with self.assertRaisesRegex(
                NotImplementedError, "'L1' or 'L2', but is 'L3'"):
            F.hinge(numpy.zeros((1, 2), 'f'), numpy.zeros(1, 'i'), 'L3')

    def test_label_out_of_range(self):
        # -1 is a label to ignore elsewhere, but not here.
        for t in [0, 3], [-1, 0]:
            with self.assertRaisesRegex(
                    ValueError, f'0 <= t < 3, .*from {t[0]} to {t[1]}'):
                F.hinge(numpy.zeros((2, 3), 'f'), numpy.array(t, 'i'))

    def check(self, message, x, t):
        with self.assertRaisesRegex(type_check.InvalidType, message) as cm:
            F.hinge(numpy.zeros(*x), numpy.zeros(*t))
        return str(cm.exception)

    def test_type_of_labels(self):
        message = self.check(
            r'^Expect: in_types\[1\]\.dtype == .*int32.*\n'
            r'Actual: int64 != ', ((2, 3), 'f'), (2, numpy.int64))
        self.assertIn('Hint: t is int64, expected int32: cast it with '
                      '.astype(numpy.int32)', message)

    def test_type_of_scores(self):
        self.check(r'^Expect: in_types\[0\]\.dtype\.kind == f\nActual: i != f',
                   ((2, 3), 'i'), (2, 'i'))

    def test_dimensions(self):
        self.check(r'^Expect: in_types\[0\]\.ndim == 2\nActual: 3 != 2',
                   ((2, 3, 1), 'f'), (2, 'i'))
        self.check(r'^Expect: in_types\[1\]\.ndim == 1\nActual: 2 != 1',
                   ((2, 3), 'f'), ((2, 3), 'i'))

    def test_batch_sizes(self):
        self.check(r'^Expect: in_types\[0\]\.shape\[0\] == '
                   r'in_types\[1\]\.shape\[0\]\nActual: 2 != 3',
                   ((2, 3), 'f'), (3, 'i'))

class TestHingeNaN(unittest.TestCase):

    def test_nan_is_not_hidden(self):
        for norm in 'L1', 'L2':
            for label in 0, 1:
                x = chainer.Variable(numpy.array([[numpy.nan, -5]], 'f'))
                loss = F.hinge(x, numpy.array([label], 'i'), norm)
                loss.backward()
                self.assertTrue(math.isnan(loss.data))
                self.assertTrue(numpy.isnan(x.grad[0, 0]))
