import gc
import os
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
from chainer import training


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
