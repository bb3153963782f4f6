"""Kernels that do the same to every element of broadcast arrays."""
import re

import numpy

from cupy.core cimport internal
from cupy.core.base cimport check_device, is_array, ndarray_base, new_array
from cupy.core.dtypes cimport C_NAMES, code_of, scalar_bits
from cupy.core.internal cimport shape_t
from cupy.core.key_table cimport Key, KeyTable
from cupy.core.objects cimport Objects, extend, slice_of
from cupy.cuda cimport device as device_module
from cupy.cuda.function cimport Function

from cupy.cuda import compiler

cdef object _parameter = re.compile(
    r'\s*(?P<raw>raw\s+)?(?P<type>\w+)\s+(?P<name>\w+)\s*$')
cdef frozenset _reserved = frozenset(['i', 'n'])
cdef tuple _scalar_types = (int, float, numpy.generic)


# ---- Parameters, shared with reductions

cdef class Parameter:

    """A parameter of a kernel: ``raw T x``."""

    def __init__(self, str text, bint is_input):
        match = _parameter.match(text)
        if match is None:
            raise ValueError(
                f'{text!r} is no parameter: write "type name" or '
                '"raw type name", with commas between parameters')
        self.name = match.group('name')
        self.type_name = match.group('type')
        self.raw = match.group('raw') is not None
        self.is_input = is_input
        if self.name in _reserved or self.name.startswith('_'):
            raise ValueError(
                f'{self.name!r} cannot be the name of a parameter: i, n and '
                'names that begin with an underscore are reserved')
        self.code = -1
        if len(self.type_name) > 1:
            try:
                self.code = code_of(self.type_name)
            except TypeError:
                raise TypeError(
                    f'{self.type_name!r} is no type: use the name of a dtype '
                    'as NumPy spells it, or a single letter that stands for '
                    'any type') from None


cdef tuple parse_parameters(str text, bint is_input):
    """The parameters of a list such as ``'float32 x, raw T y'``."""
    if not text.strip():
        return ()
    return tuple([Parameter(item, is_input) for item in text.split(',')])


cdef int check_arguments(
        str kernel, tuple params, const Objects& args) except -1:
    """Raises unless arguments are arrays of this device, or scalars."""
    cdef Parameter param
    cdef Py_ssize_t k
    cdef int current = device_module.get_device_id()
    for k in range(<Py_ssize_t>args.size()):
        arg, param = args.get(k), <Parameter>params[k]
        if is_array(arg):
            if (<ndarray_base>arg).data.device_id != current:
                check_device(arg, param.name)
        elif isinstance(arg, _scalar_types):
            if param.raw or not param.is_input:
                kind = 'a raw argument' if param.raw else 'an output'
                raise TypeError(
                    f'{kernel}: {param.name} is {kind} and has to be a '
                    f'cupy.ndarray, not {arg!r}')
        else:
            raise TypeError(explain(kernel, param.name, arg))
    return 0


def explain(kernel, name, arg):
    """Says what is wrong with an argument that is no array of ours."""
    kind = f'{type(arg).__module__}.{type(arg).__qualname__}'
    remedy = ''
    if isinstance(arg, numpy.ndarray):
        remedy = ('; it lies in the memory of the host: move it to the '
                  'device with cupy.asarray(), or take the other arrays back '
                  'with cupy.asnumpy()')
    return (f'{kernel}: unsupported type {kind} of argument {name}, expected '
            f'a cupy.ndarray or a scalar{remedy}')


cdef int decide_types(
        Codes& codes, str kernel, tuple params, const Objects& args,
        Py_ssize_t nin) except -1:
    """Appends the codes of the types of all parameters.

    What a placeholder stands for is told by the arrays, outputs first; if
    there is none, by the scalars.
    """
    cdef Parameter param
    cdef int found, expected
    cdef Py_ssize_t k, turn, nargs = args.size(), same = -1
    for _ in range(len(params)):
        codes.push_back(-1)
    for turn in range(nargs):
        k = (nin + turn) % nargs
        arg = args.get(k)
        if not is_array(arg):
            continue
        param = <Parameter>params[k]
        found = (<ndarray_base>arg)._code
        expected = param.code
        if expected < 0:
            same = _decided(params, codes, param)
            expected = found if same < 0 else codes[same]
        if found != expected:
            because = 'declared' if param.code >= 0 else (
                f'as {(<Parameter>params[same]).name} has it')
            raise TypeError(
                f'{kernel}: {param.name} is {arg.dtype.name}, expected '
                f'{_name(expected)} ({because}): cast it with astype()')
        codes[k] = found
    for k in range(<Py_ssize_t>codes.size()):
        if codes[k] >= 0:
            continue
        param = <Parameter>params[k]
        codes[k] = param.code
        if param.code < 0:
            same = _decided(params, codes, param)
            codes[k] = codes[same] if same >= 0 else _type_of_scalars(
                kernel, params, args, param)
    return 0


cdef Py_ssize_t _decided(
        tuple params, const Codes& codes, Parameter wanted):
    """A parameter of the same placeholder whose type is known, or -1."""
    cdef Py_ssize_t k
    for k in range(<Py_ssize_t>codes.size()):
        if codes[k] >= 0 and (
                (<Parameter>params[k]).type_name == wanted.type_name):
            return k
    return -1


cdef int _type_of_scalars(
        str kernel, tuple params, const Objects& args,
        Parameter wanted) except -1:
    cdef Parameter param
    types = [arg.dtype if isinstance(arg, numpy.generic)
             else numpy.dtype(type(arg))
             for param, arg in zip(params, slice_of(args, 0, args.size()))
             if param.type_name == wanted.type_name]
    if not types:
        raise TypeError(
            f'{kernel}: nothing tells what {wanted.type_name} is in '
            f'"{wanted.type_name} {wanted.name}": give the output argument '
            'explicitly')
    return code_of(numpy.result_type(*types))


def _name(int code):
    return numpy.dtype('?bBhHiIqQefd'[code]).name


cdef str typedefs(tuple params, const Codes& codes):
    """Declares the placeholders."""
    cdef Parameter param
    cdef Py_ssize_t k
    found = {}
    for k in range(len(params)):
        param = params[k]
        if param.code < 0:
            found[param.type_name] = C_NAMES[codes[k]]
    return ''.join([f'typedef {c_name} {name};\n'
                    for name, c_name in found.items()])


cdef Function compile(str source, str name, tuple options):
    """The kernel of a text, compiled for the current device."""
    return compile_with_cache(source, options).get_function(name)


def compile_with_cache(source, options=(), arch=None, cache_dir=None):
    """Compiles CUDA source that may use ``CArray`` and ``CUPY_FOR``.

    It is :func:`cupy.cuda.compile_with_cache` of the source after the header
    that CuPy's own kernels include. An array given to such a kernel is a
    ``CArray<T, ndim>``.

    Args:
        source (str): Source.
        options (tuple): Options of the compiler.
        arch (str): Architecture to compile for; that of the current device
            if it is not given.
        cache_dir (str): Folder of the cache on disk.

    Returns:
        cupy.cuda.Module: The compiled source, loaded.

    """
    return compiler.compile_with_cache(
        '#include "carray.h"\n' + source, options, arch, cache_dir)


cdef str loop_head(str of_rows, bint linear):
    """Begins the loops: of elements, after those of what rows have in common.
    """
    if linear:
        return f'{{\n{of_rows}  CUPY_FOR(i, _ind.size()) {{'
    return (f'CUPY_EACH(_ind) {{\n{of_rows}  CUPY_ROW(i, _ind) {{\n'
            '    CUPY_AT(i, _ind);')


cdef int set_shape(Loop& loop, const shape_t& shape) except -1:
    loop.ndim = shape.size()
    loop.size = internal.prod(shape)
    for d in range(loop.ndim):
        loop.shape[d] = shape[d]
    return 0


# ---- Elementwise kernels

cdef class ElementwiseKernel:

    """A kernel that computes outputs from inputs, element by element.

    The arrays are broadcast; the operation is C++ in which each parameter is
    the element at hand. It is compiled when it is first called with types
    and layouts of a new kind, and cached, also on disk.

    Args:
        in_params (str): Inputs, such as ``'float32 x, T y, raw T z'``. A type
            is the name of a dtype, or a letter that stands for any type; the
            same letter means the same type. A ``raw`` array is not
            broadcast: the operation indexes it, as in ``z[i]``. Inputs that
            are not raw may be scalars.
        out_params (str): Outputs, likewise.
        operation (str): Body of the loop. ``i`` is the index of the element,
            in C order, and ``_ind.size()`` the number of elements.
        name (str): Name of the kernel.
        reduce_dims (bool): Whether axes that are one in memory may be merged.
            If not, ``_ind.get()`` is the index of the element for each axis.
        preamble (str): Code that stands before the kernel.
        options (tuple): Options of the compiler.
        loop_prep (str): Code that stands before the loop.
        after_loop (str): Code that stands after the loop.

    .. admonition:: Example

       >>> import cupy
       >>> squared_difference = cupy.ElementwiseKernel(
       ...     'T x, T y', 'T z', 'z = (x - y) * (x - y)',
       ...     'squared_difference')
       >>> squared_difference(cupy.arange(3), 1)
       array([1, 0, 1])

    """

    cdef readonly tuple in_params
    cdef readonly tuple out_params
    cdef readonly tuple params
    cdef readonly Py_ssize_t nin
    cdef readonly Py_ssize_t nout
    cdef readonly Py_ssize_t nargs
    cdef readonly str operation
    cdef readonly str name
    cdef readonly bint reduce_dims
    cdef readonly str preamble
    cdef readonly str loop_prep
    cdef readonly str after_loop
    cdef readonly tuple options
    cdef bint _uses_index
    cdef KeyTable _functions

    def __init__(self, in_params, out_params, operation, name='kernel',
                 reduce_dims=True, preamble='', *, options=(), loop_prep='',
                 after_loop=''):
        cdef Parameter param
        if not name.isidentifier():
            raise ValueError(
                f'{name!r} cannot be the name of a kernel: it has to be an '
                'identifier of C')
        self.in_params = parse_parameters(in_params, True)
        self.out_params = parse_parameters(out_params, False)
        self.params = self.in_params + self.out_params
        self.nin = len(self.in_params)
        self.nout = len(self.out_params)
        self.nargs = self.nin + self.nout
        names = [param.name for param in self.params]
        if len(set(names)) < len(names):
            raise ValueError(f'{name}: two parameters have one name: {names}')
        self.operation = operation
        self.name = name
        self.reduce_dims = reduce_dims
        self.preamble = preamble
        self.loop_prep = loop_prep
        self.after_loop = after_loop
        self.options = tuple(options)
        self._uses_index = '_ind.get' in operation
        self._functions = KeyTable()

    def __call__(self, *args, size=None):
        """Runs the kernel.

        Args:
            args: The inputs, or the inputs and then the outputs. Outputs that
                are not given are made.
            size (int): Number of elements; needed if all arrays are raw, and
                refused otherwise.

        Returns:
            The output, or a tuple of the outputs if there are several.

        Raises:
            TypeError: If an argument is of a wrong type, or a type cannot be
                decided.
            ValueError: If shapes do not fit, or an array is on a device that
                is not the current one.

        """
        cdef shape_t shape
        cdef Codes codes
        cdef Objects arrays
        cdef Py_ssize_t count = len(args)
        extend(arrays, args)
        if count != self.nin and count != self.nargs:
            raise TypeError(
                f'{self.name} takes {self.nin} arguments, or {self.nargs} '
                f'with the outputs, but got {count}')
        check_arguments(self.name, self.params, arrays)
        decide_types(codes, self.name, self.params, arrays, self.nin)
        shape = self._shape(arrays, size)
        self._make_outputs(arrays, codes, shape)
        if internal.prod(shape):
            self._launch(arrays, codes, shape)
        if self.nout == 1:
            return arrays.get(self.nin)
        return tuple(slice_of(arrays, self.nin, self.nargs))

    cdef shape_t _shape(self, const Objects& arrays, size) except *:
        cdef shape_t shape
        cdef Parameter param
        cdef Py_ssize_t k
        cdef bint has_arrays = False, has_raw = False
        for k in range(<Py_ssize_t>arrays.size()):
            param = self.params[k]
            has_raw |= param.raw
            if not param.raw and is_array(arrays.get(k)):
                has_arrays = True
                internal.broadcast_shape(
                    shape, (<ndarray_base>arrays.get(k))._shape)
        if has_arrays and size is not None:
            raise ValueError(f'{self.name}: size= is only for calls of which '
                             'all arrays are raw; this loop has the size of '
                             'the others')
        if size is not None:
            return internal.to_shape(size)
        if has_raw and not has_arrays:
            raise ValueError(f'{self.name}: all arrays are raw, so the '
                             'argument size= is needed')
        return shape

    cdef int _make_outputs(
            self, Objects& arrays, const Codes& codes,
            const shape_t& shape) except -1:
        cdef Parameter param
        cdef Py_ssize_t k
        cdef bint given = <Py_ssize_t>arrays.size() == self.nargs
        for k in range(self.nin, self.nargs):
            param = self.params[k]
            if given:
                array = <ndarray_base>arrays.get(k)
                if not param.raw and not internal.same(
                        array._shape, shape):
                    raise ValueError(
                        f'{self.name}: {param.name} has the shape '
                        f'{array.shape}, but the arguments are broadcast to '
                        f'{internal.to_tuple(shape)}')
            elif param.raw:
                raise ValueError(
                    f'{self.name}: {param.name} is raw, so its size is not '
                    'known: give it as an argument')
            else:
                arrays.append(new_array(shape, codes[k]))
        return 0

    cdef int _make_loop(
            self, Loop& loop, const Objects& arrays,
            const shape_t& shape) except -1:
        cdef ndarray_base array
        cdef Py_ssize_t k
        cdef bint flat = self.reduce_dims and self._are_alike(arrays, shape)
        if flat:
            loop.set_flat(internal.prod(shape))
        else:
            set_shape(loop, shape)
        for k in range(self.nargs):
            if not is_array(arrays.get(k)) or (<Parameter>self.params[k]).raw:
                continue
            array = <ndarray_base>arrays.get(k)
            if flat:
                loop.add_flat(<char*>array.pointer(), array._itemsize)
            else:
                loop.add(<char*>array.pointer(), array._itemsize,
                         array._shape, array._strides)
        if self.reduce_dims and not flat:
            loop.collapse()
        return 0

    cdef bint _are_alike(self, const Objects& arrays, const shape_t& shape):
        """Whether all arrays that are looped over are in C order, unbroadcast.
        """
        cdef ndarray_base array
        cdef Py_ssize_t k
        for k in range(self.nargs):
            if not is_array(arrays.get(k)) or (<Parameter>self.params[k]).raw:
                continue
            array = <ndarray_base>arrays.get(k)
            if not (array._c_contiguous and
                    internal.same(array._shape, shape)):
                return False
        return True

    cdef int _launch(
            self, const Objects& arrays, const Codes& codes,
            const shape_t& shape) except -1:
        cdef Loop loop
        cdef Arguments arguments
        cdef ndarray_base array
        cdef Parameter param
        cdef Py_ssize_t k, next_operand = 0
        cdef Py_ssize_t nargs = self.nargs
        cdef bint linear
        cdef Key key
        cdef Function kernel
        self._make_loop(loop, arrays, shape)
        linear = loop.choose_access() and not self._uses_index
        key.push_back(device_module.get_device_id())
        key.push_back(loop.ndim)
        for k in range(nargs):
            param = <Parameter>self.params[k]
            key.push_back(codes[k])
            if not is_array(arrays.get(k)):
                key.push_back(-1)
                arguments.add_word(scalar_bits(arrays.get(k), codes[k]))
                continue
            array = <ndarray_base>arrays.get(k)
            if param.raw:
                key.push_back(-2 - array.dims() * 2 - array._c_contiguous)
                arguments.add_array(
                    <void*>array.pointer(), array.size, array.dims(),
                    array._shape.data(), array._strides.data())
            else:
                key.push_back(loop.operands[next_operand].access)
                arguments.add_array(
                    <void*>array.pointer(), loop.size, loop.ndim,
                    loop.shape, loop.operands[next_operand].strides)
                next_operand += 1
        arguments.add_indexer(loop.size, loop.ndim, loop.shape)
        found = self._functions.get(key)
        if found is None:
            found = compile(
                self._source(arrays, codes, loop, linear), self.name,
                self.options)
            self._functions.put(key, found)
        kernel = <Function>found
        kernel.launch(loop.size, arguments.addresses(), 0, 128, 0)
        return 0

    cdef str _source(
            self, const Objects& arrays, const Codes& codes, Loop& loop,
            bint linear):
        cdef Parameter param
        cdef Py_ssize_t k, next_operand = 0
        cdef list declarations = [], of_rows = [], elements = []
        for k in range(self.nargs):
            param = self.params[k]
            c_type = C_NAMES[codes[k]]
            const = 'const ' if param.is_input else ''
            if not is_array(arrays.get(k)):
                declarations.append(f'const {c_type} {param.name}')
            elif param.raw:
                access = ', 1' if arrays.get(k).flags.c_contiguous else ''
                declarations.append(
                    f'{const}CArray<{c_type}, {arrays.get(k).ndim}{access}> '
                    f'{param.name}')
            else:
                access = loop.operands[next_operand].access
                next_operand += 1
                declarations.append(
                    f'{const}CArray<{c_type}, {loop.ndim}, {access}> '
                    f'_raw_{param.name}')
                if param.is_input and access == flat_rows:
                    of_rows.append(
                        f'  const {c_type} {param.name} = '
                        f'_raw_{param.name}.at(0, _ind);\n')
                    continue
                reference = ' ' if param.is_input else '& '
                elements.append(
                    f'    {const}{c_type}{reference}{param.name} = '
                    f'_raw_{param.name}.at(i, _ind);\n')
        return f'''\
{typedefs(self.params, codes)}{self.preamble}
extern "C" __global__ void {self.name}({', '.join(declarations)}, \
CIndexer<{loop.ndim}> _ind) {{
  CUPY_WORK(_ind.size())
  {self.loop_prep};
  {loop_head(''.join(of_rows), linear)}
{''.join(elements)}    {self.operation};
  }}}}
  {self.after_loop};
}}
'''
