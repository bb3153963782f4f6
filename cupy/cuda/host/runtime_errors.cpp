// Names and sentences of errors, and the last error of each thread.
#include <cstdarg>
#include <cstdio>

#include "runtime.h"

namespace cupy_host {

namespace {

struct Text {
  cudaError_t error;
  const char* name;
  const char* sentence;
};

#define TEXT(error, sentence) {error, #error, sentence}
const Text texts[] = {
    TEXT(cudaSuccess, "no error"),
    TEXT(cudaErrorInvalidValue, "invalid argument"),
    TEXT(cudaErrorMemoryAllocation, "out of memory"),
    TEXT(cudaErrorInitializationError, "initialization error"),
    TEXT(cudaErrorInvalidMemcpyDirection,
         "invalid copy direction for memcpy"),
    TEXT(cudaErrorInsufficientDriver,
         "CUDA driver version is insufficient for CUDA runtime version"),
    TEXT(cudaErrorNoDevice, "no CUDA-capable device is detected"),
    TEXT(cudaErrorInvalidDevice, "invalid device ordinal"),
    TEXT(cudaErrorInvalidResourceHandle, "invalid resource handle"),
    TEXT(cudaErrorSymbolNotFound, "named symbol not found"),
    TEXT(cudaErrorNotReady, "device not ready"),
    TEXT(cudaErrorIllegalAddress,
         "an illegal memory access was encountered"),
    TEXT(cudaErrorPeerAccessAlreadyEnabled,
         "peer access is already enabled"),
    TEXT(cudaErrorPeerAccessNotEnabled, "peer access has not been enabled"),
    TEXT(cudaErrorLaunchFailure, "unspecified launch failure"),
    TEXT(cudaErrorNotPermitted, "operation not permitted"),
    TEXT(cudaErrorNotSupported, "operation not supported"),
    TEXT(cudaErrorUnknown, "unknown error"),
};
#undef TEXT

const Text* find_text(cudaError_t error) {
  for (const Text& text : texts)
    if (text.error == error) return &text;
  return nullptr;
}

thread_local cudaError_t last_error = cudaSuccess;

}  // namespace

cudaError_t fail(cudaError_t error, const char* format, ...) {
  char text[1024];
  va_list args;
  va_start(args, format);
  std::vsnprintf(text, sizeof text, format, args);
  va_end(args);
  set_detail("%s", text);
  last_error = error;
  return error;
}

cudaError_t check_place(const char* name, const void* place) {
  if (place) return cudaSuccess;
  return fail(cudaErrorInvalidValue, "%s is a null pointer", name);
}

}  // namespace cupy_host

using namespace cupy_host;

const char* cudaGetErrorName(cudaError_t error) {
  const Text* text = find_text(error);
  return text ? text->name : "unrecognized error code";
}

const char* cudaGetErrorString(cudaError_t error) {
  const Text* text = find_text(error);
  return text ? text->sentence : "unrecognized error code";
}

cudaError_t cudaGetLastError(void) {
  cudaError_t error = last_error;
  last_error = cudaSuccess;
  return error;
}
