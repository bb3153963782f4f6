// What the files of the runtime share with each other.
#pragma once

#include "cuda_runtime_api.h"
#include "host.h"

namespace cupy_host {

// Remembers why the call fails, for cupyHostTakeErrorDetail, and that it
// fails, for cudaGetLastError; returns the error.
__attribute__((format(printf, 2, 3))) cudaError_t fail(
    cudaError_t error, const char* format, ...);

// Fails if a result has no place to go to.
cudaError_t check_place(const char* name, const void* place);

// Fails if there is no such device, or no device at all.
cudaError_t check_device(int device);

// Bytes that may be allocated on one device: CUPY_HOST_MEMORY.
size_t memory_limit();

// Fails if the handle is of no stream that exists.
cudaError_t check_stream(cudaStream_t stream);

}  // namespace cupy_host
