from cupy.core.base cimport ndarray_base
from cupy.core.elementwise cimport Loop
from cupy.core.internal cimport shape_t
from cupy.core.key_table cimport KeyTable
from cupy.core.objects cimport Objects


cdef class Op:
    cdef tuple in_codes
    cdef tuple out_codes
    cdef str routine
    cdef str types
    cdef KeyTable functions  # kernels, by what is known of the operands


cdef class ufunc:
    cdef readonly str name
    cdef readonly str __name__
    cdef readonly object __doc__
    cdef readonly Py_ssize_t nin
    cdef readonly Py_ssize_t nout
    cdef readonly Py_ssize_t nargs
    cdef tuple _ops
    cdef str _preamble
    cdef str _casting
    cdef KeyTable _resolved

    # Applies the function to `args`, inputs and any outputs.
    cdef object run(self, Objects& args, str casting, dtype)

    cdef int _check(self, Objects& args) except -1
    cdef bint _prepare_alike(self, Objects& args, Op op, Loop& loop) except -1
    cdef int _prepare(
        self, Objects& args, Op op, Loop& loop, str casting) except -1
    cdef int _check_outputs(
        self, Objects& args, Op op, const shape_t& shape,
        str casting) except -1
    cdef ndarray_base _new_output(
        self, Loop& loop, const shape_t& shape, int code, const int* order,
        bint sorted_axes)
    cdef Op _resolve(self, Objects& args, dtype)
    cdef Op _search(self, Objects& args, dtype)
    cdef Op _find(self, list inputs, dtype)
    cdef int _launch(
        self, Objects& args, Op op, Loop& loop, int device) except -1
    cdef str _source(self, Objects& args, Op op, Loop& loop, bint linear)


cdef ufunc copy_elements
# Whether two arrays have memory in common, as far as their ends tell.
cdef bint overlap(ndarray_base left, ndarray_base right)
# First byte of an array's memory, and the one after its last.
cdef (size_t, size_t) extent(ndarray_base array)
