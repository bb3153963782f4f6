// cuBLAS on the host device: sums of matrices, products with a diagonal one.
#include <type_traits>

#include "blas.h"
#include "cublas_host.h"

namespace cupy_host {

namespace {

// The matrices of a sum: a factor times A, or times its transpose, or zero.
template <class T>
struct Plain {
  T factor;
  const T* data;
  ptrdiff_t ld;
  T operator()(ptrdiff_t i, ptrdiff_t j) const {
    return factor * data[i + j * ld];
  }
};

template <class T>
struct Transposed {
  T factor;
  const T* data;
  ptrdiff_t ld;
  T operator()(ptrdiff_t i, ptrdiff_t j) const {
    return factor * data[j + i * ld];
  }
};

struct Zero {
  int operator()(ptrdiff_t, ptrdiff_t) const { return 0; }
};

// Calls f with the matrix; with a factor of zero, A may be anything.
template <class T, class F>
void with_matrix(cublasOperation_t op, T factor, const T* a, int ld, F&& f) {
  if (factor == T(0)) f(Zero());
  else if (op == CUBLAS_OP_N) f(Plain<T>{factor, a, ld});
  else f(Transposed<T>{factor, a, ld});
}

template <class T, class A, class B>
void add(int m, int n, A a, B b, T* c, ptrdiff_t ldc) {
  // In tiles, so that lines of a transposed matrix stay in the cache.
  constexpr bool tiles = std::is_same_v<A, Transposed<T>> ||
                         std::is_same_v<B, Transposed<T>>;
  const ptrdiff_t width = 32, height = tiles ? width : std::max(m, 1);
  spread(n, width, double(m) * n, [=](ptrdiff_t begin, ptrdiff_t end) {
    for (ptrdiff_t j0 = begin; j0 < end; j0 += width)
      for (ptrdiff_t i0 = 0; i0 < m; i0 += height) {
        const ptrdiff_t i1 = std::min<ptrdiff_t>(m, i0 + height);
        for (ptrdiff_t j = j0; j < std::min(end, j0 + width); ++j)
          for (ptrdiff_t i = i0; i < i1; ++i)
            c[i + j * ldc] = a(i, j) + b(i, j);
      }
  });
}

template <class T>
cublasStatus_t geam(cublasHandle_t handle, cublasOperation_t transa,
                    cublasOperation_t transb, int m, int n, const T* alpha,
                    const T* a, int lda, const T* beta, const T* b, int ldb,
                    T* c, int ldc) {
  CUBLAS_EXPECT_READY(handle);
  CUBLAS_EXPECT_OP(transa);
  CUBLAS_EXPECT_OP(transb);
  CUBLAS_EXPECT_SIZE(m);
  CUBLAS_EXPECT_SIZE(n);
  CUBLAS_EXPECT_SCALAR(handle, alpha, sizeof *alpha);
  CUBLAS_EXPECT_SCALAR(handle, beta, sizeof *beta);
  CUBLAS_EXPECT_LD(lda, transa ? n : m);
  CUBLAS_EXPECT_LD(ldb, transb ? n : m);
  CUBLAS_EXPECT_LD(ldc, m);
  CUBLAS_EXPECT(a != c || (transa == CUBLAS_OP_N && lda == ldc),
                "C is A, so A must not be transposed, and lda equal ldc");
  CUBLAS_EXPECT(b != c || (transb == CUBLAS_OP_N && ldb == ldc),
                "C is B, so B must not be transposed, and ldb equal ldc");
  CUBLAS_EXPECT_MATRIX(c, m, n, ldc);
  if (m > 0 && n > 0 && *alpha != T(0)) {
    CUBLAS_EXPECT_MATRIX(a, transa ? n : m, transa ? m : n, lda);
  }
  if (m > 0 && n > 0 && *beta != T(0)) {
    CUBLAS_EXPECT_MATRIX(b, transb ? n : m, transb ? m : n, ldb);
  }
  with_matrix(transa, *alpha, a, lda, [&](auto first) {
    with_matrix(transb, *beta, b, ldb,
                [&](auto second) { add(m, n, first, second, c, ldc); });
  });
  return CUBLAS_STATUS_SUCCESS;
}

template <class T>
cublasStatus_t dgmm(cublasHandle_t handle, cublasSideMode_t mode, int m,
                    int n, const T* a, int lda, const T* x, int incx, T* c,
                    int ldc) {
  CUBLAS_EXPECT_READY(handle);
  CUBLAS_EXPECT(mode == CUBLAS_SIDE_LEFT || mode == CUBLAS_SIDE_RIGHT,
                "mode is %d, but must be 0 (left) or 1 (right)",
                static_cast<int>(mode));
  CUBLAS_EXPECT_SIZE(m);
  CUBLAS_EXPECT_SIZE(n);
  CUBLAS_EXPECT_LD(lda, m);
  CUBLAS_EXPECT_LD(ldc, m);
  const bool left = mode == CUBLAS_SIDE_LEFT;
  if (m == 0 || n == 0) return CUBLAS_STATUS_SUCCESS;
  CUBLAS_EXPECT_MATRIX(a, m, n, lda);
  CUBLAS_EXPECT_VECTOR(x, left ? m : n, incx);
  CUBLAS_EXPECT_MATRIX(c, m, n, ldc);
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
