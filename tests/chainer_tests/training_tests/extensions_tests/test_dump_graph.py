import os
import shutil
import tempfile
import unittest
from unittest import mock

import numpy

import chainer
import chainer.functions as F
from chainer import training
from chainer.training import extensions


class TestDumpGraph(unittest.TestCase):

    def setUp(self):
        self.out = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.out)
        x = chainer.Variable(numpy.zeros((2, 3), 'f'), name='input')
        self.loss = F.sum(F.relu(x))
        self.trainer = mock.Mock(
            out=self.out, observation={'main/loss': self.loss, 'x': 1})

    def read(self, name='cg.dot'):
        with open(os.path.join(self.out, name)) as f:
            return f.read()

    def test_file(self):
        extensions.dump_graph('main/loss')(self.trainer)
        self.assertEqual(os.listdir(self.out), ['cg.dot'])
        text = self.read()
        graph = chainer.computational_graph.build_computational_graph(
            [self.loss])
        self.assertEqual(text, graph.dump())
        self.assertIn('ReLU', text)
        self.assertIn('input', text)

    def test_options(self):
        extensions.dump_graph(
            'main/loss', 'other.dot', {'color': 'variablecolor'},
            {'color': 'functioncolor'})(self.trainer)
        text = self.read('other.dot')
        self.assertIn('variablecolor', text)
        self.assertIn('functioncolor', text)

    def test_only_in_the_first_iteration(self):
        dump_graph = extensions.dump_graph('main/loss')
        self.assertEqual(dump_graph.default_name, 'dump_graph')
        fired = []
        for iteration in range(4):
            self.trainer.updater.iteration = iteration
            fired.append(dump_graph.trigger(self.trainer))
        self.assertEqual(fired, [False, True, False, False])

    def test_priority(self):
        self.assertEqual(extensions.dump_graph('main/loss').priority,
                         training.PRIORITY_READER)

    def test_name_that_was_not_observed(self):
        with self.assertRaisesRegex(KeyError, "'loss'.*'main/loss'"):
            extensions.dump_graph('loss')(self.trainer)
        self.assertEqual(os.listdir(self.out), [])

    def test_value_without_graph(self):
        with self.assertRaisesRegex(TypeError, "'x'.*int"):
            extensions.dump_graph('x')(self.trainer)
        self.assertEqual(os.listdir(self.out), [])
