import os
import sys
import unittest
from unittest import mock

from setuptools import errors

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import fakes

from install import backend


class TestDecide(unittest.TestCase):

    def setUp(self):
        self.machine = fakes.Machine(self)

    def have(self, *things):
        """Puts a compiler, CUDA and so on onto the machine."""
        if 'compiler' in things:
            fakes.program(self.machine.bin, 'c++', 'echo c++ 12')
        if 'compiler without OpenMP' in things:
            fakes.program(self.machine.bin, 'c++', '''
                for arg in "$@"; do if [ "$arg" = -fopenmp ]; then
                  echo "error: no OpenMP"; exit 1
                fi; done
                echo c++ 12''')
        if 'broken compiler' in things:
            fakes.program(self.machine.bin, 'c++', 'echo error: out; exit 1')
        if 'cuda' in things:
            fakes.toolkit(self.machine.default)
        if 'cuda without cudnn' in things:
            fakes.toolkit(self.machine.default,
                          ['cudart', 'nvrtc', 'cublas', 'curand'])
        if 'half a cuda' in things:
            fakes.toolkit(self.machine.default, ['cudart', 'nvrtc'])
        if 'onednn' in things:
            fakes.distribution(self.machine.site, 'onednn-devel-cpu-gomp', {
                '../../../include/dnnl.h': '',
                '../../../include/oneapi/dnnl/dnnl_version.h':
                    '#define DNNL_VERSION_MAJOR 3\n'
                    '#define DNNL_VERSION_MINOR 2\n'
                    '#define DNNL_VERSION_PATCH 0\n'})
            fakes.distribution(self.machine.site, 'onednn-cpu-gomp',
                               {'../../libdnnl.so.3': ''})

    def want(self, value):
        self.machine.environment['CUPY_BACKEND'] = value

    def check(self, expected, *notes):
        plan = backend.decide()
        self.assertEqual(plan.backend, expected)
        self.assertEqual(len(plan.notes), len(notes), plan.notes)
        for note, pattern in zip(plan.notes, notes):
            self.assertRegex(note, pattern)
            self.assertNotIn('\n', note)
        self.assertEqual(plan.compiler is None, expected == 'none')
        self.assertEqual(plan.toolkit is None, expected != 'cuda')
        return plan

    def check_error(self, pattern):
        with self.assertRaisesRegex(errors.SetupError, pattern):
            backend.decide()

    # What the machine has decides.

    def test_everything(self):
        self.have('compiler', 'cuda', 'onednn')
        self.check('cuda')

    def test_cuda_without_cudnn(self):
        self.have('compiler', 'cuda without cudnn')
        self.check('cuda', r'^cuDNN \(no cudnn.h and no libcudnn.so\): '
                           r'cupy.cuda.cudnn is left out')

    def test_host(self):
        self.have('compiler', 'onednn')
        plan = self.check('host', '^CUDA was not found')
        self.assertEqual(plan.onednn.version, '3.2.0')

    def test_half_a_cuda(self):
        self.have('compiler', 'half a cuda', 'onednn')
        self.check('host', r'^CUDA in .* cannot be used: cuBLAS .*, cuRAND')

    def test_host_without_onednn(self):
        self.have('compiler')
        plan = self.check('host', 'CUDA was not found',
                          'oneDNN 3 is not installed.*slower')
        self.assertIsNone(plan.onednn)

    def test_cuda_needs_no_openmp(self):
        self.have('compiler without OpenMP', 'cuda')
        self.check('cuda')

    def test_no_compiler(self):
        self.have('cuda', 'onednn')
        self.check('none', r'no C\+\+ compiler is on PATH .*install g\+\+')

    def test_broken_compiler(self):
        self.have('broken compiler')
        self.check('none', r'c\+\+ does not work \(out\)')

    def test_no_openmp(self):
        self.have('compiler without OpenMP', 'onednn')
        self.check('none', 'cannot use OpenMP .no OpenMP.')

    def test_no_cython(self):
        self.have('compiler', 'cuda', 'onednn')
        with mock.patch('importlib.util.find_spec', lambda name: None):
            self.check('none', 'Cython is not installed: pip install cython')

    def test_other_systems(self):
        self.have('compiler', 'cuda', 'onednn')
        for system in 'darwin', 'win32':
            with mock.patch.object(sys, 'platform', system):
                self.check('none', f'on Linux only, and this is {system}')

    # CUPY_BACKEND decides.

    def test_forced_host(self):
        self.have('compiler', 'cuda', 'onednn')
        self.want('host')
        self.check('host')

    def test_forced_host_says_nothing_about_cuda(self):
        self.have('compiler', 'half a cuda')
        self.want('host')
        self.check('host', 'oneDNN')

    def test_forced_cuda(self):
        self.have('compiler', 'cuda')
        self.want('cuda')
        self.check('cuda')

    def test_forced_none(self):
        self.have('compiler', 'cuda', 'onednn')
        self.want('none')
        self.check('none', 'CUPY_BACKEND=none')

    def test_empty_forces_nothing(self):
        self.have('compiler', 'onednn')
        self.want('')
        self.check('host', 'CUDA was not found')

    def test_forced_cuda_that_is_not_there(self):
        self.have('compiler', 'onednn')
        self.want('cuda')
        self.check_error('^CUPY_BACKEND=cuda cannot be built: CUDA was not '
                         'found')

    def test_forced_cuda_of_which_half_is_there(self):
        self.have('compiler', 'half a cuda')
        self.want('cuda')
        self.check_error('CUPY_BACKEND=cuda cannot be built: .*cuRAND .no ')

    def test_forced_without_a_compiler(self):
        self.have('cuda', 'onednn')
        for value in 'cuda', 'host':
            self.want(value)
            self.check_error(rf'CUPY_BACKEND={value} cannot be built: no '
                             rf'C\+\+ compiler')

    def test_forced_host_without_openmp(self):
        self.have('compiler without OpenMP')
        self.want('host')
        self.check_error('CUPY_BACKEND=host cannot be built: .*OpenMP')

    def test_forced_without_cython(self):
        self.have('compiler', 'cuda')
        self.want('host')
        with mock.patch('importlib.util.find_spec', lambda name: None):
            self.check_error('CUPY_BACKEND=host cannot be built: Cython')

    def test_unknown(self):
        self.have('compiler', 'onednn')
        for value in 'gpu', 'HOST', 'cuda ':
            self.want(value)
            self.check_error(f"must be cuda, host or none.*it is '{value}'")
