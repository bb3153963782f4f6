import unittest

import numpy

import chainer
import chainer.functions as F
from chainer import gradient_check, testing
from chainer.utils import type_check


@testing.parameterize(*testing.product_dict([
    {'lengths': [4, 2, 1], 'transposed': [3, 2, 1, 1]},
    {'lengths': [3, 3], 'transposed': [2, 2, 2]},
    {'lengths': [3, 1, 0, 0], 'transposed': [2, 1, 1]},
    {'lengths': [1, 1, 1], 'transposed': [3]},
    {'lengths': [3], 'transposed': [1, 1, 1]},
    {'lengths': [1], 'transposed': [1]},
], [
    {'unit': ()},
    {'unit': (2,)},
    {'unit': (3, 2)},
    {'unit': (0,)},
], [
    {'dtype': numpy.float16},
    {'dtype': numpy.float32},
    {'dtype': numpy.float64},
]))
class TestTransposeSequence(unittest.TestCase):

    def setUp(self):
        random = numpy.random.RandomState(0)
        self.xs = [
            random.uniform(-1, 1, (n, *self.unit)).astype(self.dtype)
            for n in self.lengths]
        self.gys = [
            random.uniform(-1, 1, (n, *self.unit)).astype(self.dtype)
            for n in self.transposed]

    def test_forward(self):
        ys = F.transpose_sequence([chainer.Variable(x) for x in self.xs])
        self.assertIsInstance(ys, tuple)
        self.assertEqual([y.shape for y in ys],
                         [(n, *self.unit) for n in self.transposed])
        for t, y in enumerate(ys):
            self.assertEqual(y.dtype, self.dtype)
            for i, element in enumerate(y.data):
                numpy.testing.assert_array_equal(element, self.xs[i][t])

    def test_backward(self):
        gradient_check.check_backward(
            lambda *xs: F.transpose_sequence(xs), self.xs, self.gys,
            dtype=numpy.float64)

    def test_inverse(self):
        xs = F.transpose_sequence(F.transpose_sequence(self.xs))
        self.assertEqual(len(xs), sum(n > 0 for n in self.lengths))
        for x, expected in zip(xs, self.xs):
            numpy.testing.assert_array_equal(x.data, expected)


class TestTransposeSequenceDetails(unittest.TestCase):

    def test_nothing(self):
        self.assertEqual(F.transpose_sequence([]), ())
        self.assertEqual(F.transpose_sequence([numpy.zeros((0, 2))] * 2), ())

    def test_integers(self):
        xs = [chainer.Variable(numpy.array(x, 'i'))
              for x in ([0, 1, 2, 3], [4, 5], [6])]
        ys = F.transpose_sequence(xs)
        self.assertEqual([y.data.tolist() for y in ys],
                         [[0, 4, 6], [1, 5], [2], [3]])
        self.assertEqual({y.dtype for y in ys}, {numpy.dtype('i')})

    def test_outputs_without_gradient(self):
        xs = [chainer.Variable(numpy.zeros(n, 'f')) for n in (3, 2)]
        y = F.transpose_sequence(xs)[1]
        y.grad = numpy.array([1, 2], 'f')
        y.backward()
        self.assertEqual([x.grad.tolist() for x in xs], [[0, 1, 0], [0, 2]])

    def test_batches_for_a_recurrent_network(self):
        # Many sequences: the order within a step is that of the sequences.
        xs = [numpy.full(20 - i // 5, i) for i in range(100)]
        for t, y in enumerate(F.transpose_sequence(xs)):
            self.assertEqual(y.data.tolist(), list(range(len(y))))
            self.assertEqual(len(y), sum(len(x) > t for x in xs))


class TestTransposeSequenceErrors(unittest.TestCase):

    def check(self, message, *xs):
        with self.assertRaisesRegex(type_check.InvalidType, message):
            F.transpose_sequence(xs)

    def test_order(self):
        self.check(r'^Expect: in_types\[1\]\.shape\[0\] >= '
                   r'in_types\[2\]\.shape\[0\]\nActual: 1 < 2',
                   numpy.zeros(2), numpy.zeros(1), numpy.zeros(2))

    def test_sizes(self):
        self.check(r'^Expect: in_types\[0\]\.shape\[1:\] == '
                   r'in_types\[1\]\.shape\[1:\]\nActual: \(3,\) != \(4,\)',
                   numpy.zeros((2, 3)), numpy.zeros((1, 4)))

    def test_types(self):
        self.check(r'^Expect: in_types\[0\]\.dtype == in_types\[1\]\.dtype',
                   numpy.zeros(2, 'f'), numpy.zeros(2, 'd'))

    def test_dimensions(self):
        self.check(r'^Expect: in_types\[0\]\.ndim >= 1', numpy.array(1.))
        self.check(r'^Expect: in_types\[0\]\.ndim == in_types\[1\]\.ndim',
                   numpy.zeros(2), numpy.array(1.))

    def test_not_a_sequence(self):
        for xs in None, 3, numpy.array(1.):
            with self.assertRaisesRegex(
                    TypeError, '^xs must be a list of arrays, but got '):
                F.transpose_sequence(xs)

    def test_generator(self):
        xs = numpy.array([1, 2]), numpy.array([3])
        ys = F.transpose_sequence(x for x in xs)
        self.assertEqual([y.data.tolist() for y in ys], [[1, 3], [2]])
