// What the parts of the host device's cuBLAS share: handles and the
// checks of arguments.
#pragma once

#include <algorithm>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>

#include "cublas_v2.h"
#include "host.h"
#include "spread.h"

struct cublasContext {
  int device = 0;
  cudaStream_t stream = nullptr;
  cublasPointerMode_t pointer_mode = CUBLAS_POINTER_MODE_HOST;
  cublasMath_t math_mode = CUBLAS_DEFAULT_MATH;
};

namespace cupy_host {

bool cublas_valid(cublasHandle_t handle);

// Whether a handle that is one can be worked with: its device is the current
// one, its stream exists. Says why not.
bool cublas_ready(cublasHandle_t handle);

// Whether a scalar, or its place, is where the handle's mode says: in the
// host's memory or in the device's. Says why not.
bool cublas_scalar(cublasHandle_t handle, const char* name, const void* p,
                   size_t size);

__attribute__((format(printf, 2, 3))) inline cublasStatus_t cublas_fail(
    cublasStatus_t status, const char* format, ...) {
  char text[512];
  va_list args;
  va_start(args, format);
  std::vsnprintf(text, sizeof text, format, args);
  va_end(args);
  set_detail("%s", text);
  return status;
}

// Elements from the first to the last one of a vector, and of a matrix.
inline std::ptrdiff_t vector_span(int n, int inc) {
  return n <= 0 ? 0 : 1 + (n - 1) * std::abs(std::ptrdiff_t(inc));
}

inline std::ptrdiff_t matrix_span(int rows, int columns, int ld) {
  return rows <= 0 || columns <= 0
             ? 0 : (columns - 1) * std::ptrdiff_t(ld) + rows;
}

// Leaves the function if the condition does not hold; the rest says why.
#define CUBLAS_EXPECT(condition, ...)                                 \
  if (!(condition))                                                   \
  return cupy_host::cublas_fail(CUBLAS_STATUS_INVALID_VALUE, __VA_ARGS__)

#define CUBLAS_EXPECT_HANDLE(handle)                                   \
  if (!cupy_host::cublas_valid(handle))                                \
  return cupy_host::cublas_fail(CUBLAS_STATUS_NOT_INITIALIZED,         \
                                "%p is no handle of cublasCreate, or " \
                                "was destroyed",                       \
                                static_cast<void*>(handle))

// For functions that compute.
#define CUBLAS_EXPECT_READY(handle)      \
  CUBLAS_EXPECT_HANDLE(handle);          \
  if (!cupy_host::cublas_ready(handle))  \
  return CUBLAS_STATUS_EXECUTION_FAILED

// Memory that the device cannot reach lets its kernels fail.
#define CUBLAS_EXPECT_MEMORY(name, p, elements, size)         \
  if (!cupy_host::reachable(name, p, elements, size))         \
  return CUBLAS_STATUS_EXECUTION_FAILED

#define CUBLAS_EXPECT_VECTOR(x, n, inc)                                   \
  CUBLAS_EXPECT_MEMORY(#x, x, cupy_host::vector_span(n, inc), sizeof *x)

#define CUBLAS_EXPECT_MATRIX(a, rows, columns, ld)                       \
  CUBLAS_EXPECT_MEMORY(#a, a, cupy_host::matrix_span(rows, columns, ld), \
                       sizeof *a)

#define CUBLAS_EXPECT_OP(name)                                          \
  CUBLAS_EXPECT(name == CUBLAS_OP_N || name == CUBLAS_OP_T ||           \
                    name == CUBLAS_OP_C,                                \
                #name " is %d, but must be 0 (as it is), 1 or 2 "       \
                      "(transposed)",                                   \
                static_cast<int>(name))

#define CUBLAS_EXPECT_SIZE(name) \
  CUBLAS_EXPECT(name >= 0, #name " is %d, but must not be negative", name)

#define CUBLAS_EXPECT_STEP(name) \
  CUBLAS_EXPECT(name != 0, #name " is 0, but must be a step")

#define CUBLAS_EXPECT_SCALAR(handle, name, size)                   \
  CUBLAS_EXPECT(cupy_host::cublas_scalar(handle, #name, name, size), \
                "%s", cupyHostTakeErrorDetail())

// A matrix of that many stored rows.
#define CUBLAS_EXPECT_LD(name, rows)                                    \
  CUBLAS_EXPECT(name >= std::max(1, rows),                              \
                #name " is %d, but the columns have %d elements", name, \
                rows)

}  // namespace cupy_host
