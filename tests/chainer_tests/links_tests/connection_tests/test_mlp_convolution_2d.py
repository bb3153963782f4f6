import os
import tempfile
import unittest

import numpy

import chainer
import chainer.functions as F
import chainer.links as L
from chainer import gradient_check, serializers, testing


@testing.parameterize(*testing.product({
    'in_channels': [3, None],
    'activation': [F.relu, F.tanh],
}))
class TestMLPConvolution2D(unittest.TestCase):

    def setUp(self):
        numpy.random.seed(0)
        random = numpy.random.RandomState(0)
        self.x = random.randn(2, 3, 4, 5).astype('f')
        self.gy = random.randn(2, 2, 2, 5).astype('f')
        self.link = L.MLPConvolution2D(
            self.in_channels, (5, 4, 2), (2, 3), (2, 1), (0, 1),
            activation=self.activation, bias_init=0.1)
        self.link(self.x)

    def test_forward(self):
        y = self.link(chainer.Variable(self.x))
        self.assertEqual(y.dtype, numpy.float32)
        act = {F.relu: lambda a: numpy.maximum(a, 0),
               F.tanh: numpy.tanh}[self.activation]
        W = self.link[0].W.data
        self.assertEqual(W.shape, (5, 3, 2, 3))
        padded = numpy.zeros((2, 3, 4, 7))
        padded[..., 1:6] = self.x
        expected = numpy.empty(self.gy.shape)
        for n, i, j in numpy.ndindex(2, 2, 5):
            patch = padded[n, :, 2 * i:2 * i + 2, j:j + 3]
            hidden = (W * patch).reshape(5, -1).sum(axis=1) + 0.1
            for link in self.link[1:]:
                W1 = link.W.data[:, :, 0, 0]
                hidden = W1.dot(act(hidden)) + 0.1
            expected[n, :, i, j] = hidden
        testing.assert_allclose(y.data, expected)

    def test_backward(self):
        gradient_check.check_backward(
            self.link, self.x, self.gy, tuple(self.link.params()),
            eps=1e-4, dtype=numpy.float64)

    def test_structure(self):
        self.assertEqual(
            [link.W.shape for link in self.link],
            [(5, 3, 2, 3), (4, 5, 1, 1), (2, 4, 1, 1)])
        self.assertEqual(
            sorted(name for name, _ in self.link.namedparams()),
            ['/0/W', '/0/b', '/1/W', '/1/b', '/2/W', '/2/b'])
        self.assertIs(self.link.activation, self.activation)

    def test_serialization(self):
        handle, path = tempfile.mkstemp(suffix='.npz')
        os.close(handle)
        self.addCleanup(os.remove, path)
        loaded = L.MLPConvolution2D(
            self.in_channels, (5, 4, 2), (2, 3), (2, 1), (0, 1),
            activation=self.activation)
        serializers.save_npz(path, self.link)
        serializers.load_npz(path, loaded)
        numpy.testing.assert_array_equal(
            loaded(self.x).data, self.link(self.x).data)


class TestMLPConvolution2DArguments(unittest.TestCase):

    def test_defaults(self):
        link = L.MLPConvolution2D(3, (5, 2), 3)
        self.assertIs(link.activation, F.relu)
        for convolution in link:
            self.assertTrue((convolution.b.data == 0).all())
            self.assertIs(convolution.use_cudnn, True)

    def test_one_convolution(self):
        # The activation function is not applied to the output.
        x = numpy.random.RandomState(0).randn(2, 3, 4, 5).astype('f')
        link = L.MLPConvolution2D(3, (5,), 3)
        expected = F.convolution_2d(x, link[0].W, link[0].b)
        self.assertLess(expected.data.min(), 0)
        numpy.testing.assert_array_equal(link(x).data, expected.data)

    def test_no_convolution(self):
        with self.assertRaisesRegex(ValueError, 'out_channels is empty'):
            L.MLPConvolution2D(3, (), 3)

    def test_passed_on(self):
        link = L.MLPConvolution2D(3, (5, 2), 3, wscale=3, use_cudnn=False,
                                  conv_init=2, bias_init=4)
        for convolution in link:
            self.assertTrue((convolution.W.data == 6).all())
            self.assertTrue((convolution.b.data == 4).all())
            self.assertIs(convolution.use_cudnn, False)
