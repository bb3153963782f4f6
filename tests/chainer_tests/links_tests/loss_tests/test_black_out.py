import math
import os
import tempfile
import unittest
from unittest import mock

import numpy

import chainer
import chainer.functions as F
import chainer.links as L
from chainer import gradient_check, serializers, testing


class TestBlackOut(unittest.TestCase):

    def setUp(self):
        random = numpy.random.RandomState(0)
        self.link = L.BlackOut(3, [10, 5, 0, 2, 5], 4)
        self.link.W.data[...] = random.randn(5, 3)
        self.x = random.randn(2, 3).astype('f')
        self.t = numpy.array([1, 2], 'i')

    def loss(self, link, seed=0):
        numpy.random.seed(seed)
        return link(self.x, chainer.Variable(self.t))

    def test_params(self):
        self.assertEqual([name for name, _ in self.link.namedparams()],
                         ['/W'])

    def test_initial_weights(self):
        W = L.BlackOut(3, [10, 5, 2], 4).W
        self.assertEqual((W.shape, W.dtype), ((3, 3), numpy.float32))
        self.assertFalse(W.data.any())
        self.assertTrue(numpy.isnan(W.grad).all())

    def test_initial_loss(self):
        link = L.BlackOut(3, [10, 5, 2], 4)
        # All 5 words have the same probability.
        testing.assert_allclose(
            link(self.x, self.t).data, math.log(5) - 4 * math.log(.8))

    def test_equals_function(self):
        numpy.random.seed(0)
        samples = self.link.sampler.sample((2, 4))
        expected = F.black_out(self.x, self.t, self.link.W, samples)
        self.assertEqual(self.loss(self.link).data, expected.data)

    def test_given_samples(self):
        self.link.sample_data = numpy.array([[0, 1, 2, 3], [4, 4, 4, 4]], 'i')
        expected = F.black_out(
            self.x, self.t, self.link.W, self.link.sample_data)
        for seed in 0, 1:
            self.assertEqual(self.loss(self.link, seed).data, expected.data)

    def test_backward(self):
        self.link.sample_data = numpy.array([[0, 1, 2, 3], [4, 4, 4, 4]], 'i')
        gradient_check.check_backward(
            lambda x: self.link(x, self.t), self.x, None, self.link.W,
            dtype='d')

    def test_samples_differ(self):
        losses = {float(self.loss(self.link, seed).data) for seed in range(5)}
        self.assertEqual(len(losses), 5)

    def test_frequencies(self):
        numpy.random.seed(0)
        words = L.BlackOut(3, [3, 1, 0], 2).sampler.sample(20000)
        testing.assert_allclose(
            numpy.bincount(words, minlength=3) / 20000, [.75, .25, 0],
            atol=0.01)

    def test_copy(self):
        twin = self.link.copy()
        self.assertIs(twin.W.data, self.link.W.data)
        self.assertEqual(self.loss(twin).data, self.loss(self.link).data)
        self.assertIsNot(twin.sampler, self.link.sampler)

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
        loaded = L.BlackOut(3, [10, 5, 0, 2, 5], 4)
        with tempfile.TemporaryDirectory() as directory:
            path = os.path.join(directory, 'model')
            serializers.save_npz(path, self.link)
            with numpy.load(path) as archive:
                self.assertEqual(list(archive), ['W'])
            serializers.load_npz(path, loaded)
        self.assertEqual(self.loss(loaded).data, self.loss(self.link).data)


class TestBlackOutErrors(unittest.TestCase):

    def test_counts(self):
        for counts, text in [
                ([], 'counts must be a sequence'), ([1, -2], 'word 1 is -2'),
                ([0, 0], 'all counts are zero')]:
            with self.assertRaisesRegex(ValueError, text):
                L.BlackOut(3, counts, 2)

    def test_sample_size(self):
        with self.assertRaisesRegex(ValueError, 'positive, but is -1'):
            L.BlackOut(3, [1, 2], -1)
