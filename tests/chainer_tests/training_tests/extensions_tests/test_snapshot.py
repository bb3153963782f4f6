import os
import shutil
import tempfile
import unittest
from unittest import mock

import numpy

import chainer
import chainer.links as L
from chainer import serializers, training
from chainer.training import extensions


class SnapshotTestCase(unittest.TestCase):

    def setUp(self):
        self.out = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.out)
        self.trainer = mock.Mock(out=self.out)
        self.trainer.updater.iteration = 7

    def path(self, name):
        return os.path.join(self.out, name)

    def write(self, name, text):
        with open(self.path(name), 'w') as f:
            f.write(text)

    def read(self, name):
        with open(self.path(name)) as f:
            return f.read()


class TestSnapshot(SnapshotTestCase):

    def test_settings(self):
        snapshot = extensions.snapshot()
        self.assertEqual(snapshot.trigger, (1, 'epoch'))
        self.assertEqual(snapshot.priority, -100)
        self.assertEqual(snapshot.default_name, 'snapshot')
        self.assertIs(snapshot.invoke_before_training, False)
        other = extensions.snapshot(trigger=(3, 'iteration'))
        self.assertEqual(other.trigger, (3, 'iteration'))

    def test_file(self):
        def save(path, obj):
            self.assertIs(obj, self.trainer)
            self.assertEqual(os.path.dirname(path), self.out)
            with open(path, 'w') as f:
                f.write('saved')

        extensions.snapshot(save)(self.trainer)
        extensions.snapshot(
            save, 'file {.updater.iteration}')(self.trainer)
        self.assertEqual(
            set(os.listdir(self.out)), {'snapshot_iter_7', 'file 7'})
        self.assertEqual(self.read('snapshot_iter_7'), 'saved')

    def test_old_file_is_there_until_the_new_one_is(self):
        def save(path, obj):
            self.write(os.path.basename(path), 'new')
            self.assertEqual(self.read('name'), 'old')

        self.write('name', 'old')
        extensions.snapshot(save, 'name')(self.trainer)
        self.assertEqual(self.read('name'), 'new')

    def test_failed_save_leaves_the_old_file(self):
        def save(path, obj):
            self.write(os.path.basename(path), 'half')
            raise OSError('disk full')

        self.write('name', 'old')
        with self.assertRaisesRegex(OSError, 'disk full'):
            extensions.snapshot(save, 'name')(self.trainer)
        self.assertEqual(os.listdir(self.out), ['name'])
        self.assertEqual(self.read('name'), 'old')

    def test_formats(self):
        model = chainer.Chain(l1=L.Linear(3, 2))
        optimizer = chainer.optimizers.Adam()
        optimizer.setup(model)
        updater = training.StandardUpdater(
            chainer.iterators.SerialIterator(numpy.zeros((4, 3), 'f'), 2),
            optimizer)
        trainer = training.Trainer(updater, out=self.out)
        updater.iteration = 5
        for save, load in [
                (serializers.save_npz, serializers.load_npz),
                (serializers.save_hdf5, serializers.load_hdf5)]:
            updater.iteration = 5
            extensions.snapshot(save)(trainer)
            self.assertEqual(os.listdir(self.out), ['snapshot_iter_5'])
            updater.iteration = 0
            load(self.path('snapshot_iter_5'), trainer)
            self.assertEqual(updater.iteration, 5)
            os.remove(self.path('snapshot_iter_5'))


class TestSnapshotObject(SnapshotTestCase):

    def test_settings(self):
        snapshot = extensions.snapshot_object(None, 'name')
        self.assertEqual(snapshot.trigger, (1, 'epoch'))
        self.assertEqual(snapshot.priority, -100)
        self.assertEqual(snapshot.default_name, 'snapshot_object')
        other = extensions.snapshot_object(
            None, 'name', trigger=(3, 'iteration'))
        self.assertEqual(other.trigger, (3, 'iteration'))

    def test_file(self):
        model = chainer.Chain(l1=L.Linear(3, 2))
        snapshot = extensions.snapshot_object(
            model, 'model_{.updater.iteration}')
        snapshot(self.trainer)
        self.assertEqual(os.listdir(self.out), ['model_7'])
        loaded = chainer.Chain(l1=L.Linear(3, 2))
        serializers.load_npz(self.path('model_7'), loaded)
        numpy.testing.assert_array_equal(
            loaded.l1.W.data, model.l1.W.data)

    def test_savefun(self):
        target = object()
        save = mock.Mock()
        extensions.snapshot_object(target, 'name', save)(self.trainer)
        (path, obj), _ = save.call_args
        self.assertIs(obj, target)
        self.assertEqual(os.path.dirname(path), self.out)

    def test_failed_save_leaves_the_old_file(self):
        self.write('name', 'old')
        snapshot = extensions.snapshot_object(
            None, 'name', mock.Mock(side_effect=OSError))
        with self.assertRaises(OSError):
            snapshot(self.trainer)
        self.assertEqual(os.listdir(self.out), ['name'])
        self.assertEqual(self.read('name'), 'old')
