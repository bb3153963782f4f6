cpdef enum:
    CURAND_STATUS_SUCCESS = 0
    CURAND_STATUS_VERSION_MISMATCH = 100
    CURAND_STATUS_NOT_INITIALIZED = 101
    CURAND_STATUS_ALLOCATION_FAILED = 102
    CURAND_STATUS_TYPE_ERROR = 103
    CURAND_STATUS_OUT_OF_RANGE = 104
    CURAND_STATUS_LENGTH_NOT_MULTIPLE = 105
    CURAND_STATUS_DOUBLE_PRECISION_REQUIRED = 106
    CURAND_STATUS_LAUNCH_FAILURE = 201
    CURAND_STATUS_PREEXISTING_FAILURE = 202
    CURAND_STATUS_INITIALIZATION_FAILED = 203
    CURAND_STATUS_ARCH_MISMATCH = 204
    CURAND_STATUS_INTERNAL_ERROR = 999

    CURAND_RNG_PSEUDO_DEFAULT = 100
    CURAND_RNG_PSEUDO_XORWOW = 101
    CURAND_RNG_PSEUDO_MRG32K3A = 121
    CURAND_RNG_PSEUDO_MTGP32 = 141
    CURAND_RNG_PSEUDO_MT19937 = 142
    CURAND_RNG_PSEUDO_PHILOX4_32_10 = 161
    CURAND_RNG_QUASI_DEFAULT = 200
    CURAND_RNG_QUASI_SOBOL32 = 201
    CURAND_RNG_QUASI_SCRAMBLED_SOBOL32 = 202
    CURAND_RNG_QUASI_SOBOL64 = 203
    CURAND_RNG_QUASI_SCRAMBLED_SOBOL64 = 204

    CURAND_ORDERING_PSEUDO_BEST = 100
    CURAND_ORDERING_PSEUDO_DEFAULT = 101
    CURAND_ORDERING_PSEUDO_SEEDED = 102
    CURAND_ORDERING_QUASI_DEFAULT = 201


cpdef size_t createGenerator(int rng_type) except? 0
cpdef destroyGenerator(size_t generator)
cpdef int getVersion() except? -1
cpdef setStream(size_t generator, size_t stream)
cpdef setPseudoRandomGeneratorSeed(size_t generator, unsigned long long seed)
cpdef setGeneratorOffset(size_t generator, unsigned long long offset)
cpdef setGeneratorOrdering(size_t generator, int order)
cpdef generate(size_t generator, size_t outputPtr, size_t num)
cpdef generateLongLong(size_t generator, size_t outputPtr, size_t num)
cpdef generateUniform(size_t generator, size_t outputPtr, size_t num)
cpdef generateUniformDouble(size_t generator, size_t outputPtr, size_t num)
cpdef generateNormal(
        size_t generator, size_t outputPtr, size_t n, float mean, float stddev)
cpdef generateNormalDouble(
        size_t generator, size_t outputPtr, size_t n, double mean,
        double stddev)
cpdef generateLogNormal(
        size_t generator, size_t outputPtr, size_t n, float mean, float stddev)
cpdef generateLogNormalDouble(
        size_t generator, size_t outputPtr, size_t n, double mean,
        double stddev)
cpdef generatePoisson(
        size_t generator, size_t outputPtr, size_t n, double lam)
