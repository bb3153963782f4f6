// What the parts of the host device share.
//
// The host device implements the functions of CUDA that CuPy calls, on the
// CPU. Its public face is CUDA's own (include/*.h); this header is inside.
#pragma once

#include <cstddef>

struct CUstream_st;

namespace cupy_host {

// ---- Threads (threads.cpp, pool.cpp) --------------------------------------

// Number of parts into which large work is cut: CUPY_HOST_THREADS, or else
// OpenMP's number of threads. Fixed at the first call, so that results which
// depend on how work was cut are the same for the life of the process.
int thread_count();

// Calls body(part, arg) for every part in [0, parts), on all cores. Where it
// is not worth it to wake threads, only those help that still wait for more
// work after the last. A nested call runs its parts one after another.
void run_parallel(int parts, bool wake, void (*body)(int part, void* arg),
                  void* arg);

template <class F>
void parallel(int parts, F&& body, bool wake = true) {
  run_parallel(
      parts, wake,
      [](int part, void* arg) { (*static_cast<F*>(arg))(part); }, &body);
}

// First index of a part if n things are cut into parts; multiples of 64, so
// that no two parts write to one cache line.
inline std::ptrdiff_t cut(std::ptrdiff_t n, int part, int parts) {
  if (part >= parts) return n;
  std::ptrdiff_t width = (n / parts + 63) & ~std::ptrdiff_t(63);
  return width * part < n ? width * part : n;
}

// ---- Devices and memory (runtime.cpp) -------------------------------------

int device_count();
int current_device();  // of the calling thread

struct Block {
  char* base;
  size_t size;
  int device;  // -1: page-locked host memory
};

// Finds the allocation that p points into.
bool find_block(const void* p, Block* block);

// Makes a module's variable known as memory of a device, or no longer so.
void add_variable(const Block& block);
void remove_variable(void* base);

// Whether one device can use the memory of another one.
bool is_peer(int device, int other);

// ---- What libraries are given (reach.cpp, stream.cpp) ---------------------
// The tests say why not (set_detail); `name` is that of the argument.

// Whether kernels on the current device could use so many elements from p on:
// memory of that device or of a peer of it, or page-locked memory.
bool reachable(const char* name, const void* p, size_t elements,
               size_t element_size);

// Whether the CPU could read from p, or write to it.
bool readable(const char* name, const void* p);

// Whether the library's object is of the current device.
bool on_its_device(const char* what, int device);

// Whether the stream exists and is of the device.
bool usable_stream(CUstream_st* stream, int device);

// ---- Errors (threads.cpp) -------------------------------------------------

// Says more about the failing call than its status: which number was wrong,
// which kernel did it. Kept per thread until the next call of set_detail.
__attribute__((format(printf, 1, 2))) void set_detail(const char* format, ...);

}  // namespace cupy_host

// The text of the last set_detail of this thread, emptied by the reading.
extern "C" const char* cupyHostTakeErrorDetail(void);
