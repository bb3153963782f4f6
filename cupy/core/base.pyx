"""Arrays as memory: a pointer, an element type, a shape and strides.

:class:`cupy.ndarray` adds to this what needs kernels. Everything that makes
arrays makes them of the class that was announced with :func:`set_class`.
"""
import ctypes

cimport cython
from libcpp.vector cimport vector

from cupy.core.dtypes cimport DTYPES, code_of
from cupy.core cimport internal
from cupy.core.internal cimport shape_t
from cupy.cuda cimport device as device_module
from cupy.cuda cimport memory

from cupy.core.flags import Flags

array_class = None
cdef Py_ssize_t[12] ITEMSIZES
for _code in range(12):
    ITEMSIZES[_code] = DTYPES[_code].itemsize


def set_class(cls):
    """Announces the class of which all arrays are."""
    global array_class
    array_class = cls


cdef extern from *:
    """
    static PyObject* cupy_new(PyObject* cls) {
      static PyObject* nothing = PyTuple_New(0);
      PyTypeObject* type = (PyTypeObject*)cls;
      return type->tp_new(type, nothing, NULL);
    }
    """
    object _new "cupy_new" (object cls)


@cython.no_gc
cdef class ndarray_base:

    """Memory of a device with an element type, a shape and strides."""

    def __init__(self, shape, dtype=float, memptr=None):
        self._code = code_of(dtype)
        self._itemsize = DTYPES[self._code].itemsize
        self._shape = internal.to_shape(shape)
        self._strides = internal.c_strides(self._shape, self._itemsize)
        self.size = internal.prod(self._shape)
        self._c_contiguous = True
        self._f_contiguous = internal.is_f_contiguous(
            self._shape, self._strides, self._itemsize)
        if memptr is None:
            self.data = memory.alloc(self.size * self._itemsize)
        else:
            self.data = memptr

    # ---- Properties

    @property
    def dtype(self):
        """Element type, a :class:`numpy.dtype`."""
        return DTYPES[self._code]

    @property
    def shape(self):
        """Extents of the axes. Setting it reshapes the array in place."""
        return internal.to_tuple(self._shape)

    @property
    def strides(self):
        """Distances of neighbours along each axis, in bytes."""
        return internal.to_tuple(self._strides)

    @property
    def ndim(self):
        """Number of axes."""
        return self._shape.size()

    @property
    def itemsize(self):
        """Size of an element in bytes."""
        return self._itemsize

    @property
    def nbytes(self):
        """Size of all elements together in bytes."""
        return self.size * self._itemsize

    @property
    def flags(self):
        """What is true of the memory, see :class:`cupy.core.flags.Flags`."""
        return Flags(self._c_contiguous, self._f_contiguous,
                     self.base is None)

    @property
    def device(self):
        """The device that holds the array."""
        return self.data.device

    @property
    def cstruct(self):
        """The array as an argument of a kernel: the bytes of a ``CArray``.

        A kernel's parameter of type ``CArray<T, ndim>`` has the address, the
        number of elements, the shape, and the strides, as 64-bit words.
        """
        words = (self.pointer(), self.size, *self.shape, *self.strides)
        return bytes((ctypes.c_ssize_t * len(words))(*words))

    @property
    def ctypes(self):
        """The address, for a foreign function: ``x.ctypes.data``."""
        return _Address(self)

    # ---- Inside

    cdef size_t pointer(self) noexcept:
        return self.data.ptr

    cdef Py_ssize_t dims(self) noexcept:
        return self._shape.size()

    cdef int update_flags(self) except -1:
        self._c_contiguous = internal.is_c_contiguous(
            self._shape, self._strides, self._itemsize)
        self._f_contiguous = internal.is_f_contiguous(
            self._shape, self._strides, self._itemsize)
        return 0

    cdef ndarray_base make_view(
            self, const shape_t& shape, const shape_t& strides,
            Py_ssize_t offset):
        """Another array on the same memory, ``offset`` bytes further."""
        cdef ndarray_base view = _blank()
        view._code = self._code
        view._itemsize = self._itemsize
        view._shape = shape
        view._strides = strides
        view.size = internal.prod(shape)
        view.data = self.data + offset if offset else self.data
        view.base = self if self.base is None else self.base
        view.update_flags()
        return view


class _Address:

    """What NumPy's ``x.ctypes`` is, as far as a device's memory allows."""

    def __init__(self, array):
        self._array = array
        self.data = array.data.ptr
        self.shape = (ctypes.c_ssize_t * array.ndim)(*array.shape)
        self.strides = (ctypes.c_ssize_t * array.ndim)(*array.strides)

    @property
    def _as_parameter_(self):
        return ctypes.c_void_p(self.data)

    def data_as(self, pointer_type):
        """Returns the address as a pointer of the given type."""
        return ctypes.cast(self._as_parameter_, pointer_type)


cdef ndarray_base _blank():
    """An array that is still to be filled in, of the announced class."""
    return <ndarray_base>_new(array_class)


cdef ndarray_base new_array(const shape_t& shape, int code):
    """Uninitialized array in C order."""
    cdef ndarray_base array = _blank()
    array._code = code
    array._itemsize = ITEMSIZES[code]
    array._shape = shape
    array._strides = internal.c_strides(shape, array._itemsize)
    array.size = internal.prod(shape)
    array.data = memory.alloc(array.size * array._itemsize)
    array._c_contiguous = True
    array._f_contiguous = shape.size() <= 1 or internal.is_f_contiguous(
        array._shape, array._strides, array._itemsize)
    return array


cdef ndarray_base new_array_in_order(
        const shape_t& shape, int code, const int* order):
    """Uninitialized array whose axes lie in memory in the given order.

    ``order[0]`` is the axis of the biggest stride.
    """
    cdef ndarray_base array = new_array(shape, code)
    cdef Py_ssize_t place, stride = array._itemsize
    for place in range(<Py_ssize_t>shape.size() - 1, -1, -1):
        array._strides[order[place]] = stride
        stride *= max(shape[order[place]], <Py_ssize_t>1)
    array.update_flags()
    return array


cdef ndarray_base new_like(ndarray_base array, int code, order):
    """Uninitialized array of the shape of another one.

    The order is ``'C'``, ``'F'``, ``'A'`` (F if the other one is in
    Fortran order only) or ``'K'`` (axes in the order of the other one's
    strides).
    """
    cdef ndarray_base result
    cdef vector[int] axes
    if order is None or order == 'K':
        if array._c_contiguous:
            return new_array(array._shape, code)
        axes = _axes_by_stride(array)
        return new_array_in_order(array._shape, code, axes.data())
    if order == 'A':
        order = ('F' if array._f_contiguous and not array._c_contiguous
                 else 'C')
    if order not in ('C', 'F'):
        raise ValueError(f"order must be 'C', 'F', 'A' or 'K', not {order!r}")
    result = new_array(array._shape, code)
    if order == 'F':
        result._strides = internal.f_strides(result._shape, result._itemsize)
        result.update_flags()
    return result


cdef vector[int] _axes_by_stride(ndarray_base array):
    # Stable, so that axes of equal strides stay in their order.
    cdef vector[int] axes
    strides = [abs(s) for s in array.strides]
    for axis in sorted(range(len(strides)), key=lambda d: -strides[d]):
        axes.push_back(axis)
    return axes


cdef int check_device(ndarray_base array, str what) except -1:
    """Raises unless the array is on the current device."""
    cdef int current = device_module.get_device_id()
    if array.data.device_id != current and array.size:
        raise ValueError(
            f'{what} is on device {array.data.device_id}, but the current '
            f'device is {current}: copy the array, or call inside '
            f'"with {what if what.isidentifier() else "array"}.device:"')
    return 0
