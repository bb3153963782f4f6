import os
import tempfile
import unittest

import numpy

import chainer
import chainer.functions as F
import chainer.links as L
from chainer import gradient_check, serializers, testing


def convolve(x, link):
    """Convolves with odd filters, keeping the size, by explicit sums."""
    W, b = link.W.data, link.b.data
    k = W.shape[2]
    h, w = x.shape[2:]
    padded = numpy.zeros(x.shape[:2] + (h + k - 1, w + k - 1))
    padded[:, :, k // 2:k // 2 + h, k // 2:k // 2 + w] = x
    y = numpy.empty((len(x), len(W), h, w))
    for n, o, i, j in numpy.ndindex(y.shape):
        y[n, o, i, j] = b[o] + (padded[n, :, i:i + k, j:j + k] * W[o]).sum()
    return y


def rectify(x):
    return numpy.maximum(x, 0)


def pool(x):
    y = numpy.empty(x.shape)
    for n, c, i, j in numpy.ndindex(x.shape):
        y[n, c, i, j] = x[n, c, max(i - 1, 0):i + 2, max(j - 1, 0):j + 2].max()
    return y


@testing.parameterize({'in_channels': 3}, {'in_channels': None})
class TestInception(unittest.TestCase):

    def setUp(self):
        # With this seed no rectifier is near its kink.
        numpy.random.seed(1)
        random = numpy.random.RandomState(0)
        self.x = random.randn(2, 3, 4, 5).astype('f')
        self.gy = random.randn(2, 15, 4, 5).astype('f')
        self.link = self.make()
        self.link(self.x)

    def make(self):
        return L.Inception(self.in_channels, 5, 2, 4, 1, 3, 3, bias_init=0.1)

    def test_forward(self):
        y = self.link(chainer.Variable(self.x))
        self.assertEqual(y.dtype, numpy.float32)
        link = self.link
        expected = rectify(numpy.concatenate([
            convolve(self.x, link.conv1),
            convolve(rectify(convolve(self.x, link.proj3)), link.conv3),
            convolve(rectify(convolve(self.x, link.proj5)), link.conv5),
            convolve(pool(self.x), link.projp)], axis=1))
        self.assertEqual(y.shape, expected.shape)
        testing.assert_allclose(y.data, expected)

    def test_backward(self):
        gradient_check.check_backward(
            self.link, self.x, self.gy, tuple(self.link.params()),
            eps=1e-5, dtype=numpy.float64)

    def test_structure(self):
        shapes = {name: link.W.shape for name, link
                  in self.link.namedlinks(skipself=True)}
        self.assertEqual(shapes, {
            '/conv1': (5, 3, 1, 1),
            '/proj3': (2, 3, 1, 1), '/conv3': (4, 2, 3, 3),
            '/proj5': (1, 3, 1, 1), '/conv5': (3, 1, 5, 5),
            '/projp': (3, 3, 1, 1)})

    def test_serialization(self):
        handle, path = tempfile.mkstemp(suffix='.npz')
        os.close(handle)
        self.addCleanup(os.remove, path)
        loaded = self.make()
        serializers.save_npz(path, self.link)
        serializers.load_npz(path, loaded)
        numpy.testing.assert_array_equal(
            loaded(self.x).data, self.link(self.x).data)


class TestInceptionArguments(unittest.TestCase):

    def test_initializers(self):
        link = L.Inception(3, 5, 2, 4, 1, 3, 3, conv_init=2, bias_init=4)
        for child in link.children():
            self.assertTrue((child.W.data == 2).all())
            self.assertTrue((child.b.data == 4).all())

    def test_defaults(self):
        for child in L.Inception(3, 5, 2, 4, 1, 3, 3).children():
            self.assertGreater(child.W.data.std(), 0)
            self.assertTrue((child.b.data == 0).all())

    def test_old_name(self):
        self.assertIs(F.Inception, L.Inception)
