// Handles, failures, and the checks that every function makes.
#include <cstdarg>
#include <cstdio>
#include <string>

#include "dnn.h"
#include "fork.h"

namespace cupy_host::dnn {

namespace {

const int registered = wait_in_forks<objects_mutex>();

}  // namespace

void fail(cudnnStatus_t status, const char* format, ...) {
  char text[512];
  va_list args;
  va_start(args, format);
  std::vsnprintf(text, sizeof text, format, args);
  va_end(args);
  set_detail("%s", text);
  throw Failure{status};
}

void fail_dead(const char* kind, const void* key, const char* name) {
  fail(CUDNN_STATUS_BAD_PARAM,
       "%s (%p) is no %s: it was never created, or is destroyed", name, key,
       kind);
}

namespace {

cudnnContext peek_handle(cudnnHandle_t handle) {
  cudnnContext context;
  if (!Registry<cudnnContext>::instance().read(handle, &context))
    fail(CUDNN_STATUS_NOT_INITIALIZED,
         "handle (%p) was never created, or is destroyed",
         static_cast<void*>(handle));
  return context;
}

}  // namespace

void check_handle(cudnnHandle_t handle) {
  const cudnnContext context = peek_handle(handle);
  if (!on_its_device("handle", context.device) ||
      !usable_stream(context.stream, context.device))
    throw Failure{CUDNN_STATUS_BAD_PARAM};
}

void check_data(const Tensor& tensor, const void* data, const char* name) {
  if (!reachable(name, data, tensor.span(), tensor.element_size()))
    throw Failure{CUDNN_STATUS_BAD_PARAM};
}

void check_in_place(const Tensor& x, const void* from, const Tensor& y,
                    const void* to) {
  if (from == to && !x.same_strides(y))
    fail(CUDNN_STATUS_BAD_PARAM,
         "input and output are one array (%p), but of different strides",
         from);
}

void check_range(const char* what, int value, int low) {
  if (value < low)
    fail(CUDNN_STATUS_BAD_PARAM, "%s must be at least %d, not %d", what, low,
         value);
}

void check_type(cudnnDataType_t type) {
  if (type != CUDNN_DATA_FLOAT && type != CUDNN_DATA_DOUBLE &&
      type != CUDNN_DATA_HALF)
    fail(CUDNN_STATUS_NOT_SUPPORTED,
         "data type %d: the host device's cuDNN computes with "
         "CUDNN_DATA_FLOAT (0), DOUBLE (1) and HALF (2)", int(type));
}

namespace {

std::string text_of(const Tensor& tensor) {
  std::string text = "(";
  for (int i = 0; i < tensor.ndim; ++i)
    text += (i ? ", " : "") + std::to_string(tensor.dims[i]);
  return text + ")";
}

}  // namespace

void check_dims(const char* name, const Tensor& got, const Tensor& wanted) {
  if (!got.same_dims(wanted))
    fail(CUDNN_STATUS_BAD_PARAM, "%s has dimensions %s where %s is expected",
         name, text_of(got).c_str(), text_of(wanted).c_str());
}

void check_same_type(const char* name, const Tensor& got,
                     const Tensor& wanted) {
  if (got.type != wanted.type)
    fail(CUDNN_STATUS_BAD_PARAM,
         "%s has data type %d where %d is expected (FLOAT 0, DOUBLE 1, "
         "HALF 2)", name, int(got.type), int(wanted.type));
}

void check_alike(const char* name, const Tensor& got, const Tensor& wanted) {
  check_dims(name, got, wanted);
  check_same_type(name, got, wanted);
}

}  // namespace cupy_host::dnn

using namespace cupy_host::dnn;

extern "C" {

size_t cudnnGetVersion(void) { return CUDNN_VERSION; }

const char* cudnnGetErrorString(cudnnStatus_t status) {
  switch (status) {
    case CUDNN_STATUS_SUCCESS: return "CUDNN_STATUS_SUCCESS";
    case CUDNN_STATUS_NOT_INITIALIZED: return "CUDNN_STATUS_NOT_INITIALIZED";
    case CUDNN_STATUS_BAD_PARAM: return "CUDNN_STATUS_BAD_PARAM";
    case CUDNN_STATUS_NOT_SUPPORTED: return "CUDNN_STATUS_NOT_SUPPORTED";
    case CUDNN_STATUS_INTERNAL_ERROR: return "CUDNN_STATUS_INTERNAL_ERROR";
    case CUDNN_STATUS_ALLOC_FAILED: return "CUDNN_STATUS_ALLOC_FAILED";
    case CUDNN_STATUS_EXECUTION_FAILED: return "CUDNN_STATUS_EXECUTION_FAILED";
    default: return "CUDNN_STATUS_UNKNOWN";
  }
}

cudnnStatus_t cudnnCreate(cudnnHandle_t* handle) {
  return guarded([&] {
    not_null(handle, "handle");
    if (!cupy_host::device_count())
      fail(CUDNN_STATUS_NOT_INITIALIZED, "there is no device");
    cudnnContext context;
    context.device = cupy_host::current_device();
    cudnnHandle_t created = create<cudnnContext>();
    put(created, context, "handle");
    *handle = created;
  });
}

cudnnStatus_t cudnnDestroy(cudnnHandle_t handle) {
  return guarded([&] {
    if (!Registry<cudnnContext>::instance().destroy(handle))
      fail(CUDNN_STATUS_NOT_INITIALIZED,
           "handle (%p) was never created, or is destroyed already",
           static_cast<void*>(handle));
  });
}

cudnnStatus_t cudnnSetStream(cudnnHandle_t handle, cudaStream_t streamId) {
  return guarded([&] {
    cudnnContext context = peek_handle(handle);
    if (!cupy_host::on_its_device("handle", context.device) ||
        !cupy_host::usable_stream(streamId, context.device))
      throw Failure{CUDNN_STATUS_BAD_PARAM};
    context.stream = streamId;
    put(handle, context, "handle");
  });
}

cudnnStatus_t cudnnGetStream(cudnnHandle_t handle, cudaStream_t* streamId) {
  return guarded([&] {
    *not_null(streamId, "streamId") = peek_handle(handle).stream;
  });
}

}  // extern "C"
