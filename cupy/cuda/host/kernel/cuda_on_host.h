// What a CUDA compiler has built in, for the host's C++ compiler. This comes
// before every kernel text; it includes no header of the C or C++ library,
// since those take ten times as long to compile as a kernel.
//
//   cuh_vector.h     float4, make_float4, ...
//   cuh_math.h       exp, min, isnan, __expf, ...
//   cuh_special.h    erfinv, sinpi, ...: where the text names one of them
//   cuh_intrinsic.h  atomics, bits, conversions
//   cuh_block.h      barriers, warp functions: where the text needs fibers
#pragma once

#define CUPY_ON_HOST 1

typedef __SIZE_TYPE__ size_t;
typedef __PTRDIFF_TYPE__ ptrdiff_t;
typedef __INTPTR_TYPE__ intptr_t;
typedef __UINTPTR_TYPE__ uintptr_t;
typedef __INT8_TYPE__ int8_t;
typedef __INT16_TYPE__ int16_t;
typedef __INT32_TYPE__ int32_t;
typedef __INT64_TYPE__ int64_t;
typedef __UINT8_TYPE__ uint8_t;
typedef __UINT16_TYPE__ uint16_t;
typedef __UINT32_TYPE__ uint32_t;
typedef __UINT64_TYPE__ uint64_t;
typedef unsigned short ushort;
typedef unsigned int uint;
typedef unsigned long ulong;
typedef long clock_t;
#ifndef NULL
#define NULL __null
#endif

// ---- Qualifiers -----------------------------------------------------------

#define __device__
#define __host__
#define __forceinline__ inline __attribute__((always_inline))
#define __noinline__ __attribute__((noinline))
#define __restrict__ __restrict
#define __launch_bounds__(...)
#define __align__(n) __attribute__((aligned(n)))
// Module.get_global_var finds these; the host may write to them.
#define __constant__ __attribute__((visibility("default")))
// One thread of the host runs one block at a time.
#define __shared__ static thread_local
#ifdef CUPY_HOST_DEBUG
// Out of line, for breakpoints at the kernel's name.
#define __global__ __attribute__((noinline))
#else
// Inlined into its entry, and nowhere else.
#define __global__ inline __attribute__((always_inline))
#endif

// Every `extern __shared__ T s[]` of a text names one array.
#define CUH_DYNAMIC_SHARED __asm__("cuh_dynamic_shared") \
    __attribute__((visibility("hidden"), aligned(16)))
#define CUH_DYNAMIC_SHARED_STORAGE                                      \
  extern "C" {                                                          \
  __attribute__((visibility("hidden"), aligned(128), used))             \
  __thread char cuh_dynamic_shared[48 << 10];                           \
  }

#include "cuh_vector.h"

// ---- Threads --------------------------------------------------------------

#include "launch_abi.h"

// The context of the running CUDA thread.
static __thread cuh_ctx* cuh_cur;

#define gridDim (cuh_cur->gridDim)
#define blockDim (cuh_cur->blockDim)
#define blockIdx (cuh_cur->blockIdx)
#define threadIdx (cuh_cur->threadIdx)
#define warpSize 32

#define CUPY_WORK(n)            \
  if (cuh_cur->nparts == 0) {   \
    cuh_cur->work = (n);        \
    return;                     \
  }

// The range, of n things, that the running part of a chunked kernel does:
// cut at multiples of 64, so that no two parts write to one cache line.
static inline ptrdiff_t cuh_cut(ptrdiff_t n, ptrdiff_t part) {
  ptrdiff_t parts = cuh_cur->nparts;
  if (part == parts) return n;
  ptrdiff_t begin = ((n / parts + 63) & ~ptrdiff_t(63)) * part;
  return begin < n ? begin : n;
}
static inline ptrdiff_t cuh_begin(ptrdiff_t n) {
  return cuh_cut(n, cuh_cur->part);
}
static inline ptrdiff_t cuh_end(ptrdiff_t n) {
  return cuh_cut(n, cuh_cur->part + 1);
}

// ---- Failures -------------------------------------------------------------

// Tells the launcher; the thread ends here, as on a GPU.
__attribute__((noinline, noreturn, cold, unused)) static void cuh_fail(
    const cuh_failure& failure) {
  cuh_ctx* c = cuh_cur;
  c->host->fail(c, &failure);
  __builtin_longjmp(c->jump, 1);
}

#ifdef CUPY_HOST_CHECK
__attribute__((noinline, noreturn, cold, unused))
static void cuh_out_of_range(
    const void* data, ptrdiff_t index, ptrdiff_t size, int axis) {
  cuh_fail({CUH_OUT_OF_RANGE, data, index, size, axis, 0, 0, 0});
}
#endif

#ifdef NDEBUG
#define assert(condition) ((void)0)
#else
#define assert(condition)                                               \
  ((condition) ? (void)0                                                \
               : cuh_fail({CUH_ASSERT, 0, 0, 0, 0, #condition, __FILE__, \
                           __LINE__}))
#endif
#define __trap() cuh_fail({CUH_TRAP, 0, 0, 0, 0, 0, __FILE__, __LINE__})

// ---- What else is callable from kernels -----------------------------------

extern "C" {
__attribute__((format(printf, 1, 2))) int printf(const char*, ...);
void* malloc(size_t) noexcept;
void free(void*) noexcept;
void* memcpy(void*, const void*, size_t) noexcept;
void* memmove(void*, const void*, size_t) noexcept;
void* memset(void*, int, size_t) noexcept;
int memcmp(const void*, const void*, size_t) noexcept;
}

#include "cuh_math.h"
#ifdef CUH_SPECIAL
#include "cuh_special.h"
#endif
#include "cuh_intrinsic.h"
#ifdef CUH_BLOCK
#include "cuh_block.h"
#endif

// ---- Entries --------------------------------------------------------------

template <int... I>
struct cuh_numbers {};
#ifdef __clang__
template <class T, T... I>
struct cuh_made {
  typedef cuh_numbers<I...> type;
};
#define CUH_NUMBERS(n) typename __make_integer_seq<cuh_made, int, n>::type
#else
#define CUH_NUMBERS(n) cuh_numbers<__integer_pack(n)...>
#endif

template <class... A>
struct cuh_signature {
  static constexpr unsigned sizes[sizeof...(A) + 1] = {sizeof(A)..., 0};
  static constexpr int count = sizeof...(A);

  template <int... I>
  __attribute__((always_inline)) static inline void spread(
      void (*f)(A...), void** args, cuh_numbers<I...>) {
    f(*(A*)args[I]...);
  }
  __attribute__((always_inline)) static inline void call(
      void (*f)(A...), void** args) {
    spread(f, args, CUH_NUMBERS(sizeof...(A)){});
  }
};
template <class... A>
cuh_signature<A...> cuh_signature_of(void (*)(A...));

#ifdef CUH_EXITS
#define CUH_UNLESS_FAILED(c) if (!__builtin_setjmp((c)->jump))
#else
#define CUH_UNLESS_FAILED(c)
#endif

// Stands behind every kernel.
#define CUPY_ENTRY(f, names)                                              \
  static void cuh_entry_##f(void** args, cuh_ctx* c) {                    \
    cuh_cur = c;                                                          \
    CUH_UNLESS_FAILED(c) decltype(cuh_signature_of(f))::call(f, args);    \
  }                                                                       \
  extern "C" __attribute__((visibility("default")))                       \
  const cuh_kernel cuh_kernel_##f = {                                     \
      cuh_entry_##f, #f, names, decltype(cuh_signature_of(f))::sizes,     \
      decltype(cuh_signature_of(f))::count, CUH_KIND, CUH_FLAGS};

// Behind a kernel that is not extern "C": says that it is there.
#define CUPY_MANGLED_ENTRY(f, names)                         \
  extern "C" __attribute__((visibility("default")))          \
  const char cuh_mangled_##f = 0;
