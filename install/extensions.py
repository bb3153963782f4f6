"""The compiled parts of CuPy: what there is to build, and how.

Every ``.pyx`` below ``cupy`` is an extension module. With the host device,
two shared libraries come before them: ``libcupy_host.so``, which implements
CUDA's functions on the CPU, and ``libcupy_host_dnn.so``, which implements
cuDNN's with oneDNN and is left out where oneDNN is not found.
"""
import glob
import os

from Cython.Build import cythonize
from setuptools import Extension
from setuptools.command import build_ext

HOST = 'cupy/cuda/host'
FLAGS = ['-O3', '-std=c++17', '-fvisibility=default', '-Wall', '-g0']
# The library of the host device that a binding calls.
LIBRARIES = {'cudnn': ['cupy_host_dnn', 'cupy_host']}


def extensions(with_dnn):
    """Returns the extension modules of CuPy for the host device."""
    modules = []
    for path in sorted(glob.glob('cupy/**/*.pyx', recursive=True)):
        name = path[:-len('.pyx')].replace(os.sep, '.')
        leaf = name.rsplit('.', 1)[-1]
        if leaf == 'cudnn' and not with_dnn:
            continue
        binding = os.path.dirname(path) == 'cupy/cuda'
        modules.append(Extension(
            name, [path], language='c++',
            include_dirs=[f'{HOST}/include', HOST, 'cupy/cuda'],
            libraries=LIBRARIES.get(leaf, ['cupy_host']) if binding else [],
            extra_compile_args=FLAGS + ['-Wno-unused-function'],
            extra_link_args=['-Wl,-rpath,$ORIGIN'] if binding else [],
            depends=glob.glob('cupy/**/*.pxd', recursive=True) +
            glob.glob(f'{HOST}/include/*.h')))
    return cythonize(modules, language_level=3,
                     compiler_directives={'embedsignature': True})


class BuildExt(build_ext.build_ext):
    """Builds the host device's libraries, then the modules that call them."""

    def run(self):
        folder = 'cupy/cuda' if self.inplace else os.path.join(
            self.build_lib, 'cupy/cuda')
        os.makedirs(folder, exist_ok=True)
        self.library_dirs = [*(self.library_dirs or []), folder]
        self._folder = folder
        super().run()

    def build_extensions(self):
        self._shared_library(
            'cupy_host', sorted(glob.glob(f'{HOST}/*.cpp')),
            [], ['dl', 'pthread'])
        dnn = sorted(glob.glob(f'{HOST}/dnn/*.cpp'))
        from install import onednn
        found = onednn.find()
        if dnn and found:
            self._shared_library('cupy_host_dnn', dnn, [found.include],
                                 ['cupy_host'],
                                 [f'-L{found.lib}', '-l:libdnnl.so.3'])
        super().build_extensions()

    def _shared_library(self, name, sources, include_dirs, libraries,
                        link_args=()):
        target = os.path.join(self._folder, f'lib{name}.so')
        headers = glob.glob(f'{HOST}/**/*.h', recursive=True)
        inputs = sources + headers
        if not sources or (os.path.exists(target) and not self.force and
                           os.path.getmtime(target) >
                           max(map(os.path.getmtime, inputs))):
            return
        objects = self.compiler.compile(
            sources, output_dir=self.build_temp,
            include_dirs=[f'{HOST}/include', HOST, *include_dirs],
            extra_postargs=[*FLAGS, '-fPIC', '-fopenmp'], depends=inputs)
        self.compiler.link_shared_object(
            objects, target, libraries=libraries,
            library_dirs=[self._folder],
            extra_postargs=['-fopenmp', '-Wl,-rpath,$ORIGIN', *link_args],
            target_lang='c++')
