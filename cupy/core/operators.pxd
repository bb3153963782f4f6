from cupy.core.base cimport ndarray_base


cdef class Operators(ndarray_base):
    pass
