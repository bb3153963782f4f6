import math
import unittest

import numpy

import chainer
import chainer.functions as F
from chainer import gradient_check, testing
from chainer.functions.loss import black_out
from chainer.utils import type_check

DTYPES = numpy.float16, numpy.float32, numpy.float64


def log_sum_exp(values):
    peak = max(values)
    return peak + math.log(math.fsum(math.exp(v - peak) for v in values))


def expected_loss(x, t, W, samples):
    total = 0
    for b, label in enumerate(t):
        scores = [math.fsum(float(p) * float(q) for p, q in zip(x[b], W[i]))
                  for i in (label, *samples[b])]
        log_z = log_sum_exp(scores)
        total -= scores[0] - log_z
        for k in range(1, len(scores)):
            # 1 - p is the probability of all others together.
            total -= log_sum_exp(scores[:k] + scores[k + 1:]) - log_z
    return total / len(t)


@testing.parameterize(*testing.product({
    'shape': [(4, 3, 2), (1, 5, 1), (3, 1, 6), (2, 3, 4)],
    'dtype': DTYPES,
    'scale': [1, 4],
}))
class TestBlackOut(unittest.TestCase):

    def setUp(self):
        random = numpy.random.RandomState(0)
        n_batch, n_in, sample_size = self.shape
        self.x = random.uniform(-1, 1, (n_batch, n_in)).astype(self.dtype)
        self.W = random.uniform(
            -self.scale, self.scale, (5, n_in)).astype(self.dtype)
        self.t = random.randint(5, size=n_batch).astype('i')
        # Some samples are equal, some are the label.
        self.samples = random.randint(
            5, size=(n_batch, sample_size)).astype('i')
        self.tolerance = {'atol': 1e-6, 'rtol': 2e-5}
        if self.dtype == numpy.float16:
            self.tolerance = {'atol': 2e-3, 'rtol': 5e-3}

    def inputs(self):
        return self.x, self.t, self.W, self.samples

    def test_forward(self):
        loss = F.black_out(*self.inputs())
        self.assertEqual((loss.dtype, loss.shape), (self.dtype, ()))
        testing.assert_allclose(
            loss.data, expected_loss(*self.inputs()), **self.tolerance)

    def test_backward(self):
        gradient_check.check_backward(
            F.black_out, self.inputs(), None, dtype=numpy.float64, eps=1e-4,
            **self.tolerance)

    def test_backward_of_scaled_loss(self):
        gradient_check.check_backward(
            F.black_out, self.inputs(), numpy.array(-3, self.dtype),
            dtype=numpy.float64, eps=1e-4, atol=self.tolerance['atol'] * 3,
            rtol=self.tolerance['rtol'])


class TestBlackOutValues(unittest.TestCase):

    def loss_of_scores(self, scores, dtype='f'):
        """Returns the loss and the gradient of the scores of one example."""
        W = chainer.Variable(numpy.array(scores, dtype)[:, None])
        samples = numpy.arange(1, len(scores))[None]
        loss = F.black_out(numpy.ones((1, 1), dtype), numpy.zeros(1, 'i'), W,
                           samples)
        loss.backward()
        return float(loss.data), W.grad[:, 0].tolist()

    def test_sample_is_certain(self):
        for dtype in DTYPES:
            loss, g = self.loss_of_scores([0, 1000], dtype)
            # log p and log(1 - p) of the sample are -1000 both.
            self.assertEqual(loss, 2000)
            self.assertEqual(g, [-2, 2])
            loss, g = self.loss_of_scores([-500, 500, -500], dtype)
            self.assertAlmostEqual(loss, 2000 - math.log(2), delta=1)
            testing.assert_allclose(g, [-1.5, 2, -.5])

    def test_label_is_certain(self):
        for dtype in DTYPES:
            loss, g = self.loss_of_scores([1000, 0, -1000], dtype)
            self.assertEqual((loss, g), (0, [0, 0, 0]))

    def test_equal_scores(self):
        loss, g = self.loss_of_scores([1000, 1000])
        self.assertAlmostEqual(loss, 2 * math.log(2), places=6)
        testing.assert_allclose(g, [-1, 1])

    def test_large_equal_scores(self):
        # Of 3e7 and its logarithms float32 would keep the former only. The
        # gradient by x is what rounding leaves of such numbers, on any device
        # something else; so this is for one.
        inputs = (numpy.ones((1, 1), 'f'), numpy.zeros(1, 'i'),
                  numpy.full((3, 1), 3e7, 'f'), numpy.array([[1, 2]]))
        function = black_out.BlackOutFunction()
        loss, = function.forward(inputs)
        g = function.backward(inputs, (numpy.array(1, 'f'),))[2][:, 0]
        expected_loss, expected = self.loss_of_scores([0, 0, 0], 'd')
        self.assertAlmostEqual(float(loss), expected_loss, places=5)
        testing.assert_allclose(g, expected)

    def test_gradient_of_large_scores(self):
        for scores in [10, 12, -3, 11], [0, 30, 29, -30], [40, -2, 0, 1]:
            _, g = self.loss_of_scores(scores, 'd')
            for i in range(4):
                losses = []
                for step in -1e-4, 1e-4:
                    moved = [float(s) for s in scores]
                    moved[i] += step
                    losses.append(expected_loss(
                        [[1]], [0], [[s] for s in moved], [[1, 2, 3]]))
                self.assertAlmostEqual(
                    g[i], (losses[1] - losses[0]) / 2e-4, places=6)

    def test_empty_batch(self):
        x = chainer.Variable(numpy.zeros((0, 3), 'f'))
        W = chainer.Variable(numpy.ones((5, 3), 'f'))
        loss = F.black_out(
            x, numpy.zeros(0, 'i'), W, numpy.zeros((0, 2), 'i'))
        loss.backward()
        self.assertEqual(str(float(loss.data)), '0.0')  # and not -0.0
        self.assertFalse(W.grad.any())

    def test_non_contiguous(self):
        random = numpy.random.RandomState(0)
        x = random.randn(3, 4).astype('f').T[::2]
        W = random.randn(3, 5).astype('f').T
        t = numpy.array([3, 9, 4], 'i')[::2]
        samples = numpy.array([[1, 2], [4, 0]], 'i').T
        testing.assert_allclose(
            F.black_out(x, t, W, samples).data,
            expected_loss(x, t, W, samples))

    def test_arguments_are_left_alone_and_backward_repeats(self):
        random = numpy.random.RandomState(0)
        inputs = (random.randn(2, 3).astype('f'), numpy.array([1, 2], 'i'),
                  random.randn(5, 3).astype('f'),
                  numpy.array([[1, 2], [3, 0]]))
        copies = [array.copy() for array in inputs]
        function = black_out.BlackOutFunction()
        function.forward(inputs)
        gy = numpy.array(2, 'f')
        first = function.backward(inputs, (gy,))
        second = function.backward(inputs, (gy,))
        for i in 0, 2:
            numpy.testing.assert_array_equal(first[i], second[i])
        self.assertEqual((first[1], first[3]), (None, None))
        for array, copy in zip(inputs, copies):
            numpy.testing.assert_array_equal(array, copy)


class TestBlackOutErrors(unittest.TestCase):

    def setUp(self):
        self.args = {
            'x': numpy.zeros((2, 3), 'f'), 't': numpy.zeros(2, 'i'),
            'W': numpy.zeros((5, 3), 'f'), 'samples': numpy.zeros((2, 4), 'i')}

    def check(self, error, text, **kwargs):
        with self.assertRaisesRegex(error, text):
            F.black_out(**{**self.args, **kwargs})

    def test_out_of_range(self):
        for label in -1, 5:
            self.check(ValueError, '0 <= t < 5, the number of rows of W',
                       t=numpy.array([0, label], 'i'))
            self.check(ValueError, '0 <= samples < 5, the number of rows of W',
                       samples=numpy.array([[0], [label]], 'i'))

    def test_types(self):
        def check(text, **kwargs):
            self.check(type_check.InvalidType, text, **kwargs)

        check(r't is int64, expected int32: cast',
              t=numpy.zeros(2, numpy.int64))
        check(r'in_types\[2\]\.shape\[1\] == in_types\[0\]\.shape\[1\]',
              W=numpy.zeros((5, 4), 'f'))
        check(r'in_types\[3\]\.dtype\.kind == i',
              samples=numpy.zeros((2, 4), 'f'))
        check(r'in_types\[3\]\.ndim == 2', samples=numpy.zeros(2, 'i'))
        check(r'in_types\[3\]\.shape\[0\] == in_types\[0\]\.shape\[0\]',
              samples=numpy.zeros((3, 4), 'i'))
        check(r'in_types\[3\]\.shape\[1\] > 0',
              samples=numpy.zeros((2, 0), 'i'))
