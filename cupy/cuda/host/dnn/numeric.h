// Arithmetic that the compiler turns into vector code.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "../clones.h"

// glibc has vector versions of these; it declares them only under
// -ffast-math, which would break the arithmetic around them.
#if defined(__x86_64__) && defined(__GLIBC_PREREQ) && !defined(__clang__)
#if __GLIBC_PREREQ(2, 35)
#define CUPY_SIMD __attribute__((simd("notinbranch"), const))
#endif
#endif
#ifndef CUPY_SIMD
#define CUPY_SIMD __attribute__((const))
#endif

extern "C" {
CUPY_SIMD float cupy_dnn_expf(float) __asm__("expf");
CUPY_SIMD double cupy_dnn_exp(double) __asm__("exp");
CUPY_SIMD float cupy_dnn_expm1f(float) __asm__("expm1f");
CUPY_SIMD double cupy_dnn_expm1(double) __asm__("expm1");
CUPY_SIMD float cupy_dnn_tanhf(float) __asm__("tanhf");
CUPY_SIMD double cupy_dnn_tanh(double) __asm__("tanh");
}

namespace cupy_host::dnn {

inline float vexp(float x) { return cupy_dnn_expf(x); }
inline double vexp(double x) { return cupy_dnn_exp(x); }
inline float vexpm1(float x) { return cupy_dnn_expm1f(x); }
inline double vexpm1(double x) { return cupy_dnn_expm1(x); }
inline float vtanh(float x) { return cupy_dnn_tanhf(x); }
inline double vtanh(double x) { return cupy_dnn_tanh(x); }

// ---- Sums -----------------------------------------------------------------

// Sum of term(i), i < n: in independent lanes, and in short blocks, so that
// rounding errors of T stay small.
template <class T, class F>
inline double sum_terms(ptrdiff_t n, F&& term) {
  constexpr ptrdiff_t kLanes = 16, kBlock = 512;
  double sum = 0;
  for (ptrdiff_t begin = 0; begin < n; begin += kBlock) {
    const ptrdiff_t end = n - begin < kBlock ? n : begin + kBlock;
    T lanes[kLanes] = {};
    ptrdiff_t i = begin;
    for (; i + kLanes <= end; i += kLanes)
      for (ptrdiff_t lane = 0; lane < kLanes; ++lane)
        lanes[lane] += term(i + lane);
    for (; i < end; ++i) lanes[0] += term(i);
    for (T lane : lanes) sum += lane;
  }
  return sum;
}

// ---- Half precision -------------------------------------------------------

struct half {
  uint16_t bits;
};

template <class To, class From>
inline To bit_cast(From from) {
  static_assert(sizeof(To) == sizeof(From));
  To to;
  std::memcpy(&to, &from, sizeof to);
  return to;
}

// Without branches, so that loops of conversions become vector code.

inline float to_float(half h) {
  const uint32_t magnitude = uint32_t(h.bits & 0x7fff) << 13;
  // Scaling makes up for the two exponents' biases, subnormals included.
  const float scaled = bit_cast<float>(magnitude) * 0x1p112f;
  const uint32_t special =
      (h.bits & 0x7c00) == 0x7c00 ? magnitude | 0x7f800000u
                                  : bit_cast<uint32_t>(scaled);
  return bit_cast<float>(special | uint32_t(h.bits & 0x8000) << 16);
}

inline half to_half(float f) {
  const uint32_t bits = bit_cast<uint32_t>(f);
  const uint32_t u = bits & 0x7fffffffu;
  // Rounds to nearest, ties to even; a carry moves into the exponent.
  const uint32_t normal = (u + 0xfff + ((u >> 13) & 1) - (112u << 23)) >> 13;
  // Adding 0.5 lets the addition round to multiples of 2^-24.
  const uint32_t subnormal =
      bit_cast<uint32_t>(bit_cast<float>(u) + 0.5f) - 0x3f000000u;
  uint32_t h = u < 0x38800000u ? subnormal : normal;
  h = u >= 0x477ff000u ? 0x7c00u : h;
  h = u > 0x7f800000u ? 0x7e00u | ((u >> 13) & 0x3ff) : h;
  return {uint16_t(h | ((bits >> 16) & 0x8000u))};
}

}  // namespace cupy_host::dnn
