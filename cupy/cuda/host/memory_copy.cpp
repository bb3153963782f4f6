// Copying and filling memory.
#include <cstring>

#include "runtime.h"

namespace cupy_host {

namespace {

// One thread moves so much in about 100 us. To wake a second one takes some
// 30 us when it sleeps: below this, there is nothing to gain.
constexpr size_t parallel_bytes = size_t(4) << 20;

// Whether one end of a copy must be in device memory. The host's end may be
// anywhere: arrays of NumPy can be views of the host device's memory.
enum Side { any_memory, device_memory };

// Fails unless `count` bytes from p on are memory that may be used as that.
// A page-locked block is within the reach of devices, too, as with CUDA's
// unified addresses. Tells, if asked to, which block p is in.
cudaError_t check_end(const char* name, const void* p, size_t count,
                      Side side, Block* block = nullptr) {
  if (!p) return fail(cudaErrorInvalidValue, "%s is a null pointer", name);
  Block found;
  if (!find_block(p, &found)) {
    if (side == any_memory) return cudaSuccess;
    return fail(cudaErrorInvalidValue,
                "%s %p is in no device memory: it is the host's, or freed, "
                "or past the end of its allocation", name, p);
  }
  if (block) *block = found;
  size_t offset = static_cast<const char*>(p) - found.base;
  if (count <= found.size - offset) return cudaSuccess;
  return fail(cudaErrorInvalidValue,
              "%zu bytes from byte %zu on run past the end of the %zu bytes "
              "that %s %p is in", count, offset, found.size, name, p);
}

cudaError_t check_owner(const char* name, const Block& block, int device) {
  if (block.device < 0 || block.device == device) return cudaSuccess;
  return fail(cudaErrorInvalidValue,
              "%s is memory of device %d, not of device %d", name,
              block.device, device);
}

void copy(void* dst, const void* src, size_t count) {
  char* to = static_cast<char*>(dst);
  const char* from = static_cast<const char*>(src);
  bool apart = to + count <= from || from + count <= to;
  if (count < parallel_bytes || !apart) {
    std::memmove(to, from, count);
    return;
  }
  int parts = thread_count();
  parallel(parts, [=](int part) {
    std::ptrdiff_t start = cut(count, part, parts);
    std::memcpy(to + start, from + start, cut(count, part + 1, parts) - start);
  });
}

void fill(void* dst, int value, size_t count) {
  char* to = static_cast<char*>(dst);
  if (count < parallel_bytes) {
    std::memset(to, value, count);
    return;
  }
  int parts = thread_count();
  parallel(parts, [=](int part) {
    std::ptrdiff_t start = cut(count, part, parts);
    std::memset(to + start, value, cut(count, part + 1, parts) - start);
  });
}

}  // namespace

}  // namespace cupy_host

using namespace cupy_host;

cudaError_t cudaMemcpy(void* dst, const void* src, size_t count,
                       cudaMemcpyKind kind) {
  if (kind < cudaMemcpyHostToHost || kind > cudaMemcpyDefault)
    return fail(cudaErrorInvalidMemcpyDirection, "kind is %d", int(kind));
  if (!count) return cudaSuccess;
  bool to_device = kind == cudaMemcpyHostToDevice ||
                   kind == cudaMemcpyDeviceToDevice;
  bool from_device = kind == cudaMemcpyDeviceToHost ||
                     kind == cudaMemcpyDeviceToDevice;
  if (cudaError_t error = check_end("dst", dst, count,
                                    to_device ? device_memory : any_memory))
    return error;
  if (cudaError_t error = check_end("src", src, count,
                                    from_device ? device_memory : any_memory))
    return error;
  copy(dst, src, count);
  return cudaSuccess;
}

cudaError_t cudaMemcpyAsync(void* dst, const void* src, size_t count,
                            cudaMemcpyKind kind, cudaStream_t stream) {
  if (cudaError_t error = check_stream(stream)) return error;
  return cudaMemcpy(dst, src, count, kind);
}

cudaError_t cudaMemcpyPeer(void* dst, int dstDevice, const void* src,
                           int srcDevice, size_t count) {
  if (cudaError_t error = check_device(dstDevice)) return error;
  if (cudaError_t error = check_device(srcDevice)) return error;
  if (!count) return cudaSuccess;
  Block to, from;
  if (cudaError_t error = check_end("dst", dst, count, device_memory, &to))
    return error;
  if (cudaError_t error = check_end("src", src, count, device_memory, &from))
    return error;
  if (cudaError_t error = check_owner("dst", to, dstDevice)) return error;
  if (cudaError_t error = check_owner("src", from, srcDevice)) return error;
  copy(dst, src, count);
  return cudaSuccess;
}

cudaError_t cudaMemcpyPeerAsync(void* dst, int dstDevice, const void* src,
                                int srcDevice, size_t count,
                                cudaStream_t stream) {
  if (cudaError_t error = check_stream(stream)) return error;
  return cudaMemcpyPeer(dst, dstDevice, src, srcDevice, count);
}

cudaError_t cudaMemset(void* devPtr, int value, size_t count) {
  if (!count) return cudaSuccess;
  if (cudaError_t error = check_end("devPtr", devPtr, count, device_memory))
    return error;
  fill(devPtr, value, count);
  return cudaSuccess;
}

cudaError_t cudaMemsetAsync(void* devPtr, int value, size_t count,
                            cudaStream_t stream) {
  if (cudaError_t error = check_stream(stream)) return error;
  return cudaMemset(devPtr, value, count);
}
