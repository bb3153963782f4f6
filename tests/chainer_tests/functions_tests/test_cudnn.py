"""Functions that have the argument use_cudnn, with cuDNN and without it."""
import unittest
from unittest import mock

import numpy

import chainer
import chainer.functions as F
from chainer import cuda, testing
from chainer.functions.loss import softmax_cross_entropy
from chainer.testing import attr


def images(*shape):
    return numpy.random.RandomState(0).randn(*shape)


FUNCTIONS = {
    'relu': (F.relu, [(3, 4)]),
    'relu of a number': (F.relu, [()]),
    'sigmoid': (F.sigmoid, [(3, 4)]),
    'tanh': (F.tanh, [(3, 4)]),
    'softmax': (F.softmax, [(3, 4)]),
    'softmax of images': (F.softmax, [(2, 3, 4, 5)]),
    'log_softmax': (F.log_softmax, [(3, 4)]),
    'log_softmax of images': (F.log_softmax, [(2, 3, 4, 5)]),
    'convolution_2d': (
        F.convolution_2d, [(2, 3, 5, 6), (4, 3, 3, 2), (4,)],
        {'stride': (2, 1), 'pad': (1, 0)}),
    'convolution_2d without bias': (
        F.convolution_2d, [(2, 3, 5, 6), (4, 3, 1, 1)]),
    # The windows fit in spite of cover_all.
    'convolution_2d, cover_all': (
        F.convolution_2d, [(2, 3, 5, 5), (4, 3, 3, 3)],
        {'stride': 2, 'cover_all': True}),
    'deconvolution_2d': (
        F.deconvolution_2d, [(2, 3, 4, 5), (3, 4, 3, 2), (4,)],
        {'stride': (2, 1), 'pad': (1, 0), 'outsize': (8, 6)}),
    'max_pooling_2d': (
        F.max_pooling_2d, [(2, 3, 6, 7)],
        {'ksize': 3, 'stride': 2, 'pad': 1, 'cover_all': False}),
    'average_pooling_2d': (
        F.average_pooling_2d, [(2, 3, 6, 7)],
        {'ksize': 3, 'stride': 2, 'pad': 1}),
    'batch_normalization': (
        F.batch_normalization, [(5, 3, 2, 4), (3,), (3,)]),
    'batch_normalization of vectors': (
        F.batch_normalization, [(5, 3), (3,), (3,)]),
    'batch_normalization of channels of two axes': (
        F.batch_normalization, [(5, 3, 2, 4), (3, 2), (3, 2)]),
}


@testing.parameterize(*testing.product({
    'name': sorted(FUNCTIONS),
    'dtype': [numpy.float16, numpy.float32, numpy.float64],
}))
@attr.cudnn
class TestUseCudnn(unittest.TestCase):

    def setUp(self):
        function, shapes, *kwargs = FUNCTIONS[self.name]
        self.kwargs = kwargs[0] if kwargs else {}
        self.function = function
        self.arrays = [
            cuda.to_gpu(images(*shape).astype(self.dtype))
            if shape else cuda.cupy.array(.5, self.dtype) for shape in shapes]

    def apply(self, arrays, use_cudnn):
        """Returns the output and all gradients."""
        xs = [chainer.Variable(x) for x in arrays]
        y = self.function(*xs, use_cudnn=use_cudnn, **self.kwargs)
        gy = images(*y.shape) if y.shape else numpy.array(2.)
        # A gradient need not be contiguous.
        y.grad = cuda.to_gpu(gy.astype(self.dtype).T.copy()).T
        y.backward()
        return [y.data] + [x.grad for x in xs]

    def check_same(self, actual, expected):
        tolerance = {'e': 1e-2, 'f': 1e-5, 'd': 1e-10}[
            numpy.dtype(self.dtype).char]
        for a, b in zip(actual, expected):
            self.assertEqual(a.dtype, self.dtype)
            self.assertEqual(a.shape, b.shape)
            testing.assert_allclose(a, b, atol=tolerance, rtol=tolerance)

    def test_agreement(self):
        self.check_same(self.apply(self.arrays, True),
                        self.apply(self.arrays, False))

    def test_not_contiguous(self):
        views = [x.T.copy().T for x in self.arrays]
        expected = self.apply(self.arrays, True)
        self.check_same(self.apply(views, True), expected)
        self.check_same(self.apply(views, False), expected)

    def test_use_cudnn(self):
        with mock.patch.object(cuda, 'cudnn_layers', None):
            with self.assertRaises(AttributeError):
                self.apply(self.arrays, True)

    def test_use_cudnn_false(self):
        with mock.patch.object(cuda, 'cudnn_layers', None):
            self.apply(self.arrays, False)

    def test_cudnn_not_enabled(self):
        with mock.patch.multiple(cuda, cudnn_layers=None, cudnn_enabled=False):
            self.apply(self.arrays, True)


@testing.parameterize(*testing.product({
    'shape': [(4, 3), (2, 3, 4, 5), (3, 1), (0, 3)],
    'dtype': [numpy.float16, numpy.float32, numpy.float64],
    'normalize': [True, False],
}))
@attr.cudnn
class TestSoftmaxCrossEntropy(unittest.TestCase):

    def setUp(self):
        self.x = (5 * images(*self.shape)).astype(self.dtype)
        self.t = numpy.random.RandomState(1).randint(
            -1, self.shape[1], (self.shape[0], *self.shape[2:])).astype('i')

    def apply(self, x, t, prefers_cudnn, **kwargs):
        x = chainer.Variable(x)
        with mock.patch.object(softmax_cross_entropy, '_prefers_cudnn',
                               lambda: prefers_cudnn):
            loss = F.softmax_cross_entropy(
                x, t, normalize=self.normalize, **kwargs)
            loss.grad = cuda.get_array_module(x.data).array(3, self.dtype)
            loss.backward()
        return loss.data, x.grad

    def apply_on_device(self, *args, **kwargs):
        return self.apply(
            cuda.to_gpu(self.x), cuda.to_gpu(self.t), *args, **kwargs)

    def test_agreement_with_cpu(self):
        tolerance = 3e-2 if self.dtype == numpy.float16 else 1e-5
        expected = self.apply(self.x, self.t, False)
        for prefers_cudnn in False, True:
            for a, b in zip(self.apply_on_device(prefers_cudnn), expected):
                self.assertEqual(a.dtype, self.dtype)
                testing.assert_allclose(a, b, atol=tolerance, rtol=tolerance)

    def test_use_cudnn(self):
        if self.x.size == 0:
            self.apply_on_device(True)
            return
        with mock.patch.object(cuda, 'cudnn_layers', None):
            with self.assertRaises(AttributeError):
                self.apply_on_device(True)

    def test_without_cudnn(self):
        with mock.patch.object(cuda, 'cudnn_layers', None):
            self.apply_on_device(True, use_cudnn=False)
            self.apply_on_device(False)
            with mock.patch.object(cuda, 'cudnn_enabled', False):
                self.apply_on_device(True)


class TestSoftmaxCrossEntropyDecision(unittest.TestCase):

    def test_cudnn_is_for_gpus(self):
        for backend, expected in ('cuda', True), ('host', False):
            with mock.patch.object(cuda.cupy.cuda, 'backend', backend):
                self.assertIs(
                    softmax_cross_entropy._prefers_cudnn(), expected)


@testing.parameterize(*testing.product({
    'use_cudnn': [True, False],
    'covers_all': [True, False],
}))
@attr.cudnn
class TestMaxPooling2D(unittest.TestCase):

    def setUp(self):
        self.x = numpy.random.RandomState(0).randn(2, 3, 6, 8).astype('f')
        if not self.covers_all:
            patch = mock.patch.object(
                cuda.cudnn_layers, 'pools_beyond_padding', lambda: False)
            patch.start()
            self.addCleanup(patch.stop)

    def apply(self, x):
        x = chainer.Variable(x)
        y = F.max_pooling_2d(x, 3, 2, (1, 0), use_cudnn=self.use_cudnn)
        y.grad = y.data.copy()
        y.backward()
        return y, x.grad

    def test_windows_that_stick_out(self):
        expected_y, expected_gx = self.apply(self.x)
        y, gx = self.apply(cuda.to_gpu(self.x))
        self.assertEqual(y.shape, (2, 3, 4, 4))
        numpy.testing.assert_array_equal(y.data.get(), expected_y.data)
        testing.assert_allclose(gx, expected_gx)
        numpy.testing.assert_array_equal(
            y.creator.indexes.get(), expected_y.creator.indexes)

    def test_pad_as_large_as_the_window(self):
        # cuDNN does not take it. The average of padding is 0.
        x = cuda.to_gpu(self.x)
        y = F.average_pooling_2d(x, 2, pad=2, use_cudnn=self.use_cudnn)
        expected = F.average_pooling_2d(self.x, 2, pad=2)
        self.assertTrue((expected.data[:, :, 0] == 0).all())
        testing.assert_allclose(y.data, expected.data)


@testing.parameterize(*testing.product({
    'use_cudnn': [True, False],
    'dtype': [numpy.float16, numpy.float32, numpy.float64],
    'running_dtype': [numpy.float32, numpy.float64],
    'shape': [(4, 3), (1, 3), (2, 3, 4, 5)],
}))
@attr.cudnn
class TestRunningStatistics(unittest.TestCase):

    def apply(self, move, move_running):
        random = numpy.random.RandomState(0)
        x = random.randn(*self.shape).astype(self.dtype)
        gamma, beta = random.randn(2, 3).astype(self.dtype)
        mean, var = random.rand(2, 3).astype(self.running_dtype)
        mean, var = self.given = move_running(mean), move_running(var)
        y = F.batch_normalization(
            move(x), move(gamma), move(beta), running_mean=mean,
            running_var=var, decay=.75, use_cudnn=self.use_cudnn)
        return y.creator

    def test_agreement_with_cpu(self):
        expected = self.apply(numpy.asarray, numpy.asarray)
        unchanged = [a.copy() for a in self.given]
        actual = self.apply(cuda.to_gpu, cuda.to_gpu)
        for name in 'running_mean', 'running_var':
            a, b = getattr(actual, name), getattr(expected, name)
            self.assertIsInstance(a, cuda.ndarray)
            self.assertEqual(a.dtype, self.running_dtype)
            self.assertEqual(a.shape, b.shape)
            testing.assert_allclose(a, b, atol=1e-6, rtol=1e-6)
        for a, b in zip(self.given, unchanged):
            numpy.testing.assert_array_equal(a.get(), b)

    def test_wrong_place(self):
        with self.assertRaisesRegex(TypeError, 'running_mean is in host mem'):
            self.apply(cuda.to_gpu, numpy.asarray)


@attr.gpu
class TestPoolingKernels(unittest.TestCase):

    def test_shapes(self):
        random = numpy.random.RandomState(0)
        for size, k, s, p in [
                ((5, 4), 2, 2, 0), ((5, 4), 2, 3, 1), ((7, 3), 3, 1, 2),
                ((1, 9), 1, 4, 0), ((4, 5), 3, 2, 1)]:
            x = random.randn(2, 2, *size).astype('f')
            for pooling in F.MaxPooling2D, F.AveragePooling2D:
                grads = []
                for array in x, cuda.to_gpu(x):
                    v = chainer.Variable(array)
                    y = pooling(k, s, p, False, use_cudnn=False)(v)
                    y.grad = y.data.copy()
                    y.backward()
                    grads.append((y.data, v.grad))
                for host, device in zip(*grads):
                    testing.assert_allclose(device, host, atol=1e-6)


testing.run_module(__name__, __file__)
