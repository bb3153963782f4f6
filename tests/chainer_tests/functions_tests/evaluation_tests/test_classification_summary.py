import math
import unittest

import numpy

import chainer
import chainer.functions as F
from chainer import testing
from chainer.utils import type_check


def divide(a, b):
    return a / b if b != 0 else math.nan


def summarize(predicted, labels, label_num, beta, ignore_label):
    """Counts by hand, example by example and class by class."""
    pairs = [(p, t) for p, t in zip(predicted, labels) if t != ignore_label]
    rows = []
    for c in range(label_num):
        tp = sum(p == t == c for p, t in pairs)
        support = sum(t == c for _, t in pairs)
        precision = divide(tp, sum(p == c for p, _ in pairs))
        recall = divide(tp, support)
        f = divide((1 + beta ** 2) * precision * recall,
                   beta ** 2 * precision + recall)
        rows.append((precision, recall, f, support))
    return [list(column) for column in zip(*rows)] or [[]] * 4


@testing.parameterize(*testing.product_dict([
    {'y_shape': (30, 3), 't_shape': (30,)},
    {'y_shape': (5, 3, 4), 't_shape': (5, 4)},
    {'y_shape': (30, 3, 1, 1), 't_shape': (30,)},
    {'y_shape': (2, 3), 't_shape': (2,)},
    {'y_shape': (0, 3), 't_shape': (0,)},
], [
    {'label_num': 3, 'beta': 1.0, 'ignore_label': -1},
    {'label_num': None, 'beta': 2.0, 'ignore_label': 0},
    {'label_num': 4, 'beta': 0.5, 'ignore_label': 2},
], [
    {'dtype': numpy.float16},
    {'dtype': numpy.float32},
    {'dtype': numpy.float64},
]))
class TestClassificationSummary(unittest.TestCase):

    def setUp(self):
        random = numpy.random.RandomState(0)
        self.y = random.uniform(-1, 1, self.y_shape).astype(self.dtype)
        lowest = min(self.ignore_label, 0)
        self.t = random.randint(lowest, 3, self.t_shape).astype('i')
        label_num = self.label_num
        if label_num is None:
            label_num = max(self.t.ravel().tolist(), default=-1) + 1
        predicted = []
        for n, *i in numpy.ndindex(self.t_shape):
            i += [0] * (len(self.y_shape) - 1 - len(self.t_shape))
            scores = [self.y[(n, c, *i)] for c in range(3)]
            predicted.append(scores.index(max(scores)))
        self.expected = summarize(predicted, self.t.ravel().tolist(),
                                  label_num, self.beta, self.ignore_label)

    def check(self, results, expected):
        self.assertIsInstance(results, tuple)
        self.assertEqual(len(results), len(expected))
        for result, values in zip(results, expected):
            self.assertEqual(result.shape, (len(values),))
            testing.assert_allclose(
                result.data, values, atol=0,
                rtol=1e-3 if self.dtype == numpy.float16 else 1e-6)
        for result in results[:-1]:
            self.assertEqual(result.dtype, self.dtype)
        self.assertEqual(results[-1].dtype.kind, 'i')

    def test_summary(self):
        self.check(F.classification_summary(
            chainer.Variable(self.y), chainer.Variable(self.t),
            self.label_num, self.beta, self.ignore_label), self.expected)

    def test_precision(self):
        results = F.precision(self.y, self.t, self.label_num,
                              self.ignore_label)
        self.check(results, [self.expected[0], self.expected[3]])

    def test_recall(self):
        results = F.recall(self.y, self.t, self.label_num, self.ignore_label)
        self.check(results, [self.expected[1], self.expected[3]])

    def test_f1_score(self):
        expected = [divide(2 * p * r, p + r)
                    for p, r in zip(*self.expected[:2])]
        results = F.f1_score(self.y, self.t, self.label_num,
                             self.ignore_label)
        self.check(results, [expected, self.expected[3]])


class TestClassificationSummaryDetails(unittest.TestCase):

    def setUp(self):
        self.y = numpy.array([[1, 0, 0], [0, 1, 0], [0, 1, 0]], 'f')

    def test_undefined(self):
        # The class 2 neither occurs nor is predicted, 0 is never hit.
        t = numpy.array([1, 0, 1], 'i')
        precision, recall, f, support = F.classification_summary(
            self.y, t, label_num=3)
        testing.assert_allclose(precision.data, [0, 0.5, math.nan])
        testing.assert_allclose(recall.data, [0, 0.5, math.nan])
        testing.assert_allclose(f.data, [math.nan, 0.5, math.nan])
        self.assertEqual(support.data.tolist(), [1, 2, 0])

    def test_predictions_beyond_the_number_of_classes(self):
        y = numpy.array([[0, 0, 1], [1, 0, 0]], 'f')
        precision, recall, _, support = F.classification_summary(
            y, numpy.array([0, 0], 'i'))
        self.assertEqual(precision.data.tolist(), [1])
        self.assertEqual(recall.data.tolist(), [0.5])
        self.assertEqual(support.data.tolist(), [2])

    def test_all_labels_are_ignored(self):
        for result in F.classification_summary(
                self.y, numpy.array([-1, -1, -1], 'i')):
            self.assertEqual(result.shape, (0,))

    def test_types_of_labels(self):
        for dtype in numpy.int8, numpy.int32, numpy.int64:
            _, support = F.recall(self.y, numpy.array([0, 1, 0], dtype))
            self.assertEqual(support.data.tolist(), [2, 1])

    def test_large_batch_of_half_precision(self):
        n = 100000
        y = numpy.tile(numpy.array([[1, 0]], numpy.float16), (n, 1))
        t = (numpy.arange(n) % 4 == 0).astype('i')
        precision, support = F.precision(y, t, label_num=1, ignore_label=1)
        self.assertEqual(precision.data.tolist(), [1])
        self.assertEqual(support.data.tolist(), [75000])

    def test_no_gradient(self):
        y = chainer.Variable(self.y)
        precision, _ = F.precision(y, numpy.array([0, 1, 1], 'i'))
        precision.grad = numpy.ones(2, 'f')
        precision.backward()
        self.assertIsNone(y.grad)


class TestClassificationSummaryErrors(unittest.TestCase):

    def test_label_out_of_range(self):
        for t in [0, 3, 1], [-2, 2, 1]:
            with self.assertRaisesRegex(
                    ValueError, f'0 <= t < 3, .*-1 to be ignored, .*'
                    f'from {min(t)} to {max(t)}'):
                F.classification_summary(
                    numpy.zeros((3, 3), 'f'), numpy.array(t), 3)

    def check(self, message, y, t):
        with self.assertRaisesRegex(type_check.InvalidType, message):
            F.classification_summary(numpy.zeros(*y), numpy.zeros(*t))

    def test_type_of_labels(self):
        self.check(r'^Expect: in_types\[1\]\.dtype\.kind == i\nActual: f != i',
                   ((2, 3), 'f'), (2, 'f'))

    def test_type_of_scores(self):
        self.check(r'^Expect: in_types\[0\]\.dtype\.kind == f\nActual: i != f',
                   ((2, 3), 'i'), (2, 'i'))

    def test_dimensions(self):
        self.check(r'^Expect: in_types\[0\]\.ndim > 1', (2, 'f'), (2, 'i'))
        self.check(r'^Expect: in_types\[1\]\.ndim > 0', ((1, 3), 'f'),
                   ((), 'i'))

    def test_shapes(self):
        self.check(r'^Expect: in_types\[0\]\.shape\[0\] == '
                   r'in_types\[1\]\.shape\[0\]\nActual: 2 != 3',
                   ((2, 3), 'f'), (3, 'i'))
        self.check(r'^Expect: in_types\[0\]\.shape\[2:3\] == '
                   r'in_types\[1\]\.shape\[1:\]\nActual: \(4,\) != \(5,\)',
                   ((2, 3, 4), 'f'), ((2, 5), 'i'))
        self.check(r'^Expect: prod\(in_types\[0\]\.shape\[2:\]\) == 1\n'
                   r'Actual: 4 != 1', ((2, 3, 4), 'f'), (2, 'i'))

    def test_no_class(self):
        self.check(r'^Expect: in_types\[0\]\.shape\[1\] > 0\nActual: 0 <= 0',
                   ((2, 0), 'f'), (2, 'i'))

    def test_empty_batch(self):
        ys = F.classification_summary(
            numpy.zeros((0, 3), 'f'), numpy.zeros(0, 'i'), 3)
        self.assertEqual(ys[3].data.tolist(), [0, 0, 0])

    def test_label_num(self):
        for label_num in '4', 1.5, True:
            with self.assertRaisesRegex(
                    TypeError, '^label_num must be an integer, but is '):
                F.classification_summary(
                    numpy.zeros((1, 4), 'f'), numpy.zeros(1, 'i'), label_num)

    def test_beta_that_is_no_number(self):
        for beta in None, '1', (1,), 1j, numpy.ones(1), True:
            with self.assertRaisesRegex(
                    TypeError, '^beta must be a number, but is '):
                F.ClassificationSummary(None, beta, -1)
