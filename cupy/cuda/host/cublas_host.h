// What the parts of the host device's cuBLAS share: handles and the
// checks of arguments.
#pragma once

#include <algorithm>
#include <cstdarg>
#include <cstdio>

#include "cublas_v2.h"
#include "host.h"
#include "spread.h"

struct cublasContext {
  cudaStream_t stream = nullptr;
  cublasPointerMode_t pointer_mode = CUBLAS_POINTER_MODE_HOST;
  cublasMath_t math_mode = CUBLAS_DEFAULT_MATH;
};

namespace cupy_host {

bool cublas_valid(cublasHandle_t handle);

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

#define CUBLAS_EXPECT_SCALAR(name) \
  CUBLAS_EXPECT(name, #name " is a null pointer")

// A matrix of that many stored rows.
#define CUBLAS_EXPECT_LD(name, rows)                                    \
  CUBLAS_EXPECT(name >= std::max(1, rows),                              \
                #name " is %d, but the columns have %d elements", name, \
                rows)

}  // namespace cupy_host
