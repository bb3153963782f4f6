import gc
import os
import random
import shutil
import tempfile
import traceback
import unittest
import weakref
from unittest import mock

import numpy

import chainer
import chainer.functions as F
import chainer.links as L
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


class TestExtend(TrainerTestCase):

    def test_names(self):
        class MyExtension(training.Extension):
            def __call__(self, trainer):
                return None

        @training.make_extension(default_name='default')
        def with_default(trainer):
            return None

        def function(trainer):
            return None

        for extension, name in [
                (MyExtension(), 'MyExtension'), (with_default, 'default'),
                (function, 'function')]:
            self.trainer.extend(extension)
            self.assertIs(self.trainer.get_extension(name), extension)
            self.assertEqual(extension.name, name)

    def test_given_name(self):
        extension = mock.Mock(default_name='default')
        self.trainer.extend(extension, name='given')
        self.assertIs(self.trainer.get_extension('given'), extension)
        with self.assertRaises(ValueError):
            self.trainer.get_extension('default')

    def test_equal_names_are_numbered(self):
        extensions = [mock.Mock(default_name='x') for _ in range(3)]
        for extension in extensions:
            self.trainer.extend(extension)
        for extension, name in zip(
                extensions, ['x', 'x_1', 'x_2'], strict=True):
            self.assertIs(self.trainer.get_extension(name), extension)
            self.assertEqual(extension.name, name)

    def test_number_that_is_taken(self):
        for name in 'x_1', 'x', 'x':
            self.trainer.extend(mock.Mock(), name=name)
        self.assertEqual(self.trainer.get_extension('x_2').name, 'x_2')

    def test_without_name(self):
        with self.assertRaisesRegex(TypeError, 'has no name'):
            self.trainer.extend(mock.Mock(spec=['__call__']))

    def test_method_as_extension(self):
        self.trainer.extend(self.calls.append)
        self.trainer.run()
        self.assertEqual(self.calls.count(self.trainer), 2)

    def test_not_callable(self):
        with self.assertRaisesRegex(TypeError, 'not callable'):
            self.trainer.extend('extension')

    def test_bad_trigger(self):
        with self.assertRaises(TypeError):
            self.trainer.extend(mock.Mock(), name='x', trigger=5)
        with self.assertRaises(ValueError):
            self.trainer.get_extension('x')

    def test_unknown_extension(self):
        self.trainer.extend(mock.Mock(), name='known')
        with self.assertRaisesRegex(ValueError, "'other'.*'known'"):
            self.trainer.get_extension('other')


class TestRun(TrainerTestCase):

    def test_plain(self):
        self.trainer.run()
        self.assertEqual(
            self.calls, ['update 1', 'update 2', 'finalize updater'])

    def test_output_directory(self):
        self.trainer.run()
        self.assertTrue(os.path.isdir(self.out))
        self.make_trainer(4).run()
        self.assertEqual(self.updater.iteration, 4)

    def test_output_directory_cannot_be_made(self):
        with open(self.out, 'w'):
            with self.assertRaises(FileExistsError):
                self.trainer.run()
        self.assertEqual(self.updater.iteration, 0)
        self.assertTrue(self.updater.is_finalized)

    def test_stop_trigger(self):
        trainer = training.Trainer(
            self.updater, lambda trainer: trainer.updater.iteration == 3,
            self.out)
        trainer.run()
        self.assertEqual(self.updater.iteration, 3)

    def test_stop_trigger_fires_at_once(self):
        self.updater.iteration = 2
        self.trainer.run()
        self.assertEqual(self.calls, ['finalize updater'])

    def test_stop_trigger_none(self):
        def stop(trainer):
            if trainer.updater.iteration == 20:
                raise ZeroDivisionError

        trainer = training.Trainer(self.updater, out=self.out)
        trainer.extend(stop)
        with self.assertRaises(ZeroDivisionError):
            trainer.run()

    def test_extensions_are_called_in_order_of_priority(self):
        trainer = self.make_trainer(1)
        for name, priority in [('a', 100), ('b', 300), ('c', 100),
                               ('d', -5), ('e', 300), ('f', None)]:
            trainer.extend(
                self.recorder(name), name=name, priority=priority)
        trainer.run()
        self.assertEqual(
            self.calls, ['update 1', 'b', 'e', 'a', 'c', 'f', 'd',
                         'finalize updater'])

    def test_settings_of_the_extension(self):
        @training.make_extension(
            trigger=(2, 'iteration'), priority=500,
            invoke_before_training=True)
        def first(trainer):
            self.calls.append('first')

        self.trainer.extend(self.recorder('second'), name='second')
        self.trainer.extend(first)
        self.trainer.run()
        self.assertEqual(
            self.calls, ['first', 'update 1', 'second', 'update 2', 'first',
                         'second', 'finalize updater'])

    def test_settings_given_to_extend(self):
        @training.make_extension(
            trigger=(2, 'iteration'), priority=500,
            invoke_before_training=True)
        def last(trainer):
            self.calls.append('last')

        self.trainer.extend(self.recorder('first'), name='first')
        self.trainer.extend(last, trigger=(1, 'iteration'), priority=0,
                            invoke_before_training=False)
        self.trainer.run()
        self.assertEqual(
            self.calls, ['update 1', 'first', 'last', 'update 2', 'first',
                         'last', 'finalize updater'])

    def test_trigger_by_epoch(self):
        trainer = self.make_trainer(11)
        trainer.extend(
            lambda trainer: self.calls.append(trainer.updater.iteration),
            trigger=(1, 'epoch'))
        trainer.run()
        self.assertEqual([c for c in self.calls if type(c) is int], [5, 10])

    def test_extension_without_trigger(self):
        self.trainer.extend(
            training.make_extension(trigger=lambda _: False)(
                self.recorder('never')))
        self.trainer.run()
        self.assertNotIn('never', self.calls)

    def test_before_training(self):
        found = []
        self.trainer.extend(
            lambda trainer: found.append(trainer.before_training),
            invoke_before_training=True)
        self.assertIs(self.trainer.before_training, False)
        self.trainer.run()
        self.assertEqual(found, [True, False, False])

    def test_second_run(self):
        self.trainer.run()
        calls = list(self.calls)
        with self.assertRaisesRegex(RuntimeError, 'make a new Trainer'):
            self.trainer.run()
        self.assertEqual(self.calls, calls)

    def test_run_again_after_exception(self):
        errors = [ZeroDivisionError()]

        def fail(trainer):
            self.calls.append('fail')
            if errors:
                raise errors.pop()

        self.trainer.extend(fail)
        self.trainer.extend(self.recorder('after'), name='after')
        with self.assertRaises(ZeroDivisionError):
            self.trainer.run()
        self.assertEqual(
            self.calls, ['update 1', 'fail', 'finalize updater'])
        del self.calls[:]
        self.trainer.run()
        self.assertEqual(
            self.calls, ['after', 'update 2', 'fail', 'after',
                         'finalize updater'])

    def test_connect_trainer(self):
        self.assertIs(self.updater.trainer, self.trainer)


class TestFinalize(TrainerTestCase):

    def extend(self, name, error=None):
        def finalize():
            self.calls.append('finalize ' + name)
            if error is not None:
                raise error

        self.trainer.extend(training.make_extension(
            default_name=name, finalizer=finalize)(lambda trainer: None))

    def test_all_are_finalized(self):
        self.extend('a')
        self.extend('b')
        self.trainer.run()
        self.assertEqual(
            self.calls[2:], ['finalize a', 'finalize b', 'finalize updater'])

    def test_all_are_finalized_after_exception(self):
        def interrupt(trainer):
            raise KeyboardInterrupt

        self.extend('a')
        self.trainer.extend(interrupt)
        with self.assertRaises(KeyboardInterrupt):
            self.trainer.run()
        self.assertEqual(
            self.calls, ['update 1', 'finalize a', 'finalize updater'])

    def test_exception_before_training(self):
        self.trainer.extend(
            lambda trainer: 1 // 0, invoke_before_training=True)
        with self.assertRaises(ZeroDivisionError):
            self.trainer.run()
        self.assertEqual(self.calls, ['finalize updater'])
        self.assertIs(self.trainer.before_training, False)

    def test_finalizer_fails(self):
        error = ValueError('of the finalizer')
        self.extend('a', error)
        self.extend('b')
        with self.assertRaises(ValueError) as raised:
            self.trainer.run()
        self.assertIs(raised.exception, error)
        self.assertEqual(
            self.calls[2:], ['finalize a', 'finalize b', 'finalize updater'])

    def test_first_exception_wins_and_all_are_shown(self):
        self.extend('a', ValueError('of a finalizer'))
        self.extend('b', TypeError('of another finalizer'))
        self.trainer.extend(lambda trainer: 1 // 0)
        with self.assertRaises(ZeroDivisionError) as raised:
            self.trainer.run()
        self.assertTrue(self.updater.is_finalized)
        error = raised.exception
        text = ''.join(traceback.format_exception(
            type(error), error, error.__traceback__))
        self.assertIn('ValueError: of a finalizer', text)
        self.assertIn('TypeError: of another finalizer', text)


class Reporting(chainer.Chain):

    def __init__(self, **links):
        super().__init__(**links)
        self.losses = []

    def __call__(self, x):
        loss = F.sum(self.l1(x))
        chainer.report({'loss': loss}, self)
        chainer.report({'inner': 5}, self.l1)
        self.losses.append(weakref.ref(loss))
        return loss


class TestObservation(TrainerTestCase):

    def make_trainer(self, n_iterations):
        self.model = Reporting(l1=L.Linear(2, 2))
        self.optimizer = chainer.optimizers.SGD()
        self.optimizer.setup(self.model)
        iterator = chainer.iterators.SerialIterator(
            numpy.zeros((4, 2), 'f'), 1)
        return training.Trainer(
            training.StandardUpdater(iterator, self.optimizer),
            (n_iterations, 'iteration'), self.out)

    def test_names(self):
        found = []
        self.trainer.extend(lambda trainer: found.append(
            (set(trainer.observation), type(trainer.observation['main/loss']),
             trainer.observation['main/l1/inner'])))
        self.trainer.run()
        self.assertEqual(found, 2 * [
            ({'main/loss', 'main/l1/inner'}, chainer.Variable, 5)])

    def test_extensions_report(self):
        self.trainer.extend(
            lambda trainer: chainer.report({'x': trainer.updater.iteration}),
            priority=training.PRIORITY_WRITER)
        found = []
        self.trainer.extend(
            lambda trainer: found.append(trainer.observation['x']))
        self.trainer.run()
        self.assertEqual(found, [1, 2])

    def test_observation_is_new_in_each_iteration(self):
        found = []
        self.trainer.extend(
            lambda trainer: found.append(trainer.observation))
        self.trainer.run()
        self.assertIsNot(found[0], found[1])

    def test_no_reporter_is_left_current(self):
        self.trainer.extend(lambda trainer: 1 // 0)
        with self.assertRaises(ZeroDivisionError):
            self.trainer.run()
        with self.assertRaises(IndexError):
            chainer.get_current_reporter()

    def test_other_observers(self):
        observer = object()
        self.trainer.reporter.add_observer('other', observer)
        self.trainer.extend(
            lambda trainer: chainer.report({'x': 1}, observer))
        self.trainer.run()
        self.assertEqual(self.trainer.observation['other/x'], 1)

    def test_graph_is_freed_when_the_next_iteration_begins(self):
        alive = []
        forward = Reporting.__call__

        def watch(model, x):
            alive.append([loss() is not None for loss in model.losses])
            return forward(model, x)

        trainer = self.make_trainer(3)
        trainer.updater.loss_func = lambda x: watch(self.model, x)
        gc.disable()
        try:
            trainer.run()
        finally:
            gc.enable()
        self.assertEqual(alive, [[], [False], [False, False]])

    def test_optimizer_without_target(self):
        updater = FakeUpdater()
        updater.get_all_optimizers = lambda: {
            'main': chainer.optimizers.SGD()}
        with self.assertRaisesRegex(AttributeError, "'main'.*setup"):
            training.Trainer(updater)


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
