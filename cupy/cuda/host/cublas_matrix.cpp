// cuBLAS on the host device: sums of matrices, products with a diagonal one.
#include "blas.h"
#include "cublas_host.h"

namespace cupy_host {

namespace {

// An operand of a sum: op(A) times a factor, element by element.
template <class T>
struct Term {
  T factor;
  const T* data;
  ptrdiff_t row, column;  // distances of neighbours in op(A)

  Term(T factor, const T* data, bool transposed, int ld)
      : factor(factor),
        data(data),
        row(transposed ? ld : 1),
        column(transposed ? 1 : ld) {}

  T operator()(ptrdiff_t i, ptrdiff_t j) const {
    return factor == T(0) ? T(0) : factor * data[i * row + j * column];
  }
};

template <class T>
cublasStatus_t geam(cublasHandle_t handle, cublasOperation_t transa,
                    cublasOperation_t transb, int m, int n, const T* alpha,
                    const T* a, int lda, const T* beta, const T* b, int ldb,
                    T* c, int ldc) {
  CUBLAS_EXPECT_HANDLE(handle);
  CUBLAS_EXPECT_OP(transa);
  CUBLAS_EXPECT_OP(transb);
  CUBLAS_EXPECT_SIZE(m);
  CUBLAS_EXPECT_SIZE(n);
  CUBLAS_EXPECT_SCALAR(alpha);
  CUBLAS_EXPECT_SCALAR(beta);
  CUBLAS_EXPECT_LD(lda, transa ? n : m);
  CUBLAS_EXPECT_LD(ldb, transb ? n : m);
  CUBLAS_EXPECT_LD(ldc, m);
  CUBLAS_EXPECT(a != c || (transa == CUBLAS_OP_N && lda == ldc),
                "C is A, so A must not be transposed, and lda equal ldc");
  CUBLAS_EXPECT(b != c || (transb == CUBLAS_OP_N && ldb == ldc),
                "C is B, so B must not be transposed, and ldb equal ldc");
  const Term<T> first(*alpha, a, transa, lda), second(*beta, b, transb, ldb);
  // In tiles, so that lines of a transposed operand stay in the cache.
  constexpr ptrdiff_t TILE = 32;
  spread(n, TILE, double(m) * n, [&](ptrdiff_t begin, ptrdiff_t end) {
    for (ptrdiff_t j0 = begin; j0 < end; j0 += TILE)
      for (ptrdiff_t i0 = 0; i0 < m; i0 += TILE)
        for (ptrdiff_t j = j0; j < std::min(end, j0 + TILE); ++j)
          for (ptrdiff_t i = i0; i < std::min<ptrdiff_t>(m, i0 + TILE); ++i)
            c[i + j * ldc] = first(i, j) + second(i, j);
  });
  return CUBLAS_STATUS_SUCCESS;
}

template <class T>
cublasStatus_t dgmm(cublasHandle_t handle, cublasSideMode_t mode, int m,
                    int n, const T* a, int lda, const T* x, int incx, T* c,
                    int ldc) {
  CUBLAS_EXPECT_HANDLE(handle);
  CUBLAS_EXPECT(mode == CUBLAS_SIDE_LEFT || mode == CUBLAS_SIDE_RIGHT,
                "mode is %d, but must be 0 (left) or 1 (right)",
                static_cast<int>(mode));
  CUBLAS_EXPECT_SIZE(m);
  CUBLAS_EXPECT_SIZE(n);
  CUBLAS_EXPECT_LD(lda, m);
  CUBLAS_EXPECT_LD(ldc, m);
  const bool left = mode == CUBLAS_SIDE_LEFT;
  spread(n, 1, double(m) * n, [&](ptrdiff_t begin, ptrdiff_t end) {
    for (ptrdiff_t j = begin; j < end; ++j)
      for (ptrdiff_t i = 0; i < m; ++i)
        c[i + j * ldc] = a[i + j * lda] * (left ? *element(x, m, i, incx)
                                                : *element(x, n, j, incx));
  });
  return CUBLAS_STATUS_SUCCESS;
}

}  // namespace

}  // namespace cupy_host

using namespace cupy_host;

// The functions of the two types differ in a letter.
#define CUBLAS_MATRICES(S, T)                                               \
  cublasStatus_t cublas##S##geam(                                           \
      cublasHandle_t handle, cublasOperation_t transa,                      \
      cublasOperation_t transb, int m, int n, const T* alpha, const T* A,   \
      int lda, const T* beta, const T* B, int ldb, T* C, int ldc) {         \
    return geam(handle, transa, transb, m, n, alpha, A, lda, beta, B, ldb,  \
                C, ldc);                                                    \
  }                                                                         \
  cublasStatus_t cublas##S##dgmm(cublasHandle_t handle,                     \
                                 cublasSideMode_t mode, int m, int n,       \
                                 const T* A, int lda, const T* x, int incx, \
                                 T* C, int ldc) {                           \
    return dgmm(handle, mode, m, n, A, lda, x, incx, C, ldc);               \
  }

CUBLAS_MATRICES(S, float)
CUBLAS_MATRICES(D, double)
