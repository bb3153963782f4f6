"""Every argument of cuBLAS's functions, wrong in every way."""
import os
import sys
import unittest

import numpy

from cupy.cuda import cublas, runtime

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from bad_arguments import (  # noqa: E402
    Argument,
    Array,
    Handle,
    HostMemory,
    Pointers,
    Stream,
    check,
    check_without_device,
    enum,
    forbid_peer_access,
    leading,
    size,
    step,
)

N, T = cublas.CUBLAS_OP_N, cublas.CUBLAS_OP_T


def handle():
    return Handle(cublas.create, cublas.destroy, cublas.setStream)


def settings():
    """A handle for functions that do not compute: any device will do."""
    return Handle(cublas.create, cublas.destroy, device=False)


class CublasTest(unittest.TestCase):

    def setUp(self):
        runtime.setDevice(0)

    def check(self, function, *arguments):
        check(self, cublas.CUBLASError, function, *arguments)

    def check_types(self, name, arguments):
        """The function for both types; arguments(t) has arrays of the type."""
        for letter, dtype in (('s', 'f4'), ('d', 'f8')):
            function = getattr(cublas, name.replace('@', letter))
            with self.subTest(name, dtype=dtype):
                self.check(function, handle(), *arguments(dtype))


class TestSettings(CublasTest):

    def test_handle(self):
        for function in (cublas.getVersion, cublas.getStream,
                         cublas.getPointerMode, cublas.getMathMode):
            with self.subTest(function.__name__):
                self.check(function, settings())

    def test_too_many_handles(self):
        handles = []
        with self.assertRaisesRegex(cublas.CUBLASError, 'handles already'):
            while len(handles) < 5000:
                handles.append(cublas.create())
        for ptr in handles:
            cublas.destroy(ptr)
        cublas.destroy(cublas.create())

    def test_no_device(self):
        check_without_device(self, '''
from cupy.cuda import cublas, runtime
try:
    cublas.create()
except runtime.CUDARuntimeError as error:
    assert error.status == 100, error
else:
    raise AssertionError('created')
''')

    def test_destroy(self):
        for value in (0, 12344):
            with self.assertRaisesRegex(cublas.CUBLASError, 'was destroyed'):
                cublas.destroy(value)
        ptr = cublas.create()
        cublas.destroy(ptr)
        with self.assertRaisesRegex(cublas.CUBLASError, 'was destroyed'):
            cublas.destroy(ptr)

    def test_values(self):
        self.check(cublas.setPointerMode, settings(), enum(0))
        self.check(cublas.setMathMode, settings(), enum(0))

    def test_stream(self):
        # The handle goes first: it must not outlive its stream.
        stream = Stream()
        self.check(cublas.setStream, settings(), stream)

    def test_null_stream_after_one_that_is_destroyed(self):
        ptr = cublas.create()
        self.addCleanup(cublas.destroy, ptr)
        stream = runtime.streamCreate()
        cublas.setStream(ptr, stream)
        runtime.streamDestroy(stream)
        with self.assertRaisesRegex(cublas.CUBLASError, 'destroyed'):
            cublas.sasum(ptr, 0, 0, 1)
        cublas.setStream(ptr, 0)
        self.assertEqual(cublas.sasum(ptr, 0, 0, 1), 0)


class TestVectors(CublasTest):

    def test_one(self):
        for name in ('i@amax', 'i@amin', '@asum', '@nrm2'):
            self.check_types(name, lambda t: (3, Array(5, t), 2))

    def test_dot(self):
        self.check_types('@dot', lambda t: (
            3, Array(5, t), 2, Array(7, t), -3,
            HostMemory(numpy.zeros(1, t))))

    def test_dot_on_the_device(self):
        def device_handle():
            ptr = cublas.create()
            cublas.setPointerMode(ptr, cublas.CUBLAS_POINTER_MODE_DEVICE)
            return ptr

        for function, dtype in ((cublas.sdot, 'f4'), (cublas.ddot, 'f8')):
            result = Array(1, dtype)
            self.check(function,
                       Handle(device_handle, cublas.destroy, cublas.setStream),
                       1, Array(1, dtype), 1, Array(1, dtype), 1, result)

    def test_factor_of_the_wrong_memory(self):
        # The bindings keep factors on the host; the mode says the device.
        x, ptr = Array(4, 'f4'), handle()
        self.addCleanup(ptr.close)
        self.addCleanup(x.close)
        cublas.setPointerMode(ptr.good(), cublas.CUBLAS_POINTER_MODE_DEVICE)
        for call in (
                lambda: cublas.sscal(ptr.good(), 4, 2, x.good(), 1),
                lambda: cublas.sasum(ptr.good(), 4, x.good(), 1),
                lambda: cublas.sgemm(ptr.good(), N, N, 1, 1, 1, 1, x.good(),
                                     1, x.good(), 1, 0, x.good(), 1)):
            with self.assertRaisesRegex(cublas.CUBLASError,
                                        'in no device memory'):
                call()
        x.check_unchanged(self)

    def test_two(self):
        for name in ('@copy', '@swap'):
            self.check_types(name, lambda t: (
                3, Array(5, t), 2, Array(7, t), -3))
        self.check_types('@axpy', lambda t: (
            3, 2., Array(5, t), 2, Array(7, t), 3))

    def test_scal(self):
        self.check_types('@scal', lambda t: (3, 2., Array(5, t), 2))

    def test_nothing(self):
        # Nothing is read from or written to where there is nothing to do.
        ptr = cublas.create()
        self.addCleanup(cublas.destroy, ptr)
        for n in (0, -1):
            self.assertEqual(cublas.isamax(ptr, n, 0, 1), 0)
            cublas.dcopy(ptr, n, 0, 1, 0, 1)
            cublas.sscal(ptr, n, 2, 0, 1)
        cublas.dscal(ptr, 3, 2, 0, 0)
        cublas.sgemm(ptr, N, N, 0, 3, 3, 1, 0, 1, 0, 3, 0, 0, 1)
        cublas.sgemmBatched(ptr, N, N, 1, 1, 1, 1, 0, 1, 0, 1, 0, 0, 1, 0)


class TestMatrices(CublasTest):

    def test_gemv(self):
        self.check_types('@gemv', lambda t: (
            enum(N), size(2), size(3), 2., Array(10, t), leading(4, 2),
            Array(5, t), step(2), 3., Array(2, t), step(-1)))
        self.check_types('@gemv', lambda t: (
            enum(T), size(2), size(3), 2., Array(10, t), leading(4, 2),
            Array(2, t), step(1), 3., Array(3, t), step(1)))

    def test_ger(self):
        self.check_types('@ger', lambda t: (
            size(2), size(3), 2., Array(2, t), step(-1), Array(5, t), step(2),
            Array(10, t), leading(4, 2)))

    def test_geam(self):
        self.check_types('@geam', lambda t: (
            enum(N), enum(T), size(2), size(3), 2., Array(8, t),
            leading(3, 2), 3., Array(7, t), leading(4, 3), Array(6, t),
            leading(2, 2)))

    def test_dgmm(self):
        for side, length in ((cublas.CUBLAS_SIDE_LEFT, 2),
                             (cublas.CUBLAS_SIDE_RIGHT, 3)):
            self.check_types('@dgmm', lambda t, side=side, length=length: (
                enum(side), size(2), size(3), Array(6, t), leading(2, 2),
                Array(length, t), 1, Array(8, t), leading(3, 2)))

    def test_factor_of_zero(self):
        # Then the matrices are not read; null pointers are as good.
        ptr, c = handle(), Array(4, 'f4')
        self.addCleanup(ptr.close)
        self.addCleanup(c.close)
        h, out = ptr.good(), c.good()
        cublas.sgemm(h, N, N, 2, 2, 2, 0, 0, 2, 0, 2, 1, out, 2)
        cublas.sgemv(h, N, 2, 2, 0, 0, 2, 0, 1, 1, out, 1)
        cublas.sger(h, 2, 2, 0, 0, 1, 0, 1, 0, 2)
        cublas.sgeam(h, N, N, 2, 2, 1, out, 2, 0, 0, 2, out, 2)
        c.check_unchanged(self)


def gemm(dtype, *more):
    """Arguments of A of 2 x 4, B of 4 x 3 and C of 2 x 3."""
    return (enum(N), enum(N), size(2), size(3), size(4), 2.,
            Array(11, dtype), leading(3, 2), Array(14, dtype), leading(5, 4),
            3., Array(6, dtype), leading(2, 2), *more)


class TestProducts(CublasTest):

    def test_gemm(self):
        self.check_types('@gemm', gemm)
        self.check_types('@gemm', lambda t: (
            enum(T), enum(T), size(2), size(3), size(4), 2., Array(9, t),
            leading(5, 4), Array(12, t), leading(3, 3), 3., Array(8, t),
            leading(3, 2)))

    def test_batched(self):
        self.check_types('@gemmBatched', lambda t: (
            enum(N), enum(N), size(2), size(3), size(4), 2.,
            Pointers(Array(11, t), Array(11, t)), leading(3, 2),
            Pointers(Array(14, t), Array(14, t)), leading(5, 4), 3.,
            Pointers(Array(6, t), Array(6, t)), leading(2, 2), size(2)))

    def test_strided(self):
        self.check_types('@gemmStridedBatched', lambda t: (
            enum(N), enum(N), size(2), size(3), size(4), 2.,
            Array(11 + 12, t), leading(3, 2), 12, Array(14, t),
            leading(5, 4), 0, 3., Array(6 + 7, t), leading(2, 2), 7,
            size(2)))

    def test_steps(self):
        # Steps may go down, and so far that their products overflow.
        ptr, a = handle(), Array(2, 'f4')
        self.addCleanup(ptr.close)
        self.addCleanup(a.close)
        first, second = a.good(), a.good() + 4
        for good, value in ((second, -1), (first, 1)):
            cublas.sgemmStridedBatched(
                ptr.good(), N, N, 1, 1, 1, 1, good, 1, value, first, 1, 0, 0,
                first, 1, 0, 2)
        for bad, value in ((first, -1), (second, 1), (first, 2 ** 63 - 1),
                           (second, -2 ** 63), (first, 2 ** 62)):
            with self.assertRaises(cublas.CUBLASError):
                cublas.sgemmStridedBatched(
                    ptr.good(), N, N, 1, 1, 1, 1, bad, 1, value, first, 1, 0,
                    0, first, 1, 0, 5)

    def test_types_as_arguments(self):
        def typed(dtype, number, kind):
            def type_():
                return Argument(number, -1, 7)

            return (enum(N), enum(N), size(2), size(3), size(4), 2.,
                    Array(11, dtype), type_(), leading(3, 2),
                    Array(14, dtype), type_(), leading(5, 4), 3.,
                    Array(6, dtype), type_(), leading(2, 2),
                    Argument(kind, 5, 0), Argument(-1, -2, 50, 1000))

        for dtype, number, kind in (
                ('f4', cublas.CUDA_R_32F, cublas.CUBLAS_COMPUTE_32F),
                ('f8', cublas.CUDA_R_64F, cublas.CUBLAS_COMPUTE_64F),
                ('f2', cublas.CUDA_R_16F, cublas.CUBLAS_COMPUTE_32F),
                ('f2', cublas.CUDA_R_16F, cublas.CUBLAS_COMPUTE_16F)):
            with self.subTest(dtype, kind=kind):
                self.check(cublas.gemmEx, handle(),
                           *typed(dtype, number, kind))

    def test_strided_with_types(self):
        for dtype, number, kind in (
                ('f4', cublas.CUDA_R_32F, cublas.CUBLAS_COMPUTE_32F),
                ('f2', cublas.CUDA_R_16F, cublas.CUBLAS_COMPUTE_16F)):
            self.check(
                cublas.gemmStridedBatchedEx, handle(), enum(N), enum(N),
                size(2), size(3), size(4), 2., Array(11 + 12, dtype), number,
                leading(3, 2), 12, Array(14, dtype), number, leading(5, 4), 0,
                3., Array(6 + 7, dtype), number, leading(2, 2), 7, size(2),
                Argument(kind, 5, 0), Argument(-1, -2, 50, 1000))


class TestPeers(CublasTest):

    def test_memory_of_a_peer(self):
        # With access to it, the memory of another device will do.
        forbid_peer_access()
        x = Array(3, 'f4')
        self.addCleanup(x.close)
        runtime.setDevice(1)
        self.addCleanup(runtime.setDevice, 0)
        ptr = cublas.create()
        self.addCleanup(cublas.destroy, ptr)
        with self.assertRaisesRegex(cublas.CUBLASError, 'no access to'):
            cublas.sasum(ptr, 3, x.good(), 1)
        runtime.deviceEnablePeerAccess(0)
        try:
            self.assertEqual(cublas.sasum(ptr, 3, x.good(), 1), 3)
        finally:
            runtime.deviceDisablePeerAccess(0)

    def test_page_locked_memory(self):
        ptr, x = cublas.create(), runtime.hostAlloc(8, 0)
        self.addCleanup(cublas.destroy, ptr)
        self.addCleanup(runtime.freeHost, x)
        cublas.sscal(ptr, 2, 0, x, 1)
        with self.assertRaisesRegex(cublas.CUBLASError, 'past the end'):
            cublas.sscal(ptr, 3, 0, x, 1)
