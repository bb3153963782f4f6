import contextlib
import io
import os
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import fakes

from install import build


class TestGetCompilerSetting(unittest.TestCase):

    def setUp(self):
        self.machine = fakes.Machine(self)

    def test_no_cuda(self):
        self.assertEqual(build.get_compiler_setting(), {
            'include_dirs': [], 'library_dirs': [], 'define_macros': [],
            'language': 'c++'})

    def test_cuda(self):
        root = self.machine.default
        fakes.toolkit(root)
        self.assertEqual(build.get_compiler_setting(), {
            'include_dirs': [f'{root}/include'],
            'library_dirs': [f'{root}/lib64'],
            'define_macros': [], 'language': 'c++'})

    def test_nvcc_without_a_toolkit(self):
        fakes.program(self.machine.bin, 'nvcc', '')
        fakes.toolkit(self.machine.default)
        self.assertEqual(build.get_compiler_setting()['include_dirs'],
                         [f'{self.machine.default}/include'])


class TestCheckVersion(unittest.TestCase):

    def setUp(self):
        self.root = fakes.Machine(self).default

    def check(self, function, header, macros, expected, *parts):
        fakes.write(f'{self.root}/include', {header: ''.join(
            f'#define {name} {value}\n' for name, value in macros.items())})
        output = io.StringIO()
        with contextlib.redirect_stderr(output):
            result = function(None, {'include_dirs': [f'{self.root}/include']})
        self.assertIs(result, expected)
        for part in parts:
            self.assertIn(part, output.getvalue())
        if expected:
            self.assertEqual(output.getvalue(), '')

    def test_cuda(self):
        for version in 11020, 12000, 13000:
            self.check(build.check_cuda_version, 'cuda.h',
                       {'CUDA_VERSION': version}, True)

    def test_cuda_too_old(self):
        self.check(build.check_cuda_version, 'cuda.h',
                   {'CUDA_VERSION': 6050}, False,
                   'WARNING: CUDA 6.5 is too old', 'CuPy needs 11.2 or later')

    def test_cuda_absent(self):
        self.check(build.check_cuda_version, 'cuda.h', {}, False,
                   "WARNING: CUDA's headers were not found",
                   f'looked into: {self.root}/include', 'set CUDA_PATH')

    def test_nowhere_to_look(self):
        output = io.StringIO()
        with contextlib.redirect_stderr(output):
            self.assertIs(build.check_cuda_version(
                None, build.get_compiler_setting()), False)
        self.assertIn('looked into: nothing', output.getvalue())

    def test_cudnn(self):
        for major in 8, 9:
            self.check(build.check_cudnn_version, 'cudnn_version.h',
                       {'CUDNN_MAJOR': major, 'CUDNN_MINOR': 0}, True)

    def test_cudnn_too_old(self):
        self.check(build.check_cudnn_version, 'cudnn_version.h',
                   {'CUDNN_MAJOR': 7, 'CUDNN_MINOR': 6}, False,
                   'WARNING: cuDNN 7.6 is too old', 'CuPy needs 8.0 or later')

    def test_cudnn_absent(self):
        self.check(build.check_cudnn_version, 'cudnn_version.h', {}, False,
                   "WARNING: cuDNN's headers were not found",
                   f'looked into: {self.root}/include')
