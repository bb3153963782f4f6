import copy
import io
import os
import pickle
import subprocess
import sys
import tempfile
import threading
import unittest
import warnings
from unittest import mock

import numpy

from cupy.cuda import compiler, disk_cache, driver, function, nvrtc

SOURCE = '''
extern "C" __global__ void f(int* x) {
  x[threadIdx.x] = %s;
}'''


def call(module, n=1, name='f'):
    out = numpy.zeros(n, 'i')
    module.get_function(name)((1,), (n,), (out.ctypes.data,))
    return out.tolist()


def run(code, *args, **environ):
    """Runs a script with other environment variables; returns its output."""
    done = start(code, *args, **environ)
    out, err = done.communicate(timeout=60)
    assert done.returncode == 0, err
    return out.strip()


def start(code, *args, **environ):
    environ = dict(os.environ, PYTHONPATH=os.pathsep.join(sys.path), **environ)
    return subprocess.Popen(
        [sys.executable, '-c', code, *args], env=environ, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE)


class CacheTestCase(unittest.TestCase):

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.parent = folder.name
        self.folder = os.path.join(folder.name, 'a', 'kernel_cache')
        self.addCleanup(disk_cache._warned.clear)
        disk_cache._warned.clear()

    def compile(self, source, options=(), **keywords):
        """Compiles as a new process does; tells whether a compiler ran."""
        compiler._modules.clear()
        before = compiler.compilations()
        keywords.setdefault('cache_dir', self.folder)
        module = compiler.compile_with_cache(source, options, **keywords)
        return module, compiler.compilations() - before

    def assert_compiled(self, expected, *args, **keywords):
        module, count = self.compile(*args, **keywords)
        self.assertEqual(count, expected)
        return module

    def file(self):
        name, = os.listdir(self.folder)
        return os.path.join(self.folder, name)


class CompileTest(CacheTestCase):

    def test_process_cache(self):
        module = self.assert_compiled(1, SOURCE % 1)
        again = compiler.compile_with_cache(
            SOURCE % 1, cache_dir=self.folder)
        self.assertIs(again, module)
        self.assertIsInstance(module, function.Module)
        other = compiler.compile_with_cache(
            SOURCE % 1, ['-DN=2'], cache_dir=self.folder)
        self.assertIsNot(other, module)

    def test_options(self):
        self.assertEqual(call(self.compile(SOURCE % 'N', ('-DN=5',))[0]), [5])
        with self.assertRaisesRegex(TypeError, "not the string '-DN=5'"):
            compiler.compile_with_cache(SOURCE % 'N', '-DN=5')

    def test_architecture(self):
        self.assertEqual(
            call(self.compile(SOURCE % 3, arch='sm_35')[0]), [3])

    def test_several_threads(self):
        modules = []

        def work():
            modules.append(compiler.compile_with_cache(
                SOURCE % 4, cache_dir=self.folder))

        compiler._modules.clear()
        threads = [threading.Thread(target=work) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual({id(module) for module in modules},
                         {id(modules[0])})
        self.assertEqual(call(modules[0]), [4])

    def test_long_compilation_is_explained_once(self):
        class Terminal(io.StringIO):
            def isatty(self):
                return True

        for stream, told in ((Terminal(), True), (io.StringIO(), False)):
            with mock.patch.object(compiler, '_seconds', 0.), \
                    mock.patch.object(compiler, '_PATIENCE', 1e-3), \
                    mock.patch.object(sys, 'stderr', stream):
                for number in range(3):
                    self.compile(SOURCE % f'{number} + {int(told)}')
            self.assertEqual(stream.getvalue().count('are compiled'), told)
            self.assertEqual(self.folder in stream.getvalue(), told)

    def test_missing_compiler(self):
        compiler._modules.clear()
        path = os.environ['PATH']
        self.addCleanup(os.environ.__setitem__, 'PATH', path)
        os.environ['PATH'] = self.parent
        with self.assertRaisesRegex(nvrtc.NVRTCError, r'apt install g\+\+'):
            self.compile(SOURCE % 5)


class ExceptionTest(CacheTestCase):

    def error(self, source, options=()):
        with self.assertRaises(compiler.CompileException) as caught:
            self.compile(source, options)
        return caught.exception

    def test_syntax_error(self):
        error = self.error('''
extern "C" __global__ void f(int* x) {
  x[0] = 1 +;
}''', ('-DN=3',))
        text = str(error)
        self.assertIn('kernel.cu:3:13: error: expected',
                      text)
        self.assertIn('\n3   x[0] = 1 +;\n4 }\n', text)
        self.assertIn('options: -DN=3 ', text)
        self.assertEqual(error.get_message(), text)
        file = io.StringIO()
        error.dump(file)
        self.assertEqual(file.getvalue(), text)
        for other in (copy.copy(error), pickle.loads(pickle.dumps(error))):
            self.assertEqual(str(other), text)

    def test_line_numbers(self):
        # What is put into the text must not move its lines.
        error = self.error('''#include <stdio.h>
extern "C" __global__ void g(int* x) {
  extern __shared__ int s[];
  x[0] = s[0]; }
__device__ int v;

extern "C" __global__ void f(int* x) { undefined_name(); }''')
        self.assertIn('kernel.cu:7:40: error: ', error.msg)

    def test_undefined_name_in_a_header(self):
        with open(os.path.join(self.parent, 'mine.h'), 'w') as f:
            f.write('\n__device__ int g() { return nowhere; }')
        error = self.error('#include "mine.h"', ('-I' + self.parent,))
        self.assertIn('mine.h:2:29: error', error.msg)

    def test_wrong_option(self):
        self.assertIn('unrecognized option --wrong',
                      str(self.error(SOURCE % 1, ('--wrong',))))

    def test_nothing_is_cached(self):
        self.error('wrong')
        self.assertFalse(os.path.exists(self.folder))
        self.error('wrong')


class DiskCacheTest(CacheTestCase):

    def test_second_process(self):
        self.assert_compiled(1, SOURCE % 1)
        self.assertEqual(os.listdir(self.folder),
                         [os.path.basename(self.file())])
        self.assertEqual(call(self.assert_compiled(0, SOURCE % 1)), [1])
        code = '''
import sys
from cupy.cuda import compiler
compiler.compile_with_cache(sys.argv[1])
print(compiler.compilations())'''
        self.assertEqual(run(code, SOURCE % 1, CUPY_CACHE_DIR=self.folder),
                         '0')
        self.assertEqual(run(code, SOURCE % 2, CUPY_CACHE_DIR=self.folder),
                         '1')
        for change in ({'CUPY_HOST_CHECK': '1'}, {'CUPY_HOST_DEBUG': '1'},
                       {'CUPY_HOST_BLOCKS': '1'}):
            self.assertEqual(
                run(code, SOURCE % 1, CUPY_CACHE_DIR=self.folder, **change),
                '1')

    def test_default_folder(self):
        code = '''
from cupy.cuda import disk_cache
print(disk_cache.default_folder())'''
        self.assertEqual(run(code, CUPY_CACHE_DIR='', HOME='/some/home'),
                         '/some/home/.cupy/kernel_cache')
        self.assertEqual(run(code, CUPY_CACHE_DIR='/elsewhere'),
                         '/elsewhere')

    def test_what_a_kernel_depends_on(self):
        self.assert_compiled(1, SOURCE % 1)
        self.assert_compiled(1, SOURCE % 2)
        self.assert_compiled(1, SOURCE % 1, ('-DN',))
        self.assert_compiled(1, SOURCE % 1, ('-DN', '-DM'))
        self.assert_compiled(1, SOURCE % 1, arch='sm_50')
        self.assert_compiled(0, SOURCE % 1)
        self.assert_compiled(0, SOURCE % 1, ('-DN',))
        self.assertEqual(len(os.listdir(self.folder)), 5)

    def test_compiler(self):
        self.assert_compiled(1, SOURCE % 1)
        compiler_copy = os.path.join(self.parent, 'compiler')
        with open(compiler_copy, 'w') as f:
            f.write('#!/bin/sh\nexec gcc "$@"\n')
        os.chmod(compiler_copy, 0o700)
        os.environ['CUPY_HOST_CC'] = compiler_copy
        self.addCleanup(os.environ.pop, 'CUPY_HOST_CC')
        self.assert_compiled(1, SOURCE % 1)
        self.assert_compiled(0, SOURCE % 1)
        with open(compiler_copy, 'a') as f:
            f.write('# another version\n')
        self.assert_compiled(1, SOURCE % 1)

    def test_broken_files(self):
        self.assert_compiled(1, SOURCE % 1)
        with open(self.file(), 'rb') as f:
            content = f.read()
        for broken in (b'', content[:20], content[:-1], content + b'x',
                       content[:5000] + b'?' + content[5001:],
                       b'?' + content[1:]):
            with open(self.file(), 'wb') as f:
                f.write(broken)
            self.assertEqual(call(self.assert_compiled(1, SOURCE % 1)), [1])
            self.assertEqual(call(self.assert_compiled(0, SOURCE % 1)), [1])

    def test_files_that_others_may_write_to(self):
        self.assert_compiled(1, SOURCE % 1)
        for mode in (0o666, 0o620):
            os.chmod(self.file(), mode)
            self.assert_compiled(1, SOURCE % 1)
            self.assertEqual(os.stat(self.file()).st_mode & 0o777, 0o600)
        self.assert_compiled(0, SOURCE % 1)

    def test_links_are_not_followed(self):
        self.assert_compiled(1, SOURCE % 1)
        target = os.path.join(self.parent, 'target')
        path = self.file()
        os.rename(path, target)
        os.symlink(target, path)
        self.assert_compiled(1, SOURCE % 1)
        self.assertFalse(os.path.islink(path))

    def assert_refused(self, message):
        with self.assertWarnsRegex(UserWarning, message) as caught:
            module = self.assert_compiled(1, SOURCE % 1)
        self.assertEqual(call(module), [1])
        self.assertIn(self.folder, str(caught.warning))
        self.assertIn('CUPY_CACHE_DIR', str(caught.warning))
        with warnings.catch_warnings():
            warnings.simplefilter('error')  # it is said once
            self.assert_compiled(1, SOURCE % 1)

    def test_folder_that_others_may_write_to(self):
        for mode in (0o777, 0o770, 0o1777):
            self.assert_compiled(1, SOURCE % 1)
            os.chmod(self.folder, mode)
            self.assert_refused('other users; make it private')
            os.chmod(self.folder, 0o700)
            self.assert_compiled(0, SOURCE % 1)
            os.unlink(self.file())
            disk_cache._warned.clear()
        os.chmod(self.folder, 0o755)
        self.assert_compiled(1, SOURCE % 1)

    def test_owner(self):
        # Another user than the one whom the files belong to.
        self.assert_compiled(1, SOURCE % 1)
        mine = os.geteuid()
        self.addCleanup(setattr, os, 'geteuid', os.geteuid)
        os.geteuid = lambda: mine + 1
        self.assert_refused(
            rf'belongs to another user \(of id {mine}\)')

    def test_owner_of_a_file(self):
        self.assert_compiled(1, SOURCE % 1)
        path = self.file()
        real = os.fstat

        def foreign(file):
            info = list(real(file))
            info[4] += 1
            return os.stat_result(info)

        self.addCleanup(setattr, os, 'fstat', real)
        os.fstat = foreign
        self.assert_compiled(1, SOURCE % 1)
        os.fstat = real
        self.assertEqual(self.file(), path)
        self.assert_compiled(0, SOURCE % 1)

    def test_folder_that_cannot_be_made(self):
        with open(os.path.join(self.parent, 'a'), 'w'):
            pass
        self.assert_refused(r'cannot be written to \(.+\)')

    def test_folder_that_is_a_file(self):
        self.folder = os.path.join(self.parent, 'file')
        with open(self.folder, 'w'):
            pass
        self.assert_refused('is not a folder')

    def test_folder_is_private(self):
        self.assert_compiled(1, SOURCE % 1)
        self.assertEqual(os.stat(self.folder).st_mode & 0o777, 0o700)
        self.assertEqual(os.stat(self.file()).st_mode & 0o777, 0o600)

    def test_writing_that_fails(self):
        self.assert_compiled(1, SOURCE % 1)
        os.unlink(self.file())
        real = os.replace

        def fail(source, target):
            raise OSError(28, 'No space left on device')

        self.addCleanup(setattr, os, 'replace', real)
        os.replace = fail
        self.assert_refused('No space left on device')
        self.assertEqual(os.listdir(self.folder), [])

    def test_two_processes_at_once(self):
        code = '''
import sys
import numpy
from cupy.cuda import compiler
for i in range(3):
    f = compiler.compile_with_cache(sys.argv[1] % i).get_function('f')
    out = numpy.zeros(1, 'i')
    f((1,), (1,), (out.ctypes.data,))
    print(out[0])
'''
        processes = [start(code, SOURCE, CUPY_CACHE_DIR=self.folder)
                     for _ in range(2)]
        for process in processes:
            out, err = process.communicate(timeout=60)
            self.assertEqual(out.split(), ['0', '1', '2'], err)
        self.assertEqual(len(os.listdir(self.folder)), 3)
        self.assert_compiled(0, SOURCE % 2)


class HeadersTest(CacheTestCase):

    def header(self, name, text):
        path = os.path.join(self.parent, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, 'w') as f:
            f.write(text)

    def test_change_of_a_header(self):
        source = '#include <one.h>\n' + SOURCE % 'ONE + TWO'
        options = ('-I', self.parent)
        self.header('one.h', '#define ONE 1\n#  include "sub/two.h"')
        self.header('sub/two.h', '#define TWO 2')
        self.assertEqual(call(self.assert_compiled(1, source, options)), [3])
        self.assertEqual(call(self.assert_compiled(0, source, options)), [3])
        self.header('sub/two.h', '#define TWO 20')
        self.assertEqual(call(self.assert_compiled(1, source, options)), [21])
        self.header('sub/two.h', '#define TWO 2')
        self.assertEqual(call(self.assert_compiled(0, source, options)), [3])

    def test_headers_of_the_compiler_are_not_cached(self):
        source = '#include <float.h>\n' + SOURCE % 'FLT_DIG'
        self.assertEqual(call(self.assert_compiled(1, source)), [6])
        self.assertEqual(call(self.assert_compiled(1, source)), [6])
        self.header('pre.h', '#define N 4')
        options = ('-include', os.path.join(self.parent, 'pre.h'))
        self.assertEqual(
            call(self.assert_compiled(1, SOURCE % 'N', options)), [4])
        self.header('pre.h', '#define N 5')
        self.assertEqual(
            call(self.assert_compiled(1, SOURCE % 'N', options)), [5])

    def test_header_with_a_barrier(self):
        # The text itself does not show that its threads wait.
        self.header('wait.h', '''
__device__ int next(int x) {
  __shared__ int s[32];
  s[threadIdx.x] = x;
  __syncthreads();
  return s[(threadIdx.x + 1) % blockDim.x];
}''')
        module, _ = self.compile(
            '#include "wait.h"\n' + SOURCE % 'next(threadIdx.x * 10)',
            ('-I' + self.parent,))
        self.assertEqual(call(module, 4), [10, 20, 30, 0])

    def test_barrier_in_a_header_of_a_chunked_kernel(self):
        self.header('wait.h', '__device__ void wait() { __syncthreads(); }')
        module, _ = self.compile('''
#include "carray.h"
#include "wait.h"
extern "C" __global__ void f(int* x) { CUPY_FOR(i, 1) { wait(); } }
''', ('-I' + self.parent,))
        with self.assertRaisesRegex(
                driver.CUDADriverError, 'waits for other threads'):
            call(module)

    def test_preprocess(self):
        self.header('a.h', 'A\n#include "b.h"\n#include <none.h>\nEND')
        self.header('b.h', 'B\n#include "a.h"')
        self.assertEqual(
            compiler.preprocess('#define X\n #include "a.h" // text\n'
                                '#include "a.h"\n// #include "b.h"\nX',
                                ('-I' + self.parent,)),
            '#define X\nA\nB\n\n#include <none.h>\nEND\n\n'
            '// #include "b.h"\nX')
        self.assertIn('class CArray',
                      compiler.preprocess('#include "carray.h"'))


class CheckTest(CacheTestCase):

    def test_index_out_of_range(self):
        code = '''
import struct
import sys
import numpy
from cupy.cuda import compiler, driver

class Array:
    def __init__(self, x):
        numbers = (x.ctypes.data, x.size) + x.shape + x.strides
        self.cstruct = struct.pack('=%dq' % len(numbers), *numbers)

source = """
#include "carray.h"
extern "C" __global__ void f(CArray<float, 1> x, CArray<float, 2> table,
                             int i, int j, int k) {
  CUPY_FOR(n, 1) {
    ptrdiff_t index[] = {i, j};
    x[k] = table[index];
  }
}
extern "C" __global__ void g(CArray<float, 1> x, int i) {
  if (threadIdx.x == 3) x[i] = 1;
}"""
module = compiler.compile_with_cache(source)
x, table = numpy.zeros(5, 'f'), numpy.ones((3, 4), 'f')
for i, j, k in [(2, 3, 4), (0, 4, 0), (-1, 0, 0), (0, 0, 5), (0, 0, -1)]:
    try:
        module.get_function('f')(
            (1,), (1,), (Array(x), Array(table), i, j, k))
        print(x.sum())
    except driver.CUDADriverError as error:
        print(error)
try:
    module.get_function('g')((2,), (4,), (Array(x), 1 << 30))
except driver.CUDADriverError as error:
    print(error)
'''
        start = ('CUDA_ERROR_ILLEGAL_ADDRESS (700): an illegal memory access '
                 'was encountered, in cuLaunchKernel: kernel ')
        lines = run(code, CUPY_HOST_CHECK='1',
                    CUPY_CACHE_DIR=self.folder).splitlines()
        block = ', in block (0, 0, 0), thread ({}, 0, 0)'
        self.assertEqual(lines, [
            '1.0',
            start + 'f: index 4 is out of range for axis 1 of argument table '
            'of size 4' + block.format(0),
            start + 'f: index -1 is out of range for axis 0 of argument '
            'table of size 3' + block.format(0),
            start + 'f: index 5 is out of range for argument x of size 5' +
            block.format(0),
            start + 'f: index -1 is out of range for argument x of size 5' +
            block.format(0),
            start + 'g: index 1073741824 is out of range for argument x of '
            'size 5' + block.format(3)])


class DebugTest(CacheTestCase):

    CODE = '''
import sys
import numpy
from cupy.cuda import compiler
f = compiler.compile_with_cache(sys.argv[1]).get_function('f')
out = numpy.zeros(1, 'i')
f((1,), (1,), (out.ctypes.data,))
print(out[0])
'''

    def test_source_is_kept(self):
        source = SOURCE % 'undefined_later(7)'
        source = '__device__ int undefined_later(int x) { return x; }' + source
        self.assertEqual(run(self.CODE, source, CUPY_HOST_DEBUG='1',
                             CUPY_CACHE_DIR=self.folder), '7')
        folder = os.path.join(self.folder, 'debug')
        name, = os.listdir(folder)
        path = os.path.join(folder, name)
        with open(path) as f:
            self.assertEqual(f.read(), source)
        # The name that debug information has for it.
        image, = [other for other in os.listdir(self.folder)
                  if other.endswith('.bin')]
        with open(os.path.join(self.folder, image), 'rb') as f:
            self.assertIn(path.encode(), f.read())

    def test_debugger_finds_the_module(self):
        # A real file while the module is loaded, and none afterwards.
        code = self.CODE + '''
import gc, os
before = os.listdir(os.environ['TMPDIR'])
with open('/proc/self/maps') as maps:
    print(any(name in line for line in maps for name in before))
del f
compiler._modules.clear()
gc.collect()
print(len(before), os.listdir(os.environ['TMPDIR']))
'''
        folder = os.path.join(self.parent, 'tmp')
        os.mkdir(folder)
        self.assertEqual(
            run(code, SOURCE % 5, CUPY_HOST_DEBUG='1', TMPDIR=folder,
                CUPY_CACHE_DIR=self.folder).split('\n'),
            ['5', 'True', '1 []'])
