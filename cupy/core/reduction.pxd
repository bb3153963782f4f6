from libcpp cimport bool as cpp_bool
from libcpp.vector cimport vector

from cupy.core.base cimport ndarray_base
from cupy.core.elementwise cimport Arguments
from cupy.core.internal cimport shape_t

cdef extern from 'reduction_axes.h' namespace 'cupy' nogil:
    cdef cppclass ReductionAxes:
        int kind
        void set_shape(const shape_t&, const cpp_bool*)
        Py_ssize_t output_size()
        Py_ssize_t reduced_size()
        int output_axes()
        int reduced_axes()
        int output_axis(int)
        void add_input(char*, Py_ssize_t, const shape_t&, const shape_t&, int)
        void add_output(char*, Py_ssize_t, const shape_t&, const cpp_bool*,
                        int, cpp_bool)
        void sort()
        void plan(cpp_bool, cpp_bool, cpp_bool)
        int known(int)
        void add_array(int, Arguments&)
        void add_shape(Arguments&)
        size_t threads(size_t)


cdef class Routine:
    cdef readonly str map_expr
    cdef readonly str reduce_expr
    cdef readonly str post_map_expr
    cdef readonly object reduce_type  # None: the type of the first output
    cdef bint output_index
    cdef bint reduced_index
    cdef dict functions


cdef class Reduction:
    cdef readonly str name
    cdef readonly object identity
    cdef readonly str preamble
    cdef readonly tuple options
    cdef readonly bint reduce_dims

    # Runs a routine on inputs, which are broadcast to the shape, and outputs.
    cdef int _launch(
        self, Routine routine, tuple params, list args,
        const vector[int]& codes, ReductionAxes& axes) except -1
    cdef str _source(
        self, Routine routine, tuple params, list args,
        const vector[int]& codes, ReductionAxes& axes)


cdef class reduction_function(Reduction):
    cdef readonly str __name__
    cdef readonly object __doc__
    cdef tuple _ops
    cdef dict _resolved

    cdef ndarray_base run(
        self, ndarray_base a, axis, dtype, out, bint keepdims)
    cdef tuple _resolve(self, int code, dtype)
