// Switching between stacks within one thread of the operating system.
#pragma once

#include <cstddef>

#if !defined(__x86_64__)
#include <ucontext.h>
#endif

namespace cupy_host {

// Where a fiber, or the thread that runs fibers, goes on.
struct FiberState {
#if defined(__x86_64__)
  void* stack_pointer;
#else
  ucontext_t context;
#endif
};

// Makes a fiber that calls run(arg) when it is first switched to; run must
// not return.
void make_fiber(FiberState* fiber, char* stack, size_t size,
                void (*run)(void*), void* arg);

// Leaves `from`, which goes on here when it is switched to again.
void switch_fiber(FiberState* from, const FiberState* to);

}  // namespace cupy_host
