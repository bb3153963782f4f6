import itertools
import math
import unittest

import numpy

import chainer
import chainer.functions as F
from chainer import gradient_check, testing
from chainer.functions.loss import crf1d
from chainer.utils import type_check

DTYPES = numpy.float16, numpy.float32, numpy.float64


def score(cost, xs, b, labels):
    total = math.fsum(float(x[b, y]) for x, y in zip(xs, labels))
    return total + math.fsum(
        float(cost[s, t]) for s, t in zip(labels, labels[1:]))


def all_scores(cost, xs, b):
    """Returns pairs of a score and labels, for all label sequences."""
    sequences = itertools.product(range(len(cost)), repeat=len(xs))
    return [(score(cost, xs, b, y), y) for y in sequences]


def log_sum_exp(values):
    peak = max(values)
    return peak + math.log(math.fsum(math.exp(v - peak) for v in values))


def expected_loss(cost, xs, ys):
    n_batch = len(ys[0])
    losses = [
        log_sum_exp([value for value, _ in all_scores(cost, xs, b)]) -
        score(cost, xs, b, [y[b] for y in ys]) for b in range(n_batch)]
    return math.fsum(losses) / n_batch


@testing.parameterize(*testing.product({
    'shape': [(4, 2, 3), (1, 3, 4), (2, 1, 2), (3, 2, 1), (6, 2, 2)],
    'dtype': DTYPES,
}))
class TestCRF1d(unittest.TestCase):

    def setUp(self):
        random = numpy.random.RandomState(0)
        self.length, n_batch, n_label = self.shape
        self.cost = random.uniform(-1, 1, (n_label, n_label)).astype(
            self.dtype)
        self.xs = tuple(random.uniform(-2, 2, self.shape).astype(self.dtype))
        self.ys = list(random.randint(
            n_label, size=(self.length, n_batch)).astype('i'))
        self.tolerance = {'atol': 1e-6, 'rtol': 1e-5}
        if self.dtype == numpy.float16:
            self.tolerance = {'atol': 1e-3, 'rtol': 2e-3}

    def loss(self, cost, *xs):
        return F.crf1d(cost, xs, self.ys)

    def test_forward(self):
        loss = self.loss(self.cost, *self.xs)
        self.assertEqual((loss.dtype, loss.shape), (self.dtype, ()))
        testing.assert_allclose(
            loss.data, expected_loss(self.cost, self.xs, self.ys),
            **self.tolerance)

    def test_backward(self):
        gradient_check.check_backward(
            self.loss, (self.cost, *self.xs), None, dtype=numpy.float64,
            **self.tolerance)

    def test_backward_of_scaled_loss(self):
        gradient_check.check_backward(
            self.loss, (self.cost, *self.xs), numpy.array(-3, self.dtype),
            dtype=numpy.float64, atol=self.tolerance['atol'] * 3,
            rtol=self.tolerance['rtol'])

    def test_argmax(self):
        best, labels = crf1d.argmax_crf1d(
            chainer.Variable(self.cost),
            [chainer.Variable(x) for x in self.xs])
        self.assertEqual((best.dtype, best.shape),
                         (self.dtype, self.shape[1:2]))
        self.assertEqual(len(labels), self.length)
        for y in labels:
            self.assertEqual((y.dtype, y.shape),
                             (numpy.int32, self.shape[1:2]))
        for b in range(self.shape[1]):
            value, sequence = max(all_scores(self.cost, self.xs, b))
            self.assertEqual(tuple([y[b] for y in labels]), sequence)
            testing.assert_allclose(best.data[b], value, **self.tolerance)

    def test_argmax_backward(self):
        gs = numpy.random.RandomState(1).uniform(
            -1, 1, self.shape[1]).astype(self.dtype)
        gradient_check.check_backward(
            lambda cost, *xs: crf1d.argmax_crf1d(cost, xs)[0],
            (self.cost, *self.xs), gs, dtype=numpy.float64, **self.tolerance)


class TestCRF1dValues(unittest.TestCase):

    def setUp(self):
        self.random = numpy.random.RandomState(0)

    def gradients(self, cost, xs, ys):
        cost = chainer.Variable(cost)
        xs = [chainer.Variable(x) for x in xs]
        loss = F.crf1d(cost, xs, ys)
        loss.backward()
        return loss.data, cost.grad, [x.grad for x in xs]

    def test_direction_of_transitions(self):
        # From label 0 to label 1, not the other way round.
        cost = numpy.array([[0, 5], [0, 0]], 'f')
        xs = [numpy.zeros((1, 2), 'f')] * 2
        losses = [float(F.crf1d(cost, xs, numpy.array([[s], [t]], 'i')).data)
                  for s, t in [(0, 1), (1, 0)]]
        self.assertAlmostEqual(losses[1] - losses[0], 5, places=5)
        _, labels = crf1d.argmax_crf1d(cost, xs)
        self.assertEqual([y.tolist() for y in labels], [[0], [1]])

    def test_extreme_costs(self):
        for dtype in DTYPES:
            for cost_scale, x_scale in (1000, 1), (1, 1000), (1000, 1000):
                cost = self.random.uniform(-1, 1, (3, 3)) * cost_scale
                xs = self.random.uniform(-1, 1, (4, 2, 3)) * x_scale
                cost, xs = cost.astype(dtype), xs.astype(dtype)
                ys = self.random.randint(3, size=(4, 2)).astype('i')
                loss, gcost, gxs = self.gradients(cost, xs, ys)
                testing.assert_allclose(
                    loss, expected_loss(cost, xs, ys), rtol=1e-3)
                self.assertTrue(numpy.isfinite(gcost).all())
                self.assertTrue(numpy.isfinite(gxs).all())
                # The best labels are as probable as the average, at least.
                _, best = crf1d.argmax_crf1d(cost, xs)
                loss = float(F.crf1d(cost, xs, best).data)
                self.assertLess(loss, 4 * math.log(3))
                self.assertGreater(loss, -1e-6)

    def test_certain(self):
        cost = numpy.zeros((2, 2), 'f')
        xs = numpy.array([[[1000, -1000]], [[-1000, 1000]]], 'f')
        loss, gcost, gxs = self.gradients(
            cost, xs, numpy.array([[0], [1]], 'i'))
        self.assertEqual(loss, 0)
        self.assertFalse(gcost.any() or gxs[0].any() or gxs[1].any())
        loss, gcost, gxs = self.gradients(
            cost, xs, numpy.array([[1], [1]], 'i'))
        self.assertEqual(loss, 2000)
        self.assertEqual(gxs[0].tolist(), [[1, -1]])
        self.assertEqual(gcost.tolist(), [[0, 1], [0, -1]])

    def test_forbidden(self):
        # Label 2 must not follow label 0, nor be the first one.
        cost = self.random.uniform(-1, 1, (3, 3)).astype('f')
        cost[0, 2] = -numpy.inf
        xs = self.random.uniform(-1, 1, (4, 2, 3)).astype('f')
        xs[0, :, 2] = -numpy.inf
        ys = numpy.array([[0, 1], [1, 0], [2, 0], [2, 1]], 'i')
        loss, gcost, gxs = self.gradients(cost, xs, ys)
        finite = numpy.array(xs)
        finite[0, :, 2] = -700
        expected = expected_loss(
            numpy.where(numpy.isinf(cost), -700, cost), finite, ys)
        testing.assert_allclose(loss, expected)
        self.assertTrue(numpy.isfinite(gcost).all())
        self.assertTrue(numpy.isfinite(gxs).all())
        self.assertEqual(gcost[0, 2], 0)
        self.assertEqual(gxs[0][:, 2].tolist(), [0, 0])
        _, labels = crf1d.argmax_crf1d(cost, xs)
        labels = numpy.array(labels)
        self.assertFalse((labels[0] == 2).any())
        self.assertFalse(((labels[:-1] == 0) & (labels[1:] == 2)).any())
        # What is forbidden and happens all the same.
        ys[0, 0] = 2
        self.assertEqual(F.crf1d(cost, xs, ys).data, numpy.inf)

    def test_forbidden_label(self):
        # No way leads to label 1 at the second position.
        cost = numpy.array([[0, -numpy.inf], [0, -numpy.inf]], 'f')
        xs = numpy.zeros((3, 1, 2), 'f')
        loss, gcost, gxs = self.gradients(
            cost, xs, numpy.zeros((3, 1), 'i'))
        self.assertAlmostEqual(float(loss), math.log(2), places=6)
        testing.assert_allclose(gxs, [[[-.5, .5]], [[0, 0]], [[0, 0]]])
        testing.assert_allclose(gcost, [[-.5, 0], [.5, 0]])

    def test_long_sequence(self):
        # The score is large; in single precision its digits would be lost.
        cost = self.random.uniform(-1, 1, (3, 3)).astype('f')
        xs = self.random.uniform(99, 101, (3000, 1, 3)).astype('f')
        ys = self.random.randint(3, size=(3000, 1)).astype('i')
        loss, gcost, gxs = self.gradients(cost, xs, ys)
        shifted = F.crf1d(cost, xs - numpy.float32(100), ys)
        testing.assert_allclose(loss, shifted.data, rtol=1e-6)
        # The pairs of labels are as many as expected by their probability.
        self.assertAlmostEqual(float(gcost.sum()), 0, places=3)
        testing.assert_allclose(numpy.sum(gxs, axis=2), 0, atol=1e-6)

    def test_sum_of_probabilities(self):
        cost = self.random.uniform(-1, 1, (2, 2)).astype('f')
        xs = self.random.uniform(-1, 1, (5, 1, 2)).astype('f')
        total = math.fsum(
            math.exp(-F.crf1d(cost, xs, numpy.array(y, 'i')[:, None]).data)
            for y in itertools.product(range(2), repeat=5))
        self.assertAlmostEqual(total, 1, places=5)

    def test_empty_batch(self):
        cost = numpy.ones((3, 3), 'f')
        xs = [numpy.zeros((0, 3), 'f')] * 2
        loss, gcost, gxs = self.gradients(
            cost, xs, [numpy.zeros(0, 'i')] * 2)
        self.assertEqual(loss, 0)
        self.assertFalse(gcost.any())
        self.assertEqual(gxs[0].shape, (0, 3))
        best, labels = crf1d.argmax_crf1d(cost, xs)
        self.assertEqual((best.shape, labels[1].shape), ((0,), (0,)))

    def test_non_contiguous(self):
        cost = self.random.randn(3, 3).astype('f')
        xs = self.random.randn(4, 3, 2).astype('f')
        ys = self.random.randint(3, size=(2, 4)).astype('i').T
        loss, gcost, gxs = self.gradients(cost.T, xs.transpose(0, 2, 1), ys)
        expected = self.gradients(
            cost.T.copy(), xs.transpose(0, 2, 1).copy(), ys.copy())
        self.assertEqual(loss, expected[0])
        numpy.testing.assert_array_equal(gcost, expected[1])
        numpy.testing.assert_array_equal(gxs, expected[2])

    def test_arguments_are_left_alone_and_backward_repeats(self):
        arrays = [self.random.randn(3, 3).astype('f'),
                  *self.random.randn(2, 2, 3).astype('f'),
                  *self.random.randint(3, size=(2, 2)).astype('i')]
        copies = [array.copy() for array in arrays]
        for function, gy in (
                (crf1d.CRF1d(2), numpy.array(2, 'f')),
                (crf1d.ArgmaxCRF1d(2), numpy.array([2, 3], 'f'))):
            inputs = tuple(arrays if gy.ndim == 0 else arrays[:3])
            function.forward(inputs)
            first = function.backward(inputs, (gy,))
            second = function.backward(inputs, (gy,))
            for g1, g2 in zip(first[:3], second[:3]):
                numpy.testing.assert_array_equal(g1, g2)
            self.assertEqual(first[3:], (None,) * (len(inputs) - 3))
        for array, copy in zip(arrays, copies):
            numpy.testing.assert_array_equal(array, copy)


class TestCRF1dErrors(unittest.TestCase):

    def setUp(self):
        self.cost = numpy.zeros((3, 3), 'f')
        self.xs = [numpy.zeros((2, 3), 'f')] * 2
        self.ys = [numpy.zeros(2, 'i')] * 2

    def test_empty(self):
        with self.assertRaisesRegex(ValueError, 'xs is empty'):
            F.crf1d(self.cost, [], [])
        with self.assertRaisesRegex(ValueError, 'xs is empty'):
            crf1d.argmax_crf1d(self.cost, [])

    def test_different_lengths(self):
        with self.assertRaisesRegex(ValueError, '2 positions and ys 1'):
            F.crf1d(self.cost, self.xs, self.ys[:1])

    def test_labels_out_of_range(self):
        for label in -1, 3:
            ys = [self.ys[0], numpy.array([0, label], 'i')]
            with self.assertRaisesRegex(ValueError, '0 <= y < 3'):
                F.crf1d(self.cost, self.xs, ys)

    def check_type(self, text, cost=None, xs=None, ys=None):
        with self.assertRaisesRegex(type_check.InvalidType, text):
            F.crf1d(self.cost if cost is None else cost,
                    self.xs if xs is None else xs,
                    self.ys if ys is None else ys)

    def test_types(self):
        self.check_type(r'in_types\[0\]\.shape\[0\] == in_types\[0\]\.shape',
                        cost=numpy.zeros((3, 2), 'f'))
        self.check_type(r'in_types\[0\]\.dtype\.kind == f',
                        cost=numpy.zeros((3, 3), 'i'))
        self.check_type(r'in_types\[0\]\.ndim == 2',
                        cost=numpy.zeros(3, 'f'))
        self.check_type(r'in_types\[1\]\.dtype == in_types\[0\]\.dtype',
                        xs=[numpy.zeros((2, 3), 'd')] * 2)
        self.check_type(r'in_types\[2\]\.shape\[1\] == in_types\[0\]\.shape',
                        xs=[self.xs[0], numpy.zeros((2, 4), 'f')])
        self.check_type(r'in_types\[4\]\.ndim == 1',
                        ys=[self.ys[0], numpy.zeros((2, 3), 'i')])
        self.check_type(r'in_types\[4\]\.shape\[0\] == in_types\[1\]\.shape',
                        ys=[self.ys[0], numpy.zeros(3, 'i')])

    def test_batch_must_not_shrink(self):
        self.check_type(r'in_types\[2\]\.shape\[0\] == in_types\[1\]\.shape',
                        xs=[self.xs[0], self.xs[1][:1]])

    def test_message_names_the_argument(self):
        self.check_type(r'ys\[1\] is int64, expected int32: cast it with ',
                        ys=[self.ys[0], numpy.zeros(2, numpy.int64)])

    def test_not_a_sequence(self):
        for wrong in None, 3:
            for name, kwargs in ('xs', {'xs': wrong, 'ys': self.ys}), (
                    'ys', {'xs': self.xs, 'ys': wrong}):
                with self.assertRaisesRegex(
                        TypeError, f'^{name} must be a list of arrays, but '):
                    F.crf1d(self.cost, **kwargs)
            with self.assertRaisesRegex(
                    TypeError, '^xs must be a list of arrays, but got '):
                crf1d.argmax_crf1d(self.cost, wrong)

    def test_generators(self):
        loss = F.crf1d(self.cost, iter(self.xs), iter(self.ys))
        testing.assert_allclose(loss.data, 2 * math.log(3))
        score, labels = crf1d.argmax_crf1d(self.cost, iter(self.xs))
        self.assertEqual(score.data.tolist(), [0, 0])
        self.assertEqual(len(labels), 2)
