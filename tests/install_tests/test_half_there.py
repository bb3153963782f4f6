"""Every way in which CUDA can be half there, and the one line about it."""
import glob
import os
import re
import sys
import unittest

from setuptools import errors

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import fakes

from install import backend

REQUIRED = 'cudart', 'nvrtc', 'cublas', 'curand'


class HalfThereTest(unittest.TestCase):

    def setUp(self):
        self.machine = fakes.Machine(self)
        self.root = self.machine.default
        self.lib = f'{self.root}/lib64'
        self.include = f'{self.root}/include'
        fakes.program(self.machine.bin, 'c++', 'echo c++ 12')
        fakes.distribution(self.machine.site, 'onednn-devel-cpu-gomp', {
            '../../../include/dnnl.h': '',
            '../../../include/oneapi/dnnl/dnnl_version.h':
                '#define DNNL_VERSION_MAJOR 3\n'
                '#define DNNL_VERSION_MINOR 2\n'
                '#define DNNL_VERSION_PATCH 0\n'})
        fakes.distribution(self.machine.site, 'onednn-cpu-gomp',
                           {'../../libdnnl.so.3': ''})
        fakes.toolkit(self.root)

    def remove(self, *patterns):
        for pattern in patterns:
            for path in glob.glob(f'{self.root}/{pattern}'):
                os.remove(path)

    def define(self, header, **macros):
        fakes.write(self.include, {header: ''.join(
            f'#define {name} {value}\n' for name, value in macros.items())})

    def check_unusable(self, line, otherwise='host'):
        """Checks what is said about a CUDA that cannot be used at all."""
        plan = backend.decide()
        self.assertEqual(plan.backend, otherwise)
        self.assertEqual(list(plan.notes), [line])
        self.machine.environment['CUPY_BACKEND'] = 'cuda'
        with self.assertRaisesRegex(errors.SetupError, '^' + re.escape(
                f'CUPY_BACKEND=cuda cannot be built: {line}') + '$'):
            backend.decide()

    def check_usable(self, *lines):
        """Checks what is said about a CUDA that can be used as it is."""
        for wanted in '', 'cuda':
            self.machine.environment['CUPY_BACKEND'] = wanted
            plan = backend.decide()
            self.assertEqual(plan.backend, 'cuda')
            self.assertEqual(list(plan.notes), list(lines))


class TestNothing(HalfThereTest):

    def test_complete(self):
        self.check_usable()

    def test_no_cuda(self):
        self.remove('include/*.h', 'lib64/*')
        self.check_unusable(
            f'CUDA was not found: CUDA_PATH is not set, and there is no '
            f'toolkit around an nvcc on PATH, in {self.root}, or in nvidia-* '
            f'wheels')

    def test_no_folder(self):
        self.machine.environment['CUDA_PATH'] = '/no/such'
        self.check_unusable('CUDA_PATH is /no/such, and there is no such '
                            'folder')

    def test_no_compiler(self):
        os.remove(f'{self.machine.bin}/c++')
        self.check_unusable(
            'no C++ compiler is on PATH (c++, g++, clang++): install g++, or '
            'name one in CXX', otherwise='none')


class TestParts(HalfThereTest):

    def check_problem(self, problem):
        self.check_unusable(f'CUDA in {self.root} cannot be used: {problem}')

    def test_no_cublas(self):
        self.remove('include/cublas_v2.h', 'lib64/libcublas*')
        self.check_problem('cuBLAS (no cublas_v2.h and no libcublas.so)')

    def test_no_runtime(self):
        self.remove('include/cuda_runtime_api.h', 'lib64/libcudart*')
        self.check_problem(
            'CUDA runtime (no cuda_runtime_api.h and no libcudart.so)')

    def test_headers_without_libraries(self):
        self.remove('lib64/*')
        self.check_problem('CUDA runtime (no libcudart.so), NVRTC (no '
                           'libnvrtc.so), cuBLAS (no libcublas.so), cuRAND '
                           '(no libcurand.so)')

    def test_libraries_without_headers(self):
        self.remove('include/*.h')
        self.check_problem('CUDA runtime (no cuda_runtime_api.h), NVRTC (no '
                           'nvrtc.h), cuBLAS (no cublas_v2.h), cuRAND (no '
                           'curand.h)')

    def test_links_that_lead_nowhere(self):
        self.remove('lib64/libcurand*')
        os.symlink('libcurand.so.10.4', f'{self.lib}/libcurand.so')
        self.check_problem('cuRAND (no libcurand.so)')

    def test_static_libraries_alone(self):
        self.remove('lib64/libcudart*')
        fakes.write(self.lib, {'libcudart_static.a': ''})
        self.check_problem('CUDA runtime (no libcudart.so)')

    def test_too_old(self):
        self.define('cuda.h', CUDA_VERSION=11010)
        self.check_problem('CUDA runtime (version 11.1, but 11.2 or later is '
                           'needed)')

    def test_runtime_of_another_version(self):
        self.define('cuda.h', CUDA_VERSION=12090)
        self.check_problem(f'CUDA runtime (cuda_runtime_api.h is of version '
                           f'12.9, but {self.lib}/libcudart.so.13 is of '
                           f'version 13)')

    def test_another_processor(self):
        native, foreign = fakes.processors()
        names = {62: 'x86-64', 183: 'AArch64', 243: 'RISC-V'}
        fakes.library(f'{self.lib}/libcudart.so.13', native)
        fakes.library(f'{self.lib}/libcublas.so.13', foreign)
        self.check_problem(f'cuBLAS (libcublas.so.13 is for {names[foreign]}, '
                           f'and this Python is for {names[native]})')


class TestCudnn(HalfThereTest):
    """Convolutions do without it, so that it never is an error."""

    def check_left_out(self, problem):
        self.check_usable(f'cuDNN ({problem}): cupy.cuda.cudnn is left out, '
                          f'and convolutions are slower')

    def test_absent(self):
        self.remove('include/cudnn*', 'lib64/libcudnn*')
        self.check_left_out('no cudnn.h and no libcudnn.so')

    def test_header_without_library(self):
        self.remove('lib64/libcudnn*')
        self.check_left_out('no libcudnn.so')

    def test_library_without_header(self):
        self.remove('include/cudnn*')
        self.check_left_out('no cudnn.h')

    def test_too_old(self):
        self.define('cudnn_version.h', CUDNN_MAJOR=7, CUDNN_MINOR=6)
        self.check_left_out('version 7.6, but 8.0 or later is needed')

    def test_library_of_another_version(self):
        self.define('cudnn_version.h', CUDNN_MAJOR=8, CUDNN_MINOR=9)
        self.check_left_out(f'cudnn.h is of version 8.9, but {self.lib}/'
                            f'libcudnn.so.9 is of version 9')

    def test_another_processor(self):
        native, foreign = fakes.processors()
        fakes.library(f'{self.lib}/libcudnn.so.9', foreign)
        plan = backend.decide()
        self.assertEqual(plan.backend, 'cuda')
        self.assertRegex(plan.notes[0], r'^cuDNN \(libcudnn.so.9 is for ')


class TestDisagreement(HalfThereTest):
    """``nvcc`` is of one CUDA, and ``CUDA_PATH`` of another."""

    def setUp(self):
        super().setUp()
        self.other = f'{self.machine.root}/cuda-12'
        fakes.toolkit(self.other, REQUIRED)
        fakes.write(f'{self.other}/include',
                    {'cuda.h': '#define CUDA_VERSION 12090\n'})
        nvcc = fakes.program(f'{self.other}/bin', 'nvcc', '')
        os.symlink(nvcc, f'{self.machine.bin}/nvcc')
        self.machine.environment['CUDA_PATH'] = self.root
        self.line = (f'CUDA_PATH ({self.root}, CUDA 13.0) and the nvcc on '
                     f'PATH ({self.other}, CUDA 12.9) disagree: CUDA_PATH '
                     f'counts')

    def test_usable(self):
        self.check_usable(self.line)

    def test_unusable(self):
        self.remove('include/curand.h')
        self.check_unusable(f'CUDA in {self.root} cannot be used: cuRAND (no '
                            f'curand.h); {self.line}')

    def test_links_to_one_cuda_agree(self):
        os.symlink(self.root, f'{self.machine.root}/cuda')
        self.machine.environment['CUDA_PATH'] = f'{self.machine.root}/cuda'
        os.remove(f'{self.machine.bin}/nvcc')
        nvcc = fakes.program(f'{self.root}/bin', 'nvcc', '')
        os.symlink(nvcc, f'{self.machine.bin}/nvcc')
        self.check_usable()

    def test_nvcc_alone(self):
        os.remove(f'{self.other}/include/cuda.h')
        self.check_usable()
