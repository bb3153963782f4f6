"""Kernels that reduce arrays along axes."""
import operator

from libcpp cimport bool as cpp_bool
from libcpp.vector cimport vector

from cupy.core cimport base, elementwise, internal
from cupy.core.base cimport is_array, ndarray_base
from cupy.core.dtypes cimport C_NAMES, code_of, scalar_bits
from cupy.core.elementwise cimport Arguments, Codes, Parameter
from cupy.core.internal cimport shape_t
from cupy.core.key_table cimport Key, KeyTable
from cupy.core.objects cimport Objects, extend, slice_of
from cupy.cuda cimport device as device_module
from cupy.cuda.function cimport Function

import numpy

from cupy.core import reduction_text

cdef enum:
    THREADS = 512  # CUPY_REDUCE_THREADS in include/reduction.h


# ---- What kernels of users and functions of ours have in common

cdef class Routine:

    """The expressions of a reduction."""

    def __init__(self, str map_expr, str reduce_expr, str post_map_expr,
                 reduce_type):
        self.map_expr = map_expr
        self.reduce_expr = reduce_expr
        self.post_map_expr = post_map_expr
        self.reduce_type = _c_type(reduce_type)
        self.finds = reduce_expr in reduction_text.SEARCHES
        code = ' '.join((map_expr, reduce_expr, post_map_expr))
        self.output_index = reduction_text.mentions(code, '_i', '_j')
        self.reduced_index = self.finds or reduction_text.mentions(
            code, '_J', '_j')
        self.functions = KeyTable()


cdef object _c_type(name):
    """A type as C++ spells it. It may be given as NumPy does."""
    if name is None or name in ('bool', 'int', 'float', 'double'):
        return name
    try:
        return C_NAMES[code_of(name)]
    except TypeError:
        return name


cdef class Reduction:

    """What can run routines."""

    cdef int _launch(
            self, Routine routine, tuple params, const Objects& args,
            const Codes& codes, ReductionAxes& axes) except -1:
        cdef Arguments arguments
        cdef Key key
        cdef ndarray_base array
        cdef Parameter param
        cdef Py_ssize_t k, count = len(params)
        cdef int position = 0
        cdef Function function
        axes.plan(self.reduce_dims, routine.output_index,
                  routine.reduced_index, routine.finds)
        key.push_back(device_module.get_device_id())
        key.push_back(axes.kind)
        key.push_back(axes.output_axes())
        key.push_back(axes.reduced_axes())
        for k in range(count):
            param = <Parameter>params[k]
            key.push_back(codes[k])
            if not is_array(args.get(k)):
                key.push_back(-1)
                arguments.add_word(scalar_bits(args.get(k), codes[k]))
                continue
            array = <ndarray_base>args.get(k)
            if param.raw:
                key.push_back(-2 - array.dims() * 2 - array._c_contiguous)
                arguments.add_array(
                    <void*>array.pointer(), array.size, array.dims(),
                    array._shape.data(), array._strides.data())
            else:
                key.push_back(array._code)
                key.push_back(axes.known(position))
                axes.add_array(position, arguments)
                position += 1
        axes.add_shape(arguments)
        found = routine.functions.get(key)
        if found is None:
            found = elementwise.compile(
                self._source(routine, params, args, codes, axes), self.name,
                self.options)
            routine.functions.put(key, found)
        function = <Function>found
        function.launch(
            axes.threads(THREADS), arguments.addresses(), 0, THREADS, 0)
        return 0

    cdef str _source(
            self, Routine routine, tuple params, const Objects& args,
            const Codes& codes, ReductionAxes& axes):
        cdef Parameter param
        cdef ndarray_base array
        cdef Py_ssize_t k
        cdef int position = 0
        cdef list arguments = []
        for k in range(len(params)):
            param = params[k]
            c_type = C_NAMES[codes[k]]
            role, element, detail = 'scalar', None, None
            if is_array(args.get(k)):
                array = args.get(k)
                element = C_NAMES[array._code]
                if param.raw:
                    role = 'raw'
                    detail = f'{array.dims()}, {int(array._c_contiguous)}'
                else:
                    role = 'input' if param.is_input else 'output'
                    detail = axes.known(position)
                    position += 1
            arguments.append(reduction_text.Argument(
                param.name, c_type, role, element, detail))
        return reduction_text.kernel(
            self.name, routine, arguments,
            elementwise.typedefs(params, codes), self.preamble, self.identity,
            (axes.kind, axes.output_axes(), axes.reduced_axes()))


cdef int find_axes(axis, Py_ssize_t ndim, cpp_bool* reduced) except -1:
    """Tells for each axis whether it is reduced."""
    cdef Py_ssize_t d
    for d in range(ndim):
        reduced[d] = axis is None
    if axis is None:
        return 0
    for item in axis if isinstance(axis, tuple) else (axis,):
        if isinstance(item, (bool, numpy.bool_)):
            raise TypeError(f'an axis is an integer, not {item!r}')
        d = operator.index(item)
        if ndim == 0 and -1 <= d <= 0 and item is axis:
            continue  # as in NumPy: a scalar passes for a vector
        d = internal.normalize_axis(d, ndim)
        if reduced[d]:
            raise ValueError(f"duplicate value in 'axis': {axis}")
        reduced[d] = True
    return 0


cdef ndarray_base new_output(
        const shape_t& shape, const cpp_bool* reduced, bint keepdims,
        int code, ReductionAxes& axes):
    """An array for outputs, with its axes in the order of the inputs'."""
    cdef shape_t result = output_shape(shape, reduced, keepdims)
    cdef vector[int] order
    cdef int place[MAX_NDIM]
    cdef int d, i, count = 0
    cdef bint in_order = True
    for d in range(<int>shape.size()):
        place[d] = count
        if not reduced[d]:
            count += 1
        elif keepdims:
            order.push_back(count)
            count += 1
    for i in range(axes.output_axes()):
        in_order &= i == 0 or axes.output_axis(i - 1) < axes.output_axis(i)
        order.push_back(place[axes.output_axis(i)])
    if in_order:
        return base.new_array(result, code)
    return base.new_array_in_order(result, code, order.data())


cdef shape_t output_shape(
        const shape_t& shape, const cpp_bool* reduced, bint keepdims):
    cdef shape_t result
    cdef size_t d
    for d in range(shape.size()):
        if not reduced[d]:
            result.push_back(shape[d])
        elif keepdims:
            result.push_back(1)
    return result


cdef int check_output(
        str name, ndarray_base out, const shape_t& expected) except -1:
    base.check_device(out, 'out')
    if not internal.same(out._shape, expected):
        raise ValueError(
            f'{name}: the output has the shape {out.shape}, expected '
            f'{internal.to_tuple(expected)}')
    return 0


# ---- Kernels of users

cdef class ReductionKernel(Reduction):

    """A kernel that reduces arrays along axes.

    Three expressions of C++ say what is computed. Each element of the inputs,
    which are broadcast, is mapped to a value; two values are reduced to one
    until there is one for each output; and that one is written.

    Args:
        in_params (str): Inputs, as in :class:`cupy.ElementwiseKernel`. With
            ``raw`` arrays only leading axes can be reduced.
        out_params (str): Outputs, likewise.
        map_expr (str): Value of an element, an expression in the inputs. It
            may also use ``_J``, the index among the reduced elements, ``_i``,
            the index of the output, ``_j``, the index of the element if the
            reduced axes come first, ``_in_ind.size()`` and
            ``_out_ind.size()``. All are counted in C order.
        reduce_expr (str): Value of two values, ``a`` and ``b``. The order in
            which values are reduced is not fixed.
        post_map_expr (str): Statement that writes the outputs, given the last
            value ``a``.
        identity (str): Value of a reduction of no elements; ``None`` if there
            is none, which then is an error.
        name (str): Name of the kernel.
        reduce_type (str): Type of the values, ``_type_reduce``; that of the
            first output by default.
        reduce_dims (bool): Whether axes that are one in memory may be merged.
        preamble (str): Code that stands before the kernel.
        options (tuple): Options of the compiler.

    .. admonition:: Example

       >>> import cupy
       >>> l2norm = cupy.ReductionKernel(
       ...     'T x', 'T y', 'x * x', 'a + b', 'y = sqrt(a)', '0', 'l2norm')
       >>> l2norm(cupy.array([[3., 4.], [6., 8.]]), axis=1)
       array([ 5., 10.])

    """

    cdef readonly tuple in_params
    cdef readonly tuple out_params
    cdef readonly tuple params
    cdef readonly Py_ssize_t nin
    cdef readonly Py_ssize_t nout
    cdef readonly Py_ssize_t nargs
    cdef Routine _routine
    cdef bint _has_raw

    def __init__(self, in_params, out_params, map_expr, reduce_expr,
                 post_map_expr, identity, name='reduce_kernel',
                 reduce_type=None, reduce_dims=True, preamble='', options=()):
        cdef Parameter param
        if not name.isidentifier():
            raise ValueError(
                f'{name!r} cannot be the name of a kernel: it has to be an '
                'identifier of C')
        self.in_params = elementwise.parse_parameters(in_params, True)
        self.out_params = elementwise.parse_parameters(out_params, False)
        self.params = self.in_params + self.out_params
        self.nin = len(self.in_params)
        self.nout = len(self.out_params)
        self.nargs = self.nin + self.nout
        names = [param.name for param in self.params]
        if len(set(names)) < len(names):
            raise ValueError(f'{name}: two parameters have one name: {names}')
        if all([param.raw for param in self.in_params]) or not self.nout:
            raise ValueError(
                f'{name}: a reduction needs an input that is not raw, and an '
                'output')
        self.name = name
        self.identity = None if identity in (None, '') else str(identity)
        self.preamble = preamble
        self.options = tuple(options)
        self.reduce_dims = reduce_dims
        self._routine = Routine(
            map_expr, reduce_expr, post_map_expr, reduce_type)
        self._has_raw = any([param.raw for param in self.params])

    def __call__(self, *args, **kwargs):
        """Runs the kernel.

        Args:
            args: The inputs, or the inputs and then the outputs.
            out (cupy.ndarray): The output, if there is one only.
            axis (int or tuple of ints): Axes to reduce; all by default.
            keepdims (bool): If ``True``, reduced axes remain in the outputs,
                with an extent of 1.

        Returns:
            The output, or a tuple of the outputs if there are several.

        Raises:
            TypeError: If an argument is of a wrong type, or a type cannot be
                decided.
            ValueError: If shapes do not fit, an array is not on the current
                device, axes may not be reduced, or there is nothing to
                reduce and no identity.

        """
        cdef shape_t shape
        cdef Codes codes
        cdef ReductionAxes axes
        cdef cpp_bool reduced[MAX_NDIM]
        cdef Objects arrays
        cdef Py_ssize_t count
        extend(arrays, args)
        out = kwargs.pop('out', None)
        axis = kwargs.pop('axis', None)
        keepdims = kwargs.pop('keepdims', False)
        if kwargs:
            raise TypeError(
                f'{self.name}: unexpected keyword arguments '
                f'{sorted(kwargs)}; there are out, axis and keepdims')
        if out is not None:
            if self.nout != 1 or len(args) > self.nin:
                raise ValueError(
                    f'{self.name}: out= is for the only output, and not '
                    'together with outputs among the arguments')
            arrays.append(out)
        count = arrays.size()
        if count != self.nin and count != self.nargs:
            raise TypeError(
                f'{self.name} takes {self.nin} arguments, or {self.nargs} '
                f'with the outputs, but got {count}')
        elementwise.check_arguments(self.name, self.params, arrays)
        elementwise.decide_types(
            codes, self.name, self.params, arrays, self.nin)
        shape = self._shape(arrays)
        find_axes(axis, shape.size(), reduced)
        self._check_raw(shape.size(), reduced)
        axes.set_shape(shape, reduced)
        self._add_operands(arrays, codes, shape, reduced, keepdims, axes)
        if axes.reduced_size() == 0 and self.identity is None:
            raise ValueError(f'zero-size array to reduction operation '
                             f'{self.name} which has no identity')
        if axes.output_size():
            self._launch(self._routine, self.params, arrays, codes, axes)
        if self.nout == 1:
            return arrays.get(self.nin)
        return tuple(slice_of(arrays, self.nin, self.nargs))

    cdef shape_t _shape(self, const Objects& arrays) except *:
        cdef shape_t shape
        cdef Py_ssize_t k
        cdef bint found = False
        for k in range(self.nin):
            if (is_array(arrays.get(k)) and
                    not (<Parameter>self.params[k]).raw):
                found = True
                internal.broadcast_shape(
                    shape, (<ndarray_base>arrays.get(k))._shape)
        if not found:
            raise TypeError(f'{self.name}: at least one input has to be an '
                            'array that is not raw')
        return shape

    cdef int _check_raw(
            self, Py_ssize_t ndim, const cpp_bool* reduced) except -1:
        cdef Py_ssize_t d
        for d in range(1, ndim):
            if self._has_raw and reduced[d] and not reduced[d - 1]:
                raise ValueError(
                    f'{self.name}: with a raw parameter the reduced axes have '
                    'to be the first ones: transpose the array')
        return 0

    cdef int _add_operands(
            self, Objects& arrays, const Codes& codes, const shape_t& shape,
            const cpp_bool* reduced, bint keepdims,
            ReductionAxes& axes) except -1:
        """Tells the axes about all arrays; makes outputs not given."""
        cdef ndarray_base array
        cdef Parameter param
        cdef Py_ssize_t k
        cdef int ndim = shape.size()
        for k in range(self.nin):
            param = self.params[k]
            if is_array(arrays.get(k)) and not param.raw:
                array = arrays.get(k)
                axes.add_input(<char*>array.pointer(), array._itemsize,
                               array._shape, array._strides, ndim)
        axes.sort()
        given = <Py_ssize_t>arrays.size() == self.nargs
        for k in range(self.nin, self.nargs):
            param = self.params[k]
            if not given:
                if param.raw:
                    raise ValueError(
                        f'{self.name}: {param.name} is raw, so its size is '
                        'not known: give it as an argument')
                arrays.append(new_output(
                    shape, reduced, keepdims, codes[k], axes))
            elif not param.raw:
                check_output(self.name, arrays.get(k),
                             output_shape(shape, reduced, keepdims))
            if param.raw:
                continue
            array = arrays.get(k)
            axes.add_output(<char*>array.pointer(), array._itemsize,
                            array._strides, reduced, ndim, keepdims)
        return 0
