import itertools
import pickle
import subprocess
import sys
import threading
import unittest

import numpy

from cupy.cuda import cublas, memory, openblas

N, T, C = cublas.CUBLAS_OP_N, cublas.CUBLAS_OP_T, cublas.CUBLAS_OP_C


class OnDevice:
    """A copy of an array in the memory of the device, in the same order."""

    def __init__(self, array):
        self._host = array.copy('K')
        self._memory = memory.alloc(array.nbytes)
        self._memory.copy_from_host(self._host.ctypes.data, array.nbytes)
        self.ptr = self._memory.ptr

    def get(self):
        self._memory.copy_to_host(self._host.ctypes.data, self._host.nbytes)
        return self._host


def matrix(rows, columns, dtype='d', ld=None):
    """Returns random columns, with something between them if ld is larger."""
    values = numpy.random.uniform(-1, 1, (columns, ld or max(rows, 1)))
    return values.astype(dtype).T, slice(rows)


def random_vector(n, inc, dtype):
    """Returns what a vector of n elements in steps of inc takes."""
    length = max(1, 1 + (n - 1) * abs(inc))
    return numpy.random.uniform(-1, 1, length).astype(dtype)


def op(x, trans):
    return x if trans == N else x.T


def tolerance(dtype):
    return {'e': 2e-3, 'f': 1e-5, 'd': 1e-13}[numpy.dtype(dtype).char]


class CublasTestCase(unittest.TestCase):

    def setUp(self):
        numpy.random.seed(0)
        self.handle = cublas.create()
        self.addCleanup(cublas.destroy, self.handle)

    def call(self, name, dtype, *args):
        function = getattr(cublas, name.replace('@', dtype.replace('f', 's')))
        return function(self.handle, *args)

    def check(self, actual, expected, dtype, terms=1):
        # Of many terms, the sums so far are large, and each is rounded;
        # those of halves are kept in single precision.
        eps = numpy.finfo('d' if dtype == 'd' else 'f').eps
        numpy.testing.assert_allclose(actual, expected, rtol=0, atol=max(
            tolerance(dtype) * max(1, terms ** .5), eps * terms))

    def fails(self, status, words, function, *args, **kwargs):
        with self.assertRaises(cublas.CUBLASError) as context:
            function(*args, **kwargs)
        self.assertEqual(status, context.exception.status)
        for word in words:
            self.assertIn(word, str(context.exception))


class TestHandle(CublasTestCase):

    def test_settings(self):
        self.assertEqual(
            cublas.CUBLAS_POINTER_MODE_HOST,
            cublas.getPointerMode(self.handle))
        cublas.setPointerMode(self.handle, cublas.CUBLAS_POINTER_MODE_DEVICE)
        self.assertEqual(
            cublas.CUBLAS_POINTER_MODE_DEVICE,
            cublas.getPointerMode(self.handle))
        self.assertEqual(
            cublas.CUBLAS_DEFAULT_MATH, cublas.getMathMode(self.handle))
        cublas.setMathMode(self.handle, cublas.CUBLAS_PEDANTIC_MATH)
        self.assertEqual(
            cublas.CUBLAS_PEDANTIC_MATH, cublas.getMathMode(self.handle))
        self.assertEqual(0, cublas.getStream(self.handle))
        cublas.setStream(self.handle, 0)
        self.assertGreaterEqual(cublas.getVersion(self.handle), 11200)

    def test_wrong_settings(self):
        self.fails(7, ['cublasSetPointerMode', 'mode is 2'],
                   cublas.setPointerMode, self.handle, 2)
        self.fails(7, ['cublasSetMathMode', 'mode is 4'],
                   cublas.setMathMode, self.handle, 4)
        self.assertEqual(
            cublas.CUBLAS_DEFAULT_MATH, cublas.getMathMode(self.handle))

    def test_handles_differ(self):
        other = cublas.create()
        cublas.setPointerMode(other, cublas.CUBLAS_POINTER_MODE_DEVICE)
        self.assertEqual(cublas.CUBLAS_POINTER_MODE_HOST,
                         cublas.getPointerMode(self.handle))
        cublas.destroy(other)

    def test_no_handle(self):
        other = cublas.create()
        cublas.destroy(other)
        for handle in (0, 12345, self.handle + 1, other):
            for function, args in [
                    (cublas.destroy, ()), (cublas.getVersion, ()),
                    (cublas.setStream, (0,)), (cublas.getStream, ()),
                    (cublas.sasum, (0, 0, 1)),
                    (cublas.sgemv, (N, 0, 0, 1, 0, 1, 0, 1, 0, 0, 1)),
                    (cublas.sgemm, (N, N, 0, 0, 0, 1, 0, 1, 0, 1, 0, 0, 1))]:
                self.fails(cublas.CUBLAS_STATUS_NOT_INITIALIZED,
                           ['CUBLAS_STATUS_NOT_INITIALIZED (1)',
                            'no handle of cublasCreate'],
                           function, handle, *args)

    def test_a_new_handle_has_no_settings_of_an_old_one(self):
        other = cublas.create()
        cublas.setMathMode(other, cublas.CUBLAS_PEDANTIC_MATH)
        cublas.destroy(other)
        again = cublas.create()
        self.addCleanup(cublas.destroy, again)
        self.assertEqual(
            cublas.CUBLAS_DEFAULT_MATH, cublas.getMathMode(again))

    def test_error(self):
        error = cublas.CUBLASError(7, 'cublasSgemm', 'm is -1')
        again = pickle.loads(pickle.dumps(error))
        self.assertEqual(7, again.status)
        self.assertEqual(str(error), str(again))
        self.assertEqual(
            'CUBLAS_STATUS_INVALID_VALUE (7): an argument has a wrong value, '
            'in cublasSgemm: m is -1', str(error))
        self.assertIn('unknown status (99)', str(cublas.CUBLASError(99)))


class TestVectors(CublasTestCase):

    def vector(self, n, inc, dtype):
        x = random_vector(n, inc, dtype)
        return OnDevice(x), x, x[::inc][:n]

    def test_reductions(self):
        for dtype, n, inc in itertools.product('fd', (1, 2, 7, 500), (1, 3)):
            device, _, x = self.vector(n, inc, dtype)
            args = n, device.ptr, inc
            self.assertEqual(1 + abs(x).argmax(),
                             self.call('i@amax', dtype, *args))
            self.assertEqual(1 + abs(x).argmin(),
                             self.call('i@amin', dtype, *args))
            self.check(self.call('@asum', dtype, *args),
                       abs(x.astype('d')).sum(), dtype, n)
            self.check(self.call('@nrm2', dtype, *args),
                       (x.astype('d') ** 2).sum() ** .5, dtype, n)

    def test_first_of_equal_elements(self):
        x = OnDevice(numpy.array([2, -5, 1, 5, -1, 2], 'f'))
        self.assertEqual(2, cublas.isamax(self.handle, 6, x.ptr, 1))
        self.assertEqual(3, cublas.isamin(self.handle, 6, x.ptr, 1))

    def test_nothing(self):
        x = OnDevice(numpy.ones(3, 'f'))
        for n, inc in ((0, 1), (-1, 1), (3, 0), (3, -1)):
            for name in ('isamax', 'isamin', 'sasum', 'snrm2'):
                self.assertEqual(
                    0, getattr(cublas, name)(self.handle, n, x.ptr, inc))

    def test_norm_neither_overflows_nor_vanishes(self):
        for dtype, scale in (('f', 1e30), ('f', 1e-30),
                             ('d', 1e200), ('d', 1e-200)):
            x = OnDevice(numpy.array([3 * scale, -4 * scale], dtype))
            numpy.testing.assert_allclose(
                self.call('@nrm2', dtype, 2, x.ptr, 1), 5 * scale, rtol=1e-6)

    def test_dot(self):
        # Long vectors are cut, and the cuts are where both steps count.
        for dtype, n, incx, incy in itertools.product(
                'fd', (0, 1, 5, 200001), (1, 2, -2), (1, -1)):
            x_dev, _, x = self.vector(n, incx, dtype)
            y_dev, _, y = self.vector(n, incy, dtype)
            result = OnDevice(numpy.array([7], dtype))
            for mode in (cublas.CUBLAS_POINTER_MODE_HOST,
                         cublas.CUBLAS_POINTER_MODE_DEVICE):
                where = result
                if mode == cublas.CUBLAS_POINTER_MODE_HOST:
                    host = numpy.array([7], dtype)
                    where_ptr = host.ctypes.data
                else:
                    where_ptr = where.ptr
                cublas.setPointerMode(self.handle, mode)
                self.call('@dot', dtype, n, x_dev.ptr, incx, y_dev.ptr, incy,
                          where_ptr)
                actual = host if where_ptr != where.ptr else where.get()
                self.check(actual[0], (x.astype('d') * y).sum(), dtype,
                           max(1, n))

    def test_updates(self):
        for dtype, n, incx, incy in itertools.product(
                'fd', (1, 5, 1000), (1, 2, -3), (1, -2)):
            x_dev, x_all, x = self.vector(n, incx, dtype)
            y_dev, y_all, y = self.vector(n, incy, dtype)
            args = x_dev.ptr, incx, y_dev.ptr, incy
            self.call('@axpy', dtype, n, .5, *args)
            y += dtype_of(.5, dtype) * x
            self.check(y_dev.get(), y_all, dtype)
            self.call('@swap', dtype, n, *args)
            x[:], y[:] = y.copy(), x.copy()
            self.check(x_dev.get(), x_all, dtype)
            self.check(y_dev.get(), y_all, dtype)
            self.call('@scal', dtype, n, -3, x_dev.ptr, abs(incx))
            x_all[::abs(incx)][:n] *= -3
            self.check(x_dev.get(), x_all, dtype)
            self.call('@copy', dtype, n, *args)
            y[:] = x
            self.check(y_dev.get(), y_all, dtype)


def dtype_of(value, dtype):
    return numpy.dtype(dtype).type(value)


class TestMatrixAndVector(CublasTestCase):

    def test_gemv(self):
        # The last shape is cut over the cores, the one way and the other.
        shapes = [(1, 1, 1), (3, 5, 4), (5, 3, 5), (600, 400, 601)]
        for dtype, (m, n, ld), trans, (incx, incy) in itertools.product(
                'fd', shapes, (N, T, C), ((1, 1), (2, 3), (-2, -1))):
            a, rows = matrix(m, n, dtype, ld)
            lengths = (n, m) if trans == N else (m, n)
            x = random_vector(lengths[0], incx, dtype)
            y = random_vector(lengths[1], incy, dtype)
            a_dev, x_dev, y_dev = OnDevice(a), OnDevice(x), OnDevice(y)
            self.call('@gemv', dtype, trans, m, n, .5, a_dev.ptr, ld,
                      x_dev.ptr, incx, 2, y_dev.ptr, incy)
            part = y[::incy]
            part[:] = 2 * part + .5 * op(a[rows], trans).dot(x[::incx])
            self.check(y_dev.get(), y, dtype, lengths[0])

    def test_gemv_overwrites(self):
        y = OnDevice(numpy.full(3, numpy.nan, 'f'))
        a, x = OnDevice(numpy.ones((3, 3), 'f')), OnDevice(numpy.ones(3, 'f'))
        cublas.sgemv(self.handle, N, 3, 3, 1, a.ptr, 3, x.ptr, 1, 0, y.ptr, 1)
        self.assertEqual([3, 3, 3], y.get().tolist())
        cublas.sgemv(self.handle, N, 3, 3, 0, 0, 3, 0, 1, 2, y.ptr, 1)
        self.assertEqual([6, 6, 6], y.get().tolist())

    def test_ger(self):
        for dtype, (m, n, ld), (incx, incy) in itertools.product(
                'fd', [(1, 1, 1), (3, 5, 4), (600, 400, 601)],
                ((1, 1), (2, -3))):
            a, rows = matrix(m, n, dtype, ld)
            x = random_vector(m, incx, dtype)
            y = random_vector(n, incy, dtype)
            a_dev, x_dev, y_dev = OnDevice(a), OnDevice(x), OnDevice(y)
            self.call('@ger', dtype, m, n, .5, x_dev.ptr, incx, y_dev.ptr,
                      incy, a_dev.ptr, ld)
            a[rows] += dtype_of(.5, dtype) * numpy.outer(
                x[::incx], y[::incy])
            self.check(a_dev.get(), a, dtype)

    def test_wrong_arguments(self):
        def gemv(trans=N, m=2, n=2, lda=2, incx=1, incy=1):
            cublas.sgemv(self.handle, trans, m, n, 1, 0, lda, 0, incx, 1, 0,
                         incy)

        for words, args in [
                ('trans is 5', {'trans': 5}), ('m is -1', {'m': -1}),
                ('n is -2', {'n': -2}), ('lda is 1', {'lda': 1}),
                ('incx is 0', {'incx': 0}), ('incy is 0', {'incy': 0})]:
            self.fails(7, ['cublasSgemv', words], gemv, **args)
        gemv(m=0)
        self.fails(7, ['cublasDger', 'lda is 1'], cublas.dger, self.handle,
                   2, 2, 1., 0, 1, 0, 1, 0, 1)


class TestGemm(CublasTestCase):

    def product(self, dtype, transa, transb, m, n, k, beta=.5, pad=0):
        shape_a = (m, k) if transa == N else (k, m)
        shape_b = (k, n) if transb == N else (n, k)
        lda, ldb, ldc = (max(1, rows) + pad
                         for rows in (shape_a[0], shape_b[0], m))
        a, rows_a = matrix(*shape_a, dtype, lda)
        b, rows_b = matrix(*shape_b, dtype, ldb)
        c, rows_c = matrix(m, n, dtype, ldc)
        devices = [OnDevice(x) for x in (a, b, c)]
        self.call('@gemm', dtype, transa, transb, m, n, k, 2,
                  devices[0].ptr, lda, devices[1].ptr, ldb, beta,
                  devices[2].ptr, ldc)
        exact = 2 * op(a[rows_a].astype('d'), transa).dot(
            op(b[rows_b].astype('d'), transb)) + beta * c[rows_c]
        c[rows_c] = exact
        self.check(devices[2].get(), c, dtype, k)

    def test_small(self):
        for dtype, transa, transb, (m, n, k), pad in itertools.product(
                'fd', (N, T), (N, C),
                [(1, 1, 1), (2, 3, 4), (5, 1, 7), (1, 6, 3), (17, 18, 19)],
                (0, 3)):
            self.product(dtype, transa, transb, m, n, k, pad=pad)

    def test_cut_over_cores(self):
        # Wide, high, neither; sizes that no unit of cuts divides.
        for transa, transb, sizes in itertools.product(
                (N, T), (N, T), [(61, 900, 70), (900, 61, 70),
                                 (301, 299, 257), (5, 3, 90000)]):
            self.product('f', transa, transb, *sizes, pad=1)

    def test_nothing(self):
        for m, n, k in ((0, 3, 2), (3, 0, 2), (3, 2, 0)):
            self.product('f', N, N, m, n, k)

    def test_overwrites(self):
        a = OnDevice(numpy.ones((2, 2), 'f'))
        c = OnDevice(numpy.full((2, 2), numpy.nan, 'f'))
        for alpha, k, expected in ((1, 2, 2), (0, 2, 0), (1, 0, 0)):
            cublas.sgemm(self.handle, N, N, 2, 2, k, alpha, a.ptr, 2, a.ptr,
                         2, 0, c.ptr, 2)
            self.assertEqual([[expected] * 2] * 2, c.get().tolist())

    def test_wrong_arguments(self):
        def gemm(transa=N, transb=N, m=2, n=3, k=4, lda=2, ldb=4, ldc=2):
            cublas.sgemm(self.handle, transa, transb, m, n, k, 1, 0, lda, 0,
                         ldb, 1, 0, ldc)

        for words, args in [
                ('transa is 3', {'transa': 3}),
                ('transb is -1', {'transb': -1}),
                ('m is -1', {'m': -1}), ('n is -1', {'n': -1}),
                ('k is -1', {'k': -1}),
                ('lda is 1, but the columns have 2 elements', {'lda': 1}),
                ('lda is 2, but the columns have 4', {'transa': T}),
                ('ldb is 3, but the columns have 4', {'ldb': 3}),
                ('ldb is 2, but the columns have 3',
                 {'transb': C, 'ldb': 2}),
                ('ldc is 1', {'ldc': 1}),
                ('lda is 0', {'m': 0, 'lda': 0})]:
            self.fails(7, ['cublasSgemm', words], gemm, **args)

    def test_threads(self):
        # Eight at once, each with products of its own size.
        errors = []

        def work(i):
            try:
                handle = cublas.create()
                a = numpy.random.RandomState(i).rand(90 + i, 90 + i)
                a_dev, c_dev = OnDevice(a), OnDevice(a)
                for _ in range(10):
                    cublas.dgemm(handle, T, T, 90 + i, 90 + i, 90 + i, 1,
                                 a_dev.ptr, 90 + i, a_dev.ptr, 90 + i, 0,
                                 c_dev.ptr, 90 + i)
                numpy.testing.assert_allclose(c_dev.get(), a.dot(a).T)
                cublas.destroy(handle)
            except Exception as error:
                errors.append(error)

        threads = [threading.Thread(target=work, args=(i,))
                   for i in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual([], errors)


class TestBatched(CublasTestCase):

    # A batch that is cut, products that are cut, and too little to cut.
    SIZES = [(40, 30, 20, 30), (1, 200, 200, 200), (3, 2, 3, 4), (0, 2, 2, 2)]

    def setUp(self):
        super().setUp()
        self.cases = []
        for dtype, transa, transb, (count, m, n, k) in itertools.product(
                'fd', (N, T), (N, T), self.SIZES):
            a = numpy.random.rand(
                count, *((k, m) if transa == N else (m, k))).astype(dtype)
            b = numpy.random.rand(
                count, *((n, k) if transb == N else (k, n))).astype(dtype)
            c = numpy.random.rand(count, n, m).astype(dtype)
            expected = 2 * numpy.matmul(
                b if transb == N else b.transpose(0, 2, 1),
                a if transa == N else a.transpose(0, 2, 1)) + .5 * c
            self.cases.append((
                dtype, transa, transb, m, n, k, count, OnDevice(a),
                a.shape[2], OnDevice(b), b.shape[2], OnDevice(c), expected))

    def test_strided(self):
        for (dtype, transa, transb, m, n, k, count, a, lda, b, ldb, c,
             expected) in self.cases:
            self.call('@gemmStridedBatched', dtype, transa, transb, m, n, k,
                      2, a.ptr, lda, m * k, b.ptr, ldb, k * n, .5, c.ptr, m,
                      m * n, count)
            self.check(c.get(), expected, dtype, k)

    def test_pointers(self):
        for (dtype, transa, transb, m, n, k, count, a, lda, b, ldb, c,
             expected) in self.cases:
            size = numpy.dtype(dtype).itemsize
            tables = [
                OnDevice(x.ptr + numpy.arange(count, dtype='u8') * n * size)
                for x, n in ((a, m * k), (b, k * n), (c, m * n))]
            self.call('@gemmBatched', dtype, transa, transb, m, n, k, 2,
                      tables[0].ptr, lda, tables[1].ptr, ldb, .5,
                      tables[2].ptr, m, count)
            self.check(c.get(), expected, dtype, k)

    def test_one_matrix_for_all(self):
        a = numpy.random.rand(2, 3)
        b = numpy.random.rand(4, 3, 2)
        a_dev, b_dev = OnDevice(a), OnDevice(b)
        c_dev = OnDevice(numpy.zeros((4, 3, 3)))
        cublas.dgemmStridedBatched(
            self.handle, N, N, 3, 3, 2, 1, a_dev.ptr, 3, 0, b_dev.ptr, 2, 6,
            0, c_dev.ptr, 3, 9, 4)
        self.check(c_dev.get(), b.dot(a), 'd')

    def test_negative_count(self):
        self.fails(7, ['cublasSgemmBatched', 'batchCount is -1'],
                   cublas.sgemmBatched, self.handle, N, N, 1, 1, 1, 1, 0, 1,
                   0, 1, 1, 0, 1, -1)
        self.fails(7, ['batchCount is -2'],
                   cublas.dgemmStridedBatched, self.handle, N, N, 1, 1, 1, 1,
                   0, 1, 1, 0, 1, 1, 1, 0, 1, 1, -2)


class TestGemmEx(CublasTestCase):

    TYPES = {'e': cublas.CUDA_R_16F, 'f': cublas.CUDA_R_32F,
             'd': cublas.CUDA_R_64F}

    def multiply(self, types, computation, m=13, n=7, k=11, transa=N,
                 transb=N, alpha=2, beta=.5, nan=False, pad=1):
        shape_a = (m, k) if transa == N else (k, m)
        shape_b = (k, n) if transb == N else (n, k)
        a, rows_a = matrix(*shape_a, types[0], shape_a[0] + pad)
        b, rows_b = matrix(*shape_b, types[1], shape_b[0] + pad)
        c, rows_c = matrix(m, n, types[2], m + pad)
        if nan:
            c[...] = numpy.nan
        devices = [OnDevice(x) for x in (a, b, c)]
        cublas.gemmEx(
            self.handle, transa, transb, m, n, k, alpha,
            devices[0].ptr, self.TYPES[types[0]], a.shape[0],
            devices[1].ptr, self.TYPES[types[1]], b.shape[0], beta,
            devices[2].ptr, self.TYPES[types[2]], c.shape[0], computation,
            cublas.CUBLAS_GEMM_DEFAULT)
        sums = alpha * op(a[rows_a].astype('d'), transa).dot(
            op(b[rows_b].astype('d'), transb))
        if beta:
            sums += beta * c[rows_c]
        c[rows_c] = sums
        result = devices[2].get()
        numpy.testing.assert_allclose(
            result, c, rtol=tolerance(types[2]), atol=tolerance(types[2]))

    def test_types(self):
        for types, computation in [
                ('eee', cublas.CUBLAS_COMPUTE_16F),
                ('eee', cublas.CUBLAS_COMPUTE_32F),
                ('eee', cublas.CUBLAS_COMPUTE_32F_FAST_16F),
                ('eef', cublas.CUBLAS_COMPUTE_32F),
                ('fff', cublas.CUBLAS_COMPUTE_32F),
                ('fff', cublas.CUBLAS_COMPUTE_32F_PEDANTIC),
                ('fff', cublas.CUBLAS_COMPUTE_32F_FAST_TF32),
                ('ddd', cublas.CUBLAS_COMPUTE_64F)]:
            for transa, transb in itertools.product((N, T), (N, T)):
                self.multiply(types, computation, transa=transa,
                              transb=transb)
            self.multiply(types, computation, beta=0, nan=True, pad=0)
            self.multiply(types, computation, alpha=0)
            self.multiply(types, computation, k=0)

    def test_large(self):
        self.multiply('eee', cublas.CUBLAS_COMPUTE_32F, 300, 280, 90)

    def test_sums_are_float32(self):
        # 4096 ones and a half, which float16 would lose at 2048.
        a = OnDevice(numpy.full(4096, 1, 'e'))
        b = OnDevice(numpy.full(4096, .5, 'e'))
        c = OnDevice(numpy.zeros(1, 'e'))
        cublas.gemmEx(self.handle, N, N, 1, 1, 4096, 1, a.ptr, 2, 1, b.ptr,
                      2, 4096, 0, c.ptr, 2, 1, cublas.CUBLAS_COMPUTE_32F,
                      cublas.CUBLAS_GEMM_DEFAULT)
        self.assertEqual(2048, c.get()[0])

    def test_batched(self):
        a = numpy.random.rand(5, 3, 2).astype('e')
        b = numpy.random.rand(5, 4, 3).astype('e')
        a_dev, b_dev = OnDevice(a), OnDevice(b)
        c_dev = OnDevice(numpy.zeros((5, 4, 2), 'e'))
        cublas.gemmStridedBatchedEx(
            self.handle, N, N, 2, 4, 3, 1, a_dev.ptr, 2, 2, 6, b_dev.ptr, 2,
            3, 12, 0, c_dev.ptr, 2, 2, 8, 5, cublas.CUBLAS_COMPUTE_32F,
            cublas.CUBLAS_GEMM_DEFAULT)
        numpy.testing.assert_allclose(
            c_dev.get(), numpy.matmul(b.astype('f'), a.astype('f')),
            rtol=1e-3)

    def sums_of_halves(self, x, y):
        """Returns x + y of two vectors: sums in float32, and then rounded."""
        n = len(x)
        pairs = OnDevice(numpy.concatenate([x, y]))
        ones = OnDevice(numpy.ones(2, 'e'))
        sums = OnDevice(numpy.zeros(n, 'e'))
        cublas.gemmEx(
            self.handle, N, N, n, 1, 2, 1, pairs.ptr, cublas.CUDA_R_16F, n,
            ones.ptr, cublas.CUDA_R_16F, 2, 0, sums.ptr, cublas.CUDA_R_16F,
            n, cublas.CUBLAS_COMPUTE_32F, cublas.CUBLAS_GEMM_DEFAULT)
        return sums.get()

    def test_conversion_of_halves(self):
        # All values; then sums, which are rounded, become infinite, or not a
        # number. Eight at a time, and less at a time.
        x = numpy.arange(65536, dtype='u2').view('e')
        for y in (numpy.zeros_like(x), numpy.random.permutation(x),
                  numpy.full_like(x, 16), numpy.full_like(x, 1.5)):
            with numpy.errstate(all='ignore'):
                expected = (x.astype('f') + y.astype('f')).astype('e')
            numpy.testing.assert_array_equal(
                expected, self.sums_of_halves(x, y))
            parts = [self.sums_of_halves(x[i:i + 7], y[i:i + 7])
                     for i in range(0, 65536, 7)]
            numpy.testing.assert_array_equal(
                expected, numpy.concatenate(parts))

    def test_operands_that_are_not_read(self):
        for char in 'ef':
            kind = self.TYPES[char]
            nan = OnDevice(numpy.full(6, numpy.nan, char))
            for ptr in (nan.ptr, 0):
                c = OnDevice(numpy.ones(4, char))
                cublas.gemmEx(
                    self.handle, N, N, 2, 2, 3, 0, ptr, kind, 2, ptr, kind,
                    3, 2, c.ptr, kind, 2, cublas.CUBLAS_COMPUTE_32F,
                    cublas.CUBLAS_GEMM_DEFAULT)
                self.assertEqual([2, 2, 2, 2], c.get().tolist())

    def test_not_supported(self):
        for types, computation in [
                ((2, 2, 0), cublas.CUBLAS_COMPUTE_16F),
                ((2, 0, 0), cublas.CUBLAS_COMPUTE_32F),
                ((1, 1, 1), cublas.CUBLAS_COMPUTE_32F),
                ((0, 0, 0), cublas.CUBLAS_COMPUTE_64F), ((0, 0, 0), 72)]:
            a, b, c = types
            self.fails(
                cublas.CUBLAS_STATUS_NOT_SUPPORTED,
                [f'types {a}, {b} and {c}'], cublas.gemmEx, self.handle, N,
                N, 1, 1, 1, 1, 0, a, 1, 0, b, 1, 0, 0, c, 1, computation,
                cublas.CUBLAS_GEMM_DEFAULT)


class TestMatrices(CublasTestCase):

    def test_geam(self):
        for dtype, transa, transb, (m, n) in itertools.product(
                'fd', (N, T), (N, C), [(1, 1), (3, 70), (300, 290)]):
            shape_a = (m, n) if transa == N else (n, m)
            shape_b = (m, n) if transb == N else (n, m)
            a, rows_a = matrix(*shape_a, dtype, shape_a[0] + 1)
            b, rows_b = matrix(*shape_b, dtype, shape_b[0] + 2)
            c, rows_c = matrix(m, n, dtype, m + 3)
            a_dev, b_dev, c_dev = OnDevice(a), OnDevice(b), OnDevice(c)
            self.call('@geam', dtype, transa, transb, m, n, 2, a_dev.ptr,
                      a.shape[0], -.5, b_dev.ptr, b.shape[0], c_dev.ptr,
                      c.shape[0])
            c[rows_c] = 2 * op(a[rows_a], transa) - dtype_of(
                .5, dtype) * op(b[rows_b], transb)
            self.check(c_dev.get(), c, dtype)

    def test_geam_without_an_operand(self):
        a = OnDevice(numpy.arange(6, dtype='f'))
        c = OnDevice(numpy.full(6, numpy.nan, 'f'))
        cublas.sgeam(self.handle, T, N, 3, 2, 1, a.ptr, 2, 0, 0, 3, c.ptr, 3)
        self.assertEqual([0, 2, 4, 1, 3, 5], c.get().tolist())

    def test_geam_in_place(self):
        a = OnDevice(numpy.arange(4, dtype='f'))
        b = OnDevice(numpy.arange(4, dtype='f'))
        cublas.sgeam(self.handle, N, T, 2, 2, 2, a.ptr, 2, 1, b.ptr, 2,
                     a.ptr, 2)
        self.assertEqual([0, 4, 5, 9], a.get().tolist())
        for args in ((T, N, 2, 2, 1, a.ptr, 2, 1, b.ptr, 2, a.ptr, 2),
                     (N, N, 2, 2, 1, a.ptr, 3, 1, b.ptr, 2, a.ptr, 2)):
            self.fails(7, ['cublasSgeam', 'C is A'], cublas.sgeam,
                       self.handle, *args)
        self.fails(7, ['C is B'], cublas.sgeam, self.handle, N, T, 2, 2, 1,
                   a.ptr, 2, 1, b.ptr, 2, b.ptr, 2)

    def test_dgmm(self):
        for dtype, (m, n), inc in itertools.product(
                'fd', [(1, 1), (3, 5), (300, 290)], (1, 2, -1)):
            a, rows_a = matrix(m, n, dtype, m + 1)
            a_dev = OnDevice(a)
            for side, length in ((cublas.CUBLAS_SIDE_LEFT, m),
                                 (cublas.CUBLAS_SIDE_RIGHT, n)):
                x = random_vector(length, inc, dtype)
                x_dev, diagonal = OnDevice(x), x[::inc]
                c, rows_c = matrix(m, n, dtype, m)
                c_dev = OnDevice(c)
                self.call('@dgmm', dtype, side, m, n, a_dev.ptr, m + 1,
                          x_dev.ptr, inc, c_dev.ptr, m)
                expected = (diagonal[:, None] if side == 0 else
                            diagonal) * a[rows_a]
                self.check(c_dev.get(), expected, dtype)

    def test_wrong_side(self):
        self.fails(7, ['cublasSdgmm', 'mode is 2'], cublas.sdgmm,
                   self.handle, 2, 1, 1, 0, 1, 0, 1, 0, 1)


class TestHostLibraries(CublasTestCase):

    """Without the best library, the tests of above pass, too."""

    CASES = (TestVectors, TestMatrixAndVector, TestGemm, TestBatched,
             TestGemmEx)

    def setUp(self):
        super().setUp()
        self.addCleanup(cublas.use_host_library, cublas.host_library())

    def run_with(self, path, own_threads):
        self.assertTrue(cublas.use_host_library(path, own_threads))
        self.assertEqual(path or '', cublas.host_library())
        result = unittest.TestResult()
        for case in self.CASES:
            unittest.defaultTestLoader.loadTestsFromTestCase(case).run(result)
        self.assertTrue(
            result.wasSuccessful(), result.failures + result.errors)
        self.assertGreater(result.testsRun, 15)

    def test_plain_loops(self):
        self.run_with(None, False)

    def test_openblas_of_numpy(self):
        path, own_threads = openblas.libraries()[-1]
        self.assertIn('numpy.libs', path)
        self.assertTrue(own_threads)
        self.run_with(path, own_threads)

    def test_no_library(self):
        before = cublas.host_library()
        self.assertFalse(cublas.use_host_library('/nowhere/libblas.so'))
        self.assertFalse(cublas.use_host_library('libm.so.6'))
        self.assertEqual(before, cublas.host_library())


class TestChoice(unittest.TestCase):

    """The best library is taken when the first handle is made."""

    def choice(self, preparation):
        program = f'''
import sys
{preparation}
from cupy.cuda import cublas, memory
assert cublas.host_library() == ''
handle = cublas.create()
import numpy
a = numpy.ones((3, 3), 'f')
on_device = memory.alloc(a.nbytes)
x = on_device.ptr
on_device.copy_from_host(a.ctypes.data, a.nbytes)
cublas.sgemm(handle, 0, 0, 3, 3, 3, 1, x, 3, x, 3, 1, x, 3)
on_device.copy_to_host(a.ctypes.data, a.nbytes)
print(a[0, 0], cublas.host_library())
'''
        out = subprocess.run(
            [sys.executable, '-c', program], check=True, text=True,
            stdout=subprocess.PIPE).stdout
        return out.split()

    def test_first(self):
        self.assertEqual(
            ['4.0', openblas.libraries()[0][0]], self.choice(''))

    def test_numpy_has_the_only_one(self):
        chosen = self.choice('sys.modules["scipy_openblas32"] = None')
        self.assertEqual(['4.0', openblas.libraries()[-1][0]], chosen)

    def test_none(self):
        chosen = self.choice(
            'from cupy.cuda import openblas; openblas.libraries = list')
        self.assertEqual(['4.0'], chosen)
