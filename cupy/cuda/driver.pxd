"""CUDA's driver, for other modules in Cython."""

cdef extern from 'cuda.h' nogil:
    ctypedef int CUresult
    ctypedef struct CUfunc_st
    ctypedef CUfunc_st* CUfunction


cpdef int check_status(int status, str doing) except -1

cpdef size_t moduleLoad(str filename) except? 0
cpdef size_t moduleLoadData(const unsigned char[::1] image) except? 0
cpdef int moduleUnload(size_t module) except -1
cpdef size_t moduleGetFunction(size_t module, str name) except? 0
cpdef tuple moduleGetGlobal(size_t module, str name)
cpdef list funcGetParamSizes(size_t function)
cpdef int launchKernel(
    size_t function, unsigned int gridDimX, unsigned int gridDimY,
    unsigned int gridDimZ, unsigned int blockDimX, unsigned int blockDimY,
    unsigned int blockDimZ, unsigned int sharedMemBytes, size_t stream,
    size_t kernelParams) except -1

# The launch of a one-dimensional grid; the caller checks the status. Gives up
# the GIL if `size`, the amount of work, is worth that.
cdef int launch_linear(
    size_t function, unsigned int grid, unsigned int block, size_t shared_mem,
    size_t stream, void** args, size_t size) noexcept
