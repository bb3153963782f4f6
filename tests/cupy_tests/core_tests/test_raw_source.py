"""CUDA source of scripts of 2015 to 2017, compiled as they did it."""
import unittest

import numpy

import cupy
from cupy import testing
from cupy.core import core


class TestCompileWithCache(unittest.TestCase):

    def test_arrays_and_loop(self):
        module = core.compile_with_cache('''
            extern "C" __global__ void scale(
                CArray<float, 2> x, float factor, CArray<float, 2> y, int n) {
              CUPY_FOR(i, n) {
                y[i] = x[i] * factor;
              }
            }''')
        scale = module.get_function('scale')
        x = cupy.arange(6, dtype='f').reshape(2, 3)
        y = cupy.zeros((3, 2), 'f')
        scale.linear_launch(6, (x, numpy.float32(3), y.T, 6))
        testing.assert_array_equal(y.T, x * 3)

    def test_index_of_each_axis(self):
        module = core.compile_with_cache('''
            extern "C" __global__ void transpose(
                CArray<int, 2> x, CArray<int, 2> y) {
              int row = blockIdx.x * blockDim.x + threadIdx.x;
              int column = blockIdx.y * blockDim.y + threadIdx.y;
              if (row >= x.shape()[0] || column >= x.shape()[1]) return;
              const int from[] = {row, column};
              const ptrdiff_t to[] = {column, row};
              y[to] = x[from];
            }''')
        x = cupy.arange(15, dtype='i').reshape(3, 5)
        y = cupy.zeros((5, 3), 'i')
        module.get_function('transpose')((1, 2), (4, 4), (x, y))
        testing.assert_array_equal(y, x.T)

    def test_raw_pointers(self):
        module = cupy.cuda.compile_with_cache('''
            extern "C" __global__ void histogram(
                const unsigned char* x, int n, int* counts) {
              int i = blockDim.x * blockIdx.x + threadIdx.x;
              if (i < n) atomicAdd(&counts[x[i]], 1);
            }''')
        x = cupy.array([3, 1, 3, 3, 0] * 1000, 'B')
        counts = cupy.zeros(4, 'i')
        module.get_function('histogram').linear_launch(
            x.size, (x.data.ptr, x.size, counts.data.ptr))
        testing.assert_array_equal(counts, [1000, 1000, 0, 3000])

    def test_shared_memory(self):
        module = cupy.cuda.compile_with_cache('''
            extern "C" __global__ void sum(
                const float* x, float* y, int n) {
              extern __shared__ float partial[];
              int t = threadIdx.x;
              float a = 0;
              for (int i = blockIdx.x * blockDim.x + t; i < n;
                   i += blockDim.x * gridDim.x)
                a += __expf(__logf(x[i]));
              partial[t] = a;
              __syncthreads();
              for (int half = blockDim.x / 2; half > 0; half >>= 1) {
                if (t < half) partial[t] += partial[t + half];
                __syncthreads();
              }
              if (t == 0) y[blockIdx.x] = partial[0];
            }''')
        x = cupy.array(numpy.random.RandomState(0).rand(5000).astype('f'))
        y = cupy.zeros(3, 'f')
        module.get_function('sum')(
            (3,), (64,), (x.data, y.data, 5000), shared_mem=4 * 64)
        testing.assert_allclose(y.sum(), x.get().sum(), rtol=1e-5)

    def test_float16(self):
        module = core.compile_with_cache('''
            extern "C" __global__ void half(CArray<float16, 1> x) {
              CUPY_FOR(i, x.size()) {
                x[i] = max(x[i], float16(1)) / 2 + (isnan(x[i]) ? 1 : 0);
              }
            }''')
        x = cupy.array([0, 1, 2, 3], 'e')
        module.get_function('half').linear_launch(4, (x,))
        testing.assert_array_equal(x, [0.5, 0.5, 1, 1.5])

    def test_error_shows_the_source_with_line_numbers(self):
        with self.assertRaises(cupy.cuda.compiler.CompileException) as caught:
            core.compile_with_cache(
                'extern "C" __global__ void f() {\n  undeclared();\n}\n')
        self.assertIn('undeclared', str(caught.exception))
        self.assertIn('3   undeclared();', str(caught.exception))
