import contextlib
import importlib.machinery
import io
import os
import re
import subprocess
import sys
import tempfile
import unittest
from unittest import mock

import setuptools
from setuptools import errors

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import fakes

from install import build_ext, extensions

CORE = {
    'cupy/core/__init__.py': '',
    'cupy/core/core.pyx': '''
from cupy.cuda cimport runtime

def number():
    return runtime.number()
''',
}
PROJECT = {
    'cupy/__init__.py': '',
    'cupy/cuda/__init__.py': '',
    'cupy/cuda/runtime.pxd': 'cpdef int number()\n',
    'cupy/cuda/runtime.pyx': '''
cdef extern from 'cuda_runtime_api.h':
    int cudaNumber()

cpdef int number():
    return cudaNumber()
''',
    'cupy/cuda/cudnn.pyx': '',
    'cupy/cuda/host/include/cuda_runtime_api.h':
        'extern "C" int cudaNumber(void);\n',
    'cupy/cuda/host/runtime.cpp':
        '#include <cuda_runtime_api.h>\n'
        'extern "C" int cudaNumber(void) { return 21; }\n',
    'cupy/cuda/host/other.cpp': 'extern "C" int other() { return 0; }\n',
}


class BuildTest(unittest.TestCase):
    """A small project of the layout of CuPy, which is built for real."""

    backend = 'host'

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = folder.name
        self.addCleanup(os.chdir, os.getcwd())
        os.chdir(self.root)
        fakes.write('.', PROJECT)
        patch = mock.patch.dict(os.environ, CUPY_BACKEND=self.backend,
                                CXXFLAGS='-O0')
        patch.start()
        self.addCleanup(patch.stop)
        # Headers of oneDNN may be there or not; it is not what is tested.
        patch = mock.patch('install.wheels.folder_of', return_value=None)
        patch.start()
        self.addCleanup(patch.stop)

    def command(self, inplace=True):
        distribution = setuptools.Distribution({
            'name': 'chainer', 'ext_modules': build_ext.declared(),
            'cmdclass': {'build_ext': build_ext.BuildExt}})
        command = distribution.get_command_obj('build_ext')
        command.inplace = inplace
        command.build_lib = 'lib'
        command.ensure_finalized()
        return command

    def build(self, **kwargs):
        """Builds, and returns the titles of the steps that were run."""
        output = io.StringIO()
        with contextlib.redirect_stdout(output), \
                contextlib.redirect_stderr(output):
            self.command(**kwargs).run()
        return {re.sub(r'build/cupy/cython/|\.cpython.*', '', line)
                for line in output.getvalue().split('\n')
                if line.split(' ')[0] in ('cython', 'compile', 'link',
                                          'remove')}

    def number(self, module, folder='.'):
        """Returns what a built module says, in a fresh process."""
        done = subprocess.run(
            [sys.executable, '-c', f'from {module} import number\n'
                                   f'print(number())'],
            cwd=folder, env={**os.environ, 'PYTHONPATH': '.'},
            stdout=subprocess.PIPE, check=True, text=True)
        return int(done.stdout)

    def record(self, folder='.'):
        names = {}
        with open(f'{folder}/cupy/_build.py') as file:
            exec(file.read(), names)
        return names


class TestHost(BuildTest):

    def test_in_place_and_again(self):
        fakes.write('.', CORE)
        self.assertEqual(self.build(), {
            'cython cupy/core/core.pyx', 'compile cupy/core/core.cpp',
            'cython cupy/cuda/runtime.pyx', 'compile cupy/cuda/runtime.cpp',
            'compile cupy/cuda/host/runtime.cpp',
            'compile cupy/cuda/host/other.cpp',
            'link cupy/cuda/libcupy_host.so', 'link cupy/cuda/runtime',
            'link cupy/core/core'})
        self.assertEqual(self.number('cupy.core.core'), 21)
        self.assertEqual(self.record()['BACKEND'], 'host')
        self.assertIn('oneDNN', self.record()['NOTES'][0])
        self.assertEqual(self.build(), set())

        # What depends on a change is made again, and nothing else.
        os.utime('cupy/cuda/host/other.cpp')
        self.assertEqual(self.build(), {
            'compile cupy/cuda/host/other.cpp',
            'link cupy/cuda/libcupy_host.so'})
        fakes.write('.', {
            'cupy/cuda/host/include/cuda_runtime_api.h':
                'extern "C" short cudaNumber(void);\n',
            'cupy/cuda/host/runtime.cpp':
                '#include <cuda_runtime_api.h>\n'
                'extern "C" short cudaNumber(void) { return 4; }\n'})
        self.assertEqual(self.build(), {
            'compile cupy/cuda/host/runtime.cpp',
            'compile cupy/cuda/runtime.cpp', 'link cupy/cuda/runtime',
            'link cupy/cuda/libcupy_host.so'})
        self.assertEqual(self.number('cupy.core.core'), 4)
        text = PROJECT['cupy/cuda/runtime.pyx']
        fakes.write('.', {
            'cupy/cuda/runtime.pxd': 'cpdef long number()\n',
            'cupy/cuda/runtime.pyx': text.replace('cpdef int', 'cpdef long')})
        made = self.build()
        self.assertIn('link cupy/core/core', made)
        self.assertIn('link cupy/cuda/runtime', made)
        self.assertFalse({step for step in made if 'host' in step})
        self.assertEqual(self.number('cupy.core.core'), 4)

    def test_for_a_wheel(self):
        # What is left from before does not go into the wheel.
        suffix = importlib.machinery.EXTENSION_SUFFIXES[0]
        old = [f'cupy/cuda/cudnn{suffix}', f'cupy/core/renamed{suffix}',
               'cupy/cuda/libcupy_host_dnn.so']
        others = ['cupy/core/core.cpython-27-x86_64-linux-gnu.so',
                  'cupy/__init__.py', 'cupy/cuda/__init__.py', 'chainer/x.so']
        fakes.write('lib', dict.fromkeys(old + others, ''))
        fakes.write('.', {'cupy/_build.py': 'BACKEND = "stale"'})
        command = self.command(inplace=False)
        made = self.build(inplace=False)
        self.assertTrue({'remove cupy/cuda/cudnn',
                         'remove cupy/core/renamed',
                         'remove cupy/cuda/libcupy_host_dnn.so: it is not a '
                         'part of this build'} <= made, made)
        for path in others:
            self.assertTrue(os.path.exists(f'lib/{path}'), path)
        for path in old:
            self.assertFalse(os.path.exists(f'lib/{path}'), path)
        for path in command.get_outputs():
            self.assertTrue(os.path.exists(path), path)
        self.assertEqual(len(command.get_outputs()), 3)
        self.assertEqual(command.get_output_mapping(), {})
        self.assertEqual(self.record('lib')['BACKEND'], 'host')
        self.assertEqual(self.record()['BACKEND'], 'stale')
        self.assertEqual(self.number('cupy.cuda.runtime', 'lib'), 21)

        # In place everything is there already.
        self.assertEqual({line for line in self.build(inplace=True)
                          if not line.startswith('compile cupy/cuda/host')},
                         {'link cupy/cuda/libcupy_host.so'})
        command = self.command()
        self.assertEqual(len(command.get_output_mapping()), 3)
        for path, source in command.get_output_mapping().items():
            self.assertEqual(path, os.path.join('lib', source))
            self.assertTrue(os.path.exists(source), source)

    def test_error_in_our_code(self):
        os.remove('cupy/cuda/runtime.pyx')
        fakes.write('.', {'cupy/cuda/host/other.cpp':
                          'int f() { int unused; return 0; }\n'})
        with self.assertRaises(errors.CompileError) as raised:
            self.build()
        self.assertIn('compile cupy/cuda/host/other.cpp failed',
                      str(raised.exception))
        self.assertIn('unused', str(raised.exception))
        self.assertFalse(os.path.exists('cupy/_build.py'))


class TestCuda(BuildTest):
    """The same modules against libraries that stand for CUDA's."""

    backend = 'cuda'

    def setUp(self):
        super().setUp()
        root = f'{self.root}/cuda'
        fakes.toolkit(root, ['cudart', 'nvrtc', 'cublas', 'curand'])
        header = fakes.HEADERS['cudart']['cuda_runtime_api.h']
        fakes.write(root, {
            'include/cuda_runtime_api.h':
                header + 'extern "C" int cudaNumber(void);\n',
            'cudart.cpp': 'extern "C" int cudaNumber(void) { return 35; }\n'})
        subprocess.run(
            ['c++', '-shared', '-fPIC', f'{root}/cudart.cpp', '-o',
             f'{root}/lib64/libcudart.so.13', '-Wl,-soname,libcudart.so.13'],
            check=True)
        patch = mock.patch.dict(os.environ, CUDA_PATH=root)
        patch.start()
        self.addCleanup(patch.stop)

    def test_in_place(self):
        made = self.build()
        self.assertFalse({step for step in made if 'host' in step})
        self.assertFalse(os.path.exists('cupy/cuda/libcupy_host.so'))
        self.assertEqual(self.number('cupy.cuda.runtime'), 35)
        self.assertEqual(self.record()['BACKEND'], 'cuda')
        self.assertIn('cuDNN', self.record()['NOTES'][0])

        # The other backend takes its place at once, also if made before. A
        # process that uses a module keeps it.
        module = f'cupy/cuda/runtime{extensions.SUFFIX}'
        with open(module, 'rb') as used, \
                mock.patch.dict(os.environ, CUPY_BACKEND='host'):
            made = self.build()
            with open(module, 'rb') as new:
                self.assertNotEqual(used.read(), new.read())
            self.assertIn('link cupy/cuda/runtime', made)
            self.assertNotIn('cython cupy/cuda/runtime.pyx', made)
            self.assertEqual(self.number('cupy.cuda.runtime'), 21)
        made = self.build()
        self.assertEqual({step.split(':')[0] for step in made},
                         {'remove cupy/cuda/libcupy_host.so'})
        self.assertEqual(self.number('cupy.cuda.runtime'), 35)


class TestNone(BuildTest):

    backend = 'none'

    def test_nothing_is_built(self):
        suffix = extensions.SUFFIX
        fakes.write('.', {f'cupy/core/core{suffix}': ''})
        self.assertEqual(self.build(), {'remove cupy/core/core'})
        self.assertEqual(self.record()['BACKEND'], 'none')
        self.assertEqual(self.record()['NOTES'],
                         ['CUPY_BACKEND=none left it out'])
        self.assertEqual(self.command(inplace=False).get_outputs(),
                         [os.path.join('lib', 'cupy/_build.py')])

    def test_no_cython_is_needed(self):
        """Neither for importing the build nor for what it leaves out."""
        fakes.write('.', {'setup.py': '''
import sys
sys.modules['Cython'] = None  # importing it fails
import setuptools
from install import build_ext
setuptools.setup(name='chainer', packages=[],
                 ext_modules=build_ext.declared(),
                 cmdclass={'build_ext': build_ext.BuildExt})
'''})
        source = os.path.dirname(os.path.dirname(build_ext.__file__))
        environment = {**os.environ, 'PYTHONPATH': source}
        del environment['CUPY_BACKEND']
        done = subprocess.run(
            [sys.executable, '-W', 'ignore', 'setup.py', '-q', 'build_ext',
             '--inplace'],
            env=environment, stderr=subprocess.PIPE, text=True)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn('*** Cython is not installed: pip install cython',
                      done.stderr)
        self.assertEqual(self.record()['BACKEND'], 'none')
