import copy
import ctypes
import os
import pickle
import tempfile
import threading
import unittest

import numpy

from cupy.cuda import driver, nvrtc

SOURCE = '''
__constant__ int scale[2] = {10, 20};
extern "C" __global__ void f(int* out, int n, double x) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i < n) out[i] = scale[1] * i + (int)x;
}
extern "C" __global__ void nothing() {}
extern "C" __global__ void of_libm(double* x) { x[0] = j0(x[0]); }
__global__ void mangled(int* out) {}
template <typename T> __global__ void general(T* out) {}
'''


def compile_(source):
    program = nvrtc.createProgram(source, 'text.cu')
    try:
        nvrtc.compileProgram(program, ())
        return nvrtc.getCUBIN(program)
    finally:
        nvrtc.destroyProgram(program)


IMAGE = compile_(SOURCE)


class DriverTest(unittest.TestCase):

    def setUp(self):
        self.module = driver.moduleLoadData(IMAGE)
        self.addCleanup(driver.moduleUnload, self.module)
        self.function = driver.moduleGetFunction(self.module, 'f')
        self.out = numpy.zeros(50, 'i')
        values = (ctypes.c_void_p(self.out.ctypes.data), ctypes.c_int(40),
                  ctypes.c_double(3.5))
        self.values = values  # what the addresses point to
        self.args = (ctypes.c_void_p * 3)(
            *[ctypes.addressof(value) for value in values])

    def launch(self, grid, block, shared=0, stream=0, function=None):
        driver.launchKernel(
            self.function if function is None else function, *grid, *block,
            shared, stream, ctypes.addressof(self.args))

    def fails(self, status, message, func, *args):
        with self.assertRaisesRegex(driver.CUDADriverError,
                                    message) as caught:
            func(*args)
        self.assertEqual(caught.exception.status, status)

    def test_launch(self):
        self.launch((5, 1, 1), (10, 1, 1))
        expected = numpy.arange(50) * 20 + 3
        expected[40:] = 0
        self.assertEqual(self.out.tolist(), expected.tolist())

    def test_launch_without_arguments(self):
        driver.launchKernel(driver.moduleGetFunction(self.module, 'nothing'),
                            1, 1, 1, 1, 1, 1, 0, 0, 0)

    def test_shapes_of_launches(self):
        for grid, block in [((0, 1, 1), (1, 1, 1)), ((1, 1, 0), (1, 1, 1)),
                            ((1, 1, 1), (1, 0, 1)), ((1, 1, 1), (1025, 1, 1)),
                            ((1, 1, 1), (32, 33, 1)), ((1, 1, 1), (1, 1, 65)),
                            ((1, 65536, 1), (1, 1, 1)),
                            ((1, 1, 65536), (1, 1, 1)),
                            ((1, 1, 1), (65536, 65536, 1))]:
            self.fails(1, r'CUDA_ERROR_INVALID_VALUE \(1\): invalid argument, '
                       r'in cuLaunchKernel: kernel f: grid \({}, {}, {}\), '
                       r'block \({}, {}, {}\)'.format(*(grid + block)),
                       self.launch, grid, block)
        self.assertFalse(self.out.any())
        self.launch((1, 1, 1), (16, 1, 64))
        self.launch((1, 1, 1), (32, 32, 1))

    def test_shared_memory(self):
        self.launch((1, 1, 1), (1, 1, 1), 49152)
        self.fails(1, 'shared memory', self.launch, (1, 1, 1), (1, 1, 1),
                   49153)

    def test_null_handles(self):
        null = 'null pointer'
        self.fails(400, null, self.launch, (1, 1, 1), (1, 1, 1), 0, 0, 0)
        self.fails(400, null, driver.moduleUnload, 0)
        self.fails(400, null, driver.moduleGetFunction, 0, 'f')
        self.fails(400, null, driver.moduleGetGlobal, 0, 'f')
        self.fails(1, 'there are no arguments', driver.launchKernel,
                   self.function, 1, 1, 1, 1, 1, 1, 0, 0, 0)

    def test_names_of_functions(self):
        self.assertEqual(driver.moduleGetFunction(self.module, 'f'),
                         self.function)
        for name, message in [
                ('g', 'the module has no kernel g'),
                ('printf', 'no kernel printf'), ('', 'no kernel'),
                ('general', 'no kernel general'),
                ('scale', 'no kernel scale'),
                ('mangled', 'extern "C" __global__')]:
            self.fails(500, f'cuModuleGetFunction of {name}.*{message}',
                       driver.moduleGetFunction, self.module, name)

    def test_sizes_of_parameters(self):
        self.assertEqual(driver.funcGetParamSizes(self.function), [8, 4, 8])
        nothing = driver.moduleGetFunction(self.module, 'nothing')
        self.assertEqual(driver.funcGetParamSizes(nothing), [])

    def test_variables(self):
        ptr, size = driver.moduleGetGlobal(self.module, 'scale')
        self.assertEqual(size, 8)
        memory = (ctypes.c_int * 2).from_address(ptr)
        self.assertEqual(list(memory), [10, 20])
        memory[1] = 5
        self.launch((1, 1, 1), (2, 1, 1))
        self.assertEqual(self.out[1], 8)

    def test_names_that_are_no_variables(self):
        for name in ('signgam', 'f', 'environ', 'none', ''):
            self.fails(500, 'no variable ' + name, driver.moduleGetGlobal,
                       self.module, name)

    def test_modules_are_apart(self):
        # The same image twice, and as many modules as want to be.
        others = [driver.moduleLoadData(IMAGE) for _ in range(300)]
        places = {driver.moduleGetGlobal(module, 'scale')[0]
                  for module in others}
        self.assertEqual(len(places), 300)
        for module in others:
            driver.moduleUnload(module)

    def test_names_of_c_functions(self):
        # A module's names do not get mixed up with those of the process.
        module = driver.moduleLoadData(compile_('''
__constant__ int environ = 5;
__device__ int getpid() { return environ; }
extern "C" __global__ void exit(int* out, int n, double x) {
  out[0] = getpid();
}'''))
        self.addCleanup(driver.moduleUnload, module)
        self.launch((1, 1, 1), (1, 1, 1),
                    function=driver.moduleGetFunction(module, 'exit'))
        self.assertEqual(self.out[0], 5)

    def test_images_that_are_none(self):
        self.fails(200, 'shared object, which this is not',
                   driver.moduleLoadData, b'x' * 5000)
        with self.assertRaisesRegex(ValueError, '3 bytes'):
            driver.moduleLoadData(b'abc')
        with open('/proc/self/exe', 'rb') as f:
            program = f.read()
        self.fails(303, 'cuModuleLoadData: .', driver.moduleLoadData, program)

    def test_files(self):
        self.fails(301, 'cuModuleLoad of /no/such.*No such file',
                   driver.moduleLoad, '/no/such')
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, 'm\xf6dule')
            for content, status in [(b'', 200), (IMAGE[:3000], 200),
                                    (b'y' * 10000, 200)]:
                with open(path, 'wb') as f:
                    f.write(content)
                self.fails(status, 'shared object', driver.moduleLoad, path)
            with open(path, 'wb') as f:
                f.write(IMAGE)
            module = driver.moduleLoad(path)
        driver.moduleGetFunction(module, 'f')
        driver.moduleUnload(module)

    def test_function_of_another_thread(self):
        result = []
        thread = threading.Thread(target=lambda: result.append(
            driver.moduleGetFunction(self.module, 'f')))
        thread.start()
        thread.join()
        self.assertEqual(result, [self.function])

    def test_error_is_an_exception_like_others(self):
        error = driver.CUDADriverError(500, 'cuSomething', 'more')
        text = ('CUDA_ERROR_NOT_FOUND (500): named symbol not found, in '
                'cuSomething: more')
        self.assertIsInstance(error, RuntimeError)
        for other in (error, copy.copy(error),
                      pickle.loads(pickle.dumps(error))):
            self.assertEqual(str(other), text)
            self.assertEqual(other.status, 500)
        self.assertEqual(str(driver.CUDADriverError(12345)),
                         'CUDA_ERROR (12345): unknown error')
