// Matrix products on one core: OpenBLAS if there is one, or plain loops.
//
// Matrices are column-major, op(A) is A or its transpose, vectors may have
// any step that BLAS allows. Arguments were checked before they come here.
#pragma once

#include <cstddef>

namespace cupy_host {

// The functions of BLAS that CuPy's part of cuBLAS is made of.
template <class T>
struct Blas {
  // C = alpha op(A) op(B) + beta C, with op(A) m x k and op(B) k x n.
  void (*gemm)(bool transa, bool transb, int m, int n, int k, T alpha,
               const T* a, int lda, const T* b, int ldb, T beta, T* c,
               int ldc);
  // y += alpha op(A) x, with A m x n.
  void (*gemv)(bool trans, int m, int n, T alpha, const T* a, int lda,
               const T* x, int incx, T* y, int incy);
  // A += alpha x y', with A m x n.
  void (*ger)(int m, int n, T alpha, const T* x, int incx, const T* y,
              int incy, T* a, int lda);
  T (*dot)(int n, const T* x, int incx, const T* y, int incy);
  T (*asum)(int n, const T* x, int incx);
  T (*nrm2)(int n, const T* x, int incx);
  // Position, from 0, of the first largest |x|; n > 0.
  int (*iamax)(int n, const T* x, int incx);
};

// The functions in use (blas.cpp).
template <class T>
const Blas<T>& blas();

// Whether they leave it to their caller to cut large work over the cores.
bool blas_wants_cuts();

// Plain loops (blas_plain.cpp).
template <class T>
const Blas<T>& plain_blas();

// Element i of a vector of n elements; a negative step counts from the end.
template <class T>
T* element(T* x, int n, int i, int inc) {
  return x + static_cast<std::ptrdiff_t>(inc < 0 ? i - (n - 1) : i) * inc;
}

}  // namespace cupy_host
