import os
import tempfile
import unittest

import numpy

import chainer
import chainer.functions as F
import chainer.links as L
from chainer import gradient_check, serializers, testing


def windows(x, ksize, stride, padding):
    """Yields (i, j, pixels) for windows of an image with a frame."""
    p = ksize // 2
    n, c, h, w = x.shape
    framed = numpy.full((n, c, h + 2 * p, w + 2 * p), padding)
    framed[:, :, p:p + h, p:p + w] = x
    for i in range((h - 1) // stride + 1):
        for j in range((w - 1) // stride + 1):
            y, x = i * stride, j * stride
            yield i, j, framed[:, :, y:y + ksize, x:x + ksize]


def collect(values):
    """Makes an array (N, C, H, W) of (i, j, array of shape (N, C))."""
    values = list(values)
    y = numpy.empty(values[0][2].shape + (values[-1][0] + 1,
                                          values[-1][1] + 1))
    for i, j, value in values:
        y[:, :, i, j] = value
    return y


def layer(link, name, x, stride=1, test=False):
    """Convolution, batch normalization and ReLU, in double precision."""
    W = link[name].W.data.astype('d')
    y = collect(
        (i, j, numpy.einsum('nckl,ockl->no', pixels, W))
        for i, j, pixels in windows(x, W.shape[2], stride, 0.))
    normalization = link[name + 'n']
    gamma = normalization.gamma.data.astype('d')
    beta = normalization.beta.data.astype('d')
    for c in range(y.shape[1]):
        mean, var = y[:, c].mean(), y[:, c].var()
        if test:
            mean, var = normalization.avg_mean[c], normalization.avg_var[c]
        y[:, c] = gamma[c] * (y[:, c] - mean) / (var + 2e-5) ** .5 + beta[c]
    return numpy.maximum(y, 0)


def pool(x, pooltype, stride):
    if pooltype == 'max':
        return collect((i, j, pixels.max(axis=(2, 3))) for i, j, pixels
                       in windows(x, 3, stride, -numpy.inf))
    return collect((i, j, pixels.sum(axis=(2, 3)) / 9) for i, j, pixels
                   in windows(x, 3, stride, 0.))


@testing.parameterize(*testing.product_dict(
    [
        {'out1': 2, 'proj_pool': 3, 'stride': 1},
        {'out1': 0, 'proj_pool': 3, 'stride': 2},
        {'out1': 0, 'proj_pool': None, 'stride': 2},
        {'out1': 0, 'proj_pool': None, 'stride': 1},
    ],
    [{'pooltype': 'max'}, {'pooltype': 'avg'}],
))
class TestInceptionBN(unittest.TestCase):

    def setUp(self):
        numpy.random.seed(0)
        self.link = L.InceptionBN(
            3, self.out1, 2, 3, 3, 2, self.pooltype, self.proj_pool,
            self.stride)
        for param in self.link.params():
            param.data[...] = numpy.random.uniform(-1, 1, param.shape)
        for child in self.link.children():
            if isinstance(child, L.BatchNormalization):
                child.avg_mean[...] = numpy.random.uniform(
                    -1, 1, child.avg_mean.shape)
                child.avg_var[...] = numpy.random.uniform(
                    .5, 1, child.avg_mean.shape)
        self.x = numpy.random.uniform(-1, 1, (2, 3, 5, 4)).astype('f')

    def expected_output(self, test):
        x = self.x.astype('d')

        def run(x, name, stride=1):
            return layer(self.link, name, x, stride, test)

        paths = [run(x, 'conv1')] if self.out1 else []
        paths.append(run(run(x, 'proj3'), 'conv3', self.stride))
        paths.append(run(
            run(run(x, 'proj33'), 'conv33a'), 'conv33b', self.stride))
        pooled = pool(x, self.pooltype, self.stride)
        if self.proj_pool is not None:
            pooled = run(pooled, 'poolp')
        return numpy.concatenate(paths + [pooled], axis=1)

    def test_training(self):
        expected = self.expected_output(False)
        y = self.link(chainer.Variable(self.x))
        self.assertEqual(y.dtype, numpy.float32)
        testing.assert_allclose(y.data, expected, atol=1e-4)

    def test_testing(self):
        self.link.train = False
        before = [child.avg_mean.copy() for child in self.link.children()
                  if isinstance(child, L.BatchNormalization)]
        y = self.link(chainer.Variable(self.x))
        testing.assert_allclose(
            y.data, self.expected_output(True), atol=1e-4)
        after = [child.avg_mean for child in self.link.children()
                 if isinstance(child, L.BatchNormalization)]
        for x, expected in zip(after, before):
            numpy.testing.assert_array_equal(x, expected)

    def test_training_updates_averages(self):
        before = self.link.conv33bn.avg_mean.copy()
        self.link(self.x)
        self.assertGreater(
            abs(self.link.conv33bn.avg_mean - before).max(), 1e-3)

    def test_gradients_reach_everything(self):
        self.link.cleargrads()
        y = self.link(chainer.Variable(self.x))
        y.grad = numpy.random.randn(*y.shape).astype('f')
        y.backward()
        for name, param in self.link.namedparams():
            self.assertGreater(abs(param.grad).max(), 0, name)

    def test_params(self):
        names = ['conv3', 'conv33a', 'conv33b', 'proj3', 'proj33']
        names += ['conv1'] if self.out1 else []
        names += [] if self.proj_pool is None else ['poolp']
        self.assertEqual(
            sorted(path for path, _ in self.link.namedparams()),
            sorted(path for name in names for path in
                   (f'/{name}/W', f'/{name}n/gamma', f'/{name}n/beta')))


class TestInceptionBNGradient(unittest.TestCase):

    def test_backward(self):
        numpy.random.seed(0)
        link = L.InceptionBN(2, 2, 1, 2, 1, 1, 'avg', 1)
        for param in link.params():
            param.data[...] = numpy.random.uniform(.5, 1, param.shape)
        for name, param in link.namedparams():
            if name.endswith('beta'):
                # Far from the bend of ReLU.
                param.data[...] = 5
        x = numpy.random.uniform(-1, 1, (2, 2, 3, 2)).astype('f')
        gy = numpy.random.uniform(-1, 1, (2, 6, 3, 2)).astype('f')
        gradient_check.check_backward(
            link, x, gy, tuple(link.params()), eps=1e-4, atol=1e-3, rtol=1e-3,
            dtype=numpy.float64)


class TestInceptionBNArguments(unittest.TestCase):

    def test_attributes(self):
        link = L.InceptionBN(3, 1, 2, 3, 4, 5, 'avg', 6)
        self.assertEqual(
            (link.out1, link.pooltype, link.proj_pool, link.stride,
             link.train), (1, 'avg', 6, 1, True))

    def test_conv_init(self):
        def fill(array):
            array[...] = 7

        link = L.InceptionBN(3, 1, 2, 3, 4, 5, 'avg', 6, conv_init=fill)
        for name, param in link.namedparams():
            if name.endswith('/W'):
                self.assertEqual(set(param.data.ravel().tolist()), {7}, name)

    def test_pooltype(self):
        with self.assertRaisesRegex(NotImplementedError, "'max' or 'avg'"):
            L.InceptionBN(3, 0, 2, 3, 4, 5, 'min')

    def test_first_path(self):
        for proj_pool, stride in (None, 1), (3, 2):
            with self.assertRaisesRegex(ValueError, 'out1=1'):
                L.InceptionBN(
                    3, 1, 2, 3, 4, 5, 'max', proj_pool, stride)

    def test_no_projection(self):
        x = numpy.zeros((1, 3, 4, 4), 'f')
        for proj_pool in None, False, 0:
            link = L.InceptionBN(3, 0, 2, 4, 5, 6, 'max', proj_pool)
            self.assertIsNone(link.proj_pool)
            self.assertFalse(hasattr(link, 'poolp'))
            self.assertEqual(link(x).shape, (1, 4 + 6 + 3, 4, 4))
            with self.assertRaisesRegex(ValueError, 'out1=1'):
                L.InceptionBN(3, 1, 2, 4, 5, 6, 'max', proj_pool)

    def test_projection_of_unknown_size(self):
        with self.assertRaisesRegex(ValueError, 'give the number of channels'):
            L.InceptionBN(3, 0, 2, 4, 5, 6, 'max', True)

    def test_no_number_of_channels(self):
        with self.assertRaisesRegex(ValueError, '^out1 must be 0 or more'):
            L.InceptionBN(3, -1, 2, 4, 5, 6, 'max')
        for out1 in float('nan'), 1.5, '1':
            with self.assertRaisesRegex(TypeError, '^out1 must be an integer'):
                L.InceptionBN(3, out1, 2, 4, 5, 6, 'max')

    def test_pair_of_strides(self):
        link = L.InceptionBN(3, 0, 2, 4, 5, 6, 'max', stride=(2, 1))
        self.assertEqual(
            link(numpy.zeros((1, 3, 4, 4), 'f')).shape, (1, 13, 2, 4))

    def test_npz(self):
        handle, path = tempfile.mkstemp(suffix='.npz')
        os.close(handle)
        self.addCleanup(os.remove, path)
        x = numpy.random.RandomState(0).randn(1, 3, 4, 4).astype('f')
        saved = L.InceptionBN(3, 1, 2, 3, 4, 5, 'avg', 6)
        saved(x)
        serializers.save_npz(path, saved)
        loaded = L.InceptionBN(3, 1, 2, 3, 4, 5, 'avg', 6)
        serializers.load_npz(path, loaded)
        saved.train = loaded.train = False
        numpy.testing.assert_array_equal(loaded(x).data, saved(x).data)

    def test_old_name(self):
        self.assertIs(F.InceptionBN, L.InceptionBN)
