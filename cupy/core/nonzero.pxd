from cupy.core.base cimport ndarray_base

cdef list nonzero(ndarray_base a)
cdef ndarray_base compress(ndarray_base a, ndarray_base mask)
