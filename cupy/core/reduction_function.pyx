"""Functions that reduce an array along axes."""
from libcpp cimport bool as cpp_bool

from cupy.core cimport base
from cupy.core.base cimport is_array, ndarray_base
from cupy.core.dtypes cimport DTYPES, code_of
from cupy.core.elementwise cimport Codes, Parameter
from cupy.core.objects cimport Objects
from cupy.core.reduction cimport (
    MAX_NDIM, ReductionAxes, Routine, check_output, find_axes, new_output,
    output_shape)
from cupy.core.ufunc cimport copy_elements, overlap

import numpy

from cupy.core.elementwise import explain


cdef class reduction_function(Reduction):

    """A function that reduces an array along axes; it knows several types.

    Attributes:
        name (str): Name of the function.

    """

    def __init__(self, name, ops, identity=None, preamble='', doc=''):
        self.name = name
        self.__name__ = name
        self.__doc__ = doc
        self.identity = None if identity in (None, '') else str(identity)
        self.preamble = preamble
        self.options = ()
        self.reduce_dims = True
        self._ops = tuple(ops)
        self._resolved = {}

    def __repr__(self):
        return f"<reduction '{self.name}'>"

    def __call__(self, a, axis=None, dtype=None, out=None, keepdims=False):
        """Reduces an array.

        Args:
            a (cupy.ndarray): Array.
            axis (int or tuple of ints): Axes to reduce; all by default.
            dtype: Type in which to compute and of the result.
            out (cupy.ndarray): Array for the result. The result is cast to
                its type.
            keepdims (bool): If ``True``, the axes remain, with an extent of
                1.

        Returns:
            cupy.ndarray: Result.

        Raises:
            TypeError: If there is no routine for the types.
            ValueError: If ``out`` has a wrong shape, an array is not on the
                current device, or there is nothing to reduce and no identity.

        """
        if not is_array(a):
            raise TypeError(explain(self.name, 'a', a))
        return self.run(a, axis, dtype, out, keepdims)

    cdef ndarray_base run(
            self, ndarray_base a, axis, dtype, out, bint keepdims):
        cdef ReductionAxes axes
        cdef cpp_bool reduced[MAX_NDIM]
        cdef ndarray_base result
        cdef Codes codes
        cdef Objects args
        cdef int ndim = a._shape.size()
        base.check_device(a, 'a')
        if out is not None and not is_array(out):
            raise TypeError(explain(self.name, 'out', out))
        find_axes(axis, ndim, reduced)
        in_code, out_code, result_code, routine = self._resolve(
            a._code, dtype)
        codes.push_back(in_code)
        codes.push_back(out_code)
        if out is not None and overlap(out, a):
            a = copy_elements(a)
        axes.set_shape(a._shape, reduced)
        axes.add_input(<char*>a.pointer(), a._itemsize, a._shape, a._strides,
                       ndim)
        axes.sort()
        if axes.reduced_size() == 0 and self.identity is None:
            raise ValueError(f'zero-size array to reduction operation '
                             f'{self.name} which has no identity')
        if out is None:
            result = new_output(
                a._shape, reduced, keepdims, result_code, axes)
        else:
            result = out
            check_output(self.name, result,
                         output_shape(a._shape, reduced, keepdims))
        axes.add_output(<char*>result.pointer(), result._itemsize,
                        result._strides, reduced, ndim, keepdims)
        if axes.output_size():
            args.append(a)
            args.append(result)
            self._launch(routine, _params, args, codes, axes)
        return result

    cdef tuple _resolve(self, int code, dtype):
        """Types of input, output and result, and the routine."""
        cdef int wanted = -1 if dtype is None else code_of(dtype)
        key = code * 16 + wanted
        found = self._resolved.get(key)
        if found is None:
            found = self._resolved[key] = self._search(code, wanted)
        return found

    def _search(self, int code, int wanted):
        # Where a result is wanted that no routine has, it is cast.
        fitting = [op for op in self._ops if numpy.can_cast(
            DTYPES[code], DTYPES[op[0]], 'safe')]
        exact = [op for op in self._ops if op[1] == wanted]
        for op in (*[op for op in exact if op[0] == code],
                   *[op for op in exact if op[0] == op[1]], *fitting):
            return op[0], op[1], op[1] if wanted < 0 else wanted, op[2]
        raise TypeError(f'{self.name} is not defined for '
                        f'{DTYPES[code].name}: cast the array with astype()')


# Which types they have is the routine's to say.
cdef tuple _params = (
    Parameter('float64 in0', True), Parameter('float64 out0', False))


def create_reduction_func(name, ops, routine=None, identity=None, preamble='',
                          doc=''):
    """Makes a function that reduces an array along axes.

    Args:
        name (str): Name of the function.
        ops (sequence): For each pair of types that it knows, a string such as
            ``'f->f'``, or that and expressions: a tuple of a map expression,
            a reduce expression, a post map expression and the type of values,
            as in :class:`cupy.ReductionKernel`. What is ``None`` is as in
            ``routine``. The first pair to which an array can be cast is used,
            or the one that gives the wanted type of the result.
        routine (tuple): Expressions of pairs that have none. The input is
            ``in0``, the output ``out0``, their types are ``type_in0_raw``
            and ``type_out0_raw``.
        identity (str): Value of a reduction of no elements, if there is one.
        preamble (str): Code that stands before the kernel.
        doc (str): Docstring.

    Returns:
        reduction_function: Function.

    """
    default = routine or ('in0', 'a + b', 'out0 = a', None)
    routines = {}
    found = []
    for op in ops:
        types, own = (op, None) if isinstance(op, str) else op
        expressions = tuple([
            mine if mine is not None else common
            for mine, common in zip(own or (None,) * 4, default)])
        ins, outs = types.split('->')
        found.append((code_of(ins), code_of(outs), routines.setdefault(
            expressions, Routine(*expressions))))
    return reduction_function(name, found, identity, preamble, doc)
