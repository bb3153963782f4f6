// Products of matrices after the checks, cut over the cores.
#pragma once

#include "blas.h"
#include "cublas_host.h"

namespace cupy_host {

// C = alpha op(A) op(B) + beta C, where C is m x n, op(A) is m x k and op(B)
// is k x n; lda, ldb and ldc are the distances of columns.
struct Gemm {
  bool transa, transb;
  int m, n, k;
  int lda, ldb, ldc;

  // The work, in the units of spread(): elements that go through memory.
  // The first term is what a call costs.
  double work() const { return 600 + double(m) * n * k / 8; }
};

// A matrix of each product of a batch, `step` elements from one to the next.
struct Operand {
  const char* name;
  const void* data;
  size_t size;  // of an element
  long long step;
};

// Says whether cuBLAS would accept the arguments, and makes a Gemm of them.
// Factors are of `scalar` bytes.
cublasStatus_t check_gemm(cublasHandle_t handle, cublasOperation_t transa,
                          cublasOperation_t transb, int m, int n, int k,
                          const void* alpha, int lda, int ldb,
                          const void* beta, int ldc, size_t scalar,
                          Gemm* gemm);

// Says whether the device can reach the matrices; A and B are not read if
// alpha is zero.
cublasStatus_t check_operands(const Gemm& gemm, bool zero, int count,
                              const Operand& a, const Operand& b,
                              const Operand& c);

// One product; on all cores if `cut` and the work are enough for them.
template <class T>
void multiply(const Gemm& gemm, bool cut, T alpha, const T* a, const T* b,
              T beta, T* c);

// Calls one(i, cut) for every i in [0, count): a core takes many products,
// or every product is cut over the cores.
template <class F>
void for_batch(const Gemm& gemm, int count, F&& one) {
  if (count < thread_count() || !blas_wants_cuts()) {
    for (int i = 0; i < count; ++i) one(i, true);
    return;
  }
  spread(count, 1, count * gemm.work(), [&](ptrdiff_t begin, ptrdiff_t end) {
    for (ptrdiff_t i = begin; i < end; ++i) one(i, false);
  });
}

}  // namespace cupy_host
