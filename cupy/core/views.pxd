from cupy.core.base cimport ndarray_base
from cupy.core.internal cimport shape_t

cdef ndarray_base reshape(ndarray_base a, shape)
cdef ndarray_base reshape_to(ndarray_base a, const shape_t& shape)
cdef bint reshaped_strides(
    ndarray_base a, const shape_t& shape, shape_t& strides) except -1
cdef ndarray_base transpose(ndarray_base a, axes)
cdef ndarray_base swapaxes(ndarray_base a, Py_ssize_t axis1, Py_ssize_t axis2)
cdef ndarray_base rollaxis(ndarray_base a, Py_ssize_t axis, Py_ssize_t start)
cdef ndarray_base squeeze(ndarray_base a, axis)
cdef ndarray_base expand_dims(ndarray_base a, Py_ssize_t axis)
cdef ndarray_base broadcast_to(ndarray_base a, shape)
cdef ndarray_base diagonal(
    ndarray_base a, Py_ssize_t offset, Py_ssize_t axis1, Py_ssize_t axis2)
cdef ndarray_base view_as(ndarray_base a, dtype)
cdef ndarray_base as_bits(ndarray_base a)
cdef object bits_type(ndarray_base a)
