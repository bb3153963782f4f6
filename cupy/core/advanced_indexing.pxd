from cupy.core.base cimport ndarray_base
from cupy.core.internal cimport shape_t


cdef class Picks:
    cdef list arrays
    cdef shape_t extents
    cdef shape_t strides
    cdef shape_t shape
    cdef Py_ssize_t place
    cdef Py_ssize_t last

    cdef int meet(self, Py_ssize_t place) except -1
    cdef Py_ssize_t take(
        self, ndarray_base a, Py_ssize_t axis, item) except -1
    cdef Py_ssize_t _take_mask(
        self, ndarray_base a, Py_ssize_t axis, mask) except -1
    cdef int add(
        self, ndarray_base index, Py_ssize_t extent,
        Py_ssize_t stride) except -1
    cdef ndarray_base spread(self, ndarray_base rest)
    cdef list arguments(self, Py_ssize_t ndim)
    cdef int copy_what_overlaps(self, ndarray_base a) except -1


cdef bint is_mask_of(item, ndarray_base a)
cdef bint set_masked(ndarray_base a, mask, value) except? True
cdef ndarray_base gather(ndarray_base spread, Picks picks)
cdef int gather_into(
    ndarray_base spread, Picks picks, ndarray_base result) except -1
cdef int scatter(
    ndarray_base a, ndarray_base spread, Picks picks, value) except -1
cdef int add(
    ndarray_base a, ndarray_base spread, Picks picks, value) except -1
cdef ndarray_base without_leading_ones(ndarray_base array, Py_ssize_t ndim)
cdef bint is_broadcastable(const shape_t& shape, const shape_t& wanted)
