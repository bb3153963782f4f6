// Matrix products in plain loops, for machines without OpenBLAS. The loops
// run down contiguous columns, so that the compiler makes vectors of them.
#include <algorithm>
#include <cmath>
#include <cstddef>

#include "blas.h"
#include "clones.h"

namespace cupy_host {

namespace {

using std::ptrdiff_t;

constexpr int ROWS = 128, DEPTH = 256, COLUMNS = 4;

// C[:, j] += A b[:, j] for four columns at once; A is packed, rows x depth.
template <class T>
CUPY_INLINE void four_columns(int rows, int depth, const T* a, const T* b,
                              T* c, ptrdiff_t ldc) {
  for (int p = 0; p < depth; ++p) {
    const T* column = a + p * ROWS;
    const T b0 = b[p], b1 = b[p + DEPTH], b2 = b[p + 2 * DEPTH],
            b3 = b[p + 3 * DEPTH];
    T *c0 = c, *c1 = c + ldc, *c2 = c + 2 * ldc, *c3 = c + 3 * ldc;
#pragma GCC ivdep
    for (int i = 0; i < rows; ++i) {
      c0[i] += column[i] * b0;
      c1[i] += column[i] * b1;
      c2[i] += column[i] * b2;
      c3[i] += column[i] * b3;
    }
  }
}

CUPY_CLONES void multiply(int rows, int depth, const float* a, const float* b,
                          float* c, ptrdiff_t ldc) {
  four_columns(rows, depth, a, b, c, ldc);
}

CUPY_CLONES void multiply(int rows, int depth, const double* a,
                          const double* b, double* c, ptrdiff_t ldc) {
  four_columns(rows, depth, a, b, c, ldc);
}

template <class T>
void scale_columns(int m, int n, T beta, T* c, ptrdiff_t ldc) {
  for (int j = 0; j < n; ++j) {
    T* column = c + j * ldc;
    // A factor of zero overwrites: what is there need not be a number.
    if (beta == T(0)) std::fill(column, column + m, T(0));
    else for (int i = 0; i < m; ++i) column[i] *= beta;
  }
}

template <class T>
void gemm(bool transa, bool transb, int m, int n, int k, T alpha, const T* a,
          int lda, const T* b, int ldb, T beta, T* c, int ldc) {
  if (beta != T(1)) scale_columns<T>(m, n, beta, c, ldc);
  if (alpha == T(0)) return;
  const ptrdiff_t a_row = transa ? lda : 1, a_column = transa ? 1 : lda;
  const ptrdiff_t b_row = transb ? ldb : 1, b_column = transb ? 1 : ldb;
  alignas(64) T block[ROWS * DEPTH];
  alignas(64) T strip[COLUMNS * DEPTH];
  alignas(64) T sums[COLUMNS * ROWS];
  for (int p0 = 0; p0 < k; p0 += DEPTH) {
    const int depth = std::min(DEPTH, k - p0);
    for (int i0 = 0; i0 < m; i0 += ROWS) {
      const int rows = std::min(ROWS, m - i0);
      for (int p = 0; p < depth; ++p)
        for (int i = 0; i < rows; ++i)
          block[p * ROWS + i] = a[(i0 + i) * a_row + (p0 + p) * a_column];
      for (int j0 = 0; j0 < n; j0 += COLUMNS) {
        const int columns = std::min(COLUMNS, n - j0);
        std::fill(strip, strip + COLUMNS * DEPTH, T(0));
        for (int j = 0; j < columns; ++j)
          for (int p = 0; p < depth; ++p)
            strip[j * DEPTH + p] =
                alpha * b[(p0 + p) * b_row + (j0 + j) * b_column];
        std::fill(sums, sums + COLUMNS * ROWS, T(0));
        multiply(rows, depth, block, strip, sums, ROWS);
        for (int j = 0; j < columns; ++j)
          for (int i = 0; i < rows; ++i)
            c[i0 + i + (j0 + j) * ptrdiff_t(ldc)] += sums[j * ROWS + i];
      }
    }
  }
}

template <class T>
T dot(int n, const T* x, int incx, const T* y, int incy) {
  double sum = 0;
  for (int i = 0; i < n; ++i)
    sum += double(*element(x, n, i, incx)) * *element(y, n, i, incy);
  return T(sum);
}

template <class T>
void add_scaled(int n, T alpha, const T* x, int incx, T* y, int incy) {
  for (int i = 0; i < n; ++i)
    *element(y, n, i, incy) += alpha * *element(x, n, i, incx);
}

template <class T>
void gemv(bool trans, int m, int n, T alpha, const T* a, int lda, const T* x,
          int incx, T* y, int incy) {
  for (int j = 0; j < n; ++j) {
    const T* column = a + j * ptrdiff_t(lda);
    if (trans) *element(y, n, j, incy) += alpha * dot(m, column, 1, x, incx);
    else add_scaled(m, alpha * *element(x, n, j, incx), column, 1, y, incy);
  }
}

template <class T>
void ger(int m, int n, T alpha, const T* x, int incx, const T* y, int incy,
         T* a, int lda) {
  for (int j = 0; j < n; ++j)
    add_scaled(m, alpha * *element(y, n, j, incy), x, incx,
               a + j * ptrdiff_t(lda), 1);
}

template <class T>
T asum(int n, const T* x, int incx) {
  double sum = 0;
  for (int i = 0; i < n; ++i) sum += std::fabs(*element(x, n, i, incx));
  return T(sum);
}

template <class T>
int iamax(int n, const T* x, int incx) {
  int best = 0;
  for (int i = 1; i < n; ++i)
    if (std::fabs(*element(x, n, i, incx)) >
        std::fabs(*element(x, n, best, incx)))
      best = i;
  return best;
}

template <class T>
T nrm2(int n, const T* x, int incx) {
  // Divided by the largest, squares neither overflow nor vanish.
  const double largest =
      n > 0 ? std::fabs(*element(x, n, iamax(n, x, incx), incx)) : 0;
  if (largest == 0 || !std::isfinite(largest)) return T(largest);
  double sum = 0;
  for (int i = 0; i < n; ++i) {
    const double ratio = *element(x, n, i, incx) / largest;
    sum += ratio * ratio;
  }
  return T(largest * std::sqrt(sum));
}

}  // namespace

template <class T>
const Blas<T>& plain_blas() {
  static const Blas<T> functions{gemm<T>, gemv<T>, ger<T>,  dot<T>,
                                 asum<T>, nrm2<T>, iamax<T>};
  return functions;
}

template const Blas<float>& plain_blas();
template const Blas<double>& plain_blas();

}  // namespace cupy_host
