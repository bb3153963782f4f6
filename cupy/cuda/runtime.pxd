"""CUDA's runtime, for other modules in Cython."""

cdef extern from 'cuda_runtime_api.h' nogil:
    ctypedef int cudaError_t 'cudaError_t'
    ctypedef struct CUstream_st
    ctypedef struct CUevent_st
    ctypedef CUstream_st* cudaStream_t
    ctypedef CUevent_st* cudaEvent_t


# Constants, for Python, too; named as in CUDA without its prefix.
cpdef enum:
    errorMemoryAllocation = 2
    errorNotReady = 600
    errorPeerAccessAlreadyEnabled = 704

    memcpyHostToHost = 0
    memcpyHostToDevice = 1
    memcpyDeviceToHost = 2
    memcpyDeviceToDevice = 3
    memcpyDefault = 4

    memoryTypeUnregistered = 0
    memoryTypeHost = 1
    memoryTypeDevice = 2
    memoryTypeManaged = 3

    hostAllocDefault = 0
    hostAllocPortable = 1
    hostAllocMapped = 2
    hostAllocWriteCombined = 4

    streamDefault = 0
    streamNonBlocking = 1

    eventDefault = 0
    eventBlockingSync = 1
    eventDisableTiming = 2
    eventInterprocess = 4

    devAttrMaxThreadsPerBlock = 1
    devAttrMaxBlockDimX = 2
    devAttrMaxBlockDimY = 3
    devAttrMaxBlockDimZ = 4
    devAttrMaxGridDimX = 5
    devAttrMaxGridDimY = 6
    devAttrMaxGridDimZ = 7
    devAttrMaxSharedMemoryPerBlock = 8
    devAttrTotalConstantMemory = 9
    devAttrWarpSize = 10
    devAttrMultiProcessorCount = 16
    devAttrIntegrated = 18
    devAttrCanMapHostMemory = 19
    devAttrConcurrentKernels = 31
    devAttrMaxThreadsPerMultiProcessor = 39
    devAttrAsyncEngineCount = 40
    devAttrUnifiedAddressing = 41
    devAttrComputeCapabilityMajor = 75
    devAttrComputeCapabilityMinor = 76

# Raises CUDARuntimeError unless the status is that of success; `doing` is the
# name of the function that returned it.
cpdef int check_status(int status, str doing) except -1

cpdef int driverGetVersion() except? -1
cpdef int runtimeGetVersion() except? -1

cpdef int getDeviceCount() except? -1
cpdef int getDevice() except? -1
cpdef int setDevice(int device) except -1
cpdef int deviceGetAttribute(int attrib, int device) except? -1
cpdef int deviceSynchronize() except -1
cpdef bint deviceCanAccessPeer(int device, int peerDevice) except? -1
cpdef int deviceEnablePeerAccess(int peerDevice) except -1
cpdef int deviceDisablePeerAccess(int peerDevice) except -1

# Lets the host device use memory of other libraries, and no longer.
cdef void add_memory(size_t address, size_t size) noexcept nogil
cdef void remove_memory(size_t address, size_t size) noexcept nogil

cpdef size_t malloc(size_t size) except? 0
cpdef int free(size_t ptr) except -1
cpdef size_t hostAlloc(size_t size, unsigned int flags) except? 0
cpdef int freeHost(size_t ptr) except -1
cpdef int memcpy(size_t dst, size_t src, size_t size, int kind) except -1
cpdef int memcpyAsync(size_t dst, size_t src, size_t size, int kind,
                      size_t stream) except -1
cpdef int memcpyPeer(size_t dst, int dstDevice, size_t src, int srcDevice,
                     size_t size) except -1
cpdef int memcpyPeerAsync(size_t dst, int dstDevice, size_t src,
                          int srcDevice, size_t size,
                          size_t stream) except -1
cpdef int memset(size_t ptr, int value, size_t size) except -1
cpdef int memsetAsync(size_t ptr, int value, size_t size,
                      size_t stream) except -1

cpdef size_t streamCreate() except? 0
cpdef size_t streamCreateWithFlags(unsigned int flags) except? 0
cpdef int streamDestroy(size_t stream) except -1
cpdef int streamSynchronize(size_t stream) except -1
cpdef int streamQuery(size_t stream) except? -1
cpdef int streamWaitEvent(size_t stream, size_t event) except -1
cpdef size_t eventCreate() except? 0
cpdef size_t eventCreateWithFlags(unsigned int flags) except? 0
cpdef int eventDestroy(size_t event) except -1
cpdef int eventRecord(size_t event, size_t stream) except -1
cpdef int eventQuery(size_t event) except? -1
cpdef int eventSynchronize(size_t event) except -1
cpdef float eventElapsedTime(size_t start, size_t end) except? -1
