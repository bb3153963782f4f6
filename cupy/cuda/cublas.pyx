"""cuBLAS: sums and products of vectors and matrices.

The functions are cuBLAS's without the prefix. Handles and pointers are
integers; matrices are column-major, in the memory of the current device.
``alpha`` and ``beta`` are numbers, and so are the results of ``amax``,
``amin``, ``asum`` and ``nrm2``: the handle must be in
``CUBLAS_POINTER_MODE_HOST`` for them, which it is at first. ``dot`` writes to
the pointer ``result``, which is one of the host or of the device, as the mode
says.
"""
import os
import struct

from cupy.cuda import openblas

from cupy.cuda cimport runtime
from cupy.cuda.cublas_v2 cimport *
from cupy.cuda.gil cimport PyThreadState, acquire, release

cdef extern from *:
    """
    #include <cuda_runtime_api.h>
    #include <cublas_v2.h>

    #ifdef CUPY_HOST_DEVICE
    static const bool HOST = true;
    #else
    static const bool HOST = false;
    static int cupyHostUseBlas(const char*, int) { return 1; }
    static const char* cupyHostBlas() { return ""; }
    static const char* cupyHostTakeErrorDetail() { return ""; }
    #endif
    """
    const bint HOST
    int cupyHostUseBlas(const char* path, int own_threads) nogil
    const char* cupyHostBlas()
    const char* cupyHostTakeErrorDetail()


cdef dict MESSAGES = {
    CUBLAS_STATUS_NOT_INITIALIZED:
        ('CUBLAS_STATUS_NOT_INITIALIZED', 'there is no such handle'),
    CUBLAS_STATUS_ALLOC_FAILED:
        ('CUBLAS_STATUS_ALLOC_FAILED', 'resources could not be allocated'),
    CUBLAS_STATUS_INVALID_VALUE:
        ('CUBLAS_STATUS_INVALID_VALUE', 'an argument has a wrong value'),
    CUBLAS_STATUS_ARCH_MISMATCH:
        ('CUBLAS_STATUS_ARCH_MISMATCH', 'the device lacks what this needs'),
    CUBLAS_STATUS_MAPPING_ERROR:
        ('CUBLAS_STATUS_MAPPING_ERROR', 'device memory could not be reached'),
    CUBLAS_STATUS_EXECUTION_FAILED:
        ('CUBLAS_STATUS_EXECUTION_FAILED', 'the device failed to run it'),
    CUBLAS_STATUS_INTERNAL_ERROR:
        ('CUBLAS_STATUS_INTERNAL_ERROR', 'an operation inside failed'),
    CUBLAS_STATUS_NOT_SUPPORTED:
        ('CUBLAS_STATUS_NOT_SUPPORTED', 'this combination is not supported'),
    CUBLAS_STATUS_LICENSE_ERROR:
        ('CUBLAS_STATUS_LICENSE_ERROR', 'the license could not be checked')}


class CUBLASError(RuntimeError):
    """A function of cuBLAS failed.

    Args:
        status (int): What the function returned.
        doing (str): The function.
        detail (str): More about the cause, if more is known.

    Attributes:
        status (int): What the function returned.
    """

    def __init__(self, status, doing='', detail=''):
        super().__init__(status, doing, detail)
        self.status = status

    def __str__(self):
        status, doing, detail = self.args
        name, sentence = MESSAGES.get(
            status, ('unknown status', 'the library is newer than CuPy'))
        where = f', in {doing}' if doing else ''
        why = f': {detail}' if detail else ''
        return f'{name} ({status}): {sentence}{where}{why}'


cdef inline int check(int status, str doing) except -1:
    if status != CUBLAS_STATUS_SUCCESS:
        raise CUBLASError(status, doing, cupyHostTakeErrorDetail().decode())
    return 0


def host_library():
    """Returns the path of the library that does the products.

    It is empty with plain loops, and on CUDA.
    """
    return os.fsdecode(<bytes>cupyHostBlas())


def use_host_library(path, own_threads=False):
    """Chooses the library that does the products on the host device.

    Args:
        path (str): OpenBLAS, or ``None`` for plain loops.
        own_threads (bool): Whether its number of threads is left as it is,
            because somebody else works with it, too.

    Returns:
        bool: ``False`` if the library cannot be used.
    """
    global _chosen
    cdef bytes name
    cdef const char* pointer = NULL
    if path is not None:
        name = os.fsencode(path)
        pointer = name
    _chosen = True
    return cupyHostUseBlas(pointer, own_threads) == 0


_chosen = False


def _choose_host_library():
    for path, own_threads in openblas.libraries():
        if use_host_library(path, own_threads):
            return
    use_host_library(None)


cpdef size_t create() except? 0:
    cdef Handle handle
    if HOST and not _chosen:
        _choose_host_library()
    runtime.getDevice()  # says it better if there is none
    check(cublasCreate(&handle), 'cublasCreate')
    return <size_t>handle


cpdef destroy(size_t handle):
    check(cublasDestroy(<Handle>handle), 'cublasDestroy')


cpdef int getVersion(size_t handle) except? -1:
    cdef int version
    check(cublasGetVersion(<Handle>handle, &version), 'cublasGetVersion')
    return version


cpdef setStream(size_t handle, size_t stream):
    check(cublasSetStream(<Handle>handle, <Stream>stream), 'cublasSetStream')


cpdef size_t getStream(size_t handle) except? 0:
    cdef Stream stream
    check(cublasGetStream(<Handle>handle, &stream), 'cublasGetStream')
    return <size_t>stream


cpdef setPointerMode(size_t handle, int mode):
    check(cublasSetPointerMode(<Handle>handle, <PointerMode>mode),
          'cublasSetPointerMode')


cpdef int getPointerMode(size_t handle) except? -1:
    cdef PointerMode mode
    check(cublasGetPointerMode(<Handle>handle, &mode), 'cublasGetPointerMode')
    return mode


cpdef setMathMode(size_t handle, int mode):
    check(cublasSetMathMode(<Handle>handle, <MathMode>mode),
          'cublasSetMathMode')


cpdef int getMathMode(size_t handle) except? -1:
    cdef MathMode mode
    check(cublasGetMathMode(<Handle>handle, &mode), 'cublasGetMathMode')
    return mode


# ---- Products with types as arguments --------------------------------------

cdef class Scalar:
    """alpha or beta, in the type that a type of computation wants."""

    cdef double wide
    cdef float single
    cdef bytes half
    cdef const void* address

    def __cinit__(self, double value, int computeType):
        if computeType in (CUBLAS_COMPUTE_16F, CUBLAS_COMPUTE_16F_PEDANTIC):
            self.half = struct.pack('e', value)
            self.address = <const char*>self.half
        elif computeType in (CUBLAS_COMPUTE_64F, CUBLAS_COMPUTE_64F_PEDANTIC):
            self.wide = value
            self.address = &self.wide
        else:
            self.single = value
            self.address = &self.single


cpdef int isamax(size_t handle, int n, size_t x, int incx) except? 0:
    cdef int result = 0
    cdef PyThreadState* state = release(n)
    cdef int status = cublasIsamax(
        <Handle>handle, n, <const float*>x, incx, &result)
    acquire(state)
    check(status, 'cublasIsamax')
    return result


cpdef int idamax(size_t handle, int n, size_t x, int incx) except? 0:
    cdef int result = 0
    cdef PyThreadState* state = release(n)
    cdef int status = cublasIdamax(
        <Handle>handle, n, <const double*>x, incx, &result)
    acquire(state)
    check(status, 'cublasIdamax')
    return result


cpdef int isamin(size_t handle, int n, size_t x, int incx) except? 0:
    cdef int result = 0
    cdef PyThreadState* state = release(n)
    cdef int status = cublasIsamin(
        <Handle>handle, n, <const float*>x, incx, &result)
    acquire(state)
    check(status, 'cublasIsamin')
    return result


cpdef int idamin(size_t handle, int n, size_t x, int incx) except? 0:
    cdef int result = 0
    cdef PyThreadState* state = release(n)
    cdef int status = cublasIdamin(
        <Handle>handle, n, <const double*>x, incx, &result)
    acquire(state)
    check(status, 'cublasIdamin')
    return result


cpdef float sasum(size_t handle, int n, size_t x, int incx) except? 0:
    cdef float result = 0
    cdef PyThreadState* state = release(n)
    cdef int status = cublasSasum(
        <Handle>handle, n, <const float*>x, incx, &result)
    acquire(state)
    check(status, 'cublasSasum')
    return result


cpdef double dasum(size_t handle, int n, size_t x, int incx) except? 0:
    cdef double result = 0
    cdef PyThreadState* state = release(n)
    cdef int status = cublasDasum(
        <Handle>handle, n, <const double*>x, incx, &result)
    acquire(state)
    check(status, 'cublasDasum')
    return result


cpdef float snrm2(size_t handle, int n, size_t x, int incx) except? 0:
    cdef float result = 0
    cdef PyThreadState* state = release(n)
    cdef int status = cublasSnrm2(
        <Handle>handle, n, <const float*>x, incx, &result)
    acquire(state)
    check(status, 'cublasSnrm2')
    return result


cpdef double dnrm2(size_t handle, int n, size_t x, int incx) except? 0:
    cdef double result = 0
    cdef PyThreadState* state = release(n)
    cdef int status = cublasDnrm2(
        <Handle>handle, n, <const double*>x, incx, &result)
    acquire(state)
    check(status, 'cublasDnrm2')
    return result


cpdef sdot(
        size_t handle, int n, size_t x, int incx, size_t y, int incy,
        size_t result):
    cdef PyThreadState* state = release(n)
    cdef int status = cublasSdot(
        <Handle>handle, n, <const float*>x, incx, <const float*>y, incy,
        <float*>result)
    acquire(state)
    check(status, 'cublasSdot')


cpdef ddot(
        size_t handle, int n, size_t x, int incx, size_t y, int incy,
        size_t result):
    cdef PyThreadState* state = release(n)
    cdef int status = cublasDdot(
        <Handle>handle, n, <const double*>x, incx, <const double*>y, incy,
        <double*>result)
    acquire(state)
    check(status, 'cublasDdot')


cpdef saxpy(
        size_t handle, int n, float alpha, size_t x, int incx, size_t y,
        int incy):
    cdef PyThreadState* state = release(n)
    cdef int status = cublasSaxpy(
        <Handle>handle, n, &alpha, <const float*>x, incx, <float*>y, incy)
    acquire(state)
    check(status, 'cublasSaxpy')


cpdef daxpy(
        size_t handle, int n, double alpha, size_t x, int incx, size_t y,
        int incy):
    cdef PyThreadState* state = release(n)
    cdef int status = cublasDaxpy(
        <Handle>handle, n, &alpha, <const double*>x, incx, <double*>y, incy)
    acquire(state)
    check(status, 'cublasDaxpy')


cpdef sscal(size_t handle, int n, float alpha, size_t x, int incx):
    cdef PyThreadState* state = release(n)
    cdef int status = cublasSscal(<Handle>handle, n, &alpha, <float*>x, incx)
    acquire(state)
    check(status, 'cublasSscal')


cpdef dscal(size_t handle, int n, double alpha, size_t x, int incx):
    cdef PyThreadState* state = release(n)
    cdef int status = cublasDscal(<Handle>handle, n, &alpha, <double*>x, incx)
    acquire(state)
    check(status, 'cublasDscal')


cpdef scopy(size_t handle, int n, size_t x, int incx, size_t y, int incy):
    cdef PyThreadState* state = release(n)
    cdef int status = cublasScopy(
        <Handle>handle, n, <const float*>x, incx, <float*>y, incy)
    acquire(state)
    check(status, 'cublasScopy')


cpdef dcopy(size_t handle, int n, size_t x, int incx, size_t y, int incy):
    cdef PyThreadState* state = release(n)
    cdef int status = cublasDcopy(
        <Handle>handle, n, <const double*>x, incx, <double*>y, incy)
    acquire(state)
    check(status, 'cublasDcopy')


cpdef sswap(size_t handle, int n, size_t x, int incx, size_t y, int incy):
    cdef PyThreadState* state = release(n)
    cdef int status = cublasSswap(
        <Handle>handle, n, <float*>x, incx, <float*>y, incy)
    acquire(state)
    check(status, 'cublasSswap')


cpdef dswap(size_t handle, int n, size_t x, int incx, size_t y, int incy):
    cdef PyThreadState* state = release(n)
    cdef int status = cublasDswap(
        <Handle>handle, n, <double*>x, incx, <double*>y, incy)
    acquire(state)
    check(status, 'cublasDswap')


cpdef sgemv(
        size_t handle, int trans, int m, int n, float alpha, size_t A,
        int lda, size_t x, int incx, float beta, size_t y, int incy):
    cdef PyThreadState* state = release(<double>m * n)
    cdef int status = cublasSgemv(
        <Handle>handle, <Operation>trans, m, n, &alpha, <const float*>A, lda,
        <const float*>x, incx, &beta, <float*>y, incy)
    acquire(state)
    check(status, 'cublasSgemv')


cpdef dgemv(
        size_t handle, int trans, int m, int n, double alpha, size_t A,
        int lda, size_t x, int incx, double beta, size_t y, int incy):
    cdef PyThreadState* state = release(<double>m * n)
    cdef int status = cublasDgemv(
        <Handle>handle, <Operation>trans, m, n, &alpha, <const double*>A, lda,
        <const double*>x, incx, &beta, <double*>y, incy)
    acquire(state)
    check(status, 'cublasDgemv')


cpdef sger(
        size_t handle, int m, int n, float alpha, size_t x, int incx,
        size_t y, int incy, size_t A, int lda):
    cdef PyThreadState* state = release(<double>m * n)
    cdef int status = cublasSger(
        <Handle>handle, m, n, &alpha, <const float*>x, incx, <const float*>y,
        incy, <float*>A, lda)
    acquire(state)
    check(status, 'cublasSger')


cpdef dger(
        size_t handle, int m, int n, double alpha, size_t x, int incx,
        size_t y, int incy, size_t A, int lda):
    cdef PyThreadState* state = release(<double>m * n)
    cdef int status = cublasDger(
        <Handle>handle, m, n, &alpha, <const double*>x, incx,
        <const double*>y, incy, <double*>A, lda)
    acquire(state)
    check(status, 'cublasDger')


cpdef sgemm(
        size_t handle, int transa, int transb, int m, int n, int k,
        float alpha, size_t A, int lda, size_t B, int ldb, float beta,
        size_t C, int ldc):
    cdef PyThreadState* state = release(<double>m * n * k / 8)
    cdef int status = cublasSgemm(
        <Handle>handle, <Operation>transa, <Operation>transb, m, n, k, &alpha,
        <const float*>A, lda, <const float*>B, ldb, &beta, <float*>C, ldc)
    acquire(state)
    check(status, 'cublasSgemm')


cpdef dgemm(
        size_t handle, int transa, int transb, int m, int n, int k,
        double alpha, size_t A, int lda, size_t B, int ldb, double beta,
        size_t C, int ldc):
    cdef PyThreadState* state = release(<double>m * n * k / 8)
    cdef int status = cublasDgemm(
        <Handle>handle, <Operation>transa, <Operation>transb, m, n, k, &alpha,
        <const double*>A, lda, <const double*>B, ldb, &beta, <double*>C, ldc)
    acquire(state)
    check(status, 'cublasDgemm')


cpdef sgemmBatched(
        size_t handle, int transa, int transb, int m, int n, int k,
        float alpha, size_t Aarray, int lda, size_t Barray, int ldb,
        float beta, size_t Carray, int ldc, int batchCount):
    cdef PyThreadState* state = release(<double>m * n * k * batchCount / 8)
    cdef int status = cublasSgemmBatched(
        <Handle>handle, <Operation>transa, <Operation>transb, m, n, k, &alpha,
        <const float**>Aarray, lda, <const float**>Barray, ldb, &beta,
        <float**>Carray, ldc, batchCount)
    acquire(state)
    check(status, 'cublasSgemmBatched')


cpdef dgemmBatched(
        size_t handle, int transa, int transb, int m, int n, int k,
        double alpha, size_t Aarray, int lda, size_t Barray, int ldb,
        double beta, size_t Carray, int ldc, int batchCount):
    cdef PyThreadState* state = release(<double>m * n * k * batchCount / 8)
    cdef int status = cublasDgemmBatched(
        <Handle>handle, <Operation>transa, <Operation>transb, m, n, k, &alpha,
        <const double**>Aarray, lda, <const double**>Barray, ldb, &beta,
        <double**>Carray, ldc, batchCount)
    acquire(state)
    check(status, 'cublasDgemmBatched')


cpdef sgemmStridedBatched(
        size_t handle, int transa, int transb, int m, int n, int k,
        float alpha, size_t A, int lda, long long strideA, size_t B, int ldb,
        long long strideB, float beta, size_t C, int ldc, long long strideC,
        int batchCount):
    cdef PyThreadState* state = release(<double>m * n * k * batchCount / 8)
    cdef int status = cublasSgemmStridedBatched(
        <Handle>handle, <Operation>transa, <Operation>transb, m, n, k, &alpha,
        <const float*>A, lda, strideA, <const float*>B, ldb, strideB, &beta,
        <float*>C, ldc, strideC, batchCount)
    acquire(state)
    check(status, 'cublasSgemmStridedBatched')


cpdef dgemmStridedBatched(
        size_t handle, int transa, int transb, int m, int n, int k,
        double alpha, size_t A, int lda, long long strideA, size_t B, int ldb,
        long long strideB, double beta, size_t C, int ldc, long long strideC,
        int batchCount):
    cdef PyThreadState* state = release(<double>m * n * k * batchCount / 8)
    cdef int status = cublasDgemmStridedBatched(
        <Handle>handle, <Operation>transa, <Operation>transb, m, n, k, &alpha,
        <const double*>A, lda, strideA, <const double*>B, ldb, strideB, &beta,
        <double*>C, ldc, strideC, batchCount)
    acquire(state)
    check(status, 'cublasDgemmStridedBatched')


cpdef gemmEx(
        size_t handle, int transa, int transb, int m, int n, int k,
        double alpha, size_t A, int Atype, int lda, size_t B, int Btype,
        int ldb, double beta, size_t C, int Ctype, int ldc, int computeType,
        int algo):
    cdef Scalar a = Scalar(alpha, computeType)
    cdef Scalar b = Scalar(beta, computeType)
    cdef PyThreadState* state = release(<double>m * n * k / 8)
    cdef int status = cublasGemmEx(
        <Handle>handle, <Operation>transa, <Operation>transb, m, n, k,
        a.address, <const void*>A, <DataType>Atype, lda, <const void*>B,
        <DataType>Btype, ldb, b.address, <void*>C, <DataType>Ctype, ldc,
        <ComputeType>computeType, <GemmAlgo>algo)
    acquire(state)
    check(status, 'cublasGemmEx')


cpdef gemmStridedBatchedEx(
        size_t handle, int transa, int transb, int m, int n, int k,
        double alpha, size_t A, int Atype, int lda, long long strideA,
        size_t B, int Btype, int ldb, long long strideB, double beta,
        size_t C, int Ctype, int ldc, long long strideC, int batchCount,
        int computeType, int algo):
    cdef Scalar a = Scalar(alpha, computeType)
    cdef Scalar b = Scalar(beta, computeType)
    cdef PyThreadState* state = release(<double>m * n * k * batchCount / 8)
    cdef int status = cublasGemmStridedBatchedEx(
        <Handle>handle, <Operation>transa, <Operation>transb, m, n, k,
        a.address, <const void*>A, <DataType>Atype, lda, strideA,
        <const void*>B, <DataType>Btype, ldb, strideB, b.address, <void*>C,
        <DataType>Ctype, ldc, strideC, batchCount, <ComputeType>computeType,
        <GemmAlgo>algo)
    acquire(state)
    check(status, 'cublasGemmStridedBatchedEx')


cpdef sgeam(
        size_t handle, int transa, int transb, int m, int n, float alpha,
        size_t A, int lda, float beta, size_t B, int ldb, size_t C, int ldc):
    cdef PyThreadState* state = release(<double>m * n)
    cdef int status = cublasSgeam(
        <Handle>handle, <Operation>transa, <Operation>transb, m, n, &alpha,
        <const float*>A, lda, &beta, <const float*>B, ldb, <float*>C, ldc)
    acquire(state)
    check(status, 'cublasSgeam')


cpdef dgeam(
        size_t handle, int transa, int transb, int m, int n, double alpha,
        size_t A, int lda, double beta, size_t B, int ldb, size_t C, int ldc):
    cdef PyThreadState* state = release(<double>m * n)
    cdef int status = cublasDgeam(
        <Handle>handle, <Operation>transa, <Operation>transb, m, n, &alpha,
        <const double*>A, lda, &beta, <const double*>B, ldb, <double*>C, ldc)
    acquire(state)
    check(status, 'cublasDgeam')


cpdef sdgmm(
        size_t handle, int mode, int m, int n, size_t A, int lda, size_t x,
        int incx, size_t C, int ldc):
    cdef PyThreadState* state = release(<double>m * n)
    cdef int status = cublasSdgmm(
        <Handle>handle, <SideMode>mode, m, n, <const float*>A, lda,
        <const float*>x, incx, <float*>C, ldc)
    acquire(state)
    check(status, 'cublasSdgmm')


cpdef ddgmm(
        size_t handle, int mode, int m, int n, size_t A, int lda, size_t x,
        int incx, size_t C, int ldc):
    cdef PyThreadState* state = release(<double>m * n)
    cdef int status = cublasDdgmm(
        <Handle>handle, <SideMode>mode, m, n, <const double*>A, lda,
        <const double*>x, incx, <double*>C, ldc)
    acquire(state)
    check(status, 'cublasDdgmm')
