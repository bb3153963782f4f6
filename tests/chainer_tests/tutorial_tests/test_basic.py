"""The code of the tutorial's chapter "Introduction to Chainer"."""
import io
import json
import os
import tempfile
import unittest

import numpy as np

import chainer
import chainer.functions as F
import chainer.links as L
from chainer import (
    Chain,
    ChainList,
    Variable,
    datasets,
    iterators,
    optimizers,
    report,
    serializers,
    training,
)
from chainer.training import extensions


class TutorialTestCase(unittest.TestCase):

    def setUp(self):
        np.random.seed(0)
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.addCleanup(os.chdir, os.getcwd())
        os.chdir(directory.name)

    def assert_shows(self, value, text):
        """Compares with what an interactive session of the tutorial shows."""
        self.assertEqual(repr(value).replace(' ', '').replace('\n', ''),
                         text.replace(' ', '').replace('\n', ''))


class TestForwardBackwardComputation(TutorialTestCase):

    def test_one_element(self):
        x_data = np.array([5], dtype=np.float32)
        x = Variable(x_data)
        y = x**2 - 2 * x + 1
        self.assert_shows(y.data, 'array([ 16.], dtype=float32)')
        y.backward()
        self.assert_shows(x.grad, 'array([ 8.], dtype=float32)')

    def test_intermediate_variables(self):
        x = Variable(np.array([5], dtype=np.float32))
        z = 2*x
        y = x**2 - z + 1
        y.backward(retain_grad=True)
        self.assert_shows(z.grad, 'array([-1.], dtype=float32)')

    def test_intermediate_gradients_are_released(self):
        x = Variable(np.array([5], dtype=np.float32))
        z = 2*x
        y = x**2 - z + 1
        y.backward()
        self.assertIsNone(z.grad)

    def test_several_elements(self):
        x = Variable(np.array([[1, 2, 3], [4, 5, 6]], dtype=np.float32))
        y = x**2 - 2*x + 1
        y.grad = np.ones((2, 3), dtype=np.float32)
        y.backward()
        self.assert_shows(x.grad, '''array([[  0.,   2.,   4.],
                                            [  6.,   8.,  10.]],
                                           dtype=float32)''')


class TestLinks(TutorialTestCase):

    def test_linear(self):
        f = L.Linear(3, 2)
        self.assertEqual(f.W.data.shape, (2, 3))
        self.assertTrue((f.W.data != 0).all())
        self.assert_shows(f.b.data, 'array([ 0.,  0.], dtype=float32)')

        x = Variable(np.array([[1, 2, 3], [4, 5, 6]], dtype=np.float32))
        y = f(x)
        np.testing.assert_allclose(
            y.data, x.data.dot(f.W.data.T) + f.b.data, rtol=1e-6)

        f.zerograds()
        y.grad = np.ones((2, 2), dtype=np.float32)
        y.backward()
        self.assert_shows(f.W.grad, '''array([[ 5.,  7.,  9.],
                                              [ 5.,  7.,  9.]],
                                             dtype=float32)''')
        self.assert_shows(f.b.grad, 'array([ 2.,  2.], dtype=float32)')

    def test_gradients_are_accumulated(self):
        f = L.Linear(3, 2)
        x = Variable(np.array([[1, 2, 3], [4, 5, 6]], dtype=np.float32))
        f.zerograds()
        for _ in range(2):
            y = f(x)
            y.grad = np.ones((2, 2), dtype=np.float32)
            y.backward()
        self.assert_shows(f.b.grad, 'array([ 4.,  4.], dtype=float32)')


class MyProc(object):  # noqa: UP004 - as the tutorial has it
    def __init__(self):
        self.l1 = L.Linear(4, 3)
        self.l2 = L.Linear(3, 2)

    def forward(self, x):
        h = self.l1(x)
        return self.l2(h)


class MyChain(Chain):
    def __init__(self):
        super(MyChain, self).__init__(
            l1=L.Linear(4, 3),
            l2=L.Linear(3, 2),
        )

    def __call__(self, x):
        h = self.l1(x)
        return self.l2(h)


class MyChain2(ChainList):
    def __init__(self):
        super(MyChain2, self).__init__(
            L.Linear(4, 3),
            L.Linear(3, 2),
        )

    def __call__(self, x):
        h = self[0](x)
        return self[1](h)


class TestModels(TutorialTestCase):

    def setUp(self):
        super(TestModels, self).setUp()
        self.x = Variable(np.random.rand(5, 4).astype(np.float32))

    def check(self, y, l1, l2):
        h = self.x.data.dot(l1.W.data.T) + l1.b.data
        np.testing.assert_allclose(
            y.data, h.dot(l2.W.data.T) + l2.b.data, rtol=1e-5)

    def test_procedure(self):
        l1 = L.Linear(4, 3)
        l2 = L.Linear(3, 2)

        def my_forward(x):
            h = l1(x)
            return l2(h)
        self.check(my_forward(self.x), l1, l2)

    def test_class(self):
        proc = MyProc()
        self.check(proc.forward(self.x), proc.l1, proc.l2)

    def test_chain(self):
        model = MyChain()
        self.check(model(self.x), model.l1, model.l2)
        self.assertEqual(
            sorted(name for name, _ in model.namedparams()),
            ['/l1/W', '/l1/b', '/l2/W', '/l2/b'])

    def test_chain_in_a_chain(self):
        outer = Chain(inner=MyChain(), last=L.Linear(2, 2))
        outer.last(outer.inner(self.x))
        self.assertIn('/inner/l1/W',
                      [name for name, _ in outer.namedparams()])

    def test_chain_list(self):
        model = MyChain2()
        self.check(model(self.x), model[0], model[1])
        self.assertEqual(
            sorted(name for name, _ in model.namedparams()),
            ['/0/W', '/0/b', '/1/W', '/1/b'])


class TestOptimizer(TutorialTestCase):

    def setUp(self):
        super(TestOptimizer, self).setUp()
        self.model = MyChain()
        self.optimizer = optimizers.SGD()
        self.optimizer.setup(self.model)
        self.x = np.random.rand(5, 4).astype(np.float32)
        self.before = [p.data.copy() for p in self.model.params()]

    def check_update(self, decay=0):
        """Expects one step of gradient descent with weight decay."""
        for p, before in zip(self.model.params(), self.before):
            np.testing.assert_allclose(
                p.data, before - 0.01 * (p.grad + decay * before), rtol=1e-5)
            self.assertFalse((p.data == before).all())

    def test_manual_gradients(self):
        model, optimizer = self.model, self.optimizer
        model.zerograds()
        # compute gradient here...
        y = model(Variable(self.x))
        F.sum(y * y).backward()
        optimizer.update()
        self.check_update()

    def test_loss_function(self):
        model, optimizer = self.model, self.optimizer
        args = Variable(self.x), Variable(np.ones((5, 2), np.float32))

        def lossfun(arg1, arg2):
            # calculate loss
            loss = F.sum((model(arg1) - arg2) ** 2)
            return loss

        optimizer.update(lossfun, *args)
        self.check_update()

    def test_hook(self):
        model, optimizer = self.model, self.optimizer
        optimizer.add_hook(chainer.optimizer.WeightDecay(0.0005))
        model.zerograds()
        y = model(Variable(self.x))
        F.sum(y * y).backward()
        gradients = [p.grad.copy() for p in model.params()]
        optimizer.update()
        for p, g, before in zip(model.params(), gradients, self.before):
            np.testing.assert_allclose(
                p.data, before - 0.01 * (g + 0.0005 * before), rtol=1e-5)

    def test_own_hook(self):
        calls = []
        self.optimizer.add_hook(calls.append, 'own')
        self.model.zerograds()
        self.optimizer.update()
        self.assertEqual(calls, [self.optimizer])


class TestSerializer(TutorialTestCase):

    def setUp(self):
        super(TestSerializer, self).setUp()
        self.model = MyChain()
        self.optimizer = optimizers.SGD()
        self.optimizer.setup(self.model)

    def check(self, save, load):
        model, optimizer = self.model, self.optimizer
        params = [p.data.copy() for p in model.params()]
        optimizer.t = 7
        save('my.model', model)
        save('my.state', optimizer)

        for p in model.params():
            p.data[...] = -1
        optimizer.t = 0
        load('my.model', model)
        load('my.state', optimizer)
        for p, saved in zip(model.params(), params):
            np.testing.assert_array_equal(p.data, saved)
        self.assertEqual(optimizer.t, 7)

    def test_npz(self):
        self.check(serializers.save_npz, serializers.load_npz)

    def test_hdf5(self):
        self.check(serializers.save_hdf5, serializers.load_hdf5)


class MLP(Chain):
    def __init__(self, n_units=100, n_out=10):
        super(MLP, self).__init__(
            l1=L.Linear(784, n_units),
            l2=L.Linear(n_units, n_units),
            l3=L.Linear(n_units, n_out),
        )

    def __call__(self, x):
        h1 = F.relu(self.l1(x))
        h2 = F.relu(self.l2(h1))
        y = self.l3(h2)
        return y


class Classifier(Chain):
    def __init__(self, predictor):
        super(Classifier, self).__init__(predictor=predictor)

    def __call__(self, x, t):
        y = self.predictor(x)
        loss = F.softmax_cross_entropy(y, t)
        accuracy = F.accuracy(y, t)
        report({'loss': loss, 'accuracy': accuracy}, self)
        return loss


def get_examples():
    """Makes a small data set of the form that ``get_mnist`` returns.

    Each class is a pattern, its examples are noisy versions of it.
    """
    random = np.random.RandomState(0)
    patterns = random.rand(10, 784)

    def make(size):
        labels = np.arange(size, dtype=np.int32) % 10
        images = 0.5 * patterns[labels] + 0.5 * random.rand(size, 784)
        return datasets.TupleDataset(images.astype(np.float32), labels)
    return make(300), make(100)


class TestMultiLayerPerceptron(TutorialTestCase):

    def run_session(self, model):
        """Runs the example with a model."""
        train, test = get_examples()
        train_iter = iterators.SerialIterator(
            train, batch_size=100, shuffle=True)
        test_iter = iterators.SerialIterator(
            test, batch_size=100, repeat=False, shuffle=False)

        optimizer = optimizers.SGD()
        optimizer.setup(model)

        updater = training.StandardUpdater(train_iter, optimizer)
        trainer = training.Trainer(updater, (20, 'epoch'), out='result')

        trainer.extend(extensions.Evaluator(test_iter, model))
        trainer.extend(extensions.LogReport())
        output = io.StringIO()
        trainer.extend(extensions.PrintReport(
            ['epoch', 'main/accuracy', 'validation/main/accuracy'],
            out=output))
        trainer.extend(extensions.ProgressBar(out=output))
        trainer.run()

        self.assertEqual(updater.epoch, 20)
        self.assertEqual(updater.iteration, 60)
        self.check_log()
        self.assertRegex(output.getvalue(), (
            r'epoch +main/accuracy +validation/main/accuracy'))
        self.assertRegex(output.getvalue(), r'\n20 +(1|0\.9\d*) +(1|0\.9\d*)')

    def check_log(self):
        with open('result/log') as f:
            log = json.load(f)
        self.assertEqual([entry['epoch'] for entry in log],
                         list(range(1, 21)))
        self.assertGreater(log[0]['main/loss'], 2)
        self.assertLess(log[0]['validation/main/accuracy'], 0.5)
        self.assertLess(log[-1]['main/loss'], log[0]['main/loss'])
        self.assertGreater(log[-1]['validation/main/accuracy'], 0.9)

    def test_own_classifier(self):
        self.run_session(Classifier(MLP()))

    def test_predefined_classifier(self):
        self.run_session(L.Classifier(MLP()))

    def test_without_extensions(self):
        train, _ = get_examples()
        train_iter = iterators.SerialIterator(
            train, batch_size=100, shuffle=True)
        model = L.Classifier(MLP())
        optimizer = optimizers.SGD()
        optimizer.setup(model)
        before = model.predictor.l3.W.data.copy()
        updater = training.StandardUpdater(train_iter, optimizer)
        trainer = training.Trainer(updater, (20, 'epoch'), out='result')
        trainer.run()
        self.assertEqual(updater.epoch, 20)
        self.assertFalse((model.predictor.l3.W.data == before).all())
