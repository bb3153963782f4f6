import math
import unittest
from unittest import mock

import chainer
from chainer import serializers
from chainer.training import extensions


class TestExponentialShift(unittest.TestCase):

    def setUp(self):
        self.optimizer = mock.Mock(x=None)
        self.trainer = mock.Mock(before_training=False)

    def make_shift(self, rate, init=None, target=None):
        return extensions.ExponentialShift(
            'x', rate, init, target, self.optimizer)

    def call(self, shift, n, before_training=False):
        self.trainer.before_training = before_training
        values = []
        for _ in range(n):
            shift(self.trainer)
            values.append(self.optimizer.x)
        return values

    def test_decay(self):
        self.assertEqual(
            self.call(self.make_shift(0.5, 2.0), 4), [2, 1, .5, .25])

    def test_growth(self):
        self.assertEqual(self.call(self.make_shift(2, 3.0), 4), [3, 6, 12, 24])

    def test_init_from_the_optimizer(self):
        self.optimizer.x = 8.0
        self.assertEqual(self.call(self.make_shift(0.5), 3), [8, 4, 2])

    def test_target(self):
        for rate, init, target, expected in [
                (0.5, 2, 0.4, [2, 1, .5, .4, .4]),
                (2, 3, 10, [3, 6, 10, 10, 10]),
                (0.5, -2, -0.4, [-2, -1, -.5, -.4, -.4]),
                (2, -3, -10, [-3, -6, -10, -10, -10]),
                (2, 3, 12, [3, 6, 12, 12, 12])]:
            shift = self.make_shift(rate, init, target)
            self.assertEqual(self.call(shift, 5), expected)

    def test_overflow(self):
        for target, expected in (None, math.inf), (10., 10.):
            shift = self.make_shift(2., 1., target)
            serializers.NpzDeserializer({'_t': 5000}).load(shift)
            self.assertEqual(self.call(shift, 1), [expected])
        shift = self.make_shift(2., -1.)
        serializers.NpzDeserializer({'_t': 5000}).load(shift)
        self.assertEqual(self.call(shift, 1), [-math.inf])

    def test_main_optimizer(self):
        optimizer = chainer.optimizers.SGD(0.1)
        self.trainer.updater.get_optimizer.return_value = optimizer
        shift = extensions.ExponentialShift('lr', 0.5)
        shift(self.trainer)
        shift(self.trainer)
        self.assertEqual(optimizer.lr, 0.05)
        self.trainer.updater.get_optimizer.assert_called_with('main')

    def test_negative_rate(self):
        with self.assertRaisesRegex(ValueError, '-0.5'):
            self.make_shift(-0.5)

    def test_settings(self):
        self.assertTrue(extensions.ExponentialShift.invoke_before_training)
        self.assertEqual(
            self.make_shift(1).default_name, 'ExponentialShift')

    def test_resume(self):
        for n_calls in range(1, 4):
            self.optimizer.x = 8.0
            shift = self.make_shift(0.5)
            values = self.call(shift, n_calls)
            target = {}
            serializers.DictionarySerializer(target).save(shift)
            self.assertEqual(dict(target), {'_t': n_calls})
            # A new process makes the optimizer as the old one did.
            self.optimizer.x = 8.0
            resumed = self.make_shift(0.5)
            serializers.NpzDeserializer(target).load(resumed)
            self.assertEqual(
                self.call(resumed, 1, before_training=True), values[-1:])
            values += self.call(resumed, 4 - n_calls)
            self.assertEqual(values, [8, 4, 2, 1])
