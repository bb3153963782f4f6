import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import unittest

import numpy as np

SCRIPT = (pathlib.Path(__file__).resolve().parents[3] /
          'examples' / 'mnist' / 'train_mnist.py')
EPOCHS = 3

# Runs the script, and kills its process with SIGKILL right before the update
# of the given number: nothing can be cleaned up or written any more.
KILLED = '''
import os, runpy, signal, sys
from chainer import training
update = training.StandardUpdater.update
def update_or_die(self):
    if self.iteration == {iteration}:
        os.kill(os.getpid(), signal.SIGKILL)
    update(self)
training.StandardUpdater.update = update_or_die
sys.argv = {argv}
runpy.run_path(sys.argv[0], run_name='__main__')
'''


class TestTrainMnist(unittest.TestCase):

    @classmethod
    def setUpClass(cls):
        cls.tmp = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.tmp.cleanup)
        cls.env = dict(os.environ, CHAINER_DATASET_ROOT=os.path.join(
            cls.tmp.name, 'dataset'))
        cls.whole = os.path.join(cls.tmp.name, 'whole')
        cls.stdout = cls.run_script(cls.arguments(cls.whole)).stdout
        with open(os.path.join(cls.whole, 'log')) as f:
            cls.log = json.load(f)
        cls.iterations = cls.log[0]['iteration']

    @classmethod
    def arguments(cls, out, *more):
        return [str(SCRIPT), '--dataset', 'digits', '--unit', '20', '--epoch',
                str(EPOCHS), '--seed', '0', '--out', out, *more]

    @classmethod
    def run_script(cls, arguments, code=0):
        result = subprocess.run(
            [sys.executable, '-W', 'error', '-W',
             'ignore:the device is the CPU', *arguments],
            env=cls.env, capture_output=True, text=True, timeout=300)
        assert result.returncode == code, result.stderr
        return result

    def test_learns(self):
        self.assertEqual(len(self.log), EPOCHS)
        self.assertGreater(self.log[-1]['validation/main/accuracy'], 0.5)
        self.assertLess(self.log[-1]['main/loss'], self.log[0]['main/loss'])

    def test_output(self):
        self.assertIn('# unit: 20', self.stdout)
        self.assertIn('validation/main/accuracy', self.stdout)
        with open(os.path.join(self.whole, 'cg.dot')) as f:
            self.assertIn('SoftmaxCrossEntropy', f.read())
        for name in 'loss.png', 'accuracy.png':
            with open(os.path.join(self.whole, name), 'rb') as f:
                self.assertEqual(f.read(4), b'\x89PNG')

    def test_killed_and_resumed_is_as_never_stopped(self):
        out = os.path.join(self.tmp.name, 'killed')
        killed_at = self.iterations * 3 // 2  # the middle of epoch 2
        code = KILLED.format(iteration=killed_at, argv=self.arguments(out))
        self.run_script(['-c', code], code=-signal.SIGKILL)
        snapshot = os.path.join(out, f'snapshot_iter_{self.iterations}')
        self.assertEqual(
            sorted(name for name in os.listdir(out) if 'snapshot' in name),
            [os.path.basename(snapshot)])

        self.run_script(self.arguments(out, '--resume', snapshot))
        last = f'snapshot_iter_{self.iterations * EPOCHS}'
        self.assert_same_arrays(os.path.join(self.whole, last),
                                os.path.join(out, last))
        with open(os.path.join(self.whole, 'log'), 'rb') as f:
            expected = f.read()
        with open(os.path.join(out, 'log'), 'rb') as f:
            self.assertEqual(f.read(), expected)

    def assert_same_arrays(self, path, other_path):
        with np.load(path) as arrays, np.load(other_path) as others:
            self.assertEqual(sorted(arrays.files), sorted(others.files))
            self.assertIn('updater/model:main/predictor/l1/W', arrays.files)
            for key in arrays.files:
                np.testing.assert_array_equal(
                    arrays[key], others[key], err_msg=key, strict=True)

    def test_seed_decides(self):
        out = os.path.join(self.tmp.name, 'other')
        self.run_script(self.arguments(out, '--seed', '1', '--epoch', '1'))
        with open(os.path.join(out, 'log')) as f:
            self.assertNotEqual(json.load(f)[0], self.log[0])

    def test_bad_arguments(self):
        out = os.path.join(self.tmp.name, 'bad')
        result = self.run_script(
            self.arguments(out, '--batchsize', '0'), code=1)
        self.assertIn('batch', result.stderr.splitlines()[-1])
        # There are not so many devices, or none.
        result = self.run_script(self.arguments(out, '--gpu', '999'), code=1)
        self.assertRegex(
            result.stderr.splitlines()[-1], 'InvalidDevice|not available')
