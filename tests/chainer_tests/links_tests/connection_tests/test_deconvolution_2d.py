import os
import tempfile
import unittest

import numpy

import chainer
import chainer.functions as F
import chainer.links as L
from chainer import gradient_check, serializers, testing


@testing.parameterize(*testing.product({
    'outsize': [None, (4, 9)],
    'nobias': [False, True],
}))
class TestDeconvolution2D(unittest.TestCase):

    def setUp(self):
        random = numpy.random.RandomState(0)
        self.W = random.randn(3, 2, 3, 4).astype('f')
        self.b = random.randn(2).astype('f')
        self.x = random.randn(2, 3, 2, 4).astype('f')
        size = self.outsize or (3, 8)
        self.gy = random.randn(*(2, 2) + size).astype('f')
        self.link = L.Deconvolution2D(
            3, 2, (3, 4), 2, 1, nobias=self.nobias, outsize=self.outsize,
            initialW=self.W, initial_bias=self.b)

    def test_forward(self):
        y = self.link(chainer.Variable(self.x))
        self.assertEqual(y.dtype, numpy.float32)
        self.assertEqual(y.shape, self.gy.shape)
        expected = F.deconvolution_2d(
            self.x, self.W, None if self.nobias else self.b, 2, 1,
            self.outsize)
        numpy.testing.assert_array_equal(y.data, expected.data)

    def test_backward(self):
        gradient_check.check_backward(
            self.link, self.x, self.gy, tuple(self.link.params()),
            dtype=numpy.float64)

    def test_params(self):
        names = ['/W'] if self.nobias else ['/W', '/b']
        self.assertEqual(
            sorted(name for name, _ in self.link.namedparams()), names)
        self.assertEqual(self.link.W.shape, (3, 2, 3, 4))
        if self.nobias:
            self.assertIsNone(self.link.b)


class TestDeconvolution2DInitialization(unittest.TestCase):

    def setUp(self):
        numpy.random.seed(0)

    def check_distribution(self, link, deviation):
        W = link.W.data
        self.assertEqual(W.dtype, numpy.float32)
        # Five standard deviations of the estimates.
        n = W.size
        self.assertLess(abs(W.mean()), 5 * deviation / n ** 0.5)
        self.assertLess(abs(W.std() / deviation - 1), 5 / (2 * n) ** 0.5)
        # Of a normal distribution, 68.3 % lie within one deviation.
        self.assertLess(abs((abs(W) < deviation).mean() - 0.683), 0.01)

    def test_default(self):
        # It is the number of input channels that counts.
        link = L.Deconvolution2D(25, 300, (8, 2))
        self.check_distribution(link, 1 / 20.)
        self.assertEqual(link.b.data.tolist(), [0] * 300)
        self.assertEqual(link.b.dtype, numpy.float32)

    def test_wscale(self):
        self.check_distribution(
            L.Deconvolution2D(25, 300, 4, wscale=3), 3 / 20.)

    def test_gradients_start_as_nan(self):
        for param in L.Deconvolution2D(3, 2, 3).params():
            self.assertTrue(numpy.isnan(param.grad).all())

    def test_bias(self):
        link = L.Deconvolution2D(3, 2, 1, bias=4)
        self.assertEqual(link.b.data.tolist(), [4, 4])
        link = L.Deconvolution2D(
            3, 2, 1, bias=4, initial_bias=numpy.array([1, 2]))
        self.assertEqual(link.b.data.tolist(), [1, 2])

    def test_callable(self):
        def fill(array):
            array[...] = numpy.arange(array.size).reshape(array.shape)

        link = L.Deconvolution2D(2, 3, (1, 2), wscale=2, initialW=fill,
                                 initial_bias=fill)
        self.assertEqual(
            link.W.data.tolist(), [[[[0, 2]], [[4, 6]], [[8, 10]]],
                                   [[[12, 14]], [[16, 18]], [[20, 22]]]])
        self.assertEqual(link.b.data.tolist(), [0, 1, 2])

    def test_scalar(self):
        link = L.Deconvolution2D(1, 2, 1, initialW=5, initial_bias=6)
        self.assertEqual(link.W.data.tolist(), [[[[5]], [[5]]]])
        self.assertEqual(link.b.data.tolist(), [6] * 2)

    def test_array_of_wrong_shape(self):
        with self.assertRaises(ValueError):
            L.Deconvolution2D(3, 2, 1, initialW=numpy.ones((2, 3, 1, 1), 'f'))

    def test_arguments(self):
        for kwargs in ({'ksize': 0}, {'stride': 0}, {'pad': -1},
                       {'outsize': 0}):
            with self.assertRaisesRegex(ValueError, list(kwargs)[0]):
                L.Deconvolution2D(3, 2, **{'ksize': 3, **kwargs})

    def test_attributes(self):
        link = L.Deconvolution2D(3, 2, 5, 2, (1, 0), use_cudnn=False)
        self.assertEqual(link.stride, (2, 2))
        self.assertEqual(link.pad, (1, 0))
        self.assertIsNone(link.outsize)
        y = link(numpy.zeros((1, 3, 5, 5), 'f'))
        self.assertIs(y.creator.use_cudnn, False)


class TestDeconvolution2DState(unittest.TestCase):

    def setUp(self):
        self.x = numpy.random.RandomState(0).randn(4, 3, 5, 5).astype('f')

    def test_copy(self):
        link = L.Deconvolution2D(3, 5, 3)
        twin = link.copy()
        self.assertIsNot(twin.W, link.W)
        self.assertIs(twin.W.data, link.W.data)
        numpy.testing.assert_array_equal(
            twin(self.x).data, link(self.x).data)

    def test_serialization(self):
        handle, path = tempfile.mkstemp(suffix='.npz')
        os.close(handle)
        self.addCleanup(os.remove, path)
        for nobias, names in (False, ['W', 'b']), (True, ['W']):
            saved, loaded = [L.Deconvolution2D(3, 5, 3, nobias=nobias)
                             for _ in range(2)]
            serializers.save_npz(path, saved)
            serializers.load_npz(path, loaded)
            numpy.testing.assert_array_equal(
                loaded(self.x).data, saved(self.x).data)
            with numpy.load(path) as file:
                self.assertEqual(sorted(file), names)
