import os
import pickle
import tempfile
import unittest

import numpy

import chainer
import chainer.functions as F
import chainer.links as L
from chainer import gradient_check, optimizers, serializers, testing
from chainer.utils import type_check


def sigmoid(x):
    return 1 / (1 + numpy.exp(-x))


def step(link, c, h, x):
    """One step of one sequence, in double precision."""
    W = {name: link[name].W.data.astype('d')
         for name in ('upward', 'lateral', 'peep_i', 'peep_f', 'peep_o')}
    signal = W['upward'].dot(x) + link.upward.b.data + W['lateral'].dot(h)
    a, i, f, o = (signal[gate::4] for gate in range(4))
    i = sigmoid(i + W['peep_i'].dot(c))
    f = sigmoid(f + W['peep_f'].dot(c))
    c = numpy.tanh(a) * i + f * c
    return c, sigmoid(o + W['peep_o'].dot(c)) * numpy.tanh(c)


def randomize(link):
    random = numpy.random.RandomState(0)
    for _, param in sorted(link.namedparams()):
        param.data[...] = random.randn(*param.shape)


def make_batches(sizes, in_size=3):
    random = numpy.random.RandomState(1)
    return [random.randn(n, in_size).astype('f') for n in sizes]


@testing.parameterize(*testing.product({
    'in_size': [3, None],
    'sizes': [(4, 4, 4), (4, 3, 3, 1), (3, 2, 0, 0)],
}))
class TestStatefulPeepholeLSTM(unittest.TestCase):

    def setUp(self):
        self.link = L.StatefulPeepholeLSTM(self.in_size, 2)
        self.link(numpy.zeros((1, 3), 'f'))
        self.link.reset_state()
        randomize(self.link)
        self.batches = make_batches(self.sizes)

    def test_forward(self):
        # Each sequence by itself; those that have ended keep their state.
        states = [(numpy.zeros(2), numpy.zeros(2))] * self.sizes[0]
        for x in self.batches:
            y = self.link(chainer.Variable(x))
            for n, row in enumerate(x):
                states[n] = step(self.link, *states[n], row)
            c, h = map(numpy.array, zip(*states))
            self.assertEqual(y.dtype, numpy.float32)
            self.assertEqual(y.shape, (len(x), 2))
            testing.assert_allclose(y.data, h[:len(x)])
            testing.assert_allclose(self.link.c.data, c)
            testing.assert_allclose(self.link.h.data, h)

    def test_backward(self):
        random = numpy.random.RandomState(2)

        def run(*xs):
            self.link.reset_state()
            ys = [self.link(x) for x in xs]
            return *ys, self.link.c, self.link.h

        grads = [random.randn(n, 2).astype('f')
                 for n in self.sizes + self.sizes[:1] * 2]
        gradient_check.check_backward(
            run, self.batches, grads, tuple(self.link.params()),
            dtype='d', atol=1e-4, rtol=1e-3)


class TestStatefulPeepholeLSTMState(unittest.TestCase):

    def setUp(self):
        self.link = L.StatefulPeepholeLSTM(3, 2)
        randomize(self.link)
        self.batches = make_batches([4, 4, 4])

    def test_start(self):
        self.assertIsNone(self.link.c)
        self.assertIsNone(self.link.h)
        self.assertEqual(self.link.state_size, 2)

    def test_output_is_the_state(self):
        y = self.link(self.batches[0])
        self.assertIs(self.link.h, y)

    def test_set_state(self):
        self.link(self.batches[0])
        c, h = self.link.c, self.link.h
        expected = self.link(self.batches[1]).data
        self.link.reset_state()
        self.test_start()
        self.link.set_state(c, h)
        self.assertIs(self.link.c, c)
        self.assertIs(self.link.h, h)
        numpy.testing.assert_array_equal(
            self.link(self.batches[1]).data, expected)

    def test_refused_state(self):
        self.link(self.batches[0])
        before = self.link.c, self.link.h
        for shapes in (((4, 2), (4, 3)), ((4, 3), (4, 2)), ((4, 2), (3, 2)),
                       ((4, 2), (4, 2, 1)), ((), ())):
            c, h = [chainer.Variable(numpy.zeros(s, 'f')) for s in shapes]
            with self.subTest(shapes=shapes), self.assertRaisesRegex(
                    ValueError, r'^c and h must have the shape \(B, 2\) with '
                    r'the same B, but c has \(.*\) and h has \('):
                self.link.set_state(c, h)
        with self.assertRaisesRegex(TypeError, 'the state h is a Variable, '):
            self.link.set_state(before[0], numpy.zeros((4, 2), 'f'))
        self.assertIs(self.link.c, before[0])
        self.assertIs(self.link.h, before[1])

    def test_half_a_state(self):
        h = chainer.Variable(numpy.ones((4, 2), 'f'))
        self.link.h = h
        y = self.link(self.batches[0])
        expected = [step(self.link, numpy.zeros(2), numpy.ones(2), x)[1]
                    for x in self.batches[0]]
        testing.assert_allclose(y.data, expected)
        self.link.reset_state()
        self.link.c = h
        y = self.link(self.batches[0])
        expected = [step(self.link, numpy.ones(2), numpy.zeros(2), x)[1]
                    for x in self.batches[0]]
        testing.assert_allclose(y.data, expected)

    def test_larger_batch(self):
        h = self.link(self.batches[0][:2])
        with self.assertRaisesRegex(
                type_check.InvalidType,
                r'(?s)^Expect: x\.shape\[0\] <= c\.shape\[0\]\n'
                r'Actual: 3 > 2\n.*Hint: call reset_state\(\)'):
            self.link(self.batches[0][:3])
        self.assertIs(self.link.h, h)

    def test_failing_step_changes_nothing(self):
        self.link(self.batches[0])
        c, h = self.link.c, self.link.h
        for x in (numpy.zeros((4, 5), 'f'), numpy.zeros((4, 3), 'i'),
                  numpy.zeros(4, 'f'), numpy.zeros((), 'f')):
            with self.assertRaises(type_check.InvalidType):
                self.link(x)
        self.assertIs(self.link.c, c)
        self.assertIs(self.link.h, h)

    def test_without_peepholes_it_is_an_lstm(self):
        lstm = L.LSTM(3, 2)
        lstm.upward.copyparams(self.link.upward)
        lstm.lateral.copyparams(self.link.lateral)
        for name in 'peep_i', 'peep_f', 'peep_o':
            self.link[name].W.data.fill(0)
        for x in make_batches([4, 4, 2]):
            testing.assert_allclose(self.link(x).data, lstm(x).data)
            testing.assert_allclose(self.link.c.data, lstm.c.data)

    def test_double_precision(self):
        for param in self.link.params():
            param.data = param.data.astype('d')
        for x in self.batches:
            self.assertEqual(self.link(x.astype('d')).dtype, numpy.float64)
            self.assertEqual(self.link.c.dtype, numpy.float64)


class TestStatefulPeepholeLSTMInModel(unittest.TestCase):

    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.path = os.path.join(directory.name, 'model')
        self.batches = make_batches([4, 4, 2])

    def check_same(self, mine, theirs):
        for x in self.batches:
            numpy.testing.assert_array_equal(mine(x).data, theirs(x).data)

    def test_params(self):
        link = L.StatefulPeepholeLSTM(3, 2)
        self.assertEqual(
            {name: p.shape for name, p in link.namedparams()},
            {'/upward/W': (8, 3), '/upward/b': (8,), '/lateral/W': (8, 2),
             '/peep_i/W': (2, 2), '/peep_f/W': (2, 2), '/peep_o/W': (2, 2)})
        self.assertEqual({p.dtype for p in link.params()},
                         {numpy.dtype('f')})
        self.assertFalse(link.upward.b.data.any())

    def test_serialization(self):
        for in_size in 3, None:
            saved, loaded = [
                L.StatefulPeepholeLSTM(in_size, 2) for _ in range(2)]
            saved(self.batches[0])
            serializers.save_npz(self.path, saved)
            serializers.load_npz(self.path, loaded)
            saved.reset_state()
            self.check_same(saved, loaded)

    def test_pickle(self):
        link = L.StatefulPeepholeLSTM(3, 2)
        self.check_same(link, pickle.loads(pickle.dumps(link)))

    def test_copy(self):
        # An Evaluator resets the state of a copy amid training.
        link = L.StatefulPeepholeLSTM(3, 2)
        h = link(self.batches[0])
        c = link.c
        twin = link.copy()
        self.assertIsNot(twin.peep_i, link.peep_i)
        self.assertIs(twin.peep_i.W.data, link.peep_i.W.data)
        twin.reset_state()
        twin(self.batches[1])
        self.assertIs(link.c, c)
        self.assertIs(link.h, h)

    def test_training(self):
        numpy.random.seed(0)
        # The optimizer is set up before one of the weights exists.
        link = L.StatefulPeepholeLSTM(None, 2)
        optimizer = optimizers.Adam(0.1)
        optimizer.setup(link)
        losses = []

        def lossfun():
            link.reset_state()
            loss = 0
            for x in self.batches:
                loss += F.sum((link(x) - 0.5) ** 2)
            losses.append(float(loss.data))
            return loss

        for _ in range(20):
            optimizer.update(lossfun)
        self.assertLess(losses[-1], losses[0] / 2)
