import gc
import shutil
import tempfile
import unittest
import weakref
from unittest import mock

import numpy

import chainer
import chainer.functions as F
import chainer.links as L
from chainer import testing, training
from chainer.training import extensions


class Target(chainer.Chain):

    def __init__(self):
        super().__init__(child=L.Linear(3, 1))
        self.calls = []

    def __call__(self, *args, **kwargs):
        self.calls.append((args, kwargs))
        variables = [*args, *kwargs.values()]
        chainer.report({'sum': F.sum(variables[0])}, self)
        chainer.report({'inner': len(variables[0].data)}, self.child)


def make_iterator(data, batch_size=2, **kwargs):
    return chainer.iterators.SerialIterator(
        data, batch_size, repeat=False, shuffle=False, **kwargs)


class TestEvaluator(unittest.TestCase):

    def setUp(self):
        self.data = numpy.arange(15, dtype='f').reshape(5, 3)
        self.iterator = make_iterator(self.data)
        self.target = Target()
        self.evaluator = extensions.Evaluator(self.iterator, self.target)

    # Sums of the batches are 15, 51 and 39, their sizes 2, 2 and 1.
    expected = {'sum': 35, 'inner': 5 / 3}

    def check(self, result, prefix):
        self.assertEqual(set(result), {prefix + 'sum',
                                       prefix + 'child/inner'})
        testing.assert_allclose(result[prefix + 'sum'], 35)
        testing.assert_allclose(result[prefix + 'child/inner'], 5 / 3)
        for value in result.values():
            self.assertIs(type(value), float)

    def test_settings(self):
        evaluator = self.evaluator
        self.assertEqual(evaluator.trigger, (1, 'epoch'))
        self.assertEqual(evaluator.priority, training.PRIORITY_WRITER)
        self.assertEqual(evaluator.default_name, 'validation')
        self.assertIs(
            evaluator.converter, chainer.dataset.concat_examples)
        for attribute in 'device', 'eval_hook', 'eval_func':
            self.assertIsNone(getattr(evaluator, attribute))

    def test_without_trainer(self):
        self.check(self.evaluator(), 'main/')

    def test_with_name(self):
        self.evaluator.name = 'eval'
        self.check(self.evaluator(), 'eval/main/')

    def test_result_is_reported(self):
        reporter = chainer.Reporter()
        with reporter:
            result = self.evaluator()
        self.assertEqual(reporter.observation, result)

    def test_in_a_trainer(self):
        updater = mock.Mock(iteration=0)
        updater.get_all_optimizers.return_value = {}
        updater.is_new_epoch = True
        updater.epoch = 1
        out = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, out)
        stops = [False, True]
        trainer = training.Trainer(updater, lambda _: stops.pop(0), out)
        trainer.extend(self.evaluator)
        trainer.extend(extensions.Evaluator(self.iterator, self.target))
        trainer.extend(
            extensions.Evaluator(self.iterator, self.target), name='test')
        trainer.run()
        self.assertEqual(set(trainer.observation), {
            name + value for name in (
                'validation/main/', 'validation_1/main/', 'test/main/')
            for value in ('sum', 'child/inner')})

    def test_evaluate(self):
        reporter = chainer.Reporter()
        reporter.add_observer('target', self.target)
        reporter.add_observer('child', self.target.child)
        with reporter:
            result = self.evaluator.evaluate()
        self.assertEqual(set(result), {'target/sum', 'child/inner'})
        self.assertEqual(reporter.observation, {})

    def test_variables_are_volatile(self):
        self.evaluator()
        self.assertEqual(len(self.target.calls), 3)
        for (x,), kwargs in self.target.calls:
            self.assertIs(x.volatile, chainer.ON)
            self.assertEqual(kwargs, {})

    def test_each_evaluation_begins_anew(self):
        for _ in range(3):
            self.check(self.evaluator(), 'main/')
        self.assertEqual(self.iterator.current_position, 0)
        self.assertEqual(self.iterator.epoch, 0)

    def test_iterator_that_resets(self):
        class Resetting(chainer.dataset.Iterator):
            batches = ()

            def reset(self):
                self.batches = [[1.], [2.]]

            def __next__(self):
                if not self.batches:
                    raise StopIteration
                return self.batches.pop(0)

        iterator = Resetting()
        evaluator = extensions.Evaluator(iterator, self.target)
        for _ in range(2):
            self.assertEqual(evaluator()['main/sum'], 1.5)

    def test_tuples(self):
        data = [(numpy.ones(2, 'f'), numpy.float32(1))] * 2
        extensions.Evaluator(make_iterator(data), self.target)()
        (args, kwargs), = self.target.calls
        self.assertEqual([x.shape for x in args], [(2, 2), (2,)])
        self.assertEqual(kwargs, {})

    def test_dicts(self):
        data = [{'x': numpy.ones(2, 'f'), 't': numpy.float32(1)}] * 2
        extensions.Evaluator(make_iterator(data), self.target)()
        (args, kwargs), = self.target.calls
        self.assertEqual(args, ())
        self.assertEqual({key: x.shape for key, x in kwargs.items()},
                         {'x': (2, 2), 't': (2,)})

    def test_converter_and_device(self):
        converter = mock.Mock(return_value=numpy.ones(1, 'f'))
        evaluator = extensions.Evaluator(
            make_iterator(['a', 'b']), self.target, converter, -1)
        evaluator()
        converter.assert_called_once_with(['a', 'b'], -1)

    def test_eval_func(self):
        def eval_func(x):
            chainer.report({'max': x.data.max()}, self.target)

        evaluator = extensions.Evaluator(
            self.iterator, self.target, eval_func=eval_func)
        result = evaluator()
        self.assertEqual(self.target.calls, [])
        testing.assert_allclose(result['main/max'], (5 + 11 + 14) / 3)

    def test_eval_hook(self):
        hook = mock.Mock(
            side_effect=lambda _: self.assertEqual(self.target.calls, []))
        evaluator = extensions.Evaluator(
            self.iterator, self.target, eval_hook=hook)
        evaluator()
        hook.assert_called_once_with(evaluator)

    def test_target_of_length_zero(self):
        class Callable(chainer.ChainList):
            def __call__(self, x):
                chainer.report({'x': 1}, self)

        evaluator = extensions.Evaluator(self.iterator, Callable())
        self.assertEqual(evaluator(), {'main/x': 1})

    def test_several(self):
        iterators = {'main': self.iterator, 'a': make_iterator([1])}
        targets = {'main': self.target, 'b': Target()}
        evaluator = extensions.Evaluator(iterators, targets)
        self.assertIs(evaluator.get_iterator('a'), iterators['a'])
        self.assertIs(evaluator.get_target('b'), targets['b'])
        self.assertEqual(evaluator.get_all_iterators(), iterators)
        self.assertEqual(evaluator.get_all_targets(), targets)
        self.assertIsNot(
            evaluator.get_all_targets(), evaluator.get_all_targets())
        evaluator.eval_func = lambda x: chainer.report(
            {'x': 1}, targets['b'])
        self.assertEqual(evaluator(), {'b/x': 1})

    def test_overridden_evaluate(self):
        class MyEvaluator(extensions.Evaluator):
            def evaluate(self):
                observation = {}
                with chainer.report_scope(observation):
                    chainer.report({'x': 1}, self.get_target('main'))
                return observation

        self.assertEqual(
            MyEvaluator(self.iterator, self.target)(), {'main/x': 1})

    def test_exception(self):
        def fail(x):
            raise ZeroDivisionError

        self.evaluator.eval_func = fail
        reporter = chainer.Reporter()
        observation = {}
        with reporter.scope(observation):
            with self.assertRaises(ZeroDivisionError):
                self.evaluator()
            self.assertIs(chainer.get_current_reporter(), reporter)
            self.assertIs(reporter.observation, observation)
        self.evaluator.eval_func = None
        self.check(self.evaluator(), 'main/')

    def test_no_batches(self):
        for _ in self.iterator:
            continue
        with self.assertWarnsRegex(RuntimeWarning, 'no batches'):
            self.assertEqual(self.evaluator(), {})

    def test_iterator_that_repeats(self):
        evaluator = extensions.Evaluator(
            chainer.iterators.SerialIterator(self.data, 2), self.target)
        with self.assertRaisesRegex(ValueError, 'repeat=False'):
            evaluator()

    def test_no_graphs_are_kept(self):
        alive = []
        W = chainer.Variable(numpy.ones((1, 3), 'f'))

        def eval_func(x):
            loss = F.sum(F.linear(chainer.Variable(x.data), W))
            self.assertIsNotNone(loss.creator)
            self.assertEqual([ref() for ref in alive], [None] * len(alive))
            alive.append(weakref.ref(loss))
            chainer.report({'loss': loss}, self.target)

        self.evaluator.eval_func = eval_func
        gc.disable()
        try:
            with chainer.Reporter():
                self.evaluator()
            self.assertEqual([ref() for ref in alive], [None] * 3)
        finally:
            gc.enable()
