from cupy.core.base cimport ndarray_base

cdef ndarray_base dot(ndarray_base a, ndarray_base b, out)
cdef ndarray_base matmul(ndarray_base a, ndarray_base b)
