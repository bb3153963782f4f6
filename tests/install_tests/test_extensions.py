import os
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import fakes

from install import backend, compiler, cuda, extensions, onednn

PROJECT = {
    'cupy/core/core.pyx': 'from cupy.cuda cimport runtime\n',
    'cupy/cuda/runtime.pyx': '# the longest text\n' * 9,
    'cupy/cuda/runtime.pxd': '',
    'cupy/cuda/cublas.pyx': '',
    'cupy/cuda/cudnn.pyx': '',
    'cupy/cuda/host/host.h': '',
    'cupy/cuda/host/runtime.cpp': '',
    'cupy/cuda/host/blas.cpp': '',
    'cupy/cuda/host/include/cuda_runtime_api.h': '',
    'cupy/cuda/host/dnn/conv.cpp': '',
    'install/x.py': '',
}
ONEDNN = onednn.OneDNN('/d/include', '/d/lib/libdnnl.so.3', '3.2.0')


class ExtensionsTest(unittest.TestCase):

    def setUp(self):
        self.machine = fakes.Machine(self)
        fakes.program(self.machine.bin, 'c++', 'echo c++ 12')
        self.compiler = compiler.find()
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.addCleanup(os.chdir, os.getcwd())
        os.chdir(folder.name)
        fakes.write('.', PROJECT)

    def host(self, onednn=ONEDNN, strict=False):
        return extensions.Parts(
            backend.Plan('host', self.compiler, onednn=onednn), strict)

    def cuda(self, keys=tuple(fakes.FILES)):
        fakes.toolkit(self.machine.default, keys)
        return extensions.Parts(
            backend.Plan('cuda', self.compiler,
                         toolkit=cuda.find(fakes.AnyCompiler())), False)

    def products(self, parts):
        return sorted(file.replace(extensions.SUFFIX, '')
                      for file in parts.products())

    def command(self, parts, title):
        """Returns the command of the step with a title, and its inputs."""
        step, = [step for chain in
                 parts.compile_chains() + parts.link_chains()
                 for step in chain if step.title == title]
        return step.command, step.inputs

    def compile_module(self, parts, name):
        return self.command(
            parts, f'compile build/cupy/cython/cupy/{name}.cpp')[0]

    def link_module(self, parts, name):
        return self.command(parts, f'link cupy/{name}{extensions.SUFFIX}')[0]


class TestModules(ExtensionsTest):

    def test_modules(self):
        self.assertEqual(extensions.modules(), {
            'cupy.core.core': 'cupy/core/core.pyx',
            'cupy.cuda.cublas': 'cupy/cuda/cublas.pyx',
            'cupy.cuda.cudnn': 'cupy/cuda/cudnn.pyx',
            'cupy.cuda.runtime': 'cupy/cuda/runtime.pyx'})

    def test_source_files(self):
        self.assertEqual(sorted(extensions.source_files()), sorted(PROJECT))


class TestHost(ExtensionsTest):

    def test_products(self):
        self.assertEqual(self.products(self.host()), [
            'cupy/core/core', 'cupy/cuda/cublas', 'cupy/cuda/cudnn',
            'cupy/cuda/libcupy_host.so', 'cupy/cuda/libcupy_host_dnn.so',
            'cupy/cuda/runtime'])

    def test_products_without_onednn(self):
        self.assertEqual(self.products(self.host(onednn=None)), [
            'cupy/core/core', 'cupy/cuda/cublas', 'cupy/cuda/libcupy_host.so',
            'cupy/cuda/runtime'])

    def test_largest_module_first(self):
        self.assertEqual(self.host().compile_chains()[0][0].title,
                         'cython cupy/cuda/runtime.pyx')

    def test_module_is_made_again_with_what_it_cimports(self):
        _, inputs = self.command(self.host(), 'cython cupy/core/core.pyx')
        self.assertEqual(inputs, ['cupy/core/core.pyx',
                                  'cupy/cuda/runtime.pxd'])

    def test_compile_module(self):
        command = self.compile_module(self.host(), 'core/core')
        for arg in ['-O2', '-std=c++17', '-fPIC', '-iquotecupy/core',
                    '-iquotecupy/cuda', '-Icupy/cuda/host/include',
                    f'-I{compiler.python_include()}']:
            self.assertIn(arg, command)

    def test_compile_library(self):
        command, _ = self.command(self.host(),
                                  'compile cupy/cuda/host/blas.cpp')
        for arg in ['-O3', '-fopenmp', '-Wall', '-Icupy/cuda/host/include',
                    '-Icupy/cuda/host', '-MMD']:
            self.assertIn(arg, command)
        self.assertNotIn('-I/d/include', command)

    def test_compile_dnn(self):
        command, _ = self.command(self.host(),
                                  'compile cupy/cuda/host/dnn/conv.cpp')
        self.assertIn('-I/d/include', command)

    def test_warnings_are_errors_only_in_our_code_and_for_us(self):
        for strict in False, True:
            parts = self.host(strict=strict)
            for source, ours in [('cupy/cuda/host/blas.cpp', True),
                                 ('cupy/cuda/host/dnn/conv.cpp', True),
                                 ('build/cupy/cython/cupy/core/core.cpp',
                                  False)]:
                command, _ = self.command(parts, f'compile {source}')
                self.assertEqual('-Wall' in command, ours)
                self.assertEqual('-Werror' in command, ours and strict)

    def test_link_libraries(self):
        libraries = self.host().link_chains()[0]
        self.assertEqual([step.title for step in libraries],
                         ['link cupy/cuda/libcupy_host.so',
                          'link cupy/cuda/libcupy_host_dnn.so'])
        host, dnn = libraries
        self.assertEqual([os.path.basename(path) for path in host.inputs],
                         ['blas.o', 'runtime.o'])
        self.assertEqual([os.path.basename(path) for path in dnn.inputs],
                         ['conv.o'])
        for arg in ['-lcupy_host', '/d/lib/libdnnl.so.3',
                    '-Wl,-rpath,$ORIGIN', '-Wl,-rpath,$ORIGIN/../../../..']:
            self.assertIn(arg, dnn.command)

    def test_link_modules(self):
        for name, libraries in [
                ('cuda/runtime', ['-lcupy_host']),
                ('cuda/cublas', ['-lcupy_host']),
                ('cuda/cudnn', ['-lcupy_host_dnn', '-lcupy_host']),
                ('core/core', [])]:
            command = self.link_module(self.host(), name)
            self.assertEqual([arg for arg in command
                              if arg.startswith('-l')], libraries)
            self.assertIn('-Wl,-rpath,$ORIGIN', command)


class TestCuda(ExtensionsTest):

    def test_products(self):
        self.assertEqual(self.products(self.cuda()), [
            'cupy/core/core', 'cupy/cuda/cublas', 'cupy/cuda/cudnn',
            'cupy/cuda/runtime'])

    def test_products_without_cudnn(self):
        self.assertEqual(
            self.products(self.cuda(['cudart', 'nvrtc', 'cublas', 'curand'])),
            ['cupy/core/core', 'cupy/cuda/cublas', 'cupy/cuda/runtime'])

    def test_our_headers_are_not_mixed_with_cudas(self):
        command = self.compile_module(self.cuda(), 'cuda/runtime')
        self.assertIn(f'-I{self.machine.default}/include', command)
        self.assertNotIn('host', ' '.join(command))

    def test_backends_do_not_share_objects(self):
        objects = [{chain[-1].target for chain in parts.compile_chains()}
                   for parts in (self.host(), self.cuda())]
        self.assertFalse(objects[0] & objects[1])

    def test_each_binding_links_its_own_library(self):
        lib = f'{self.machine.default}/lib64'
        for name, files in [
                ('cuda/runtime', ['libcudart.so.13']),
                ('cuda/cublas', ['libcudart.so.13', 'libcublas.so.13']),
                ('cuda/cudnn', ['libcudart.so.13', 'libcudnn.so.9']),
                ('core/core', [])]:
            command = self.link_module(self.cuda(), name)
            self.assertEqual([arg for arg in command if '.so.' in arg],
                             [f'{lib}/{file}' for file in files])
            self.assertEqual(f'-Wl,-rpath,{lib}' in command, bool(files))

    def test_wheels_are_found_where_they_move_to(self):
        nvidia = f'{self.machine.site}/nvidia'
        fakes.toolkit(f'{nvidia}/cu13',
                      ['cudart', 'nvrtc', 'cublas', 'curand'], lib='lib')
        fakes.toolkit(f'{nvidia}/cudnn', ['cudnn'], lib='lib')
        parts = extensions.Parts(
            backend.Plan('cuda', self.compiler,
                         toolkit=cuda.find(fakes.AnyCompiler())), False)
        command = self.link_module(parts, 'cuda/cudnn')
        self.assertEqual(
            [arg for arg in command if 'rpath' in arg],
            ['-Wl,-rpath,$ORIGIN/../../nvidia/cu13/lib',
             f'-Wl,-rpath,{nvidia}/cu13/lib',
             '-Wl,-rpath,$ORIGIN/../../nvidia/cudnn/lib',
             f'-Wl,-rpath,{nvidia}/cudnn/lib',
             '-Wl,-rpath,$ORIGIN'])
