"""The host device declares and defines CUDA's functions as CUDA does.

Its sources are compiled with CUDA's own headers in the place of ours: a
function of another signature is an error, and so is one that CUDA does not
declare. The numbers in our headers and modules, and the types of what is in
structures, become static assertions. `.ci/cuda` runs this from the root of
the sources.
"""
import concurrent.futures
import glob
import os
import re
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.abspath('.'))

from install import compiler, cuda, onednn  # noqa: E402

HOST = 'cupy/cuda/host'
INCLUDES = ('cuda.h', 'cuda_runtime_api.h', 'cublas_v2.h', 'curand.h',
            'cudnn.h', 'nvrtc.h')
# What CUDA has besides, which a switch need not name; and what is not CUDA's.
FLAGS = ['-fsyntax-only', '-fopenmp', '-Wall', '-Werror', '-Wno-switch',
         '-Wmissing-declarations', '-Wno-error=missing-declarations']
OURS = re.compile('cupyHost')

# Versions differ, and the last ones are cuDNN 7's, which CuPy still takes.
NOT_COMPARED = re.compile(
    r'VERSION|_VER_|MAJOR|MINOR|PATCH|CUPY_|_NO_WORKSPACE$|_PREFER_FASTEST$|'
    r'_SPECIFY_WORKSPACE_LIMIT$')


def read(path):
    with open(path, encoding='utf-8') as file:
        return re.sub(r'//.*', '', file.read())


def values():
    """Returns the expressions of all numbers of ours, by CUDA's names."""
    found = {}
    for path in glob.glob(f'{HOST}/include/*.h'):
        text = read(path)
        for body in re.findall(r'\benum\b\s*\w*\s*{(.*?)}', text, re.S):
            for item in filter(None, map(str.strip, body.split(','))):
                name, _, value = item.partition(' = ')
                found[name] = value
        found.update(re.findall(
            r'^#define (\w+) (-?\d\w*|\(\(int\)-?\d+\))$', text, re.M))
    for module in 'runtime', 'cublas', 'curand', 'cudnn':
        text = re.sub('#.*', '', read(f'cupy/cuda/{module}.pxd'))
        for name, value in re.findall(r'^    (\w+) = (-?\d+)$', text, re.M):
            if module == 'runtime':
                name = f'cuda{name[0].upper()}{name[1:]}'
            found[f'{name}/{module}.pxd'] = value
    return {name: value for name, value in found.items()
            if not NOT_COMPARED.search(name.split('/')[0])}


def members():
    """Returns the types of the members of our structures."""
    found = {}
    for path in glob.glob(f'{HOST}/include/*.h'):
        for name, body in re.findall(
                r'\bstruct (\w+) {(.*?)}', read(path), re.S):
            for kind, member in re.findall(r'(\w[\w* ]*?) (\w+);', body):
                found[f'{name}::{member}'] = kind
    return found


class HeadersTest(unittest.TestCase):

    @classmethod
    def setUpClass(cls):
        cls.compiler = compiler.find()
        cls.toolkit = cuda.find(cls.compiler)

    def complaint(self, source, *args):
        """Returns what the compiler says about a source."""
        done = subprocess.run(
            self.compiler.compile(
                source, *FLAGS, *args,
                *[f'-I{folder}' for folder in self.toolkit.include_dirs]),
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        undeclared = [line for line in done.stdout.splitlines()
                      if '[-Wmissing-declarations]' in line and
                      not OURS.search(line)]
        return done.stdout if done.returncode else '\n'.join(undeclared)

    def complaint_about(self, text):
        with tempfile.TemporaryDirectory() as folder:
            source = os.path.join(folder, 'values.cpp')
            with open(source, 'w') as file:
                file.write('#include <type_traits>\n')
                file.writelines(f'#include <{name}>\n' for name in INCLUDES)
                file.write(text)
            return self.complaint(source)


class TestSignatures(HeadersTest):

    def test_sources(self):
        sources = glob.glob(f'{HOST}/**/*.cpp', recursive=True)
        self.assertGreater(len(sources), 30)
        args = [f'-I{HOST}', f'-I{onednn.find().include}']
        with concurrent.futures.ThreadPoolExecutor(
                len(os.sched_getaffinity(0))) as pool:
            complaints = pool.map(
                lambda source: self.complaint(source, *args), sources)
        self.assertEqual([text for text in complaints if text], [])

    def test_another_signature_is_noticed(self):
        for text, expected in [
                ('extern "C" cudaError_t cudaMalloc(void** p, int n) '
                 '{ return cudaSuccess; }', 'conflicting declaration'),
                ('cudaError_t cudaMalloc(void** p, int n) '
                 '{ return cudaSuccess; }', 'no previous declaration'),
                ('extern "C" cudaError_t cudaNoSuch(void) '
                 '{ return cudaSuccess; }', 'no previous declaration')]:
            self.assertIn(expected, self.complaint_about(text))
        self.assertEqual('', self.complaint_about(
            'extern "C" cudaError_t cudaMalloc(void** p, size_t n) '
            '{ return cudaSuccess; }'))


class TestValues(HeadersTest):

    def test_values(self):
        self.assertGreater(len(values()), 300)
        self.assertEqual([], [name for name, value in values().items()
                              if not value])
        self.assertEqual('', self.complaint_about(''.join(
            f'static_assert((long long)({name.split("/")[0]}) == {value}, '
            f'"{name}");\n' for name, value in values().items())))

    def test_another_value_is_noticed(self):
        self.assertIn('static assertion failed', self.complaint_about(
            'static_assert((long long)(cudaErrorNotReady) == 601, "");'))

    def test_members(self):
        self.assertGreater(len(members()), 20)
        self.assertEqual('', self.complaint_about(''.join(
            f'static_assert(std::is_same<decltype({name}), {kind}>::value, '
            f'"{name}");\n' for name, kind in members().items())))


if __name__ == '__main__':
    unittest.main()
