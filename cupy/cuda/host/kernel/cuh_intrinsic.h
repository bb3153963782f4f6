// Atomic operations, operations on bits, conversions between types.
#pragma once

// A parameter that takes no part in the deduction of T.
template <class T>
struct cuh_exactly {
  typedef T type;
};
#define CUH_SAME(T) typename cuh_exactly<T>::type

// ---- Atomics --------------------------------------------------------------

// Writes change(old) until nobody interferes; returns the old value. Numbers
// are compared as bits: NaN must not be retried for ever.
template <class T, class Change>
static inline T cuh_atomic(T* p, Change change) {
  T old, made;
  __atomic_load(p, &old, __ATOMIC_RELAXED);
  do {
    made = change(old);
  } while (!__atomic_compare_exchange(p, &old, &made, true, __ATOMIC_RELAXED,
                                      __ATOMIC_RELAXED));
  return old;
}

template <class T>
static inline typename cuh_integral<T, T>::type atomicAdd(
    T* p, CUH_SAME(T) x) {
  return __atomic_fetch_add(p, x, __ATOMIC_RELAXED);
}
template <class T>
static inline typename cuh_integral<T, T>::type atomicSub(
    T* p, CUH_SAME(T) x) {
  return __atomic_fetch_sub(p, x, __ATOMIC_RELAXED);
}
static inline float atomicAdd(float* p, float x) {
  return cuh_atomic(p, [x](float old) { return old + x; });
}
static inline double atomicAdd(double* p, double x) {
  return cuh_atomic(p, [x](double old) { return old + x; });
}
template <class T>
static inline T atomicMin(T* p, CUH_SAME(T) x) {
  return cuh_atomic(p, [x](T old) { return x < old ? x : old; });
}
template <class T>
static inline T atomicMax(T* p, CUH_SAME(T) x) {
  return cuh_atomic(p, [x](T old) { return x > old ? x : old; });
}
template <class T>
static inline T atomicExch(T* p, CUH_SAME(T) x) {
  T old;
  __atomic_exchange(p, &x, &old, __ATOMIC_RELAXED);
  return old;
}
template <class T>
static inline T atomicCAS(T* p, CUH_SAME(T) expected, CUH_SAME(T) x) {
  __atomic_compare_exchange(p, &expected, &x, false, __ATOMIC_RELAXED,
                            __ATOMIC_RELAXED);
  return expected;
}
static inline unsigned atomicInc(unsigned* p, unsigned last) {
  return cuh_atomic(
      p, [last](unsigned old) { return old >= last ? 0 : old + 1; });
}
static inline unsigned atomicDec(unsigned* p, unsigned last) {
  return cuh_atomic(p, [last](unsigned old) {
    return old == 0 || old > last ? last : old - 1;
  });
}
template <class T>
static inline T atomicAnd(T* p, CUH_SAME(T) x) {
  return __atomic_fetch_and(p, x, __ATOMIC_RELAXED);
}
template <class T>
static inline T atomicOr(T* p, CUH_SAME(T) x) {
  return __atomic_fetch_or(p, x, __ATOMIC_RELAXED);
}
template <class T>
static inline T atomicXor(T* p, CUH_SAME(T) x) {
  return __atomic_fetch_xor(p, x, __ATOMIC_RELAXED);
}

static inline void __threadfence() { __atomic_thread_fence(__ATOMIC_SEQ_CST); }
static inline void __threadfence_block() { __threadfence(); }
static inline void __threadfence_system() { __threadfence(); }

template <class T>
static inline T __ldg(const T* p) {
  return *p;
}

// ---- Bits and integers ----------------------------------------------------

static inline int __popc(unsigned x) { return __builtin_popcount(x); }
static inline int __popcll(unsigned long long x) {
  return __builtin_popcountll(x);
}
static inline int __clz(int x) { return x ? __builtin_clz(x) : 32; }
static inline int __clzll(long long x) { return x ? __builtin_clzll(x) : 64; }
static inline int __ffs(int x) { return __builtin_ffs(x); }
static inline int __ffsll(long long x) { return __builtin_ffsll(x); }

static inline unsigned __brev(unsigned x) {
  x = (x >> 1 & 0x55555555u) | (x & 0x55555555u) << 1;
  x = (x >> 2 & 0x33333333u) | (x & 0x33333333u) << 2;
  x = (x >> 4 & 0x0f0f0f0fu) | (x & 0x0f0f0f0fu) << 4;
  return __builtin_bswap32(x);
}
static inline unsigned long long __brevll(unsigned long long x) {
  return (unsigned long long)__brev((unsigned)x) << 32 |
         __brev((unsigned)(x >> 32));
}

// The product of the low 24 bits of each.
static inline int __mul24(int a, int b) {
  return (int)((unsigned)((int)((unsigned)a << 8) >> 8) *
               (unsigned)((int)((unsigned)b << 8) >> 8));
}
static inline unsigned __umul24(unsigned a, unsigned b) {
  return (a & 0xffffffu) * (b & 0xffffffu);
}
static inline int __mulhi(int a, int b) {
  return (int)((long long)a * b >> 32);
}
static inline unsigned __umulhi(unsigned a, unsigned b) {
  return (unsigned)((unsigned long long)a * b >> 32);
}
static inline long long __mul64hi(long long a, long long b) {
  return (long long)((__int128)a * b >> 64);
}
static inline unsigned long long __umul64hi(
    unsigned long long a, unsigned long long b) {
  return (unsigned long long)((unsigned __int128)a * b >> 64);
}
static inline unsigned __sad(int a, int b, unsigned c) {
  return c + (a < b ? (unsigned)b - (unsigned)a : (unsigned)a - (unsigned)b);
}
static inline unsigned __usad(unsigned a, unsigned b, unsigned c) {
  return c + (a < b ? b - a : a - b);
}
static inline int __hadd(int a, int b) {
  return (int)(((long long)a + b) >> 1);
}
static inline int __rhadd(int a, int b) {
  return (int)(((long long)a + b + 1) >> 1);
}
static inline unsigned __uhadd(unsigned a, unsigned b) {
  return (unsigned)(((unsigned long long)a + b) >> 1);
}
static inline unsigned __urhadd(unsigned a, unsigned b) {
  return (unsigned)(((unsigned long long)a + b + 1) >> 1);
}
// Bytes of the eight in (a, b), chosen by the digits of s; bit 3 of a digit
// spreads the sign of the byte.
static inline unsigned __byte_perm(unsigned a, unsigned b, unsigned s) {
  unsigned long long bytes = (unsigned long long)b << 32 | a;
  unsigned result = 0;
  for (int i = 0; i < 4; ++i) {
    unsigned digit = s >> 4 * i;
    unsigned byte = (unsigned)(bytes >> 8 * (digit & 7)) & 0xff;
    if (digit & 8) byte = byte & 0x80 ? 0xff : 0;
    result |= byte << 8 * i;
  }
  return result;
}
static inline unsigned __funnelshift_l(
    unsigned low, unsigned high, unsigned n) {
  return (unsigned)(((unsigned long long)high << 32 | low) << (n & 31) >> 32);
}
static inline unsigned __funnelshift_r(
    unsigned low, unsigned high, unsigned n) {
  return (unsigned)(((unsigned long long)high << 32 | low) >> (n & 31));
}

// ---- Conversions ----------------------------------------------------------

#define CUH_BITS(name, From, To)              \
  static inline To name(From x) {             \
    To y;                                     \
    __builtin_memcpy(&y, &x, sizeof y);       \
    return y;                                 \
  }
CUH_BITS(__float_as_int, float, int)
CUH_BITS(__float_as_uint, float, unsigned)
CUH_BITS(__int_as_float, int, float)
CUH_BITS(__uint_as_float, unsigned, float)
CUH_BITS(__double_as_longlong, double, long long)
CUH_BITS(__longlong_as_double, long long, double)
#undef CUH_BITS

static inline int __double2hiint(double x) {
  return (int)(__double_as_longlong(x) >> 32);
}
static inline int __double2loint(double x) {
  return (int)__double_as_longlong(x);
}
static inline double __hiloint2double(int high, int low) {
  return __longlong_as_double(
      (long long)((unsigned long long)(unsigned)high << 32 | (unsigned)low));
}

// Rounded to nearest (even), to zero, down and up. As on a GPU, what does
// not fit becomes the nearest integer that does, and NaN becomes 0.
template <class To, class From>
static inline To cuh_convert(From x) {
  const bool is_signed = To(-1) < To(0);
  const To top = is_signed
      ? (To)(((To)1 << (sizeof(To) * 8 - 2)) - 1) * 2 + 1 : (To)~(To)0;
  const From limit = (From)(is_signed
      ? (From)((To)1 << (sizeof(To) * 8 - 2)) * 2
      : (From)((To)1 << (sizeof(To) * 8 - 1)) * 2);
  if (x != x) return 0;
  if (x >= limit) return top;
  if (is_signed ? x < -limit : x < 0) return is_signed ? (To)(-top - 1) : 0;
  return (To)x;
}
#define CUH_ROUNDINGS(from, From, to, To)                                    \
  static inline To __##from##2##to##_rn(From x) {                            \
    return cuh_convert<To>(rint(x));                                         \
  }                                                                          \
  static inline To __##from##2##to##_rz(From x) {                            \
    return cuh_convert<To>(trunc(x));                                        \
  }                                                                          \
  static inline To __##from##2##to##_rd(From x) {                            \
    return cuh_convert<To>(floor(x));                                        \
  }                                                                          \
  static inline To __##from##2##to##_ru(From x) {                            \
    return cuh_convert<To>(ceil(x));                                         \
  }
CUH_ROUNDINGS(float, float, int, int)
CUH_ROUNDINGS(float, float, uint, unsigned)
CUH_ROUNDINGS(float, float, ll, long long)
CUH_ROUNDINGS(float, float, ull, unsigned long long)
CUH_ROUNDINGS(double, double, int, int)
CUH_ROUNDINGS(double, double, uint, unsigned)
CUH_ROUNDINGS(double, double, ll, long long)
CUH_ROUNDINGS(double, double, ull, unsigned long long)
#undef CUH_ROUNDINGS

static inline float __double2float_rn(double x) { return (float)x; }
static inline float __int2float_rn(int x) { return (float)x; }
static inline float __uint2float_rn(unsigned x) { return (float)x; }
static inline float __ll2float_rn(long long x) { return (float)x; }
static inline float __ull2float_rn(unsigned long long x) { return (float)x; }
static inline double __int2double_rn(int x) { return x; }
static inline double __uint2double_rn(unsigned x) { return x; }
static inline double __ll2double_rn(long long x) { return (double)x; }
static inline double __ull2double_rn(unsigned long long x) {
  return (double)x;
}

// ---- Arithmetic that is never fused to multiply-add -----------------------

// A result that passes through here is a rounded one.
#if defined(__x86_64__)
#define CUH_ROUNDED(x) __asm__("" : "+x"(x))
#elif defined(__aarch64__)
#define CUH_ROUNDED(x) __asm__("" : "+w"(x))
#else
#define CUH_ROUNDED(x) __asm__("" : "+m"(x))
#endif
#define CUH_ARITHMETIC(name, T, expression) \
  static inline T name(T x, T y) {          \
    T result = expression;                  \
    CUH_ROUNDED(result);                    \
    return result;                          \
  }
CUH_ARITHMETIC(__fadd_rn, float, x + y)
CUH_ARITHMETIC(__fsub_rn, float, x - y)
CUH_ARITHMETIC(__fmul_rn, float, x * y)
CUH_ARITHMETIC(__dadd_rn, double, x + y)
CUH_ARITHMETIC(__dsub_rn, double, x - y)
CUH_ARITHMETIC(__dmul_rn, double, x * y)
#undef CUH_ARITHMETIC
static inline float __fdiv_rn(float x, float y) { return x / y; }
static inline double __ddiv_rn(double x, double y) { return x / y; }
static inline float __fmaf_rn(float x, float y, float z) {
  return fmaf(x, y, z);
}
static inline double __fma_rn(double x, double y, double z) {
  return fma(x, y, z);
}
static inline float __frcp_rn(float x) { return 1 / x; }
static inline double __drcp_rn(double x) { return 1 / x; }
static inline float __fsqrt_rn(float x) { return sqrtf(x); }
static inline double __dsqrt_rn(double x) { return sqrt(x); }
static inline float __frsqrt_rn(float x) { return 1 / sqrtf(x); }

// ---- Time -----------------------------------------------------------------

extern "C" int clock_gettime(int, void*);

static inline long long clock64() {
#if defined(__x86_64__)
  return (long long)__builtin_ia32_rdtsc();
#elif defined(__aarch64__)
  long long ticks;
  __asm__ volatile("mrs %0, cntvct_el0" : "=r"(ticks));
  return ticks;
#else
  struct { long seconds, nanoseconds; } now;
  clock_gettime(1, &now);  // CLOCK_MONOTONIC
  return now.seconds * 1000000000ll + now.nanoseconds;
#endif
}
static inline clock_t clock() { return (clock_t)clock64(); }
