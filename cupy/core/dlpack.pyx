"""Arrays that share their memory with those of other libraries.

The host device's memory is the host's: other libraries take arrays there for
arrays of the CPU. On CUDA they are arrays of a GPU.
"""
from cpython.pycapsule cimport (
    PyCapsule_GetPointer,
    PyCapsule_IsValid,
    PyCapsule_New,
    PyCapsule_SetName,
)
from cpython.ref cimport Py_DECREF, Py_INCREF
from libc.stdint cimport int32_t, int64_t, uint8_t, uint16_t, uint32_t
from libc.stdint cimport uint64_t
from libc.stdlib cimport free, malloc

import numpy

from cupy.core cimport base, internal, transfer
from cupy.core.base cimport ndarray_base
from cupy.core.dtypes cimport DTYPES, code_of
from cupy.core.internal cimport shape_t
from cupy.core.ufunc cimport extent
from cupy.cuda cimport memory, runtime

from cupy.cuda import device as device_module

cdef extern from *:
    """
    #include <cuda_runtime_api.h>
    #ifdef CUPY_HOST_DEVICE
    static const int cupy_is_host = 1;
    #else
    static const int cupy_is_host = 0;
    #endif
    """
    const bint is_host "cupy_is_host"

cdef extern from 'dlpack.h' nogil:
    ctypedef struct DLDevice:
        int32_t device_type
        int32_t device_id
    ctypedef struct DLDataType:
        uint8_t code
        uint8_t bits
        uint16_t lanes
    ctypedef struct DLTensor:
        void* data
        DLDevice device
        int32_t ndim
        DLDataType dtype
        int64_t* shape
        int64_t* strides
        uint64_t byte_offset
    ctypedef struct DLManagedTensor:
        DLTensor dl_tensor
        void* manager_ctx
        void (*deleter)(DLManagedTensor*) noexcept
    ctypedef struct DLPackVersion:
        uint32_t major
        uint32_t minor
    ctypedef struct DLManagedTensorVersioned:
        DLPackVersion version
        void* manager_ctx
        void (*deleter)(DLManagedTensorVersioned*) noexcept
        uint64_t flags
        DLTensor dl_tensor

cdef extern from 'Python.h':
    bint Py_IsInitialized() nogil

cdef enum:
    CPU = 1
    CUDA = 2
    CUDA_MANAGED = 13
    READ_ONLY = 1
    IS_COPIED = 2

# Codes of kinds of types, as NumPy names the kinds.
cdef dict _type_codes = {'i': 0, 'u': 1, 'f': 2, 'b': 6}
cdef dict _kinds = {code: kind for kind, code in _type_codes.items()}


# ---- Export

def device_of(ndarray_base a):
    """Returns what ``__dlpack_device__`` does: kind and number of the device.
    """
    return (int(CPU), 0) if is_host else (int(CUDA), a.data.device_id)


def to_capsule(ndarray_base a, stream, max_version, dl_device, copy):
    """Returns what ``__dlpack__`` does: a capsule with the array."""
    if dl_device is not None and tuple(dl_device) != device_of(a):
        raise BufferError(
            f'the array is on the device {device_of(a)} and cannot be '
            f'exported to {tuple(dl_device)}: copy it there first')
    _wait_for_array(stream)
    if copy:
        with a.data.device:
            a = transfer.copy(a, 'C')
    if max_version is not None and max_version[0] >= 1:
        return _versioned_capsule(a, IS_COPIED if copy else 0)
    return _unversioned_capsule(a)


cdef int _wait_for_array(stream) except -1:
    """Makes a stream wait for what the default stream has to do."""
    cdef size_t event
    if is_host:
        if stream is not None:
            raise BufferError('an array of the CPU is exported with '
                              f'stream=None, not {stream!r}')
    elif stream is not None and stream not in (-1, 0, 1):
        event = runtime.eventCreate()
        try:
            runtime.eventRecord(event, 0)
            runtime.streamWaitEvent(stream, event)
        finally:
            runtime.eventDestroy(event)
    return 0


cdef object _unversioned_capsule(ndarray_base a):
    cdef DLManagedTensor* managed = <DLManagedTensor*>_new(
        a, sizeof(DLManagedTensor))
    managed.manager_ctx = <void*>a
    managed.deleter = _delete
    _describe(a, &managed.dl_tensor, <int64_t*>&managed[1])
    return PyCapsule_New(managed, 'dltensor', _drop)


cdef object _versioned_capsule(ndarray_base a, uint64_t flags):
    cdef DLManagedTensorVersioned* managed = <DLManagedTensorVersioned*>_new(
        a, sizeof(DLManagedTensorVersioned))
    managed.version.major = 1
    managed.version.minor = 0
    managed.manager_ctx = <void*>a
    managed.deleter = _delete_versioned
    managed.flags = flags
    _describe(a, &managed.dl_tensor, <int64_t*>&managed[1])
    return PyCapsule_New(managed, 'dltensor_versioned', _drop)


cdef void* _new(ndarray_base a, size_t size) except NULL:
    """Memory for a structure, with a shape and strides behind it."""
    cdef void* found = malloc(size + 2 * a.dims() * sizeof(int64_t))
    if found == NULL:
        raise MemoryError('no memory for the description of an array')
    Py_INCREF(a)
    return found


cdef int _describe(
        ndarray_base a, DLTensor* tensor, int64_t* numbers) except -1:
    cdef Py_ssize_t d
    dtype = DTYPES[a._code]
    tensor.data = <void*>a.pointer()
    tensor.device.device_type, tensor.device.device_id = device_of(a)
    tensor.ndim = a.dims()
    tensor.dtype.code = _type_codes[dtype.kind]
    tensor.dtype.bits = 8 * a._itemsize
    tensor.dtype.lanes = 1
    tensor.shape = numbers
    tensor.strides = numbers + a.dims()
    tensor.byte_offset = 0
    for d in range(a.dims()):
        tensor.shape[d] = a._shape[d]
        tensor.strides[d] = a._strides[d] // a._itemsize
    return 0


# The structures are deleted by those who took them, from any thread and
# perhaps after Python has ended.
cdef void _delete(DLManagedTensor* managed) noexcept nogil:
    _release(managed.manager_ctx)
    free(managed)


cdef void _delete_versioned(DLManagedTensorVersioned* managed) noexcept nogil:
    _release(managed.manager_ctx)
    free(managed)


cdef void _release(void* array) noexcept nogil:
    if Py_IsInitialized():
        with gil:
            Py_DECREF(<object>array)


cdef void _drop(object capsule) noexcept:
    # Whoever takes the structure out of a capsule renames it.
    cdef DLManagedTensor* managed
    cdef DLManagedTensorVersioned* versioned
    if PyCapsule_IsValid(capsule, 'dltensor'):
        managed = <DLManagedTensor*>PyCapsule_GetPointer(capsule, 'dltensor')
        managed.deleter(managed)
    elif PyCapsule_IsValid(capsule, 'dltensor_versioned'):
        versioned = <DLManagedTensorVersioned*>PyCapsule_GetPointer(
            capsule, 'dltensor_versioned')
        versioned.deleter(versioned)


# ---- Import

cdef class SharedMemory:

    """Memory that another library has handed over, until it is given back.

    It stands in for a :class:`cupy.cuda.Memory`.

    Attributes:
        ptr (int): Address of the array.
        device (cupy.cuda.Device): Device.

    """

    cdef readonly size_t ptr
    cdef readonly object device
    cdef DLManagedTensor* _managed
    cdef DLManagedTensorVersioned* _versioned
    cdef size_t _first, _size  # of the bytes that the device was told of

    cdef int open(self, ndarray_base array) except -1:
        """Lets the device use the memory, which is that of an array."""
        cdef (size_t, size_t) ends = extent(array)
        if ends[0] < ends[1]:
            self._first, self._size = ends[0], ends[1] - ends[0]
            runtime.add_memory(self._first, self._size)
        return 0

    def __dealloc__(self):
        if self._size:
            runtime.remove_memory(self._first, self._size)
        if self._managed != NULL and self._managed.deleter != NULL:
            self._managed.deleter(self._managed)
        if self._versioned != NULL and self._versioned.deleter != NULL:
            self._versioned.deleter(self._versioned)


def from_dlpack(x):
    """Returns an array on the memory of an array of another library.

    Nothing is copied: what is written to one of them is seen in the other.

    Args:
        x: Object with the methods ``__dlpack__`` and ``__dlpack_device__``,
            such as a :class:`numpy.ndarray` (for the host device) or a tensor
            of PyTorch.

    Returns:
        cupy.ndarray: Array. It keeps the memory alive.

    Raises:
        BufferError: If the array is elsewhere than on the devices that CuPy
            was built for, is read-only, or has elements of another type.

    .. admonition:: Example

       >>> import cupy, numpy
       >>> x = numpy.zeros(3)
       >>> y = cupy.from_dlpack(x)  # with the host device
       >>> y += 1
       >>> x
       array([1., 1., 1.])

    """
    cdef SharedMemory shared = SharedMemory()
    if not (hasattr(x, '__dlpack__') and hasattr(x, '__dlpack_device__')):
        raise TypeError(
            f'{type(x).__name__} does not take part in DLPack: it has no '
            'methods __dlpack__ and __dlpack_device__')
    kind, number = x.__dlpack_device__()
    kind = int(kind)
    if kind not in ([CPU] if is_host else [CUDA, CUDA_MANAGED]):
        ours = 'the CPU' if is_host else 'a CUDA device'
        raise BufferError(
            f'the array is on a device of kind {kind} (1 is the CPU, 2 CUDA), '
            f'but this CuPy is built for {ours}: move or copy it there')
    shared.device = device_module.Device(None if is_host else number)
    capsule = _capsule_of(x)
    if PyCapsule_IsValid(capsule, 'dltensor_versioned'):
        return _from_versioned(capsule, shared)
    return _from_unversioned(capsule, shared)


cdef object _capsule_of(x):
    # On CUDA, what was done to the array has to be done before the default
    # stream goes on; 1 is that stream.
    options = {} if is_host else {'stream': 1}
    try:
        return x.__dlpack__(max_version=(1, 0), **options)
    except TypeError:  # of a library that does not know version 1
        return x.__dlpack__(**options)


cdef object _from_unversioned(capsule, SharedMemory shared):
    cdef DLManagedTensor* managed = <DLManagedTensor*>PyCapsule_GetPointer(
        capsule, 'dltensor')
    array = _array_on(&managed.dl_tensor, shared)
    PyCapsule_SetName(capsule, 'used_dltensor')
    shared._managed = managed
    return array


cdef object _from_versioned(capsule, SharedMemory shared):
    cdef DLManagedTensorVersioned* managed
    managed = <DLManagedTensorVersioned*>PyCapsule_GetPointer(
        capsule, 'dltensor_versioned')
    if managed.version.major > 1:
        raise BufferError(
            f'the array comes by version {managed.version.major} of DLPack, '
            'which is newer than CuPy')
    if managed.flags & READ_ONLY:
        raise BufferError('the array is read-only, which arrays of CuPy '
                          'cannot be: copy it, with cupy.array()')
    array = _array_on(&managed.dl_tensor, shared)
    PyCapsule_SetName(capsule, 'used_dltensor_versioned')
    shared._versioned = managed
    return array


cdef ndarray_base _array_on(DLTensor* tensor, SharedMemory shared):
    cdef ndarray_base array
    cdef shape_t shape, strides, nothing
    cdef Py_ssize_t d
    cdef int code = _code_of_type(tensor.dtype)
    for d in range(tensor.ndim):
        shape.push_back(tensor.shape[d])
    strides = internal.c_strides(shape, DTYPES[code].itemsize)
    if tensor.strides != NULL:
        for d in range(tensor.ndim):
            strides[d] = tensor.strides[d] * <Py_ssize_t>DTYPES[code].itemsize
    shared.ptr = <size_t>tensor.data + tensor.byte_offset
    nothing.push_back(0)
    array = base.new_array(nothing, code)
    array._shape, array._strides = shape, strides
    array.size = internal.prod(shape)
    array.data = memory.MemoryPointer(shared, 0)
    array.base = shared
    shared.open(array)
    array.update_flags()
    return array


cdef int _code_of_type(DLDataType dtype) except -1:
    kind = _kinds.get(dtype.code)
    if kind is not None and dtype.lanes == 1 and dtype.bits % 8 == 0:
        try:
            return code_of(numpy.dtype(f'{kind}{dtype.bits // 8}'))
        except TypeError:
            pass
    raise BufferError(
        f'elements of {dtype.bits} bits of the kind {dtype.code} of DLPack '
        f'(in {dtype.lanes} lanes) are no type of CuPy: cast them')


# ---- NumPy's and Numba's protocols

def array_interface(ndarray_base a):
    """Returns ``__array_interface__``, with which NumPy shares memory.

    Only arrays of the host device have it.
    """
    if not is_host:
        raise AttributeError('arrays of a GPU have no __array_interface__: '
                             'copy them with get()')
    interface = _interface(a)
    if a.size == 0:
        # NumPy 1 takes a null pointer for a mistake.
        interface['data'] = (<size_t>&_nowhere, False)
    return interface


def cuda_array_interface(ndarray_base a):
    """Returns ``__cuda_array_interface__``; only arrays of a GPU have it."""
    if is_host:
        raise AttributeError('arrays of the host device have no '
                             '__cuda_array_interface__')
    return {**_interface(a), 'stream': 1}


cdef char _nowhere = 0


cdef dict _interface(ndarray_base a):
    return {'shape': a.shape, 'typestr': DTYPES[a._code].str,
            'data': (a.pointer(), False),
            'strides': None if a._c_contiguous else a.strides, 'version': 3}
