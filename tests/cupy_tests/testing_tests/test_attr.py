import os
import subprocess
import sys
import unittest

from cupy import testing
from cupy.testing import attr


class TestAttr(unittest.TestCase):

    def test_gpu(self):
        @attr.gpu
        def test():
            return 'result'

        self.assertEqual((test.gpu, test()), (1, 'result'))
        self.assertIs(testing.gpu, attr.gpu)
        self.assertIs(testing.multi_gpu, attr.multi_gpu)

    def test_multi_gpu(self):
        @attr.multi_gpu(3)
        class Case:
            pass

        self.assertEqual(Case.gpu, 3)

    def test_number_of_devices_missing(self):
        with self.assertRaisesRegex(TypeError, r'@multi_gpu\(2\)'):
            @attr.multi_gpu
            def test():
                pass

    def test_marks(self):
        # Without pytest nothing is marked, in it the marks are pytest's.
        code = '''if True:
            import sys
            if sys.argv[1] == 'pytest':
                import pytest
            from cupy.testing import attr

            @attr.multi_gpu(2)
            def test(argument=None):
                pass

            print(sorted((mark.name, mark.args)
                         for mark in getattr(test, 'pytestmark', ())))
            '''
        for runner, marks in [
                ('pytest', [('gpu', ()), ('multi_gpu', (2,))]), ('none', [])]:
            out = subprocess.check_output(
                [sys.executable, '-c', code, runner], text=True,
                env=dict(os.environ, PYTHONPATH=os.pathsep.join(sys.path)))
            self.assertEqual(out.strip(), str(marks))
