"""Links that are moved to a device compute there what they did on the host."""
import copy
import unittest

import numpy

import chainer
import chainer.functions as F
import chainer.links as L
from chainer import cuda, testing
from chainer.testing import attr


def array(*shape, seed=0):
    random = numpy.random.RandomState(seed)
    return random.uniform(-1, 1, shape).astype('f')


def zerograds(link):
    for param in link.params():
        param.zerograd()


@testing.parameterize(
    {'make': lambda: L.PReLU((3,)), 'xs': [array(4, 3, 2)]},
    {'make': lambda: L.PReLU(), 'xs': [array(4, 3)]},
    {'make': lambda: L.Maxout(3, 2, 4), 'xs': [array(5, 3)]},
    {'make': lambda: L.Bias(1, (3,)), 'xs': [array(4, 3, 2)]},
    {'make': lambda: L.Scale(1, (3,), bias_term=True),
     'xs': [array(4, 3, 2)]},
    {'make': lambda: L.GRU(3, 2), 'xs': [array(4, 3), array(4, 2, seed=1)]},
    {'make': lambda: L.StatelessLSTM(2, 3),
     'xs': [array(4, 3), array(4, 3, seed=1), array(4, 2, seed=2)]},
)
@attr.gpu
class TestLink(unittest.TestCase):

    def run_link(self, link, xs):
        zerograds(link)
        xs = [chainer.Variable(x) for x in xs]
        ys = link(*xs)
        ys = ys if isinstance(ys, tuple) else (ys,)
        sum([F.sum(y * y) for y in ys]).backward()
        return [y.data for y in ys] + [
            variable.grad for variable in [*xs, *link.params()]]

    def test_same_as_on_host(self):
        link = self.make()
        expected = self.run_link(link, self.xs)
        link.to_gpu()
        actual = self.run_link(link, [cuda.to_gpu(x) for x in self.xs])
        for y, z in zip(expected, actual):
            self.assertIsInstance(z, cuda.ndarray)
            testing.assert_allclose(y, z, atol=1e-5, rtol=1e-5)


@testing.parameterize(
    {'make': lambda: L.LSTM(2, 3)},
    {'make': lambda: L.StatefulGRU(2, 3)},
    {'make': lambda: L.StatefulPeepholeLSTM(2, 3)},
)
@attr.gpu
class TestStatefulLink(unittest.TestCase):

    def setUp(self):
        # The last steps are those of fewer sequences.
        self.xs = [array(n, 2, seed=k) for k, n in enumerate([4, 4, 3, 1])]

    def run_steps(self, link, xs):
        return [link(chainer.Variable(x)) for x in xs]

    def check(self, ys, zs, link, twin):
        """Compares outputs and gradients of two links."""
        for each, outputs in (link, ys), (twin, zs):
            zerograds(each)
            sum([F.sum(y * y) for y in outputs]).backward()
        for y, z in zip(ys, zs):
            self.assertIsInstance(z.data, cuda.ndarray)
            testing.assert_allclose(y.data, z.data, atol=1e-5, rtol=1e-5)
        for (name, p), (_, q) in zip(
                sorted(link.namedparams()), sorted(twin.namedparams())):
            self.assertIsInstance(q.grad, cuda.ndarray, name)
            testing.assert_allclose(p.grad, q.grad, atol=1e-5, rtol=1e-5)

    def test_same_as_on_host(self):
        link = self.make()
        twin = copy.deepcopy(link).to_gpu()
        self.check(self.run_steps(link, self.xs),
                   self.run_steps(twin, map(cuda.to_gpu, self.xs)),
                   link, twin)

    def test_moved_with_its_state(self):
        link = self.make()
        self.run_steps(link, self.xs[:1])
        twin = copy.deepcopy(link).to_gpu()
        for each in link, twin:
            for name in each.state_names:
                getattr(each, name).unchain_backward()
        self.check(self.run_steps(link, self.xs[1:]),
                   self.run_steps(twin, map(cuda.to_gpu, self.xs[1:])),
                   link, twin)

    def test_there_and_back(self):
        link = self.make()
        twin = copy.deepcopy(link)
        expected = self.run_steps(link, self.xs)
        actual = self.run_steps(twin.to_gpu(), [cuda.to_gpu(self.xs[0])])
        actual += self.run_steps(twin.to_cpu(), self.xs[1:])
        for y, z in zip(expected, actual):
            testing.assert_allclose(y.data, z.data, atol=1e-5, rtol=1e-5)
