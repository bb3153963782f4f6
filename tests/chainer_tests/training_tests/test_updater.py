import unittest
from unittest import mock

import numpy

import chainer
import chainer.functions as F
import chainer.links as L
from chainer import serializers, testing, training


class FakeIterator(chainer.dataset.Iterator):

    def __init__(self, batches, epochs=None):
        self.batches = list(batches)
        self.epochs = list(epochs or [0] * len(self.batches))
        self.epoch = 0
        self.is_new_epoch = False
        self.is_finalized = False
        self.state = 0

    epoch_detail = 3.5

    def __next__(self):
        if not self.batches:
            raise StopIteration
        epoch = self.epochs.pop(0)
        self.is_new_epoch = epoch != self.epoch
        self.epoch = epoch
        return self.batches.pop(0)

    def finalize(self):
        self.is_finalized = True

    def serialize(self, serializer):
        self.state = serializer('state', self.state)


class FakeOptimizer(chainer.Optimizer):
    """Optimizer that records what it is called with."""

    def __init__(self):
        self.updates = []
        self.n_epochs = 0
        self.target = FakeTarget()
        self.state = 0

    def update(self, lossfun=None, *args, **kwds):
        self.updates.append((lossfun, args, kwds))

    def new_epoch(self):
        self.n_epochs += 1

    def serialize(self, serializer):
        self.state = serializer('state', self.state)


class FakeTarget(chainer.Chain):

    def __init__(self):
        super().__init__()
        self.add_persistent('state', 0)


class TestUpdater(unittest.TestCase):

    def test_methods_to_override(self):
        class MyUpdater(training.Updater):
            iteration = 0

        updater = MyUpdater()
        self.assertIsNone(updater.connect_trainer(None))
        self.assertIsNone(updater.finalize())
        for call in (lambda: updater.get_optimizer('main'),
                     updater.get_all_optimizers, updater.update,
                     lambda: updater.serialize(None)):
            with self.assertRaisesRegex(NotImplementedError, 'MyUpdater'):
                call()


class TestStandardUpdater(unittest.TestCase):

    def setUp(self):
        self.optimizer = FakeOptimizer()

    def make_updater(self, batches=(), epochs=None, **kwargs):
        self.iterator = FakeIterator(batches, epochs)
        return training.StandardUpdater(
            self.iterator, self.optimizer, **kwargs)

    def check_variables(self, variables, arrays):
        self.assertEqual(len(variables), len(arrays))
        for variable, array in zip(variables, arrays, strict=True):
            self.assertIsInstance(variable, chainer.Variable)
            self.assertIs(variable.volatile, chainer.OFF)
            numpy.testing.assert_array_equal(variable.data, array)

    def test_attributes(self):
        updater = self.make_updater([], device=-1, loss_func=F.sum)
        self.assertIs(updater.converter, chainer.dataset.concat_examples)
        self.assertEqual(updater.device, -1)
        self.assertIs(updater.loss_func, F.sum)
        self.assertEqual(updater.iteration, 0)
        self.assertEqual(updater.epoch, 0)
        self.assertEqual(updater.epoch_detail, 3.5)
        self.assertIs(updater.is_new_epoch, False)
        self.assertIs(updater.get_iterator('main'), self.iterator)
        self.assertIs(updater.get_optimizer('main'), self.optimizer)
        self.assertEqual(
            updater.get_all_optimizers(), {'main': self.optimizer})

    def test_unknown_names(self):
        updater = self.make_updater()
        with self.assertRaisesRegex(KeyError, "iterator.*'x'.*'main'"):
            updater.get_iterator('x')
        with self.assertRaisesRegex(KeyError, "optimizer.*'x'.*'main'"):
            updater.get_optimizer('x')

    def test_several(self):
        iterators = {'main': FakeIterator([]), 'x': FakeIterator([])}
        optimizers = {'main': FakeOptimizer(), 'y': FakeOptimizer()}
        updater = training.StandardUpdater(iterators, optimizers)
        self.assertIs(updater.get_iterator('x'), iterators['x'])
        self.assertIs(updater.get_optimizer('y'), optimizers['y'])
        found = updater.get_all_optimizers()
        self.assertEqual(found, optimizers)
        found.clear()
        self.assertEqual(updater.get_all_optimizers(), optimizers)

    def test_tuples(self):
        updater = self.make_updater([[(1., 2), (3., 4)]])
        updater.update()
        (loss_func, args, kwds), = self.optimizer.updates
        self.assertIs(loss_func, self.optimizer.target)
        self.check_variables(args, [[1, 3], [2, 4]])
        self.assertEqual(kwds, {})

    def test_dicts(self):
        updater = self.make_updater([[{'x': 1., 't': 2}, {'x': 3., 't': 4}]])
        updater.update()
        (_, args, kwds), = self.optimizer.updates
        self.assertEqual(args, ())
        self.check_variables([kwds['x'], kwds['t']], [[1, 3], [2, 4]])

    def test_arrays(self):
        updater = self.make_updater([numpy.arange(6.).reshape(3, 2)])
        updater.update()
        (_, args, kwds), = self.optimizer.updates
        self.check_variables(args, [[[0, 1], [2, 3], [4, 5]]])
        self.assertEqual(kwds, {})

    def test_loss_func(self):
        updater = self.make_updater([[1.]], loss_func=F.sum)
        updater.update()
        self.assertIs(self.optimizer.updates[0][0], F.sum)

    def test_target_of_length_zero(self):
        self.optimizer.target = chainer.ChainList()
        updater = self.make_updater([[1.]])
        updater.update()
        self.assertIs(self.optimizer.updates[0][0], self.optimizer.target)

    def test_converter(self):
        converter = mock.Mock(return_value=numpy.ones(2))
        updater = self.make_updater(['batch'], converter=converter, device=-1)
        updater.update()
        converter.assert_called_once_with('batch', -1)
        self.check_variables(self.optimizer.updates[0][1], [[1, 1]])

    def test_iteration(self):
        updater = self.make_updater([[1.]] * 3)
        for i in range(1, 4):
            updater.update()
            self.assertEqual(updater.iteration, i)

    def test_failed_update_is_not_counted(self):
        updater = self.make_updater([['not a number']])
        with self.assertRaises(TypeError):
            updater.converter = mock.Mock(side_effect=TypeError)
            updater.update()
        self.assertEqual(updater.iteration, 0)

    def test_epochs(self):
        updater = self.make_updater([[1.]] * 5, [0, 1, 1, 2, 3])
        found = []
        for _ in range(5):
            updater.update()
            found.append((updater.epoch, updater.is_new_epoch,
                          self.optimizer.n_epochs))
        self.assertEqual(found, [
            (0, False, 0), (1, True, 1), (1, False, 1), (2, True, 2),
            (3, True, 3)])

    def test_new_epoch_of_all_optimizers(self):
        optimizers = {'main': FakeOptimizer(), 'y': FakeOptimizer()}
        updater = training.StandardUpdater(
            FakeIterator([[1.]], [1]), optimizers)
        updater.update()
        self.assertEqual([o.n_epochs for o in optimizers.values()], [1, 1])

    def test_update_of_several_batches(self):
        class Updater(training.StandardUpdater):
            def update_core(self):
                for _ in range(3):
                    self.get_iterator('main').next()

        updater = Updater(FakeIterator([0] * 9, [0, 1, 1, 1, 1, 1, 1, 1, 2]),
                          self.optimizer)
        found = []
        for _ in range(3):
            updater.update()
            found.append((updater.epoch, updater.is_new_epoch))
        self.assertEqual(found, [(1, True), (1, False), (2, True)])
        self.assertEqual(self.optimizer.n_epochs, 2)

    def test_without_main_iterator(self):
        class Updater(training.StandardUpdater):
            def update_core(self):
                self.get_iterator('other').next()

        updater = Updater({'other': FakeIterator([0], [1])}, self.optimizer)
        updater.update()
        self.assertEqual(updater.iteration, 1)
        with self.assertRaisesRegex(KeyError, "'main'"):
            self.assertIsNone(updater.epoch)

    def test_iterator_that_ends(self):
        updater = self.make_updater([])
        with self.assertRaisesRegex(StopIteration, 'repeat=True'):
            updater.update()

    def test_finalize(self):
        iterators = {name: FakeIterator([]) for name in ('main', 'x')}
        updater = training.StandardUpdater(iterators, self.optimizer)
        error = OSError()
        iterators['main'].finalize = mock.Mock(side_effect=error)
        with self.assertRaises(OSError):
            updater.finalize()
        self.assertTrue(iterators['x'].is_finalized)

    def make_several(self):
        updater = training.StandardUpdater(
            {name: FakeIterator([]) for name in ('main', 'x')},
            {name: FakeOptimizer() for name in ('main', 'y')})
        stateful = [
            updater.get_iterator('main'), updater.get_iterator('x'),
            updater.get_optimizer('main'), updater.get_optimizer('y'),
            updater.get_optimizer('main').target,
            updater.get_optimizer('y').target]
        return updater, stateful

    def test_serialize(self):
        updater, stateful = self.make_several()
        for i, each in enumerate(stateful, 1):
            each.state = i
        updater.iteration = 7
        target = {}
        serializers.DictionarySerializer(target).save(updater)
        self.assertEqual(
            {key: int(value) for key, value in target.items()},
            {'iterator:main/state': 1, 'iterator:x/state': 2,
             'optimizer:main/state': 3, 'optimizer:y/state': 4,
             'model:main/state': 5, 'model:y/state': 6,
             'iteration': 7, 'passed_epoch': 0})

        updater, stateful = self.make_several()
        serializers.NpzDeserializer(target).load(updater)
        self.assertEqual(
            [each.state for each in stateful], [1, 2, 3, 4, 5, 6])
        self.assertEqual(updater.iteration, 7)

    def test_is_new_epoch_after_load(self):
        updater = self.make_updater([[1.]], [1])
        updater.update()
        target = {}
        serializers.DictionarySerializer(target).save(updater)
        resumed = self.make_updater()
        serializers.NpzDeserializer(target).load(resumed)
        self.assertIs(resumed.is_new_epoch, True)

    def test_load_snapshot_of_the_original(self):
        updater = self.make_updater()
        updater.iteration = 3
        target = {}
        serializers.DictionarySerializer(target).save(updater)
        del target['passed_epoch']
        resumed = self.make_updater()
        serializers.NpzDeserializer(target).load(resumed)
        self.assertEqual(resumed.iteration, 3)
        self.assertIs(resumed.is_new_epoch, False)
        self.iterator.is_new_epoch = True
        self.assertIs(resumed.is_new_epoch, True)


class Regressor(chainer.Chain):

    def __init__(self, n_in=3):
        super().__init__(l1=L.Linear(n_in, 1))

    def __call__(self, x, t):
        difference = self.l1(x) - t
        loss = F.sum(difference * difference) / x.data.shape[0]
        chainer.report({'loss': loss}, self)
        chainer.report({'inner': 1}, self.l1)
        return loss


def make_data(n):
    random = numpy.random.RandomState(0)
    return [(random.randn(3).astype('f'), random.randn(1).astype('f'))
            for _ in range(n)]


class TestParallelUpdater(unittest.TestCase):

    def make_updater(self, data, model=None, batch_size=6, **kwargs):
        self.model = model or Regressor()
        self.optimizer = chainer.optimizers.SGD(0.05)
        self.optimizer.setup(self.model)
        iterator = chainer.iterators.SerialIterator(
            data, batch_size, shuffle=False)
        if not kwargs:
            kwargs = {'devices': {'main': -1, 'second': -1, 'third': -1}}
        return training.ParallelUpdater(iterator, self.optimizer, **kwargs)

    def expect_update(self, model, batch, n_models):
        """Gradient descent, written out."""
        W, b = model.l1.W.data, model.l1.b.data
        gW, gb = numpy.zeros_like(W), numpy.zeros_like(b)
        for i in range(n_models):
            part = batch[i::n_models]
            for x, t in part:
                g = 2 * (W.dot(x) + b - t) / len(part)
                gW += g[:, None] * x
                gb += g
        return W - 0.05 * gW, b - 0.05 * gb

    def check_equal(self, models, W, b):
        for model in models:
            testing.assert_allclose(model.l1.W.data, W, 1e-6, 1e-6)
            testing.assert_allclose(model.l1.b.data, b, 1e-6, 1e-6)

    def test_update(self):
        data = make_data(12)
        updater = self.make_updater(data)
        models = list(updater._models.values())
        self.assertEqual(len(models), 3)
        for batch in data[:6], data[6:]:
            W, b = self.expect_update(self.model, batch, 3)
            updater.update()
            self.check_equal(models, W, b)
        self.assertEqual(updater.iteration, 2)
        self.assertIs(updater.is_new_epoch, True)
        self.assertEqual(self.optimizer.t, 2)

    def test_copies_have_their_own_arrays(self):
        updater = self.make_updater(make_data(6))
        arrays = [param.data for model in updater._models.values()
                  for param in model.params()]
        for i, first in enumerate(arrays):
            for second in arrays[:i]:
                self.assertFalse(numpy.shares_memory(first, second))

    def test_batch_that_cannot_be_dealt_out_evenly(self):
        data = make_data(5)
        updater = self.make_updater(data, batch_size=5)
        W, b = self.expect_update(self.model, data, 3)
        updater.update()
        self.check_equal(updater._models.values(), W, b)

    def test_fewer_examples_than_models(self):
        data = make_data(2)
        updater = self.make_updater(data, batch_size=2)
        W, b = self.expect_update(self.model, data, 2)
        updater.update()
        self.check_equal(updater._models.values(), W, b)

    def test_main_model_need_not_come_first(self):
        data = make_data(6)
        updater = self.make_updater(
            data, devices={'second': -1, 'main': -1})
        W, b = self.expect_update(self.model, data, 2)
        updater.update()
        self.check_equal(updater._models.values(), W, b)

    def test_given_models(self):
        data = make_data(6)
        main, other = Regressor(), Regressor()
        updater = self.make_updater(
            data, main, models={'main': main, 'other': other})
        W, b = self.expect_update(main, data, 2)
        updater.update()
        self.check_equal([main, other], W, b)

    def test_uninitialized_parameters(self):
        data = make_data(6)
        for names in ('main', 'second'), ('second', 'main'):
            numpy.random.seed(0)
            updater = self.make_updater(
                data, Regressor(None), devices=dict.fromkeys(names, -1))
            updater.update()
            number = numpy.random.rand()

            numpy.random.seed(0)
            model = Regressor(None)
            model.l1(numpy.zeros((1, 3), 'f'))
            W, b = self.expect_update(model, data, 2)
            self.check_equal(updater._models.values(), W, b)
            # The copies draw no random numbers.
            self.assertEqual(numpy.random.rand(), number)

    def test_loss_func_and_converter(self):
        data = make_data(6)
        calls = []

        def converter(batch, device):
            calls.append((len(batch), device))
            return chainer.dataset.concat_examples(batch, device)

        def loss_func(x, t):
            return self.model(x, t) * 2

        updater = self.make_updater(
            data, converter=converter, loss_func=loss_func,
            devices={'main': -1, 'second': -1})
        W = self.model.l1.W.data.copy()
        expected_W, _ = self.expect_update(self.model, data, 2)
        updater.update()
        self.assertEqual(calls, [(3, -1), (3, -1)])
        testing.assert_allclose(
            self.model.l1.W.data - W, 2 * (expected_W - W), 1e-6, 1e-5)

    def test_observations(self):
        updater = self.make_updater(
            make_data(6), devices={'main': -1, 'second': -1})
        trainer = training.Trainer(updater)
        with trainer.reporter.scope(trainer.observation):
            updater.update()
        self.assertEqual(
            set(trainer.observation),
            {'main/loss', 'main/l1/inner', 'second/loss', 'second/l1/inner'})

    def test_load(self):
        data = make_data(18)
        updater = self.make_updater(data)
        updater.update()
        target = {}
        serializers.DictionarySerializer(target).save(updater)
        target = {key: array.copy() for key, array in target.items()}
        updater.update()
        expected = self.model

        resumed = self.make_updater(data, Regressor())
        serializers.NpzDeserializer(target).load(resumed)
        for model in resumed._models.values():
            numpy.testing.assert_array_equal(
                model.l1.W.data, target['model:main/l1/W'])
        resumed.update()
        numpy.testing.assert_array_equal(
            self.model.l1.W.data, expected.l1.W.data)

    def test_neither_models_nor_devices(self):
        with self.assertRaisesRegex(ValueError, 'models or devices'):
            self.make_updater(make_data(6), models=None)

    def test_no_main_device(self):
        with self.assertRaisesRegex(KeyError, "'main'.*'x'"):
            self.make_updater(make_data(6), devices={'x': -1})

    def test_no_main_model(self):
        with self.assertRaisesRegex(KeyError, "'main'.*'x'"):
            self.make_updater(make_data(6), models={'x': Regressor()})

    def test_main_model_is_not_the_target(self):
        with self.assertRaisesRegex(ValueError, 'set up with'):
            self.make_updater(make_data(6), models={'main': Regressor()})

    def test_missing_device(self):
        model = Regressor()
        with self.assertRaisesRegex(KeyError, "device.*'x'"):
            self.make_updater(
                make_data(6), model, devices={'main': -1},
                models={'main': model, 'x': Regressor()})
