// cuBLAS on the host device: vectors, and products of a matrix and a vector.
#include <cmath>
#include <cstdint>

#include "blas.h"
#include "cublas_host.h"

namespace cupy_host {

namespace {

// Of elements [begin, end) of a vector of n elements, as BLAS wants it.
template <class T>
T* segment(T* x, int n, int begin, int end, int inc) {
  return x + static_cast<ptrdiff_t>(inc < 0 ? end - n : begin) * inc;
}

// Calls f for the elements of two vectors; without steps, they are computed
// in vectors of the processor.
template <class T, class U, class F>
void for_pairs(int n, T* x, int incx, U* y, int incy, const F& f) {
  if (incx == 1 && incy == 1)
    for (int i = 0; i < n; ++i) f(x[i], y[i]);
  else
    for (int i = 0; i < n; ++i)
      f(*element(x, n, i, incx), *element(y, n, i, incy));
}

// The smallest |x|, counted from 0; not a number is not smaller.
template <class T>
int iamin(int n, const T* x, int incx) {
  int best = 0;
  for (int i = 1; i < n; ++i)
    if (std::fabs(x[ptrdiff_t(i) * incx]) <
        std::fabs(x[ptrdiff_t(best) * incx]))
      best = i;
  return best;
}

// The checks of functions of one vector, which they leave at once if it is
// empty: then, as in BLAS, the result is zero.
#define CUBLAS_VECTOR(incx)                              \
  CUBLAS_EXPECT_READY(handle);                           \
  CUBLAS_EXPECT_SCALAR(handle, result, sizeof *result);                  \
  if (incx > 0) {                                        \
    CUBLAS_EXPECT_VECTOR(x, n, incx);                    \
  }                                                      \
  *result = 0;                                           \
  if (n <= 0 || incx <= 0) return CUBLAS_STATUS_SUCCESS

template <class T>
cublasStatus_t amax(cublasHandle_t handle, int n, const T* x, int incx,
                    int* result) {
  CUBLAS_VECTOR(incx);
  *result = 1 + blas<T>().iamax(n, x, incx);
  return CUBLAS_STATUS_SUCCESS;
}

template <class T>
cublasStatus_t amin(cublasHandle_t handle, int n, const T* x, int incx,
                    int* result) {
  CUBLAS_VECTOR(incx);
  *result = 1 + iamin(n, x, incx);
  return CUBLAS_STATUS_SUCCESS;
}

template <class T>
cublasStatus_t asum(cublasHandle_t handle, int n, const T* x, int incx,
                    T* result) {
  CUBLAS_VECTOR(incx);
  *result = blas<T>().asum(n, x, incx);
  return CUBLAS_STATUS_SUCCESS;
}

template <class T>
cublasStatus_t nrm2(cublasHandle_t handle, int n, const T* x, int incx,
                    T* result) {
  CUBLAS_VECTOR(incx);
  *result = blas<T>().nrm2(n, x, incx);
  return CUBLAS_STATUS_SUCCESS;
}

template <class T>
cublasStatus_t dot(cublasHandle_t handle, int n, const T* x, int incx,
                   const T* y, int incy, T* result) {
  CUBLAS_EXPECT_READY(handle);
  CUBLAS_EXPECT_SCALAR(handle, result, sizeof *result);
  CUBLAS_EXPECT_VECTOR(x, n, incx);
  CUBLAS_EXPECT_VECTOR(y, n, incy);
  // Parts of a fixed width, so that the sum does not depend on the number of
  // cores.
  constexpr int WIDTH = 1 << 16;
  const int parts = n > 0 ? (n - 1) / WIDTH + 1 : 0;
  T sums[(INT32_MAX >> 16) + 1];
  spread(parts, 1, blas_wants_cuts() ? n : 0,
         [&](ptrdiff_t first, ptrdiff_t last) {
           for (int i = first; i < last; ++i) {
             const int begin = i * WIDTH;
             const int end = std::min<long>(n, long(begin) + WIDTH);
             sums[i] = blas<T>().dot(
                 end - begin, segment(x, n, begin, end, incx), incx,
                 segment(y, n, begin, end, incy), incy);
           }
         });
  double sum = 0;
  for (int i = 0; i < parts; ++i) sum += sums[i];
  *result = static_cast<T>(sum);
  return CUBLAS_STATUS_SUCCESS;
}

template <class T>
cublasStatus_t axpy(cublasHandle_t handle, int n, const T* alpha, const T* x,
                    int incx, T* y, int incy) {
  CUBLAS_EXPECT_READY(handle);
  CUBLAS_EXPECT_SCALAR(handle, alpha, sizeof *alpha);
  CUBLAS_EXPECT_VECTOR(x, n, incx);
  CUBLAS_EXPECT_VECTOR(y, n, incy);
  const T factor = *alpha;
  for_pairs(n, x, incx, y, incy,
            [factor](T from, T& to) { to += factor * from; });
  return CUBLAS_STATUS_SUCCESS;
}

template <class T>
cublasStatus_t scal(cublasHandle_t handle, int n, const T* alpha, T* x,
                    int incx) {
  CUBLAS_EXPECT_READY(handle);
  CUBLAS_EXPECT_SCALAR(handle, alpha, sizeof *alpha);
  if (incx <= 0) return CUBLAS_STATUS_SUCCESS;
  CUBLAS_EXPECT_VECTOR(x, n, incx);
  const T factor = *alpha;
  for_pairs(n, x, incx, x, incx, [factor](T& to, T&) { to *= factor; });
  return CUBLAS_STATUS_SUCCESS;
}

template <class T>
cublasStatus_t copy(cublasHandle_t handle, int n, const T* x, int incx, T* y,
                    int incy) {
  CUBLAS_EXPECT_READY(handle);
  CUBLAS_EXPECT_VECTOR(x, n, incx);
  CUBLAS_EXPECT_VECTOR(y, n, incy);
  for_pairs(n, x, incx, y, incy, [](T from, T& to) { to = from; });
  return CUBLAS_STATUS_SUCCESS;
}

template <class T>
cublasStatus_t swap(cublasHandle_t handle, int n, T* x, int incx, T* y,
                    int incy) {
  CUBLAS_EXPECT_READY(handle);
  CUBLAS_EXPECT_VECTOR(x, n, incx);
  CUBLAS_EXPECT_VECTOR(y, n, incy);
  for_pairs(n, x, incx, y, incy, [](T& one, T& other) {
    std::swap(one, other);
  });
  return CUBLAS_STATUS_SUCCESS;
}

template <class T>
cublasStatus_t gemv(cublasHandle_t handle, cublasOperation_t trans, int m,
                    int n, const T* alpha, const T* a, int lda, const T* x,
                    int incx, const T* beta, T* y, int incy) {
  CUBLAS_EXPECT_READY(handle);
  CUBLAS_EXPECT_OP(trans);
  CUBLAS_EXPECT_SIZE(m);
  CUBLAS_EXPECT_SIZE(n);
  CUBLAS_EXPECT_LD(lda, m);
  CUBLAS_EXPECT_STEP(incx);
  CUBLAS_EXPECT_STEP(incy);
  CUBLAS_EXPECT_SCALAR(handle, alpha, sizeof *alpha);
  CUBLAS_EXPECT_SCALAR(handle, beta, sizeof *beta);
  if (m == 0 || n == 0) return CUBLAS_STATUS_SUCCESS;
  const bool transposed = trans != CUBLAS_OP_N;
  const int length = transposed ? n : m;
  CUBLAS_EXPECT_VECTOR(y, length, incy);
  if (*alpha != T(0)) {
    CUBLAS_EXPECT_MATRIX(a, m, n, lda);
    CUBLAS_EXPECT_VECTOR(x, transposed ? m : n, incx);
  }
  const double work = blas_wants_cuts() ? double(m) * n : 0;
  spread(length, 16, work, [&](ptrdiff_t begin, ptrdiff_t end) {
    const int count = end - begin;
    T* part = segment(y, length, begin, end, incy);
    // A factor of zero overwrites: what is there need not be a number.
    for (int i = 0; i < count; ++i) {
      T& value = *element(part, count, i, incy);
      value = *beta == T(0) ? T(0) : *beta * value;
    }
    if (*alpha == T(0)) return;
    if (transposed)
      blas<T>().gemv(true, m, count, *alpha, a + begin * lda, lda, x, incx,
                     part, incy);
    else
      blas<T>().gemv(false, count, n, *alpha, a + begin, lda, x, incx, part,
                     incy);
  });
  return CUBLAS_STATUS_SUCCESS;
}

template <class T>
cublasStatus_t ger(cublasHandle_t handle, int m, int n, const T* alpha,
                   const T* x, int incx, const T* y, int incy, T* a,
                   int lda) {
  CUBLAS_EXPECT_READY(handle);
  CUBLAS_EXPECT_SIZE(m);
  CUBLAS_EXPECT_SIZE(n);
  CUBLAS_EXPECT_LD(lda, m);
  CUBLAS_EXPECT_STEP(incx);
  CUBLAS_EXPECT_STEP(incy);
  CUBLAS_EXPECT_SCALAR(handle, alpha, sizeof *alpha);
  if (m == 0 || n == 0 || *alpha == T(0)) return CUBLAS_STATUS_SUCCESS;
  CUBLAS_EXPECT_VECTOR(x, m, incx);
  CUBLAS_EXPECT_VECTOR(y, n, incy);
  CUBLAS_EXPECT_MATRIX(a, m, n, lda);
  const double work = blas_wants_cuts() ? double(m) * n : 0;
  spread(n, 1, work, [&](ptrdiff_t begin, ptrdiff_t end) {
    blas<T>().ger(m, end - begin, *alpha, x, incx,
                  segment(y, n, begin, end, incy), incy, a + begin * lda,
                  lda);
  });
  return CUBLAS_STATUS_SUCCESS;
}

}  // namespace

}  // namespace cupy_host

using namespace cupy_host;

// The functions of the two types differ in a letter.
#define CUBLAS_VECTORS(S, s, T)                                              \
  cublasStatus_t cublasI##s##amax(cublasHandle_t handle, int n, const T* x,  \
                                  int incx, int* result) {                   \
    return amax(handle, n, x, incx, result);                                 \
  }                                                                          \
  cublasStatus_t cublasI##s##amin(cublasHandle_t handle, int n, const T* x,  \
                                  int incx, int* result) {                   \
    return amin(handle, n, x, incx, result);                                 \
  }                                                                          \
  cublasStatus_t cublas##S##asum(cublasHandle_t handle, int n, const T* x,   \
                                 int incx, T* result) {                      \
    return asum(handle, n, x, incx, result);                                 \
  }                                                                          \
  cublasStatus_t cublas##S##nrm2(cublasHandle_t handle, int n, const T* x,   \
                                 int incx, T* result) {                      \
    return nrm2(handle, n, x, incx, result);                                 \
  }                                                                          \
  cublasStatus_t cublas##S##dot(cublasHandle_t handle, int n, const T* x,    \
                                int incx, const T* y, int incy, T* result) { \
    return dot(handle, n, x, incx, y, incy, result);                         \
  }                                                                          \
  cublasStatus_t cublas##S##axpy(cublasHandle_t handle, int n,               \
                                 const T* alpha, const T* x, int incx, T* y, \
                                 int incy) {                                 \
    return axpy(handle, n, alpha, x, incx, y, incy);                         \
  }                                                                          \
  cublasStatus_t cublas##S##scal(cublasHandle_t handle, int n,               \
                                 const T* alpha, T* x, int incx) {           \
    return scal(handle, n, alpha, x, incx);                                  \
  }                                                                          \
  cublasStatus_t cublas##S##copy(cublasHandle_t handle, int n, const T* x,   \
                                 int incx, T* y, int incy) {                 \
    return copy(handle, n, x, incx, y, incy);                                \
  }                                                                          \
  cublasStatus_t cublas##S##swap(cublasHandle_t handle, int n, T* x,         \
                                 int incx, T* y, int incy) {                 \
    return swap(handle, n, x, incx, y, incy);                                \
  }                                                                          \
  cublasStatus_t cublas##S##gemv(                                            \
      cublasHandle_t handle, cublasOperation_t trans, int m, int n,          \
      const T* alpha, const T* A, int lda, const T* x, int incx,             \
      const T* beta, T* y, int incy) {                                       \
    return gemv(handle, trans, m, n, alpha, A, lda, x, incx, beta, y, incy); \
  }                                                                          \
  cublasStatus_t cublas##S##ger(cublasHandle_t handle, int m, int n,         \
                                const T* alpha, const T* x, int incx,        \
                                const T* y, int incy, T* A, int lda) {       \
    return ger(handle, m, n, alpha, x, incx, y, incy, A, lda);               \
  }

CUBLAS_VECTORS(S, s, float)
CUBLAS_VECTORS(D, d, double)
