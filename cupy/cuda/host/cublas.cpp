// cuBLAS on the host device: handles and their settings.
#include "cublas_host.h"
#include "handles.h"

namespace cupy_host {

namespace {

Handles<cublasContext, 4096> handles;

}  // namespace

bool cublas_valid(cublasHandle_t handle) { return handles.valid(handle); }

bool cublas_ready(cublasHandle_t handle) {
  return on_its_device("handle", handle->device) &&
         usable_stream(handle->stream, handle->device);
}

bool cublas_scalar(cublasHandle_t handle, const char* name, const void* p,
                   size_t size) {
  return handle->pointer_mode == CUBLAS_POINTER_MODE_DEVICE
             ? reachable(name, p, 1, size) : readable(name, p);
}

}  // namespace cupy_host

using namespace cupy_host;

cublasStatus_t cublasCreate(cublasHandle_t* handle) {
  CUBLAS_EXPECT(handle, "no place to store the handle in");
  if (!device_count())
    return cublas_fail(CUBLAS_STATUS_NOT_INITIALIZED, "there is no device");
  *handle = handles.create();
  if (!*handle)
    return cublas_fail(CUBLAS_STATUS_ALLOC_FAILED,
                       "there are 4096 handles already");
  (*handle)->device = current_device();
  return CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t cublasDestroy(cublasHandle_t handle) {
  CUBLAS_EXPECT_HANDLE(handle);
  handles.destroy(handle);
  return CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t cublasGetVersion(cublasHandle_t handle, int* version) {
  CUBLAS_EXPECT_HANDLE(handle);
  CUBLAS_EXPECT(version, "no place to store the version in");
  *version = CUBLAS_VER_MAJOR * 10000 + CUBLAS_VER_MINOR * 100 +
             CUBLAS_VER_PATCH;
  return CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t cublasSetStream(cublasHandle_t handle, cudaStream_t streamId) {
  CUBLAS_EXPECT_HANDLE(handle);
  if (!usable_stream(streamId, handle->device))
    return CUBLAS_STATUS_INVALID_VALUE;
  handle->stream = streamId;
  return CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t cublasGetStream(cublasHandle_t handle,
                               cudaStream_t* streamId) {
  CUBLAS_EXPECT_HANDLE(handle);
  CUBLAS_EXPECT(streamId, "no place to store the stream in");
  *streamId = handle->stream;
  return CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t cublasSetPointerMode(cublasHandle_t handle,
                                    cublasPointerMode_t mode) {
  CUBLAS_EXPECT_HANDLE(handle);
  CUBLAS_EXPECT(
      mode == CUBLAS_POINTER_MODE_HOST || mode == CUBLAS_POINTER_MODE_DEVICE,
      "mode is %d, but must be 0 (host) or 1 (device)",
      static_cast<int>(mode));
  handle->pointer_mode = mode;
  return CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t cublasGetPointerMode(cublasHandle_t handle,
                                    cublasPointerMode_t* mode) {
  CUBLAS_EXPECT_HANDLE(handle);
  CUBLAS_EXPECT(mode, "no place to store the mode in");
  *mode = handle->pointer_mode;
  return CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t cublasSetMathMode(cublasHandle_t handle, cublasMath_t mode) {
  CUBLAS_EXPECT_HANDLE(handle);
  const int kind =
      mode & ~CUBLAS_MATH_DISALLOW_REDUCED_PRECISION_REDUCTION;
  CUBLAS_EXPECT(kind >= CUBLAS_DEFAULT_MATH &&
                    kind <= CUBLAS_TF32_TENSOR_OP_MATH,
                "mode is %d, which is no mode of computation",
                static_cast<int>(mode));
  handle->math_mode = mode;
  return CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t cublasGetMathMode(cublasHandle_t handle, cublasMath_t* mode) {
  CUBLAS_EXPECT_HANDLE(handle);
  CUBLAS_EXPECT(mode, "no place to store the mode in");
  *mode = handle->math_mode;
  return CUBLAS_STATUS_SUCCESS;
}
