"""Reductions against NumPy, and against the speed of reading.

Usage::

    python benchmarks/reductions.py [dtypes]

Prints milliseconds on the device, of NumPy, and their ratio: below 1 the
device is faster. ``dtypes`` are characters, ``f`` by default. The best of many
repetitions is taken, and the two take turns: other work on the machine makes
single ones slower, never faster. The last lines compare ``sum`` with a plain
loop in C++ that reads the same bytes on the same number of threads.
"""
import ctypes
import functools
import os
import subprocess
import sys
import tempfile
import time

import numpy

import cupy

SHAPES = [
    ((10000, 1000), (0, 1, None)),
    ((1000, 10000), (0, 1)),
    ((100, 100000), (0, 1)),
    ((100000, 10), (0, 1)),
    ((100000, 3), (0, 1)),
    ((32, 64, 28, 28), ((0, 2, 3), 1)),
    ((100, 3, 1000), (1,)),
    ((100, 1000, 7), (1,)),
    ((32, 1000), (0, 1, None)),
    ((10,), (0,)),
]
FUNCTIONS = ['sum', 'max', 'argmax', 'mean', 'var', 'all']

LOOP = r'''
extern "C" float total(const float* x, long n) {
  float sum = 0;
#pragma omp parallel for simd schedule(static) reduction(+ : sum)
  for (long i = 0; i < n; ++i) sum += x[i];
  return sum;
}
'''


def best(*calls, seconds=0.4):
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


def numbers(shape, dtype):
    rng = numpy.random.RandomState(0)
    if dtype == '?':
        return rng.rand(*shape) < 2  # the slow case of all()
    return (rng.rand(*shape) * 100).astype(dtype)


def compare(dtype):
    for shape, axes in SHAPES:
        x = numbers(shape, dtype)
        y = cupy.array(x)
        for axis in axes:
            for name in FUNCTIONS:
                if name == 'argmax' and isinstance(axis, tuple):
                    continue
                ours, numpys = best(
                    functools.partial(getattr(y, name), axis=axis),
                    functools.partial(getattr(x, name), axis=axis))
                print(f'{x.dtype.name:8} {name:6} {shape!s:18} '
                      f'axis {axis!s:10} {1e3 * ours:8.4f} '
                      f'{1e3 * numpys:8.4f}  {ours / numpys:5.2f}',
                      flush=True)


def reading(folder):
    source = os.path.join(folder, 'loop.cpp')
    library = os.path.join(folder, 'loop.so')
    with open(source, 'w') as file:
        file.write(LOOP)
    subprocess.check_call([
        os.environ.get('CXX', 'g++'), '-O3', '-march=native', '-ffast-math',
        '-fopenmp', '-shared', '-fPIC', source, '-o', library])
    total = ctypes.CDLL(library).total
    total.restype = ctypes.c_float
    for size in (10 ** 6, 10 ** 7, 10 ** 8):
        x = cupy.ones(size, 'f')
        address = ctypes.c_void_p(x.data.ptr)
        length = ctypes.c_long(size)
        ours, loop, numpys = best(
            x.sum, functools.partial(total, address, length), x.get().sum,
            seconds=2)
        print(f'sum of {size} float32: {4e-9 * size / ours:.1f} GB/s, '
              f'{loop / ours:.2f} of the loop, {numpys / ours:.1f} times '
              'the speed of NumPy')


if __name__ == '__main__':
    for char in sys.argv[1] if len(sys.argv) > 1 else 'f':
        compare(char)
    with tempfile.TemporaryDirectory() as folder:
        reading(folder)
