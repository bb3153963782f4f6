import math
import unittest
from unittest import mock

import numpy

import chainer
from chainer import serializers
from chainer.training import triggers


class BestValueTriggerTestCase(unittest.TestCase):

    def run_trigger(self, trigger, values, start=0, key='x'):
        """Returns the iterations in which the trigger fires."""
        trainer = mock.Mock()
        fired = []
        for i, value in enumerate(values, start + 1):
            trainer.updater.iteration = i
            trainer.observation = {'other': 0}
            if value is not None:
                trainer.observation[key] = value
            result = trigger(trainer)
            self.assertIs(type(result), bool)
            if result:
                fired.append(i)
        return fired


class TestMaxValueTrigger(BestValueTriggerTestCase):

    def make_trigger(self, period=1):
        return triggers.MaxValueTrigger('x', (period, 'iteration'))

    def test_each_iteration(self):
        fired = self.run_trigger(self.make_trigger(), [1, 3, 2, 3, 4, -1])
        self.assertEqual(fired, [1, 2, 5])

    def test_means_of_intervals(self):
        fired = self.run_trigger(
            self.make_trigger(2), [0, 2, 3, -2, 1.5, 1.5, 9])
        self.assertEqual(fired, [2, 6])

    def test_value_that_is_not_always_observed(self):
        fired = self.run_trigger(
            self.make_trigger(3), [5, None, None, None, 4, 7, None, 6, None])
        self.assertEqual(fired, [3, 6, 9])

    def test_negative_first_value(self):
        self.assertEqual(self.run_trigger(self.make_trigger(), [-5]), [1])

    def test_variables_and_arrays(self):
        values = [chainer.Variable(numpy.array(1, 'f')),
                  numpy.array(2, 'f'), numpy.float32(1.5)]
        self.assertEqual(
            self.run_trigger(self.make_trigger(), values), [1, 2])

    def test_nan_is_never_the_best(self):
        fired = self.run_trigger(
            self.make_trigger(), [math.nan, 1, math.nan, 2])
        self.assertEqual(fired, [2, 4])

    def test_infinity(self):
        fired = self.run_trigger(
            self.make_trigger(), [-math.inf, 1, math.inf, math.inf])
        self.assertEqual(fired, [1, 2, 3])

    def test_missing_value(self):
        for values in [None], ['text']:
            with self.assertRaisesRegex(KeyError, "'x'.*'other'"):
                self.run_trigger(self.make_trigger(), values)

    def test_epochs_by_default(self):
        trainer = mock.Mock(observation={'x': 1})
        trigger = triggers.MaxValueTrigger('x')
        trainer.updater.epoch = 1
        for is_new_epoch in False, True:
            trainer.updater.is_new_epoch = is_new_epoch
            self.assertIs(trigger(trainer), is_new_epoch)

    def test_resume(self):
        values = [1, 3, 2, 1, 5, 3, 3, 0, 9, 1, 0, 0]
        straight = self.run_trigger(self.make_trigger(3), values)
        self.assertEqual(straight, [3, 6, 9])
        for stop in range(len(values)):
            first = self.make_trigger(3)
            fired = self.run_trigger(first, values[:stop])
            target = {}
            serializers.DictionarySerializer(target).save(first)
            second = self.make_trigger(3)
            serializers.NpzDeserializer(target).load(second)
            fired += self.run_trigger(second, values[stop:], stop)
            self.assertEqual(fired, straight)

    def test_load_replaces_best_value_by_none(self):
        target = {}
        serializers.DictionarySerializer(target).save(self.make_trigger())
        trigger = self.make_trigger()
        self.run_trigger(trigger, [5])
        serializers.NpzDeserializer(target).load(trigger)
        self.assertEqual(self.run_trigger(trigger, [3]), [1])

    def test_snapshot_of_the_original(self):
        trigger = self.make_trigger()
        self.run_trigger(trigger, [5])
        serializers.NpzDeserializer({}).load(trigger)
        self.assertEqual(self.run_trigger(trigger, [3, 6]), [2])

    def test_state_of_the_inner_trigger(self):
        class Inner:
            state = 3

            def __call__(self, trainer):
                return True

            def serialize(self, serializer):
                self.state = serializer('state', self.state)

        first, second = Inner(), Inner()
        first.state = 5
        target = {}
        serializers.DictionarySerializer(target).save(
            triggers.MaxValueTrigger('x', first))
        serializers.NpzDeserializer(target).load(
            triggers.MaxValueTrigger('x', second))
        self.assertEqual(second.state, 5)


class TestMinValueTrigger(BestValueTriggerTestCase):

    def test_each_iteration(self):
        trigger = triggers.MinValueTrigger('x', (1, 'iteration'))
        fired = self.run_trigger(trigger, [2, 3, 1, 1, math.nan, -5])
        self.assertEqual(fired, [1, 3, 6])

    def test_means_of_intervals(self):
        trigger = triggers.MinValueTrigger('x', (2, 'iteration'))
        self.assertEqual(
            self.run_trigger(trigger, [0, 2, 3, -2, 1, 1]), [2, 4])
