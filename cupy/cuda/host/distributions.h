// Random numbers of the distributions of cuRAND, on one core.
#pragma once

#include <cstdint>

#include "philox.h"

namespace cupy_host {

void random_bits(const Section& section, std::uint32_t* out);
// In (0, 1].
void random_uniform(const Section& section, float* out);
void random_uniform(const Section& section, double* out);

// Normal numbers, or their exponentials.
template <class T>
struct Normal {
  T mean, stddev;
  bool exponential;
};

void random_normal(const Section& section, const Normal<float>& parameters,
                   float* out);
void random_normal(const Section& section, const Normal<double>& parameters,
                   double* out);

void random_poisson(const Section& section, double lambda,
                    std::uint32_t* out);

}  // namespace cupy_host
