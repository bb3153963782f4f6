import os
import re
import subprocess
import sys
import tempfile
import unittest

import pytest

import chainer
from chainer.testing import attr

SAMPLE = '''
import unittest

from chainer.testing import attr


class TestSample(unittest.TestCase):

    def test_plain(self):
        self.assertTrue(True)

    @attr.gpu
    def test_gpu(self):
        self.assertTrue(True)

    @attr.multi_gpu(2)
    def test_two_gpus(self):
        self.assertTrue(True)

    @attr.multi_gpu(3)
    def test_three_gpus(self):
        self.assertTrue(True)

    @attr.cudnn
    def test_cudnn(self):
        self.assertTrue(True)

    @attr.slow
    def test_slow(self):
        self.assertTrue(True)


@attr.gpu
class TestWholeClass(unittest.TestCase):

    def test_on_gpu(self):
        self.assertTrue(True)
'''


def run_sample(*arguments):
    """Returns the names of the tests that a runner selects."""
    root = os.path.dirname(os.path.dirname(chainer.__file__))
    with tempfile.TemporaryDirectory() as directory:
        path = os.path.join(directory, 'test_sample.py')
        with open(path, 'w') as f:
            f.write(SAMPLE)
        done = subprocess.run(
            [sys.executable, '-m', *arguments, '-v', path], cwd=directory,
            env=dict(os.environ, PYTHONPATH=root), text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if done.returncode != 0:
        raise AssertionError(done.stdout)
    return sorted(set(re.findall(r'test_\w+(?= \(|\b.* PASSED)',
                                 done.stdout)) - {'test_sample'})


class TestNose(unittest.TestCase):

    def test_no_device(self):
        self.assertEqual(run_sample('nose', '--attr=!gpu'),
                         ['test_plain', 'test_slow'])

    def test_number_of_devices(self):
        self.assertEqual(
            run_sample('nose', '--eval-attr=gpu<3'),
            ['test_cudnn', 'test_gpu', 'test_on_gpu', 'test_plain',
             'test_slow', 'test_two_gpus'])


class TestPytest(unittest.TestCase):

    def test_select(self):
        self.assertEqual(run_sample('pytest', '-m', 'not gpu and not slow'),
                         ['test_plain'])


class TestDecorators(unittest.TestCase):

    def setUp(self):
        def test():
            """Docstring."""
        self.test = test

    def marks(self):
        return {mark.name: mark.args for mark in self.test.pytestmark}

    def test_gpu(self):
        self.assertIs(attr.gpu(self.test), self.test)
        self.assertEqual(self.test.gpu, 1)
        self.assertEqual(self.marks(), {'gpu': ()})

    def test_multi_gpu(self):
        self.assertIs(attr.multi_gpu(2)(self.test), self.test)
        self.assertEqual(self.test.gpu, 2)
        self.assertEqual(self.marks(), {'gpu': (), 'multi_gpu': (2,)})

    def test_cudnn(self):
        self.assertIs(attr.cudnn(self.test), self.test)
        self.assertEqual(self.test.gpu, 1)
        self.assertTrue(self.test.cudnn)
        self.assertEqual(self.marks(), {'gpu': (), 'cudnn': ()})

    def test_slow(self):
        self.assertIs(attr.slow(self.test), self.test)
        self.assertTrue(self.test.slow)
        self.assertEqual(self.marks(), {'slow': ()})
        self.assertFalse(hasattr(self.test, 'gpu'))

    def test_class_keeps_marks_of_its_base(self):
        @pytest.mark.filterwarnings('ignore')
        class Base:
            pass

        @attr.gpu
        class Sub(Base):
            pass

        self.assertEqual(Sub.gpu, 1)
        self.assertFalse(hasattr(Base, 'gpu'))
        self.assertEqual([mark.name for mark in Base.pytestmark],
                         ['filterwarnings'])

    def test_number_is_required(self):
        with self.assertRaisesRegex(TypeError, r'@attr\.multi_gpu\(2\)'):
            attr.multi_gpu(self.test)
