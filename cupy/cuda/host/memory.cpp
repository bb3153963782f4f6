// Device memory and page-locked memory, and the register of both.
#include <sys/mman.h>

#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <mutex>
#include <new>
#include <shared_mutex>

#include "fork.h"
#include "runtime.h"

namespace cupy_host {

namespace {

constexpr int host = -1;  // the device of page-locked memory
constexpr size_t alignment = 256;
// Large blocks come in huge pages: 512 times fewer faults at first touch.
constexpr size_t huge_page = size_t(2) << 20;
constexpr size_t huge_size = 2 * huge_page;

size_t round_up(size_t size, size_t unit) {
  return (size + unit - 1) / unit * unit;
}

using Registry = std::map<std::uintptr_t, Block>;  // by address

std::shared_mutex registry_mutex;
const int registered = wait_in_forks<registry_mutex>();

// Never destroyed: other threads may go on while the process exits.
Registry& registry() {
  static Registry& only = *new Registry;
  return only;
}

// Memory that somebody else has allocated, for the device to use: arrays may
// overlap, and one may be handed over twice.
std::multimap<std::uintptr_t, size_t>& foreign() {
  static auto& only = *new std::multimap<std::uintptr_t, size_t>;
  return only;
}

// Every call of a library looks up its pointers, so most look-ups should wait
// for no lock. All blocks ever were between these addresses:
std::atomic<std::uintptr_t> lowest{UINTPTR_MAX}, highest{0};
// and a thread knows what it found, until that may be wrong.
std::atomic<unsigned> changes{1};

struct Known {
  Block block;
  unsigned changes;
};

Known& known_at(std::uintptr_t address) {
  thread_local Known known[64];
  return known[address / alignment * 0x9e3779b97f4a7c15 >> 58];
}

// To be called with the lock.
void widen(std::uintptr_t begin, std::uintptr_t end) {
  if (begin < lowest) lowest = begin;
  if (end > highest) highest = end;
}

void take_out(Registry::iterator place) {
  registry().erase(place);
  ++changes;
}

// Of the foreign memory that an address is in, what goes on the furthest. To
// be called with the lock.
bool find_foreign(std::uintptr_t address, Block* block) {
  std::uintptr_t end = address;
  auto next = foreign().upper_bound(address);
  for (auto range = foreign().begin(); range != next; ++range)
    if (range->first + range->second > end) {
      end = range->first + range->second;
      *block = {reinterpret_cast<char*>(range->first), range->second, host};
    }
  return end > address;
}

bool find_own(std::uintptr_t address, Block* block) {
  auto next = registry().upper_bound(address);
  if (next == registry().begin()) return false;
  *block = std::prev(next)->second;
  return address - std::prev(next)->first < block->size;
}

std::atomic<size_t> used[64];  // bytes per device

void* map_huge(size_t size) {
  // One huge page more than needed, of which both ends are given back.
  size_t reserved = size + huge_page;
  void* found = mmap(nullptr, reserved, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (found == MAP_FAILED) return nullptr;
  char* start = static_cast<char*>(found);
  char* base = reinterpret_cast<char*>(
      round_up(reinterpret_cast<std::uintptr_t>(start), huge_page));
  if (base > start) munmap(start, base - start);
  munmap(base + size, start + reserved - (base + size));
  madvise(base, size, MADV_HUGEPAGE);
  return base;
}

void* allocate(size_t size) {
  if (size >= huge_size) return map_huge(round_up(size, huge_page));
  return std::aligned_alloc(alignment, round_up(size, alignment));
}

void release(const Block& block) {
  if (block.size >= huge_size)
    munmap(block.base, round_up(block.size, huge_page));
  else
    std::free(block.base);
}

bool register_block(const Block& block) {
  try {
    std::unique_lock<std::shared_mutex> lock(registry_mutex);
    const auto base = reinterpret_cast<std::uintptr_t>(block.base);
    registry().emplace(base, block);
    widen(base, base + block.size);
    return true;
  } catch (const std::bad_alloc&) {
    return false;
  }
}

cudaError_t new_block(void** p, size_t size, int device) {
  *p = nullptr;
  if (!size) return cudaSuccess;
  Block block = {nullptr, size, device};
  if (size < size_t(PTRDIFF_MAX) - huge_page)
    block.base = static_cast<char*>(allocate(size));
  if (block.base && !register_block(block)) {
    release(block);
    block.base = nullptr;
  }
  if (!block.base)
    return fail(cudaErrorMemoryAllocation,
                "the operating system has no %zu bytes", size);
  *p = block.base;
  return cudaSuccess;
}

// Takes the block that starts at p out of the registry.
cudaError_t delete_block(void* p, bool of_host, const char* where) {
  Block block;
  {
    Registry& all = registry();
    std::unique_lock<std::shared_mutex> lock(registry_mutex);
    auto found = all.find(reinterpret_cast<std::uintptr_t>(p));
    if (found == all.end() ||
        (found->second.device == host) != of_host)
      return fail(cudaErrorInvalidValue,
                  "%p is not the start of an allocation of %s: never "
                  "allocated, or freed before", p, where);
    block = found->second;
    take_out(found);
  }
  release(block);
  if (!of_host) used[block.device] -= block.size;
  return cudaSuccess;
}

}  // namespace

void add_variable(const Block& block) { register_block(block); }

void remove_variable(void* base) {
  std::unique_lock<std::shared_mutex> lock(registry_mutex);
  auto found = registry().find(reinterpret_cast<std::uintptr_t>(base));
  if (found != registry().end()) take_out(found);
}

bool find_block(const void* p, Block* block) {
  std::uintptr_t address = reinterpret_cast<std::uintptr_t>(p);
  if (address < lowest || address >= highest) return false;
  const unsigned now = changes;
  Known& known = known_at(address);
  if (known.changes == now &&
      address - reinterpret_cast<std::uintptr_t>(known.block.base) <
          known.block.size) {
    *block = known.block;
    return true;
  }
  std::shared_lock<std::shared_mutex> lock(registry_mutex);
  if (!find_own(address, block) && !find_foreign(address, block)) return false;
  known = {*block, now};
  return true;
}

}  // namespace cupy_host

using namespace cupy_host;

void cupyHostAddMemory(size_t address, size_t size) {
  std::unique_lock<std::shared_mutex> lock(registry_mutex);
  foreign().emplace(address, size);
  widen(address, address + size);
  ++changes;
}

void cupyHostRemoveMemory(size_t address, size_t size) {
  std::unique_lock<std::shared_mutex> lock(registry_mutex);
  auto range = foreign().equal_range(address);
  for (auto found = range.first; found != range.second; ++found)
    if (found->second == size) {
      foreign().erase(found);
      ++changes;
      return;
    }
}

cudaError_t cudaMalloc(void** devPtr, size_t size) {
  if (cudaError_t error = check_place("devPtr", devPtr)) return error;
  int device = current_device();
  if (cudaError_t error = check_device(device)) return error;
  // Taken first and given back on failure, so that two threads cannot pass
  // the limit together.
  size_t before = used[device].fetch_add(size);
  if (size > memory_limit() || before > memory_limit() - size) {
    used[device] -= size;
    return fail(cudaErrorMemoryAllocation,
                "%zu bytes wanted on device %d, %zu in use, of %zu "
                "(CUPY_HOST_MEMORY)",
                size, device, before, memory_limit());
  }
  cudaError_t error = new_block(devPtr, size, device);
  if (error) used[device] -= size;
  return error;
}

cudaError_t cudaFree(void* devPtr) {
  if (!devPtr) return check_device(current_device());
  return delete_block(devPtr, false, "cudaMalloc");
}

cudaError_t cudaHostAlloc(void** pHost, size_t size, unsigned int flags) {
  if (cudaError_t error = check_place("pHost", pHost)) return error;
  if (cudaError_t error = check_device(current_device())) return error;
  unsigned int known = cudaHostAllocPortable | cudaHostAllocMapped |
                       cudaHostAllocWriteCombined;
  if (flags & ~known)
    return fail(cudaErrorInvalidValue, "flags are %u", flags);
  return new_block(pHost, size, host);
}

cudaError_t cudaFreeHost(void* ptr) {
  if (!ptr) return check_device(current_device());
  return delete_block(ptr, true, "cudaHostAlloc");
}

cudaError_t cudaMemGetInfo(size_t* free, size_t* total) {
  if (cudaError_t error = check_place("free", free)) return error;
  if (cudaError_t error = check_place("total", total)) return error;
  int device = current_device();
  if (cudaError_t error = check_device(device)) return error;
  size_t taken = used[device];
  *total = memory_limit();
  *free = taken < *total ? *total - taken : 0;
  return cudaSuccess;
}

cudaError_t cudaPointerGetAttributes(cudaPointerAttributes* attributes,
                                     const void* ptr) {
  if (cudaError_t error = check_place("attributes", attributes)) return error;
  if (cudaError_t error = check_device(current_device())) return error;
  *attributes = {};
  void* p = const_cast<void*>(ptr);
  Block block;
  if (!find_block(ptr, &block)) {
    attributes->type = cudaMemoryTypeUnregistered;
    attributes->device = cudaInvalidDeviceId;
    attributes->hostPointer = p;
  } else if (block.device == host) {
    attributes->type = cudaMemoryTypeHost;
    attributes->device = 0;
    attributes->devicePointer = p;
    attributes->hostPointer = p;
  } else {
    attributes->type = cudaMemoryTypeDevice;
    attributes->device = block.device;
    attributes->devicePointer = p;
  }
  return cudaSuccess;
}
