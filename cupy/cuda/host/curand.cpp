// cuRAND on the host device: generators, and numbers over all cores.
#include "curand.h"

#include <cstdint>

#include "distributions.h"
#include "handles.h"
#include "host.h"
#include "spread.h"

struct curandGenerator_st {
  int device = 0;
  cudaStream_t stream = nullptr;
  unsigned long long seed = 0;
  unsigned long long offset = 0;  // where the stream begins
  unsigned long long position = 0;  // in words of 32 bits
};

namespace cupy_host {

namespace {

Handles<curandGenerator_st, 4096> generators;

#define CURAND_EXPECT(condition, status, ...)                  \
  if (!(condition)) {                                          \
    set_detail(__VA_ARGS__);                                   \
    return status;                                             \
  }

#define CURAND_EXPECT_GENERATOR(generator)                              \
  CURAND_EXPECT(generators.valid(generator),                            \
                CURAND_STATUS_NOT_INITIALIZED,                          \
                "%p is no generator of curandCreateGenerator, or was "  \
                "destroyed",                                            \
                static_cast<void*>(generator))

#define CURAND_EXPECT_EVEN(n)                                          \
  CURAND_EXPECT(n % 2 == 0, CURAND_STATUS_LENGTH_NOT_MULTIPLE,         \
                "normal numbers come in pairs, but %zu are asked for", \
                static_cast<size_t>(n))

// Takes n numbers of EACH words from the stream: draw(section, out) writes
// a part of them.
template <int EACH, class T, class Draw>
curandStatus_t generate(curandGenerator_t generator, T* out, size_t n,
                        const Draw& draw) {
  CURAND_EXPECT_GENERATOR(generator);
  if (!on_its_device("generator", generator->device) ||
      !usable_stream(generator->stream, generator->device) ||
      !reachable("outputPtr", out, n, sizeof *out))
    return CURAND_STATUS_LAUNCH_FAILURE;
  const std::uint64_t first = (generator->position + EACH - 1) / EACH;
  generator->position = (first + n) * EACH;
  // Cuts at chunks of the stream, as far as the first of the parts goes.
  const ptrdiff_t ahead = first % CHUNK;
  spread(n + ahead, CHUNK, double(n) * EACH * 2,
         [&](ptrdiff_t begin, ptrdiff_t end) {
           begin = std::max(begin, ahead);
           draw(Section{generator->seed, first - ahead + begin, end - begin},
                out + begin - ahead);
         });
  return CURAND_STATUS_SUCCESS;
}

template <int EACH, class T>
curandStatus_t generate_uniform(curandGenerator_t generator, T* out,
                                size_t n) {
  return generate<EACH>(
      generator, out, n,
      [](const Section& section, T* y) { random_uniform(section, y); });
}

template <int EACH, class T>
curandStatus_t generate_normal(curandGenerator_t generator, T* out, size_t n,
                               const Normal<T>& parameters) {
  CURAND_EXPECT_GENERATOR(generator);
  CURAND_EXPECT_EVEN(n);
  return generate<EACH>(generator, out, n,
                        [&](const Section& section, T* y) {
                          random_normal(section, parameters, y);
                        });
}

}  // namespace

}  // namespace cupy_host

using namespace cupy_host;

curandStatus_t curandCreateGenerator(curandGenerator_t* generator,
                                     curandRngType_t rng_type) {
  switch (rng_type) {
    case CURAND_RNG_PSEUDO_DEFAULT:
    case CURAND_RNG_PSEUDO_XORWOW:
    case CURAND_RNG_PSEUDO_MRG32K3A:
    case CURAND_RNG_PSEUDO_MTGP32:
    case CURAND_RNG_PSEUDO_MT19937:
    case CURAND_RNG_PSEUDO_PHILOX4_32_10:
      break;
    default:
      CURAND_EXPECT(false, CURAND_STATUS_TYPE_ERROR,
                    "%d is no pseudo-random type, and the host device has "
                    "no other ones",
                    static_cast<int>(rng_type));
  }
  CURAND_EXPECT(generator, CURAND_STATUS_INITIALIZATION_FAILED,
                "no place to store the generator in");
  CURAND_EXPECT(device_count(), CURAND_STATUS_INITIALIZATION_FAILED,
                "there is no device");
  *generator = generators.create();
  CURAND_EXPECT(*generator, CURAND_STATUS_ALLOCATION_FAILED,
                "there are 4096 generators already");
  (*generator)->device = current_device();
  return CURAND_STATUS_SUCCESS;
}

curandStatus_t curandDestroyGenerator(curandGenerator_t generator) {
  CURAND_EXPECT_GENERATOR(generator);
  generators.destroy(generator);
  return CURAND_STATUS_SUCCESS;
}

curandStatus_t curandGetVersion(int* version) {
  CURAND_EXPECT(version, CURAND_STATUS_OUT_OF_RANGE,
                "no place to store the version in");
  *version = CURAND_VERSION;
  return CURAND_STATUS_SUCCESS;
}

curandStatus_t curandSetStream(curandGenerator_t generator,
                               cudaStream_t stream) {
  // Streams of the host device execute at once; this one has to exist.
  CURAND_EXPECT_GENERATOR(generator);
  if (!usable_stream(stream, generator->device))
    return CURAND_STATUS_LAUNCH_FAILURE;
  generator->stream = stream;
  return CURAND_STATUS_SUCCESS;
}

curandStatus_t curandSetPseudoRandomGeneratorSeed(curandGenerator_t generator,
                                                  unsigned long long seed) {
  CURAND_EXPECT_GENERATOR(generator);
  generator->seed = seed;
  generator->position = generator->offset;
  return CURAND_STATUS_SUCCESS;
}

curandStatus_t curandSetGeneratorOffset(curandGenerator_t generator,
                                        unsigned long long offset) {
  CURAND_EXPECT_GENERATOR(generator);
  generator->offset = generator->position = offset;
  return CURAND_STATUS_SUCCESS;
}

curandStatus_t curandSetGeneratorOrdering(curandGenerator_t generator,
                                          curandOrdering_t order) {
  // There is one order: numbers come as their indices say.
  CURAND_EXPECT_GENERATOR(generator);
  CURAND_EXPECT(order >= CURAND_ORDERING_PSEUDO_BEST &&
                    order <= CURAND_ORDERING_PSEUDO_DYNAMIC,
                CURAND_STATUS_OUT_OF_RANGE,
                "%d is no order of pseudo-random numbers",
                static_cast<int>(order));
  return CURAND_STATUS_SUCCESS;
}

curandStatus_t curandGenerate(curandGenerator_t generator,
                              unsigned int* outputPtr, size_t num) {
  return generate<1>(generator, outputPtr, num,
                     [](const Section& section, unsigned int* y) {
                       random_bits(section, y);
                     });
}

curandStatus_t curandGenerateLongLong(curandGenerator_t generator,
                                      unsigned long long*, size_t) {
  CURAND_EXPECT_GENERATOR(generator);
  CURAND_EXPECT(false, CURAND_STATUS_TYPE_ERROR,
                "only 64-bit quasi-random generators give integers of 64 "
                "bits; take two of 32 bits");
}

curandStatus_t curandGenerateUniform(curandGenerator_t generator,
                                     float* outputPtr, size_t num) {
  return generate_uniform<1>(generator, outputPtr, num);
}

curandStatus_t curandGenerateUniformDouble(curandGenerator_t generator,
                                           double* outputPtr, size_t num) {
  return generate_uniform<2>(generator, outputPtr, num);
}

curandStatus_t curandGenerateNormal(curandGenerator_t generator,
                                    float* outputPtr, size_t n, float mean,
                                    float stddev) {
  return generate_normal<1, float>(generator, outputPtr, n,
                                   {mean, stddev, false});
}

curandStatus_t curandGenerateNormalDouble(curandGenerator_t generator,
                                          double* outputPtr, size_t n,
                                          double mean, double stddev) {
  return generate_normal<2, double>(generator, outputPtr, n,
                                    {mean, stddev, false});
}

curandStatus_t curandGenerateLogNormal(curandGenerator_t generator,
                                       float* outputPtr, size_t n, float mean,
                                       float stddev) {
  return generate_normal<1, float>(generator, outputPtr, n,
                                   {mean, stddev, true});
}

curandStatus_t curandGenerateLogNormalDouble(curandGenerator_t generator,
                                             double* outputPtr, size_t n,
                                             double mean, double stddev) {
  return generate_normal<2, double>(generator, outputPtr, n,
                                    {mean, stddev, true});
}

curandStatus_t curandGeneratePoisson(curandGenerator_t generator,
                                     unsigned int* outputPtr, size_t n,
                                     double lambda) {
  CURAND_EXPECT_GENERATOR(generator);
  CURAND_EXPECT(lambda > 0 && lambda <= 400000, CURAND_STATUS_OUT_OF_RANGE,
                "lambda is %g, but must be positive and at most 400000",
                lambda);
  return generate<1>(generator, outputPtr, n,
                     [&](const Section& section, unsigned int* y) {
                       random_poisson(section, lambda, y);
                     });
}
