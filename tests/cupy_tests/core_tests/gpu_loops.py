"""Tests of the loops that GPUs are given; test_gpu_loops.py runs this.

A process of its own sets CUPY_HOST_BLOCKS=1, so that the host device compiles
these loops, too, and runs them thread by thread.
"""
import glob
import os
import struct
import tempfile
import unittest
from unittest import mock

import numpy

import cupy
from cupy import testing
from cupy.core import core

THREADS = 128  # in a block of an elementwise kernel


def numbers(shape, dtype):
    """Small integers of both signs where there are, some of them equal."""
    rng = numpy.random.RandomState(sum(shape) + 1)
    x = rng.randint(-4, 5, shape)
    return abs(x).astype(dtype) if numpy.dtype(dtype).kind == 'u' else (
        x.astype(dtype))


def layouts(dtype):
    """Yields arrays of the host and copies with the strides they have."""
    x = numbers((4, 6, 10), dtype)
    y = cupy.array(x)
    yield x, y
    yield x.T, y.T
    yield x.transpose(1, 2, 0), y.transpose(1, 2, 0)
    yield x[::2, 1:, ::3], y[::2, 1:, ::3]
    yield x[:, ::-1, ::-2], y[:, ::-1, ::-2]
    yield (numpy.broadcast_to(x[:, :1], (4, 5, 10)),
           cupy.broadcast_to(y[:, :1], (4, 5, 10)))


class TestPlaces(unittest.TestCase):
    """Where a kernel runs; the text does not show that it asks for this."""

    def test_elementwise(self):
        for place, expected in (
                ('threadIdx.x', numpy.arange(300) % THREADS),
                ('blockIdx.x', numpy.arange(300) // THREADS),
                ('gridDim.x', numpy.full(300, 3))):
            kernel = cupy.ElementwiseKernel(
                '', 'T y', 'y = PLACE', 'place',
                options=('-DPLACE=' + place,))
            testing.assert_array_equal(
                kernel(cupy.empty(300, 'i')), expected)

    def test_reduction(self):
        kernel = cupy.ReductionKernel(
            'T x', 'T y', 'PLACE', 'max(a, b)', 'y = a', None, 'place',
            options=('-DPLACE=threadIdx.x',))
        for shape, greatest in (((2, 9), 257), ((2, 500), 499),
                                ((2, 2000), 511)):
            self.assertEqual(
                kernel(cupy.empty(shape, 'i'), axis=1).max(), greatest)


class TestElementwise(unittest.TestCase):

    def setUp(self):
        self.kernel = cupy.ElementwiseKernel(
            'T x, T y', 'T z', 'z = x * x - y', 'square_minus')

    def test_sizes(self):
        for size in (0, 1, 2, 127, 128, 129, 1000, 40000):
            x = numpy.arange(size, dtype='i')
            testing.assert_array_equal(
                self.kernel(cupy.array(x), 3), x * x - 3)

    def test_layouts(self):
        for x, y in layouts('f'):
            row = numbers(x.shape[-1:], 'f')
            testing.assert_array_equal(
                self.kernel(y, cupy.array(row)), x * x - row)
            column = numbers(x.shape[:2] + (1,), 'f')
            out = cupy.empty(x.shape[::-1], 'f').T
            self.kernel(y, cupy.array(column), out)
            testing.assert_array_equal(out, x * x - column)
            testing.assert_array_equal(cupy.add(y, y[:1]), x + x[:1])

    def test_types(self):
        for dtype in 'bBhHiIlLefd':
            x = numbers((3, 5), dtype)
            y = cupy.array(x)
            testing.assert_array_equal(
                self.kernel(y, y[:, :1]), x * x - x[:, :1])
            testing.assert_array_equal(y.T == y.T[:1], x.T == x.T[:1])

    def test_no_axes(self):
        x = cupy.array(5, 'e')
        testing.assert_array_equal(self.kernel(x, x), numpy.float16(20))
        testing.assert_array_equal(cupy.sqrt(x + 4), numpy.float16(3))

    def test_index_of_each_axis(self):
        kernel = cupy.ElementwiseKernel(
            'raw T table', 'T y',
            'y = table[_ind.get()[1]] * 10 + _ind.get()[0] + i * 100',
            'indices', reduce_dims=False)
        out = cupy.zeros((4, 6), 'l')[:, ::2]
        i, j = numpy.indices(out.shape)
        testing.assert_array_equal(
            kernel(cupy.array([7, 8, 9]), out),
            (7 + j) * 10 + i + (i * 3 + j) * 100)

    def test_fewer_threads_than_elements(self):
        # The strides of this grid are never needed otherwise.
        module = core.compile_with_cache('''
extern "C" __global__ void visit(CArray<int, 2> counts, CIndexer<2> indexer,
                                 CArray<int, 1> of_threads) {
  CUPY_FOR(i, indexer.size()) {
    atomicAdd(&counts[i], 1);
    atomicAdd(&of_threads[blockIdx.x * blockDim.x + threadIdx.x], 1);
  }
  CUPY_EACH(indexer) {
    CUPY_ROW(i, indexer) {
      CUPY_AT(i, indexer);
      atomicAdd(&counts.at(i, indexer), 10);
    }
  }
}''')

        class Indexer:
            cstruct = struct.pack('=5q', 7 * 29, 7, 29, 0, 0)

        counts, of_threads = cupy.zeros((29, 7), 'i').T, cupy.zeros(64, 'i')
        module.get_function('visit')(
            (2,), (32,), (counts, Indexer, of_threads))
        testing.assert_array_equal(counts, numpy.full((7, 29), 11))
        testing.assert_array_equal(
            of_threads, [4] * (203 % 64) + [3] * (64 - 203 % 64))


class TestReductions(unittest.TestCase):

    functions = ('sum', 'prod', 'max', 'min', 'argmax', 'argmin', 'all',
                 'any', 'mean')

    def assert_equal(self, actual, expected):
        self.assertEqual(actual.dtype, expected.dtype)
        testing.assert_allclose(actual, expected, rtol=1e-5)

    def test_axes(self):
        for x, y in layouts('f'):
            for axis in (None, 0, 1, 2):
                for name in ('sum', 'max', 'argmax', 'all'):
                    self.assert_equal(
                        getattr(y, name)(axis), getattr(x, name)(axis))
            for axis in ((0, 1), (0, 2), (1, 2)):
                self.assert_equal(y.sum(axis), x.sum(axis))

    def test_types(self):
        for dtype in '?bHiLefd':
            x = numbers((5, 7), dtype)
            for name in self.functions:
                actual = getattr(cupy.array(x), name)(axis=1)
                with numpy.errstate(over='ignore'):
                    expected = getattr(x, name)(axis=1)
                self.assert_equal(actual, expected)

    def test_sizes(self):
        # With 512 threads: not all of them, all, and several rounds.
        for size in (1, 2, 3, 31, 255, 256, 257, 511, 512, 513, 1000, 70001):
            x = numbers((size, 2), 'l')
            for name in ('sum', 'min', 'argmin', 'any'):
                for axis in (None, 0):
                    self.assert_equal(getattr(cupy.array(x), name)(axis),
                                      getattr(x, name)(axis))

    def test_many_outputs(self):
        for shape, axis in (((1000, 3), 1), ((3, 1000), 0), ((513, 40), 0)):
            x = numbers(shape, 'd')
            for name in ('sum', 'argmax'):
                self.assert_equal(getattr(cupy.array(x), name)(axis),
                                  getattr(x, name)(axis))

    def test_nothing(self):
        x = numpy.zeros((0, 3), 'f')
        y = cupy.array(x)
        for name in ('sum', 'prod', 'all', 'any'):
            self.assert_equal(getattr(y, name)(0), getattr(x, name)(0))
            self.assert_equal(getattr(y, name)(1), getattr(x, name)(1))

    def test_no_axes(self):
        x = numpy.array(3, 'e')
        for name in self.functions:
            self.assert_equal(
                getattr(cupy.array(x), name)(), getattr(x, name)())

    def test_nan(self):
        x = numpy.arange(3000, dtype='f').reshape(2, 1500)
        x[:, [700, 900]] = numpy.nan
        y = cupy.array(x)
        for name in ('max', 'min', 'argmax', 'argmin'):
            for axis in (0, 1):
                testing.assert_array_equal(
                    getattr(y, name)(axis), getattr(x, name)(axis))

    def test_first_of_equal_elements(self):
        x = numpy.zeros((1200, 3), '?')
        x[[5, 600, 1100]] = True
        testing.assert_array_equal(cupy.array(x).argmax(0), [5, 5, 5])
        testing.assert_array_equal(cupy.array(x).argmin(0), [0, 0, 0])

    def test_accuracy(self):
        # A sum one after another would be off by 1e-3, of each thread's
        # elements by 1e-5.
        x = numpy.full(10 ** 6, 0.1, 'f')
        exact = numpy.float64(x[0]) * x.size
        self.assertLess(abs(float(cupy.array(x).sum()) / exact - 1), 6e-7)


class TestReductionKernels(unittest.TestCase):

    def test_expressions(self):
        # Three parameters, the types of which differ; indices; a value of a
        # type of the user's.
        kernel = cupy.ReductionKernel(
            'T x, float16 y, raw int32 z', 'float64 mean, int64 count',
            'Both(x * y + z[_i], _j >= 0 && _J < _in_ind.size())',
            'Both(a.sum + b.sum, a.count + b.count)',
            'mean = a.sum / a.count; count = a.count * _out_ind.size()',
            'Both(0, 1)', 'weighted', 'Both', preamble='''
struct Both {
  double sum;
  int count;
  __device__ Both(double sum_, int count_) : sum(sum_), count(count_) {}
};''')
        for shape in ((1, 1), (700, 3), (3, 700), (0, 4)):
            x, y = numbers(shape, 'f'), numbers(shape[1:], 'e')
            z = numpy.arange(shape[1], dtype='i')
            mean, count = kernel(
                cupy.array(x), cupy.array(y), cupy.array(z), axis=0)
            rows = max(shape[0], 1)
            testing.assert_allclose(
                mean, (x * y + z).sum(0) / rows, rtol=1e-6)
            testing.assert_array_equal(count, [rows * shape[1]] * shape[1])

    def test_no_identity(self):
        kernel = cupy.ReductionKernel(
            'T x', 'T y', 'x', 'a < b ? b : a', 'y = a', None, 'greatest')
        for x, y in layouts('e'):
            for axis in (None, 0, (0, 2)):
                testing.assert_array_equal(kernel(y, axis=axis), x.max(axis))

    def test_fewer_blocks_than_outputs(self):
        # The source as it is kept, with another launch than CuPy's.
        kernel = cupy.ReductionKernel(
            'T x', 'T y', 'x', 'a + b', 'y = a', '0', 'sum_in_two_blocks')
        with tempfile.TemporaryDirectory() as folder:
            with mock.patch.dict(os.environ, CUPY_KEEP_SOURCES=folder):
                kernel(cupy.zeros((5, 700)), axis=1)
            path, = glob.glob(os.path.join(folder, 'sum_in_two_blocks-*.cu'))
            with open(path) as f:
                source = f.read()
        x = numbers((5, 700), 'd')
        y, out = cupy.array(x), cupy.zeros(5)

        class Struct:
            def __init__(self, *words):
                self.cstruct = struct.pack(f'={len(words)}q', *words)

        function = cupy.cuda.compile_with_cache(source).get_function(
            'sum_in_two_blocks')
        function((2,), (512,), (
            Struct(y.data.ptr, *y.strides), Struct(out.data.ptr, 8),
            Struct(5, 700, 5, 700, 1, 1, 1)))
        testing.assert_array_equal(out, x.sum(1))


if __name__ == '__main__':
    unittest.main()
