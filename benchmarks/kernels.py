"""Elementwise kernels: bandwidth, overhead, and what a new kernel costs.

Usage::

    python benchmarks/kernels.py

Each line is the ratio of two times of one run. Large arrays are compared with
a plain loop in C++ that moves the same bytes on the same number of threads,
and with NumPy. The best of many repetitions is taken: other work on the
machine makes single ones slower, never faster.
"""
import ctypes
import os
import subprocess
import sys
import tempfile
import time

# The threads of the plain loops are not to spin where ours would run.
os.environ.setdefault('OMP_WAIT_POLICY', 'passive')

import numpy  # noqa: E402

import cupy  # noqa: E402
from cupy.cuda import compiler  # noqa: E402

SIZE = 10 ** 7

LOOPS = r'''
#include <cmath>
extern "C" void muladd(float* out, const float* x, const float* y,
                       const float* z, long n) {
#pragma omp parallel for simd schedule(static)
  for (long i = 0; i < n; ++i) out[i] = x[i] * y[i] + z[i];
}
extern "C" void adam(float* p, const float* g, float* m, float* v, long n) {
#pragma omp parallel for simd schedule(static)
  for (long i = 0; i < n; ++i) {
    m[i] += 0.1f * (g[i] - m[i]);
    v[i] += 0.001f * (g[i] * g[i] - v[i]);
    p[i] -= 0.001f * m[i] / (std::sqrt(v[i]) + 1e-8f);
  }
}
'''

muladd = cupy.ElementwiseKernel(
    'float32 x, float32 y, float32 z', 'float32 out', 'out = x * y + z',
    'muladd')
adam = cupy.ElementwiseKernel(
    'float32 g', 'float32 p, float32 m, float32 v', '''
    m += 0.1f * (g - m);
    v += 0.001f * (g * g - v);
    p -= 0.001f * m / (sqrt(v) + 1e-8f)''', 'adam')


def numpy_adam(p, g, m, v):
    m += 0.1 * (g - m)
    v += 0.001 * (g * g - v)
    p -= 0.001 * m / (numpy.sqrt(v) + 1e-8)


def best(*calls, seconds=2.):
    """The best times of some calls, which take turns."""
    times = [[] for _ in calls]
    for call in calls:
        call()
    end = time.perf_counter() + seconds * len(calls)
    while time.perf_counter() < end:
        for call, found in zip(calls, times):
            start = time.perf_counter()
            call()
            found.append(time.perf_counter() - start)
    return [min(found) for found in times]


def per_call(call, number=2000):
    """Time of one call of many in a row."""
    def repeated():
        for _ in range(number):
            call()
    return best(repeated, seconds=0.5)[0] / number


def loops():
    """The plain loops, compiled."""
    folder = tempfile.mkdtemp()
    source = os.path.join(folder, 'loops.cpp')
    with open(source, 'w') as file:
        file.write(LOOPS)
    library = os.path.join(folder, 'loops.so')
    subprocess.run(
        ['g++', '-O3', '-march=native', '-fno-math-errno', '-fopenmp',
         '-shared', '-fPIC', source, '-o', library], check=True)
    return ctypes.CDLL(library)


def pointers(*arrays):
    return [ctypes.c_void_p(a.data.ptr) for a in arrays]


def report(name, ratio, meaning):
    print(f'{name:42}{ratio:7.2f}  {meaning}')


def large_arrays():
    library = loops()
    host = [numpy.random.RandomState(k).rand(SIZE).astype('f')
            for k in range(4)]
    device = [cupy.array(a) for a in host]
    out = numpy.empty(SIZE, 'f')

    def numpy_muladd():
        numpy.multiply(host[1], host[2], out=out)
        numpy.add(out, host[3], out=out)

    size = ctypes.c_long(SIZE)
    plain, fused, other = best(
        lambda: library.muladd(*pointers(*device), size),
        lambda: muladd(*device[1:], device[0]), numpy_muladd)
    report('x * y + z', plain / fused, 'of the bandwidth of a plain loop')
    report('x * y + z', other / fused, 'times as fast as NumPy, in place')
    plain, fused, other = best(
        lambda: library.adam(*pointers(*device), size),
        lambda: adam(device[1], device[0], device[2], device[3]),
        lambda: numpy_adam(*host))
    report('Adam', plain / fused, 'of the bandwidth of a plain loop')
    report('Adam', other / fused, 'times as fast as NumPy')


def sizes():
    for size in (10 ** 4, 10 ** 5, 10 ** 6):
        host = [numpy.random.RandomState(k).rand(size).astype('f')
                for k in range(4)]
        device = [cupy.array(a) for a in host]
        other, own = best(
            lambda a=host: a[1] * a[2] + a[3],
            lambda a=device: muladd(*a[1:]), seconds=0.4)
        report(f'x * y + z, {size:,} elements', other / own,
               'times as fast as NumPy')
        other, own = best(
            lambda a=host: numpy_adam(*a),
            lambda a=device: adam(a[1], a[0], a[2], a[3]), seconds=0.4)
        report(f'Adam, {size:,} elements', other / own,
               'times as fast as NumPy')
        for name in ('add', 'maximum', 'sqrt', 'exp', 'tanh'):
            count = 2 if name in ('add', 'maximum') else 1
            theirs = getattr(numpy, name)
            ours = getattr(cupy, name)
            other, own = best(
                lambda f=theirs, x=host[0], n=count: f(*[x] * n),
                lambda f=ours, x=device[0], n=count: f(*[x] * n),
                seconds=0.4)
            report(f'{name}, {size:,} elements', other / own,
                   'times as fast as NumPy')


def overhead():
    host = numpy.ones(10, 'f')
    x, out = cupy.array(host), cupy.array(host)
    kernel = per_call(lambda: muladd(x, x, x, out))
    print(f'a kernel of 10 elements{1e6 * kernel:26.2f}  microseconds')
    ours, theirs = per_call(lambda: x + x), per_call(lambda: host + host)
    print(f'x + y of 10 elements{1e6 * ours:29.2f}  microseconds')
    report('x + y of 10 elements', ours / theirs, 'times that of NumPy')


def new_kernels():
    x = cupy.ones(10, 'f')
    code = f'y = x * {time.time()}'
    times = []
    for _ in range(2):
        kernel = cupy.ElementwiseKernel(
            'float32 x', 'float32 y', code, 'new_kernel')
        start = time.perf_counter()
        kernel(x)
        times.append(time.perf_counter() - start)
        compiler._modules.clear()  # as in a new process
    print(f'first call of a new kernel{1e3 * times[0]:23.1f}  milliseconds')
    print(f'the same from the cache on disk{1e3 * times[1]:18.1f}  '
          'milliseconds')


if __name__ == '__main__':
    if len(sys.argv) > 1:
        sys.exit(__doc__)
    overhead()
    new_kernels()
    large_arrays()
    sizes()
