"""CUDA's runtime: devices, memory, streams and events, function by function.

The functions are CUDA's, without their prefix; pointers and handles are
integers. One that fails raises :class:`CUDARuntimeError`. Most programs use
the objects of :mod:`cupy.cuda` instead, which are made of them.
"""
import collections

from cpython.ref cimport Py_DECREF, Py_INCREF, PyObject

from cupy.cuda import no_device

cdef extern from * nogil:
    """
    #include <cuda_runtime_api.h>
    #if __has_include(<cuda_profiler_api.h>)
    #include <cuda_profiler_api.h>
    #else  // the wheel of the runtime has them, but not their header
    extern "C" cudaError_t cudaProfilerStart(void);
    extern "C" cudaError_t cudaProfilerStop(void);
    #endif
    #ifdef CUPY_HOST_DEVICE
    static const char* cupy_backend = "host";
    // Giving up the GIL costs more than a copy of so many bytes.
    static const size_t cupy_short_copy = 16 << 10;
    static const char* cupy_error_detail() {
      return cupyHostTakeErrorDetail();
    }
    #else
    // Others' memory that is handed to CuPy is memory of CUDA's.
    static void cupyHostAddMemory(size_t, size_t) {}
    static void cupyHostRemoveMemory(size_t, size_t) {}
    static const char* cupy_backend = "cuda";
    // The shortest copy may wait for kernels that are on their way.
    static const size_t cupy_short_copy = 0;
    static const char* cupy_error_detail() { return ""; }
    #endif
    """
    const char* cupy_backend
    const size_t cupy_short_copy
    const char* cupy_error_detail()
    void cupyHostAddMemory(size_t address, size_t size)
    void cupyHostRemoveMemory(size_t address, size_t size)

    cudaError_t cudaProfilerStart()
    cudaError_t cudaProfilerStop()

cdef extern from 'cuda_runtime_api.h' nogil:
    ctypedef void (*cudaStreamCallback_t)(
        cudaStream_t stream, cudaError_t status, void* userData) noexcept
    cdef enum cudaDeviceAttr:
        pass
    cdef enum cudaMemcpyKind:
        pass
    cdef enum cudaMemoryType:
        cudaMemoryTypeManaged
    cdef struct cudaPointerAttributes:
        cudaMemoryType type
        int device
        void* devicePointer
        void* hostPointer

    const char* cudaGetErrorName(cudaError_t error)
    const char* cudaGetErrorString(cudaError_t error)
    cudaError_t cudaGetLastError()
    cudaError_t cudaDriverGetVersion(int* driverVersion)
    cudaError_t cudaRuntimeGetVersion(int* runtimeVersion)

    cudaError_t cudaGetDeviceCount(int* count)
    cudaError_t cudaGetDevice(int* device)
    cudaError_t cudaSetDevice(int device)
    cudaError_t cudaDeviceGetAttribute(
        int* value, cudaDeviceAttr attr, int device)
    cudaError_t cudaDeviceSynchronize()
    cudaError_t cudaDeviceCanAccessPeer(
        int* canAccessPeer, int device, int peerDevice)
    cudaError_t cudaDeviceEnablePeerAccess(
        int peerDevice, unsigned int flags)
    cudaError_t cudaDeviceDisablePeerAccess(int peerDevice)

    cudaError_t cudaMalloc(void** devPtr, size_t size)
    cudaError_t cudaFree(void* devPtr)
    cudaError_t cudaHostAlloc(void** pHost, size_t size, unsigned int flags)
    cudaError_t cudaFreeHost(void* ptr)
    cudaError_t cudaMemGetInfo(size_t* free, size_t* total)
    cudaError_t cudaPointerGetAttributes(
        cudaPointerAttributes* attributes, const void* ptr)
    cudaError_t cudaMemcpy(
        void* dst, const void* src, size_t count, cudaMemcpyKind kind)
    cudaError_t cudaMemcpyAsync(
        void* dst, const void* src, size_t count, cudaMemcpyKind kind,
        cudaStream_t stream)
    cudaError_t cudaMemcpyPeer(
        void* dst, int dstDevice, const void* src, int srcDevice,
        size_t count)
    cudaError_t cudaMemcpyPeerAsync(
        void* dst, int dstDevice, const void* src, int srcDevice,
        size_t count, cudaStream_t stream)
    cudaError_t cudaMemset(void* devPtr, int value, size_t count)
    cudaError_t cudaMemsetAsync(
        void* devPtr, int value, size_t count, cudaStream_t stream)

    cudaError_t cudaStreamCreate(cudaStream_t* pStream)
    cudaError_t cudaStreamCreateWithFlags(
        cudaStream_t* pStream, unsigned int flags)
    cudaError_t cudaStreamDestroy(cudaStream_t stream)
    cudaError_t cudaStreamSynchronize(cudaStream_t stream)
    cudaError_t cudaStreamQuery(cudaStream_t stream)
    cudaError_t cudaStreamWaitEvent(
        cudaStream_t stream, cudaEvent_t event, unsigned int flags)
    cudaError_t cudaStreamAddCallback(
        cudaStream_t stream, cudaStreamCallback_t callback, void* userData,
        unsigned int flags)
    cudaError_t cudaEventCreate(cudaEvent_t* event)
    cudaError_t cudaEventCreateWithFlags(
        cudaEvent_t* event, unsigned int flags)
    cudaError_t cudaEventDestroy(cudaEvent_t event)
    cudaError_t cudaEventRecord(cudaEvent_t event, cudaStream_t stream)
    cudaError_t cudaEventQuery(cudaEvent_t event)
    cudaError_t cudaEventSynchronize(cudaEvent_t event)
    cudaError_t cudaEventElapsedTime(
        float* ms, cudaEvent_t start, cudaEvent_t end)


# Errors

#: What executes the functions: ``'cuda'``, or ``'host'``, the CPU.
backend = cupy_backend.decode()


class CUDARuntimeError(RuntimeError):
    """A function of CUDA's runtime failed.

    Args:
        status (int): What the function returned.
        doing (str): The function.
        detail (str): More about the cause, if more is known.

    Attributes:
        status (int): What the function returned.
    """

    def __init__(self, status, doing='', detail=''):
        # All of them as `args`, which a copy or a pickle is made from.
        super(CUDARuntimeError, self).__init__(status, doing, detail)
        self.status = status

    def __str__(self):
        status, doing, detail = self.args
        cdef const char* name = cudaGetErrorName(<cudaError_t><int>status)
        cdef const char* text = cudaGetErrorString(<cudaError_t><int>status)
        message = f'{name.decode()} ({status}): {text.decode()}'
        if doing:
            message += f', in {doing}'
        return f'{message}: {detail}' if detail else message


cpdef int check_status(int status, str doing) except -1:
    """Raises :class:`CUDARuntimeError` if the status is not that of success.

    Args:
        status (int): What a function of CUDA's runtime returned.
        doing (str): The function.
    """
    if status == 0:
        return 0
    # CUDA keeps the error for whoever asks next, which may be a library that
    # takes it for its own; it is told here.
    cudaGetLastError()
    raise CUDARuntimeError(
        status, doing, cupy_error_detail().decode(errors='replace') or
        _advice(status))


cdef str _advice(int status):
    cdef int driver = 0, library = 0
    # They are known where there is no device, too.
    cudaDriverGetVersion(&driver)
    cudaRuntimeGetVersion(&library)
    return no_device.advice(status, driver, library)


def getLastError():
    """Returns the number of this thread's last error, which is forgotten.

    That is 0 unless code outside of CuPy has made one.
    """
    return <int>cudaGetLastError()


# Versions and devices

cpdef int driverGetVersion() except? -1:
    """Returns the version of CUDA that the driver knows, as in 13000."""
    cdef int version
    check_status(cudaDriverGetVersion(&version), 'cudaDriverGetVersion')
    return version


cpdef int runtimeGetVersion() except? -1:
    """Returns the version of CUDA's runtime, as in 13000."""
    cdef int version
    check_status(cudaRuntimeGetVersion(&version), 'cudaRuntimeGetVersion')
    return version


cpdef int getDeviceCount() except? -1:
    """Returns the number of devices."""
    cdef int count
    check_status(cudaGetDeviceCount(&count), 'cudaGetDeviceCount')
    return count


cpdef int getDevice() except? -1:
    """Returns the number of this thread's current device."""
    cdef int device
    check_status(cudaGetDevice(&device), 'cudaGetDevice')
    return device


cpdef int setDevice(int device) except -1:
    """Makes a device this thread's current one."""
    return check_status(cudaSetDevice(device), 'cudaSetDevice')


cpdef int deviceGetAttribute(int attrib, int device) except? -1:
    """Returns one of a device's attributes (``devAttr...``)."""
    cdef int value
    check_status(
        cudaDeviceGetAttribute(&value, <cudaDeviceAttr>attrib, device),
        'cudaDeviceGetAttribute')
    return value


cpdef int deviceSynchronize() except -1:
    """Waits until the current device has done all that was asked of it."""
    cdef int status
    with nogil:
        status = cudaDeviceSynchronize()
    return check_status(status, 'cudaDeviceSynchronize')


cpdef bint deviceCanAccessPeer(int device, int peerDevice) except? -1:
    """Tells whether a device can use the memory of another one."""
    cdef int can
    check_status(cudaDeviceCanAccessPeer(&can, device, peerDevice),
                 'cudaDeviceCanAccessPeer')
    return can


cpdef int deviceEnablePeerAccess(int peerDevice) except -1:
    """Lets the current device use the memory of another one."""
    return check_status(cudaDeviceEnablePeerAccess(peerDevice, 0),
                        'cudaDeviceEnablePeerAccess')


cpdef int deviceDisablePeerAccess(int peerDevice) except -1:
    """Takes back what ``deviceEnablePeerAccess`` granted."""
    return check_status(cudaDeviceDisablePeerAccess(peerDevice),
                        'cudaDeviceDisablePeerAccess')


# Memory

cpdef size_t malloc(size_t size) except? 0:
    """Allocates so many bytes on the current device."""
    cdef void* ptr
    cdef int status
    with nogil:
        status = cudaMalloc(&ptr, size)
    check_status(status, 'cudaMalloc')
    return <size_t>ptr


cpdef int free(size_t ptr) except -1:
    """Frees what ``malloc`` allocated."""
    cdef int status
    with nogil:
        status = cudaFree(<void*>ptr)
    return check_status(status, 'cudaFree')


cpdef size_t hostAlloc(size_t size, unsigned int flags) except? 0:
    """Allocates so many bytes of page-locked host memory."""
    cdef void* ptr
    cdef int status
    with nogil:
        status = cudaHostAlloc(&ptr, size, flags)
    check_status(status, 'cudaHostAlloc')
    return <size_t>ptr


cpdef int freeHost(size_t ptr) except -1:
    """Frees what ``hostAlloc`` allocated."""
    cdef int status
    with nogil:
        status = cudaFreeHost(<void*>ptr)
    return check_status(status, 'cudaFreeHost')


def memGetInfo():
    """Returns the free and all bytes of the current device, as a pair."""
    cdef size_t free, total
    check_status(cudaMemGetInfo(&free, &total), 'cudaMemGetInfo')
    return free, total


cdef void add_memory(size_t address, size_t size) noexcept nogil:
    cupyHostAddMemory(address, size)


cdef void remove_memory(size_t address, size_t size) noexcept nogil:
    cupyHostRemoveMemory(address, size)


PointerAttributes = collections.namedtuple(
    'PointerAttributes',
    'device devicePointer hostPointer isManaged memoryType')


def pointerGetAttributes(size_t ptr):
    """Returns what kind of memory an address is of.

    Returns:
        A named tuple: ``device`` (of the memory), ``devicePointer`` and
        ``hostPointer`` (the address where either side sees it; 0 if not at
        all), ``isManaged``, ``memoryType`` (``memoryType...``).
    """
    cdef cudaPointerAttributes found
    check_status(cudaPointerGetAttributes(&found, <void*>ptr),
                 'cudaPointerGetAttributes')
    return PointerAttributes(
        found.device, <size_t>found.devicePointer, <size_t>found.hostPointer,
        found.type == cudaMemoryTypeManaged, <int>found.type)


cpdef int memcpy(size_t dst, size_t src, size_t size, int kind) except -1:
    """Copies so many bytes; ``kind`` is one of ``memcpy...To...``."""
    cdef int status
    if size < cupy_short_copy:
        status = cudaMemcpy(
            <void*>dst, <void*>src, size, <cudaMemcpyKind>kind)
    else:
        with nogil:
            status = cudaMemcpy(
                <void*>dst, <void*>src, size, <cudaMemcpyKind>kind)
    return check_status(status, 'cudaMemcpy')


cpdef int memcpyAsync(size_t dst, size_t src, size_t size, int kind,
                      size_t stream) except -1:
    """Copies so many bytes once a stream's work before it is done."""
    cdef int status
    if size < cupy_short_copy:
        status = cudaMemcpyAsync(<void*>dst, <void*>src, size,
                                 <cudaMemcpyKind>kind, <cudaStream_t>stream)
    else:
        with nogil:
            status = cudaMemcpyAsync(
                <void*>dst, <void*>src, size, <cudaMemcpyKind>kind,
                <cudaStream_t>stream)
    return check_status(status, 'cudaMemcpyAsync')


cpdef int memcpyPeer(size_t dst, int dstDevice, size_t src, int srcDevice,
                     size_t size) except -1:
    """Copies so many bytes from one device to another."""
    cdef int status
    with nogil:
        status = cudaMemcpyPeer(
            <void*>dst, dstDevice, <void*>src, srcDevice, size)
    return check_status(status, 'cudaMemcpyPeer')


cpdef int memcpyPeerAsync(size_t dst, int dstDevice, size_t src,
                          int srcDevice, size_t size,
                          size_t stream) except -1:
    """Copies from one device to another, after a stream's other work."""
    cdef int status
    with nogil:
        status = cudaMemcpyPeerAsync(
            <void*>dst, dstDevice, <void*>src, srcDevice, size,
            <cudaStream_t>stream)
    return check_status(status, 'cudaMemcpyPeerAsync')


cpdef int memset(size_t ptr, int value, size_t size) except -1:
    """Sets so many bytes of device memory to a value."""
    cdef int status
    with nogil:
        status = cudaMemset(<void*>ptr, value, size)
    return check_status(status, 'cudaMemset')


cpdef int memsetAsync(size_t ptr, int value, size_t size,
                      size_t stream) except -1:
    """Sets so many bytes to a value, after a stream's other work."""
    cdef int status
    with nogil:
        status = cudaMemsetAsync(
            <void*>ptr, value, size, <cudaStream_t>stream)
    return check_status(status, 'cudaMemsetAsync')


# Streams and events

cpdef size_t streamCreate() except? 0:
    """Creates a stream on the current device."""
    cdef cudaStream_t stream
    check_status(cudaStreamCreate(&stream), 'cudaStreamCreate')
    return <size_t>stream


cpdef size_t streamCreateWithFlags(unsigned int flags) except? 0:
    """Creates a stream; ``flags`` is one of ``stream...``."""
    cdef cudaStream_t stream
    check_status(cudaStreamCreateWithFlags(&stream, flags),
                 'cudaStreamCreateWithFlags')
    return <size_t>stream


cpdef int streamDestroy(size_t stream) except -1:
    """Destroys a stream once its work is done."""
    return check_status(cudaStreamDestroy(<cudaStream_t>stream),
                        'cudaStreamDestroy')


cpdef int streamSynchronize(size_t stream) except -1:
    """Waits until a stream's work is done."""
    cdef int status
    with nogil:
        status = cudaStreamSynchronize(<cudaStream_t>stream)
    return check_status(status, 'cudaStreamSynchronize')


cpdef int streamQuery(size_t stream) except? -1:
    """Returns 0 if a stream's work is done, else ``errorNotReady``."""
    return _check_query(cudaStreamQuery(<cudaStream_t>stream),
                        'cudaStreamQuery')


cpdef int streamWaitEvent(size_t stream, size_t event) except -1:
    """Lets a stream wait, before its further work, for an event."""
    return check_status(
        cudaStreamWaitEvent(<cudaStream_t>stream, <cudaEvent_t>event, 0),
        'cudaStreamWaitEvent')


def streamAddCallback(size_t stream, callback, arg):
    """Calls ``callback(stream, status, arg)`` once a stream has come there.

    The call is made in any thread, and must not call CUDA. What it raises is
    printed, and goes no further.
    """
    call = (callback, arg)
    cdef PyObject* data = <PyObject*>call
    cdef int status
    Py_INCREF(call)
    with nogil:
        status = cudaStreamAddCallback(
            <cudaStream_t>stream, &_call_back, data, 0)
    if status:
        Py_DECREF(call)
    check_status(status, 'cudaStreamAddCallback')


cdef void _call_back(cudaStream_t stream, cudaError_t status,
                     void* data) noexcept with gil:
    call = <object>data
    Py_DECREF(call)
    callback, arg = call
    callback(<size_t>stream, <int>status, arg)


cpdef size_t eventCreate() except? 0:
    """Creates an event on the current device."""
    cdef cudaEvent_t event
    check_status(cudaEventCreate(&event), 'cudaEventCreate')
    return <size_t>event


cpdef size_t eventCreateWithFlags(unsigned int flags) except? 0:
    """Creates an event; ``flags`` is a sum of ``event...``."""
    cdef cudaEvent_t event
    check_status(cudaEventCreateWithFlags(&event, flags),
                 'cudaEventCreateWithFlags')
    return <size_t>event


cpdef int eventDestroy(size_t event) except -1:
    """Destroys an event."""
    return check_status(cudaEventDestroy(<cudaEvent_t>event),
                        'cudaEventDestroy')


cpdef int eventRecord(size_t event, size_t stream) except -1:
    """Lets an event occur when a stream's work up to here is done."""
    return check_status(
        cudaEventRecord(<cudaEvent_t>event, <cudaStream_t>stream),
        'cudaEventRecord')


cpdef int eventQuery(size_t event) except? -1:
    """Returns 0 if an event has occurred, else ``errorNotReady``."""
    return _check_query(cudaEventQuery(<cudaEvent_t>event),
                        'cudaEventQuery')


cdef int _check_query(int status, str doing) except? -1:
    # "Not yet" is an answer, not a failure.
    if status != errorNotReady:
        check_status(status, doing)
    return status


cpdef int eventSynchronize(size_t event) except -1:
    """Waits until an event has occurred."""
    cdef int status
    with nogil:
        status = cudaEventSynchronize(<cudaEvent_t>event)
    return check_status(status, 'cudaEventSynchronize')


cpdef float eventElapsedTime(size_t start, size_t end) except? -1:
    """Returns the milliseconds between two events that have occurred."""
    cdef float ms
    check_status(
        cudaEventElapsedTime(&ms, <cudaEvent_t>start, <cudaEvent_t>end),
        'cudaEventElapsedTime')
    return ms


# The profiler

def profilerStart():
    """Lets an attached profiler begin to record."""
    check_status(cudaProfilerStart(), 'cudaProfilerStart')


def profilerStop():
    """Lets an attached profiler end its recording."""
    check_status(cudaProfilerStop(), 'cudaProfilerStop')
