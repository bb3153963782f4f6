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

_count = ElementwiseKernel(
    'raw T x, int64 length', 'int64 count', '''
  const ptrdiff_t first = i * length;
  const ptrdiff_t end =
      x.size() - first < length ? x.size() : first + length;
  int found = 0;
  for (ptrdiff_t j = first; j < end; ++j) found += x[j] != T(0);
  count = found;
''', 'cupy_nonzero_count')

# A branch would be mispredicted: every element is written, to the place of
# the next one that is found, until all are.
_write_indices = ElementwiseKernel(
    'raw T x, int64 length, int64 begin, int64 end', 'raw int64 y', '''
  const int last = x.ndim - 1;
  const ptrdiff_t width = x.shape()[last];
  const ptrdiff_t total = y.shape()[1];
  ptrdiff_t j = i * length;
  ptrdiff_t place = begin;
  while (place < end) {
    ptrdiff_t row = j / width;
    const ptrdiff_t next_row = (row + 1) * width;
    const ptrdiff_t start = place;
    for (ptrdiff_t column = j - row * width; j < next_row && place < end;
         ++j, ++column) {
      y[last * total + place] = column;
      place += x[j] != T(0);
    }
    for (int d = last - 1; d >= 0; --d) {
      const ptrdiff_t index = row % x.shape()[d];
      for (ptrdiff_t k = start; k < place; ++k) y[d * total + k] = index;
      row /= x.shape()[d];
    }
  }
''', 'cupy_nonzero')
_write_elements = ElementwiseKernel(
    'raw T x, raw bool mask, int64 length, int64 begin, int64 end', 'raw T y',
    '''
  ptrdiff_t place = begin;
  for (ptrdiff_t j = i * length; place < end; ++j) {
    y[place] = x[j];
    place += mask[j];
  }
''', 'cupy_compress')


cdef list nonzero(ndarray_base a):
    """The indices of the elements that are not zero, an array for each axis.
    """
    cdef ndarray_base indices
    cdef Py_ssize_t length, total = 0
    cdef shape_t shape
    if not a._c_contiguous:
        a = transfer.copy(a, 'C')
    places, length = _places(a, &total)
    shape.push_back(a.dims())
    shape.push_back(total)
    indices = base.new_array(shape, INT64)
    if total:
        _write_indices(a, length, places[:-1], places[1:], indices)
    return [indices[d] for d in range(a.dims())]


cdef ndarray_base compress(ndarray_base a, ndarray_base mask):
    """The elements of ``a`` for which a mask of its shape is true."""
    cdef ndarray_base result
    cdef Py_ssize_t length, total = 0
    cdef shape_t shape
    if not a._c_contiguous:
        a = transfer.copy(a, 'C')
    if not mask._c_contiguous:
        mask = transfer.copy(mask, 'C')
    places, length = _places(mask, &total)
    shape.push_back(total)
    result = base.new_array(shape, a._code)
    if total:
        _write_elements(views.as_bits(_flat(a)), _flat(mask), length,
                        places[:-1], places[1:], views.as_bits(result))
    return result


cdef tuple _places(ndarray_base a, Py_ssize_t* total):
    """Where the results of each run begin, and the length of runs.

    The places have one element more than there are runs: where they end.
    """
    cdef vector[long long] counts
    cdef Py_ssize_t k, length, runs, count, size
    cdef ndarray_base places
    cdef shape_t shape
    length = max(_shortest_run, (a.size + _most_runs - 1) // _most_runs)
    runs = (a.size + length - 1) // length
    shape.push_back(runs + 1)
    places = base.new_array(shape, INT64)
    if runs == 0:
        return places, length
    _count(_flat(a), length, places[:-1])
    counts.resize(runs + 1)
    size = (runs + 1) * sizeof(long long)
    runtime.memcpy(<size_t>counts.data(), places.pointer(), size, _to_host)
    for k in range(runs):
        count = counts[k]
        counts[k] = total[0]
        total[0] += count
    counts[runs] = total[0]
    runtime.memcpy(places.pointer(), <size_t>counts.data(), size, _to_device)
    return places, length


cdef ndarray_base _flat(ndarray_base a):
    # A view as a vector saves kernels for every number of dimensions.
    cdef shape_t shape
    shape.push_back(a.size)
    return views.reshape_to(a, shape)
