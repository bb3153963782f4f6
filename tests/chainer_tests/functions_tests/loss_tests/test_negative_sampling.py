import math
import unittest

import numpy

import chainer
import chainer.functions as F
import chainer.links as L
from chainer import gradient_check, testing, utils
from chainer.functions.loss import negative_sampling
from chainer.utils import type_check

DTYPES = numpy.float16, numpy.float32, numpy.float64


def log_sigmoid(z):
    return -math.log1p(math.exp(-z)) if z > 0 else z - math.log1p(math.exp(z))


def expected_loss(x, t, W, samples):
    total = 0
    for b, label in enumerate(t):
        scores = {i: math.fsum(float(p) * float(q) for p, q in zip(x[b], W[i]))
                  for i in (label, *samples[b])}
        total -= log_sigmoid(scores[label])
        total -= math.fsum(log_sigmoid(-scores[i]) for i in samples[b])
    return total


@testing.parameterize(*testing.product({
    'shape': [(4, 3, 2), (1, 5, 1), (3, 1, 6), (2, 3, 0)],
    'dtype': DTYPES,
}))
class TestNegativeSampling(unittest.TestCase):

    def setUp(self):
        random = numpy.random.RandomState(0)
        n_batch, n_in, self.sample_size = self.shape
        self.x = random.uniform(-1, 1, (n_batch, n_in)).astype(self.dtype)
        self.W = random.uniform(-1, 1, (5, n_in)).astype(self.dtype)
        self.t = random.randint(5, size=n_batch).astype('i')
        # Some samples are equal, some are the label.
        self.drawn = random.randint(
            4, size=(n_batch, self.sample_size + 1)).astype('i')
        self.tolerance = {'atol': 1e-6, 'rtol': 1e-5}
        if self.dtype == numpy.float16:
            self.tolerance = {'atol': 2e-3, 'rtol': 2e-3}

    def loss(self, x, t, W):
        return F.negative_sampling(
            x, t, W, lambda shape: self.drawn, self.sample_size)

    def test_forward(self):
        loss = self.loss(self.x, self.t, self.W)
        self.assertEqual((loss.dtype, loss.shape), (self.dtype, ()))
        expected = expected_loss(self.x, self.t, self.W, self.drawn[:, 1:])
        testing.assert_allclose(loss.data, expected, **self.tolerance)

    def test_backward(self):
        gradient_check.check_backward(
            self.loss, (self.x, self.t, self.W), None, dtype=numpy.float64,
            **self.tolerance)

    def test_backward_of_scaled_loss(self):
        gradient_check.check_backward(
            self.loss, (self.x, self.t, self.W), numpy.array(-3, self.dtype),
            dtype=numpy.float64, atol=self.tolerance['atol'] * 3,
            rtol=self.tolerance['rtol'])


class TestNegativeSamplingSampler(unittest.TestCase):

    def setUp(self):
        random = numpy.random.RandomState(0)
        self.x = random.randn(4, 3).astype('f')
        self.W = random.randn(5, 3).astype('f')
        self.t = numpy.array([0, 4, 2, 2], 'i')
        self.drawn = random.randint(5, size=(4, 3)).astype('i')

    def test_called_once_with_room_for_the_label(self):
        shapes = []

        def sampler(shape):
            shapes.append(shape)
            return self.drawn

        x, W = chainer.Variable(self.x), chainer.Variable(self.W)
        before = self.drawn.copy()
        loss = F.negative_sampling(x, self.t, W, sampler, 2)
        loss.backward()
        self.assertEqual(shapes, [(4, 3)])
        numpy.testing.assert_array_equal(self.drawn, before)
        samples = loss.creator.samples
        numpy.testing.assert_array_equal(samples[:, 0], self.t)
        numpy.testing.assert_array_equal(samples[:, 1:], before[:, 1:])
        # Only what was met has a gradient.
        met = numpy.zeros(5, bool)
        met[samples] = True
        numpy.testing.assert_array_equal(W.grad.any(axis=1), met)

    def test_samples_are_kept(self):
        function = negative_sampling.NegativeSamplingFunction(
            utils.WalkerAlias([1] * 5).sample, 2)
        inputs = self.x, self.t, self.W
        loss, = function.forward(inputs)
        same, = function.forward(inputs)
        self.assertEqual(loss, same)

    def test_samples_set_before(self):
        def sampler(shape):
            raise AssertionError('there is nothing to draw')

        function = negative_sampling.NegativeSamplingFunction(sampler, 1)
        function.samples = numpy.array([[0, 1], [4, 1], [2, 1], [2, 1]])
        loss = function(self.x, self.t, self.W)
        expected = expected_loss(self.x, self.t, self.W, [[1]] * 4)
        testing.assert_allclose(loss.data, expected)

    def test_samples_are_random(self):
        numpy.random.seed(0)
        sampler = utils.WalkerAlias([1] * 5).sample
        losses = {float(F.negative_sampling(
            self.x, self.t, self.W, sampler, 2).data) for _ in range(5)}
        self.assertEqual(len(losses), 5)

    def test_walker_alias(self):
        for sampler in utils.WalkerAlias([0, 1]), lambda shape: (
                numpy.ones(shape, 'i')):
            loss = F.negative_sampling(self.x, self.t, self.W, sampler, 2)
            expected = expected_loss(self.x, self.t, self.W, [[1, 1]] * 4)
            testing.assert_allclose(loss.data, expected)

    def test_wrong_shape_or_type(self):
        for drawn in numpy.zeros((4, 2), 'i'), numpy.zeros((4, 3), 'f'):
            with self.assertRaisesRegex(
                    ValueError, r'integers of .*\(4, 3\), but it returned'):
                F.negative_sampling(
                    self.x, self.t, self.W, lambda shape, y=drawn: y, 2)

    def test_samples_out_of_range(self):
        for word in -1, 5:
            with self.assertRaisesRegex(ValueError, '0 <= samples < 5'):
                F.negative_sampling(
                    self.x, self.t, self.W,
                    lambda shape, y=word: numpy.full(shape, y), 2)

    def test_negative_sample_size(self):
        with self.assertRaisesRegex(ValueError, 'must be 0 or more'):
            F.negative_sampling(
                self.x, self.t, self.W, utils.WalkerAlias([1]), -1)


class TestNegativeSamplingValues(unittest.TestCase):

    def sampler(self, shape):
        return numpy.arange(shape[0] * shape[1]).reshape(shape) % 5

    def test_extreme_scores(self):
        for dtype in DTYPES:
            for scale in -1000, 1000:
                x = chainer.Variable(numpy.array([[scale]], dtype))
                W = chainer.Variable(numpy.array([[1], [1]], dtype))
                loss = F.negative_sampling(
                    x, numpy.array([0], 'i'), W,
                    lambda shape: numpy.ones(shape, 'i'), 1)
                loss.backward()
                # Of the two scores one is right and one wrong.
                self.assertEqual(loss.data, 1000)
                right, wrong = (0, 1) if scale > 0 else (1, 0)
                self.assertEqual(W.grad[right], 0)
                self.assertEqual(abs(W.grad[wrong]), 1000)
                self.assertEqual(x.grad, numpy.sign(scale))

    def test_small_probability(self):
        # The difference of 1 and its sigmoid would be rounded to 0.
        x = chainer.Variable(numpy.array([[20]], 'f'))
        W = chainer.Variable(numpy.array([[1]], 'f'))
        loss = F.negative_sampling(
            x, numpy.array([0], 'i'), W, utils.WalkerAlias([1]), 0)
        loss.backward()
        testing.assert_allclose(loss.data, math.exp(-20), atol=0, rtol=1e-5)
        testing.assert_allclose(x.grad, [[-math.exp(-20)]], atol=0, rtol=1e-5)

    def test_mixed_types(self):
        random = numpy.random.RandomState(0)
        x = chainer.Variable(random.randn(2, 3).astype('e'))
        W = chainer.Variable(random.randn(5, 3).astype('f'))
        t = numpy.array([3, 4], 'i')
        loss = F.negative_sampling(x, t, W, self.sampler, 2)
        loss.backward()
        self.assertEqual((loss.dtype, x.grad.dtype, W.grad.dtype),
                         (numpy.float16, numpy.float16, numpy.float32))

    def test_many_terms_in_half_precision(self):
        # The gradient of a row has 3000 terms.
        x = numpy.ones((3000, 1), 'e')
        W = chainer.Variable(numpy.zeros((1, 1), 'e'))
        loss = F.negative_sampling(
            x, numpy.zeros(3000, 'i'), W, utils.WalkerAlias([1]), 0)
        loss.backward()
        self.assertEqual(W.grad, -1500)
        testing.assert_allclose(loss.data, 3000 * math.log(2), rtol=1e-3)

    def test_empty_batch(self):
        x = chainer.Variable(numpy.zeros((0, 3), 'f'))
        W = chainer.Variable(numpy.ones((5, 3), 'f'))
        loss = F.negative_sampling(
            x, numpy.zeros(0, 'i'), W, self.sampler, 2)
        loss.backward()
        self.assertEqual(loss.data, 0)
        self.assertEqual(x.grad.shape, (0, 3))
        self.assertFalse(W.grad.any())

    def test_non_contiguous(self):
        random = numpy.random.RandomState(0)
        x = chainer.Variable(random.randn(3, 4).astype('f').T[::2])
        W = chainer.Variable(random.randn(3, 5).astype('f').T)
        t = numpy.array([3, 9, 4], 'i')[::2]
        loss = F.negative_sampling(x, t, W, self.sampler, 2)
        loss.backward()
        testing.assert_allclose(
            loss.data, expected_loss(x.data, t, W.data, [[1, 2], [4, 0]]))

    def test_arguments_are_left_alone_and_backward_repeats(self):
        random = numpy.random.RandomState(0)
        inputs = (random.randn(2, 3).astype('f'), numpy.array([1, 2], 'i'),
                  random.randn(5, 3).astype('f'))
        copies = [array.copy() for array in inputs]
        function = negative_sampling.NegativeSamplingFunction(self.sampler, 2)
        function.forward(inputs)
        gy = numpy.array(2, 'f')
        first = function.backward(inputs, (gy,))
        second = function.backward(inputs, (gy,))
        for i in 0, 2:
            numpy.testing.assert_array_equal(first[i], second[i])
        self.assertIsNone(first[1])
        for array, copy in zip(inputs, copies):
            numpy.testing.assert_array_equal(array, copy)
        self.assertEqual(gy, 2)


class TestNegativeSamplingErrors(unittest.TestCase):

    def setUp(self):
        self.args = {
            'x': numpy.zeros((2, 3), 'f'), 't': numpy.zeros(2, 'i'),
            'W': numpy.zeros((5, 3), 'f')}

    def check(self, error, text, **kwargs):
        with self.assertRaisesRegex(error, text):
            F.negative_sampling(
                **{**self.args, **kwargs}, sampler=utils.WalkerAlias([1]),
                sample_size=1)

    def test_labels_out_of_range(self):
        for label in -1, 5:
            self.check(ValueError, '0 <= t < 5, the number of rows of W',
                       t=numpy.array([0, label], 'i'))

    def test_types(self):
        def check(text, **kwargs):
            self.check(type_check.InvalidType, text, **kwargs)

        check(r'in_types\[0\]\.dtype\.kind == f', x=numpy.zeros((2, 3), 'i'))
        check(r'in_types\[0\]\.ndim == 2', x=numpy.zeros((2, 3, 1), 'f'))
        check(r't is int64, expected int32: cast',
              t=numpy.zeros(2, numpy.int64))
        check(r'in_types\[1\]\.ndim == 1', t=numpy.zeros((2, 1), 'i'))
        check(r'in_types\[1\]\.shape\[0\] == in_types\[0\]\.shape\[0\]',
              t=numpy.zeros(3, 'i'))
        check(r'in_types\[2\]\.dtype\.kind == f', W=numpy.zeros((5, 3), 'i'))
        check(r'in_types\[2\]\.ndim == 2', W=numpy.zeros(3, 'f'))
        check(r'in_types\[2\]\.shape\[1\] == in_types\[0\]\.shape\[1\]',
              W=numpy.zeros((5, 4), 'f'))


class TestNegativeSamplingOldName(unittest.TestCase):

    def test_functions_namespace(self):
        self.assertIs(F.NegativeSampling, L.NegativeSampling)

class TestNegativeSamplingArguments(unittest.TestCase):

    def test_sampler(self):
        for sampler in 3, None, 'sample':
            with self.assertRaisesRegex(
                    TypeError, '^sampler must be a function that takes a'):
                negative_sampling.NegativeSamplingFunction(sampler, 1)

    def test_sample_size(self):
        for size in 1.5, None, True:
            with self.assertRaisesRegex(
                    TypeError, '^sample_size must be an integer, but is '):
                negative_sampling.NegativeSamplingFunction(numpy.zeros, size)
