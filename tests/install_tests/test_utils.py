import contextlib
import io
import os
import sys
import tempfile
import unittest
from unittest import mock

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import fakes

from install import utils


class TestPrintWarning(unittest.TestCase):

    def test_lines(self):
        output = io.StringIO()
        with contextlib.redirect_stderr(output):
            utils.print_warning('one', 'two', 'three')
        frame, *lines, last, _ = output.getvalue().split('\n')
        self.assertEqual(frame, '*' * 79)
        self.assertEqual(last, frame)
        self.assertEqual(lines, ['*** WARNING: one', '*** two', '*** three'])


class TestSearchOnPath(unittest.TestCase):

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folders = [f'{folder.name}/{name}' for name in 'ab']
        patch = mock.patch.dict(
            os.environ, PATH=os.pathsep.join(self.folders))
        patch.start()
        self.addCleanup(patch.stop)

    def test_first_folder_first(self):
        fakes.write(self.folders[0], {'y': ''})
        fakes.write(self.folders[1], {'x': '', 'y': ''})
        self.assertEqual(utils.search_on_path(['x', 'y']),
                         f'{self.folders[0]}/y')

    def test_first_name_first(self):
        fakes.write(self.folders[1], {'x': '', 'y': ''})
        self.assertEqual(utils.search_on_path(['y', 'x']),
                         f'{self.folders[1]}/y')

    def test_a_folder_is_not_a_file(self):
        os.makedirs(f'{self.folders[0]}/x')
        self.assertIsNone(utils.search_on_path(['x']))

    def test_absent(self):
        self.assertIsNone(utils.search_on_path(['x']))

    def test_no_path(self):
        with mock.patch.dict(os.environ, clear=True):
            self.assertIsNone(utils.search_on_path(['no such program']))
