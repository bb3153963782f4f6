"""Links with matrix products or rows, moved to a device and back."""
import unittest

import numpy

import chainer
import chainer.links as L
from chainer import cuda, testing
from chainer.testing import attr

RANDOM = numpy.random.RandomState(0)
X = RANDOM.randn(4, 3).astype('f')
IDS = numpy.array([[2, 0, 4], [2, 2, 3]], 'i')


@testing.parameterize(
    {'make': lambda: L.Linear(3, 2), 'args': (X,)},
    {'make': lambda: L.Linear(3, 2, nobias=True), 'args': (X,)},
    {'make': lambda: L.Bilinear(3, 3, 2), 'args': (X, X[::-1])},
    {'make': lambda: L.Bilinear(3, 3, 2, nobias=True), 'args': (X, X[::-1])},
    {'make': lambda: L.EmbedID(5, 2), 'args': (IDS,)},
    {'make': lambda: L.EmbedID(5, 2, ignore_label=2), 'args': (IDS,)},
)
@attr.gpu
class TestOnDevice(unittest.TestCase):

    def run_link(self, link, args):
        link.zerograds()
        inputs = [chainer.Variable(x) for x in args]
        y = link(*inputs)
        y.grad = y.data * 2
        y.backward()
        return [y.data, *[param.grad for param in link.params()],
                *[x.grad for x in inputs if x.grad is not None]]

    def test_there_and_back(self):
        numpy.random.seed(0)
        link = self.make()
        expected = self.run_link(link, self.args)
        self.assertIs(link.to_gpu(), link)
        actual = self.run_link(link, [cuda.to_gpu(x) for x in self.args])
        self.assertEqual(len(actual), len(expected))
        for x, y in zip(actual, expected):
            self.assertIsInstance(x, cuda.ndarray)
            self.assertEqual((x.dtype, x.shape), (y.dtype, y.shape))
            testing.assert_allclose(x, y, rtol=1e-5, atol=1e-5)
        self.assertIs(link.to_cpu(), link)
        for x, y in zip(self.run_link(link, self.args), expected):
            numpy.testing.assert_array_equal(x, y)


@attr.gpu
class TestLinearOfUnknownSize(unittest.TestCase):

    def test_first_call_on_device(self):
        link = L.Linear(None, 2)
        link.to_gpu()
        y = link(cuda.to_gpu(X))
        self.assertIsInstance(link.W.data, cuda.ndarray)
        testing.assert_allclose(
            y.data, X.dot(link.W.data.get().T), rtol=1e-5, atol=1e-6)


@attr.gpu
class TestParameterOnDevice(unittest.TestCase):

    def test_there_and_back(self):
        with self.assertWarns(DeprecationWarning):
            link = L.Parameter(X)
        link.to_gpu()
        link.zerograds()
        y = link()
        y.grad = y.data * 2
        y.backward()
        numpy.testing.assert_array_equal(y.data.get(), X)
        numpy.testing.assert_array_equal(link.W.grad.get(), X * 2)
        link.to_cpu()
        numpy.testing.assert_array_equal(link().data, X)
