"""CuPy, built for CUDA and installed, on a machine without a GPU.

It links to what it needs and to no driver, it can be imported, and what needs
a device says that there is none. `.ci/cuda` runs this; the interpreter is the
one for which CuPy was built, and the current directory is not the source's.
"""
import glob
import importlib
import os
import pathlib
import re
import subprocess
import unittest

import numpy

import cupy
from cupy import _build
from cupy.cuda import cublas, cudnn, curand, driver, nvrtc, runtime

CUDA = pathlib.Path(cupy.__file__).parent / 'cuda'
# What a module links to beside the libraries of C and C++.
LIBRARIES = {'runtime': 'cudart', 'driver': 'cudart', 'nvrtc': 'nvrtc',
             'cublas': 'cublas', 'curand': 'curand', 'cudnn': 'cudnn'}
SOURCE = '''
extern "C" __global__ void add(float* x, int n) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i < n) x[i] += 1;
}
'''


def binutils(*command):
    return subprocess.run(command, stdout=subprocess.PIPE, text=True,
                          check=True).stdout


def modules():
    """Returns the paths of all compiled modules, by their short names."""
    found = glob.glob(f'{CUDA.parent}/**/*.so', recursive=True)
    return {os.path.basename(path).split('.')[0]: path for path in found}


class TestLinking(unittest.TestCase):

    def test_all_modules_are_there(self):
        self.assertGreaterEqual(modules().keys(), {
            *LIBRARIES, 'device', 'function', 'handles', 'memory',
            'pinned_memory', 'stream', 'core', 'elementwise', 'reduction'})
        self.assertEqual([name for name in modules() if 'host' in name], [])

    def test_libraries(self):
        for name, path in modules().items():
            needed = re.findall(r'NEEDED.*\[lib(.*?)\.so',
                                binutils('readelf', '-d', path))
            self.assertNotIn('cuda', needed)  # the driver
            ours = {library for library in needed
                    if library.startswith(('cu', 'nv'))}
            self.assertEqual(ours, {LIBRARIES[name]} if name in LIBRARIES
                             else set(), name)

    def test_no_function_of_the_driver(self):
        for name, path in modules().items():
            undefined = binutils('nm', '-D', '--undefined-only', path)
            self.assertEqual(re.findall(r'\bcu[A-Z]\w*', undefined), [], name)

    def test_wheels_are_found_where_they_move_together(self):
        for name in LIBRARIES:
            path, = re.findall(r'RUNPATH.*\[(.*)\]',
                               binutils('readelf', '-d', modules()[name]))
            relative = [folder for folder in path.split(':')
                        if folder.startswith('$ORIGIN/../../nvidia/')]
            self.assertTrue(relative, path)
            for folder in relative:
                self.assertTrue(os.path.isdir(folder.replace(
                    '$ORIGIN', str(CUDA))), folder)

    def test_the_build_left_nothing_out(self):
        self.assertEqual(_build.BACKEND, 'cuda')
        self.assertEqual(_build.NOTES, [])


class TestImport(unittest.TestCase):

    def test_modules(self):
        for name in LIBRARIES:
            importlib.import_module(f'cupy.cuda.{name}')
        self.assertEqual(cupy.cuda.backend, 'cuda')
        self.assertIsNone(cupy.cuda.cudnn_error)

    def test_versions(self):
        major = runtime.runtimeGetVersion() // 1000
        self.assertEqual(major, int(os.environ['CUDA_MAJOR']))
        self.assertEqual(nvrtc.getVersion()[0], major)
        self.assertGreaterEqual(cudnn.getVersion(), 90000)
        self.assertGreaterEqual(curand.getVersion(), 10000)

    def test_configuration_can_be_shown(self):
        cupy.show_config()


class TestCompiler(unittest.TestCase):
    """NVRTC needs no device."""

    def setUp(self):
        self.program = nvrtc.createProgram(SOURCE, 'add.cu')
        self.addCleanup(nvrtc.destroyProgram, self.program)

    def test_cubin(self):
        arch = max(nvrtc.getSupportedArchs())
        nvrtc.compileProgram(self.program, [f'-arch=sm_{arch}'])
        self.assertTrue(nvrtc.getCUBIN(self.program).startswith(b'\x7fELF'))

    def test_ptx(self):
        arch = min(nvrtc.getSupportedArchs())
        nvrtc.compileProgram(self.program, [f'-arch=compute_{arch}'])
        self.assertIn(b'.entry add', nvrtc.getPTX(self.program))


@unittest.skipIf(glob.glob('/dev/nvidia[0-9]*'), 'there is a GPU')
class TestNoDevice(unittest.TestCase):

    def check(self, function, *args):
        with self.assertRaises(runtime.CUDARuntimeError) as raised:
            function(*args)
        self.assertRegex(str(raised.exception), (
            r"^cudaError\w+ \(\d+\): .*, in cuda\w+: NVIDIA's driver .* "
            r'CUPY_BACKEND=host$'))

    def test_runtime(self):
        for function, *args in [
                (runtime.getDeviceCount,), (runtime.getDevice,),
                (runtime.setDevice, 0), (runtime.malloc, 8),
                (runtime.hostAlloc, 8, 0), (runtime.streamCreate,),
                (runtime.eventCreate,), (runtime.deviceSynchronize,),
                (runtime.deviceGetAttribute,
                 runtime.devAttrComputeCapabilityMajor, 0)]:
            self.check(function, *args)

    def test_driver(self):
        self.check(driver.moduleLoadData, bytes(100))
        self.check(driver.launchKernel, 0, 1, 1, 1, 1, 1, 1, 0, 0, 0)

    def test_libraries(self):
        self.check(cublas.create)
        self.check(cudnn.create)
        self.check(curand.createGenerator, curand.CURAND_RNG_PSEUDO_DEFAULT)

    def test_arrays(self):
        self.check(cupy.zeros, 3)
        self.check(cupy.arange, 3)
        self.check(cupy.array, numpy.zeros(3))
        self.check(cupy.random.uniform)

    def test_devices_streams_and_kernels(self):
        self.check(cupy.cuda.Device(0).use)
        self.check(cupy.cuda.Stream)
        self.check(cupy.cuda.Event)
        self.check(cupy.cuda.alloc, 8)
        self.check(cupy.cuda.alloc_pinned_memory, 8)
        self.check(cupy.cuda.compile_with_cache, SOURCE)


if __name__ == '__main__':
    unittest.main()
