from cupy.core.base cimport ndarray_base

cdef object getitem(ndarray_base a, key)
cdef int setitem(ndarray_base a, key, value) except -1
