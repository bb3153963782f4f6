import copy
import math
import os
import pickle
import tempfile
import unittest
from unittest import mock

import numpy

import chainer.functions as F
import chainer.links as L
from chainer import gradient_check, serializers, testing


def frequencies(sampler, size):
    numpy.random.seed(0)
    return numpy.bincount(sampler.sample(20000), minlength=size) / 20000


class TestNegativeSampling(unittest.TestCase):

    def setUp(self):
        random = numpy.random.RandomState(0)
        self.link = L.NegativeSampling(3, [10, 5, 0, 2, 5], 4)
        self.link.W.data[...] = random.randn(5, 3)
        self.x = random.randn(2, 3).astype('f')
        self.t = numpy.array([1, 2], 'i')

    def loss(self, link, seed=0):
        numpy.random.seed(seed)
        return link(self.x, self.t)

    def test_params(self):
        self.assertEqual([name for name, _ in self.link.namedparams()],
                         ['/W'])

    def test_initial_weights(self):
        W = L.NegativeSampling(3, [10, 5, 2], 4).W
        self.assertEqual((W.shape, W.dtype), ((3, 3), numpy.float32))
        self.assertFalse(W.data.any())
        self.assertTrue(numpy.isnan(W.grad).all())

    def test_initial_loss(self):
        link = L.NegativeSampling(3, [10, 5, 2], 4)
        # Two examples, each with 5 decisions between equals.
        testing.assert_allclose(
            link(self.x, self.t).data, 10 * math.log(2))

    def test_forward(self):
        loss = self.loss(self.link)
        samples = loss.creator.samples
        self.assertEqual(samples.shape, (2, 5))
        numpy.testing.assert_array_equal(samples[:, 0], self.t)
        expected = 0
        for x, row in zip(self.x, samples):
            signs = [1, -1, -1, -1, -1]
            for sign, word in zip(signs, row):
                score = sign * float(x.dot(self.link.W.data[word]))
                expected += math.log1p(math.exp(-score))
        testing.assert_allclose(loss.data, expected)
        self.assertEqual(loss.dtype, numpy.float32)

    def test_equals_function(self):
        loss = self.loss(self.link)
        numpy.random.seed(0)
        expected = F.negative_sampling(
            self.x, self.t, self.link.W, self.link.sampler, 4)
        self.assertEqual(loss.data, expected.data)

    def test_backward(self):
        def loss(x):
            numpy.random.seed(0)
            return self.link(x, self.t)

        gradient_check.check_backward(
            loss, self.x, None, self.link.W, dtype='d')

    def test_samples_differ(self):
        losses = {float(self.loss(self.link, seed).data) for seed in range(5)}
        self.assertEqual(len(losses), 5)

    def test_power(self):
        counts = [16, 1, 0]
        for power, expected in [
                (0.5, [.8, .2, 0]), (1, [16 / 17, 1 / 17, 0]),
                (0.75, [8 / 9, 1 / 9, 0])]:
            link = L.NegativeSampling(3, counts, 2, power=power)
            testing.assert_allclose(
                frequencies(link.sampler, 3), expected, atol=0.01)
        link = L.NegativeSampling(3, counts, 2)
        testing.assert_allclose(
            frequencies(link.sampler, 3), [8 / 9, 1 / 9, 0], atol=0.01)

    def test_counts_of_many_kinds(self):
        for counts in (16, 1), numpy.array([16, 1]), numpy.array([16, 1], 'f'):
            link = L.NegativeSampling(3, counts, 2)
            testing.assert_allclose(
                frequencies(link.sampler, 2), [8 / 9, 1 / 9], atol=0.01)

    def test_copy(self):
        twin = self.link.copy()
        self.assertIsNot(twin.W, self.link.W)
        self.assertIs(twin.W.data, self.link.W.data)
        self.assertEqual(self.loss(twin).data, self.loss(self.link).data)
        # Moving one must not move the other.
        self.assertIsNot(twin.sampler, self.link.sampler)

    def test_deep_copy_and_pickle(self):
        for twin in (copy.deepcopy(self.link),
                     pickle.loads(pickle.dumps(self.link))):
            self.assertEqual(self.loss(twin).data, self.loss(self.link).data)

    def test_to_cpu(self):
        with mock.patch.object(self.link.sampler, 'to_cpu') as to_cpu:
            self.assertIs(self.link.to_cpu(), self.link)
        to_cpu.assert_called_once_with()

    def test_to_gpu(self):
        with mock.patch('chainer.link.Link.to_gpu') as move_params, \
                mock.patch.object(self.link.sampler, 'to_gpu') as to_gpu:
            self.assertIs(self.link.to_gpu(), self.link)
        move_params.assert_called_once_with(None)
        to_gpu.assert_called_once_with()

    def test_serialization(self):
        loaded = L.NegativeSampling(3, [10, 5, 0, 2, 5], 4)
        with tempfile.TemporaryDirectory() as directory:
            path = os.path.join(directory, 'model')
            serializers.save_npz(path, self.link)
            with numpy.load(path) as archive:
                self.assertEqual(list(archive), ['W'])
            serializers.load_npz(path, loaded)
        self.assertEqual(self.loss(loaded).data, self.loss(self.link).data)


class TestNegativeSamplingErrors(unittest.TestCase):

    def check(self, text, counts, sample_size=2):
        with self.assertRaisesRegex(ValueError, text):
            L.NegativeSampling(3, counts, sample_size)

    def test_no_counts(self):
        self.check('counts must be a sequence', [])

    def test_counts_of_wrong_shape(self):
        self.check('counts must be a sequence', [[1, 2]])
        self.check('counts must be a sequence', 5)

    def test_negative_count(self):
        self.check('that of word 1 is -1', [3, -1, 2])

    def test_count_that_is_no_number(self):
        self.check('that of word 2 is nan', [3, 1, float('nan')])

    def test_all_zero(self):
        self.check('all counts are zero', [0, 0])

    def test_sample_size(self):
        self.check('sample_size must be positive, but is 0', [1, 2], 0)

    def test_labels_out_of_range(self):
        link = L.NegativeSampling(3, [1, 2], 2)
        with self.assertRaisesRegex(ValueError, '0 <= t < 2'):
            link(numpy.zeros((1, 3), 'f'), numpy.array([2], 'i'))
