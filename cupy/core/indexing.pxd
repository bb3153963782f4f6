from cupy.core.base cimport ndarray_base

cdef object getitem(ndarray_base a, slices)
cdef int setitem(ndarray_base a, slices, value) except -1
