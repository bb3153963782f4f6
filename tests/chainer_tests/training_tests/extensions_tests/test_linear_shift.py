import unittest
from unittest import mock

import chainer
from chainer import serializers
from chainer.training import extensions


class TestLinearShift(unittest.TestCase):

    def setUp(self):
        self.optimizer = mock.Mock(x=None, y=None)
        self.trainer = mock.Mock(before_training=False)

    def make_shift(self, value_range=(2., 6.), time_range=(1, 3)):
        return extensions.LinearShift(
            'x', value_range, time_range, self.optimizer)

    def call(self, shift, n, before_training=False):
        self.trainer.before_training = before_training
        values = []
        for _ in range(n):
            shift(self.trainer)
            values.append(self.optimizer.x)
        return values

    def test_values(self):
        self.assertEqual(
            self.call(self.make_shift(), 6), [2, 2, 4, 6, 6, 6])

    def test_falling_values(self):
        self.assertEqual(
            self.call(self.make_shift((1, 0), (0, 4)), 6),
            [1, .75, .5, .25, 0, 0])

    def test_step(self):
        self.assertEqual(
            self.call(self.make_shift(time_range=(1, 1)), 4), [2, 2, 6, 6])

    def test_main_optimizer(self):
        optimizer = chainer.optimizers.MomentumSGD()
        self.trainer.updater.get_optimizer.return_value = optimizer
        shift = extensions.LinearShift('momentum', (0.5, 0.7), (0, 2))
        shift(self.trainer)
        self.assertEqual(optimizer.momentum, 0.5)
        self.trainer.updater.get_optimizer.assert_called_once_with('main')

    def test_call_before_training(self):
        shift = self.make_shift()
        values = self.call(shift, 1, before_training=True)
        values += self.call(shift, 3)
        self.assertEqual(values, [2, 2, 4, 6])

    def test_settings(self):
        self.assertTrue(extensions.LinearShift.invoke_before_training)
        self.assertEqual(self.make_shift().default_name, 'LinearShift')

    def test_resume(self):
        for n_calls in range(1, 6):
            shift = self.make_shift()
            values = self.call(shift, n_calls)
            target = {}
            serializers.DictionarySerializer(target).save(shift)
            self.assertEqual(dict(target), {'_t': n_calls})
            resumed = self.make_shift()
            serializers.NpzDeserializer(target).load(resumed)
            self.optimizer.x = None
            self.assertEqual(
                self.call(resumed, 1, before_training=True), values[-1:])
            values += self.call(resumed, 6 - n_calls)
            self.assertEqual(values, [2, 2, 4, 6, 6, 6])

    def test_second_run(self):
        shift = self.make_shift()
        values = self.call(shift, 1, before_training=True)
        values += self.call(shift, 2)
        self.assertEqual(self.call(shift, 1, before_training=True), [4])
        self.assertEqual(values + self.call(shift, 1), [2, 2, 4, 6])

    def test_time_range_that_ends_before_it_begins(self):
        with self.assertRaisesRegex(ValueError, r'\(3, 1\)'):
            self.make_shift(time_range=(3, 1))

    def test_optimizer_without_the_attribute(self):
        shift = extensions.LinearShift(
            'momentum', (0, 1), (0, 1), chainer.optimizers.SGD())
        with self.assertRaisesRegex(AttributeError, "SGD.*'momentum'"):
            shift(self.trainer)
