"""Where the elements are that are not zero.

The elements are cut into runs. One kernel counts those of each run; the host,
which has to know their number anyway, adds up; then a second kernel knows
where each run puts its own.
"""
from libcpp.vector cimport vector

from cupy.core cimport base, transfer, views
from cupy.core.base cimport ndarray_base
from cupy.core.dtypes cimport INT64
from cupy.core.internal cimport shape_t
from cupy.cuda cimport runtime

from cupy.core.elementwise import ElementwiseKernel
from cupy.cuda import runtime as runtime_module

cdef int _to_host = runtime_module.memcpyDeviceToHost
cdef int _to_device = runtime_module.memcpyHostToDevice

cdef Py_ssize_t _shortest_run = 64
cdef Py_ssize_t _most_runs = 65536

_run = '''
  const ptrdiff_t first = i * length;
  const ptrdiff_t end =
      x.size() - first < length ? x.size() : first + length;
'''
_count = ElementwiseKernel(
    'raw T x, int64 length', 'int64 count', _run + '''
  int found = 0;
  for (ptrdiff_t j = first; j < end; ++j) found += x[j] != T(0);
  count = found;
''', 'cupy_nonzero_count')
_write_indices = ElementwiseKernel(
    'raw T x, int64 length, int64 begin', 'raw int64 y', _run + '''
  const ptrdiff_t total = y.shape()[1];
  ptrdiff_t place = begin;
  for (ptrdiff_t j = first; j < end; ++j) {
    if (x[j] == T(0)) continue;
    ptrdiff_t rest = j;
    for (int d = x.ndim - 1; d > 0; --d) {
      y[d * total + place] = rest % x.shape()[d];
      rest /= x.shape()[d];
    }
    y[place++] = rest;
  }
''', 'cupy_nonzero')
_write_elements = ElementwiseKernel(
    'raw bool x, raw T a, int64 length, int64 begin', 'raw T y', _run + '''
  ptrdiff_t place = begin;
  for (ptrdiff_t j = first; j < end; ++j)
    if (x[j]) y[place++] = a[j];
''', 'cupy_compress')


cdef list nonzero(ndarray_base a):
    """The indices of the elements that are not zero, an array for each axis.
    """
    cdef ndarray_base begins, indices
    cdef Py_ssize_t length, total = 0
    cdef shape_t shape
    if not a._c_contiguous:
        a = transfer.copy(a, 'C')
    begins, length = _begins(a, &total)
    shape.push_back(a.dims())
    shape.push_back(total)
    indices = base.new_array(shape, INT64)
    if total:
        _write_indices(a, length, begins, indices)
    return [indices[d] for d in range(a.dims())]


cdef ndarray_base compress(ndarray_base a, ndarray_base mask):
    """The elements of ``a`` for which a mask of its shape is true."""
    cdef ndarray_base begins, result
    cdef Py_ssize_t length, total = 0
    cdef shape_t shape
    if not mask._c_contiguous:
        mask = transfer.copy(mask, 'C')
    begins, length = _begins(mask, &total)
    shape.push_back(total)
    result = base.new_array(shape, a._code)
    if total:
        _write_elements(_flat(mask), views.as_bits(_flat(a)), length, begins,
                        views.as_bits(result))
    return result


cdef tuple _begins(ndarray_base a, Py_ssize_t* total):
    """Where each run's results begin, the length of runs, and the total."""
    cdef vector[long long] counts
    cdef Py_ssize_t k, length, runs, count, size
    cdef ndarray_base begins
    cdef shape_t shape
    length = max(_shortest_run, (a.size + _most_runs - 1) // _most_runs)
    runs = (a.size + length - 1) // length
    shape.push_back(runs)
    begins = base.new_array(shape, INT64)
    if runs == 0:
        return begins, length
    _count(_flat(a), length, begins)
    counts.resize(runs)
    size = runs * sizeof(long long)
    runtime.memcpy(<size_t>counts.data(), begins.pointer(), size, _to_host)
    for k in range(runs):
        count = counts[k]
        counts[k] = total[0]
        total[0] += count
    runtime.memcpy(begins.pointer(), <size_t>counts.data(), size, _to_device)
    return begins, length


cdef ndarray_base _flat(ndarray_base a):
    # A view as a vector saves kernels for every number of dimensions.
    cdef shape_t shape
    if not a._c_contiguous:
        return a
    shape.push_back(a.size)
    return views.reshape_to(a, shape)
