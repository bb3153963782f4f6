import contextlib
import io
import os
import sys
import unittest

from chainer import testing

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import fuzz_loaders


class TestFuzzLoaders(unittest.TestCase):

    def check(self, kind, *expected):
        output = io.StringIO()
        with contextlib.redirect_stdout(output):
            failures = fuzz_loaders.main(['--files', '250', '--kind', kind])
        self.assertEqual(failures, 0, output.getvalue())
        # Some files must be good, lest only the outer structure is tested.
        for outcome in (f'{kind}: 250 files', *expected):
            self.assertIn(outcome, output.getvalue())

    def test_caffe(self):
        self.check('caffe', 'ValueError', 'loaded and run')

    def test_npz(self):
        self.check('npz', 'ValueError', 'KeyError', 'loaded')


testing.run_module(__name__, __file__)
