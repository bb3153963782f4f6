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
import chainer.functions as F
from chainer import datasets
from chainer.testing import attr

DIRECTORY = pathlib.Path(__file__).resolve().parents[3] / 'examples' / 'dcgan'
SCRIPT = str(DIRECTORY / 'train_dcgan.py')
EPOCHS = 2
ITERATIONS = 60  # of an epoch

# Runs the script on the first of the images only.
FEW = '''
import os, runpy, sys
from chainer import datasets
get = datasets.get_digits
datasets.get_digits = lambda **kwargs: [x[:3000] for x in get(**kwargs)]
sys.path.insert(0, os.path.dirname(sys.argv[1]))
del sys.argv[0]
runpy.run_path(sys.argv[0], run_name='__main__')
'''


def load(name):
    """Imports a script of the example, which is in no package."""
    with mock.patch.object(sys, 'path', [str(DIRECTORY), *sys.path]), \
            mock.patch.dict(sys.modules):
        for each in 'net', 'updater', 'visualize':
            sys.modules.pop(each, None)
        return __import__(name)


class TestTrainDCGAN(unittest.TestCase):

    device = '-1'

    @classmethod
    def setUpClass(cls):
        directory = tempfile.TemporaryDirectory()
        cls.addClassCleanup(directory.cleanup)
        cls.directory = directory.name
        cls.whole = cls.run_script('whole')

    @classmethod
    def run_script(cls, out, *arguments):
        out = os.path.join(cls.directory, out)
        environ = dict(os.environ, CHAINER_DATASET_ROOT=os.path.join(
            cls.directory, 'dataset'))
        result = subprocess.run(
            [sys.executable, '-W', 'error', '-W',
             'ignore:the device is the CPU', '-c', FEW, SCRIPT, '--channels',
             '16', '--epoch', str(EPOCHS), '--n_hidden', '30', '--gpu',
             cls.device, '--out', out, *arguments],
            env=environ, capture_output=True, text=True, timeout=300)
        assert result.returncode == 0, result.stderr
        return out

    def path(self, epoch):
        return os.path.join(self.whole, 'preview',
                            f'image{epoch * ITERATIONS:0>8}.png')

    def log(self, out):
        with open(os.path.join(out, 'log')) as f:
            return json.load(f)

    def test_images_are_like_digits(self):
        mean_digit = datasets.get_digits(withlabel=False)[1].mean(axis=0)
        for epoch in range(1, EPOCHS + 1):
            with Image.open(self.path(epoch)) as image:
                self.assertEqual(image.size, (280, 280))
                sheet = np.asarray(image) / 255
        digits = sheet.reshape(10, 28, 10, 28).swapaxes(1, 2).reshape(100, 784)
        correlation, = np.corrcoef(digits.mean(axis=0), mean_digit)[:1, 1]
        self.assertGreater(correlation, 0.6)
        # They are not all the same.
        self.assertGreater(digits.std(axis=0).mean(), 0.05)
        self.assertEqual(len(os.listdir(os.path.dirname(self.path(1)))),
                         EPOCHS)

    def test_log(self):
        log = self.log(self.whole)
        self.assertEqual([entry['iteration'] for entry in log],
                         [ITERATIONS, 2 * ITERATIONS])
        for entry in log:
            # Better than to guess, which takes log 2 for each of two images
            self.assertLess(entry['dis/loss'], 2 * np.log(2))
            self.assertGreater(entry['gen/loss'], 0)
        with Image.open(os.path.join(self.whole, 'loss.png')) as image:
            self.assertEqual(image.format, 'PNG')

    def test_resumed_is_as_never_stopped(self):
        half = self.run_script('half', '--epoch', '1')
        resumed = self.run_script(
            'resumed', '--resume', os.path.join(half, 'snapshot'))
        self.assertEqual(self.log(resumed), self.log(self.whole))

    def test_generator_is_saved(self):
        net, visualize = load('net'), load('visualize')
        gen = net.Generator(30, ch=16)
        chainer.serializers.load_npz(os.path.join(self.whole, 'gen.npz'), gen)
        trainer = mock.Mock()
        trainer.out = os.path.join(self.directory, 'again')
        trainer.updater.iteration = 7
        visualize.out_generated_image(gen, 10, 10, 0, 'sheets')(trainer)
        with Image.open(os.path.join(
                trainer.out, 'sheets', 'image00000007.png')) as image, \
                Image.open(self.path(EPOCHS)) as expected:
            np.testing.assert_allclose(
                np.asarray(image, float), np.asarray(expected), atol=2)


@attr.gpu
class TestTrainDCGANOnDevice(TestTrainDCGAN):

    device = '0'


class TestUpdater(unittest.TestCase):

    def setUp(self):
        net = load('net')
        self.gen = net.Generator(5, ch=4)
        self.dis = net.Discriminator(ch=4)
        optimizers = {'gen': chainer.optimizers.SGD(1),
                      'dis': chainer.optimizers.SGD(1)}
        optimizers['gen'].setup(self.gen)
        optimizers['dis'].setup(self.dis)
        self.x = np.random.uniform(0, 1, (3, 1, 28, 28)).astype(np.float32)
        self.updater = load('updater').DCGANUpdater(
            chainer.iterators.SerialIterator(self.x, 3, shuffle=False),
            optimizers)

    def expected(self, link, loss):
        """Returns what one step down the slope of a loss makes of a link."""
        self.gen.cleargrads()
        self.dis.cleargrads()
        loss.backward()
        return {name: param.data - param.grad
                for name, param in link.namedparams()}

    def test_update(self):
        z = self.gen.make_hidden(3)

        def loss(x, sign):
            y = F.sigmoid(sign * self.dis(x))
            return F.sum(-F.log(y)) / 3

        fake = self.gen(chainer.Variable(z))
        # The generator wants its images to have high scores, ...
        gen = self.expected(self.gen, loss(fake, 1))
        # ... the discriminator wants only real images to have them.
        dis = self.expected(self.dis, loss(
            chainer.Variable(self.x), 1) + loss(
                chainer.Variable(fake.data), -1))
        with mock.patch.object(self.gen, 'make_hidden', return_value=z):
            self.updater.update()
        for link, expected in (self.gen, gen), (self.dis, dis):
            for name, param in link.namedparams():
                np.testing.assert_allclose(
                    param.data, expected[name], rtol=1e-4, atol=1e-5,
                    err_msg=name)


class TestWithoutPillow(unittest.TestCase):

    def test_images_are_arrays(self):
        visualize = load('visualize')
        pixels = np.arange(12, dtype=np.uint8).reshape(3, 4)
        with tempfile.TemporaryDirectory() as directory, \
                mock.patch.object(visualize, 'Image', None):
            path = os.path.join(directory, 'image')
            visualize.save_image(pixels, path)
            np.testing.assert_array_equal(np.load(path + '.npy'), pixels)
