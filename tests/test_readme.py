"""What the README shows is true."""
import doctest
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

from chainer.testing import attr

README = pathlib.Path(__file__).resolve().parents[1] / 'README.md'


def blocks(language):
    text = README.read_text(encoding='utf-8')
    return re.findall(rf'^```{language}\n(.*?)^```$', text, re.M | re.S)


class TestReadme(unittest.TestCase):

    def test_commands(self):
        # .ci/run takes them from here.
        self.assertEqual(blocks('sh')[:2], [
            'pip install . && python examples/mnist/train_mnist.py\n',
            "pip install -e '.[test]' && python -m pytest\n"])

    @attr.gpu
    def test_kernel(self):
        text, = blocks('pycon')
        test = doctest.DocTestParser().get_doctest(text, {}, 'README', '', 0)
        self.assertEqual(doctest.DocTestRunner().run(test).failed, 0)

    def test_language_model(self):
        enter, train, generate = blocks('sh')[2].splitlines()
        command, directory = enter.split()
        self.assertEqual(command, 'cd')
        with tempfile.TemporaryDirectory() as out:
            for line in train + ' --test', generate:
                python, script, *options = line.split()
                self.assertEqual(python, 'python')
                result = subprocess.run(
                    [sys.executable, README.parent / directory / script,
                     *options], cwd=out, capture_output=True, text=True,
                    timeout=300)
                self.assertEqual(result.returncode, 0, result.stderr)
        # The end of a sentence counts as a word; one line ends the output.
        words = len(result.stdout.split()) + result.stdout.count('\n') - 1
        self.assertEqual(words, 100)

    def test_example(self):
        example, = blocks('python')
        example = f'import numpy; numpy.random.seed(0)\n{example}'
        with tempfile.TemporaryDirectory() as directory:
            result = subprocess.run(
                [sys.executable, '-W', 'error', '-c', example], cwd=directory,
                env=dict(os.environ, CHAINER_DATASET_ROOT=directory),
                capture_output=True, text=True, timeout=300)
            self.assertEqual(result.returncode, 0, result.stderr)
            self.assertTrue(
                os.path.exists(os.path.join(directory, 'mlp.npz')))
        accuracy = re.fullmatch(r'test accuracy: (0\.\d+)\n', result.stdout)
        self.assertIsNotNone(accuracy, result.stdout)
        self.assertGreater(float(accuracy.group(1)), 0.8)
