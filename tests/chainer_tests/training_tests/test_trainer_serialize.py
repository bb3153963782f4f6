import os
import random
import shutil
import tempfile
import unittest

import numpy

import chainer
from chainer import serializers, training


class FakeUpdater(training.Updater):
    """Updater that counts, five iterations an epoch."""

    def __init__(self, calls=None):
        self.calls = [] if calls is None else calls
        self.iteration = 0
        self.is_finalized = False

    @property
    def epoch(self):
        return self.iteration // 5

    @property
    def is_new_epoch(self):
        return self.iteration > 0 and self.iteration % 5 == 0

    def get_all_optimizers(self):
        return {}

    def connect_trainer(self, trainer):
        self.trainer = trainer

    def update(self):
        self.iteration += 1
        self.calls.append(f'update {self.iteration}')

    def finalize(self):
        self.is_finalized = True
        self.calls.append('finalize updater')

    def serialize(self, serializer):
        self.iteration = serializer('iteration', self.iteration)


class TrainerTestCase(unittest.TestCase):

    def setUp(self):
        self.directory = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.directory)
        self.out = os.path.join(self.directory, 'out')
        self.calls = []
        self.updater = FakeUpdater(self.calls)
        self.trainer = self.make_trainer(2)

    def make_trainer(self, n_iterations, updater=None):
        return training.Trainer(
            updater or self.updater, (n_iterations, 'iteration'), self.out)

    def recorder(self, name):
        return lambda trainer: self.calls.append(name)


class Stateful:
    """Extension and trigger with a state."""

    default_name = 'stateful'

    def __init__(self):
        self.state = 0

    def __call__(self, trainer):
        self.state += 1
        return True

    def serialize(self, serializer):
        self.state = serializer('state', self.state)


class TestSerialize(TrainerTestCase):

    def save(self, trainer):
        target = {}
        serializers.DictionarySerializer(target).save(trainer)
        return target

    def load(self, target, trainer):
        serializers.NpzDeserializer(target).load(trainer)

    def test_keys_of_the_original(self):
        trainer = training.Trainer(self.updater, Stateful(), self.out)
        trainer.extend(Stateful(), trigger=Stateful())
        trainer.extend(lambda trainer: None, name='without state')
        keys = set(self.save(trainer))
        self.assertLessEqual(
            {'updater/iteration', 'stop_trigger/state',
             'extensions/stateful/state',
             'extension_triggers/stateful/state'}, keys)
        self.assertEqual(
            keys - {'observation', 'pending_extensions', 'random_state'},
            {'updater/iteration', 'stop_trigger/state',
             'extensions/stateful/state',
             'extension_triggers/stateful/state'})

    def test_states(self):
        stateful = [Stateful() for _ in range(3)]
        for value, each in enumerate(stateful, 5):
            each.state = value
        self.updater.iteration = 8
        trainer = training.Trainer(self.updater, stateful[0], self.out)
        trainer.extend(stateful[1], trigger=stateful[2])
        target = self.save(trainer)

        updater = FakeUpdater()
        stateful = [Stateful() for _ in range(3)]
        trainer = training.Trainer(updater, stateful[0], self.out)
        trainer.extend(stateful[1], trigger=stateful[2])
        self.load(target, trainer)
        self.assertEqual([each.state for each in stateful], [5, 6, 7])
        self.assertEqual(updater.iteration, 8)

    def test_snapshot_of_the_original(self):
        self.updater.iteration = 1
        target = self.save(self.trainer)
        for key in 'observation', 'pending_extensions', 'random_state':
            del target[key]
        updater = FakeUpdater(self.calls)
        trainer = self.make_trainer(2, updater)
        trainer.extend(self.recorder('extension'), name='extension')
        self.load(target, trainer)
        trainer.run()
        self.assertEqual(
            self.calls, ['update 2', 'extension', 'finalize updater'])

    def test_missing_key_is_an_error(self):
        self.trainer.extend(Stateful())
        target = self.save(self.trainer)
        del target['extensions/stateful/state']
        with self.assertRaisesRegex(KeyError, 'extensions/stateful/state'):
            self.load(target, self.trainer)

    def test_failed_load_changes_nothing(self):
        self.trainer.extend(Stateful())
        self.trainer.observation = {'x': 1}
        target = self.save(self.trainer)
        target['random_state'] = numpy.zeros(3)
        self.trainer.observation = observation = {'x': 2}
        self.updater.iteration = 5
        with self.assertRaises(ValueError):
            self.load(target, self.trainer)
        self.assertIs(self.trainer.observation, observation)
        self.assertEqual(self.updater.iteration, 5)

    def test_failed_load_of_something_larger_changes_nothing(self):
        class Larger:
            def serialize(_, serializer):
                self.trainer.serialize(serializer['trainer'])
                serializer('missing', 0)

        target = {}
        self.trainer.serialize(
            serializers.DictionarySerializer(target, 'trainer'))
        self.trainer.observation = observation = {'x': object()}
        with self.assertRaisesRegex(KeyError, 'missing'):
            serializers.NpzDeserializer(target).load(Larger())
        self.assertIs(self.trainer.observation, observation)

    def test_saving_changes_nothing(self):
        x = chainer.Variable(numpy.array(2, 'f'))
        self.trainer.observation = observation = {'x': x}
        self.save(self.trainer)
        self.assertIs(self.trainer.observation, observation)
        self.assertIs(observation['x'], x)

    def test_observation(self):
        self.trainer.observation = {
            'variable': chainer.Variable(numpy.array(0.1, 'f')),
            'array': numpy.array(3), 'nan': numpy.float32('nan'),
            'inf': -float('inf'), 'text': 'a', 'vector': numpy.zeros(3)}
        target = self.save(self.trainer)
        trainer = self.make_trainer(2, FakeUpdater())
        self.load(target, trainer)
        self.assertTrue(numpy.isnan(trainer.observation.pop('nan')))
        self.assertEqual(
            trainer.observation,
            {'variable': float(numpy.float32(0.1)), 'array': 3,
             'inf': -float('inf')})

    def test_stop_trigger_sees_observation_after_load(self):
        def stop(trainer):
            return trainer.observation.get('loss', 1) < 0.5

        self.trainer.observation = {'loss': 0.25}
        target = self.save(self.trainer)
        trainer = training.Trainer(FakeUpdater(self.calls), stop, self.out)
        self.load(target, trainer)
        trainer.run()
        self.assertEqual(self.calls, ['finalize updater'])


class TestPendingExtensions(TrainerTestCase):
    """Snapshots taken while extensions of the iteration are still to come."""

    def make_trainer(self, n_iterations, updater=None):
        trainer = super().make_trainer(n_iterations, updater)
        trainer.extend(self.recorder('writer'), name='writer', priority=300)
        trainer.extend(self.save_at_second, name='save', priority=200)
        trainer.extend(self.record_observation, name='reader', priority=100)
        trainer.extend(self.recorder('rare'), name='rare', priority=0,
                       trigger=(2, 'iteration'))
        trainer.extend(self.recorder('never'), name='never', priority=0,
                       trigger=(3, 'iteration'))
        trainer.updater.update = self.make_update(trainer.updater)
        return trainer

    def make_update(self, updater):
        def update():
            FakeUpdater.update(updater)
            chainer.report({'x': updater.iteration})
        return update

    def record_observation(self, trainer):
        self.calls.append(trainer.observation['x'])

    def save_at_second(self, trainer):
        self.calls.append('save')
        if trainer.updater.iteration == 2:
            self.target = {}
            serializers.DictionarySerializer(self.target).save(trainer)

    def test_resume(self):
        self.make_trainer(4, FakeUpdater(self.calls)).run()
        straight = list(self.calls)
        moment = len(straight) - straight[::-1].index('update 3') - 1
        self.assertEqual(straight[moment - 3:moment], ['save', 2, 'rare'])

        del self.calls[:]
        trainer = self.make_trainer(4, FakeUpdater(self.calls))
        serializers.NpzDeserializer(self.target).load(trainer)
        trainer.run()
        self.assertEqual(self.calls, straight[moment - 2:])

    def test_extension_that_is_gone(self):
        self.make_trainer(2, FakeUpdater(self.calls)).run()
        del self.calls[:]
        trainer = TrainerTestCase.make_trainer(
            self, 3, FakeUpdater(self.calls))
        trainer.extend(self.recorder('rare'), name='rare')
        serializers.NpzDeserializer(self.target).load(trainer)
        trainer.run()
        self.assertEqual(
            self.calls, ['rare', 'update 3', 'rare', 'finalize updater'])


class TestRandomState(TrainerTestCase):

    def setUp(self):
        super().setUp()
        state = random.getstate()
        self.addCleanup(random.setstate, state)

    def make_trainer(self, n_iterations, updater=None):
        trainer = super().make_trainer(n_iterations, updater)
        trainer.extend(self.draw, name='draw', priority=200)
        trainer.extend(self.draw_before_training, priority=200)
        trainer.extend(self.save_at_second, name='save', priority=100)
        trainer.extend(self.draw, name='draw after save', priority=0)
        return trainer

    def draw(self, trainer):
        self.calls.append((numpy.random.randn(), random.gauss(0, 1)))

    @staticmethod
    @training.make_extension(
        trigger=lambda trainer: False, invoke_before_training=True)
    def draw_before_training(trainer):
        numpy.random.rand()
        random.random()

    def save_at_second(self, trainer):
        if trainer.updater.iteration == 2:
            self.calls.append('save')
            self.target = {}
            serializers.DictionarySerializer(self.target).save(trainer)

    def test_resume(self):
        numpy.random.seed(1)
        random.seed(2)
        self.make_trainer(4, FakeUpdater()).run()
        expected = self.calls[self.calls.index('save') + 1:]
        self.assertEqual(len(expected), 5)

        del self.calls[:]
        trainer = self.make_trainer(4, FakeUpdater())
        serializers.NpzDeserializer(self.target).load(trainer)
        numpy.random.seed(3)
        random.seed(4)
        trainer.run()
        self.assertEqual(self.calls, expected)

    def test_loaded_state_is_saved_before_the_run(self):
        self.make_trainer(2, FakeUpdater()).run()
        trainer = self.make_trainer(4, FakeUpdater())
        serializers.NpzDeserializer(self.target).load(trainer)
        target = {}
        serializers.DictionarySerializer(target).save(trainer)
        self.assertEqual(target['random_state'], self.target['random_state'])
