// The functions of CUDA's driver, found when they are first needed. Nothing
// links to the driver's library, so that CuPy can be imported without one.
#pragma once

#include <cuda.h>
#include <cuda_runtime_api.h>

namespace cupy_driver {

struct Functions {
  decltype(&cuGetErrorName) getErrorName;
  decltype(&cuGetErrorString) getErrorString;
  decltype(&cuModuleLoad) moduleLoad;
  decltype(&cuModuleLoadData) moduleLoadData;
  decltype(&cuModuleUnload) moduleUnload;
  decltype(&cuModuleGetFunction) moduleGetFunction;
  decltype(&cuModuleGetGlobal) moduleGetGlobal;
  decltype(&cuLaunchKernel) launchKernel;
#if CUDA_VERSION >= 12040
  decltype(&cuFuncGetParamInfo) funcGetParamInfo;  // null in older drivers
#endif
};

static Functions functions;

// Finds the function of that name as it was in a version of CUDA.
template <class F>
static cudaError_t find(const char* name, unsigned version, F* function) {
  void* address = nullptr;
  cudaError_t error;
#if defined(CUPY_HOST_DEVICE)
  error = cudaGetDriverEntryPoint(name, &address, cudaEnableDefault, nullptr);
#elif CUDART_VERSION >= 12060
  cudaDriverEntryPointQueryResult found;
  error = cudaGetDriverEntryPointByVersion(
      name, &address, version, cudaEnableDefault, &found);
#elif CUDART_VERSION >= 12000
  cudaDriverEntryPointQueryResult found;
  error = cudaGetDriverEntryPoint(name, &address, cudaEnableDefault, &found);
#else
  error = cudaGetDriverEntryPoint(name, &address, cudaEnableDefault);
#endif
  if (error == cudaSuccess) *function = reinterpret_cast<F>(address);
  return error;
}

// Finds all functions; cheap from the second call on.
static cudaError_t load() {
  Functions& f = functions;
  if (f.launchKernel) return cudaSuccess;
  cudaError_t error;
#define FIND(Name, member)                                              \
  if ((error = find("cu" Name, 12000, &f.member)) != cudaSuccess) return error
  FIND("GetErrorName", getErrorName);
  FIND("GetErrorString", getErrorString);
  FIND("ModuleLoad", moduleLoad);
  FIND("ModuleLoadData", moduleLoadData);
  FIND("ModuleUnload", moduleUnload);
  FIND("ModuleGetFunction", moduleGetFunction);
  FIND("ModuleGetGlobal", moduleGetGlobal);
#if CUDA_VERSION >= 12040
  find("cuFuncGetParamInfo", 12040, &f.funcGetParamInfo);
  cudaGetLastError();
#endif
  FIND("LaunchKernel", launchKernel);  // the last: tells that all are there
#undef FIND
  return cudaSuccess;
}

// Gives the size of a parameter; 0 if there is none of that index, -1 if the
// driver cannot tell.
static CUresult parameter_size(CUfunction function, size_t index,
                               long* size) {
  *size = -1;
#if CUDA_VERSION >= 12040
  if (!functions.funcGetParamInfo) return CUDA_SUCCESS;
  size_t offset, found = 0;
  CUresult status =
      functions.funcGetParamInfo(function, index, &offset, &found);
  *size = static_cast<long>(found);
  if (status != CUDA_ERROR_INVALID_VALUE) return status;
  *size = 0;
#endif
  return CUDA_SUCCESS;
}

#ifdef CUPY_HOST_DEVICE
// Work of so little is done before the GIL would have been given up.
static const size_t short_launch = 16384;
static const char* error_detail() { return cupyHostTakeErrorDetail(); }
#else
// A launch may wait for space in the queue, and the queue for the GIL.
static const size_t short_launch = 0;
static const char* error_detail() { return ""; }
#endif

}  // namespace cupy_driver
