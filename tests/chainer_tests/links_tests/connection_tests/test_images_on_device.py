"""Links of images compute on a device what they do on the host."""
import copy
import unittest

import numpy

import chainer
import chainer.functions as F
import chainer.links as L
from chainer import cuda, testing
from chainer.testing import attr


def images(*shape):
    return numpy.random.RandomState(0).randn(*shape).astype('f')


LINKS = {
    'Convolution2D': lambda: L.Convolution2D(3, 4, 3, pad=1),
    'Convolution2D, no cuDNN': lambda: L.Convolution2D(
        3, 4, 3, pad=1, use_cudnn=False),
    'Convolution2D, no bias': lambda: L.Convolution2D(
        3, 4, (3, 2), stride=2, nobias=True),
    'Deconvolution2D': lambda: L.Deconvolution2D(3, 4, 4, stride=2, pad=1),
    'Deconvolution2D, no cuDNN': lambda: L.Deconvolution2D(
        3, 4, 4, stride=2, pad=1, use_cudnn=False),
    'MLPConvolution2D': lambda: L.MLPConvolution2D(3, (4, 2), 3, pad=1),
    'Inception': lambda: L.Inception(3, 2, 3, 2, 1, 2, 2),
    'InceptionBN': lambda: L.InceptionBN(3, 2, 3, 2, 1, 2, 'max', 2),
    'InceptionBN, stride 2': lambda: L.InceptionBN(
        3, 0, 3, 2, 1, 2, 'avg', 2, stride=2),
    'BatchNormalization': lambda: L.BatchNormalization(3),
}


@testing.parameterize(*[{'name': name} for name in sorted(LINKS)])
@attr.gpu
class TestLinksOfImages(unittest.TestCase):

    def apply(self, link, x):
        """Returns the output, and what belongs to the link by names."""
        link.zerograds()
        x = chainer.Variable(x)
        y = link(x)
        F.sum(y * y).backward()
        results = {'y': y.data, 'x.grad': x.grad}
        for name, param in link.namedparams():
            results[name + '.grad'] = param.grad
        for child in link.links():
            if isinstance(child, L.BatchNormalization):
                results[child.name, 'avg_mean'] = child.avg_mean
                results[child.name, 'avg_var'] = child.avg_var
        return results

    def test_to_gpu(self):
        numpy.random.seed(0)
        link = LINKS[self.name]()
        on_device = copy.deepcopy(link).to_gpu()
        x = images(2, 3, 6, 6)
        expected = self.apply(link, x)
        actual = self.apply(on_device, cuda.to_gpu(x))
        self.assertEqual(expected.keys(), actual.keys())
        for name, array in expected.items():
            self.assertIsInstance(actual[name], cuda.ndarray)
            self.assertEqual(actual[name].dtype, array.dtype)
            testing.assert_allclose(
                actual[name], array, atol=1e-4, rtol=1e-4)


@attr.gpu
class TestInitializationOnDevice(unittest.TestCase):

    def test_channels_from_the_first_call(self):
        x = cuda.to_gpu(images(2, 3, 6, 5))
        link = L.Convolution2D(None, 4, 3).to_gpu()
        self.assertIsInstance(link(x).data, cuda.ndarray)
        self.assertIsInstance(link.W.data, cuda.ndarray)


@testing.parameterize(
    {'modes': [{}, {}, {'test': True}]},
    {'modes': [{'finetune': True}, {'finetune': True}, {'test': True}]},
)
@attr.gpu
class TestBatchNormalizationModes(unittest.TestCase):

    def apply(self, link, move):
        ys = []
        for k, mode in enumerate(self.modes):
            ys.append(link(move(images(4, 3, 2, 2) * (k + 1) + k), **mode))
        return [y.data for y in ys] + [link.avg_mean, link.avg_var]

    def test_agreement(self):
        expected = self.apply(L.BatchNormalization(3), numpy.asarray)
        link = L.BatchNormalization(3).to_gpu()
        averages = link.avg_mean, link.avg_var
        actual = self.apply(link, cuda.to_gpu)
        for device, host in zip(actual, expected):
            self.assertIsInstance(device, cuda.ndarray)
            testing.assert_allclose(device, host, atol=1e-5, rtol=1e-5)
        self.assertIs(link.avg_mean, averages[0])
        self.assertIs(link.avg_var, averages[1])


testing.run_module(__name__, __file__)
