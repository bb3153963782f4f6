import os
import subprocess
import sys
import tempfile
import unittest

import chainer
from chainer import testing

SAMPLE = '''
import sys
import unittest

{preparation}
from chainer import testing


class TestSample(unittest.TestCase):

    def test_good(self):
        self.assertTrue(True)

    def test_bad(self):
        self.assertTrue({bad})


testing.run_module({name}, __file__)
print('reached')
'''


class TestRunModule(unittest.TestCase):

    without_nose = "sys.modules['nose'] = None"

    def run_sample(self, *arguments, bad=True, preparation='',
                   name='__name__'):
        root = os.path.dirname(os.path.dirname(chainer.__file__))
        with tempfile.TemporaryDirectory() as directory:
            path = os.path.join(directory, 'test_sample.py')
            with open(path, 'w') as f:
                f.write(SAMPLE.format(
                    bad=bad, preparation=preparation, name=name))
            return subprocess.run(
                [sys.executable, path, *arguments], cwd=directory, text=True,
                env=dict(os.environ, PYTHONPATH=root),
                stdout=subprocess.PIPE, stderr=subprocess.STDOUT)

    def test_success(self):
        for preparation in ('', self.without_nose):
            done = self.run_sample(preparation=preparation)
            self.assertEqual(done.returncode, 0, done.stdout)
            self.assertIn('Ran 2 tests', done.stdout)
            self.assertNotIn('reached', done.stdout)

    def test_failure(self):
        for preparation in ('', self.without_nose):
            done = self.run_sample(bad=False, preparation=preparation)
            self.assertEqual(done.returncode, 1, done.stdout)
            self.assertIn('FAILED (failures=1)', done.stdout)

    def test_arguments(self):
        done = self.run_sample('TestSample.test_good', bad=False,
                               preparation=self.without_nose)
        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertIn('Ran 1 test ', done.stdout)
        done = self.run_sample('--collect-only', '-v', bad=False)
        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertIn('test_bad', done.stdout)

    def test_imported_module(self):
        # This would end the process if it did anything.
        testing.run_module(__name__, __file__)
        done = self.run_sample(bad=False, name='"test_sample"')
        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertEqual(done.stdout.strip(), 'reached')
