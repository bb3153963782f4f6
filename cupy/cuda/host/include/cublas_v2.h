// cuBLAS as far as CuPy calls it; names, numbers and signatures are CUDA's.
// Matrices are column-major. The host device executes at once, so a stream
// is only remembered; scalars are read where their pointers say, whatever
// the pointer mode.
#pragma once

#include "driver_types.h"
#include "library_types.h"

#define CUBLAS_VER_MAJOR 13
#define CUBLAS_VER_MINOR 0
#define CUBLAS_VER_PATCH 0

typedef enum {
  CUBLAS_STATUS_SUCCESS = 0,
  CUBLAS_STATUS_NOT_INITIALIZED = 1,
  CUBLAS_STATUS_ALLOC_FAILED = 3,
  CUBLAS_STATUS_INVALID_VALUE = 7,
  CUBLAS_STATUS_ARCH_MISMATCH = 8,
  CUBLAS_STATUS_MAPPING_ERROR = 11,
  CUBLAS_STATUS_EXECUTION_FAILED = 13,
  CUBLAS_STATUS_INTERNAL_ERROR = 14,
  CUBLAS_STATUS_NOT_SUPPORTED = 15,
  CUBLAS_STATUS_LICENSE_ERROR = 16
} cublasStatus_t;

typedef enum {
  CUBLAS_SIDE_LEFT = 0,
  CUBLAS_SIDE_RIGHT = 1
} cublasSideMode_t;

typedef enum {
  CUBLAS_OP_N = 0,
  CUBLAS_OP_T = 1,
  CUBLAS_OP_C = 2
} cublasOperation_t;

typedef enum {
  CUBLAS_POINTER_MODE_HOST = 0,
  CUBLAS_POINTER_MODE_DEVICE = 1
} cublasPointerMode_t;

typedef enum {
  CUBLAS_DEFAULT_MATH = 0,
  CUBLAS_TENSOR_OP_MATH = 1,
  CUBLAS_PEDANTIC_MATH = 2,
  CUBLAS_TF32_TENSOR_OP_MATH = 3,
  CUBLAS_MATH_DISALLOW_REDUCED_PRECISION_REDUCTION = 16
} cublasMath_t;

typedef enum {
  CUBLAS_GEMM_DEFAULT = -1,
  CUBLAS_GEMM_DEFAULT_TENSOR_OP = 99
} cublasGemmAlgo_t;

typedef enum {
  CUBLAS_COMPUTE_16F = 64,
  CUBLAS_COMPUTE_16F_PEDANTIC = 65,
  CUBLAS_COMPUTE_32F = 68,
  CUBLAS_COMPUTE_32F_PEDANTIC = 69,
  CUBLAS_COMPUTE_64F = 70,
  CUBLAS_COMPUTE_64F_PEDANTIC = 71,
  CUBLAS_COMPUTE_32I = 72,
  CUBLAS_COMPUTE_32I_PEDANTIC = 73,
  CUBLAS_COMPUTE_32F_FAST_16F = 74,
  CUBLAS_COMPUTE_32F_FAST_16BF = 75,
  CUBLAS_COMPUTE_32F_FAST_TF32 = 77
} cublasComputeType_t;

typedef struct cublasContext* cublasHandle_t;

#ifdef __cplusplus
extern "C" {
#endif

cublasStatus_t cublasCreate(cublasHandle_t* handle);
cublasStatus_t cublasDestroy(cublasHandle_t handle);
cublasStatus_t cublasGetVersion(cublasHandle_t handle, int* version);
cublasStatus_t cublasSetStream(cublasHandle_t handle, cudaStream_t streamId);
cublasStatus_t cublasGetStream(cublasHandle_t handle, cudaStream_t* streamId);
cublasStatus_t cublasGetPointerMode(cublasHandle_t handle,
                                    cublasPointerMode_t* mode);
cublasStatus_t cublasSetPointerMode(cublasHandle_t handle,
                                    cublasPointerMode_t mode);
cublasStatus_t cublasGetMathMode(cublasHandle_t handle, cublasMath_t* mode);
cublasStatus_t cublasSetMathMode(cublasHandle_t handle, cublasMath_t mode);

// Level 1: vectors.

cublasStatus_t cublasIsamax(cublasHandle_t handle, int n, const float* x,
                            int incx, int* result);
cublasStatus_t cublasIdamax(cublasHandle_t handle, int n, const double* x,
                            int incx, int* result);
cublasStatus_t cublasIsamin(cublasHandle_t handle, int n, const float* x,
                            int incx, int* result);
cublasStatus_t cublasIdamin(cublasHandle_t handle, int n, const double* x,
                            int incx, int* result);
cublasStatus_t cublasSasum(cublasHandle_t handle, int n, const float* x,
                           int incx, float* result);
cublasStatus_t cublasDasum(cublasHandle_t handle, int n, const double* x,
                           int incx, double* result);
cublasStatus_t cublasSnrm2(cublasHandle_t handle, int n, const float* x,
                           int incx, float* result);
cublasStatus_t cublasDnrm2(cublasHandle_t handle, int n, const double* x,
                           int incx, double* result);
cublasStatus_t cublasSdot(cublasHandle_t handle, int n, const float* x,
                          int incx, const float* y, int incy, float* result);
cublasStatus_t cublasDdot(cublasHandle_t handle, int n, const double* x,
                          int incx, const double* y, int incy, double* result);
cublasStatus_t cublasSaxpy(cublasHandle_t handle, int n, const float* alpha,
                           const float* x, int incx, float* y, int incy);
cublasStatus_t cublasDaxpy(cublasHandle_t handle, int n, const double* alpha,
                           const double* x, int incx, double* y, int incy);
cublasStatus_t cublasSscal(cublasHandle_t handle, int n, const float* alpha,
                           float* x, int incx);
cublasStatus_t cublasDscal(cublasHandle_t handle, int n, const double* alpha,
                           double* x, int incx);
cublasStatus_t cublasScopy(cublasHandle_t handle, int n, const float* x,
                           int incx, float* y, int incy);
cublasStatus_t cublasDcopy(cublasHandle_t handle, int n, const double* x,
                           int incx, double* y, int incy);
cublasStatus_t cublasSswap(cublasHandle_t handle, int n, float* x, int incx,
                           float* y, int incy);
cublasStatus_t cublasDswap(cublasHandle_t handle, int n, double* x, int incx,
                           double* y, int incy);

// Level 2: a matrix and vectors.

cublasStatus_t cublasSgemv(cublasHandle_t handle, cublasOperation_t trans,
                           int m, int n, const float* alpha, const float* A,
                           int lda, const float* x, int incx,
                           const float* beta, float* y, int incy);
cublasStatus_t cublasDgemv(cublasHandle_t handle, cublasOperation_t trans,
                           int m, int n, const double* alpha, const double* A,
                           int lda, const double* x, int incx,
                           const double* beta, double* y, int incy);
cublasStatus_t cublasSger(cublasHandle_t handle, int m, int n,
                          const float* alpha, const float* x, int incx,
                          const float* y, int incy, float* A, int lda);
cublasStatus_t cublasDger(cublasHandle_t handle, int m, int n,
                          const double* alpha, const double* x, int incx,
                          const double* y, int incy, double* A, int lda);

// Level 3: products of matrices.

cublasStatus_t cublasSgemm(cublasHandle_t handle, cublasOperation_t transa,
                           cublasOperation_t transb, int m, int n, int k,
                           const float* alpha, const float* A, int lda,
                           const float* B, int ldb, const float* beta,
                           float* C, int ldc);
cublasStatus_t cublasDgemm(cublasHandle_t handle, cublasOperation_t transa,
                           cublasOperation_t transb, int m, int n, int k,
                           const double* alpha, const double* A, int lda,
                           const double* B, int ldb, const double* beta,
                           double* C, int ldc);
cublasStatus_t cublasSgemmBatched(cublasHandle_t handle,
                                  cublasOperation_t transa,
                                  cublasOperation_t transb, int m, int n,
                                  int k, const float* alpha,
                                  const float* const Aarray[], int lda,
                                  const float* const Barray[], int ldb,
                                  const float* beta, float* const Carray[],
                                  int ldc, int batchCount);
cublasStatus_t cublasDgemmBatched(cublasHandle_t handle,
                                  cublasOperation_t transa,
                                  cublasOperation_t transb, int m, int n,
                                  int k, const double* alpha,
                                  const double* const Aarray[], int lda,
                                  const double* const Barray[], int ldb,
                                  const double* beta, double* const Carray[],
                                  int ldc, int batchCount);
cublasStatus_t cublasSgemmStridedBatched(cublasHandle_t handle,
                                         cublasOperation_t transa,
                                         cublasOperation_t transb, int m,
                                         int n, int k, const float* alpha,
                                         const float* A, int lda,
                                         long long int strideA, const float* B,
                                         int ldb, long long int strideB,
                                         const float* beta, float* C, int ldc,
                                         long long int strideC,
                                         int batchCount);
cublasStatus_t cublasDgemmStridedBatched(cublasHandle_t handle,
                                         cublasOperation_t transa,
                                         cublasOperation_t transb, int m,
                                         int n, int k, const double* alpha,
                                         const double* A, int lda,
                                         long long int strideA,
                                         const double* B, int ldb,
                                         long long int strideB,
                                         const double* beta, double* C,
                                         int ldc, long long int strideC,
                                         int batchCount);
cublasStatus_t cublasGemmEx(cublasHandle_t handle, cublasOperation_t transa,
                            cublasOperation_t transb, int m, int n, int k,
                            const void* alpha, const void* A,
                            cudaDataType Atype, int lda, const void* B,
                            cudaDataType Btype, int ldb, const void* beta,
                            void* C, cudaDataType Ctype, int ldc,
                            cublasComputeType_t computeType,
                            cublasGemmAlgo_t algo);
cublasStatus_t cublasGemmStridedBatchedEx(cublasHandle_t handle,
                                          cublasOperation_t transa,
                                          cublasOperation_t transb, int m,
                                          int n, int k, const void* alpha,
                                          const void* A, cudaDataType Atype,
                                          int lda, long long int strideA,
                                          const void* B, cudaDataType Btype,
                                          int ldb, long long int strideB,
                                          const void* beta, void* C,
                                          cudaDataType Ctype, int ldc,
                                          long long int strideC,
                                          int batchCount,
                                          cublasComputeType_t computeType,
                                          cublasGemmAlgo_t algo);

// Beyond BLAS: sums of matrices, products with a diagonal one.

cublasStatus_t cublasSgeam(cublasHandle_t handle, cublasOperation_t transa,
                           cublasOperation_t transb, int m, int n,
                           const float* alpha, const float* A, int lda,
                           const float* beta, const float* B, int ldb,
                           float* C, int ldc);
cublasStatus_t cublasDgeam(cublasHandle_t handle, cublasOperation_t transa,
                           cublasOperation_t transb, int m, int n,
                           const double* alpha, const double* A, int lda,
                           const double* beta, const double* B, int ldb,
                           double* C, int ldc);
cublasStatus_t cublasSdgmm(cublasHandle_t handle, cublasSideMode_t mode, int m,
                           int n, const float* A, int lda, const float* x,
                           int incx, float* C, int ldc);
cublasStatus_t cublasDdgmm(cublasHandle_t handle, cublasSideMode_t mode, int m,
                           int n, const double* A, int lda, const double* x,
                           int incx, double* C, int ldc);

// The host device alone.

// Names the shared library that does the products from now on: OpenBLAS,
// whose symbols may carry the prefix and suffix that the wheels of SciPy and
// NumPy give them. With own_threads, its number of threads is left as it is
// and products are not cut, because somebody else uses it, too. With a null
// path, plain loops do the work. Returns 0, or 1 if that library cannot be
// used (then everything stays as it was).
int cupyHostUseBlas(const char* path, int own_threads);
// What does the products: the path, or "" for plain loops.
const char* cupyHostBlas(void);

#ifdef __cplusplus
}
#endif
