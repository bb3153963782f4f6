"""What the page about CUDA says is what the build does."""
import pathlib
import re
import unittest

from install import versions

ROOT = pathlib.Path(__file__).resolve().parents[2]
PAGE = (ROOT / 'docs/source/cuda.rst').read_text()


class TestDocumentation(unittest.TestCase):

    def test_wheels_are_those_that_are_verified(self):
        script = (ROOT / '.ci/cuda').read_text()
        verified = [names.split() for names in re.findall(
            r'wheels=\((.*?)\)', script, re.DOTALL)]
        documented = [
            re.sub(r'\\\n', '', names).split() for names in re.findall(
                r'pip install (nvidia(?:.*\\\n)*.*)\n', PAGE)]
        self.assertEqual(len(documented), 2)
        self.assertEqual(sorted(documented), sorted(verified))

    def test_oldest_versions(self):
        self.assertIn(f'* CUDA {versions.text(versions.MINIMUM_CUDA)} or '
                      f'later', PAGE)
        self.assertIn(f'* cuDNN {versions.MINIMUM_CUDNN[0]} or', PAGE)

    def test_variables_exist(self):
        variables = re.findall(r'^``(\w+)``$', PAGE, re.MULTILINE)
        code = ''.join(
            path.read_text() for folder in ('install', 'cupy', 'chainer')
            for suffix in ('py', 'pyx')
            for path in (ROOT / folder).glob(f'**/*.{suffix}'))
        self.assertGreater(len(variables), 4)
        self.assertEqual([name for name in variables
                          if f"'{name}'" not in code], [])
