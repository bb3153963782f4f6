import os
import tempfile
import unittest

import numpy

import chainer
import chainer.functions as F
import chainer.links as L
from chainer import gradient_check, optimizers, serializers
from chainer.functions.loss import crf1d


class TestCRF1d(unittest.TestCase):

    def setUp(self):
        random = numpy.random.RandomState(0)
        self.link = L.CRF1d(3)
        self.cost = random.randn(3, 3).astype('f')
        self.link.cost.data[...] = self.cost
        self.xs = [chainer.Variable(x)
                   for x in random.randn(4, 2, 3).astype('f')]
        self.ys = list(random.randint(3, size=(4, 2)).astype('i'))

    def test_initial_costs(self):
        cost = L.CRF1d(3).cost
        self.assertEqual((cost.shape, cost.dtype), ((3, 3), numpy.float32))
        self.assertFalse(cost.data.any())
        self.assertTrue(numpy.isnan(cost.grad).all())

    def test_params(self):
        self.assertEqual([name for name, _ in self.link.namedparams()],
                         ['/cost'])

    def test_forward(self):
        loss = self.link(self.xs, self.ys)
        self.assertEqual(
            loss.data, F.crf1d(self.cost, self.xs, self.ys).data)

    def test_backward(self):
        gradient_check.check_backward(
            lambda *xs: self.link(xs, self.ys),
            tuple(x.data for x in self.xs), None, self.link.cost, dtype='d')

    def test_argmax(self):
        score, labels = self.link.argmax(self.xs)
        expected_score, expected = crf1d.argmax_crf1d(self.cost, self.xs)
        numpy.testing.assert_array_equal(score.data, expected_score.data)
        numpy.testing.assert_array_equal(labels, expected)

    def test_learns_transitions(self):
        # Labels go 0 1 2 0 1 2, and the inputs say nothing.
        link = L.CRF1d(3)
        optimizer = optimizers.SGD(1)
        optimizer.setup(link)
        xs = list(numpy.zeros((6, 2, 3), 'f'))
        ys = [numpy.array([i % 3, (i + 1) % 3], 'i') for i in range(6)]
        for _ in range(10):
            optimizer.update(link, xs, ys)
        xs[0] = numpy.array([[0, 9, 0]], 'f')
        xs[1:] = numpy.zeros((5, 1, 3), 'f')
        _, labels = link.argmax(xs)
        self.assertEqual(numpy.ravel(labels).tolist(), [1, 2, 0, 1, 2, 0])

    def test_copy(self):
        twin = self.link.copy()
        self.assertIsNot(twin.cost, self.link.cost)
        self.assertIs(twin.cost.data, self.link.cost.data)
        self.assertEqual(twin(self.xs, self.ys).data,
                         self.link(self.xs, self.ys).data)

    def test_serialization(self):
        loaded = L.CRF1d(3)
        with tempfile.TemporaryDirectory() as directory:
            path = os.path.join(directory, 'model')
            serializers.save_npz(path, self.link)
            with numpy.load(path) as archive:
                self.assertEqual(list(archive), ['cost'])
            serializers.load_npz(path, loaded)
        numpy.testing.assert_array_equal(loaded.cost.data, self.cost)
