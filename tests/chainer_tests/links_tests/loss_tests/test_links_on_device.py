"""Links with losses, moved to a device and back."""
import unittest

import numpy

import chainer.links as L
from chainer import cuda, testing
from chainer.testing import attr

TREE = ((0, 1), ((2, 3), 4))
RANDOM = numpy.random.RandomState(0)
X = RANDOM.randn(4, 3).astype('f')
T = numpy.array([2, 0, 4, 2], 'i')
XS = list(RANDOM.randn(3, 4, 5).astype('f'))
YS = list(RANDOM.randint(5, size=(3, 4)).astype('i'))


# Only one word is ever drawn.
COUNTS = [0, 0, 0, 7, 0]


def to_gpu(value):
    if isinstance(value, list):
        return [cuda.to_gpu(each) for each in value]
    return cuda.to_gpu(value)


@testing.parameterize(
    {'make': lambda: L.BinaryHierarchicalSoftmax(3, TREE), 'args': (X, T)},
    {'make': lambda: L.NegativeSampling(3, COUNTS, 2), 'args': (X, T)},
    {'make': lambda: L.BlackOut(3, COUNTS, 2), 'args': (X, T)},
    {'make': lambda: L.CRF1d(5), 'args': (XS, YS)},
)
@attr.gpu
class TestLossOnDevice(unittest.TestCase):

    def setUp(self):
        self.link = self.make()
        for param in self.link.params():
            param.data[...] = numpy.random.RandomState(1).randn(*param.shape)

    def run_link(self, args):
        self.link.zerograds()
        loss = self.link(*args)
        loss.backward()
        return loss.data, [param.grad for param in self.link.params()]

    def test_there_and_back(self):
        expected = self.run_link(self.args)
        self.assertIs(self.link.to_gpu(), self.link)
        loss, grads = self.run_link([to_gpu(arg) for arg in self.args])
        self.assertIsInstance(loss, cuda.ndarray)
        self.assertEqual((loss.shape, loss.dtype), ((), numpy.float32))
        testing.assert_allclose(loss, expected[0], rtol=1e-5)
        for grad, other in zip(grads, expected[1]):
            self.assertIsInstance(grad, cuda.ndarray)
            testing.assert_allclose(grad, other, rtol=1e-4, atol=1e-5)
        self.assertIs(self.link.to_cpu(), self.link)
        loss, grads = self.run_link(self.args)
        numpy.testing.assert_array_equal(loss, expected[0])
        for grad, other in zip(grads, expected[1]):
            numpy.testing.assert_array_equal(grad, other)

    @attr.multi_gpu(2)
    def test_other_device(self):
        expected = self.run_link(self.args)
        self.link.to_gpu(1)
        with cuda.get_device(1):
            loss, grads = self.run_link([to_gpu(arg) for arg in self.args])
        self.assertEqual(loss.device, cuda.Device(1))
        testing.assert_allclose(loss, expected[0], rtol=1e-5)
        for grad, other in zip(grads, expected[1]):
            testing.assert_allclose(grad, other, rtol=1e-4, atol=1e-5)

    def test_same_results_each_time(self):
        self.link.to_gpu()
        args = [to_gpu(arg) for arg in self.args]
        first, second = self.run_link(args), self.run_link(args)
        numpy.testing.assert_array_equal(first[0].get(), second[0].get())
        for one, other in zip(first[1], second[1]):
            numpy.testing.assert_array_equal(one.get(), other.get())


@attr.gpu
class TestSamplersOnDevice(unittest.TestCase):

    def check(self, make, shape):
        link = make(3, [10, 5, 0, 2, 5], 4)
        link.to_gpu()
        losses = []
        for seed in 0, 0, 1:
            cuda.cupy.random.seed(seed)
            link.W.data[...] = 0
            link.W.data[0] = 1
            losses.append(float(link(to_gpu(X), to_gpu(T)).data))
        self.assertEqual(losses[0], losses[1])
        self.assertNotEqual(losses[0], losses[2])
        samples = link.sampler.sample(shape)
        self.assertIsInstance(samples, cuda.ndarray)
        link.to_cpu()
        self.assertIsInstance(link.sampler.sample(shape), numpy.ndarray)
        self.assertGreater(float(link(X, T).data), 0)

    def test_negative_sampling(self):
        self.check(L.NegativeSampling, (4, 5))

    def test_black_out(self):
        self.check(L.BlackOut, (4, 4))
