cpdef enum:
    CUBLAS_STATUS_SUCCESS = 0
    CUBLAS_STATUS_NOT_INITIALIZED = 1
    CUBLAS_STATUS_ALLOC_FAILED = 3
    CUBLAS_STATUS_INVALID_VALUE = 7
    CUBLAS_STATUS_ARCH_MISMATCH = 8
    CUBLAS_STATUS_MAPPING_ERROR = 11
    CUBLAS_STATUS_EXECUTION_FAILED = 13
    CUBLAS_STATUS_INTERNAL_ERROR = 14
    CUBLAS_STATUS_NOT_SUPPORTED = 15
    CUBLAS_STATUS_LICENSE_ERROR = 16

    CUBLAS_OP_N = 0
    CUBLAS_OP_T = 1
    CUBLAS_OP_C = 2

    CUBLAS_SIDE_LEFT = 0
    CUBLAS_SIDE_RIGHT = 1

    CUBLAS_POINTER_MODE_HOST = 0
    CUBLAS_POINTER_MODE_DEVICE = 1

    CUBLAS_DEFAULT_MATH = 0
    CUBLAS_TENSOR_OP_MATH = 1
    CUBLAS_PEDANTIC_MATH = 2
    CUBLAS_TF32_TENSOR_OP_MATH = 3

    CUBLAS_GEMM_DEFAULT = -1
    CUBLAS_GEMM_DEFAULT_TENSOR_OP = 99

    CUBLAS_COMPUTE_16F = 64
    CUBLAS_COMPUTE_16F_PEDANTIC = 65
    CUBLAS_COMPUTE_32F = 68
    CUBLAS_COMPUTE_32F_PEDANTIC = 69
    CUBLAS_COMPUTE_64F = 70
    CUBLAS_COMPUTE_64F_PEDANTIC = 71
    CUBLAS_COMPUTE_32F_FAST_16F = 74
    CUBLAS_COMPUTE_32F_FAST_16BF = 75
    CUBLAS_COMPUTE_32F_FAST_TF32 = 77

    CUDA_R_32F = 0
    CUDA_R_64F = 1
    CUDA_R_16F = 2


cpdef size_t create() except? 0
cpdef destroy(size_t handle)
cpdef int getVersion(size_t handle) except? -1
cpdef setStream(size_t handle, size_t stream)
cpdef size_t getStream(size_t handle) except? 0
cpdef setPointerMode(size_t handle, int mode)
cpdef int getPointerMode(size_t handle) except? -1
cpdef setMathMode(size_t handle, int mode)
cpdef int getMathMode(size_t handle) except? -1

cpdef int isamax(size_t handle, int n, size_t x, int incx) except? 0
cpdef int idamax(size_t handle, int n, size_t x, int incx) except? 0
cpdef int isamin(size_t handle, int n, size_t x, int incx) except? 0
cpdef int idamin(size_t handle, int n, size_t x, int incx) except? 0
cpdef float sasum(size_t handle, int n, size_t x, int incx) except? 0
cpdef double dasum(size_t handle, int n, size_t x, int incx) except? 0
cpdef float snrm2(size_t handle, int n, size_t x, int incx) except? 0
cpdef double dnrm2(size_t handle, int n, size_t x, int incx) except? 0
cpdef sdot(
        size_t handle, int n, size_t x, int incx, size_t y, int incy,
        size_t result)
cpdef ddot(
        size_t handle, int n, size_t x, int incx, size_t y, int incy,
        size_t result)
cpdef saxpy(
        size_t handle, int n, float alpha, size_t x, int incx, size_t y,
        int incy)
cpdef daxpy(
        size_t handle, int n, double alpha, size_t x, int incx, size_t y,
        int incy)
cpdef sscal(size_t handle, int n, float alpha, size_t x, int incx)
cpdef dscal(size_t handle, int n, double alpha, size_t x, int incx)
cpdef scopy(size_t handle, int n, size_t x, int incx, size_t y, int incy)
cpdef dcopy(size_t handle, int n, size_t x, int incx, size_t y, int incy)
cpdef sswap(size_t handle, int n, size_t x, int incx, size_t y, int incy)
cpdef dswap(size_t handle, int n, size_t x, int incx, size_t y, int incy)
cpdef sgemv(
        size_t handle, int trans, int m, int n, float alpha, size_t A,
        int lda, size_t x, int incx, float beta, size_t y, int incy)
cpdef dgemv(
        size_t handle, int trans, int m, int n, double alpha, size_t A,
        int lda, size_t x, int incx, double beta, size_t y, int incy)
cpdef sger(
        size_t handle, int m, int n, float alpha, size_t x, int incx,
        size_t y, int incy, size_t A, int lda)
cpdef dger(
        size_t handle, int m, int n, double alpha, size_t x, int incx,
        size_t y, int incy, size_t A, int lda)
cpdef sgemm(
        size_t handle, int transa, int transb, int m, int n, int k,
        float alpha, size_t A, int lda, size_t B, int ldb, float beta,
        size_t C, int ldc)
cpdef dgemm(
        size_t handle, int transa, int transb, int m, int n, int k,
        double alpha, size_t A, int lda, size_t B, int ldb, double beta,
        size_t C, int ldc)
cpdef sgemmBatched(
        size_t handle, int transa, int transb, int m, int n, int k,
        float alpha, size_t Aarray, int lda, size_t Barray, int ldb,
        float beta, size_t Carray, int ldc, int batchCount)
cpdef dgemmBatched(
        size_t handle, int transa, int transb, int m, int n, int k,
        double alpha, size_t Aarray, int lda, size_t Barray, int ldb,
        double beta, size_t Carray, int ldc, int batchCount)
cpdef sgemmStridedBatched(
        size_t handle, int transa, int transb, int m, int n, int k,
        float alpha, size_t A, int lda, long long strideA, size_t B, int ldb,
        long long strideB, float beta, size_t C, int ldc, long long strideC,
        int batchCount)
cpdef dgemmStridedBatched(
        size_t handle, int transa, int transb, int m, int n, int k,
        double alpha, size_t A, int lda, long long strideA, size_t B, int ldb,
        long long strideB, double beta, size_t C, int ldc, long long strideC,
        int batchCount)
cpdef gemmEx(
        size_t handle, int transa, int transb, int m, int n, int k,
        double alpha, size_t A, int Atype, int lda, size_t B, int Btype,
        int ldb, double beta, size_t C, int Ctype, int ldc, int computeType,
        int algo)
cpdef gemmStridedBatchedEx(
        size_t handle, int transa, int transb, int m, int n, int k,
        double alpha, size_t A, int Atype, int lda, long long strideA,
        size_t B, int Btype, int ldb, long long strideB, double beta,
        size_t C, int Ctype, int ldc, long long strideC, int batchCount,
        int computeType, int algo)
cpdef sgeam(
        size_t handle, int transa, int transb, int m, int n, float alpha,
        size_t A, int lda, float beta, size_t B, int ldb, size_t C, int ldc)
cpdef dgeam(
        size_t handle, int transa, int transb, int m, int n, double alpha,
        size_t A, int lda, double beta, size_t B, int ldb, size_t C, int ldc)
cpdef sdgmm(
        size_t handle, int mode, int m, int n, size_t A, int lda, size_t x,
        int incx, size_t C, int ldc)
cpdef ddgmm(
        size_t handle, int mode, int m, int n, size_t A, int lda, size_t x,
        int incx, size_t C, int ldc)
