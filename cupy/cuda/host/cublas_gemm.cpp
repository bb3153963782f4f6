// cuBLAS on the host device: products of matrices of one type.
#include "cublas_gemm.h"

#include <cstdint>

namespace cupy_host {

namespace {

// The result is cut into rows x columns parts. Few and square is good: every
// part reads its rows of A and its columns of B.
struct Grid {
  int rows, columns;
};

Grid choose_grid(const Gemm& g) {
  const int parts = static_cast<int>(
      std::min<double>(g.work() / GRAIN, thread_count()));
  Grid best{1, std::max(parts, 1)};
  double least = g.m + double(g.n) / best.columns;
  for (int rows = 2; rows <= parts; ++rows) {
    const double cost = double(g.m) / rows + g.n / double(parts / rows);
    if (parts % rows == 0 && cost < least) {
      best = {rows, parts / rows};
      least = cost;
    }
  }
  return best;
}

// Part i of n things in `parts` parts, at multiples of unit if there are so
// many: cores work with blocks of rows and columns.
struct Range {
  int begin, end;
};

Range range(int n, int unit, int parts, int i) {
  int width = (n + parts - 1) / parts;
  if (width > unit) width = (width + unit - 1) / unit * unit;
  const int begin = std::min<long>(n, long(i) * width);
  return {begin, static_cast<int>(std::min<long>(n, long(begin) + width))};
}

}  // namespace

cublasStatus_t check_gemm(cublasHandle_t handle, cublasOperation_t transa,
                          cublasOperation_t transb, int m, int n, int k,
                          const void* alpha, int lda, int ldb,
                          const void* beta, int ldc, size_t scalar,
                          Gemm* gemm) {
  CUBLAS_EXPECT_READY(handle);
  CUBLAS_EXPECT_OP(transa);
  CUBLAS_EXPECT_OP(transb);
  CUBLAS_EXPECT_SIZE(m);
  CUBLAS_EXPECT_SIZE(n);
  CUBLAS_EXPECT_SIZE(k);
  CUBLAS_EXPECT_LD(lda, transa ? k : m);
  CUBLAS_EXPECT_LD(ldb, transb ? n : k);
  CUBLAS_EXPECT_LD(ldc, m);
  CUBLAS_EXPECT_SCALAR(handle, alpha, scalar);
  CUBLAS_EXPECT_SCALAR(handle, beta, scalar);
  *gemm = {transa != CUBLAS_OP_N, transb != CUBLAS_OP_N, m, n, k,
           lda, ldb, ldc};
  return CUBLAS_STATUS_SUCCESS;
}

namespace {

// One range of memory for the whole batch.
cublasStatus_t check_operand(const Operand& x, int rows, int columns, int ld,
                             int count) {
  const ptrdiff_t span = matrix_span(rows, columns, ld);
  if (span == 0) return CUBLAS_STATUS_SUCCESS;
  // No memory has so many elements, and the address is still one.
  constexpr __int128 most = __int128(1) << 48;
  const ptrdiff_t far = static_cast<ptrdiff_t>(
      std::max(-most, std::min(most, __int128(x.step) * (count - 1))));
  const auto address = reinterpret_cast<std::uintptr_t>(x.data) +
                       std::min<ptrdiff_t>(far, 0) * ptrdiff_t(x.size);
  CUBLAS_EXPECT_MEMORY(x.name,
                       x.data ? reinterpret_cast<void*>(address) : nullptr,
                       span + std::abs(far), x.size);
  return CUBLAS_STATUS_SUCCESS;
}

}  // namespace

cublasStatus_t check_operands(const Gemm& g, bool zero, int count,
                              const Operand& a, const Operand& b,
                              const Operand& c) {
  if (g.m == 0 || g.n == 0 || count == 0) return CUBLAS_STATUS_SUCCESS;
  cublasStatus_t status = check_operand(c, g.m, g.n, g.ldc, count);
  if (zero) return status;
  if (!status)
    status = check_operand(a, g.transa ? g.k : g.m, g.transa ? g.m : g.k,
                           g.lda, count);
  if (!status)
    status = check_operand(b, g.transb ? g.n : g.k, g.transb ? g.k : g.n,
                           g.ldb, count);
  return status;
}

template <class T>
void multiply(const Gemm& g, bool cut, T alpha, const T* a, const T* b,
              T beta, T* c) {
  if (g.m == 0 || g.n == 0) return;
  // A factor of zero does not read A and B; some OpenBLAS would.
  const int k = alpha == T(0) ? 0 : g.k;
  const Blas<T>& functions = blas<T>();
  const Grid grid =
      cut && blas_wants_cuts() ? choose_grid(g) : Grid{1, 1};
  parallel(grid.rows * grid.columns, [&](int part) {
    const Range i = range(g.m, 16, grid.rows, part % grid.rows);
    const Range j = range(g.n, 8, grid.columns, part / grid.rows);
    if (i.begin == i.end || j.begin == j.end) return;
    functions.gemm(
        g.transa, g.transb, i.end - i.begin, j.end - j.begin, k, alpha,
        a + i.begin * (g.transa ? ptrdiff_t(g.lda) : 1), g.lda,
        b + j.begin * (g.transb ? 1 : ptrdiff_t(g.ldb)), g.ldb, beta,
        c + i.begin + j.begin * ptrdiff_t(g.ldc), g.ldc);
  });
}

template void multiply(const Gemm&, bool, float, const float*, const float*,
                       float, float*);
template void multiply(const Gemm&, bool, double, const double*,
                       const double*, double, double*);

namespace {

template <class T>
cublasStatus_t gemm(cublasHandle_t handle, cublasOperation_t transa,
                    cublasOperation_t transb, int m, int n, int k,
                    const T* alpha, const T* a, int lda, const T* b, int ldb,
                    const T* beta, T* c, int ldc) {
  Gemm g;
  cublasStatus_t status = check_gemm(
      handle, transa, transb, m, n, k, alpha, lda, ldb, beta, ldc, sizeof(T),
      &g);
  if (status == CUBLAS_STATUS_SUCCESS)
    status = check_operands(g, *alpha == T(0), 1, {"A", a, sizeof(T), 0},
                            {"B", b, sizeof(T), 0}, {"C", c, sizeof(T), 0});
  if (status == CUBLAS_STATUS_SUCCESS)
    multiply(g, true, *alpha, a, b, *beta, c);
  return status;
}

template <class T>
cublasStatus_t gemm_batched(cublasHandle_t handle, cublasOperation_t transa,
                            cublasOperation_t transb, int m, int n, int k,
                            const T* alpha, const T* const a[], int lda,
                            const T* const b[], int ldb, const T* beta,
                            T* const c[], int ldc, int count) {
  Gemm g;
  cublasStatus_t status = check_gemm(
      handle, transa, transb, m, n, k, alpha, lda, ldb, beta, ldc, sizeof(T),
      &g);
  if (status != CUBLAS_STATUS_SUCCESS) return status;
  CUBLAS_EXPECT(count >= 0, "batchCount is %d, but must not be negative",
                count);
  CUBLAS_EXPECT_MEMORY("Aarray", a, count, sizeof *a);
  CUBLAS_EXPECT_MEMORY("Barray", b, count, sizeof *b);
  CUBLAS_EXPECT_MEMORY("Carray", c, count, sizeof *c);
  for (int i = 0; i < count && !status; ++i)
    status = check_operands(g, *alpha == T(0), 1,
                            {"a matrix of Aarray", a[i], sizeof(T), 0},
                            {"a matrix of Barray", b[i], sizeof(T), 0},
                            {"a matrix of Carray", c[i], sizeof(T), 0});
  if (status != CUBLAS_STATUS_SUCCESS) return status;
  for_batch(g, count, [&](int i, bool cut) {
    multiply(g, cut, *alpha, a[i], b[i], *beta, c[i]);
  });
  return status;
}

template <class T>
cublasStatus_t gemm_strided_batched(
    cublasHandle_t handle, cublasOperation_t transa, cublasOperation_t transb,
    int m, int n, int k, const T* alpha, const T* a, int lda, long long step_a,
    const T* b, int ldb, long long step_b, const T* beta, T* c, int ldc,
    long long step_c, int count) {
  Gemm g;
  cublasStatus_t status = check_gemm(
      handle, transa, transb, m, n, k, alpha, lda, ldb, beta, ldc, sizeof(T),
      &g);
  if (status != CUBLAS_STATUS_SUCCESS) return status;
  CUBLAS_EXPECT(count >= 0, "batchCount is %d, but must not be negative",
                count);
  status = check_operands(g, *alpha == T(0), count,
                          {"A", a, sizeof(T), step_a},
                          {"B", b, sizeof(T), step_b},
                          {"C", c, sizeof(T), step_c});
  if (status != CUBLAS_STATUS_SUCCESS) return status;
  for_batch(g, count, [&](int i, bool cut) {
    multiply(g, cut, *alpha, a + i * step_a, b + i * step_b, *beta,
             c + i * step_c);
  });
  return status;
}

}  // namespace

}  // namespace cupy_host

using namespace cupy_host;

// The functions of the two types differ in a letter.
#define CUBLAS_GEMM(S, T)                                                     \
  cublasStatus_t cublas##S##gemm(                                             \
      cublasHandle_t handle, cublasOperation_t transa,                        \
      cublasOperation_t transb, int m, int n, int k, const T* alpha,          \
      const T* A, int lda, const T* B, int ldb, const T* beta, T* C,          \
      int ldc) {                                                              \
    return gemm(handle, transa, transb, m, n, k, alpha, A, lda, B, ldb, beta, \
                C, ldc);                                                      \
  }                                                                           \
  cublasStatus_t cublas##S##gemmBatched(                                      \
      cublasHandle_t handle, cublasOperation_t transa,                        \
      cublasOperation_t transb, int m, int n, int k, const T* alpha,          \
      const T* const Aarray[], int lda, const T* const Barray[], int ldb,     \
      const T* beta, T* const Carray[], int ldc, int batchCount) {            \
    return gemm_batched(handle, transa, transb, m, n, k, alpha, Aarray, lda,  \
                        Barray, ldb, beta, Carray, ldc, batchCount);          \
  }                                                                           \
  cublasStatus_t cublas##S##gemmStridedBatched(                               \
      cublasHandle_t handle, cublasOperation_t transa,                        \
      cublasOperation_t transb, int m, int n, int k, const T* alpha,          \
      const T* A, int lda, long long int strideA, const T* B, int ldb,        \
      long long int strideB, const T* beta, T* C, int ldc,                    \
      long long int strideC, int batchCount) {                                \
    return gemm_strided_batched(handle, transa, transb, m, n, k, alpha, A,    \
                                lda, strideA, B, ldb, strideB, beta, C, ldc,  \
                                strideC, batchCount);                         \
  }

CUBLAS_GEMM(S, float)
CUBLAS_GEMM(D, double)
