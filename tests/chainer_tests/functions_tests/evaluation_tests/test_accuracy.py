import unittest

import numpy

import chainer
import chainer.functions as F
from chainer import testing
from chainer.utils import type_check


@testing.parameterize(*testing.product_dict([
    {'y_shape': (10, 3), 't_shape': (10,)},
    {'y_shape': (5, 3, 2), 't_shape': (5, 2)},
    {'y_shape': (4, 3, 2, 3), 't_shape': (4, 2, 3)},
    {'y_shape': (10, 3, 1, 1), 't_shape': (10,)},
    {'y_shape': (5, 3, 2, 1), 't_shape': (5, 2)},
    {'y_shape': (0, 3), 't_shape': (0,)},
], [
    {'ignore_label': None},
    {'ignore_label': 0},
    {'ignore_label': -1},
], [
    {'dtype': numpy.float16},
    {'dtype': numpy.float32},
    {'dtype': numpy.float64},
]))
class TestAccuracy(unittest.TestCase):

    def setUp(self):
        random = numpy.random.RandomState(0)
        self.y = random.uniform(-1, 1, self.y_shape).astype(self.dtype)
        lowest = 0 if self.ignore_label is None else self.ignore_label
        self.t = random.randint(lowest, 3, self.t_shape).astype('i')

    def test_forward(self):
        accuracy = F.accuracy(chainer.Variable(self.y),
                              chainer.Variable(self.t), self.ignore_label)
        hits = total = 0
        for n, *i in numpy.ndindex(self.t_shape):
            label = self.t[(n, *i)]
            if label == self.ignore_label:
                continue
            i += [0] * (len(self.y_shape) - 1 - len(self.t_shape))
            scores = [self.y[(n, c, *i)] for c in range(3)]
            total += 1
            hits += scores.index(max(scores)) == label
        self.assertEqual(accuracy.dtype, self.dtype)
        self.assertEqual(accuracy.shape, ())
        testing.assert_allclose(accuracy.data, hits / max(total, 1),
                                atol=1e-3, rtol=0)


class TestAccuracyDetails(unittest.TestCase):

    def test_all_labels_are_ignored(self):
        accuracy = F.accuracy(numpy.ones((2, 3), 'f'),
                              numpy.array([7, 7], 'i'), ignore_label=7)
        self.assertEqual(accuracy.data, 0)
        self.assertEqual(accuracy.dtype, numpy.float32)

    def test_one_example(self):
        y = numpy.array([[1, 0]], 'f')
        for label, expected in (0, 1), (1, 0):
            t = numpy.array([label], 'i')
            self.assertEqual(F.accuracy(y, t).data, expected)

    def test_label_out_of_range_is_wrong(self):
        accuracy = F.accuracy(numpy.array([[0, 1], [0, 1]], 'f'),
                              numpy.array([1, 2], 'i'))
        self.assertEqual(accuracy.data, 0.5)

    def test_large_batch_of_half_precision(self):
        n = 100000
        y = numpy.zeros((n, 2), numpy.float16)
        t = (numpy.arange(n) % 4 == 0).astype('i')
        self.assertEqual(F.accuracy(y, t).data, 0.75)

    def test_no_gradient(self):
        y = chainer.Variable(numpy.ones((2, 3), 'f'))
        accuracy = F.accuracy(y, numpy.zeros(2, 'i'))
        accuracy.backward()
        self.assertIsNone(y.grad)

    def test_labels_are_left_alone(self):
        t = numpy.array([0, -1], 'i')
        F.accuracy(numpy.ones((2, 3), 'f'), t, ignore_label=-1)
        self.assertEqual(t.tolist(), [0, -1])


class TestAccuracyErrors(unittest.TestCase):

    def check(self, message, y, t):
        with self.assertRaisesRegex(type_check.InvalidType, message) as cm:
            F.accuracy(numpy.zeros(*y), numpy.zeros(*t))
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

    def test_scores_of_one_dimension(self):
        self.check(r'^Expect: in_types\[0\]\.ndim > 1', (2, 'f'), (2, 'i'))

    def test_scalar_label(self):
        self.check(r'^Expect: in_types\[1\]\.ndim > 0',
                   ((1, 3), 'f'), ((), 'i'))

    def test_batch_sizes(self):
        self.check(r'^Expect: in_types\[0\]\.shape\[0\] == '
                   r'in_types\[1\]\.shape\[0\]\nActual: 2 != 3',
                   ((2, 3), 'f'), (3, 'i'))

    def test_positions(self):
        self.check(r'^Expect: in_types\[0\]\.shape\[2:4\] == '
                   r'in_types\[1\]\.shape\[1:\]\nActual: \(4, 5\) != \(5, 4\)',
                   ((2, 3, 4, 5), 'f'), ((2, 5, 4), 'i'))

    def test_positions_without_labels(self):
        self.check(r'^Expect: prod\(in_types\[0\]\.shape\[2:\]\) == 1\n'
                   r'Actual: 4 != 1', ((2, 3, 4), 'f'), (2, 'i'))

    def test_no_class(self):
        self.check(r'^Expect: in_types\[0\]\.shape\[1\] > 0\nActual: 0 <= 0',
                   ((2, 0), 'f'), (2, 'i'))

    def test_empty_batch(self):
        y = F.accuracy(numpy.zeros((0, 3), 'f'), numpy.zeros(0, 'i'))
        self.assertEqual(y.data, 0)
