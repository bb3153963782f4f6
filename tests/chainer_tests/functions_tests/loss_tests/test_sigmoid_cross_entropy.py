import math
import unittest

import numpy

import chainer
import chainer.functions as F
from chainer import gradient_check, testing
from chainer.utils import type_check


@testing.parameterize(*testing.product({
    'shape': [(8, 3), (5,), (2, 3, 2), (0, 3), (3, 0)],
    'labels': [[0, 1], [-1, 0, 1], [-1]],
    'normalize': [True, False],
    'dtype': [numpy.float16, numpy.float32, numpy.float64],
}))
class TestSigmoidCrossEntropy(unittest.TestCase):

    def setUp(self):
        random = numpy.random.RandomState(0)
        self.x = random.uniform(-1, 1, self.shape).astype(self.dtype)
        self.t = random.choice(self.labels, self.shape).astype('i')
        self.tolerance = {'atol': 1e-6, 'rtol': 1e-5}
        if self.dtype == numpy.float16:
            self.tolerance = {'atol': 1e-3, 'rtol': 5e-3}

    def loss(self, x, t):
        return F.sigmoid_cross_entropy(x, t, normalize=self.normalize)

    def test_forward(self):
        loss = self.loss(chainer.Variable(self.x), chainer.Variable(self.t))
        self.assertEqual(loss.dtype, self.dtype)
        self.assertEqual(loss.shape, ())
        total = count = 0
        for x, t in zip(self.x.flat, self.t.flat):
            if t != -1:
                p = 1 / (1 + math.exp(-x))
                total -= math.log(p if t == 1 else 1 - p)
                count += 1
        expected = total / max(count if self.normalize else len(self.x), 1)
        testing.assert_allclose(loss.data, expected, **self.tolerance)

    def test_backward(self):
        gradient_check.check_backward(
            self.loss, (self.x, self.t), None, dtype=numpy.float64,
            **self.tolerance)

    def test_backward_of_scaled_loss(self):
        gradient_check.check_backward(
            self.loss, (self.x, self.t), numpy.array(-3, self.dtype),
            dtype=numpy.float64, **self.tolerance)


@testing.parameterize(*testing.product({
    'dtype': [numpy.float16, numpy.float32, numpy.float64],
}))
class TestSigmoidCrossEntropyExtremes(unittest.TestCase):

    def check(self, x, t, expected, expected_grad):
        x = chainer.Variable(numpy.array(x, self.dtype))
        loss = F.sigmoid_cross_entropy(x, numpy.array(t, 'i'))
        loss.backward()
        self.assertEqual(loss.dtype, self.dtype)
        self.assertEqual(x.grad.dtype, self.dtype)
        testing.assert_allclose(loss.data, expected, atol=0, rtol=1e-3)
        # The smallest number of half precision is 6e-8.
        testing.assert_allclose(x.grad, expected_grad, atol=6e-8, rtol=1e-3)

    def test_large_scores(self):
        self.check([1e4, -1e4, 1e4, -1e4], [1, 0, 0, 1], 5e3,
                   [0, 0, 0.25, -0.25])

    def test_infinite_scores(self):
        self.check([numpy.inf, -numpy.inf, 0], [1, 0, 1], math.log(2) / 3,
                   [0, 0, -0.5 / 3])

    def test_all_labels_are_ignored(self):
        self.check([[1, 2], [3, 4]], [[-1, -1], [-1, -1]], 0,
                   [[0, 0], [0, 0]])

    def test_ignored_scores_may_be_anything(self):
        largest = numpy.finfo(self.dtype).max
        self.check([numpy.nan, numpy.inf, -numpy.inf, largest, 0],
                   [-1, -1, -1, -1, 1], math.log(2), [0, 0, 0, 0, -0.5])

    def test_large_batch(self):
        # Neither the sum of the losses nor their number fits into float16.
        n = 100000
        self.check(numpy.zeros(n), numpy.ones(n), math.log(2),
                   numpy.full(n, -0.5 / n))


class TestSigmoidCrossEntropyDetails(unittest.TestCase):

    def test_arguments(self):
        x = numpy.zeros((2, 2), 'f')
        t = numpy.array([[0, 1], [-1, 1]], 'i')
        for normalize, expected in (True, 1), (False, 1.5):
            loss = F.sigmoid_cross_entropy(x, t, False, normalize)
            testing.assert_allclose(loss.data, expected * math.log(2))
            self.assertFalse(F.SigmoidCrossEntropy(False).use_cudnn)

    def test_small_losses(self):
        # They do not vanish beside 1.
        for dtype in numpy.float32, numpy.float64:
            loss = F.sigmoid_cross_entropy(
                numpy.array([20], dtype), numpy.array([1], 'i'))
            testing.assert_allclose(loss.data, math.exp(-20), atol=0)

    def test_nan(self):
        x = numpy.array([numpy.nan, 0], 'f')
        loss = F.sigmoid_cross_entropy(x, numpy.array([1, 0], 'i'))
        self.assertTrue(math.isnan(loss.data))

    def test_non_contiguous(self):
        random = numpy.random.RandomState(0)
        x = random.randn(3, 8).T[::2]
        t = numpy.array([[0, 1, 1, 0], [-1, 1, 0, 0], [1, 1, 0, 0]], 'i').T
        gradient_check.check_backward(
            F.sigmoid_cross_entropy, (x, t), None, eps=1e-5)

    def test_backward_twice(self):
        x = chainer.Variable(numpy.zeros((1, 2), 'f'))
        t = chainer.Variable(numpy.array([[1, 0]], 'i'))
        loss = F.sigmoid_cross_entropy(x, t)
        for _ in range(2):
            x.cleargrad()
            loss.backward()
            self.assertEqual(x.grad.tolist(), [[-0.25, 0.25]])
        self.assertIsNone(t.grad)
        self.assertEqual(x.data.tolist(), [[0, 0]])
        self.assertEqual(t.data.tolist(), [[1, 0]])

    def test_ignore_label(self):
        self.assertEqual(F.SigmoidCrossEntropy.ignore_label, -1)


class TestSigmoidCrossEntropyErrors(unittest.TestCase):

    def test_labels(self):
        for t in [0, 2], [-2, 1]:
            with self.assertRaisesRegex(
                    ValueError, f'0 or 1, or -1 .*from {t[0]} to {t[1]}'):
                F.sigmoid_cross_entropy(
                    numpy.zeros(2, 'f'), numpy.array(t, 'i'))

    def check(self, message, x, t):
        with self.assertRaisesRegex(type_check.InvalidType, message) as cm:
            F.sigmoid_cross_entropy(numpy.zeros(*x), numpy.zeros(*t))
        return str(cm.exception)

    def test_type_of_labels(self):
        message = self.check(
            r'^Expect: in_types\[1\]\.dtype == .*int32.*\n'
            r'Actual: float32 != ', ((2, 3), 'f'), ((2, 3), 'f'))
        self.assertIn('Hint: t is float32, expected int32: cast it with '
                      '.astype(numpy.int32)', message)

    def test_type_of_scores(self):
        self.check(r'^Expect: in_types\[0\]\.dtype\.kind == f\nActual: i != f',
                   (2, 'i'), (2, 'i'))

    def test_shapes(self):
        self.check(r'^Expect: in_types\[0\]\.shape == in_types\[1\]\.shape\n'
                   r'Actual: \(3, 1\) != \(3,\)', ((3, 1), 'f'), (3, 'i'))
        self.check(r'^Expect: in_types\[0\]\.ndim >= 1\nActual: 0 < 1',
                   ((), 'f'), ((), 'i'))
