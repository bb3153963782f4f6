// Devices: how many there are, what they can do, which one is current.
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "cuda_profiler_api.h"
#include "runtime.h"

namespace cupy_host {

namespace {

constexpr int max_devices = 64;

struct Configuration {
  int devices = 0;
  size_t memory = 0;
  const char* wrong = nullptr;  // the variable that is not a number
};

// Reads a whole number of at most `limit`; a variable that is not set leaves
// the value alone.
bool read_number(const char* name, unsigned long long limit,
                 unsigned long long* value) {
  const char* text = std::getenv(name);
  if (!text || !*text) return true;
  char* end;
  errno = 0;
  unsigned long long number = std::strtoull(text, &end, 10);
  // strtoull takes signs and spaces, too.
  if (*text < '0' || *text > '9' || *end || errno || number > limit)
    return false;
  *value = number;
  return true;
}

Configuration configure() {
  Configuration found;
  unsigned long long devices = 1;
  unsigned long long memory =
      static_cast<unsigned long long>(sysconf(_SC_PHYS_PAGES)) *
      sysconf(_SC_PAGE_SIZE);
  if (!read_number("CUPY_HOST_DEVICES", max_devices, &devices)) {
    found.wrong = "CUPY_HOST_DEVICES";
  } else if (!read_number("CUPY_HOST_MEMORY", PTRDIFF_MAX, &memory)) {
    found.wrong = "CUPY_HOST_MEMORY";
  } else {
    found.devices = static_cast<int>(devices);
    found.memory = memory;
  }
  return found;
}

// Read once: a device does not come or go while a process runs.
const Configuration& configuration() {
  static const Configuration found = configure();
  return found;
}

thread_local int current = 0;

// peers[a][b]: device a may use the memory of device b.
std::atomic<bool> peers[max_devices][max_devices];

// The value of an attribute, or -1. All devices are alike. The limits are
// those of a GPU of compute capability 7.5, so that a launch which they allow
// is allowed there, too.
int attribute(cudaDeviceAttr attr) {
  switch (attr) {
    case cudaDevAttrMaxThreadsPerBlock: return 1024;
    case cudaDevAttrMaxBlockDimX: return 1024;
    case cudaDevAttrMaxBlockDimY: return 1024;
    case cudaDevAttrMaxBlockDimZ: return 64;
    case cudaDevAttrMaxGridDimX: return 0x7fffffff;
    case cudaDevAttrMaxGridDimY: return 65535;
    case cudaDevAttrMaxGridDimZ: return 65535;
    case cudaDevAttrMaxSharedMemoryPerBlock: return 48 << 10;
    case cudaDevAttrTotalConstantMemory: return 64 << 10;
    case cudaDevAttrWarpSize: return 32;
    case cudaDevAttrMultiProcessorCount: return thread_count();
    case cudaDevAttrIntegrated: return 1;
    case cudaDevAttrCanMapHostMemory: return 1;
    case cudaDevAttrConcurrentKernels: return 0;
    case cudaDevAttrMaxThreadsPerMultiProcessor: return 1024;
    case cudaDevAttrAsyncEngineCount: return 0;
    case cudaDevAttrUnifiedAddressing: return 1;
    case cudaDevAttrComputeCapabilityMajor: return 7;
    case cudaDevAttrComputeCapabilityMinor: return 5;
    default: return -1;
  }
}

cudaError_t check_peer(int peer, int* device) {
  *device = current;
  if (cudaError_t error = check_device(peer)) return error;
  if (peer != *device) return cudaSuccess;
  return fail(cudaErrorInvalidDevice, "device %d is its own peer", peer);
}

}  // namespace

int device_count() { return configuration().devices; }

int current_device() { return current; }

bool is_peer(int device, int other) { return peers[device][other]; }

size_t memory_limit() { return configuration().memory; }

cudaError_t check_device(int device) {
  const Configuration& found = configuration();
  if (device >= 0 && device < found.devices) return cudaSuccess;
  if (found.wrong)
    return fail(cudaErrorInitializationError,
                "%s is '%s', which is no whole number%s", found.wrong,
                std::getenv(found.wrong),
                std::strcmp(found.wrong, "CUPY_HOST_DEVICES")
                    ? " of bytes" : " from 0 to 64");
  if (!found.devices)
    return fail(cudaErrorNoDevice, "CUPY_HOST_DEVICES is 0");
  return fail(cudaErrorInvalidDevice,
              "device %d wanted, but the last of the %d is %d "
              "(CUPY_HOST_DEVICES)",
              device, found.devices, found.devices - 1);
}

}  // namespace cupy_host

using namespace cupy_host;

cudaError_t cudaDriverGetVersion(int* driverVersion) {
  return cudaRuntimeGetVersion(driverVersion);
}

cudaError_t cudaRuntimeGetVersion(int* runtimeVersion) {
  if (cudaError_t error = check_place("runtimeVersion", runtimeVersion))
    return error;
  *runtimeVersion = CUDART_VERSION;
  return cudaSuccess;
}

cudaError_t cudaGetDeviceCount(int* count) {
  if (cudaError_t error = check_place("count", count)) return error;
  *count = device_count();
  return check_device(0);
}

cudaError_t cudaGetDevice(int* device) {
  if (cudaError_t error = check_place("device", device)) return error;
  *device = current;
  return *device ? cudaSuccess : check_device(0);
}

cudaError_t cudaSetDevice(int device) {
  if (cudaError_t error = check_device(device)) return error;
  current = device;
  return cudaSuccess;
}

cudaError_t cudaDeviceGetAttribute(int* value, cudaDeviceAttr attr,
                                   int device) {
  if (cudaError_t error = check_place("value", value)) return error;
  if (cudaError_t error = check_device(device)) return error;
  int found = attribute(attr);
  if (found < 0)
    return fail(cudaErrorInvalidValue,
                "the host device has no attribute %d", attr);
  *value = found;
  return cudaSuccess;
}

cudaError_t cudaDeviceSynchronize(void) { return check_device(current); }

cudaError_t cudaDeviceCanAccessPeer(int* canAccessPeer, int device,
                                    int peerDevice) {
  if (cudaError_t error = check_place("canAccessPeer", canAccessPeer))
    return error;
  if (cudaError_t error = check_device(device)) return error;
  if (cudaError_t error = check_device(peerDevice)) return error;
  *canAccessPeer = device != peerDevice;
  return cudaSuccess;
}

cudaError_t cudaDeviceEnablePeerAccess(int peerDevice, unsigned int flags) {
  int device;
  if (cudaError_t error = check_peer(peerDevice, &device)) return error;
  if (flags)
    return fail(cudaErrorInvalidValue, "flags are %u, must be 0", flags);
  if (peers[device][peerDevice].exchange(true))
    return fail(cudaErrorPeerAccessAlreadyEnabled, "of device %d to device %d",
                device, peerDevice);
  return cudaSuccess;
}

cudaError_t cudaDeviceDisablePeerAccess(int peerDevice) {
  int device;
  if (cudaError_t error = check_peer(peerDevice, &device)) return error;
  if (!peers[device][peerDevice].exchange(false))
    return fail(cudaErrorPeerAccessNotEnabled, "of device %d to device %d",
                device, peerDevice);
  return cudaSuccess;
}

// A profiler that is attached to the process listens to these calls on CUDA;
// without one they do nothing, there as here.
cudaError_t cudaProfilerStart(void) { return check_device(current); }

cudaError_t cudaProfilerStop(void) { return check_device(current); }
