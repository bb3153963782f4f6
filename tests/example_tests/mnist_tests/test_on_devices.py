import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

import numpy as np

from chainer.testing import attr

SCRIPTS = (pathlib.Path(__file__).resolve().parents[3] /
           'examples' / 'mnist')
HOST_DEVICE = 'the device is the CPU'
SINGLE = 'train_mnist.py', '--batchsize', '100'
DATA_PARALLEL = 'train_mnist_data_parallel.py', '--batchsize', '100'
MODEL_PARALLEL = 'train_mnist_model_parallel.py', '--batchsize', '100'


class ScriptsTestCase(unittest.TestCase):

    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.directory = directory.name

    def run_script(self, out, script, *arguments, code=0, devices='2'):
        name, *options = script
        environ = dict(
            os.environ, CUPY_HOST_DEVICES=devices,
            CHAINER_DATASET_ROOT=os.path.join(self.directory, 'dataset'))
        result = subprocess.run(
            [sys.executable, '-W', 'error', '-W', f'ignore:{HOST_DEVICE}',
             str(SCRIPTS / name), '--dataset', 'digits', '--unit', '20',
             '--seed', '0', '--out', self.path(out), *options, *arguments],
            env=environ, capture_output=True, text=True, timeout=300)
        self.assertEqual(result.returncode, code, result.stderr)
        return result

    def path(self, *names):
        return os.path.join(self.directory, *names)

    def log(self, out):
        with open(self.path(out, 'log')) as file:
            return json.load(file)

    def last_snapshot(self, out):
        return self.path(
            out, f'snapshot_iter_{self.log(out)[-1]["iteration"]}')

    def arrays(self, out):
        with np.load(self.last_snapshot(out)) as npz:
            return {key: npz[key] for key in npz.files}

    def check_learns(self, out):
        log = self.log(out)
        self.assertLess(log[-1]['main/loss'], log[0]['main/loss'])
        self.assertGreater(log[-1]['validation/main/accuracy'], 0.5)


@attr.multi_gpu(2)
class TestTwoDevices(ScriptsTestCase):

    def check(self, script):
        """Runs a script, runs it again, and resumes it from the middle."""
        result = self.run_script('whole', script, '--epoch', '2')
        self.assertIn('GPU: 0, 1', result.stdout)
        self.assertIn('validation/main/accuracy', result.stdout)
        self.check_learns('whole')
        with open(self.path('whole', 'cg.dot')) as file:
            self.assertIn('SoftmaxCrossEntropy', file.read())
        for name in ('loss.png', 'accuracy.png'):
            self.assertTrue(os.path.exists(self.path('whole', name)))

        self.run_script('half', script, '--epoch', '1')
        self.run_script('resumed', script, '--epoch', '2',
                        '--resume', self.last_snapshot('half'))
        self.assertEqual(self.log('resumed'), self.log('whole'))
        expected, arrays = self.arrays('whole'), self.arrays('resumed')
        self.assertEqual(sorted(arrays), sorted(expected))
        for key, array in arrays.items():
            np.testing.assert_array_equal(array, expected[key], err_msg=key)

    def test_data_parallel(self):
        self.check(DATA_PARALLEL)

    def test_model_parallel(self):
        self.check(MODEL_PARALLEL)

    def test_devices_in_another_order(self):
        for script in (DATA_PARALLEL, MODEL_PARALLEL):
            result = self.run_script(
                'other', script, '--epoch', '1', '-g', '1', '-G', '0')
            self.assertIn('GPU: 1, 0', result.stdout)

    def test_device_that_is_not_there(self):
        for script in (DATA_PARALLEL, MODEL_PARALLEL):
            result = self.run_script(
                'bad', script, '--gpu1', '999', code=1)
            self.assertIn('evice', result.stderr.splitlines()[-1])


@attr.gpu
class TestSnapshots(ScriptsTestCase):

    def assert_close(self, out, other):
        expected, arrays = self.arrays(out), self.arrays(other)
        self.assertEqual(sorted(arrays), sorted(expected))
        for key, array in arrays.items():
            if 'model:main' in key:
                np.testing.assert_allclose(
                    array, expected[key], rtol=0.02, atol=0.02, err_msg=key)
        for entry, other_entry in zip(self.log(out), self.log(other)):
            self.assertEqual(entry.keys(), other_entry.keys())
            for key, value in entry.items():
                self.assertAlmostEqual(value, other_entry[key], delta=0.01)

    def test_device_and_host_resume_each_other(self):
        for gpu in ('0', '-1'):
            self.run_script(f'whole{gpu}', SINGLE, '--gpu', gpu,
                            '--epoch', '2')
            self.check_learns(f'whole{gpu}')
            self.run_script(f'half{gpu}', SINGLE, '--gpu', gpu,
                            '--epoch', '1')
        self.assert_close('whole0', 'whole-1')
        for start, end in (('0', '-1'), ('-1', '0'), ('0', '0')):
            self.run_script(
                'resumed', SINGLE, '--gpu', end, '--epoch', '2',
                '--resume', self.last_snapshot(f'half{start}'))
            self.assert_close(f'whole{end}', 'resumed')
        # From the device to the device, bit by bit.
        self.assertEqual(self.log('resumed'), self.log('whole0'))
        expected = self.arrays('whole0')
        for key, array in self.arrays('resumed').items():
            np.testing.assert_array_equal(array, expected[key], err_msg=key)
