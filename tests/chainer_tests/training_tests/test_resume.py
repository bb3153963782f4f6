"""A training that is resumed must equal one that was never stopped."""
import functools
import glob
import json
import os
import random
import shutil
import tempfile
import unittest

import numpy

import chainer
import chainer.functions as F
import chainer.links as L
from chainer import serializers, training
from chainer.training import extensions, triggers


class Net(chainer.Chain):

    def __init__(self, n_in):
        super().__init__(l1=L.Linear(n_in, 5), l2=L.Linear(5, 2))

    def __call__(self, x):
        h = F.dropout(F.tanh(self.l1(x)))
        if random.random() < 0.5:
            chainer.report({'sometimes': F.sum(h)}, self)
        return self.l2(h)


def make_data(seed, n):
    state = numpy.random.RandomState(seed)
    return [(state.randn(4).astype('f'), numpy.int32(state.randint(2)))
            for _ in range(n)]


def add_noise(batch, device):
    x, t = chainer.dataset.concat_examples(batch, device)
    return x + numpy.random.normal(0, 0.1, x.shape).astype('f'), t


class ResumeTestCase(unittest.TestCase):
    """Three epochs of ten examples, with a snapshot in each iteration.

    The second training starts from other random parameters, in another order
    of the examples, and loads one of the snapshots.
    """

    n_in = 4
    batch_size = 3
    save = staticmethod(
        functools.partial(serializers.save_npz, compression=False))
    load = staticmethod(serializers.load_npz)

    def setUp(self):
        self.directory = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.directory)
        state = random.getstate()
        self.addCleanup(random.setstate, state)

    def make_optimizer(self):
        return chainer.optimizers.Adam(0.05)

    def make_updater(self, iterator):
        return training.StandardUpdater(
            iterator, self.optimizer, converter=add_noise)

    def make_trainer(self, out, seed):
        """Makes everything anew, as a new process would."""
        numpy.random.seed(seed)
        random.seed(seed)
        self.model = L.Classifier(Net(self.n_in))
        self.optimizer = self.make_optimizer()
        self.optimizer.setup(self.model)
        self.updater = self.make_updater(chainer.iterators.SerialIterator(
            make_data(0, 10), self.batch_size))
        trainer = training.Trainer(
            self.updater, (3, 'epoch'), os.path.join(self.directory, out))
        self.extend(trainer)
        return trainer

    def extend(self, trainer):
        trainer.extend(extensions.Evaluator(
            chainer.iterators.SerialIterator(
                make_data(1, 5), 2, repeat=False, shuffle=False),
            self.model))
        trainer.extend(extensions.dump_graph('main/loss'))
        trainer.extend(extensions.LogReport(trigger=(4, 'iteration')))
        trainer.extend(
            extensions.LogReport(log_name='epochs'), name='epochs')

    def run_straight(self):
        trainer = self.make_trainer('straight', 0)
        trainer.extend(extensions.snapshot(self.save),
                       trigger=(1, 'iteration'))
        trainer.run()
        return self.result(trainer)

    def run_resumed(self, iteration):
        trainer = self.make_resumed(iteration, 'straight')
        trainer.run()
        return self.result(trainer)

    def make_resumed(self, iteration, directory):
        trainer = self.make_trainer(f'resumed_{iteration}', 1)
        self.load(os.path.join(
            self.directory, directory, f'snapshot_iter_{iteration}'), trainer)
        self.assertEqual(self.updater.iteration, iteration)
        return trainer

    def result(self, trainer):
        """Everything that the training ended with."""
        arrays = {}
        serializers.DictionarySerializer(arrays).save(self.model)
        serializers.DictionarySerializer(arrays, 'o').save(self.optimizer)
        result = {key: array.tobytes() for key, array in arrays.items()}
        result['iteration'] = self.updater.iteration
        result['random'] = numpy.random.rand(), random.random()
        for name in 'LogReport', 'epochs':
            result[name] = json.dumps(trainer.get_extension(name).log)
        return result

    def check_resume(self):
        expected = self.run_straight()
        for iteration in range(1, expected['iteration'] + 1):
            self.assertEqual(self.run_resumed(iteration), expected)


class TestResume(ResumeTestCase):

    def test_resume(self):
        self.check_resume()

    def test_there_is_something_to_compare(self):
        result = self.run_straight()
        self.assertEqual(result['iteration'], 10)
        log = json.loads(result['LogReport'])
        self.assertEqual([entry['iteration'] for entry in log], [4, 8])
        log = json.loads(result['epochs'])
        self.assertEqual([entry['iteration'] for entry in log], [4, 7, 10])
        for entry in log:
            self.assertLessEqual(
                {'main/loss', 'main/accuracy', 'main/predictor/sometimes',
                 'validation/main/loss', 'validation/main/accuracy'},
                set(entry))

    def test_resume_twice(self):
        expected = self.run_straight()
        trainer = self.make_resumed(2, 'straight')
        trainer.extend(extensions.snapshot(self.save),
                       trigger=(1, 'iteration'))
        trainer.run()
        for iteration in 3, 5:
            trainer = self.make_resumed(iteration, 'resumed_2')
            trainer.run()
            self.assertEqual(self.result(trainer), expected)

    def test_snapshots_disturb_nothing(self):
        trainer = self.make_trainer('without_snapshots', 0)
        trainer.run()
        self.assertEqual(self.result(trainer), self.run_straight())

    def test_files(self):
        self.run_straight()
        self.run_resumed(5)
        self.assertEqual(
            {name for name in os.listdir(
                os.path.join(self.directory, 'straight'))
             if not name.startswith('snapshot')}, {'cg.dot', 'log', 'epochs'})
        self.assertEqual(
            set(os.listdir(os.path.join(self.directory, 'resumed_5'))),
            {'log', 'epochs'})
        for name in 'log', 'epochs':
            texts = []
            for run in 'straight', 'resumed_5':
                with open(os.path.join(self.directory, run, name)) as f:
                    texts.append(f.read())
            self.assertEqual(texts[0], texts[1])


class TestResumeWithUninitializedParameters(ResumeTestCase):

    n_in = None

    def test_resume(self):
        self.check_resume()


class TestResumeWithEpochsOfWholeBatches(ResumeTestCase):

    batch_size = 5

    def test_resume(self):
        self.check_resume()


class TestResumeInParallel(ResumeTestCase):

    batch_size = 4

    def make_updater(self, iterator):
        return training.ParallelUpdater(
            iterator, self.optimizer, converter=add_noise,
            devices={'main': -1, 'second': -1, 'third': -1})

    def test_resume(self):
        self.check_resume()


class TestResumeFromHDF5(ResumeTestCase):

    save = staticmethod(serializers.save_hdf5)
    load = staticmethod(serializers.load_hdf5)

    def test_resume(self):
        expected = self.run_straight()
        for iteration in 3, 4:
            self.assertEqual(self.run_resumed(iteration), expected)


class TestResumeWithShifts(ResumeTestCase):

    def make_optimizer(self):
        return chainer.optimizers.MomentumSGD(0.1)

    def extend(self, trainer):
        super().extend(trainer)
        trainer.extend(extensions.LinearShift('momentum', (0, 0.8), (2, 7)))
        # This one comes after the snapshot.
        trainer.extend(extensions.ExponentialShift('lr', 0.5),
                       trigger=(1, 'epoch'), priority=-200)
        trainer.extend(self.record_settings, priority=-300)
        self.settings = {}

    def record_settings(self, trainer):
        self.settings[trainer.updater.iteration] = (
            self.optimizer.lr, self.optimizer.momentum)

    def test_resume(self):
        self.check_resume()

    def test_settings(self):
        self.run_straight()
        expected = self.settings
        momenta = [0, 0, .16, .32, .48, .64, .8, .8, .8, .8]
        for i, momentum in enumerate(momenta, 1):
            # The epochs end after four, seven and ten iterations.
            lr = 0.1 * 0.5 ** ((i >= 4) + (i >= 7) + (i >= 10))
            self.assertAlmostEqual(expected[i][0], lr)
            self.assertAlmostEqual(expected[i][1], momentum)
        for iteration in 4, 5:
            self.run_resumed(iteration)
            self.assertEqual(self.settings, {
                i: expected[i] for i in range(iteration, 11)})


class TestResumeWithBestValues(ResumeTestCase):

    def extend(self, trainer):
        super().extend(trainer)
        self.fired = []
        for i, trigger in enumerate([
                triggers.MaxValueTrigger('main/loss', (2, 'iteration')),
                triggers.MinValueTrigger('main/loss', (3, 'iteration')),
                triggers.MaxValueTrigger('validation/main/loss')]):
            trainer.extend(self.make_recorder(i), trigger=trigger)

    def make_recorder(self, i):
        def record(trainer):
            self.fired.append((trainer.updater.iteration, i))
        return record

    def test_resume(self):
        self.run_straight()
        straight = self.fired
        self.assertEqual({i for _, i in straight}, {0, 1, 2})
        for iteration in range(1, 11):
            self.run_resumed(iteration)
            self.assertEqual(self.fired, [
                each for each in straight if each[0] > iteration])


class TestResumeWithOtherSettings(ResumeTestCase):

    def test_later_stop(self):
        expected = self.run_straight()
        trainer = self.make_trainer('first', 0)
        trainer.stop_trigger = training.get_trigger((1, 'epoch'))
        trainer.extend(extensions.snapshot(self.save))
        trainer.run()
        path, = glob.glob(os.path.join(trainer.out, 'snapshot*'))
        trainer = self.make_trainer('second', 1)
        self.load(path, trainer)
        trainer.run()
        self.assertEqual(self.result(trainer), expected)
