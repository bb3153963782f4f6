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

DIRECTORY = pathlib.Path(__file__).resolve().parents[3] / 'examples' / 'vae'
SCRIPT = str(DIRECTORY / 'train_vae.py')
EPOCHS = 2


def load(name):
    """Imports a script of the example, which is in no package."""
    with mock.patch.object(sys, 'path', [str(DIRECTORY), *sys.path]), \
            mock.patch.dict(sys.modules):
        sys.modules.pop('net', None)
        return __import__(name)


class TestTrainVAE(unittest.TestCase):

    device = '-1'

    @classmethod
    def setUpClass(cls):
        directory = tempfile.TemporaryDirectory()
        cls.addClassCleanup(directory.cleanup)
        cls.directory = directory.name
        cls.whole = os.path.join(cls.directory, 'whole')
        cls.run_script('whole')

    @classmethod
    def run_script(cls, out, *arguments):
        out = os.path.join(cls.directory, out)
        environ = dict(os.environ, CHAINER_DATASET_ROOT=os.path.join(
            cls.directory, 'dataset'))
        result = subprocess.run(
            [sys.executable, '-W', 'error', '-W',
             'ignore:the device is the CPU', SCRIPT, '--unit', '50', '--dimz',
             '10', '--epoch', str(EPOCHS), '--batchsize', '100', '--seed', '0',
             '--gpu', cls.device, '--out', out, *arguments],
            env=environ, capture_output=True, text=True, timeout=300)
        assert result.returncode == 0, result.stderr
        return out

    def log(self, out):
        with open(os.path.join(out, 'log')) as f:
            return json.load(f)

    def test_learns(self):
        log = self.log(self.whole)
        self.assertEqual(len(log), EPOCHS)
        # At the start, each of the 784 pixels takes log 2 nats.
        self.assertLess(log[0]['validation/main/loss'], 300)
        self.assertLess(log[-1]['validation/main/loss'],
                        log[0]['validation/main/loss'] - 5)
        for entry in log:
            self.assertLess(entry['main/rec_loss'], entry['main/loss'])

    def test_images(self):
        sheets = {}
        for name in 'train_reconstructed', 'test_reconstructed', 'sampled':
            with Image.open(os.path.join(self.whole, name + '.png')) as image:
                self.assertEqual(image.size, (280, 280))
                sheets[name] = np.asarray(image) / 255
        for name in 'train_reconstructed', 'test_reconstructed':
            pairs = sheets[name].reshape(5, 2, 28, 280).swapaxes(0, 1)
            x, y = pairs.reshape(2, 50, -1)
            # More like the digits than their mean image is
            self.assertLess(((x - y) ** 2).mean(), x.var(axis=0).mean())
        # The samples begin to be darker at the border, as digits are.
        digits = sheets['sampled'].reshape(10, 28, 10, 28).swapaxes(1, 2)
        mean = digits.mean(axis=(0, 1))
        self.assertLess(mean[:3].mean(), mean[10:18, 10:18].mean() - 0.05)

    def test_curves(self):
        with Image.open(os.path.join(self.whole, 'loss.png')) as image:
            self.assertEqual(image.format, 'PNG')

    def test_resumed_is_as_never_stopped(self):
        half = self.run_script('half', '--epoch', '1')
        resumed = self.run_script(
            'resumed', '--resume', os.path.join(half, 'snapshot'))
        self.assertEqual(self.log(resumed), self.log(self.whole))

    def test_starts_from_a_model(self):
        model = os.path.join(self.whole, 'vae.model')
        again = self.run_script(
            'again', '--initmodel', model, '--epoch', '1')
        self.assertLess(self.log(again)[0]['main/loss'],
                        self.log(self.whole)[0]['main/loss'] - 50)


@attr.gpu
class TestTrainVAEOnDevice(TestTrainVAE):

    device = '0'


class TestNetwork(unittest.TestCase):

    def setUp(self):
        self.model = load('net').VAE(6, 2, 4)
        self.x = np.random.uniform(0, 1, (3, 6)).astype(np.float32)

    def loss(self, **settings):
        """Returns the loss, and that of the pixels, of almost sure codes."""
        self.model.le2_ln_var.W.data[...] = 0
        self.model.le2_ln_var.b.data[...] = -30
        reporter = chainer.Reporter()
        reporter.add_observer('main', self.model)
        with reporter:
            loss = self.model.get_loss_func(**settings)(
                chainer.Variable(self.x))
        observed = reporter.observation
        self.assertEqual(observed['main/loss'].data, loss.data)
        return float(loss.data), float(observed['main/rec_loss'].data)

    def test_loss(self):
        mu, _ = self.model.encode(chainer.Variable(self.x))
        p = self.model(chainer.Variable(self.x)).data
        rec_loss = -(self.x * np.log(p) +
                     (1 - self.x) * np.log(1 - p)).sum() / 3
        kl_loss = ((mu.data ** 2).sum() / 3 + 2 * (30 - 1)) / 2
        for C, k in (1, 1), (0, 2), (.5, 3):
            np.testing.assert_allclose(
                self.loss(C=C, k=k), (rec_loss + C * kl_loss, rec_loss),
                rtol=1e-5)

    def test_decode_without_sigmoid(self):
        z = chainer.Variable(np.ones((1, 2), np.float32))
        y = self.model.decode(z, sigmoid=False).data
        np.testing.assert_allclose(
            self.model.decode(z).data, 1 / (1 + np.exp(-y)), rtol=1e-5)


class TestWithoutPillow(unittest.TestCase):

    def test_images_are_arrays(self):
        script = load('train_vae')
        x = np.random.uniform(0, 1, (4, 784)).astype(np.float32)
        with tempfile.TemporaryDirectory() as directory, \
                mock.patch.object(script, 'Image', None):
            path = os.path.join(directory, 'images')
            script.save_images(x, path, n_columns=2)
            sheet = np.load(path + '.npy')
        self.assertEqual(sheet.shape, (56, 56))
        np.testing.assert_array_equal(
            sheet[28:, :28], np.round(x[2].reshape(28, 28) * 255))
