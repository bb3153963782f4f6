import pathlib
import unittest
import warnings
from unittest import mock

from cupy.cuda import profiler, runtime


class TestProfiler(unittest.TestCase):

    def setUp(self):
        self.calls = calls = mock.Mock()
        for name in ('profilerStart', 'profilerStop'):
            patch = mock.patch.object(
                runtime, name, wraps=getattr(runtime, name))
            calls.attach_mock(patch.start(), name)
            self.addCleanup(patch.stop)

    def test_start_and_stop(self):
        profiler.start()
        self.assertEqual(self.calls.mock_calls, [mock.call.profilerStart()])
        profiler.stop()
        self.assertEqual(self.calls.mock_calls, [
            mock.call.profilerStart(), mock.call.profilerStop()])

    def test_profile(self):
        with self.assertRaises(KeyError):
            with profiler.profile():
                self.assertEqual(
                    self.calls.mock_calls, [mock.call.profilerStart()])
                raise KeyError
        self.assertEqual(self.calls.mock_calls, [
            mock.call.profilerStart(), mock.call.profilerStop()])

    def test_initialize(self):
        with self.assertWarnsRegex(UserWarning, "'config'.*nsys.*-o output"):
            profiler.initialize(
                'config', pathlib.Path('output'), profiler.cudaCSV)

    def test_initialize_wrong_arguments(self):
        with warnings.catch_warnings():
            warnings.simplefilter('error')
            with self.assertRaisesRegex(ValueError, 'output_mode.*2'):
                profiler.initialize('config', 'output', 2)
            with self.assertRaises(TypeError):
                profiler.initialize(1, 'output', profiler.cudaCSV)
            with self.assertRaises(TypeError):
                profiler.initialize('config', None, profiler.cudaCSV)
