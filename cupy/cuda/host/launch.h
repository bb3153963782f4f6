// Kernels of loaded modules, and what their launches have in common.
#pragma once

#include <atomic>
#include <cstddef>

#include "cuda.h"

namespace cupy_host {

struct uint3 {
  unsigned x, y, z;
};
struct dim3 {
  unsigned x, y, z;
};
#include "kernel/launch_abi.h"

}  // namespace cupy_host

struct CUfunc_st {
  const cupy_host::cuh_kernel* kernel;
  int device;  // that the module was loaded for
};

namespace cupy_host {

// Whether it is a function of a module that is loaded (driver.cpp); says why
// not (set_detail).
bool is_function(CUfunction function);

// The limits of a launch; the runtime reports the same as attributes.
constexpr unsigned max_block = 1024;
constexpr unsigned max_shared = 48 << 10;

// One launch, which several cores may be at work on.
struct Launch {
  const cuh_kernel* kernel;
  void** args;
  dim3 grid, block;
  std::atomic<CUresult> status{CUDA_SUCCESS};
  char detail[512];  // of the failure; valid if there is one

  // Keeps the first failure only: what follows it may be its consequence.
  __attribute__((format(printf, 3, 4))) void fail(CUresult error,
                                                  const char* format, ...);
};

// A context for threads of this launch.
cuh_ctx make_context(Launch* launch, const cuh_services* services);

// The position of number `index` in the order x, y, z.
inline uint3 position(size_t index, const dim3& size) {
  return {static_cast<unsigned>(index % size.x),
          static_cast<unsigned>(index / size.x % size.y),
          static_cast<unsigned>(index / size.x / size.y)};
}

// Takes a failure that a kernel reports: cuh_services::fail.
void report_failure(cuh_ctx* context, const cuh_failure* failure);

// Runs the blocks [first, last), each with a fiber per thread (fibers.cpp).
void run_fibers(Launch* launch, size_t first, size_t last);

}  // namespace cupy_host
