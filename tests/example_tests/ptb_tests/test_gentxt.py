import importlib
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest
from unittest import mock

import numpy as np

import chainer

EXAMPLE = pathlib.Path(__file__).resolve().parents[3] / 'examples' / 'ptb'


class Counting:
    """A network that is sure that each word is followed by the next one."""

    words = 'zero one <eos> three four five'
    xp = np

    def reset_state(self):
        self.read = []

    def __call__(self, x):
        self.read += x.data.tolist()
        return chainer.Variable(100 * np.eye(6, dtype='f')[(x.data + 1) % 6])


class TestGenerate(unittest.TestCase):

    def test_what_the_network_reads(self):
        with mock.patch.object(sys, 'path', [str(EXAMPLE), *sys.path]):
            gentxt = importlib.import_module('gentxt')
        for sample in 0, 1:
            network = Counting()
            self.assertEqual(
                list(gentxt.generate(network, ['zero'], 2, sample)),
                ['zero', 'one', '<eos>'])
            self.assertEqual(network.read, [2, 0, 1, 2])
            self.assertEqual(
                list(gentxt.generate(network, [], 3, sample)),
                ['three', 'four', 'five'])
            self.assertEqual(network.read, [2, 3, 4, 5])


class TestGentxt(unittest.TestCase):

    @classmethod
    def setUpClass(cls):
        cls.tmp = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.tmp.cleanup)
        # Only the last word of a line is uncertain.
        last = np.random.RandomState(0).choice(['goes', 'ends', 'was'], 200)
        with open(os.path.join(cls.tmp.name, 'text'), 'w') as f:
            f.writelines(f'and so it {word}\n' for word in last)
        cls.run_script('train_ptb.py', '--text', 'text', '--unit', '16',
                       '--epoch', '8', '--batchsize', '4', '--bproplen', '5',
                       '--seed', '0')

    @classmethod
    def run_script(cls, script, *arguments, code=0):
        result = subprocess.run(
            [sys.executable, '-W', 'error', '-W',
             'ignore:the device is the CPU', EXAMPLE / script, *arguments],
            cwd=cls.tmp.name, capture_output=True, text=True, timeout=300)
        assert result.returncode == code, result.stderr
        return result

    def generate(self, *arguments):
        return self.run_script(
            'gentxt.py', '--unit', '16', *arguments).stdout

    def check_error(self, message, *arguments):
        result = self.run_script('gentxt.py', *arguments, code=1)
        self.assertRegex(result.stderr, message)
        self.assertEqual(len(result.stderr.splitlines()), 1)

    def test_most_probable_words(self):
        texts = [
            self.generate('--sample', sample, '--seed', seed, '--length', '13')
            for sample, seed in (('-1', '0'), ('-1', '1'), ('0', '2'))]
        self.assertEqual(texts[1:], texts[:1] * 2)
        self.assertRegex(
            texts[0], '^and so it (goes|ends|was) \n'
                      'and so it (goes|ends|was) \nand so it \n$')

    def test_random_words(self):
        texts = [self.generate('--seed', seed, '--length', '100')
                 for seed in ('1', '1', '2')]
        self.assertEqual(texts[0], texts[1])
        self.assertNotEqual(texts[0], texts[2])
        for text in texts:
            self.assertEqual(len(text.split()) + text.count('\n') - 1, 100)
            for line in 'and so it goes', 'and so it ends', 'and so it was':
                self.assertIn(line, text)

    def test_primetext(self):
        text = self.generate('-p', 'and so', '--sample', '0', '--length', '3')
        self.assertRegex(text, '^and so it (goes|ends|was) \n\n$')

    def test_unknown_word(self):
        self.check_error("does not know the word 'snow'",
                         '--unit', '16', '-p', 'so it snow')

    def test_wrong_number_of_units(self):
        self.check_error('has 16 units, not 650: use --unit 16')

    def test_no_model(self):
        self.check_error('nowhere.npz', '-m', 'nowhere.npz')

    def test_files_of_another_kind(self):
        self.check_error('text', '-m', 'text')
        np.savez(os.path.join(self.tmp.name, 'other.npz'), W=np.zeros(3))
        self.check_error("other.npz has no value 'predictor/words'",
                         '-m', 'other.npz')
        snapshot = next(name for name in os.listdir(
            os.path.join(self.tmp.name, 'result')) if 'snapshot' in name)
        self.check_error('not a model of train_ptb.py, which saves it in the '
                         'file that --model names',
                         '-m', os.path.join('result', snapshot))

    def test_bad_arguments(self):
        result = self.run_script('gentxt.py', '--length', '-3', code=2)
        self.assertIn('--length must not be negative', result.stderr)

    def test_no_device(self):
        # There are not so many, or none.
        self.check_error('evice', '--unit', '16', '--gpu', '999')
