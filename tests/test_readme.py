"""What the README shows is true."""
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

README = pathlib.Path(__file__).resolve().parents[1] / 'README.md'


def blocks(language):
    text = README.read_text(encoding='utf-8')
    return re.findall(rf'^```{language}\n(.*?)^```$', text, re.M | re.S)


class TestReadme(unittest.TestCase):

    def test_commands(self):
        # .ci/run takes them from here.
        self.assertEqual(blocks('sh'), [
            'pip install . && python examples/mnist/train_mnist.py\n',
            "pip install -e '.[test]' && python -m pytest\n"])

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
