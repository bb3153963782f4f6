import argparse
import contextlib
import io
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest
from unittest import mock

import numpy as np
from PIL import Image

import chainer
from chainer.testing import attr

DIRECTORY = (pathlib.Path(__file__).resolve().parents[3] /
             'examples' / 'imagenet')
ARCHS = 'alex', 'googlenet', 'googlenetbn', 'nin', 'resnet50'


def load(name):
    """Imports a script of the example, which is in no package."""
    with mock.patch.object(sys, 'path', [str(DIRECTORY), *sys.path]), \
            mock.patch.dict(sys.modules):
        for each in ARCHS:
            sys.modules.pop(each, None)
        return __import__(name)


class ScriptsTestCase(unittest.TestCase):

    @classmethod
    def setUpClass(cls):
        directory = tempfile.TemporaryDirectory()
        cls.addClassCleanup(directory.cleanup)
        cls.directory = directory.name
        cls.run_script('make_images.py', '--n_train', '8', '--n_val', '4')
        cls.run_script('compute_mean.py', 'images/train.txt', '-R', 'images')

    @classmethod
    def path(cls, *names):
        return os.path.join(cls.directory, *names)

    @classmethod
    def run_script(cls, name, *arguments):
        result = subprocess.run(
            [sys.executable, '-W', 'error', '-W',
             'ignore:the device is the CPU', str(DIRECTORY / name),
             *arguments],
            capture_output=True, text=True, timeout=300, cwd=cls.directory)
        assert result.returncode == 0, result.stderr
        return result.stdout

    def train(self, *arguments):
        return self.run_script(
            'train_imagenet.py', 'images/train.txt', 'images/val.txt', '-R',
            'images', '-B', '4', '-b', '3', '-j', '1', '--seed', '0',
            *arguments)


class TestImages(ScriptsTestCase):

    def pixels(self, name):
        with Image.open(self.path('images', name)) as image:
            return np.asarray(image, np.float64).transpose(2, 0, 1)

    def test_lists(self):
        for name, n in ('train', 8), ('val', 4):
            with open(self.path('images', name + '.txt')) as f:
                lines = [line.split() for line in f]
            self.assertEqual([int(label) for _, label in lines],
                             [i % 4 for i in range(n)])
            for path, _ in lines:
                self.assertEqual(self.pixels(path).shape, (3, 256, 256))
        self.assertEqual(lines[2][0], 'val/triangle2.png')

    def test_mean(self):
        with open(self.path('images', 'train.txt')) as f:
            images = [self.pixels(line.split()[0]) for line in f]
        mean = np.load(self.path('mean.npy'))
        self.assertEqual(mean.dtype, np.float32)
        np.testing.assert_allclose(mean, np.mean(images, axis=0), rtol=1e-5)

    def test_shapes(self):
        make_images = load('make_images')
        y, x = np.mgrid[-1:1:100j, -1:1:100j]
        shapes = [make_images.shape(i, x, y) for i in range(4)]
        # They are mirrored in training, and have enough pixels.
        for shape in shapes:
            np.testing.assert_array_equal(shape, shape[:, ::-1])
            self.assertGreater(shape.mean(), 0.3)
        for i in range(4):
            for j in range(i):
                self.assertGreater((shapes[i] ^ shapes[j]).mean(), 0.05)

    def test_preprocessing(self):
        script = load('train_imagenet')
        mean = np.random.uniform(0, 255, (3, 256, 256)).astype(np.float32)

        def dataset(**kwargs):
            return script.PreprocessedDataset(
                self.path('images', 'val.txt'), self.path('images'), mean,
                250, **kwargs)

        whole = (self.pixels('val/square1.png') - mean) / 255
        image, label = dataset(random=False)[1]
        self.assertEqual(label, 1)
        np.testing.assert_allclose(image, whole[:, 3:253, 3:253], atol=1e-6)
        # All are crops of the image or of its mirror image.
        crops = {}
        for flip in 1, -1:
            for top in range(7):
                for left in range(7):
                    crop = whole[:, top:top + 250, left:left + 250]
                    crops[flip, top, left] = crop[0, :, ::flip]
        found = set()
        train = dataset()
        for _ in range(20):
            image, label = train[1]
            found.add([key for key, crop in crops.items() if np.allclose(
                crop, image[0], atol=1e-5)][0])
        self.assertGreater(len(found), 10)
        self.assertEqual({key[0] for key in found}, {1, -1})

    def test_images_are_made_if_none_are_given(self):
        script = load('train_imagenet')
        args = argparse.Namespace(out=self.path('made'))
        stdout = io.StringIO()
        with mock.patch.dict(script.N_MADE, train=4, val=2), \
                contextlib.redirect_stdout(stdout), \
                contextlib.redirect_stderr(io.StringIO()):
            script.use_made_images(args)
            self.assertIn('makes some', stdout.getvalue())
            first = os.stat(args.mean).st_mtime_ns
            script.use_made_images(args)  # they are there
        self.assertEqual(os.stat(args.mean).st_mtime_ns, first)
        self.assertEqual(np.load(args.mean).shape, (3, 256, 256))
        for path, n in (args.train, 4), (args.val, 2):
            dataset = chainer.datasets.LabeledImageDataset(path, args.root)
            self.assertEqual([label for _, label in dataset],
                             list(range(n)))

    def test_one_list_is_not_enough(self):
        with self.assertRaisesRegex(AssertionError, 'none for validation'):
            self.run_script('train_imagenet.py', 'images/train.txt')

    def test_image_that_is_too_small(self):
        dataset = load('train_imagenet').PreprocessedDataset(
            self.path('images', 'val.txt'), self.path('images'), np.zeros(1),
            257)
        with self.assertRaisesRegex(ValueError, '256x256.*takes 257'):
            dataset[0]


class TestTraining(ScriptsTestCase):

    device = '-1'

    def test_two_updates(self):
        stdout = self.train(
            '--test', '--arch', 'nin', '--gpu', self.device)
        self.assertIn('validation/main/accuracy', stdout)
        with open(self.path('result', 'log')) as f:
            entry, = json.load(f)
        self.assertEqual(entry['iteration'], 2)
        for name in 'main', 'validation/main':
            # What guessing among 1000 classes gives is 6.9.
            self.assertTrue(0 < entry[name + '/loss'] < 10)
            self.assertTrue(0 <= entry[name + '/accuracy'] <= 1)
        for name in 'loss.png', 'accuracy.png', 'snapshot_iter_2':
            self.assertTrue(os.path.exists(self.path('result', name)), name)
        with np.load(self.path('result', 'model_iter_2')) as arrays:
            self.assertEqual(arrays['mlpconv4/2/W'].shape[0], 1000)


@attr.gpu
class TestTrainingOnDevice(TestTraining):

    device = '0'


class TestArchitectures(unittest.TestCase):

    def check(self, arch, n_params):
        script = load('train_imagenet')
        model = script.ARCHS[arch]()
        size = model.insize
        x = np.random.normal(0, .3, (1, 3, size, size)).astype(np.float32)
        loss = model(chainer.Variable(x, volatile='on'), chainer.Variable(
            np.array([7], np.int32), volatile='on'))
        self.assertEqual(loss.data.shape, ())
        self.assertTrue(np.isfinite(loss.data))
        self.assertEqual(
            sum(param.data.size for param in model.params()), n_params)
        return model

    def test_alex(self):
        # The well-known 60,965,224, and the other halves of what is grouped
        # there in the second, fourth and fifth layer.
        self.check('alex', 60965224 + 128 * 48 * 25 * 2 +
                   192 * 192 * 9 * 2 + 128 * 192 * 9 * 2)

    def test_nin(self):
        # Weights and biases of four times three convolutions
        sizes = [(3 * 121, 96), (96, 96), (96, 96),
                 (96 * 25, 256), (256, 256), (256, 256),
                 (256 * 9, 384), (384, 384), (384, 384),
                 (384 * 9, 1024), (1024, 1024), (1024, 1000)]
        self.check('nin', sum((n + 1) * m for n, m in sizes))

    def test_resnet50(self):
        self.check('resnet50', 25557032)  # as it is known

    def test_googlenet(self):
        # 6,998,552 as it is known, and two classifiers in the middle
        auxiliary = sum([
            (n + 1) * m for n, m in
            [(512, 128), (528, 128)] + 2 * [(2048, 1024), (1024, 1000)]])
        self.check('googlenet', 6998552 + auxiliary)

    def test_googlenetbn(self):
        # From the table of the paper: what goes in, the paths of 1x1, 3x3
        # and twice 3x3 filters, and the projection after pooling
        modules = [(192, 64, 64, 64, 64, 96, 32),
                   (256, 64, 64, 96, 64, 96, 64),
                   (320, 0, 128, 160, 64, 96, 0),
                   (576, 224, 64, 96, 96, 128, 128),
                   (576, 192, 96, 128, 96, 128, 128),
                   (576, 160, 128, 160, 128, 160, 96),
                   (576, 96, 128, 192, 160, 192, 96),
                   (576, 0, 128, 192, 192, 256, 0),
                   (1024, 352, 192, 320, 160, 224, 128),
                   (1024, 352, 192, 320, 192, 224, 128)]
        # Inputs and outputs of convolutions, which batch normalization with
        # two parameters a channel follows
        layers = [(3 * 49, 64), (64 * 9, 192)]
        for n, out1, proj3, out3, proj33, out33, pool in modules:
            layers += [(n, out1), (n, proj3), (proj3 * 9, out3), (n, proj33),
                       (proj33 * 9, out33), (out33 * 9, out33), (n, pool)]
        layers += 2 * [(576, 128), (2048, 1024)]
        model = self.check('googlenetbn', sum(
            (n + 2) * m for n, m in layers) + 3 * 1025 * 1000)
        for train in True, False:
            model.train = train
            for name in 'inc3a', 'inc5b':
                self.assertEqual(model[name].train, train)


class TestEvaluator(unittest.TestCase):

    def test_network_does_not_train(self):
        class Network(chainer.Chain):
            train = True

            def __call__(self, x):
                chainer.report({'train': self.train}, self)

        model = Network()
        evaluator = load('train_imagenet').TestModeEvaluator(
            chainer.iterators.SerialIterator(
                np.zeros((3, 1)), 1, repeat=False), model)
        self.assertEqual(evaluator()['main/train'], 0)
        self.assertTrue(model.train)
