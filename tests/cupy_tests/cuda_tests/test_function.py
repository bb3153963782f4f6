import gc
import os
import struct
import subprocess
import sys
import tempfile
import threading
import unittest

import numpy

from cupy.cuda import compiler, driver, function, memory, runtime, stream

SOURCE = '''
struct Pair { long long a, b; };
extern "C" __global__ void mixed(
    double* out, const int* null, int i, unsigned char c, bool yes,
    double x, float y, unsigned long long big, Pair pair, short h) {
  out[0] = null == 0; out[1] = i; out[2] = c; out[3] = yes; out[4] = x;
  out[5] = y; out[6] = big; out[7] = pair.a * 100 + pair.b; out[8] = h;
}
extern "C" __global__ void fill(int* out, int n, int value) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i < n) out[i] = value;
}
extern "C" __global__ void shape(int* out) {
  out[0] = gridDim.x; out[1] = gridDim.y; out[2] = gridDim.z;
  out[3] = blockDim.x; out[4] = blockDim.y; out[5] = blockDim.z;
}
extern "C" __global__ void nothing() {}
'''

CHUNKED = '''
#include "carray.h"
extern "C" __global__ void f(const double* x, double* y, long long n) {
  CUPY_WORK(n)
  CUPY_FOR(i, n) { y[i] = x[i] * 2 + 1; }
}
#ifdef CUPY_ON_HOST
// Counts its calls in the parts' scratch memory; the second phase adds up.
extern "C" __global__ void two_phases(double* out, long long n) {
  CUPY_WORK(n)
  long long* mine = (long long*)(cuh_cur->scratch +
                                 cuh_cur->part * CUH_SCRATCH);
  if (cuh_cur->phase == 0) {
    *mine = 0;
    CUPY_FOR(i, n) { *mine += i; }
    cuh_cur->again = 1;
  } else {
    for (int p = 0; p < cuh_cur->nparts; ++p)
      out[0] += *(long long*)(cuh_cur->scratch + p * CUH_SCRATCH);
    out[1] = cuh_cur->nparts;
    out[2] += 1;
  }
}
#endif
'''


class Struct:
    """As arrays do, gives its C structure."""

    def __init__(self, *values):
        self.cstruct = struct.pack(f'={len(values)}q', *values)


class Pointer:

    def __init__(self, ptr):
        self.ptr = ptr


class ModuleTest(unittest.TestCase):

    def test_empty_module(self):
        module = function.Module()
        self.assertEqual(module.ptr, 0)
        with self.assertRaisesRegex(driver.CUDADriverError, 'null pointer'):
            module.get_function('f')
        with self.assertRaisesRegex(driver.CUDADriverError, 'null pointer'):
            module.get_global_var('f')

    def test_load(self):
        with tempfile.TemporaryDirectory() as folder:
            compiler.compile_with_cache(
                SOURCE + '// of test_load', cache_dir=folder)
            file, = os.listdir(folder)
            with open(os.path.join(folder, file), 'rb') as f:
                image = f.read()[32:]
            path = os.path.join(folder, 'module')
            with open(path, 'wb') as f:
                f.write(image)
            module = function.Module()
            module.load_file(path)
        first = module.ptr
        module.get_function('fill')
        module.load(image)
        self.assertNotEqual(module.ptr, first)
        module.get_function('fill')
        with self.assertRaises(driver.CUDADriverError):
            module.load(b'x' * 100)
        module.get_function('fill')  # what was loaded stays

    def test_function_keeps_its_module(self):
        def make():
            return compiler.compile_with_cache(
                SOURCE + '// of test_function_keeps').get_function('nothing')

        f = make()
        compiler._modules.clear()
        gc.collect()
        f((1,), (1,), ())
        self.assertEqual(f.name, 'nothing')
        self.assertIsInstance(f.module, function.Module)
        self.assertNotEqual(f.ptr, 0)


class FunctionTest(unittest.TestCase):

    def setUp(self):
        self.module = compiler.compile_with_cache(SOURCE)

    def test_kinds_of_arguments(self):
        out = numpy.zeros(9)
        self.module.get_function('mixed')((1,), (1,), (
            Pointer(out.ctypes.data), None, -5, numpy.uint8(200), True, 2.5,
            numpy.float32(1.5), 2 ** 63 + 2 ** 40, Struct(3, 4),
            numpy.int16(-7)))
        self.assertEqual(out.tolist(), [
            1, -5, 200, 1, 2.5, 1.5, float(2 ** 63 + 2 ** 40), 304, -7])

    def test_integers_of_other_sizes(self):
        out = numpy.zeros(9)
        self.module.get_function('mixed')((1,), (1,), [
            out.ctypes.data, 0, numpy.int32(2 ** 31 - 1), 255,
            numpy.bool_(False), numpy.float64(-1), numpy.float32(0), -1,
            Struct(0, -1), -32768])
        self.assertEqual(out.tolist(), [
            1, 2 ** 31 - 1, 255, 0, -1, 0, float(2 ** 64), -1, -32768])

    def test_wrong_arguments(self):
        fill = self.module.get_function('fill')
        array = numpy.zeros(3, 'i')
        for args, error, message in [
                ((1, 2), TypeError, 'kernel fill has 3 parameters, but 2 arg'),
                ((array, 3, 1), TypeError,
                 r'args\[0\] of kernel fill is a numpy.ndarray, which is in '
                 'host memory: copy it to the device first'),
                ((0, 'three', 1), TypeError,
                 r'args\[1\] of kernel fill is a builtins.str, not an array'),
                ((0, [3], 1), TypeError, 'list'),
                ((0, 3, 1.5), TypeError,
                 r'args\[2\] of kernel fill is a float of 8 bytes, but its '
                 'parameter has 4 bytes; a Python float is a double'),
                ((0, numpy.int64(3), 1), TypeError,
                 'int64 of 8 bytes, but its parameter has 4 bytes'),
                ((0, None, 1), TypeError, 'NoneType of 8 bytes'),
                ((numpy.int32(0), 3, 1), TypeError, 'int32 of 4 bytes'),
                ((Struct(1, 2), 3, 1), TypeError,
                 'Struct of 16 bytes.*CArray<T, ndim>.*x.data'),
                ((0, 2 ** 32, 1), OverflowError,
                 '4294967296, which does not fit into the 4 bytes'),
                ((0, -2 ** 31 - 1, 1), OverflowError, '-2147483649'),
                ((2 ** 64, 3, 1), OverflowError, '8 bytes')]:
            with self.assertRaisesRegex(error, message):
                fill((1,), (1,), args)
            with self.assertRaisesRegex(error, message):
                fill.linear_launch(1, args)
        with self.assertRaisesRegex(TypeError, '2 bytes|1 bytes|16 bytes'):
            self.module.get_function('mixed')(
                (1,), (1,), (0, 0, 0, 0, True, 0., numpy.float32(0), 0, 5, 0))

    def test_shapes(self):
        out = numpy.zeros(6, 'i')
        shape = self.module.get_function('shape')
        for grid, block, expected in [
                ((4,), (3,), [4, 1, 1, 3, 1, 1]),
                ((4, 2), (3, 5), [4, 2, 1, 3, 5, 1]),
                ((2, 3, 4), (5, 6, 7), [2, 3, 4, 5, 6, 7])]:
            shape(grid, block, (out.ctypes.data,))
            self.assertEqual(out.tolist(), expected)
        for grid, block, message in [
                ((), (1,), 'grid has 0 dimensions, not one to three'),
                ((1,), (1, 1, 1, 1), 'block has 4 dimensions'),
                ((0,), (1,), 'every dimension of grid is at least 1'),
                ((1,), (-1,), 'every dimension of block'),
                ((2 ** 31,), (1,), 'every dimension of grid')]:
            with self.assertRaisesRegex(ValueError, message):
                shape(grid, block, (out.ctypes.data,))
        with self.assertRaisesRegex(TypeError, 'grid'):
            shape(1, (1,), (out.ctypes.data,))
        with self.assertRaisesRegex(driver.CUDADriverError, '1024 threads'):
            shape((1,), (1025,), (out.ctypes.data,))
        with self.assertRaisesRegex(driver.CUDADriverError, 'shared memory'):
            shape((1,), (1,), (out.ctypes.data,), shared_mem=1 << 20)

    def test_linear_launch(self):
        out = numpy.zeros(6, 'i')
        shape = self.module.get_function('shape')
        for size, keywords, expected in [
                (1, {}, [1, 1]), (100, {}, [1, 100]), (129, {}, [2, 128]),
                (1000, {'block_max_size': 512}, [2, 512]),
                (1000, {'block_max_size': 7}, [143, 7])]:
            shape.linear_launch(size, (out.ctypes.data,), **keywords)
            self.assertEqual(out[[0, 3]].tolist(), expected)
        out[:] = 0
        shape.linear_launch(0, (out.ctypes.data,))
        self.assertFalse(out.any())
        with self.assertRaisesRegex(driver.CUDADriverError, '1024 threads'):
            shape.linear_launch(3000, (0,), block_max_size=2000)

    def test_device_memory_and_streams(self):
        fill = self.module.get_function('fill')
        n = 1000
        data = memory.alloc(4 * n)
        out = numpy.zeros(n, 'i')
        for chosen in (None, stream.Stream(), stream.Stream(null=True)):
            fill((8,), (128,), (data, n, 7), stream=chosen)
            fill.linear_launch(n // 2, (data, n // 2, 8), stream=chosen)
            runtime.deviceSynchronize()
            runtime.memcpy(out.ctypes.data, data.ptr, 4 * n,
                           runtime.memcpyDeviceToHost)
            self.assertEqual(out.tolist(), [8] * 500 + [7] * 500)

    def test_launches_of_eight_threads(self):
        fill = self.module.get_function('fill')
        wrong = []

        def work(value):
            n = 10000
            out = numpy.zeros(n, 'i')
            for k in range(20):
                fill.linear_launch(n, (out.ctypes.data, n, value + k))
                if not (out == value + k).all():
                    wrong.append(value)

        threads = [threading.Thread(target=work, args=(i,)) for i in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(wrong, [])


class ChunkedTest(unittest.TestCase):

    def setUp(self):
        self.module = compiler.compile_with_cache(CHUNKED)

    def test_sizes(self):
        f = self.module.get_function('f')
        for n in (0, 1, 63, 64, 65, 1000, 32767, 32768, 100001):
            x = numpy.random.uniform(size=n)
            y = numpy.zeros(n + 1)
            f((1,), (1,), (x.ctypes.data, y.ctypes.data, n))
            numpy.testing.assert_array_equal(y[:-1], x * 2 + 1)
            self.assertEqual(y[-1], 0)

    def test_phases(self):
        f = self.module.get_function('two_phases')
        for n in (0, 10, 1000, 1000000):
            out = numpy.zeros(3)
            f((1,), (1,), (out.ctypes.data, n))
            self.assertEqual(out[0], n * (n - 1) // 2)
            self.assertEqual(out[2], 1)
            if n < 32768:
                self.assertEqual(out[1], 1)

    def test_work_is_cut_by_its_amount(self):
        f = self.module.get_function('two_phases')
        for n in (32768, 1000000):
            parts = set()
            for _ in range(5):
                out = numpy.zeros(3)
                f((1,), (1,), (out.ctypes.data, n))
                parts.add(out[1])
            self.assertEqual(len(parts), 1)

    def test_launches_of_eight_threads(self):
        f = self.module.get_function('two_phases')
        wrong = []

        def work():
            for n in (1000, 200000, 50, 100000):
                out = numpy.zeros(3)
                f((1,), (1,), (out.ctypes.data, n))
                if out[0] != n * (n - 1) // 2:
                    wrong.append((n, out[0]))

        threads = [threading.Thread(target=work) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(wrong, [])


class DevicesTest(unittest.TestCase):

    def test_functions_and_streams_belong_to_a_device(self):
        code = """
import numpy
from cupy.cuda import compiler, driver, runtime, stream
source = 'extern "C" __global__ void f(int* x) { x[0] += 1; }'
x = numpy.zeros(1, 'i')
args = (x.ctypes.data,)
first = compiler.compile_with_cache(source)
assert compiler.compile_with_cache(source) is first
runtime.setDevice(1)
second = compiler.compile_with_cache(source)
assert second is not first
assert compiler.compilations() <= 1
second.get_function('f')((1,), (1,), args, stream=stream.Stream())
other = stream.Stream()
try:
    first.get_function('f')((1,), (1,), args)
except driver.CUDADriverError as error:
    print(error)
runtime.setDevice(0)
try:
    first.get_function('f')((1,), (1,), args, stream=other)
except driver.CUDADriverError as error:
    print(error)
try:
    first.get_function('f')((1,), (1,), args, stream=12345678)
except driver.CUDADriverError as error:
    print(error)
first.get_function('f')((1,), (1,), args)
print(x[0])
"""
        done = subprocess.run(
            [sys.executable, '-c', code], capture_output=True, text=True,
            env=dict(os.environ, PYTHONPATH=os.pathsep.join(sys.path),
                     CUPY_HOST_DEVICES='2'))
        self.assertEqual(done.returncode, 0, done.stderr)
        device, other, unknown, count = done.stdout.splitlines()
        for line in (device, other, unknown):
            self.assertIn('CUDA_ERROR_INVALID_HANDLE (400): invalid resource '
                          'handle, in cuLaunchKernel: ', line)
        self.assertIn('kernel f was loaded on device 0, but device 1 is '
                      'current', device)
        self.assertIn('stream is of device 1', other)
        self.assertEqual(count, '2')


class OutputTest(unittest.TestCase):

    def test_printf(self):
        # To the standard output of C, at the latest when the launch ends.
        code = '''
import os
from cupy.cuda import compiler
f = compiler.compile_with_cache("""
extern "C" __global__ void f(int x) {
  printf("thread %d: %s %.2f\\\\n", threadIdx.x, "x is", x / 4.0);
}""").get_function('f')
f((1,), (2,), (5,))
os._exit(0)'''
        environ = dict(os.environ, PYTHONPATH=os.pathsep.join(sys.path))
        environ.pop('PYTHONUNBUFFERED', None)  # of C's output, too
        out = subprocess.run([sys.executable, '-c', code], env=environ,
                             capture_output=True, text=True).stdout
        self.assertEqual(out, 'thread 0: x is 1.25\nthread 1: x is 1.25\n')

    def test_denormal_numbers(self):
        source = '''
extern "C" __global__ void f(float* x) { x[0] *= 0.5f; x[1] /= x[2]; }'''
        for options, expected in [
                ((), [5e-39, 0.25]), (('--ftz=true',), [0, 0.25]),
                (('--ftz=false',), [5e-39, 0.25]),
                (('--use_fast_math',), [0, 0.25])]:
            x = numpy.array([1e-38, 1, 4], 'f')
            compiler.compile_with_cache(source, options).get_function('f')(
                (1,), (1,), (x.ctypes.data,))
            numpy.testing.assert_array_equal(
                x[:2], numpy.array(expected, 'f'))
            # The mode of the calling thread is what it was.
            product = numpy.float32(1e-38) * numpy.float32(.5)
            self.assertNotEqual(product.view('i'), 0)

    def test_fast_math_knows_infinity_and_nan(self):
        x = numpy.array([numpy.nan, numpy.inf, 1], 'f')
        compiler.compile_with_cache('''
extern "C" __global__ void f(float* x) {
  for (int i = 0; i < 3; ++i)
    x[i] = isnan(x[i]) * 1 + isinf(x[i]) * 2 + isfinite(x[i]) * 4;
}''', ('--use_fast_math',)).get_function('f')((1,), (1,), (x.ctypes.data,))
        self.assertEqual(x.tolist(), [1, 2, 4])
