"""Modules of kernels, for other modules in Cython."""
from libcpp.vector cimport vector


cdef class Module:
    cdef public size_t ptr


cdef class Function:
    cdef readonly Module module  # keeps it loaded
    cdef readonly str name
    cdef readonly size_t ptr
    cdef list _sizes  # of the parameters in bytes; None: not known

    # Launches about `size` threads in one dimension; `args` are the
    # addresses of the arguments. `size` also tells how much work it is.
    cdef int launch(self, size_t size, void** args, size_t shared_mem,
                    size_t block_max_size, size_t stream) except -1
    cdef list _arguments(self, tuple args, vector[void*]& addresses)
    cdef bytes _argument(self, Py_ssize_t index, object value)
