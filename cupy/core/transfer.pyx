"""Arrays from the host's memory, back to it, and from device to device."""
from cpython.buffer cimport (
    PyBUF_SIMPLE,
    PyBUF_WRITABLE,
    PyBuffer_Release,
    PyObject_GetBuffer,
)

import numpy

from cupy.core cimport base
from cupy.core.base cimport ndarray_base
from cupy.core.dtypes cimport DTYPES, code_of
from cupy.core cimport internal
from cupy.core.internal cimport shape_t
from cupy.core.ufunc cimport copy_elements
from cupy.cuda cimport device as device_module
from cupy.cuda cimport runtime

from cupy.cuda import runtime as runtime_module

# The addresses tell where the memory is. An array may also be on memory of
# the host that came from another library.
cdef int _anywhere = runtime_module.memcpyDefault


cdef ndarray_base copy(ndarray_base a, order):
    """Copy on the current device, wherever the array is."""
    return astype(a, a._code, order)


cdef ndarray_base astype(ndarray_base a, int code, order):
    cdef ndarray_base result
    if a.size and a.data.device_id != device_module.get_device_id():
        result = _from_other_device(a)
        if code == a._code and order == 'K':
            return result
        a = result
    result = base.new_like(a, code, order)
    if a.size == 0:
        return result
    if code == a._code and internal.same(a._strides, result._strides):
        runtime.memcpy(
            result.pointer(), a.pointer(), a.size * a._itemsize,
            _anywhere)
        return result
    return copy_elements(a, result)


cdef ndarray_base _from_other_device(ndarray_base a):
    cdef ndarray_base result
    if not (a._c_contiguous or a._f_contiguous):
        with a.data.device:
            a = copy_elements(a)
    result = base.new_like(a, a._code, 'K')
    runtime.memcpy(
        result.pointer(), a.pointer(), a.size * a._itemsize,
        _anywhere)
    return result


cdef ndarray_base dense(ndarray_base a):
    """The array, or a copy without gaps between its elements."""
    if a._c_contiguous or a._f_contiguous:
        return a
    with a.data.device:
        return copy_elements(a)


def get(ndarray_base a, stream=None):
    """Copies an array to the host."""
    cdef Py_buffer buffer
    if a.size == 0:
        return numpy.empty(a.shape, a.dtype)
    if not (a._c_contiguous or a._f_contiguous):
        with a.data.device:
            a = copy_elements(a, base.new_array(a._shape, a._code))
    order = 'C' if a._c_contiguous else 'F'
    result = numpy.empty(a.shape, a.dtype, order=order)
    flat = result.reshape(-1, order=order).view(numpy.uint8)
    PyObject_GetBuffer(flat, &buffer, PyBUF_SIMPLE | PyBUF_WRITABLE)
    try:
        if stream is None:
            runtime.memcpy(<size_t>buffer.buf, a.pointer(), buffer.len,
                           _anywhere)
        else:
            runtime.memcpyAsync(<size_t>buffer.buf, a.pointer(), buffer.len,
                                _anywhere, stream.ptr)
    finally:
        PyBuffer_Release(&buffer)
    return result


cdef int _send(ndarray_base a, flat, stream) except -1:
    cdef Py_buffer buffer
    PyObject_GetBuffer(flat, &buffer, PyBUF_SIMPLE)
    try:
        if stream is None:
            runtime.memcpy(a.pointer(), <size_t>buffer.buf, buffer.len,
                           _anywhere)
        else:
            runtime.memcpyAsync(a.pointer(), <size_t>buffer.buf, buffer.len,
                                _anywhere, stream.ptr)
    finally:
        PyBuffer_Release(&buffer)
    return 0


cdef object _bytes_of(array, str order):
    return array.reshape(-1, order=order).view(numpy.uint8)


def set(ndarray_base a, arr, stream=None):
    """Copies an array of the host into one of a device."""
    if not isinstance(arr, numpy.ndarray):
        raise TypeError(f'only numpy.ndarray can be set to cupy.ndarray, not '
                        f'{type(arr).__name__}')
    if a.dtype != arr.dtype:
        raise TypeError(f'{arr.dtype} array cannot be set to {a.dtype} array: '
                        'cast it with astype()')
    if a.shape != arr.shape:
        raise ValueError(f'shape mismatch: the array of the host has '
                         f'{arr.shape}, that of the device {a.shape}')
    if a.size == 0:
        return
    if a._c_contiguous:
        _send(a, _bytes_of(numpy.ascontiguousarray(arr), 'C'), stream)
    elif a._f_contiguous:
        _send(a, _bytes_of(numpy.asfortranarray(arr), 'F'), stream)
    else:
        with a.data.device:
            whole = array(arr)
            copy_elements(whole, a)


def array(obj, dtype=None, copy=True, ndmin=0):
    """Makes an array on the current device.

    Args:
        obj: A :class:`cupy.ndarray`, or anything that :func:`numpy.array`
            takes.
        dtype: Element type; that of ``obj`` if it is not given.
        copy (bool): If ``False``, an array that is on a device already and
            has the element type is returned as it is.
        ndmin (int): Axes of extent one are put in front until there are this
            many.

    Returns:
        cupy.ndarray: Array.

    """
    cdef ndarray_base result
    cdef shape_t shape
    cdef Py_ssize_t extent
    cdef size_t missing
    if isinstance(obj, ndarray_base):
        result = obj
        code = result._code if dtype is None else code_of(dtype)
        if copy or code != result._code:
            result = astype(result, code, 'K')
        if result.dims() < ndmin:
            if result is obj:
                result = result.make_view(result._shape, result._strides, 0)
            missing = ndmin - result.dims()
            result._shape.insert(result._shape.begin(), missing, 1)
            result._strides.insert(result._strides.begin(), missing, 0)
            result.update_flags()
        return result
    source = numpy.asarray(obj, dtype=dtype)
    if source.ndim < ndmin:
        source = source.reshape((1,) * (ndmin - source.ndim) + source.shape)
    code = code_of(source.dtype.newbyteorder('='))
    source = source.astype(DTYPES[code], order='K', copy=False)
    if not (source.flags.c_contiguous or source.flags.f_contiguous):
        source = source.copy(order='K')
    for extent in source.shape:
        shape.push_back(extent)
    result = base.new_array(shape, code)
    if result.size == 0:
        return result
    if source.flags.c_contiguous:
        _send(result, _bytes_of(source, 'C'), None)
        return result
    # Fortran order, or any other order of axes: the memory as it is.
    axes = sorted(range(source.ndim), key=lambda d: -abs(source.strides[d]))
    for d in range(source.ndim):
        result._strides[d] = source.strides[d]
    result.update_flags()
    _send(result, _bytes_of(source.transpose(axes), 'C'), None)
    return result
