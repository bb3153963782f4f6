"""Products of matrices and vectors: ``dot`` and ``@``.

Floats are multiplied by cuBLAS, integers and bools by a kernel, exactly and
modulo their range. cuBLAS counts matrices by columns, so that it is told to
compute the transposed product, from the same memory.
"""
from libc.limits cimport INT_MAX

import numpy

from cupy.core cimport base, elementwise, internal, transfer, views
from cupy.core.base cimport ndarray_base
from cupy.core.dtypes cimport (
    BOOL, DTYPES, FLOAT16, FLOAT32, FLOAT64, code_of)
from cupy.core.elementwise cimport Loop
from cupy.core.internal cimport shape_t
from cupy.core.ufunc cimport copy_elements, overlap
from cupy.cuda cimport cublas, handles

from cupy.core import arithmetic
from cupy.core.elementwise import ElementwiseKernel, explain

# The type of a product, by the types of both operands.
cdef int[12][12] _result_codes
for _left in range(12):
    for _right in range(12):
        _result_codes[_left][_right] = code_of(
            numpy.result_type(DTYPES[_left], DTYPES[_right]))


cdef ndarray_base dot(ndarray_base a, ndarray_base b, out):
    """Sum over the last axis of ``a`` and the last but one of ``b``."""
    cdef ndarray_base result, target
    cdef shape_t shape, rows
    cdef Py_ssize_t length, summed, ndim_b = b.dims()
    cdef int code = _result_codes[a._code][b._code]
    base.check_device(a, 'the left operand')
    base.check_device(b, 'the right operand')
    if a.dims() == 0 or ndim_b == 0:
        if out is not None:
            internal.broadcast_shape(shape, a._shape)
            internal.broadcast_shape(shape, b._shape)
            _check_output(out, shape, code)
        return arithmetic.multiply(a, b, out=out)
    summed = max(ndim_b - 2, 0)
    length = a._shape[a.dims() - 1]
    if b._shape[summed] != length:
        raise ValueError(
            f'shapes {_text(a)} and {_text(b)} not aligned: {length} '
            f'(dim {a.dims() - 1}) != {b._shape[summed]} (dim {summed})')
    shape = a._shape
    shape.pop_back()
    shape.insert(shape.end(), b._shape.begin(), b._shape.begin() + summed)
    if ndim_b > 1:
        shape.push_back(b._shape[ndim_b - 1])
    if out is not None:
        _check_output(out, shape, code)
    if out is None or overlap(out, a) or overlap(out, b):
        result = base.new_array(shape, code)
    else:
        result = out
    a = _suited(_rows(a, length), code, False)
    b = _suited(_columns(b, length), code, True)
    rows.push_back(a._shape[0])
    rows.push_back(b._shape[1])
    target = result
    if not internal.same(shape, rows):
        target = views.reshape_to(result, rows)
    _multiply(a, b, target)
    if out is None or result is out:
        return result
    return copy_elements(result, out)


cdef ndarray_base matmul(ndarray_base a, ndarray_base b):
    """Products of the matrices in the last two axes, broadcast over others.
    """
    cdef ndarray_base result
    cdef shape_t shape, others
    cdef Py_ssize_t ndim_a = a.dims(), ndim_b = b.dims()
    cdef int code = _result_codes[a._code][b._code]
    if ndim_a == 0 or ndim_b == 0:
        raise ValueError(
            'matmul takes arrays of one dimension or more, not of the shapes '
            f'{a.shape} and {b.shape}: multiply by a scalar with *')
    if ndim_b <= 2:
        return dot(a, b, None)
    base.check_device(a, 'the left operand')
    base.check_device(b, 'the right operand')
    if ndim_a == 1:
        a = views.expand_dims(a, 0)
    if a._shape[a.dims() - 1] != b._shape[ndim_b - 2]:
        raise ValueError(
            f'shapes {_text(a)} and {_text(b)} do not fit for matmul: '
            f'{a._shape[a.dims() - 1]} (last axis) != '
            f'{b._shape[ndim_b - 2]} (last but one)')
    shape.assign(a._shape.begin(), a._shape.end() - 2)
    others.assign(b._shape.begin(), b._shape.end() - 2)
    internal.broadcast_shape(shape, others)
    shape.push_back(a._shape[a.dims() - 2])
    shape.push_back(b._shape[ndim_b - 1])
    result = base.new_array(shape, code)
    _multiply(_suited(a, code, False), _suited(b, code, True), result)
    if ndim_a == 1:
        shape.erase(shape.end() - 2)
        result = views.reshape_to(result, shape)
    return result


cdef int _check_output(out, const shape_t& shape, int code) except -1:
    cdef ndarray_base array
    if not isinstance(out, ndarray_base):
        raise TypeError(explain('dot', 'out', out))
    array = out
    base.check_device(array, 'out')
    if (array._code != code or not array._c_contiguous or
            not internal.same(array._shape, shape)):
        order = 'C' if array._c_contiguous else 'another'
        raise ValueError(
            'dot: the output array has to be of the dtype '
            f'{DTYPES[code].name} and the shape {internal.to_tuple(shape)}, '
            f'in C order, but it is of {array.dtype.name} and {array.shape}, '
            f'in {order} order')
    return 0


cdef str _text(ndarray_base a):
    return '(' + ','.join([str(n) for n in a.shape]) + (
        ',)' if a.dims() == 1 else ')')


# ---- Operands as matrices

cdef struct Layout:
    bint by_columns      # matrices lie in memory by columns, not by rows
    Py_ssize_t leading   # elements from one to the next; 0: neither


cdef Layout _layout(ndarray_base a) noexcept:
    """How cuBLAS finds the matrices of an array, if it can."""
    cdef Layout layout
    cdef Py_ssize_t last = a.dims() - 1, item = a._itemsize
    cdef Py_ssize_t rows = a._shape[last - 1], columns = a._shape[last]
    cdef Py_ssize_t down = a._strides[last - 1], right = a._strides[last]
    layout.by_columns = False
    layout.leading = 0
    for d in range(last - 1):
        if a._strides[d] % item:
            return layout
    if columns <= 1 or right == item:
        layout.leading = _leading(rows, down, max(columns, 1), item)
    if layout.leading == 0 and (rows <= 1 or down == item):
        layout.by_columns = True
        layout.leading = _leading(columns, right, max(rows, 1), item)
    return layout


cdef Py_ssize_t _leading(
        Py_ssize_t count, Py_ssize_t stride, Py_ssize_t width,
        Py_ssize_t item) noexcept:
    if count <= 1:
        return width
    return stride // item if stride % item == 0 and stride >= width * item \
        else 0


cdef ndarray_base _rows(ndarray_base a, Py_ssize_t length):
    """The vectors along the last axis, as rows of one matrix."""
    cdef shape_t shape
    if a.dims() == 2:
        return a
    shape.push_back(a.size // length if length else _others(a, a.dims() - 1))
    shape.push_back(length)
    return views.reshape_to(a, shape)


cdef ndarray_base _columns(ndarray_base b, Py_ssize_t length):
    """The vectors along the last axis but one, as columns of one matrix."""
    cdef shape_t shape
    cdef Py_ssize_t ndim = b.dims()
    if ndim == 2:
        return b
    shape.push_back(length)
    if ndim > 2:
        b = views.rollaxis(b, ndim - 2, 0)
    shape.push_back(b.size // length if length else _others(b, 0))
    return views.reshape_to(b, shape)


cdef Py_ssize_t _others(ndarray_base a, Py_ssize_t axis):
    cdef shape_t shape = a._shape
    shape.erase(shape.begin() + axis)
    return internal.prod(shape)


cdef ndarray_base _suited(ndarray_base a, int code, bint is_right):
    """The matrices in a type, and in an order that can be multiplied."""
    cdef Py_ssize_t last = a.dims() - 1
    if a._code != code:
        a = transfer.astype(a, code, 'K')
    if code in (FLOAT16, FLOAT32, FLOAT64):
        return a if _layout(a).leading else transfer.copy(a, 'C')
    # The kernel for integers wants neighbours along the axis of the sum.
    if is_right:
        if a._strides[last - 1] == a._itemsize:
            return a
        a = transfer.copy(views.swapaxes(a, last - 1, last), 'C')
        return views.swapaxes(a, last - 1, last)
    return a if a._strides[last] == a._itemsize else transfer.copy(a, 'C')


# ---- Products of matrices, of types and in orders that can be multiplied

cdef int _multiply(
        ndarray_base a, ndarray_base b, ndarray_base c) except -1:
    """Writes the products to ``c``, which is in C order."""
    cdef Py_ssize_t last = c.dims() - 1
    if c.size == 0:
        return 0
    if a._shape[a.dims() - 1] == 0:
        copy_elements(0, c)
    elif c._code not in (FLOAT16, FLOAT32, FLOAT64):
        _multiply_integers(a, b, c)
    elif last > 1:
        _multiply_stacks(a, b, c)
    elif c.size == 1 and c._code != FLOAT16:
        _multiply_vectors(a, b, c)
    elif c._code != FLOAT16 and 1 in (c._shape[0], c._shape[1]):
        _multiply_by_vector(a, b, c)
    else:
        _multiply_matrices(a, b, c)
    return 0


cdef int _blas_int(Py_ssize_t number) except -1:
    if number > INT_MAX:
        raise ValueError(
            f'a product of matrices with an extent or stride of {number} '
            f'elements: cuBLAS takes no more than {INT_MAX}')
    return number


cdef int _step(ndarray_base vector, Py_ssize_t axis) except -1:
    if vector._shape[axis] == 1:
        return 1
    return _blas_int(vector._strides[axis] // vector._itemsize)


cdef int _multiply_vectors(
        ndarray_base a, ndarray_base b, ndarray_base c) except -1:
    cdef size_t handle = handles.get_cublas_handle()
    cdef int n = _blas_int(a._shape[1])
    cdef int step_a = _step(a, 1), step_b = _step(b, 0)
    cublas.setPointerMode(handle, cublas.CUBLAS_POINTER_MODE_DEVICE)
    try:
        if c._code == FLOAT32:
            cublas.sdot(handle, n, a.pointer(), step_a, b.pointer(), step_b,
                        c.pointer())
        else:
            cublas.ddot(handle, n, a.pointer(), step_a, b.pointer(), step_b,
                        c.pointer())
    finally:
        cublas.setPointerMode(handle, cublas.CUBLAS_POINTER_MODE_HOST)
    return 0


cdef int _multiply_by_vector(
        ndarray_base a, ndarray_base b, ndarray_base c) except -1:
    """A matrix by a column, or a row by a matrix."""
    cdef bint is_column = c._shape[1] == 1
    cdef ndarray_base matrix = a if is_column else b
    cdef ndarray_base vector = b if is_column else a
    cdef Layout layout = _layout(matrix)
    cdef size_t handle = handles.get_cublas_handle()
    # The matrix as cuBLAS sees it has m rows and n columns.
    cdef int m = _blas_int(matrix._shape[0 if layout.by_columns else 1])
    cdef int n = _blas_int(matrix._shape[1 if layout.by_columns else 0])
    cdef int leading = _blas_int(layout.leading)
    cdef int transposed = (
        cublas.CUBLAS_OP_N if is_column == layout.by_columns
        else cublas.CUBLAS_OP_T)
    cdef int step = _step(vector, 0 if is_column else 1)
    if c._code == FLOAT32:
        cublas.sgemv(handle, transposed, m, n, 1, matrix.pointer(), leading,
                     vector.pointer(), step, 0, c.pointer(), 1)
    else:
        cublas.dgemv(handle, transposed, m, n, 1, matrix.pointer(), leading,
                     vector.pointer(), step, 0, c.pointer(), 1)
    return 0


cdef int _multiply_matrices(
        ndarray_base a, ndarray_base b, ndarray_base c) except -1:
    cdef Layout layout_a = _layout(a), layout_b = _layout(b)
    cdef size_t handle = handles.get_cublas_handle()
    cdef int m = _blas_int(c._shape[1]), n = _blas_int(c._shape[0])
    cdef int k = _blas_int(a._shape[1])
    cdef int leading_a = _blas_int(layout_a.leading)
    cdef int leading_b = _blas_int(layout_b.leading)
    if c._code == FLOAT32:
        cublas.sgemm(
            handle, layout_b.by_columns, layout_a.by_columns, m, n, k, 1,
            b.pointer(), leading_b, a.pointer(), leading_a, 0, c.pointer(), m)
    elif c._code == FLOAT64:
        cublas.dgemm(
            handle, layout_b.by_columns, layout_a.by_columns, m, n, k, 1,
            b.pointer(), leading_b, a.pointer(), leading_a, 0, c.pointer(), m)
    else:
        cublas.gemmEx(
            handle, layout_b.by_columns, layout_a.by_columns, m, n, k, 1,
            b.pointer(), cublas.CUDA_R_16F, leading_b,
            a.pointer(), cublas.CUDA_R_16F, leading_a, 0,
            c.pointer(), cublas.CUDA_R_16F, m, cublas.CUBLAS_COMPUTE_32F,
            cublas.CUBLAS_GEMM_DEFAULT)
    return 0


cdef int _multiply_stacks(
        ndarray_base a, ndarray_base b, ndarray_base c) except -1:
    """Products of stacks of matrices: as many at a time as have a stride."""
    cdef Loop loop
    cdef shape_t shape
    cdef Py_ssize_t k, d, rest, last
    cdef size_t[3] pointers
    shape.assign(c._shape.begin(), c._shape.end() - 2)
    elementwise.set_shape(loop, shape)
    _add_stack(loop, a)
    _add_stack(loop, b)
    _add_stack(loop, c)
    loop.collapse()
    last = loop.ndim - 1
    for k in range(loop.size // loop.shape[last]):
        for operand in range(3):
            pointers[operand] = <size_t>loop.operands[operand].data
            rest = k
            for d in range(last - 1, -1, -1):
                pointers[operand] += (
                    loop.operands[operand].strides[d] *
                    (rest % loop.shape[d]))
                rest //= loop.shape[d]
        _multiply_stack(
            a, pointers[0], loop.operands[0].strides[last] // c._itemsize,
            b, pointers[1], loop.operands[1].strides[last] // c._itemsize,
            c, pointers[2], loop.operands[2].strides[last] // c._itemsize,
            _blas_int(loop.shape[last]))
    return 0


cdef int _add_stack(Loop& loop, ndarray_base a) except -1:
    cdef shape_t shape, strides
    shape.assign(a._shape.begin(), a._shape.end() - 2)
    strides.assign(a._strides.begin(), a._strides.end() - 2)
    loop.add(<char*>a.pointer(), a._itemsize, shape, strides)
    return 0


cdef int _multiply_stack(
        ndarray_base a, size_t pointer_a, long long step_a,
        ndarray_base b, size_t pointer_b, long long step_b,
        ndarray_base c, size_t pointer_c, long long step_c,
        int count) except -1:
    cdef Layout layout_a = _layout(a), layout_b = _layout(b)
    cdef size_t handle = handles.get_cublas_handle()
    cdef Py_ssize_t last = c.dims() - 1
    cdef int m = _blas_int(c._shape[last]), n = _blas_int(c._shape[last - 1])
    cdef int k = _blas_int(a._shape[a.dims() - 1])
    cdef int leading_a = _blas_int(layout_a.leading)
    cdef int leading_b = _blas_int(layout_b.leading)
    if c._code == FLOAT32:
        cublas.sgemmStridedBatched(
            handle, layout_b.by_columns, layout_a.by_columns, m, n, k, 1,
            pointer_b, leading_b, step_b, pointer_a, leading_a, step_a, 0,
            pointer_c, m, step_c, count)
    elif c._code == FLOAT64:
        cublas.dgemmStridedBatched(
            handle, layout_b.by_columns, layout_a.by_columns, m, n, k, 1,
            pointer_b, leading_b, step_b, pointer_a, leading_a, step_a, 0,
            pointer_c, m, step_c, count)
    else:
        cublas.gemmStridedBatchedEx(
            handle, layout_b.by_columns, layout_a.by_columns, m, n, k, 1,
            pointer_b, cublas.CUDA_R_16F, leading_b, step_b,
            pointer_a, cublas.CUDA_R_16F, leading_a, step_a, 0,
            pointer_c, cublas.CUDA_R_16F, m, step_c, count,
            cublas.CUBLAS_COMPUTE_32F, cublas.CUBLAS_GEMM_DEFAULT)
    return 0


# ---- Integers

# Each element of the result has its own sum. x and y are the first elements
# of the row and of the column, outputs because these are given by reference.
_sum_of_products = ElementwiseKernel(
    'int64 length', 'T x, T y, T z', '''
    typedef typename sum_of<T>::type Sum;
    const T* left = &x;
    const T* right = &y;
    Sum sum = 0;
    for (ptrdiff_t j = 0; j < length; ++j)
      sum += (Sum)left[j] * (Sum)right[j];
    z = (T)sum;
''', 'cupy_sum_of_products', preamble='''
template <typename T> struct sum_of { typedef unsigned int type; };
template <> struct sum_of<unsigned long long> {
  typedef unsigned long long type;
};
''')
_any_of_products = ElementwiseKernel(
    'int64 length', 'bool x, bool y, bool z', '''
    const bool* left = &x;
    const bool* right = &y;
    int any = 0;
    for (ptrdiff_t j = 0; j < length; ++j) any |= left[j] & right[j];
    z = any;
''', 'cupy_any_of_products')


cdef int _multiply_integers(
        ndarray_base a, ndarray_base b, ndarray_base c) except -1:
    cdef Py_ssize_t length = a._shape[a.dims() - 1]
    cdef shape_t shape
    shape = a._shape
    shape[shape.size() - 1] = 1
    a = views.broadcast_to(a.make_view(shape, a._strides, 0), c.shape)
    shape = b._shape
    shape[shape.size() - 2] = 1
    b = views.broadcast_to(b.make_view(shape, b._strides, 0), c.shape)
    if c._code == BOOL:
        _any_of_products(length, a, b, c)
    else:  # modulo 2 to the number of bits, signed or not
        _sum_of_products(length, views.as_bits(a), views.as_bits(b),
                         views.as_bits(c))
    return 0
