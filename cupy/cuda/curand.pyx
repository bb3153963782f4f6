"""cuRAND: random numbers in the memory of the current device.

The functions are cuRAND's without the prefix; generators and pointers are
integers. Uniform numbers are in (0, 1]; normal ones come in pairs, so that
their number must be even. On the host device every pseudo-random type is
Philox4x32-10, and there are no quasi-random types.
"""
from cupy.cuda cimport runtime
from cupy.cuda.gil cimport PyThreadState, acquire, release

cdef extern from *:
    """
    #include <cuda_runtime_api.h>
    #include <curand.h>

    #ifndef CUPY_HOST_DEVICE
    static const char* cupyHostTakeErrorDetail() { return ""; }
    #endif
    """
    const char* cupyHostTakeErrorDetail()

cdef extern from "curand.h" nogil:
    ctypedef void* Stream "cudaStream_t"
    ctypedef void* Generator "curandGenerator_t"
    ctypedef int RngType "curandRngType_t"
    ctypedef int Ordering "curandOrdering_t"

    int curandCreateGenerator(Generator*, RngType)
    int curandDestroyGenerator(Generator)
    int curandGetVersion(int*)
    int curandSetStream(Generator, Stream)
    int curandSetPseudoRandomGeneratorSeed(Generator, unsigned long long)
    int curandSetGeneratorOffset(Generator, unsigned long long)
    int curandSetGeneratorOrdering(Generator, Ordering)
    int curandGenerate(Generator, unsigned int*, size_t)
    int curandGenerateLongLong(Generator, unsigned long long*, size_t)
    int curandGenerateUniform(Generator, float*, size_t)
    int curandGenerateUniformDouble(Generator, double*, size_t)
    int curandGenerateNormal(Generator, float*, size_t, float, float)
    int curandGenerateNormalDouble(Generator, double*, size_t, double, double)
    int curandGenerateLogNormal(Generator, float*, size_t, float, float)
    int curandGenerateLogNormalDouble(
        Generator, double*, size_t, double, double)
    int curandGeneratePoisson(Generator, unsigned int*, size_t, double)


cdef dict MESSAGES = {
    CURAND_STATUS_VERSION_MISMATCH:
        ('CURAND_STATUS_VERSION_MISMATCH',
         'header and library are of different versions'),
    CURAND_STATUS_NOT_INITIALIZED:
        ('CURAND_STATUS_NOT_INITIALIZED', 'there is no such generator'),
    CURAND_STATUS_ALLOCATION_FAILED:
        ('CURAND_STATUS_ALLOCATION_FAILED', 'memory could not be allocated'),
    CURAND_STATUS_TYPE_ERROR:
        ('CURAND_STATUS_TYPE_ERROR', 'the generator is of a wrong type'),
    CURAND_STATUS_OUT_OF_RANGE:
        ('CURAND_STATUS_OUT_OF_RANGE', 'an argument is out of range'),
    CURAND_STATUS_LENGTH_NOT_MULTIPLE:
        ('CURAND_STATUS_LENGTH_NOT_MULTIPLE',
         'the length is no multiple of what comes at a time'),
    CURAND_STATUS_DOUBLE_PRECISION_REQUIRED:
        ('CURAND_STATUS_DOUBLE_PRECISION_REQUIRED',
         'the device has no double precision'),
    CURAND_STATUS_LAUNCH_FAILURE:
        ('CURAND_STATUS_LAUNCH_FAILURE', 'a kernel could not be launched'),
    CURAND_STATUS_PREEXISTING_FAILURE:
        ('CURAND_STATUS_PREEXISTING_FAILURE', 'an earlier call failed'),
    CURAND_STATUS_INITIALIZATION_FAILED:
        ('CURAND_STATUS_INITIALIZATION_FAILED', 'CUDA could not be started'),
    CURAND_STATUS_ARCH_MISMATCH:
        ('CURAND_STATUS_ARCH_MISMATCH', 'the device lacks what this needs'),
    CURAND_STATUS_INTERNAL_ERROR:
        ('CURAND_STATUS_INTERNAL_ERROR', 'the library failed')}


class CURANDError(RuntimeError):
    """A function of cuRAND failed.

    Args:
        status (int): What the function returned.
        doing (str): The function.
        detail (str): More about the cause, if more is known.

    Attributes:
        status (int): What the function returned.
    """

    def __init__(self, status, doing='', detail=''):
        super().__init__(status, doing, detail)
        self.status = status

    def __str__(self):
        status, doing, detail = self.args
        name, sentence = MESSAGES.get(
            status, ('unknown status', 'the library is newer than CuPy'))
        where = f', in {doing}' if doing else ''
        why = f': {detail}' if detail else ''
        return f'{name} ({status}): {sentence}{where}{why}'


cdef inline int check(int status, str doing) except -1:
    if status != CURAND_STATUS_SUCCESS:
        raise CURANDError(status, doing, cupyHostTakeErrorDetail().decode())
    return 0


cpdef size_t createGenerator(int rng_type) except? 0:
    cdef Generator generator
    runtime.getDevice()  # says it better if there is none
    check(curandCreateGenerator(&generator, <RngType>rng_type),
          'curandCreateGenerator')
    return <size_t>generator


cpdef destroyGenerator(size_t generator):
    check(curandDestroyGenerator(<Generator>generator),
          'curandDestroyGenerator')


cdef class OwnedGenerator:
    """A generator that lives as long as this object.

    Finalizers of Python, among them ``weakref.finalize``, run before those of
    other objects that are deleted with this one and may still draw numbers.

    Args:
        rng_type (int): Method, one of ``CURAND_RNG_PSEUDO_...``.

    Attributes:
        ptr (int): cuRAND's handle of it.
    """

    cdef readonly size_t ptr

    def __cinit__(self, int rng_type):
        self.ptr = createGenerator(rng_type)

    def __dealloc__(self):
        if self.ptr:
            destroyGenerator(self.ptr)


cpdef int getVersion() except? -1:
    cdef int version
    check(curandGetVersion(&version), 'curandGetVersion')
    return version


cpdef setStream(size_t generator, size_t stream):
    check(curandSetStream(<Generator>generator, <Stream>stream),
          'curandSetStream')


cpdef setPseudoRandomGeneratorSeed(size_t generator, unsigned long long seed):
    check(curandSetPseudoRandomGeneratorSeed(<Generator>generator, seed),
          'curandSetPseudoRandomGeneratorSeed')


cpdef setGeneratorOffset(size_t generator, unsigned long long offset):
    check(curandSetGeneratorOffset(<Generator>generator, offset),
          'curandSetGeneratorOffset')


cpdef setGeneratorOrdering(size_t generator, int order):
    check(curandSetGeneratorOrdering(<Generator>generator, <Ordering>order),
          'curandSetGeneratorOrdering')


cpdef generate(size_t generator, size_t outputPtr, size_t num):
    cdef PyThreadState* state = release(num)
    cdef int status = curandGenerate(
        <Generator>generator, <unsigned int*>outputPtr, num)
    acquire(state)
    check(status, 'curandGenerate')


cpdef generateLongLong(size_t generator, size_t outputPtr, size_t num):
    cdef PyThreadState* state = release(num)
    cdef int status = curandGenerateLongLong(
        <Generator>generator, <unsigned long long*>outputPtr, num)
    acquire(state)
    check(status, 'curandGenerateLongLong')


cpdef generateUniform(size_t generator, size_t outputPtr, size_t num):
    cdef PyThreadState* state = release(num)
    cdef int status = curandGenerateUniform(
        <Generator>generator, <float*>outputPtr, num)
    acquire(state)
    check(status, 'curandGenerateUniform')


cpdef generateUniformDouble(size_t generator, size_t outputPtr, size_t num):
    cdef PyThreadState* state = release(num)
    cdef int status = curandGenerateUniformDouble(
        <Generator>generator, <double*>outputPtr, num)
    acquire(state)
    check(status, 'curandGenerateUniformDouble')


cpdef generateNormal(
        size_t generator, size_t outputPtr, size_t n, float mean,
        float stddev):
    cdef PyThreadState* state = release(n)
    cdef int status = curandGenerateNormal(
        <Generator>generator, <float*>outputPtr, n, mean, stddev)
    acquire(state)
    check(status, 'curandGenerateNormal')


cpdef generateNormalDouble(
        size_t generator, size_t outputPtr, size_t n, double mean,
        double stddev):
    cdef PyThreadState* state = release(n)
    cdef int status = curandGenerateNormalDouble(
        <Generator>generator, <double*>outputPtr, n, mean, stddev)
    acquire(state)
    check(status, 'curandGenerateNormalDouble')


cpdef generateLogNormal(
        size_t generator, size_t outputPtr, size_t n, float mean,
        float stddev):
    cdef PyThreadState* state = release(n)
    cdef int status = curandGenerateLogNormal(
        <Generator>generator, <float*>outputPtr, n, mean, stddev)
    acquire(state)
    check(status, 'curandGenerateLogNormal')


cpdef generateLogNormalDouble(
        size_t generator, size_t outputPtr, size_t n, double mean,
        double stddev):
    cdef PyThreadState* state = release(n)
    cdef int status = curandGenerateLogNormalDouble(
        <Generator>generator, <double*>outputPtr, n, mean, stddev)
    acquire(state)
    check(status, 'curandGenerateLogNormalDouble')


cpdef generatePoisson(
        size_t generator, size_t outputPtr, size_t n, double lam):
    cdef PyThreadState* state = release(n)
    cdef int status = curandGeneratePoisson(
        <Generator>generator, <unsigned int*>outputPtr, n, lam)
    acquire(state)
    check(status, 'curandGeneratePoisson')
