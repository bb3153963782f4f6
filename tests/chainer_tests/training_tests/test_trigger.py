import unittest
from unittest import mock

import numpy

from chainer import training
from chainer.training import trigger


def make_trainer(iteration, epoch=0, is_new_epoch=False):
    trainer = mock.Mock()
    trainer.updater.iteration = iteration
    trainer.updater.epoch = epoch
    trainer.updater.is_new_epoch = is_new_epoch
    return trainer


class TestIntervalTrigger(unittest.TestCase):

    def test_iterations(self):
        every_three = training.IntervalTrigger(3, 'iteration')
        fired = [every_three(make_trainer(i)) for i in range(8)]
        self.assertEqual(
            fired,
            [False, False, False, True, False, False, True, False])

    def test_epochs(self):
        every_two = training.IntervalTrigger(2, 'epoch')
        steps = [(0, False), (0, False), (1, True), (1, False), (2, True),
                 (2, False), (3, True), (4, True), (4, False)]
        fired = [every_two(make_trainer(i, epoch, is_new_epoch))
                 for i, (epoch, is_new_epoch) in enumerate(steps)]
        self.assertEqual(
            fired,
            [False, False, False, False, True, False, False, True, False])

    def test_attributes(self):
        interval = training.IntervalTrigger(3, 'epoch')
        self.assertEqual((interval.period, interval.unit), (3, 'epoch'))

    def test_whole_numbers_of_other_types(self):
        for period in 600.0, numpy.int64(600), numpy.float32(600):
            interval = training.IntervalTrigger(period, 'iteration')
            self.assertIs(type(interval.period), int)
            self.assertEqual(interval.period, 600)

    def test_unknown_unit(self):
        with self.assertRaisesRegex(ValueError, "unit.*'epochs'"):
            training.IntervalTrigger(1, 'epochs')

    def test_period_that_is_not_positive_and_whole(self):
        for period in 0, -1, 0.5, float('inf'), float('nan'):
            with self.assertRaisesRegex(ValueError, 'positive whole number'):
                training.IntervalTrigger(period, 'epoch')

    def test_period_that_is_not_a_number(self):
        for period in None, '1', 'epoch':
            with self.assertRaisesRegex(TypeError, 'must be an integer'):
                training.IntervalTrigger(period, 'epoch')

    def test_module_path(self):
        self.assertIs(trigger.IntervalTrigger, training.IntervalTrigger)


class TestGetTrigger(unittest.TestCase):

    def test_none_never_fires(self):
        never = training.get_trigger(None)
        self.assertFalse(any(
            never(make_trainer(i, i, True)) for i in range(1, 5)))

    def test_tuple_and_list(self):
        for interval in (3, 'epoch'), [3, 'epoch']:
            made = training.get_trigger(interval)
            self.assertIsInstance(made, training.IntervalTrigger)
            self.assertEqual((made.period, made.unit), (3, 'epoch'))

    def test_callable(self):
        def function(trainer):
            return True

        self.assertIs(training.get_trigger(function), function)

    def test_anything_else(self):
        for thing in 5, 'epoch', (1,), (1, 'epoch', 2), {}:
            with self.assertRaisesRegex(TypeError, 'a trigger must be'):
                training.get_trigger(thing)

    def test_bad_interval(self):
        with self.assertRaises(ValueError):
            training.get_trigger((1, 'week'))
