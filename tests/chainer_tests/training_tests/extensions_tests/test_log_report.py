import json
import math
import os
import shutil
import tempfile
import unittest
from unittest import mock

import numpy

import chainer
from chainer import serializers
from chainer.training import extensions


class TestLogReport(unittest.TestCase):

    def setUp(self):
        self.out = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.out)
        self.trainer = mock.Mock(out=self.out)
        self.trainer.updater.iteration = 0

    def call(self, report, observations):
        updater = self.trainer.updater
        for observation in observations:
            updater.iteration += 1
            updater.epoch = updater.iteration // 2
            updater.is_new_epoch = updater.iteration % 2 == 0
            self.trainer.observation = observation
            report(self.trainer)

    def read(self, name='log'):
        with open(os.path.join(self.out, name)) as f:
            return json.load(f)

    def test_means_of_epochs(self):
        report = extensions.LogReport()
        self.call(report, [{'x': 1, 'y': 5}, {'x': 2}, {'x': 4}])
        expected = [{'x': 1.5, 'y': 5.0, 'epoch': 1, 'iteration': 2}]
        self.assertEqual(report.log, expected)
        self.assertEqual(self.read(), expected)
        self.call(report, [{'x': 6}])
        expected.append({'x': 5.0, 'epoch': 2, 'iteration': 4})
        self.assertEqual(report.log, expected)
        self.assertEqual(self.read(), expected)

    def test_trigger(self):
        report = extensions.LogReport(trigger=(3, 'iteration'))
        self.call(report, [{'x': i} for i in range(7)])
        self.assertEqual([entry['x'] for entry in report.log], [1, 4])
        self.assertEqual(
            [entry['iteration'] for entry in report.log], [3, 6])

    def test_bad_trigger(self):
        with self.assertRaises(TypeError):
            extensions.LogReport(trigger=5)

    def test_keys(self):
        report = extensions.LogReport(
            iter(['x', 'z']), (1, 'iteration'))
        self.call(report, [{'x': 1, 'y': 2}, {'y': 2, 'z': 3}])
        self.assertEqual(report.log, [
            {'x': 1, 'epoch': 0, 'iteration': 1},
            {'z': 3, 'epoch': 1, 'iteration': 2}])

    def test_kinds_of_values(self):
        report = extensions.LogReport(trigger=(1, 'iteration'))
        self.call(report, [{
            'variable': chainer.Variable(numpy.array(0.1, 'f')),
            'array': numpy.array(2, 'f'), 'int': 3, 'text': 'a'}])
        entry, = self.read()
        self.assertEqual(entry, {
            'variable': float(numpy.float32(0.1)), 'array': 2, 'int': 3,
            'epoch': 0, 'iteration': 1})
        for value in report.log[0].values():
            self.assertIn(type(value), (float, int))

    def test_values_that_are_not_finite(self):
        report = extensions.LogReport(trigger=(1, 'iteration'))
        self.call(report, [{'x': math.nan, 'y': math.inf, 'z': -math.inf}])
        entry, = self.read()
        self.assertTrue(math.isnan(entry['x']))
        self.assertEqual((entry['y'], entry['z']), (math.inf, -math.inf))

    def test_postprocess(self):
        def postprocess(entry):
            entry['perplexity'] = numpy.exp(entry.pop('x'))
            entry['array'] = numpy.arange(2)
            entry['scalar'] = numpy.float32(0.5)

        report = extensions.LogReport(postprocess=postprocess)
        self.call(report, [{'x': 1}, {'x': 3}])
        self.assertEqual(self.read(), [{
            'perplexity': math.exp(2), 'array': [0, 1], 'scalar': 0.5,
            'epoch': 1, 'iteration': 2}])

    def test_log_name(self):
        report = extensions.LogReport(log_name='log_{epoch}_{iteration}')
        self.call(report, [{'x': 1}] * 4)
        self.assertEqual(
            set(os.listdir(self.out)), {'log_1_2', 'log_2_4'})
        self.assertEqual(len(self.read('log_1_2')), 1)
        self.assertEqual(len(self.read('log_2_4')), 2)

    def test_no_file(self):
        report = extensions.LogReport(log_name=None)
        self.call(report, [{'x': 1}] * 4)
        self.assertEqual(len(report.log), 2)
        self.assertEqual(os.listdir(self.out), [])

    def test_nothing_but_the_log_is_written(self):
        self.call(extensions.LogReport(), [{'x': 1}] * 4)
        self.assertEqual(os.listdir(self.out), ['log'])

    def test_failed_write_leaves_the_old_file(self):
        report = extensions.LogReport(
            postprocess=lambda entry: entry.update(unknown={1, 2}))
        with open(os.path.join(self.out, 'log'), 'w') as f:
            f.write('[]')
        with self.assertRaises((TypeError, AttributeError)):
            self.call(report, [{'x': 1}] * 2)
        self.assertEqual(self.read(), [])
        self.assertEqual(os.listdir(self.out), ['log'])

    def test_epoch_without_observations(self):
        report = extensions.LogReport()
        self.call(report, [{}, {}])
        self.assertEqual(report.log, [{'epoch': 1, 'iteration': 2}])

    def save(self, report):
        target = {}
        serializers.DictionarySerializer(target).save(report)
        return target

    def test_resume(self):
        random = numpy.random.RandomState(0)
        observations = [dict(zip('xy' if i % 3 else 'zx', random.randn(2),
                                 strict=True)) for i in range(10)]
        straight = extensions.LogReport(trigger=(4, 'iteration'))
        self.call(straight, observations)
        for stop in range(10):
            self.trainer.updater.iteration = 0
            first = extensions.LogReport(trigger=(4, 'iteration'))
            self.call(first, observations[:stop])
            second = extensions.LogReport(trigger=(4, 'iteration'))
            serializers.NpzDeserializer(self.save(first)).load(second)
            self.call(second, observations[stop:])
            self.assertEqual(
                json.dumps(second.log), json.dumps(straight.log))
            self.assertEqual(json.dumps(self.read()),
                             json.dumps(straight.log))

    def test_log_is_one_text(self):
        report = extensions.LogReport()
        self.call(report, [{'x': 0.1}, {'x': math.nan}])
        text = self.save(report)['_log'].item()
        self.assertIsInstance(text, str)
        self.assertEqual(json.dumps(json.loads(text)),
                         json.dumps(report.log))

    def test_saving_and_loading_keep_the_list(self):
        report = extensions.LogReport()
        self.call(report, [{'x': 0.1}] * 2)
        log, entry = report.log, report.log[0]
        target = self.save(report)
        self.assertIs(report.log, log)
        self.assertIs(report.log[0], entry)
        self.call(report, [{'x': 0.1}] * 2)
        serializers.NpzDeserializer(target).load(report)
        self.assertIs(report.log, log)
        self.assertEqual(len(log), 1)

    def test_snapshot_of_the_original(self):
        report = extensions.LogReport()
        text = '[{"x": 0.5, "epoch": 1, "iteration": 2}]'
        serializers.NpzDeserializer({'_log': text}).load(report)
        self.assertEqual(
            report.log, [{'x': 0.5, 'epoch': 1, 'iteration': 2}])

    def test_log_is_required(self):
        with self.assertRaises(KeyError):
            serializers.NpzDeserializer({}).load(extensions.LogReport())

    def test_state_of_the_trigger(self):
        class Trigger:
            state = 3

            def __call__(self, trainer):
                return True

            def serialize(self, serializer):
                self.state = serializer('state', self.state)

        first, second = Trigger(), Trigger()
        first.state = 5
        target = self.save(extensions.LogReport(trigger=first))
        self.assertIn('_trigger/state', target)
        serializers.NpzDeserializer(target).load(
            extensions.LogReport(trigger=second))
        self.assertEqual(second.state, 5)
