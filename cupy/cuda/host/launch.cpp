// Launches: checks them as CUDA does, then runs the kernel on all cores.
//
// A chunked kernel is called once per part of its work. Of other kernels
// every CUDA thread is run: one after another where threads do not wait for
// each other, else with a fiber for each thread of a block. How work is cut
// depends on its amount alone, so that results repeat to the last bit.
#include "launch.h"

#include <algorithm>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

#include "host.h"

namespace cupy_host {

namespace {

// Amounts of work that are worth a second core: elements of a cheap kernel
// and of one that calls exp and the like; CUDA threads. A core that sleeps is
// worth waking for four times as much.
constexpr ptrdiff_t cheap_elements = 8192;
constexpr ptrdiff_t costly_elements = 2048;
constexpr int parts_per_thread = 4;
constexpr int large_part = 16;  // as many times as large as a small one
constexpr unsigned small_block = 128;
constexpr size_t loop_threads = 4096;
constexpr size_t fiber_threads = 256;

int refuse_barrier(cuh_ctx* context, int) {
  static_cast<Launch*>(context->launch)->fail(
      CUDA_ERROR_LAUNCH_FAILED,
      "a header that the kernel includes waits for other threads of the "
      "block; that works only if the kernel's own text does so, too");
  return -1;
}

unsigned refuse_warp(cuh_ctx* context, unsigned, int, unsigned long long) {
  refuse_barrier(context, 0);
  return 0;
}

const cuh_services services{refuse_barrier, refuse_warp, report_failure};

// Flushes denormal numbers to zero while it lives, if a kernel wants that.
class DenormalMode {
 public:
#ifdef __x86_64__
  explicit DenormalMode(const cuh_kernel* kernel)
      : flush_(kernel->flags & CUH_FLUSH_DENORMALS) {
    if (!flush_) return;
    before_ = __builtin_ia32_stmxcsr();
    __builtin_ia32_ldmxcsr(before_ | 0x8040);
  }
  ~DenormalMode() {
    if (flush_) __builtin_ia32_ldmxcsr(before_);
  }

 private:
  bool flush_;
  unsigned before_ = 0;
#else
  explicit DenormalMode(const cuh_kernel*) {}
#endif
};

// Memory for the parts of one launch at a time, kept by each thread that
// launches.
char* scratch_memory() {
  struct Scratch {
    char* memory = nullptr;
    ~Scratch() { std::free(memory); }
  };
  thread_local Scratch scratch;
  if (!scratch.memory)
    scratch.memory = static_cast<char*>(std::aligned_alloc(
        CUH_SCRATCH, static_cast<size_t>(CUH_SCRATCH) * parts_per_thread *
                         thread_count()));
  return scratch.memory;
}

// A part for each thread, if there is work enough for all of them; of large
// work four, so that no thread waits long for another that was interrupted.
int parts_of(size_t work, size_t worthwhile) {
  if (work < worthwhile) return 1;
  const size_t threads = static_cast<size_t>(thread_count());
  const size_t small = work / (worthwhile / 2), large = small / large_part;
  if (large > threads)
    return static_cast<int>(std::min(large, threads * parts_per_thread));
  return static_cast<int>(std::min(small, threads));
}

void run_chunked(Launch* launch) {
  const cuh_kernel* kernel = launch->kernel;
  cuh_ctx first = make_context(launch, &services);
  // Our loops have as many threads as there is work, or whole blocks.
  const bool is_tiny = launch->block.x < small_block && launch->grid.x == 1;
  if (kernel->flags & CUH_HAS_WORK && !is_tiny) {
    first.nparts = 0;
    kernel->entry(launch->args, &first);
  } else {
    first.work = static_cast<ptrdiff_t>(launch->grid.x) * launch->grid.y *
                 launch->grid.z * launch->block.x * launch->block.y *
                 launch->block.z;
  }
  const ptrdiff_t worthwhile = kernel->flags & CUH_TRANSCENDENTAL
                                   ? costly_elements
                                   : cheap_elements;
  first.nparts = parts_of(first.work, worthwhile);
  first.scratch = scratch_memory();
  if (!first.scratch)
    return launch->fail(CUDA_ERROR_OUT_OF_MEMORY, "no scratch memory");
  int parts = static_cast<int>(first.nparts);
  if (parts == 1) {
    DenormalMode mode(kernel);
    kernel->entry(launch->args, &first);
  } else {
    std::atomic<int> again{0};
    parallel(parts, [&](int part) {
      DenormalMode mode(kernel);
      cuh_ctx mine = first;
      mine.part = part;
      kernel->entry(launch->args, &mine);
      if (mine.again) again.store(1, std::memory_order_relaxed);
    }, first.work >= 4 * worthwhile);
    first.again = again.load(std::memory_order_relaxed);
  }
  if (first.again && !launch->status) {
    DenormalMode mode(kernel);
    first.phase = 1;
    kernel->entry(launch->args, &first);
  }
}

// Runs the threads of the blocks [first, last) one after another.
void run_loop(Launch* launch, size_t first, size_t last) {
  const cuh_kernel* kernel = launch->kernel;
  const dim3 block = launch->block;
  cuh_ctx context = make_context(launch, &services);
  for (size_t index = first; index < last && !launch->status; ++index) {
    context.blockIdx = position(index, launch->grid);
    uint3& thread = context.threadIdx;
    for (thread.z = 0; thread.z < block.z; ++thread.z)
      for (thread.y = 0; thread.y < block.y; ++thread.y)
        for (thread.x = 0; thread.x < block.x; ++thread.x)
          kernel->entry(launch->args, &context);
  }
}

void run_blocks(Launch* launch) {
  const cuh_kernel* kernel = launch->kernel;
  bool fibers = kernel->kind == CUH_FIBERS;
  auto run = fibers ? run_fibers : run_loop;
  size_t blocks =
      static_cast<size_t>(launch->grid.x) * launch->grid.y * launch->grid.z;
  size_t threads =
      blocks * launch->block.x * launch->block.y * launch->block.z;
  size_t parts = parts_of(threads, fibers ? fiber_threads : loop_threads);
  if (parts > blocks) parts = blocks;
  parallel(static_cast<int>(parts), [&](int part) {
    DenormalMode mode(kernel);
    run(launch, blocks * part / parts, blocks * (part + 1) / parts);
  });
}

// What is wrong with the shape of a launch, or nullptr.
const char* wrong_shape(const dim3& grid, const dim3& block,
                        unsigned shared) {
  if (!grid.x || !grid.y || !grid.z || !block.x || !block.y || !block.z)
    return "every dimension must be at least 1";
  if (block.z > 64 || static_cast<unsigned long long>(block.x) * block.y >
                          max_block / block.z)
    return "a block has at most 1024 threads, 64 of them in z";
  if (grid.x > 0x7fffffff || grid.y > 65535 || grid.z > 65535)
    return "a grid has at most 2147483647 x 65535 x 65535 blocks";
  if (shared > max_shared)
    return "a block has at most 49152 bytes of shared memory";
  return nullptr;
}

CUresult refuse(CUresult error, const CUfunc_st* f, const char* why) {
  set_detail("kernel %s: %s", f->kernel->name, why);
  return error;
}

// The name of the argument that is, or begins with, a pointer to data.
std::string argument_of(const Launch& launch, const void* data) {
  const char* name = launch.kernel->parameters;
  for (int i = 0; i < launch.kernel->count; ++i) {
    size_t length = std::strcspn(name, ",");
    if (launch.kernel->sizes[i] >= sizeof data &&
        !std::memcmp(launch.args[i], &data, sizeof data))
      return "argument " + std::string(name, length);
    name += length + (name[length] == ',');
  }
  return "an array that is no argument";
}

}  // namespace

void Launch::fail(CUresult error, const char* format, ...) {
  CUresult none = CUDA_SUCCESS;
  if (!status.compare_exchange_strong(none, error)) return;
  int n = std::snprintf(detail, sizeof detail, "kernel %s: ", kernel->name);
  va_list rest;
  va_start(rest, format);
  if (n < static_cast<int>(sizeof detail))
    std::vsnprintf(detail + n, sizeof detail - n, format, rest);
  va_end(rest);
}

cuh_ctx make_context(Launch* launch, const cuh_services* services) {
  cuh_ctx context{};
  context.gridDim = launch->grid;
  context.blockDim = launch->block;
  context.nparts = 1;
  context.host = services;
  context.launch = launch;
  return context;
}

void report_failure(cuh_ctx* context, const cuh_failure* failure) {
  Launch* launch = static_cast<Launch*>(context->launch);
  char where[128] = "";
  if (launch->kernel->kind != CUH_CHUNKED)
    std::snprintf(where, sizeof where,
                  ", in block (%u, %u, %u), thread (%u, %u, %u)",
                  context->blockIdx.x, context->blockIdx.y,
                  context->blockIdx.z, context->threadIdx.x,
                  context->threadIdx.y, context->threadIdx.z);
  switch (failure->kind) {
    case CUH_OUT_OF_RANGE: {
      char axis[32] = "";
      if (failure->axis >= 0)
        std::snprintf(axis, sizeof axis, "axis %d of ", failure->axis);
      launch->fail(CUDA_ERROR_ILLEGAL_ADDRESS,
                   "index %td is out of range for %s%s of size %td%s",
                   failure->index, axis,
                   argument_of(*launch, failure->data).c_str(),
                   failure->size, where);
      break;
    }
    case CUH_ASSERT:
      launch->fail(CUDA_ERROR_ASSERT, "%s:%d: assertion `%s` failed%s",
                   failure->file, failure->line, failure->text, where);
      break;
    default:
      launch->fail(CUDA_ERROR_LAUNCH_FAILED, "%s:%d: __trap()%s",
                   failure->file, failure->line, where);
  }
}

}  // namespace cupy_host

using namespace cupy_host;

CUresult cuLaunchKernel(CUfunction f, unsigned gridDimX, unsigned gridDimY,
                        unsigned gridDimZ, unsigned blockDimX,
                        unsigned blockDimY, unsigned blockDimZ,
                        unsigned sharedMemBytes, CUstream hStream,
                        void** kernelParams, void** extra) {
  if (!is_function(f)) return CUDA_ERROR_INVALID_HANDLE;
  Launch launch{f->kernel, kernelParams, {gridDimX, gridDimY, gridDimZ},
                {blockDimX, blockDimY, blockDimZ}};
  if (const char* why =
          wrong_shape(launch.grid, launch.block, sharedMemBytes)) {
    set_detail("kernel %s: grid (%u, %u, %u), block (%u, %u, %u), %u bytes "
               "of shared memory: %s",
               f->kernel->name, gridDimX, gridDimY, gridDimZ, blockDimX,
               blockDimY, blockDimZ, sharedMemBytes, why);
    return CUDA_ERROR_INVALID_VALUE;
  }
  if (extra)
    return refuse(CUDA_ERROR_NOT_SUPPORTED, f,
                  "arguments are passed as an array of pointers to them");
  if (f->kernel->count && !kernelParams)
    return refuse(CUDA_ERROR_INVALID_VALUE, f, "there are no arguments");
  for (int i = 0; i < f->kernel->count; ++i)
    if (!kernelParams[i])
      return refuse(CUDA_ERROR_INVALID_VALUE, f,
                    "the address of an argument is a null pointer");
  if (f->device != current_device()) {
    set_detail("kernel %s was loaded on device %d, but device %d is current",
               f->kernel->name, f->device, current_device());
    return CUDA_ERROR_INVALID_HANDLE;
  }
  if (hStream && !usable_stream(hStream, current_device()))
    return CUDA_ERROR_INVALID_HANDLE;
  if (f->kernel->kind == CUH_CHUNKED)
    run_chunked(&launch);
  else
    run_blocks(&launch);
  if (f->kernel->flags & CUH_PRINTS) std::fflush(stdout);
  if (launch.status) set_detail("%s", launch.detail);
  return launch.status;
}
