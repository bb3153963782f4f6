"""NVRTC, CUDA's run-time compiler, function by function.

The functions are NVRTC's, without their prefix; a program is an integer. One
that fails raises :class:`NVRTCError`. Most programs use
:func:`cupy.cuda.compile_with_cache` instead.
"""
from libcpp.vector cimport vector

cdef extern from 'nvrtc.h' nogil:
    ctypedef int nvrtcResult 'nvrtcResult'
    ctypedef struct _nvrtcProgram
    ctypedef _nvrtcProgram* nvrtcProgram
    const char* nvrtcGetErrorString(nvrtcResult result)
    nvrtcResult nvrtcVersion(int* major, int* minor)
    nvrtcResult nvrtcGetNumSupportedArchs(int* numArchs)
    nvrtcResult nvrtcGetSupportedArchs(int* supportedArchs)
    nvrtcResult nvrtcCreateProgram(
        nvrtcProgram* prog, const char* src, const char* name, int numHeaders,
        const char* const* headers, const char* const* includeNames)
    nvrtcResult nvrtcDestroyProgram(nvrtcProgram* prog)
    nvrtcResult nvrtcCompileProgram(
        nvrtcProgram prog, int numOptions, const char* const* options)
    nvrtcResult nvrtcGetCUBINSize(nvrtcProgram prog, size_t* cubinSizeRet)
    nvrtcResult nvrtcGetCUBIN(nvrtcProgram prog, char* cubin)
    nvrtcResult nvrtcGetPTXSize(nvrtcProgram prog, size_t* ptxSizeRet)
    nvrtcResult nvrtcGetPTX(nvrtcProgram prog, char* ptx)
    nvrtcResult nvrtcGetProgramLogSize(nvrtcProgram prog, size_t* logSizeRet)
    nvrtcResult nvrtcGetProgramLog(nvrtcProgram prog, char* log)

cdef extern from * nogil:
    """
    #include <cuda_runtime_api.h>
    #ifdef CUPY_HOST_DEVICE
    static const char* cupy_error_detail() {
      return cupyHostTakeErrorDetail();
    }
    static const char* cupy_compiler_identity() {
      return cupyHostCompilerIdentity();
    }
    #else
    static const char* cupy_error_detail() { return ""; }
    static const char* cupy_compiler_identity() { return ""; }
    #endif
    """
    const char* cupy_error_detail()
    const char* cupy_compiler_identity()


NVRTC_ERROR_INVALID_OPTION = 5
NVRTC_ERROR_COMPILATION = 6


class NVRTCError(RuntimeError):

    """A function of NVRTC failed.

    Args:
        status (int): What the function returned.
        doing (str): The function.
        detail (str): More about the cause, if more is known.

    Attributes:
        status (int): What the function returned.
    """

    def __init__(self, status, doing='', detail=''):
        # All of them as `args`, which a copy or a pickle is made from.
        super(NVRTCError, self).__init__(status, doing, detail)
        self.status = status

    def __str__(self):
        status, doing, detail = self.args
        cdef const char* name = nvrtcGetErrorString(<nvrtcResult><int>status)
        message = f'{name.decode()} ({status})'
        if doing:
            message += f', in {doing}'
        return f'{message}: {detail}' if detail else message


cdef int _check(int status, str doing) except -1:
    if status == 0:
        return 0
    raise NVRTCError(status, doing,
                     cupy_error_detail().decode(errors='replace'))


cpdef tuple getVersion():
    """Returns the version of NVRTC, as in (13, 0)."""
    cdef int major, minor
    _check(nvrtcVersion(&major, &minor), 'nvrtcVersion')
    return major, minor


cpdef list getSupportedArchs():
    """Returns the compute capabilities that NVRTC knows, as in [75, 80]."""
    cdef int count
    cdef vector[int] archs
    _check(nvrtcGetNumSupportedArchs(&count), 'nvrtcGetNumSupportedArchs')
    archs.resize(count)
    _check(nvrtcGetSupportedArchs(archs.data()), 'nvrtcGetSupportedArchs')
    return list(archs)


def compilerIdentity():
    """Describes what, beyond NVRTC's version, decides the result.

    Returns:
        str: On the host device, the system's compiler, its flags and the
        processor; on CUDA, nothing.
    """
    return cupy_compiler_identity().decode(errors='replace')


cpdef size_t createProgram(str src, str name) except? 0:
    """Makes a program of a text.

    Args:
        src (str): The text, in CUDA C++.
        name (str): How messages and debuggers name it.

    Returns:
        int: The program, for :func:`destroyProgram` in the end.
    """
    cdef nvrtcProgram prog
    cdef bytes c_src = src.encode(), c_name = name.encode()
    if b'\0' in c_src:
        raise ValueError('a source with a null character in it')
    _check(nvrtcCreateProgram(&prog, c_src, c_name, 0, NULL, NULL),
           'nvrtcCreateProgram')
    return <size_t>prog


cpdef int destroyProgram(size_t prog) except -1:
    """Frees a program."""
    cdef nvrtcProgram program = <nvrtcProgram>prog
    return _check(nvrtcDestroyProgram(&program), 'nvrtcDestroyProgram')


cpdef int compileProgram(size_t prog, options) except -1:
    """Compiles a program.

    Args:
        prog (int): The program.
        options (tuple of str): Options of NVRTC.
    """
    cdef list words = [option.encode() for option in options]
    cdef vector[const char*] c_words
    cdef int status
    for word in words:
        c_words.push_back(<const char*>word)
    with nogil:
        status = nvrtcCompileProgram(
            <nvrtcProgram>prog, <int>c_words.size(), c_words.data())
    return _check(status, 'nvrtcCompileProgram')


cpdef bytes getCUBIN(size_t prog):
    """Returns what was compiled for an architecture (``-arch=sm_XX``)."""
    cdef size_t size
    _check(nvrtcGetCUBINSize(<nvrtcProgram>prog, &size), 'nvrtcGetCUBINSize')
    cdef bytes image = bytes(size)
    _check(nvrtcGetCUBIN(<nvrtcProgram>prog, image), 'nvrtcGetCUBIN')
    return image


cpdef bytes getPTX(size_t prog):
    """Returns what was compiled for a virtual architecture."""
    cdef size_t size
    _check(nvrtcGetPTXSize(<nvrtcProgram>prog, &size), 'nvrtcGetPTXSize')
    cdef bytes ptx = bytes(size)
    _check(nvrtcGetPTX(<nvrtcProgram>prog, ptx), 'nvrtcGetPTX')
    return ptx


cpdef str getProgramLog(size_t prog):
    """Returns the compiler's messages."""
    cdef size_t size
    _check(nvrtcGetProgramLogSize(<nvrtcProgram>prog, &size),
           'nvrtcGetProgramLogSize')
    cdef bytes log = bytes(size)
    _check(nvrtcGetProgramLog(<nvrtcProgram>prog, log), 'nvrtcGetProgramLog')
    return log.rstrip(b'\0').decode(errors='replace')
