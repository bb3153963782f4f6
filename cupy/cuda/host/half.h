// float16 as 16 bits, to and from float32; to the nearest, ties to even.
#pragma once

#include <cstddef>
#include <cstdint>

namespace cupy_host {

typedef std::uint16_t half;

void half_to_float(const half* x, float* y, std::ptrdiff_t n);
void float_to_half(const float* x, half* y, std::ptrdiff_t n);

}  // namespace cupy_host
