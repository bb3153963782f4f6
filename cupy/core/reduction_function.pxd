from cupy.core.base cimport ndarray_base
from cupy.core.reduction cimport Reduction


cdef class reduction_function(Reduction):
    cdef readonly str __name__
    cdef readonly object __doc__
    cdef tuple _ops
    cdef dict _resolved

    cdef ndarray_base run(
        self, ndarray_base a, axis, dtype, out, bint keepdims)
    cdef tuple _resolve(self, int code, dtype)
