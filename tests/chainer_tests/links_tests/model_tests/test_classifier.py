import gc
import unittest
import weakref

import numpy

import chainer
import chainer.functions as F
import chainer.links as L
from chainer import cuda, testing
from chainer.testing import attr


class TestClassifier(unittest.TestCase):

    def setUp(self):
        random = numpy.random.RandomState(0)
        self.x = random.randn(4, 3).astype('f')
        self.t = numpy.array([0, 1, 1, -1], 'i')
        self.link = L.Classifier(L.Linear(3, 2))

    def test_forward(self):
        loss = self.link(self.x, self.t)
        y = self.link.predictor(self.x)
        self.assertIs(self.link.loss, loss)
        numpy.testing.assert_array_equal(self.link.y.data, y.data)
        testing.assert_allclose(
            loss.data, F.softmax_cross_entropy(y, self.t).data)
        testing.assert_allclose(
            self.link.accuracy.data, F.accuracy(y, self.t).data)

    def test_backward(self):
        self.link.cleargrads()
        self.link(self.x, self.t).backward()
        first = [param.grad.copy() for param in self.link.params()]
        self.link.cleargrads()
        F.softmax_cross_entropy(
            self.link.predictor(self.x), self.t).backward()
        for param, grad in zip(self.link.params(), first):
            self.assertTrue((grad != 0).any())
            numpy.testing.assert_array_equal(param.grad, grad)

    def test_without_accuracy(self):
        self.link(self.x, self.t)
        self.link.compute_accuracy = False
        loss = self.link(self.x, self.t)
        self.assertIs(self.link.loss, loss)
        self.assertIsNone(self.link.accuracy)

    def test_before_the_first_call(self):
        self.assertEqual(
            (self.link.y, self.link.loss, self.link.accuracy), (None,) * 3)
        self.assertTrue(self.link.compute_accuracy)

    def test_predictor_is_a_child(self):
        self.assertEqual(
            sorted(name for name, _ in self.link.namedparams()),
            ['/predictor/W', '/predictor/b'])

    def test_wrong_number_of_arguments(self):
        for args in (), (self.x,):
            with self.assertRaisesRegex(
                    TypeError, rf'followed by the labels, but got '
                    rf'{len(args)} argument'):
                self.link(*args)

    def test_error_leaves_no_old_result(self):
        self.link(self.x, self.t)
        with self.assertRaises(ValueError):
            self.link(self.x, self.t + 5)
        self.assertIsNone(self.link.loss)
        self.assertIsNone(self.link.accuracy)


class TestClassifierReport(unittest.TestCase):

    def setUp(self):
        self.x = numpy.random.RandomState(0).randn(4, 3).astype('f')
        self.t = numpy.array([0, 1, 1, 0], 'i')
        self.link = L.Classifier(L.Linear(3, 2))
        self.reporter = chainer.Reporter()
        self.reporter.add_observer('main', self.link)

    def observe(self):
        observation = {}
        with self.reporter.scope(observation):
            self.link(self.x, self.t)
        return observation

    def test_report(self):
        observation = self.observe()
        self.assertEqual(sorted(observation), ['main/accuracy', 'main/loss'])
        for name, v in (('loss', self.link.loss),
                        ('accuracy', self.link.accuracy)):
            value = observation[f'main/{name}']
            self.assertEqual(float(getattr(value, 'data', value)),
                             float(v.data))

    def test_without_accuracy(self):
        self.link.compute_accuracy = False
        self.assertEqual(list(self.observe()), ['main/loss'])


class Sum(chainer.Chain):

    def __call__(self, *xs):
        total = xs[0]
        for x in xs[1:]:
            total = total + x
        return self.last(total)


class TestClassifierArguments(unittest.TestCase):

    def test_several_inputs(self):
        random = numpy.random.RandomState(0)
        xs = [random.randn(4, 3).astype('f') for _ in range(3)]
        xs = [chainer.Variable(x) for x in xs]
        link = L.Classifier(Sum(last=L.Linear(3, 2)))
        link(*xs, numpy.array([0, 1, 1, 0], 'i'))
        expected = link.predictor.last(xs[0] + xs[1] + xs[2])
        testing.assert_allclose(link.y.data, expected.data)

    def test_custom_functions(self):
        calls = []

        def lossfun(y, t):
            calls.append(('loss', y, t))
            return F.sum(y)

        def accfun(y, t):
            calls.append(('accuracy', y, t))
            return F.sum(y * y)

        link = L.Classifier(L.Linear(3, 2), lossfun, accfun)
        t = object()
        loss = link(numpy.ones((4, 3), 'f'), t)
        self.assertEqual([name for name, _, _ in calls], ['loss', 'accuracy'])
        for _, y, label in calls:
            self.assertIs(y, link.y)
            self.assertIs(label, t)
        self.assertIs(link.lossfun, lossfun)
        self.assertIs(link.accfun, accfun)
        testing.assert_allclose(loss.data, link.y.data.sum())
        testing.assert_allclose(link.accuracy.data, (link.y.data ** 2).sum())

    def test_loss_that_is_no_function(self):
        for lossfun in None, 3:
            with self.assertRaisesRegex(
                    TypeError, '^lossfun must be a function of'):
                L.Classifier(L.Linear(3, 2), lossfun=lossfun)

    def test_predictor_that_is_no_link(self):
        with self.assertRaises(TypeError):
            L.Classifier(F.relu)


class TestClassifierMemory(unittest.TestCase):

    def test_old_graph_is_freed_before_the_new_one_is_built(self):
        old = []
        alive = []

        class Predictor(chainer.Chain):
            def __call__(self, x):
                alive.extend(ref() is not None for ref in old)
                h = self.l(x)
                old.append(weakref.ref(h.creator))
                return F.relu(h)

        link = L.Classifier(Predictor(l=L.Linear(3, 2)))
        gc.disable()
        self.addCleanup(gc.enable)
        for _ in range(3):
            link(numpy.ones((4, 3), 'f'), numpy.zeros(4, 'i'))
        self.assertEqual(alive, [False] * 3)
        self.assertIsNotNone(old[-1]())


@attr.gpu
class TestClassifierOnDevice(unittest.TestCase):

    def test_there_and_back(self):
        x = numpy.random.RandomState(0).randn(4, 3).astype('f')
        t = numpy.array([0, 1, 1, -1], 'i')
        link = L.Classifier(L.Linear(3, 2))
        results = []
        for move, to_world in ((link.to_cpu, cuda.to_cpu),
                               (link.to_gpu, cuda.to_gpu),
                               (link.to_cpu, cuda.to_cpu)):
            move()
            link.zerograds()
            link(to_world(x), to_world(t)).backward()
            results.append([link.loss.data, link.accuracy.data,
                            link.predictor.W.grad, link.predictor.b.grad])
        for there, before, back in zip(results[1], results[0], results[2]):
            self.assertIsInstance(there, cuda.ndarray)
            testing.assert_allclose(there, before, rtol=1e-5, atol=1e-6)
            numpy.testing.assert_array_equal(back, before)
