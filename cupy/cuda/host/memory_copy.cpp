// Copying and filling memory.
#include <cstdint>
#include <cstring>

#include "runtime.h"

namespace cupy_host {

namespace {

// Below this, waking a second thread costs more than it saves.
constexpr size_t parallel_bytes = size_t(1) << 20;

enum Side { host_side, device_side, any_side };

// One end of a copy. Unregistered memory is the host's; page-locked memory
// is within the reach of both sides, as with CUDA's unified addresses.
struct End {
  const char* name;
  const void* p;
  Side side;
  Block block;
  bool known;
};

cudaError_t check_end(End* end, size_t count) {
  if (!end->p)
    return fail(cudaErrorInvalidValue, "%s is a null pointer", end->name);
  end->known = find_block(end->p, &end->block);
  const char* wrong = nullptr;
  if (end->side == device_side && !end->known)
    wrong = "is no device memory: the host's, or freed";
  else if (end->side == host_side && end->known && end->block.device >= 0)
    wrong = "is device memory, the host's was expected";
  if (wrong)
    return fail(cudaErrorInvalidValue, "%s %p %s", end->name, end->p, wrong);
  if (!end->known) return cudaSuccess;
  size_t offset = static_cast<const char*>(end->p) - end->block.base;
  if (count <= end->block.size - offset) return cudaSuccess;
  return fail(cudaErrorInvalidValue,
              "%zu bytes at offset %zu of %s run past the end of its "
              "allocation of %zu bytes on %s",
              count, offset, end->name, end->block.size,
              end->block.device < 0 ? "the host" : "the device");
}

cudaError_t check_kind(cudaMemcpyKind kind, End* to, End* from) {
  switch (kind) {
    case cudaMemcpyHostToHost:
      to->side = from->side = host_side;
      return cudaSuccess;
    case cudaMemcpyHostToDevice:
      to->side = device_side;
      from->side = host_side;
      return cudaSuccess;
    case cudaMemcpyDeviceToHost:
      to->side = host_side;
      from->side = device_side;
      return cudaSuccess;
    case cudaMemcpyDeviceToDevice:
      to->side = from->side = device_side;
      return cudaSuccess;
    case cudaMemcpyDefault:
      to->side = from->side = any_side;
      return cudaSuccess;
  }
  return fail(cudaErrorInvalidMemcpyDirection, "kind is %d", int(kind));
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

cudaError_t check_owner(const End& end, int device) {
  if (end.block.device < 0 || end.block.device == device) return cudaSuccess;
  return fail(cudaErrorInvalidValue,
              "%s %p is memory of device %d, not of device %d", end.name,
              end.p, end.block.device, device);
}

}  // namespace

}  // namespace cupy_host

using namespace cupy_host;

cudaError_t cudaMemcpy(void* dst, const void* src, size_t count,
                       cudaMemcpyKind kind) {
  End to = {"dst", dst, any_side, {}, false};
  End from = {"src", src, any_side, {}, false};
  if (cudaError_t error = check_kind(kind, &to, &from)) return error;
  if (!count) return cudaSuccess;
  if (cudaError_t error = check_end(&to, count)) return error;
  if (cudaError_t error = check_end(&from, count)) return error;
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
  End to = {"dst", dst, device_side, {}, false};
  End from = {"src", src, device_side, {}, false};
  if (cudaError_t error = check_end(&to, count)) return error;
  if (cudaError_t error = check_owner(to, dstDevice)) return error;
  if (cudaError_t error = check_end(&from, count)) return error;
  if (cudaError_t error = check_owner(from, srcDevice)) return error;
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
  End to = {"devPtr", devPtr, device_side, {}, false};
  if (cudaError_t error = check_end(&to, count)) return error;
  fill(devPtr, value, count);
  return cudaSuccess;
}

cudaError_t cudaMemsetAsync(void* devPtr, int value, size_t count,
                            cudaStream_t stream) {
  if (cudaError_t error = check_stream(stream)) return error;
  return cudaMemset(devPtr, value, count);
}
