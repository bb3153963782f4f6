import math
import unittest

import numpy

import chainer
import chainer.functions as F
from chainer import gradient_check, testing
from chainer.utils import type_check


class IgnoreTwo(F.SoftmaxCrossEntropy):

    ignore_label = 2


@testing.parameterize(*testing.product({
    'shape': [(8, 3), (4, 3, 2), (2, 3, 2, 3), (5, 1), (0, 3), (2, 3, 0)],
    'dtype': [numpy.float16, numpy.float32, numpy.float64],
    'normalize': [True, False],
    'cache_score': [True, False],
    'function': [F.SoftmaxCrossEntropy, IgnoreTwo],
}))
class TestSoftmaxCrossEntropy(unittest.TestCase):

    def setUp(self):
        random = numpy.random.RandomState(0)
        self.x = random.uniform(-1, 1, self.shape).astype(self.dtype)
        labels = {F.SoftmaxCrossEntropy: [-1, 0, 1, 2], IgnoreTwo: [0, 1, 2]}
        self.ignore_label = self.function.ignore_label
        labels = [label for label in labels[self.function]
                  if label < self.shape[1] or label == self.ignore_label]
        self.t = random.choice(
            labels, (self.shape[0], *self.shape[2:])).astype('i')
        self.tolerance = {'atol': 1e-6, 'rtol': 1e-5}
        if self.dtype == numpy.float16:
            self.tolerance = {'atol': 1e-3, 'rtol': 5e-3}

    def loss(self, x, t):
        return self.function(normalize=self.normalize,
                             cache_score=self.cache_score)(x, t)

    def test_forward(self):
        loss = self.loss(chainer.Variable(self.x), chainer.Variable(self.t))
        self.assertEqual(loss.dtype, self.dtype)
        self.assertEqual(loss.shape, ())
        total = count = 0
        for n, *i in numpy.ndindex(self.t.shape):
            label = self.t[(n, *i)]
            if label != self.ignore_label:
                terms = [math.exp(x) for x in self.x[(n, slice(None), *i)]]
                total -= math.log(terms[label] / math.fsum(terms))
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


class TestSoftmaxCrossEntropyFunction(unittest.TestCase):

    def test_arguments(self):
        x = numpy.zeros((2, 2), 'f')
        t = numpy.array([0, -1], 'i')
        for normalize, expected in (True, 1), (False, 0.5):
            loss = F.softmax_cross_entropy(x, t, normalize=normalize)
            testing.assert_allclose(loss.data, expected * math.log(2))

    def test_cache_score(self):
        x = numpy.random.RandomState(0).randn(4, 3).astype('f')
        t = numpy.array([0, 1, 2, -1], 'i')
        grads = []
        for cache_score in True, False:
            v = chainer.Variable(x)
            loss = F.softmax_cross_entropy(v, t, cache_score=cache_score)
            self.assertEqual(hasattr(loss.creator, 'y'), cache_score)
            loss.backward()
            grads.append(v.grad)
        numpy.testing.assert_array_equal(*grads)

    def test_non_contiguous(self):
        random = numpy.random.RandomState(0)
        x = random.randn(3, 2, 8).T[::2]
        t = numpy.array([[0, 1, 1, 0], [-1, 1, 0, 0], [1, 1, 0, 0]], 'i').T
        gradient_check.check_backward(
            F.softmax_cross_entropy, (x, t), None, eps=1e-5)

    def test_arguments_are_left_alone(self):
        x = chainer.Variable(numpy.array([[1, 2], [3, 4]], 'f'))
        t = chainer.Variable(numpy.array([1, -1], 'i'))
        F.softmax_cross_entropy(x, t).backward()
        self.assertEqual(x.data.tolist(), [[1, 2], [3, 4]])
        self.assertEqual(t.data.tolist(), [1, -1])
        self.assertIsNone(t.grad)

    def test_backward_twice(self):
        x = chainer.Variable(numpy.array([[1, 2], [3, 4]], 'f'))
        loss = F.softmax_cross_entropy(x, numpy.array([1, 0], 'i'))
        loss.backward()
        first = x.grad.copy()
        x.cleargrad()
        loss.backward()
        numpy.testing.assert_array_equal(x.grad, first)


@testing.parameterize(*testing.product({
    'dtype': [numpy.float16, numpy.float32, numpy.float64],
    'cache_score': [True, False],
}))
class TestSoftmaxCrossEntropyExtremes(unittest.TestCase):

    def check(self, x, t, expected, expected_grad):
        x = chainer.Variable(numpy.array(x, self.dtype))
        loss = F.softmax_cross_entropy(
            x, numpy.array(t, 'i'), cache_score=self.cache_score)
        loss.backward()
        self.assertEqual(loss.dtype, self.dtype)
        self.assertEqual(x.grad.dtype, self.dtype)
        testing.assert_allclose(loss.data, expected, atol=0, rtol=1e-3)
        # The smallest number of half precision is 6e-8.
        testing.assert_allclose(x.grad, expected_grad, atol=6e-8, rtol=1e-3)

    def test_large_scores(self):
        self.check([[1000, -1000], [1000, -1000]], [0, 1], 1000,
                   [[0, 0], [0.5, -0.5]])

    def test_equal_scores(self):
        for x in -1000, 1000:
            self.check([[x, x]], [0], math.log(2), [[-0.5, 0.5]])

    def test_impossible_class(self):
        self.check([[0, -numpy.inf, 0]], [0], math.log(2), [[-0.5, 0, 0.5]])

    def test_all_labels_are_ignored(self):
        self.check([[1, 2], [3, 4]], [-1, -1], 0, [[0, 0], [0, 0]])

    def test_ignored_scores_may_be_anything(self):
        self.check([[numpy.nan, 0], [0, -numpy.inf], [0, 0]], [-1, -1, 0],
                   math.log(2), [[0, 0], [0, 0], [-0.5, 0.5]])

    def test_large_batch(self):
        # Neither the sum of the losses nor their number fits into float16.
        n = 100000
        x = numpy.tile([1, -1], (n, 1))
        self.check(x, [1] * n, 2 + math.log(1 + math.exp(-2)),
                   x / (1 + math.exp(-2)) / n)

    def test_many_classes(self):
        self.check(numpy.zeros((1, 100000)), [0], math.log(100000),
                   numpy.where(numpy.arange(100000) == 0, -1, 1e-5)[None])


class TestSoftmaxCrossEntropyPrecision(unittest.TestCase):

    def test_small_differences_of_large_scores(self):
        x = numpy.array([[1e5, 1e5 - 0.125]], 'f')
        loss = F.softmax_cross_entropy(x, numpy.array([1], 'i'))
        testing.assert_allclose(
            loss.data, 0.125 + math.log(1 + math.exp(-0.125)), rtol=1e-6)


class TestSoftmaxCrossEntropyErrors(unittest.TestCase):

    def check(self, message, x, t):
        with self.assertRaisesRegex(type_check.InvalidType, message) as cm:
            F.softmax_cross_entropy(numpy.zeros(*x), numpy.zeros(*t))
        return str(cm.exception)

    def test_label_out_of_range(self):
        x = numpy.zeros((3, 3), 'f')
        for labels in [0, 1, 3], [0, 1, -2]:
            t = numpy.array(labels, 'i')
            with self.assertRaisesRegex(
                    ValueError, '^labels t must lie in 0 <= t < 3, the number '
                    'of classes, or be -1 to be ignored, but they reach from '
                    f'{min(labels)} to {max(labels)}'):
                F.softmax_cross_entropy(x, t)

    def test_other_ignored_label(self):
        with self.assertRaisesRegex(ValueError, 'or be 2 to be ignored'):
            IgnoreTwo()(numpy.zeros((2, 2), 'f'), numpy.array([0, -1], 'i'))

    def test_type_of_labels(self):
        message = self.check(
            r'^Expect: in_types\[1\]\.dtype == .*int32.*\n'
            r'Actual: int64 != ', ((2, 3), 'f'), (2, numpy.int64))
        self.assertIn('Hint: t is int64, expected int32: cast it with '
                      '.astype(numpy.int32)', message)

    def test_type_of_scores(self):
        self.check(r'^Expect: in_types\[0\]\.dtype\.kind == f\nActual: i != f',
                   ((2, 3), 'i'), (2, 'i'))

    def test_one_hot_labels(self):
        self.check(r'^Expect: in_types\[1\]\.ndim == in_types\[0\]\.ndim - 1\n'
                   r'Actual: 2 != 1', ((2, 3), 'f'), ((2, 3), 'i'))

    def test_scores_of_one_dimension(self):
        self.check(r'^Expect: in_types\[0\]\.ndim > 1', (3, 'f'), ((), 'i'))

    def test_batch_sizes(self):
        self.check(r'^Expect: in_types\[0\]\.shape\[0\] == '
                   r'in_types\[1\]\.shape\[0\]\nActual: 2 != 3',
                   ((2, 3), 'f'), (3, 'i'))

    def test_positions(self):
        self.check(r'^Expect: in_types\[0\]\.shape\[2:\] == '
                   r'in_types\[1\]\.shape\[1:\]\nActual: \(4, 5\) != \(5, 4\)',
                   ((2, 3, 4, 5), 'f'), ((2, 5, 4), 'i'))
