// cuBLAS on the host device: products whose types are arguments. float16 is
// what matrices are stored in; sums are float32.
#include <atomic>
#include <memory>
#include <new>

#include "cublas_gemm.h"
#include "half.h"

namespace cupy_host {

namespace {

// Floats that a null pointer stands for if there is no memory.
typedef std::unique_ptr<float[]> Floats;

// Columns of a matrix of halves, packed into floats.
void unpack(const half* x, int rows, int columns, int ld, float* y) {
  spread(columns, 1, double(rows) * columns,
         [&](ptrdiff_t begin, ptrdiff_t end) {
           for (ptrdiff_t j = begin; j < end; ++j)
             half_to_float(x + j * ld, y + j * rows, rows);
         });
}

void pack(const float* x, int rows, int columns, half* y, int ld) {
  spread(columns, 1, double(rows) * columns,
         [&](ptrdiff_t begin, ptrdiff_t end) {
           for (ptrdiff_t j = begin; j < end; ++j)
             float_to_half(x + j * rows, y + j * ld, rows);
         });
}

// A and B are float16, and C is, too, or else float32.
cublasStatus_t multiply_half(Gemm g, bool cut, float alpha, const void* a,
                             const void* b, float beta, void* c,
                             bool c_is_half) {
  if (g.m == 0 || g.n == 0) return CUBLAS_STATUS_SUCCESS;
  if (alpha == 0) g.k = 0;  // then A and B may be anything
  const int a_rows = g.transa ? g.k : g.m, a_columns = g.transa ? g.m : g.k;
  const int b_rows = g.transb ? g.n : g.k, b_columns = g.transb ? g.k : g.n;
  const ptrdiff_t size = ptrdiff_t(g.m) * g.n;
  Floats wide_a(new (std::nothrow) float[ptrdiff_t(g.m) * g.k]);
  Floats wide_b(new (std::nothrow) float[ptrdiff_t(g.k) * g.n]);
  Floats wide_c(new (std::nothrow) float[c_is_half ? size : 0]);
  if (!wide_a || !wide_b || !wide_c)
    return cublas_fail(CUBLAS_STATUS_ALLOC_FAILED,
                       "no memory for matrices of %d x %d x %d in float32",
                       g.m, g.n, g.k);
  unpack(static_cast<const half*>(a), a_rows, a_columns, g.lda, wide_a.get());
  unpack(static_cast<const half*>(b), b_rows, b_columns, g.ldb, wide_b.get());
  const int ldc = g.ldc;
  g.lda = std::max(1, a_rows);
  g.ldb = std::max(1, b_rows);
  if (!c_is_half) {
    multiply(g, cut, alpha, wide_a.get(), wide_b.get(), beta,
             static_cast<float*>(c));
    return CUBLAS_STATUS_SUCCESS;
  }
  if (beta != 0)
    unpack(static_cast<half*>(c), g.m, g.n, ldc, wide_c.get());
  g.ldc = g.m;
  multiply(g, cut, alpha, wide_a.get(), wide_b.get(), beta, wide_c.get());
  pack(wide_c.get(), g.m, g.n, static_cast<half*>(c), ldc);
  return CUBLAS_STATUS_SUCCESS;
}

// What the arguments of type and computation come to.
struct Types {
  cudaDataType a, b, c;
  cublasComputeType_t computation;

  bool all(cudaDataType type) const {
    return a == type && b == type && c == type;
  }
  bool sums_are_half() const {
    return computation == CUBLAS_COMPUTE_16F ||
           computation == CUBLAS_COMPUTE_16F_PEDANTIC;
  }
  bool sums_are_double() const {
    return computation == CUBLAS_COMPUTE_64F ||
           computation == CUBLAS_COMPUTE_64F_PEDANTIC;
  }
  bool sums_are_float() const {
    return computation == CUBLAS_COMPUTE_32F ||
           computation == CUBLAS_COMPUTE_32F_PEDANTIC ||
           computation == CUBLAS_COMPUTE_32F_FAST_16F ||
           computation == CUBLAS_COMPUTE_32F_FAST_16BF ||
           computation == CUBLAS_COMPUTE_32F_FAST_TF32;
  }
  bool from_half() const {
    return a == CUDA_R_16F && b == CUDA_R_16F &&
           (c == CUDA_R_16F || (c == CUDA_R_32F && sums_are_float()));
  }
  size_t scalar_size() const {
    return sums_are_double() ? 8 : sums_are_half() ? 2 : 4;
  }
  bool supported() const {
    if (sums_are_double()) return all(CUDA_R_64F);
    if (sums_are_half()) return from_half();
    return sums_are_float() && (from_half() || all(CUDA_R_32F));
  }
};

ptrdiff_t size_of(cudaDataType type) {
  return type == CUDA_R_64F ? 8 : type == CUDA_R_32F ? 4 : 2;
}

// A scalar is stored in the type of the sums.
float scalar(const Types& types, const void* value) {
  if (!types.sums_are_half()) return *static_cast<const float*>(value);
  float wide;
  half_to_float(static_cast<const half*>(value), &wide, 1);
  return wide;
}

bool is_zero(const Types& types, const void* value) {
  return types.sums_are_double() ? *static_cast<const double*>(value) == 0
                                 : scalar(types, value) == 0;
}

// The numbered algorithms are hints, here as on recent GPUs.
bool is_algorithm(int algo) {
  return (algo >= CUBLAS_GEMM_DEFAULT && algo <= 23) ||
         (algo >= CUBLAS_GEMM_DEFAULT_TENSOR_OP && algo <= 115);
}

cublasStatus_t multiply_any(const Gemm& g, bool cut, const Types& types,
                            const void* alpha, const void* a, const void* b,
                            const void* beta, void* c) {
  if (types.sums_are_double()) {
    multiply(g, cut, *static_cast<const double*>(alpha),
             static_cast<const double*>(a), static_cast<const double*>(b),
             *static_cast<const double*>(beta), static_cast<double*>(c));
    return CUBLAS_STATUS_SUCCESS;
  }
  if (types.from_half())
    return multiply_half(g, cut, scalar(types, alpha), a, b,
                         scalar(types, beta), c, types.c == CUDA_R_16F);
  multiply(g, cut, scalar(types, alpha), static_cast<const float*>(a),
           static_cast<const float*>(b), scalar(types, beta),
           static_cast<float*>(c));
  return CUBLAS_STATUS_SUCCESS;
}

}  // namespace

}  // namespace cupy_host

using namespace cupy_host;

cublasStatus_t cublasGemmStridedBatchedEx(
    cublasHandle_t handle, cublasOperation_t transa, cublasOperation_t transb,
    int m, int n, int k, const void* alpha, const void* A, cudaDataType Atype,
    int lda, long long int strideA, const void* B, cudaDataType Btype, int ldb,
    long long int strideB, const void* beta, void* C, cudaDataType Ctype,
    int ldc, long long int strideC, int batchCount,
    cublasComputeType_t computeType, cublasGemmAlgo_t algo) {
  Gemm g;
  const Types types{Atype, Btype, Ctype, computeType};
  cublasStatus_t status = check_gemm(
      handle, transa, transb, m, n, k, alpha, lda, ldb, beta, ldc,
      types.scalar_size(), &g);
  if (status != CUBLAS_STATUS_SUCCESS) return status;
  CUBLAS_EXPECT(batchCount >= 0,
                "batchCount is %d, but must not be negative", batchCount);
  if (!types.supported())
    return cublas_fail(CUBLAS_STATUS_NOT_SUPPORTED,
                       "A, B and C of types %d, %d and %d, computed in type "
                       "%d",
                       static_cast<int>(Atype), static_cast<int>(Btype),
                       static_cast<int>(Ctype), static_cast<int>(computeType));
  CUBLAS_EXPECT(is_algorithm(algo), "algo is %d, which is no algorithm",
                static_cast<int>(algo));
  status = check_operands(g, is_zero(types, alpha), batchCount,
                          {"A", A, size_t(size_of(Atype)), strideA},
                          {"B", B, size_t(size_of(Btype)), strideB},
                          {"C", C, size_t(size_of(Ctype)), strideC});
  if (status != CUBLAS_STATUS_SUCCESS) return status;
  std::atomic<cublasStatus_t> result{CUBLAS_STATUS_SUCCESS};
  for_batch(g, batchCount, [&](int i, bool cut) {
    const cublasStatus_t one = multiply_any(
        g, cut, types, alpha,
        static_cast<const char*>(A) + i * strideA * size_of(Atype),
        static_cast<const char*>(B) + i * strideB * size_of(Btype), beta,
        static_cast<char*>(C) + i * strideC * size_of(Ctype));
    if (one != CUBLAS_STATUS_SUCCESS) result = one;
  });
  return result;
}

cublasStatus_t cublasGemmEx(cublasHandle_t handle, cublasOperation_t transa,
                            cublasOperation_t transb, int m, int n, int k,
                            const void* alpha, const void* A,
                            cudaDataType Atype, int lda, const void* B,
                            cudaDataType Btype, int ldb, const void* beta,
                            void* C, cudaDataType Ctype, int ldc,
                            cublasComputeType_t computeType,
                            cublasGemmAlgo_t algo) {
  return cublasGemmStridedBatchedEx(
      handle, transa, transb, m, n, k, alpha, A, Atype, lda, 0, B, Btype, ldb,
      0, beta, C, Ctype, ldc, 0, 1, computeType, algo);
}
