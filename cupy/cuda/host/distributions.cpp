// Random numbers of the distributions of cuRAND, on one core.
#include "distributions.h"

#include <cmath>

namespace cupy_host {

// Mathematical functions so declared that loops over them use the vector
// functions of glibc. They have names of their own, or the compiler would make
// one scalar call of the sine and the cosine of one number.
#if defined(__x86_64__) && defined(__GLIBC__)
#define CUPY_VECTOR __attribute__((simd("notinbranch"), const))
#else
#define CUPY_VECTOR __attribute__((const))
#endif

CUPY_VECTOR float vector_log(float) noexcept __asm__("logf");
CUPY_VECTOR float vector_exp(float) noexcept __asm__("expf");
CUPY_VECTOR float vector_sin(float) noexcept __asm__("sinf");
CUPY_VECTOR float vector_cos(float) noexcept __asm__("cosf");
CUPY_VECTOR double vector_log(double) noexcept __asm__("log");
CUPY_VECTOR double vector_exp(double) noexcept __asm__("exp");
CUPY_VECTOR double vector_sin(double) noexcept __asm__("sin");
CUPY_VECTOR double vector_cos(double) noexcept __asm__("cos");

namespace {

// Conversions of signed integers alone are single instructions everywhere.
CUPY_INLINE std::int32_t bits(std::uint32_t word, int count) {
  return static_cast<std::int32_t>(word >> (32 - count));
}

// 53 random bits; steps of 2^-53 in (0, 1].
CUPY_INLINE double unit(std::uint32_t high, std::uint32_t low) {
  return (bits(high, 27) * 0x1p26 + bits(low, 26) + 1) * 0x1p-53;
}

// Pairs of numbers by the method of Box and Muller, from a radius' uniform
// number in (0, 1] and an angle in [-pi, pi).
template <class T>
CUPY_INLINE void box_muller(T uniform, T angle, const Normal<T>& p, T* first,
                            T* second) {
  const T radius = std::sqrt(T(-2) * vector_log(uniform)) * p.stddev;
  *first = radius * vector_cos(angle) + p.mean;
  *second = radius * vector_sin(angle) + p.mean;
}

struct NormalMap {
  Normal<float> p;

  CUPY_INLINE void operator()(const std::uint32_t* w, float* y) const {
    constexpr int HALF = CHUNK / 2;
#pragma GCC ivdep
    for (int i = 0; i < HALF; ++i)
      box_muller(bits(w[i], 31) * 0x1p-31f + 0x1p-32f,
                 static_cast<std::int32_t>(w[HALF + i]) * 0x1.921fb6p-30f, p,
                 &y[i], &y[HALF + i]);
    if (!p.exponential) return;
#pragma GCC ivdep
    for (int i = 0; i < CHUNK; ++i) y[i] = vector_exp(y[i]);
  }
};

struct NormalDoubleMap {
  Normal<double> p;

  CUPY_INLINE void operator()(const std::uint32_t* w, double* y) const {
#pragma GCC ivdep
    for (int i = 0; i < BLOCKS; ++i)
      box_muller(unit(w[i], w[BLOCKS + i]),
                 (unit(w[2 * BLOCKS + i], w[3 * BLOCKS + i]) - 0.5) *
                     6.283185307179586,
                 p, &y[i], &y[BLOCKS + i]);
    if (!p.exponential) return;
#pragma GCC ivdep
    for (int i = 0; i < 2 * BLOCKS; ++i) y[i] = vector_exp(y[i]);
  }
};

}  // namespace

CUPY_CLONES void random_bits(const Section& section, std::uint32_t* out) {
  fill<1>(section, out,
          [](const std::uint32_t* w, std::uint32_t* y)
              __attribute__((always_inline)) {
                std::memcpy(y, w, CHUNK * sizeof *y);
              });
}

CUPY_CLONES void random_uniform(const Section& section, float* out) {
  fill<1>(section, out,
          [](const std::uint32_t* w, float* y)
              __attribute__((always_inline)) {
                for (int i = 0; i < CHUNK; ++i)
                  y[i] = (bits(w[i], 24) + 1) * 0x1p-24f;
              });
}

CUPY_CLONES void random_uniform(const Section& section, double* out) {
  fill<2>(section, out,
          [](const std::uint32_t* w, double* y)
              __attribute__((always_inline)) {
                for (int i = 0; i < CHUNK / 2; ++i)
                  y[i] = unit(w[i], w[CHUNK / 2 + i]);
              });
}

CUPY_CLONES void random_normal(const Section& section, const Normal<float>& p,
                               float* out) {
  fill<1>(section, out, NormalMap{p});
}

CUPY_CLONES void random_normal(const Section& section,
                               const Normal<double>& p, double* out) {
  fill<2>(section, out, NormalDoubleMap{p});
}

namespace {

// Adds up the probabilities of 0, 1, 2... until they exceed a uniform number.
std::uint32_t poisson_by_search(double lambda, double uniform) {
  double probability = std::exp(-lambda), sum = probability;
  std::uint32_t k = 0;
  // Rounding may leave the sum below the largest uniform numbers.
  while (sum < uniform && probability > 0) {
    ++k;
    probability *= lambda / k;
    sum += probability;
  }
  return k;
}

// W. Hoermann: The transformed rejection method for generating Poisson random
// variables. Insurance: Mathematics and Economics 12 (1993), algorithm PTRS.
class PoissonByRejection {
 public:
  explicit PoissonByRejection(double lambda)
      : lambda_(lambda),
        log_lambda_(std::log(lambda)),
        b_(0.931 + 2.53 * std::sqrt(lambda)),
        a_(-0.059 + 0.02483 * b_),
        inverse_alpha_(1.1239 + 1.1328 / (b_ - 3.4)),
        limit_(0.9277 - 3.6224 / (b_ - 2)) {}

  // Returns false if the two uniform numbers in (0, 1] are rejected.
  bool accept(double first, double v, std::uint32_t* result) const {
    const double u = first - 0.5, us = 0.5 - std::fabs(u);
    if (us <= 0) return false;
    const double k = std::floor((2 * a_ / us + b_) * u + lambda_ + 0.43);
    if (k < 0 || k > UINT32_MAX) return false;
    *result = static_cast<std::uint32_t>(k);
    if (us >= 0.07 && v <= limit_) return true;
    if (us < 0.013 && v > us) return false;
    int sign;
    return std::log(v * inverse_alpha_ / (a_ / (us * us) + b_)) <=
           k * log_lambda_ - lambda_ - lgamma_r(k + 1, &sign);
  }

 private:
  double lambda_, log_lambda_, b_, a_, inverse_alpha_, limit_;
};

}  // namespace

void random_poisson(const Section& section, double lambda,
                    std::uint32_t* out) {
  const PoissonByRejection rejection(lambda);
  for (std::ptrdiff_t i = 0; i < section.count; ++i) {
    const std::uint64_t index = section.first + i;
    // Numbers need different amounts of bits, so each has blocks of its own:
    // (index, attempt, 1), away from those of the other distributions.
    for (std::uint32_t attempt = 0;; ++attempt) {
      const Words w = philox({{static_cast<std::uint32_t>(index),
                               static_cast<std::uint32_t>(index >> 32),
                               attempt, 1}},
                             section.key);
      const double first = unit(w.v[0], w.v[1]);
      if (lambda < 12) {
        out[i] = poisson_by_search(lambda, first);
        break;
      }
      if (rejection.accept(first, unit(w.v[2], w.v[3]), &out[i])) break;
    }
  }
}

}  // namespace cupy_host
