"""Blocks whose threads wait for each other."""
import os
import signal
import subprocess
import sys
import threading
import unittest

import numpy

from cupy.cuda import compiler, driver


def kernel(source, name='f', **keywords):
    return compiler.compile_with_cache(source, **keywords).get_function(name)


def addresses(args):
    return [arg.ctypes.data if isinstance(arg, numpy.ndarray) else arg
            for arg in args]


def launch(source, grid, block, *args, **keywords):
    kernel(source)(grid, block, addresses(args), **keywords)


REDUCTIONS = '''
__device__ float grid_sum(const float* x, int n) {
  float sum = 0;
  for (int i = blockIdx.x * blockDim.x + threadIdx.x; i < n;
       i += blockDim.x * gridDim.x)
    sum += x[i];
  return sum;
}

extern "C" __global__ void static_memory(
    const float* x, float* out, int n) {
  __shared__ float s[256];
  unsigned t = threadIdx.x;
  s[t] = grid_sum(x, n);
  __syncthreads();
  for (unsigned half = blockDim.x / 2; half > 0; half >>= 1) {
    if (t < half) s[t] += s[t + half];
    __syncthreads();
  }
  if (t == 0) out[blockIdx.x] = s[0];
}

extern __shared__ float of_file[];

extern "C" __global__ void dynamic_memory(
    const float* x, float* out, int n) {
  extern __shared__ float s[];   // the same memory
  unsigned t = threadIdx.x;
  s[t] = grid_sum(x, n);
  __syncthreads();
  for (unsigned half = blockDim.x / 2; half > 0; half >>= 1) {
    if (t < half) of_file[t] += s[t + half];
    __syncthreads();
  }
  if (t == 0) out[blockIdx.x] = of_file[0];
}

template <int size>
__device__ float block_sum(float value) {
  __shared__ float s[size];
  s[threadIdx.x] = value;
  __syncthreads();
  float sum = 0;
  for (int i = 0; i < size; ++i) sum += s[i];
  __syncthreads();
  return sum;
}

extern "C" __global__ void in_a_template(
    const float* x, float* out, int n) {
  float sum = block_sum<256>(grid_sum(x, n));
  if (threadIdx.x == 0) out[blockIdx.x] = sum;
}

extern "C" __global__ void shuffles(const float* x, float* out, int n) {
  __shared__ float warps[32];
  float sum = grid_sum(x, n);
  for (int offset = warpSize / 2; offset > 0; offset /= 2)
    sum += __shfl_down_sync(0xffffffffu, sum, offset);
  if (threadIdx.x % warpSize == 0) warps[threadIdx.x / warpSize] = sum;
  __syncthreads();
  if (threadIdx.x < warpSize) {
    sum = threadIdx.x < blockDim.x / warpSize ? warps[threadIdx.x] : 0;
    for (int offset = warpSize / 2; offset > 0; offset /= 2)
      sum += __shfl_down(sum, offset);   // as before CUDA 9
    if (threadIdx.x == 0) out[blockIdx.x] = sum;
  }
}

extern "C" __global__ void last_block(
    const float* x, float* out, int n, float* partial, unsigned* done) {
  float sum = block_sum<256>(grid_sum(x, n));
  __shared__ bool is_last;
  if (threadIdx.x == 0) {
    partial[blockIdx.x] = sum;
    __threadfence();
    is_last = atomicInc(done, gridDim.x - 1) == gridDim.x - 1;
  }
  __syncthreads();
  if (is_last) {
    sum = block_sum<256>(threadIdx.x < gridDim.x ? partial[threadIdx.x] : 0);
    if (threadIdx.x == 0) out[0] = sum;
  }
}
'''


class BlockTest(unittest.TestCase):

    def test_sums(self):
        x = numpy.random.randint(0, 9, 100000).astype('f')
        for name in ('static_memory', 'dynamic_memory', 'in_a_template',
                     'shuffles'):
            for blocks in (1, 7):
                out = numpy.zeros(blocks, 'f')
                kernel(REDUCTIONS, name)(
                    (blocks,), (256,), addresses([x, out, x.size]),
                    shared_mem=1024)
                self.assertEqual(out.sum(), x.sum(), name)

    def test_last_block_sums_the_sums(self):
        x = numpy.random.randint(0, 9, 100000).astype('f')
        out, partial = numpy.zeros(1, 'f'), numpy.zeros(9, 'f')
        done = numpy.zeros(1, 'I')
        for _ in range(5):
            kernel(REDUCTIONS, 'last_block')(
                (9,), (256,), addresses([x, out, x.size, partial, done]))
            self.assertEqual(out[0], x.sum())
            self.assertEqual(done[0], 0)

    def test_tiles_of_a_transposition(self):
        source = '''
#define TILE 16
extern "C" __global__ void f(const double* x, double* y, int rows, int cols) {
  __shared__ double tile[TILE][TILE + 1];
  int col = blockIdx.x * TILE + threadIdx.x;
  int row = blockIdx.y * TILE + threadIdx.y;
  if (row < rows && col < cols)
    tile[threadIdx.y][threadIdx.x] = x[row * cols + col];
  __syncthreads();
  col = blockIdx.y * TILE + threadIdx.x;
  row = blockIdx.x * TILE + threadIdx.y;
  if (row < cols && col < rows)
    y[row * rows + col] = tile[threadIdx.x][threadIdx.y];
}'''
        x = numpy.random.uniform(size=(50, 37))
        y = numpy.zeros((37, 50))
        launch(source, (3, 4), (16, 16), x, y, 50, 37)
        numpy.testing.assert_array_equal(y, x.T)

    def test_tiles_of_a_matrix_product(self):
        source = '''
extern "C" __global__ void f(
    const float* a, const float* b, float* c, int n) {
  __shared__ float as[8][8], bs[8][8];
  int tx = threadIdx.x, ty = threadIdx.y;
  int row = blockIdx.y * 8 + ty, col = blockIdx.x * 8 + tx;
  float sum = 0;
  for (int k = 0; k < n; k += 8) {
    as[ty][tx] = a[row * n + k + tx];
    bs[ty][tx] = b[(k + ty) * n + col];
    __syncthreads();
    for (int i = 0; i < 8; ++i) sum += as[ty][i] * bs[i][tx];
    __syncthreads();
  }
  c[row * n + col] = sum;
}'''
        a, b = numpy.random.randint(-9, 9, (2, 32, 32)).astype('f')
        c = numpy.zeros_like(a)
        launch(source, (4, 4), (8, 8), a, b, c, 32)
        numpy.testing.assert_array_equal(c, a.dot(b))

    def test_histogram_of_a_block(self):
        source = '''
extern "C" __global__ void f(const int* x, int* out, int n) {
  __shared__ int bins[32];
  if (threadIdx.x < 32) bins[threadIdx.x] = 0;
  __syncthreads();
  for (int i = blockIdx.x * blockDim.x + threadIdx.x; i < n;
       i += blockDim.x * gridDim.x)
    atomicAdd(&bins[x[i]], 1);
  __syncthreads();
  if (threadIdx.x < 32) atomicAdd(&out[threadIdx.x], bins[threadIdx.x]);
}'''
        x = numpy.random.randint(0, 32, 20000).astype('i')
        out = numpy.zeros(32, 'i')
        launch(source, (6,), (64,), x, out, x.size)
        numpy.testing.assert_array_equal(out, numpy.bincount(x, minlength=32))

    def test_kinds_of_shared_variables(self):
        # Also of a class whose constructor does nothing.
        source = '''
#include "carray.h"
__shared__ float16 of_file[32];
__shared__ int count;
extern __shared__ float16 dynamic[];
extern "C" __global__ void f(float* out) {
  __shared__ float16 here[2][16], *last;
  volatile __shared__ float2 pair;
  int t = threadIdx.x;
  if (t == 0) { count = 0; pair.y = 0.25f; last = &here[1][15]; }
  __syncthreads();
  of_file[t] = 31 - t;
  here[t / 16][t % 16] = t;
  dynamic[t] = 100 * t;
  atomicAdd(&count, 1);
  __syncthreads();
  out[t] = of_file[31 - t] + here[0][t % 16] + dynamic[1] + count + pair.y +
           *last;
}'''
        out = numpy.zeros(32, 'f')
        launch(source, (1,), (32,), out, shared_mem=64)
        t = numpy.arange(32)
        self.assertEqual(out.tolist(),
                         (t + t % 16 + 100 + 32 + 0.25 + 31).tolist())

    def test_threads_that_have_returned_are_not_waited_for(self):
        source = '''
extern "C" __global__ void f(int* out, int n) {
  if (threadIdx.x >= n) return;
  __shared__ int s[64];
  s[threadIdx.x] = threadIdx.x;
  __syncthreads();
  out[threadIdx.x] = s[n - 1 - threadIdx.x];
}'''
        out = numpy.full(64, -1, 'i')
        launch(source, (1,), (64,), out, 40)
        self.assertEqual(out[:40].tolist(), list(range(39, -1, -1)))
        self.assertTrue((out[40:] == -1).all())

    def test_barriers_that_count(self):
        source = '''
extern "C" __global__ void f(int* out, int n) {
  int t = threadIdx.x;
  if (t >= n) return;
  int count = __syncthreads_count(t % 3 == 0 ? 5 : 0);
  int all = __syncthreads_and(t < n), none = __syncthreads_and(t < n - 1);
  int any = __syncthreads_or(t == 7), no = __syncthreads_or(t > n);
  out[t] = count * 10000 + all * 1000 + none * 100 + any * 10 + no;
}'''
        out = numpy.zeros(100, 'i')
        launch(source, (1,), (128,), out, 100)
        self.assertEqual(set(out.tolist()), {341010})

    def test_largest_block(self):
        source = '''
extern "C" __global__ void f(int* out) {
  __shared__ int s[1024];
  int t = (threadIdx.z * blockDim.y + threadIdx.y) * blockDim.x +
          threadIdx.x;
  s[t] = t;
  __syncthreads();
  out[blockIdx.x * 1024 + t] = s[1023 - t] + blockIdx.x;
}'''
        out = numpy.zeros((5, 1024), 'i')
        launch(source, (5,), (16, 8, 8), out)
        numpy.testing.assert_array_equal(
            out, numpy.arange(1024)[::-1] + numpy.arange(5)[:, None])

    def test_locals_of_threads_are_their_own(self):
        # More than one page of stack, of aligned vectors.
        source = '''
extern "C" __global__ void f(float* out) {
  float4 mine[512];
  for (int i = 0; i < 512; ++i)
    mine[i] = make_float4(threadIdx.x, i, 1, 0);
  __syncthreads();
  float sum = 0;
  for (int i = 0; i < 512; ++i) sum += mine[i].x * mine[i].z;
  __syncthreads();
  out[threadIdx.x] = sum / 512;
}'''
        out = numpy.zeros(100, 'f')
        launch(source, (1,), (100,), out)
        self.assertEqual(out.tolist(), list(range(100)))

    def test_launches_of_several_threads(self):
        function = kernel(REDUCTIONS, 'static_memory')
        x = numpy.random.randint(0, 9, 20000).astype('f')
        wrong = []

        def work(scale):
            mine = x * scale
            for _ in range(5):
                out = numpy.zeros(4, 'f')
                function((4,), (256,), addresses([mine, out, x.size]))
                if out.sum() != mine.sum():
                    wrong.append(scale)

        threads = [threading.Thread(target=work, args=(i,)) for i in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(wrong, [])

    def test_stack_overflow_ends_the_process(self):
        code = '''
import numpy
from cupy.cuda import compiler
source = """
__device__ int deep(int n, volatile char* outer) {
  volatile char mine[4096];
  mine[0] = outer[0] + n;
  return n == 0 ? mine[0] : deep(n - 1, mine) + mine[0];
}
extern "C" __global__ void f(int* out, int n) {
  volatile char first = 0;
  __syncthreads();
  if (threadIdx.x == 1) out[0] = deep(n, &first);
}"""
f = compiler.compile_with_cache(source).get_function('f')
out = numpy.zeros(1, 'i')
f((1,), (2,), (out.ctypes.data, 20))
print('good', flush=True)
f((1,), (2,), (out.ctypes.data, 40))
print('bad', flush=True)
'''
        done = subprocess.run(
            [sys.executable, '-c', code], capture_output=True, text=True,
            env=dict(os.environ, PYTHONPATH=os.pathsep.join(sys.path)))
        self.assertEqual(done.stdout, 'good\n', done.stderr)
        self.assertEqual(done.returncode, -signal.SIGSEGV)


class WarpTest(unittest.TestCase):

    def evaluate(self, expression, threads=64, dtype='i', before=''):
        out = numpy.zeros(threads, dtype)
        c_type = {'i': 'int', 'I': 'unsigned', 'd': 'double',
                  'q': 'long long'}[dtype]
        launch(f'''
extern "C" __global__ void f({c_type}* out) {{
  int t = threadIdx.x, lane = t % 32;
  {before}
  out[t] = {expression};
}}''', (1,), (threads,), out)
        return out.tolist()

    def test_shuffles(self):
        lanes = [t % 32 for t in range(64)]
        warps = [t - t % 32 for t in range(64)]
        for suffix, mask in ('_sync', '0xffffffffu, '), ('', ''):
            for call, expected in [
                    ('__shfl{}({}t, 5)', [w + 5 for w in warps]),
                    ('__shfl{}({}t, lane + 3, 8)', [
                        w + (k & -8) + (k + 3) % 8
                        for w, k in zip(warps, lanes)]),
                    ('__shfl_up{}({}t, 2)', [
                        w + (k - 2 if k >= 2 else k)
                        for w, k in zip(warps, lanes)]),
                    ('__shfl_up{}({}t, 1, 4)', [
                        w + (k - 1 if k % 4 else k)
                        for w, k in zip(warps, lanes)]),
                    ('__shfl_down{}({}t, 7)', [
                        w + (k + 7 if k + 7 < 32 else k)
                        for w, k in zip(warps, lanes)]),
                    ('__shfl_down{}({}t, 3, 16)', [
                        w + (k + 3 if k % 16 < 13 else k)
                        for w, k in zip(warps, lanes)]),
                    ('__shfl_xor{}({}t, 9)', [
                        w + (k ^ 9) for w, k in zip(warps, lanes)]),
                    ('__shfl_xor{}({}t, 12, 8)', [
                        # A later group's values cannot be had.
                        w + (k if (k ^ 12) >= (k & -8) + 8 else k ^ 12)
                        for w, k in zip(warps, lanes)])]:
                call = call.format(suffix, mask)
                self.assertEqual(self.evaluate(call), expected, call)

    def test_types_of_shuffled_values(self):
        self.assertEqual(
            self.evaluate('__shfl_sync(~0u, t + 0.25, 3)', 32, 'd'),
            [3.25] * 32)
        self.assertEqual(
            self.evaluate('__shfl_sync(~0u, (1ll << 40) + t, 3)', 32, 'q'),
            [2 ** 40 + 3] * 32)
        self.assertEqual(
            self.evaluate('__shfl(t * -0.5f, 4)', 32, 'd'), [-2] * 32)

    def test_votes(self):
        odd = 0xaaaaaaaa
        for suffix, mask in ('_sync', '~0u, '), ('', ''):
            for call, expected in [
                    ('__ballot{}({}t & 1)', [odd] * 40),
                    ('__any{}({}t == 35)', [0] * 32 + [1] * 8),
                    ('__all{}({}t < 39)', [1] * 32 + [0] * 8),
                    ('__all{}({}t < 40)', [1] * 40)]:
                call = call.format(suffix, mask)
                got = self.evaluate(call, 40, 'I')
                # The second warp has only eight lanes.
                expected = [value & 0xaa if value == odd and t >= 32
                            else value for t, value in enumerate(expected)]
                self.assertEqual(got, expected, call)

    def test_matches(self):
        self.assertEqual(
            self.evaluate('__match_any_sync(~0u, lane / 16)', 32, 'I'),
            [0x0000ffff] * 16 + [0xffff0000] * 16)
        self.assertEqual(
            self.evaluate('__match_all_sync(~0u, t < 32, &all) & all * 7',
                          40, 'I', 'int all;'), [7] * 40)

    def test_lanes_of_a_branch(self):
        # The lanes of a branch vote among themselves, and afterwards all do.
        got = self.evaluate('''mine * 0 + (int)(mine == (lane < 10
            ? 0x3ff : 0xfffffc00)) * 2 + (__ballot(1) == ~0u)''', 32, 'I', '''
  unsigned mine;
  if (lane < 10) {
    mine = __ballot(1);
  } else {
    mine = __activemask();
  }''')
        self.assertEqual(got, [3] * 32)

    def test_part_of_a_warp_by_mask(self):
        got = self.evaluate('x', 32, 'i', '''
  int x = -1;
  if (lane >= 8 && lane < 16) {
    x = __shfl_sync(0xff00, lane, 9);
    __syncwarp(0xff00);
  }
  x += __all_sync(~0u, 1);''')
        self.assertEqual(got, [0] * 8 + [10] * 8 + [0] * 16)

    def test_lanes_that_have_ended_are_not_waited_for(self):
        out = numpy.zeros(32, 'i')
        launch('''
extern "C" __global__ void f(int* out) {
  if (threadIdx.x % 2) return;
  int x = __shfl_xor_sync(0xffffffffu, (int)threadIdx.x, 2);
  out[threadIdx.x] = __popc(__ballot_sync(0xffffffffu, 1)) * 100 + x;
}''', (1,), (32,), out)
        self.assertEqual(out[::2].tolist(),
                         [1600 + (t ^ 2) for t in range(0, 32, 2)])

    def test_loop_that_lanes_leave_at_different_times(self):
        got = self.evaluate('rounds * 100 + seen', 32, 'i', '''
  int rounds = 0, seen = 0;
  while (rounds < lane / 8) {
    seen = __popc(__ballot(1));
    ++rounds;
  }''')
        expected = [r * 100 + (32 - 8 * r if r else 0)
                    for r in range(4) for _ in range(8)]
        self.assertEqual(got, expected)


class FailureTest(unittest.TestCase):

    def fails(self, message, source, threads=64, **keywords):
        out = numpy.zeros(threads, 'i')
        with self.assertRaisesRegex(driver.CUDADriverError, message) as caught:
            launch(source, (1,), (threads,), out, **keywords)
        return caught.exception.status, out

    def test_deadlock(self):
        status, _ = self.fails(
            r'kernel f: block \(0, 0, 0\) would wait for ever: 48 threads are '
            r'in __syncthreads, and thread \(0, 0, 0\) is in a warp function '
            'whose mask, 0xffffffff,', '''
extern "C" __global__ void f(int* out) {
  if (threadIdx.x < 16) __syncwarp(); else __syncthreads();
}''')
        self.assertEqual(status, 719)  # CUDA_ERROR_LAUNCH_FAILED

    def test_device_works_after_a_failure(self):
        self.test_deadlock()
        BlockTest('test_sums').test_sums()

    def test_assertion(self):
        status, out = self.fails(
            r"kernel f: kernel.cu:4: assertion `out\[t\] == 0` failed, in "
            r'block \(0, 0, 0\), thread \(5, 0, 0\)', '''
extern "C" __global__ void f(int* out) {
  int t = threadIdx.x; if (t == 5) out[t] = 7;
  assert(out[t] == 0);
  __syncthreads();
  out[t] = 1;
}''')
        self.assertEqual(status, 710)  # CUDA_ERROR_ASSERT
        self.assertEqual(out.sum(), 7)  # nobody passed the barrier

    def test_trap(self):
        status, _ = self.fails(r'kernel.cu:2: __trap\(\)', '''
extern "C" __global__ void f(int* out) { __syncthreads(); __trap(); }''')
        self.assertEqual(status, 719)

    def test_too_much_shared_memory(self):
        status, _ = self.fails(
            '49153 bytes of shared memory: a block has at most 49152 bytes',
            '''
extern __shared__ int s[];
extern "C" __global__ void f(int* out) { s[0] = 1; __syncthreads(); }''',
            shared_mem=49153)
        self.assertEqual(status, 1)  # CUDA_ERROR_INVALID_VALUE
