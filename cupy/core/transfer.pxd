from cupy.core.base cimport ndarray_base

cdef ndarray_base copy(ndarray_base a, order)
cdef ndarray_base astype(ndarray_base a, int code, order)
cdef ndarray_base dense(ndarray_base a)
