// Conversions of float16: by the processor where it can, or with the bits.
#include "half.h"

#include <cstring>

namespace cupy_host {

namespace {

float bits_to_float(std::uint32_t bits) {
  float value;
  std::memcpy(&value, &bits, sizeof value);
  return value;
}

std::uint32_t float_to_bits(float value) {
  std::uint32_t bits;
  std::memcpy(&bits, &value, sizeof bits);
  return bits;
}

float widen(half x) {
  const std::uint32_t sign = (x & 0x8000u) << 16, rest = x & 0x7fffu;
  // Moved to float32's place, the exponent is 112 too small; a product with
  // 2^112 sets it right, for subnormal numbers, too.
  float value = bits_to_float(rest << 13) * 0x1p112f;
  if (rest >= 0x7c00u) value = bits_to_float(0x7f800000u | rest << 13);
  return bits_to_float(float_to_bits(value) | sign);
}

half narrow(float x) {
  const std::uint32_t bits = float_to_bits(x);
  const half sign = bits >> 16 & 0x8000u;
  const std::uint32_t rest = bits & 0x7fffffffu;
  if (rest > 0x7f800000u) return sign | 0x7e00u | (rest >> 13 & 0x3ffu);
  if (rest >= 0x47800000u) return sign | 0x7c00u;  // from 65536 on
  if (rest < 0x38800000u)
    // Below 2^-14 steps are 2^-24 wide; a sum with 1/2 rounds to them.
    return sign | (float_to_bits(bits_to_float(rest) + 0.5f) - 0x3f000000u);
  const std::uint32_t odd = rest >> 13 & 1;
  return sign | (rest - 0x38000000u + 0xfffu + odd) >> 13;
}

#ifdef __x86_64__
typedef short Eight __attribute__((vector_size(16)));
typedef float EightFloats __attribute__((vector_size(32)));

// Both return how many elements they converted.
__attribute__((target("f16c"))) std::ptrdiff_t widen_eights(
    const half* x, float* y, std::ptrdiff_t n) {
  std::ptrdiff_t i = 0;
  for (; i + 8 <= n; i += 8) {
    Eight halves;
    std::memcpy(&halves, x + i, sizeof halves);
    const EightFloats floats = __builtin_ia32_vcvtph2ps256(halves);
    std::memcpy(y + i, &floats, sizeof floats);
  }
  return i;
}

__attribute__((target("f16c"))) std::ptrdiff_t narrow_eights(
    const float* x, half* y, std::ptrdiff_t n) {
  std::ptrdiff_t i = 0;
  for (; i + 8 <= n; i += 8) {
    EightFloats floats;
    std::memcpy(&floats, x + i, sizeof floats);
    const Eight halves = __builtin_ia32_vcvtps2ph256(floats, 0);
    std::memcpy(y + i, &halves, sizeof halves);
  }
  return i;
}

const bool f16c = __builtin_cpu_supports("f16c");
#else
const bool f16c = false;
std::ptrdiff_t widen_eights(const half*, float*, std::ptrdiff_t) { return 0; }
std::ptrdiff_t narrow_eights(const float*, half*, std::ptrdiff_t) { return 0; }
#endif

}  // namespace

void half_to_float(const half* x, float* y, std::ptrdiff_t n) {
  for (std::ptrdiff_t i = f16c ? widen_eights(x, y, n) : 0; i < n; ++i)
    y[i] = widen(x[i]);
}

void float_to_half(const float* x, half* y, std::ptrdiff_t n) {
  for (std::ptrdiff_t i = f16c ? narrow_eights(x, y, n) : 0; i < n; ++i)
    y[i] = narrow(x[i]);
}

}  // namespace cupy_host
