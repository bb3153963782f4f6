"""Training on one device and on several, resumed elsewhere, and repeated."""
import json
import os
import random
import tempfile
import unittest

import numpy

import chainer
import chainer.functions as F
import chainer.links as L
from chainer import cuda, serializers, training
from chainer.testing import attr
from chainer.training import extensions


class Net(chainer.Chain):

    def __init__(self, n_in=4, ratio=None):
        super(Net, self).__init__(l1=L.Linear(n_in, 8), l2=L.Linear(8, 3))
        self.ratio = ratio

    def __call__(self, x):
        h = F.tanh(self.l1(x))
        if self.ratio is not None:
            h = F.dropout(h, self.ratio)
        return self.l2(h)


def make_data(n):
    state = numpy.random.RandomState(0)
    x = state.randn(n, 4).astype('f')
    return [(each, numpy.int32(each[:3].argmax())) for each in x]


def arrays_of(model):
    return {name: cuda.to_cpu(param.data)
            for name, param in model.namedparams()}


def assert_same(test, arrays, expected, **tolerance):
    test.assertEqual(sorted(arrays), sorted(expected))
    for name, array in arrays.items():
        if tolerance:
            numpy.testing.assert_allclose(
                array, expected[name], err_msg=name, **tolerance)
        else:
            numpy.testing.assert_array_equal(
                array, expected[name], err_msg=name)


def grads_of(model):
    return {name: cuda.to_cpu(param.grad)
            for name, param in model.namedparams()}


NAMES = 'main', 'second', 'third', 'fourth'


@attr.multi_gpu(4)
class TestParallelUpdater(unittest.TestCase):

    def make(self, devices, optimizer=None, n_in=4, **kwargs):
        numpy.random.seed(0)
        model = L.Classifier(Net(n_in))
        optimizer = optimizer or chainer.optimizers.SGD(0.1)
        optimizer.setup(model)
        iterator = chainer.iterators.SerialIterator(
            make_data(24), 8, shuffle=False)
        return training.ParallelUpdater(
            iterator, optimizer,
            devices=dict(zip(NAMES, devices)), **kwargs), model

    def single(self):
        updater, model = self.make([-1])
        optimizer = updater.get_optimizer('main')
        return training.StandardUpdater(
            updater.get_iterator('main'), optimizer), model

    def test_gradient_is_that_of_one_device(self):
        single, model = self.single()
        single.update()
        expected = grads_of(model)
        for devices in ([0, 1], [1, 0], [0, 1, 2, 3], [2], [-1, 0],
                        [0, -1, 3]):
            updater, model = self.make(devices)
            updater.update()
            k = len(devices)
            # Parts of one size: k times the mean of the whole batch. For
            # parts of 3, 3 and 2 examples it is not a multiple.
            if 8 % k == 0:
                assert_same(self, {
                    name: grad / k for name, grad in
                    grads_of(model).items()}, expected,
                    rtol=1e-5, atol=1e-6)
            self.assertEqual(cuda.Device().id, 0)

    def test_parts_of_different_sizes(self):
        _, whole = self.single()
        expected = {}
        for i in range(3):
            whole.cleargrads()
            whole(*chainer.dataset.concat_examples(
                make_data(24)[:8][i::3])).backward()
            for name, grad in grads_of(whole).items():
                expected[name] = expected.get(name, 0) + grad
        updater, model = self.make([0, 1, 2])
        updater.update()
        assert_same(self, grads_of(model), expected, rtol=1e-5, atol=1e-6)

    def test_training(self):
        single, expected = self.single()
        single.get_optimizer('main').lr *= 2
        for _ in range(10):
            single.update()
        updater, model = self.make([0, 1])
        for _ in range(10):
            updater.update()
        assert_same(self, arrays_of(model), arrays_of(expected),
                    rtol=1e-3, atol=1e-5)

    def test_models_stay_equal_and_where_they_are(self):
        for n_in in (4, None):
            updater, model = self.make(
                [3, 1, 0, 2], chainer.optimizers.Adam(), n_in)
            for _ in range(3):
                updater.update()
                for name, device in zip(NAMES, (3, 1, 0, 2)):
                    each = updater._models[name]
                    for param in each.params():
                        self.assertEqual(param.data.device.id, device)
                    assert_same(self, arrays_of(each), arrays_of(model))
            for state in updater.get_optimizer('main')._states.values():
                self.assertEqual(state['m'].device.id, 3)

    def test_model_that_is_on_a_device_already(self):
        numpy.random.seed(0)
        model = L.Classifier(Net()).to_gpu(0)
        optimizer = chainer.optimizers.SGD(0.1)
        optimizer.setup(model)
        updater = training.ParallelUpdater(
            chainer.iterators.SerialIterator(make_data(24), 8), optimizer,
            devices={'main': 0, 'second': 1})
        updater.update()
        for param in updater._models['second'].params():
            self.assertEqual(param.data.device.id, 1)

    def test_given_models(self):
        numpy.random.seed(0)
        model = L.Classifier(Net())
        other = model.copy()
        model.to_gpu(0)
        other.to_gpu(1)
        optimizer = chainer.optimizers.SGD(0.1)
        optimizer.setup(model)
        updater = training.ParallelUpdater(
            chainer.iterators.SerialIterator(
                make_data(24), 8, shuffle=False),
            optimizer, models={'main': model, 'other': other},
            devices={'main': 0, 'other': 1})
        updater.update()
        expected, model_of_devices = self.make([0, 1])
        expected.update()
        assert_same(self, arrays_of(model), arrays_of(model_of_devices))
        assert_same(self, arrays_of(other), arrays_of(model))

    def test_device_of_the_model_is_current(self):
        seen = []

        def loss(x, t):
            seen.append((cuda.Device().id, x.data.device.id))
            return F.sum(x) * 0

        updater, model = self.make([1, 0, 2], loss_func=loss)
        updater.update()
        self.assertEqual(seen, [(1, 1), (0, 0), (2, 2)])

    def test_snapshot(self):
        for devices, others in (([0, 1], [-1]), ([-1], [1, 2]),
                                ([0, 1], [3, 2])):
            for n_in in (4, None):
                first, _ = self.make(
                    devices, chainer.optimizers.Adam(), n_in)
                first.update()
                saved = serializers.DictionarySerializer()
                saved.save(first)
                second, model = self.make(
                    others, chainer.optimizers.Adam(), n_in)
                serializers.NpzDeserializer(saved.target).load(second)
                self.assertEqual(second.iteration, 1)
                second.update()
                for name, device in zip(NAMES, others):
                    for param in second._models[name].params():
                        self.assertEqual(
                            int(cuda.get_device(param.data)), device)
                    assert_same(self, arrays_of(second._models[name]),
                                arrays_of(model))


class TrainingTestCase(unittest.TestCase):

    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.directory = directory.name
        self.addCleanup(random.setstate, random.getstate())
        self.addCleanup(cuda.cupy.random.reset_states)

    def make_trainer(self, out, devices, seed, ratio, optimizer=None):
        """Makes everything anew, as a new process would."""
        numpy.random.seed(seed)
        random.seed(seed)
        cuda.cupy.random.reset_states()
        model = L.Classifier(Net(ratio=ratio))
        optimizer = optimizer or chainer.optimizers.Adam(0.05)
        optimizer.setup(model)
        optimizer.add_hook(chainer.optimizer.GradientNoise(0.001))
        train = chainer.iterators.SerialIterator(make_data(40), 8)
        if len(devices) == 1:
            updater = training.StandardUpdater(
                train, optimizer, device=devices[0])
        else:
            updater = training.ParallelUpdater(
                train, optimizer, devices=dict(zip(NAMES, devices)))
        trainer = training.Trainer(
            updater, (4, 'epoch'), os.path.join(self.directory, out))
        trainer.extend(extensions.Evaluator(
            chainer.iterators.SerialIterator(
                make_data(12), 5, repeat=False, shuffle=False),
            model, device=devices[0]))
        trainer.extend(extensions.snapshot(), trigger=(3, 'iteration'))
        trainer.extend(extensions.LogReport(trigger=(2, 'iteration')))
        return trainer, model

    def run_trainer(self, out, devices, resume=None, seed=0, **kwargs):
        trainer, model = self.make_trainer(
            out, devices, seed, **dict({'ratio': 0.5}, **kwargs))
        if resume is not None:
            serializers.load_npz(self.path(resume), trainer)
        trainer.run()
        self.assertEqual(
            int(cuda.get_device(model.predictor.l1.W.data)), devices[0])
        return arrays_of(model)

    def path(self, *names):
        return os.path.join(self.directory, *names)

    def log(self, out):
        with open(self.path(out, 'log')) as file:
            return json.load(file)


@attr.multi_gpu(4)
class TestDeterminism(TrainingTestCase):

    def test_twice_the_same(self):
        for devices in ([0], [2], [0, 1], [0, 1, 2, 3]):
            first = self.run_trainer('first', devices)
            second = self.run_trainer('second', devices)
            assert_same(self, first, second)
            other = self.run_trainer('other', devices, seed=1)
            self.assertFalse((
                first['/predictor/l1/W'] == other['/predictor/l1/W']).all())

    def test_learns(self):
        for devices in ([0], [0, 1]):
            out = f'learns{len(devices)}'
            self.run_trainer(out, devices, ratio=0.1)
            log = self.log(out)
            self.assertLess(log[-1]['main/loss'], log[0]['main/loss'])


@attr.multi_gpu(2)
class TestResume(TrainingTestCase):

    def test_resumed_is_as_never_stopped(self):
        for devices in ([0], [1], [0, 1]):
            whole = self.run_trainer('whole', devices)
            for iteration in (3, 9, 15):
                snapshot = os.path.join('whole', f'snapshot_iter_{iteration}')
                # The random numbers of devices, used by dropout and noise,
                # go on where they were.
                resumed = self.run_trainer(
                    'resumed', devices, snapshot, seed=1)
                assert_same(self, resumed, whole)
                self.assertEqual(self.log('resumed'), self.log('whole'))

    def test_elsewhere(self):
        places = [-1], [0], [1], [0, 1]
        for start in places:
            # Without random numbers, which devices draw in their own way.
            self.make_trainer_without_noise(f'whole{start}', start)
        for start in places:
            for end in places:
                if len(start) != len(end):
                    continue   # the sum of two gradients is another step
                snapshot = os.path.join(f'whole{start}', 'snapshot_iter_9')
                self.make_trainer_without_noise('resumed', end, snapshot)
                self.assert_close(f'whole{end}', 'resumed')

    def make_trainer_without_noise(self, out, devices, resume=None):
        trainer, model = self.make_trainer(
            out, devices, 0, None, chainer.optimizers.MomentumSGD(0.05))
        trainer.updater.get_optimizer('main').remove_hook('GradientNoise')
        if resume is not None:
            serializers.load_npz(self.path(resume), trainer)
        trainer.run()
        self.assertEqual(
            int(cuda.get_device(model.predictor.l1.W.data)), devices[0])

    def assert_close(self, out, other):
        log, other_log = self.log(out), self.log(other)
        self.assertEqual(len(log), len(other_log))
        for entry, other_entry in zip(log, other_log):
            self.assertEqual(entry.keys(), other_entry.keys())
            for key, value in entry.items():
                self.assertAlmostEqual(value, other_entry[key], places=3)
        name = 'snapshot_iter_18'
        with numpy.load(self.path(out, name)) as arrays, numpy.load(
                self.path(other, name)) as others:
            self.assertEqual(sorted(arrays.files), sorted(others.files))
            for key in arrays.files:
                if arrays[key].dtype.kind == 'f':
                    numpy.testing.assert_allclose(
                        arrays[key], others[key], rtol=1e-3, atol=1e-4,
                        err_msg=key)

    def test_parallel_and_single(self):
        for start, end in (([0, 1], [-1]), ([-1], [0, 1]), ([1], [1, 0])):
            self.run_trainer('start', start)
            self.run_trainer('end', end, os.path.join(
                'start', 'snapshot_iter_9'))
            self.assertEqual(self.log('end')[:4], self.log('start')[:4])
            self.assertEqual(self.log('end')[-1]['iteration'], 20)


@attr.gpu
class TestStandardUpdater(unittest.TestCase):

    def test_batch_and_model_go_to_the_device(self):
        model = L.Classifier(Net())
        optimizer = chainer.optimizers.SGD()
        optimizer.setup(model)
        updater = training.StandardUpdater(
            chainer.iterators.SerialIterator(make_data(8), 4), optimizer,
            device=0)
        self.assertIsInstance(model.predictor.l1.W.data, cuda.ndarray)
        updater.update()
        self.assertIsInstance(model.y.data, cuda.ndarray)

    def test_model_on_a_device_and_batch_of_the_host(self):
        model = L.Classifier(Net()).to_gpu()
        optimizer = chainer.optimizers.SGD()
        optimizer.setup(model)
        updater = training.StandardUpdater(
            chainer.iterators.SerialIterator(make_data(8), 4), optimizer)
        with self.assertRaisesRegex(TypeError, 'x is in host memory'):
            updater.update()
