import glob
import os
import tempfile
import unittest
from unittest import mock

import cupy
from cupy.cuda import compiler, source_files

SOURCE = '''
extern "C" __global__ void __launch_bounds__(32) kept(int* x) {
  x[0] = "\u00e4\\n"[0] + %s;
}
'''


class SourceFilesTest(unittest.TestCase):

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.parent = folder.name
        self.folder = os.path.join(self.parent, 'a', 'sources')
        self.keep(self.folder)

    def keep(self, folder):
        patch = mock.patch.dict(os.environ, CUPY_KEEP_SOURCES=folder)
        patch.start()
        self.addCleanup(patch.stop)

    def compile(self, source, options=()):
        # As a new process does.
        with mock.patch.dict(compiler._modules, clear=True):
            compiler.compile_with_cache(
                source, options, cache_dir=os.path.join(self.parent, 'cache'))

    def files(self):
        return sorted(glob.glob(os.path.join(self.folder, '*')))

    def test_source(self):
        self.compile(SOURCE % 1, ('-DNUMBER=1', '-DNOTHING'))
        path, = self.files()
        self.assertRegex(os.path.basename(path), r'^kept-[0-9a-f]{16}\.cu$')
        self.assertEqual(source_files.load(path), source_files.Source(
            SOURCE % 1, ('-DNUMBER=1', '-DNOTHING'), {}, ()))

    def test_file_can_be_compiled(self):
        self.compile(SOURCE % 1)
        path, = self.files()
        with open(path) as f:
            self.compile(f.read())

    def test_one_file_for_each_source(self):
        before = compiler.compilations()
        for _ in range(2):  # the second time they are in the cache
            for options in ((), ('-DN',)):
                for i in range(2):
                    self.compile(SOURCE % i, options)
        self.assertEqual(compiler.compilations(), before + 4)
        self.assertEqual(len(self.files()), 4)
        os.unlink(self.files()[0])
        self.compile(SOURCE % 0)
        self.compile(SOURCE % 1)
        self.compile(SOURCE % 0, ('-DN',))
        self.compile(SOURCE % 1, ('-DN',))
        self.assertEqual(len(self.files()), 4)

    def test_kernel_of_a_ufunc(self):
        twice = cupy.core.create_ufunc('kept', ('d->d',), 'out0 = 2 * in0')
        twice(cupy.zeros(3))
        path, = [p for p in self.files() if 'cupy_kept-' in p]
        self.assertIn('out0 = 2 * in0', source_files.load(path).text)

    def test_headers(self):
        os.mkdir(os.path.join(self.parent, 'sub'))
        texts = {'one.h': '#include "sub/two.h"\n#include "carray.h"\n',
                 'sub/two.h': '#define TWO 2\n'}
        for name, text in texts.items():
            with open(os.path.join(self.parent, name), 'w') as f:
                f.write(text)
        source = '#include <stdio.h>\n#include "one.h"' + SOURCE % 'TWO'
        self.compile(source, ('-I' + self.parent,))
        path, = self.files()
        self.assertEqual(source_files.load(path), source_files.Source(
            source.replace('#include <stdio.h>', ''), ('-I' + self.parent,),
            texts, ()))

    def test_headers_that_are_not_known(self):
        self.compile('#include <float.h>' + SOURCE % 1)
        path, = self.files()
        self.assertEqual(source_files.load(path).unknown, ('float.h',))

    def test_wrong_source(self):
        with self.assertRaises(compiler.CompileException):
            self.compile('wrong')
        self.assertEqual(self.files(), [])

    def test_no_folder(self):
        self.keep('')
        self.compile(SOURCE % 1)
        self.assertIsNone(source_files.folder())
        self.assertEqual(os.listdir(self.parent), ['cache'])
