"""The whole library in a second: a tour, to be read from top to bottom."""
import os
import tempfile
import unittest

import numpy as np

import chainer
import chainer.functions as F
import chainer.links as L
from chainer import iterators, optimizers, serializers, training
from chainer.training import extensions


def quadrants(n, seed):
    """Points of a square, and 1 for those whose coordinates have one sign."""
    x = np.random.RandomState(seed).uniform(-1, 1, (n, 2)).astype('f')
    t = (x[:, 0] * x[:, 1] > 0).astype('i')
    return chainer.datasets.TupleDataset(x, t)


class Square(chainer.Function):
    """An operation: how to compute it, and how to differentiate it."""

    def check_type_forward(self, in_types):
        chainer.utils.type_check.expect(in_types.size() == 1)

    def forward(self, inputs):
        x, = inputs
        return x * x,

    def backward(self, inputs, grad_outputs):
        x, = inputs
        gy, = grad_outputs
        return 2 * x * gy,


class Affine(chainer.Link):
    """A layer: an operation and its parameters."""

    def __init__(self, n_in, n_out):
        super().__init__(W=(n_out, n_in), b=n_out)
        self.W.data[...] = np.random.normal(0, n_in ** -0.5, (n_out, n_in))
        self.b.data.fill(0)

    def __call__(self, x):
        return F.linear(x, self.W, self.b)


class MLP(chainer.Chain):
    """A model: layers, and the program that runs through them."""

    def __init__(self, n_units):
        super().__init__(
            l1=Affine(2, n_units),
            l2=L.Linear(None, n_units),  # finds out how many inputs it has
            l3=L.Linear(n_units, 2))

    def __call__(self, x):
        h = F.relu(self.l1(x))
        train = x.volatile != 'on'  # volatile: only to be evaluated
        return self.l3(F.dropout(F.relu(self.l2(h)), 0.1, train))


def accuracy(model, dataset):
    x, t = chainer.dataset.concat_examples(dataset[:])
    y = model(chainer.Variable(x, volatile='on'))  # remembers no graph
    return float(F.accuracy(y, t).data)


class TestTiny(unittest.TestCase):

    def setUp(self):
        np.random.seed(0)
        self.train, self.test = quadrants(1000, seed=1), quadrants(500, seed=2)
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.out = directory.name

    def path(self, name):
        return os.path.join(self.out, name)

    def test_1_variables_remember_where_they_come_from(self):
        x = chainer.Variable(np.array([[1, 2, 3]], 'f'))
        y = x ** 2 - 2 * x + 1
        np.testing.assert_array_equal(y.data, [[0, 1, 4]])
        loss = F.sum(y)
        loss.backward()
        np.testing.assert_array_equal(x.grad, 2 * x.data - 2)

    def test_2_functions_are_the_nodes_of_the_graph(self):
        x = chainer.Variable(np.array([3], 'f'))
        y = Square()(x)
        self.assertEqual(y.creator.label, 'Square')
        self.assertIs(y.creator.inputs[0], x)
        y.backward()
        self.assertEqual(x.grad[0], 6)
        with self.assertRaisesRegex(Exception, 'Expect: in_types.size == 1'):
            Square()(x, x)

    def test_3_gradients_can_be_checked(self):
        x, gy = np.random.uniform(-1, 1, (2, 3, 4)).astype('f')
        chainer.gradient_check.check_backward(Square(), x, gy)

    def test_4_links_hold_parameters(self):
        model = MLP(5)
        model(chainer.Variable(np.zeros((1, 2), 'f')))
        self.assertEqual(
            {path: param.shape for path, param in model.namedparams()},
            {'/l1/W': (5, 2), '/l1/b': (5,), '/l2/W': (5, 5), '/l2/b': (5,),
             '/l3/W': (2, 5), '/l3/b': (2,)})

    def test_5_a_training_loop_by_hand(self):
        model = MLP(30)
        optimizer = optimizers.Adam()
        optimizer.setup(model)
        losses = []
        for _ in range(15):
            for i in range(0, len(self.train), 50):
                x, t = chainer.dataset.concat_examples(self.train[i:i + 50])
                loss = F.softmax_cross_entropy(model(chainer.Variable(x)), t)
                model.cleargrads()
                loss.backward()
                optimizer.update()
            losses.append(float(loss.data))
        self.assertLess(losses[-1], losses[0] / 2)
        self.assertGreater(accuracy(model, self.test), 0.9)

        # Parameters, and the state of the optimizer, are saved to files.
        serializers.save_npz(self.path('model'), model)
        serializers.save_npz(self.path('optimizer'), optimizer)
        twin, other = MLP(30), optimizers.Adam()
        serializers.load_npz(self.path('model'), twin)
        other.setup(twin)
        serializers.load_npz(self.path('optimizer'), other)
        self.assertEqual(other.t, 15 * 20)
        self.assertEqual(accuracy(twin, self.test), accuracy(model, self.test))

    def trainer(self, epochs):
        """The same by a Trainer, which also reports, evaluates and saves."""
        model = L.Classifier(MLP(30))
        optimizer = optimizers.MomentumSGD(lr=0.1)
        optimizer.setup(model)
        optimizer.add_hook(chainer.optimizer.WeightDecay(1e-5))
        updater = training.StandardUpdater(
            iterators.SerialIterator(self.train, 50), optimizer)
        trainer = training.Trainer(updater, (epochs, 'epoch'), self.out)
        trainer.extend(extensions.Evaluator(iterators.SerialIterator(
            self.test, 50, repeat=False, shuffle=False), model))
        trainer.extend(extensions.LogReport())
        trainer.extend(extensions.snapshot(filename='snapshot'),
                       trigger=(5, 'epoch'))
        return trainer, model

    def test_6_a_trainer(self):
        trainer, model = self.trainer(10)
        trainer.run()
        first, *_, last = trainer.get_extension('LogReport').log
        self.assertEqual((last['epoch'], last['iteration']), (10, 200))
        self.assertLess(last['main/loss'], first['main/loss'] / 2)
        self.assertGreater(last['validation/main/accuracy'], 0.9)
        self.assertEqual(sorted(os.listdir(self.out)), ['log', 'snapshot'])

    def test_7_a_run_that_was_interrupted_continues_as_if_it_was_not(self):
        np.random.seed(3)
        trainer, expected = self.trainer(6)
        trainer.run()
        # The snapshot was made at the fifth epoch.
        trainer, model = self.trainer(6)
        serializers.load_npz(self.path('snapshot'), trainer)
        self.assertEqual(trainer.updater.epoch, 5)
        trainer.run()
        for (path, param), other in zip(expected.namedparams(),
                                        model.params()):
            np.testing.assert_array_equal(param.data, other.data, path)
