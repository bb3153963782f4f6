import unittest

import numpy

import chainer
import chainer.functions as F
from chainer import testing
from chainer.utils import type_check


@testing.parameterize(*testing.product({
    'shape': [(9,), (4, 3), (2, 3, 2), (), (0, 3)],
    'labels': [[0, 1], [-1, 0, 1], [-1]],
    'dtype': [numpy.float16, numpy.float32, numpy.float64],
}))
class TestBinaryAccuracy(unittest.TestCase):

    def setUp(self):
        random = numpy.random.RandomState(0)
        y = random.uniform(-1, 1, self.shape)
        self.y = numpy.asarray(y, self.dtype)
        t = random.choice(self.labels, self.shape)
        self.t = numpy.asarray(t, 'i')

    def test_forward(self):
        accuracy = F.binary_accuracy(
            chainer.Variable(self.y), chainer.Variable(self.t))
        hits = total = 0
        for score, label in zip(self.y.flat, self.t.flat):
            if label != -1:
                total += 1
                hits += label == (1 if score >= 0 else 0)
        self.assertEqual(accuracy.dtype, self.dtype)
        self.assertEqual(accuracy.shape, ())
        testing.assert_allclose(accuracy.data, hits / max(total, 1),
                                atol=1e-3, rtol=0)


class TestBinaryAccuracyDetails(unittest.TestCase):

    def test_zero_stands_for_one(self):
        y = numpy.array([0, -0.], 'f')
        self.assertEqual(F.binary_accuracy(y, numpy.ones(2, 'i')).data, 1)

    def test_all_labels_are_ignored(self):
        accuracy = F.binary_accuracy(numpy.ones(2, 'f'),
                                     numpy.array([-1, -1], 'i'))
        self.assertEqual(accuracy.data, 0)

    def test_large_batch_of_half_precision(self):
        n = 100000
        t = (numpy.arange(n) % 4 == 0).astype('i')
        self.assertEqual(
            F.binary_accuracy(numpy.ones(n, numpy.float16), t).data, 0.25)

    def test_no_gradient(self):
        y = chainer.Variable(numpy.ones(2, 'f'))
        F.binary_accuracy(y, numpy.zeros(2, 'i')).backward()
        self.assertIsNone(y.grad)

    def test_ignored_label_of_a_subclass(self):
        class IgnoreOne(F.BinaryAccuracy):
            ignore_label = 1

        y, t = numpy.array([2, 2, -2], 'f'), numpy.array([1, 0, 0], 'i')
        self.assertEqual(IgnoreOne()(y, t).data, 0.5)


class TestBinaryAccuracyErrors(unittest.TestCase):

    def check(self, message, y, t):
        with self.assertRaisesRegex(type_check.InvalidType, message) as cm:
            F.binary_accuracy(numpy.zeros(*y), numpy.zeros(*t))
        return str(cm.exception)

    def test_type_of_labels(self):
        message = self.check(
            r'^Expect: in_types\[1\]\.dtype == .*int32.*\n'
            r'Actual: int64 != ', (2, 'f'), (2, numpy.int64))
        self.assertIn('Hint: t is int64, expected int32: cast it with '
                      '.astype(numpy.int32)', message)

    def test_type_of_scores(self):
        self.check(r'^Expect: in_types\[0\]\.dtype\.kind == f\nActual: i != f',
                   (2, 'i'), (2, 'i'))

    def test_shapes(self):
        self.check(r'^Expect: in_types\[0\]\.shape == in_types\[1\]\.shape\n'
                   r'Actual: \(2, 1\) != \(2,\)', ((2, 1), 'f'), (2, 'i'))
