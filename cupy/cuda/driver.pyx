"""CUDA's driver: modules and launches, function by function.

The functions are CUDA's, without their prefix; handles are integers. One that
fails raises :class:`CUDADriverError`. Most programs use
:class:`cupy.cuda.Module` and :class:`cupy.cuda.Function` instead.
"""
from cupy.cuda cimport runtime

cdef extern from 'cuda.h' nogil:
    ctypedef unsigned long long CUdeviceptr
    ctypedef struct CUmod_st
    ctypedef struct CUstream_st
    ctypedef CUmod_st* CUmodule
    ctypedef CUstream_st* CUstream

cdef extern from 'driver_entry.h' namespace 'cupy_driver' nogil:
    cdef struct Functions:
        int (*getErrorName)(
            CUresult error, const char** text) noexcept nogil
        int (*getErrorString)(
            CUresult error, const char** text) noexcept nogil
        int (*moduleLoad)(
            CUmodule* module, const char* filename) noexcept nogil
        int (*moduleLoadData)(
            CUmodule* module, const void* image) noexcept nogil
        int (*moduleUnload)(CUmodule module) noexcept nogil
        int (*moduleGetFunction)(
            CUfunction* function, CUmodule module,
            const char* name) noexcept nogil
        int (*moduleGetGlobal)(
            CUdeviceptr* ptr, size_t* size, CUmodule module,
            const char* name) noexcept nogil
        int (*launchKernel)(
            CUfunction function, unsigned int gridDimX,
            unsigned int gridDimY, unsigned int gridDimZ,
            unsigned int blockDimX, unsigned int blockDimY,
            unsigned int blockDimZ, unsigned int sharedMemBytes,
            CUstream stream, void** kernelParams,
            void** extra) noexcept nogil
    Functions functions
    int load()
    int parameter_size(CUfunction function, size_t index, long* size)
    const size_t short_launch
    const char* error_detail()

cdef extern from *:
    """
    // An enumeration of C++ does not take integers by itself.
    static CUresult cupy_result(int status) {
      return static_cast<CUresult>(status);
    }
    """
    CUresult cupy_result(int status) nogil


class CUDADriverError(RuntimeError):

    """A function of CUDA's driver failed.

    Args:
        status (int): What the function returned.
        doing (str): The function.
        detail (str): More about the cause, if more is known.

    Attributes:
        status (int): What the function returned.
    """

    def __init__(self, status, doing='', detail=''):
        # All of them as `args`, which a copy or a pickle is made from.
        super(CUDADriverError, self).__init__(status, doing, detail)
        self.status = status

    def __str__(self):
        status, doing, detail = self.args
        cdef const char* name = 'CUDA_ERROR'
        cdef const char* text = 'unknown error'
        functions.getErrorName(cupy_result(status), &name)
        functions.getErrorString(cupy_result(status), &text)
        if name == NULL or text == NULL:  # no status of CUDA's
            name, text = 'CUDA_ERROR', 'unknown error'
        message = f'{name.decode()} ({status}): {text.decode()}'
        if doing:
            message += f', in {doing}'
        return f'{message}: {detail}' if detail else message


cpdef int check_status(int status, str doing) except -1:
    """Raises :class:`CUDADriverError` if the status is not that of success.

    Args:
        status (int): What a function of CUDA's driver returned.
        doing (str): The function.
    """
    if status == 0:
        return 0
    raise CUDADriverError(status, doing,
                          error_detail().decode(errors='replace'))


cdef int _load() except -1:
    return runtime.check_status(load(), 'cudaGetDriverEntryPoint')


cdef int _make_context() except -1:
    # The runtime makes a device's context when it is first needed; the
    # driver needs one for modules.
    _load()
    return runtime.free(0)


cpdef size_t moduleLoad(str filename) except? 0:
    """Loads a module from a file onto the current device."""
    cdef CUmodule module
    cdef int status
    cdef bytes name = filename.encode()
    cdef const char* c_name = name
    _make_context()
    with nogil:
        status = functions.moduleLoad(&module, c_name)
    check_status(status, f'cuModuleLoad of {filename}')
    return <size_t>module


cpdef size_t moduleLoadData(const unsigned char[::1] image) except? 0:
    """Loads a module from memory onto the current device.

    Args:
        image (bytes): What :mod:`cupy.cuda.nvrtc` made of a source.
    """
    cdef CUmodule module
    cdef int status
    if image.shape[0] < 64:
        raise ValueError(
            f'a module of {image.shape[0]} bytes is none: too short')
    _make_context()
    with nogil:
        status = functions.moduleLoadData(&module, &image[0])
    check_status(status, 'cuModuleLoadData')
    return <size_t>module


cpdef int moduleUnload(size_t module) except -1:
    """Unloads a module; its functions are gone with it."""
    cdef int status
    _load()
    with nogil:
        status = functions.moduleUnload(<CUmodule>module)
    return check_status(status, 'cuModuleUnload')


cpdef size_t moduleGetFunction(size_t module, str name) except? 0:
    """Returns a kernel of a module."""
    cdef CUfunction function
    cdef bytes c_name = name.encode()
    _load()
    check_status(
        functions.moduleGetFunction(&function, <CUmodule>module, c_name),
        f'cuModuleGetFunction of {name}')
    return <size_t>function


cpdef tuple moduleGetGlobal(size_t module, str name):
    """Returns the address and the size in bytes of a module's variable."""
    cdef CUdeviceptr ptr
    cdef size_t size
    cdef bytes c_name = name.encode()
    _load()
    check_status(
        functions.moduleGetGlobal(&ptr, &size, <CUmodule>module, c_name),
        f'cuModuleGetGlobal of {name}')
    return ptr, size


cpdef list funcGetParamSizes(size_t function):
    """Returns the sizes of a kernel's parameters in bytes.

    Returns:
        list: An integer for each parameter; None if the driver is too old to
        tell (before CUDA 12.4).
    """
    cdef long size
    _load()
    sizes = []
    while True:
        check_status(
            parameter_size(<CUfunction>function, len(sizes), &size),
            'cuFuncGetParamInfo')
        if size < 0:
            return None
        if size == 0:
            return sizes
        sizes.append(size)


cpdef int launchKernel(
        size_t function, unsigned int gridDimX, unsigned int gridDimY,
        unsigned int gridDimZ, unsigned int blockDimX, unsigned int blockDimY,
        unsigned int blockDimZ, unsigned int sharedMemBytes, size_t stream,
        size_t kernelParams) except -1:
    """Launches a kernel.

    Args:
        function (int): The kernel.
        gridDimX, gridDimY, gridDimZ (int): Size of the grid in blocks.
        blockDimX, blockDimY, blockDimZ (int): Size of a block in threads.
        sharedMemBytes (int): Dynamic shared memory of each block in bytes.
        stream (int): The stream; 0 is the null stream.
        kernelParams (int): Address of an array of addresses of the arguments.
    """
    cdef int status
    _load()
    with nogil:
        status = functions.launchKernel(
            <CUfunction>function, gridDimX, gridDimY, gridDimZ, blockDimX,
            blockDimY, blockDimZ, sharedMemBytes, <CUstream>stream,
            <void**>kernelParams, NULL)
    return check_status(status, 'cuLaunchKernel')


cdef int launch_linear(
        size_t function, unsigned int grid, unsigned int block,
        size_t shared_mem, size_t stream, void** args,
        size_t size) noexcept:
    cdef int status
    if size < short_launch:
        return functions.launchKernel(
            <CUfunction>function, grid, 1, 1, block, 1, 1, shared_mem,
            <CUstream>stream, args, NULL)
    with nogil:
        status = functions.launchKernel(
            <CUfunction>function, grid, 1, 1, block, 1, 1, shared_mem,
            <CUstream>stream, args, NULL)
    return status
