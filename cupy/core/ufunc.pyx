"""Universal functions: elementwise kernels with NumPy's rules of types."""
import math

import numpy

from cupy.core cimport base, elementwise, internal
from cupy.core.base cimport is_array, ndarray_base
from cupy.core.dtypes cimport C_NAMES, DTYPES, code_of, scalar_bits
from cupy.core.elementwise cimport Arguments, Loop, flat_rows
from cupy.core.internal cimport shape_t
from cupy.core.key_table cimport Key, KeyTable
from cupy.core.objects cimport Objects, extend, slice_of
from cupy.cuda cimport device as device_module
from cupy.cuda.function cimport Function

from cupy.core.elementwise import explain

# NumPy 1 looks at the value of a scalar to decide its type; NumPy 2 looks at
# its kind only, so that the decision can be remembered.
cdef bint _by_value = int(numpy.__version__.split('.')[0]) < 2
# How scalars of Python are written in the key of a decision.
cdef dict _kinds = {bool: 100, int: 101, float: 102}


cdef class Op:

    """One loop of a ufunc: its types and its code."""

    def __init__(self, str types, str routine):
        ins, outs = types.split('->')
        self.types = types
        self.in_codes = tuple([code_of(char) for char in ins])
        self.out_codes = tuple([code_of(char) for char in outs])
        self.routine = routine
        self.functions = KeyTable()


cdef class ufunc:

    """A function that is applied to each element of broadcast arrays.

    Attributes:
        name (str): Name of the function.
        nin (int): Number of inputs.
        nout (int): Number of outputs.
        nargs (int): Number of inputs and outputs.

    """

    def __init__(self, name, ops, preamble='', doc='', casting='same_kind'):
        cdef Op op
        self.name = name
        self.__name__ = name
        self.__doc__ = doc
        self._ops = tuple(ops)
        op = self._ops[0]
        self.nin = len(op.in_codes)
        self.nout = len(op.out_codes)
        self.nargs = self.nin + self.nout
        self._preamble = preamble
        self._casting = casting
        self._resolved = KeyTable()

    def __repr__(self):
        return f"<ufunc '{self.name}'>"

    def __reduce__(self):
        return self.name

    @property
    def types(self):
        """The loops, as characters of input and output types."""
        cdef Op op
        return [op.types for op in self._ops]

    def __call__(self, *args, out=None, dtype=None, casting=None):
        """Applies the function.

        Args:
            args: Inputs, arrays or scalars; outputs may follow.
            out (cupy.ndarray or tuple): Output or outputs.
            dtype: Type in which to compute and of the result.
            casting (str): How far the types of outputs may differ from those
                of the result, as in NumPy.

        Returns:
            cupy.ndarray: Result, or a tuple if there are several.

        Raises:
            TypeError: If there is no loop for the types of the arguments.
            ValueError: If the shapes cannot be broadcast, or an array is not
                on the current device.

        """
        cdef Objects arrays
        extend(arrays, args)
        if out is not None:
            if <Py_ssize_t>arrays.size() > self.nin:
                raise TypeError(f'{self.name}: outputs are given both by '
                                'position and as out=')
            extend(arrays, out if isinstance(out, tuple) else (out,))
        if not self.nin <= <Py_ssize_t>arrays.size() <= self.nargs:
            raise TypeError(
                f'{self.name} takes {self.nin} inputs and up to {self.nout} '
                f'outputs, but got {arrays.size()} arguments')
        return self.run(arrays, casting or self._casting, dtype)

    cdef object run(self, Objects& args, str casting, dtype):
        cdef Loop loop
        cdef Op op
        cdef int device = self._check(args)
        op = self._resolve(args, dtype)
        while <Py_ssize_t>args.size() < self.nargs:
            args.append(None)
        if not self._prepare_alike(args, op, loop):
            self._prepare(args, op, loop, casting)
        if loop.size:
            self._launch(args, op, loop, device)
        if self.nout == 1:
            return args.get(self.nin)
        return tuple(slice_of(args, self.nin, self.nargs))

    cdef bint _prepare_alike(self, Objects& args, Op op, Loop& loop) except -1:
        """Makes loop and outputs if all arrays are of one shape in C order.

        What :meth:`_prepare` does would come to the same, in more time; and
        nearly all calls are of this kind.
        """
        cdef ndarray_base array, first = None
        cdef Py_ssize_t k, j
        for k in range(self.nargs):
            if not is_array(args.get(k)):
                continue
            array = <ndarray_base>args.get(k)
            if first is None:
                first = array
            if not (array._c_contiguous and
                    internal.same(array._shape, first._shape)):
                return False
            if k < self.nin:
                continue
            if array._code != <int>op.out_codes[k - self.nin]:
                return False
            for j in range(self.nin):
                if is_array(args.get(j)) and spoils(
                        array, <ndarray_base>args.get(j)):
                    return False
        if first is None:
            return False
        loop.set_flat(first.size)
        for k in range(self.nargs):
            if k >= self.nin and args.get(k) is None:
                args.set(k, base.new_array(
                    first._shape, op.out_codes[k - self.nin]))
            if is_array(args.get(k)):
                array = <ndarray_base>args.get(k)
                loop.add_flat(<char*>array.pointer(), array._itemsize)
        return True

    cdef int _prepare(
            self, Objects& args, Op op, Loop& loop, str casting) except -1:
        """Makes the loop, and the outputs that are not given."""
        cdef shape_t shape
        cdef ndarray_base array
        cdef Py_ssize_t k
        cdef int[32] order
        cdef bint sorted_axes
        for k in range(self.nargs):
            arg = args.get(k)
            if is_array(arg):
                internal.broadcast_shape(shape, (<ndarray_base>arg)._shape)
        self._check_outputs(args, op, shape, casting)
        elementwise.set_shape(loop, shape)
        for k in range(self.nargs):
            arg = args.get(k)
            if is_array(arg):
                array = <ndarray_base>arg
                loop.add(<char*>array.pointer(), array._itemsize,
                         array._shape, array._strides)
        sorted_axes = loop.sort_axes(order)
        for k in range(self.nin, self.nargs):
            if args.get(k) is None:
                args.set(k, self._new_output(
                    loop, shape, op.out_codes[k - self.nin], order,
                    sorted_axes))
        if loop.size:
            loop.collapse()
        return 0

    cdef int _check(self, Objects& args) except -1:
        """Returns the current device, where all arrays are."""
        cdef Py_ssize_t k
        cdef int current = device_module.get_device_id()
        for k in range(<Py_ssize_t>args.size()):
            arg = args.get(k)
            if is_array(arg):
                if (<ndarray_base>arg).data.device_id != current:
                    base.check_device(arg, f'argument {k}')
            elif arg is None and k >= self.nin:
                continue
            elif k >= self.nin or not isinstance(
                    arg, (int, float, numpy.generic)):
                name = f'{k}' if k < self.nin else f'out{k - self.nin}'
                raise TypeError(explain(self.name, name, arg))
        return current

    cdef int _check_outputs(
            self, Objects& args, Op op, const shape_t& shape,
            str casting) except -1:
        """Checks outputs that are given, and copies inputs they spoil."""
        cdef ndarray_base out
        cdef Py_ssize_t k, j
        cdef int code
        for k in range(self.nin, self.nargs):
            if args.get(k) is None:
                continue
            out = args.get(k)
            if not internal.same(out._shape, shape):
                raise ValueError(
                    f'{self.name}: the output has the shape {out.shape}, but '
                    'the arguments are broadcast to '
                    f'{internal.to_tuple(shape)}')
            code = op.out_codes[k - self.nin]
            result = DTYPES[code]
            if out._code != code and not numpy.can_cast(
                    result, out.dtype, casting):
                raise TypeError(
                    f'{self.name}: cannot cast the result from {result.name} '
                    f"to {out.dtype.name} with casting '{casting}': give an "
                    'output of another dtype, or cast the inputs')
            for j in range(self.nin):
                if is_array(args.get(j)) and spoils(out, args.get(j)):
                    args.set(j, copy_elements(args.get(j)))
        return 0

    cdef ndarray_base _new_output(
            self, Loop& loop, const shape_t& shape, int code,
            const int* order, bint sorted_axes):
        cdef ndarray_base array
        cdef shape_t sorted_shape, sorted_strides
        if not sorted_axes:
            array = base.new_array(shape, code)
            loop.add(<char*>array.pointer(), array._itemsize, array._shape,
                     array._strides)
            return array
        array = base.new_array_in_order(shape, code, order)
        sorted_shape.assign(loop.shape, loop.shape + loop.ndim)
        sorted_strides = internal.c_strides(sorted_shape, array._itemsize)
        loop.add(<char*>array.pointer(), array._itemsize, sorted_shape,
                 sorted_strides)
        return array

    # ---- Types

    cdef Op _resolve(self, Objects& args, dtype):
        cdef Key key
        cdef Py_ssize_t k
        cdef bint remember = True
        for k in range(self.nin):
            arg = args.get(k)
            if is_array(arg):
                key.push_back((<ndarray_base>arg)._code)
            elif _by_value:
                remember = False
            elif isinstance(arg, numpy.generic):
                key.push_back(code_of(arg.dtype))
            else:
                key.push_back(_kinds.get(type(arg), 101))
        if dtype is not None:
            key.push_back(50 + code_of(dtype))
        if not remember:
            return self._search(args, dtype)
        found = self._resolved.get(key)
        if found is None:
            found = self._search(args, dtype)
            self._resolved.put(key, found)
        return found

    cdef Op _search(self, Objects& args, dtype):
        cdef list inputs = slice_of(args, 0, self.nin)
        cdef Op op = self._find(inputs, dtype)
        if op is not None and op.routine is not None:
            return op
        names = ', '.join([t.name for t in _argument_types(inputs)])
        wanted = '' if dtype is None else f' with dtype={numpy.dtype(dtype)}'
        raise TypeError(
            f'{self.name} is not defined for {names}{wanted}: cast the '
            'arguments with astype()')

    cdef Op _find(self, list inputs, dtype):
        cdef Op op
        types = _argument_types(inputs)
        if dtype is not None:
            code = code_of(dtype)
            for op in self._ops:
                if op.out_codes[0] == code and _castable(
                        types, op.in_codes, 'same_kind'):
                    return op
        else:
            # A scalar that takes the type of the arrays may fit no loop, as
            # the exponent of ldexp: then it has its own type.
            for candidate in (types, [_own_type(arg) for arg in inputs]):
                for op in self._ops:
                    if _castable(candidate, op.in_codes, 'safe'):
                        return op
        return None

    # ---- Kernels

    cdef int _launch(
            self, Objects& args, Op op, Loop& loop, int device) except -1:
        cdef Arguments arguments
        cdef Key key
        cdef Py_ssize_t k, position = 0
        cdef bint linear = loop.choose_access()
        cdef int code
        cdef Function kernel
        key.push_back(device)
        key.push_back(loop.ndim)
        for k in range(self.nargs):
            arg = args.get(k)
            if is_array(arg):
                key.push_back((<ndarray_base>arg)._code)
                key.push_back(loop.operands[position].access)
                arguments.add_array(
                    loop.operands[position].data, loop.size, loop.ndim,
                    loop.shape, loop.operands[position].strides)
                position += 1
            else:
                code = op.in_codes[k]
                key.push_back(code)
                key.push_back(-1)
                arguments.add_word(scalar_bits(arg, code))
        arguments.add_indexer(loop.size, loop.ndim, loop.shape)
        found = op.functions.get(key)
        if found is None:
            found = elementwise.compile(
                self._source(args, op, loop, linear), f'cupy_{self.name}', ())
            op.functions.put(key, found)
        kernel = <Function>found
        kernel.launch(loop.size, arguments.addresses(), 0, 128, 0)
        return 0

    cdef str _source(self, Objects& args, Op op, Loop& loop, bint linear):
        cdef Py_ssize_t k, position = 0
        cdef list types = [], declarations = [], of_rows = []
        cdef list before = [], after = []
        for k in range(self.nargs):
            is_input = k < self.nin
            name = f'in{k}' if is_input else f'out{k - self.nin}'
            code = (op.in_codes[k] if is_input
                    else op.out_codes[k - self.nin])
            types.append(f'typedef {C_NAMES[code]} {name}_type;\n')
            if not is_array(args.get(k)):
                declarations.append(f'const {name}_type {name}')
                continue
            found = (<ndarray_base>args.get(k))._code
            const = 'const ' if is_input else ''
            declarations.append(
                f'{const}CArray<{C_NAMES[found]}, {loop.ndim}, '
                f'{loop.operands[position].access}> _raw_{name}')
            is_of_row = (is_input and
                         loop.operands[position].access == flat_rows)
            position += 1
            element = f'_raw_{name}.at({"0" if is_of_row else "i"}, _ind)'
            if is_input:
                if found != code:
                    element = f'static_cast<{name}_type>({element})'
                (of_rows if is_of_row else before).append(
                    f'    const {name}_type {name} = {element};\n')
            elif found == code:
                before.append(f'    {name}_type& {name} = {element};\n')
            else:
                before.append(f'    {name}_type {name};\n')
                after.append(
                    f'    {element} = '
                    f'static_cast<{C_NAMES[found]}>({name});\n')
        return f'''\
{''.join(types)}{self._preamble}
extern "C" __global__ void cupy_{self.name}({', '.join(declarations)}, \
CIndexer<{loop.ndim}> _ind) {{
  CUPY_WORK(_ind.size())
  {elementwise.loop_head(''.join(of_rows), linear)}
{''.join(before)}    {op.routine};
{''.join(after)}  }}}}
}}
'''


cdef class comparison(ufunc):

    """A ufunc that compares, also with integers beyond the arrays' type."""

    cdef object run(self, Objects& args, str casting, dtype):
        cdef Py_ssize_t k
        try:
            return ufunc.run(self, args, casting, dtype)
        except OverflowError:
            # All such an integer has to say is on which side it lies.
            inputs = slice_of(args, 0, self.nin)
            for k in range(self.nin):
                if _is_beyond(inputs[k], inputs):
                    args.set(k, math.copysign(math.inf, inputs[k]))
            return ufunc.run(self, args, casting, dtype)


cdef bint _is_beyond(value, list args):
    """Whether an integer of Python is none of the other arguments' type."""
    if type(value) is not int:
        return False
    for arg in args:
        if is_array(arg):
            limits = numpy.iinfo(arg.dtype)
            return not limits.min <= value <= limits.max
    return False


cdef list _argument_types(list args):
    """The dtypes with which a loop is looked for.

    A scalar of Python has the type that NumPy gives to an operation of it
    with the other arguments.
    """
    common = numpy.result_type(*[
        arg.dtype if is_array(arg) else arg for arg in args])
    return [arg.dtype if is_array(arg) or
            (isinstance(arg, numpy.generic) and not _by_value)
            else common for arg in args]


cdef object _own_type(arg):
    if isinstance(arg, (ndarray_base, numpy.generic)):
        return arg.dtype
    return numpy.dtype(type(arg))


cdef bint _castable(list types, tuple codes, casting):
    return all([numpy.can_cast(t, DTYPES[code], casting)
                for t, code in zip(types, codes)])


cdef (size_t, size_t) extent(ndarray_base array):
    """First byte of an array's memory, and the one after its last."""
    cdef Py_ssize_t d, low = 0, high = array._itemsize, reach
    if array.size == 0:
        return array.pointer(), array.pointer()
    for d in range(<Py_ssize_t>array._shape.size()):
        reach = array._strides[d] * (array._shape[d] - 1)
        if reach < 0:
            low += reach
        else:
            high += reach
    return array.pointer() + low, array.pointer() + high


cdef bint overlap(ndarray_base left, ndarray_base right):
    """Whether two arrays have memory in common, as far as their ends tell."""
    cdef (size_t, size_t) one = extent(left)
    cdef (size_t, size_t) other = extent(right)
    return one[0] < other[1] and other[0] < one[1]


cdef bint spoils(ndarray_base out, ndarray_base array):
    """Whether writing ``out`` may change elements still to be read."""
    return overlap(out, array) and not (
        out.pointer() == array.pointer() and
        out._itemsize == array._itemsize and
        internal.same(out._shape, array._shape) and
        internal.same(out._strides, array._strides))


def create_comparison(name, ops, routine=None, doc=''):
    """Makes a ufunc that compares; see :func:`create_ufunc`."""
    return comparison(name, _loops(ops, routine), doc=doc)


def create_ufunc(name, ops, routine=None, preamble='', doc='',
                 default_casting=None):
    """Makes a ufunc.

    Args:
        name (str): Name of the function.
        ops (sequence): Its loops, in the order in which they are tried: a
            string of type characters such as ``'ff->f'``, or a tuple of it
            and the code.
        routine (str): Code of loops that do not say their own: statements of
            C++ that assign to ``out0``, ``out1``... from ``in0``, ``in1``...,
            whose types are ``in0_type`` and so on.
        preamble (str): Code that stands before the kernel.
        doc (str): Docstring.
        default_casting (str): How far outputs may differ in type from the
            result; ``'same_kind'`` if it is not given.

    Returns:
        ufunc: Function.

    """
    return ufunc(name.removeprefix('cupy_'), _loops(ops, routine), preamble,
                 doc, default_casting or 'same_kind')


cdef list _loops(ops, routine):
    return [Op(op, routine) if isinstance(op, str) else Op(*op) for op in ops]


cdef ufunc copy_elements = create_ufunc(
    'copy', [f'{c}->{c}' for c in '?bBhHiIlLefd'], 'out0 = in0',
    default_casting='unsafe',
    doc='Copies an array into another one, or into a new one.')
elementwise_copy = copy_elements
