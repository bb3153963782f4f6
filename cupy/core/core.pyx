"""The array class, :class:`cupy.ndarray`."""
import pickle

cimport cython

import numpy

from cupy.core cimport (
    elementwise, indexing, internal, linalg, nonzero, taking, transfer, views)
from cupy.core.base cimport ndarray_base
from cupy.core.dtypes cimport code_of
from cupy.core.elementwise cimport Loop
from cupy.core.internal cimport shape_t
from cupy.core.operators cimport Operators
from cupy.core.reduction_function cimport reduction_function
from cupy.core.ufunc cimport copy_elements

from cupy.core import aggregation, arithmetic, base as base_module, dlpack
from cupy.core import transfer as transfer_module
from cupy.core.elementwise import compile_with_cache as _compile
from cupy.core.elementwise import explain

cdef reduction_function aggregation_sum = aggregation.sum
cdef reduction_function aggregation_prod = aggregation.prod
cdef reduction_function aggregation_amax = aggregation.amax
cdef reduction_function aggregation_amin = aggregation.amin
cdef reduction_function aggregation_argmax = aggregation.argmax
cdef reduction_function aggregation_argmin = aggregation.argmin
cdef reduction_function aggregation_all = aggregation.all
cdef reduction_function aggregation_any = aggregation.any
cdef reduction_function aggregation_mean = aggregation.mean


@cython.no_gc
cdef class ndarray(Operators):

    """Array on a device, with the interface of :class:`numpy.ndarray`.

    Args:
        shape (int or tuple of ints): Extents of the axes.
        dtype: Element type; bool, an integer, or a float of 16, 32 or 64
            bits.
        memptr (cupy.cuda.MemoryPointer): Memory of the elements, in C order;
            it is allocated if it is not given, and holds anything then.

    .. admonition:: Example

       >>> import cupy
       >>> x = cupy.array([[1, 2], [3, 4]], dtype='float32')
       >>> x.T + 10
       array([[11., 13.],
              [12., 14.]], dtype=float32)

    """

    # ---- Shapes

    @property
    def shape(self):
        """Extents of the axes. Setting it reshapes the array in place."""
        return internal.to_tuple(self._shape)

    @shape.setter
    def shape(self, shape):
        cdef ndarray_base other
        cdef shape_t strides
        other = views.reshape(self, shape)
        if not views.reshaped_strides(self, other._shape, strides):
            raise AttributeError(
                f'an array of the shape {self.shape} and the strides '
                f'{self.strides} cannot become {other.shape} without a '
                'copy: use reshape()')
        self._shape, self._strides = other._shape, strides
        self.update_flags()

    @property
    def T(self):
        """The array with its axes in reverse order, a view."""
        return views.transpose(self, None)

    def reshape(self, *shape):
        """Returns the array in another shape, as a view if that is possible.

        One of the extents may be -1, which is what remains.
        """
        return views.reshape(
            self, shape[0] if len(shape) == 1 else shape)

    def transpose(self, *axes):
        """Returns a view with the axes in the given order, or reversed."""
        return views.transpose(self, axes)

    def swapaxes(self, axis1, axis2):
        """Returns a view with two axes exchanged."""
        return views.swapaxes(self, axis1, axis2)

    def ravel(self):
        """Returns the elements as a vector; a view if that is possible."""
        return views.reshape(self, -1)

    def flatten(self):
        """Returns a copy of the elements as a vector."""
        return views.reshape(transfer.copy(self, 'C'), -1)

    def squeeze(self, axis=None):
        """Returns a view without axes of extent one, all or the given."""
        return views.squeeze(self, axis)

    def diagonal(self, offset=0, axis1=0, axis2=1):
        """Returns a view of a diagonal of two axes; it becomes the last."""
        return views.diagonal(self, offset, axis1, axis2)

    def take(self, indices, axis=None, out=None):
        """Returns the elements at some indices of an axis.

        Args:
            indices (int, sequence of ints or array): Indices. They may be
                negative. Others that are out of range raise ``IndexError``,
                but wrap around if they are in a :class:`cupy.ndarray`.
            axis (int): Axis; if ``None``, the flattened array is used.
            out (cupy.ndarray): Array for the result.

        Returns:
            cupy.ndarray: Elements. The axis is replaced by those of the
            indices.

        """
        return taking.take(self, indices, axis, out)

    def repeat(self, repeats, axis=None):
        """Returns the array with its elements repeated along an axis.

        Args:
            repeats (int or sequence of ints): How often, for all elements of
                the axis or for each.
            axis (int): Axis; if ``None``, the flattened array is used.

        """
        return taking.repeat(self, repeats, axis)

    def nonzero(self):
        """Returns the indices of the elements that are not zero.

        Returns:
            tuple of cupy.ndarray: For each axis an array of indices, which
            are in C order.

        """
        if self._shape.empty():
            raise ValueError('a 0-dimensional array has no axes for which '
                             'nonzero could return indices: reshape it')
        return tuple(nonzero.nonzero(self))

    def reduced_view(self, dtype=None):
        """Returns a view in which axes that are one in memory are merged.

        Args:
            dtype: Element type of the view, of the same size.

        """
        cdef Loop loop
        cdef shape_t shape, strides
        elementwise.set_shape(loop, self._shape)
        loop.add(<char*>self.pointer(), self._itemsize, self._shape,
                 self._strides)
        loop.collapse()
        shape.assign(loop.shape, loop.shape + loop.ndim)
        strides.assign(loop.operands[0].strides,
                       loop.operands[0].strides + loop.ndim)
        return views.view_as(self.make_view(shape, strides, 0), dtype)

    def dot(self, b, out=None):
        """Returns the dot product with another array.

        It sums over the last axis of this array and the last but one of the
        other one: the product of matrices, the inner product of vectors.
        Scalars multiply all elements.

        Args:
            b (cupy.ndarray or scalar): Right operand.
            out (cupy.ndarray): Array for the result, of its shape and dtype,
                in C order.

        """
        if isinstance(b, (int, float, numpy.generic)):
            b = array(b)
        if not isinstance(b, ndarray_base):
            raise TypeError(explain('dot', 'b', b))
        return linalg.dot(self, b, out)

    def view(self, dtype=None):
        """Returns the same memory as another array, perhaps of another type.
        """
        return views.view_as(self, dtype)

    # ---- Copies

    def astype(self, dtype, copy=True):
        """Returns the array with its elements converted.

        Args:
            dtype: Element type of the result.
            copy (bool): If ``False`` and the type stays the same, the array
                itself is returned.

        """
        cdef int code = code_of(dtype)
        if not copy and code == self._code:
            return self
        return transfer.astype(self, code, 'K')

    def copy(self, order='C'):
        """Returns a copy on the current device, wherever the array is."""
        return transfer.copy(self, order)

    def fill(self, value):
        """Sets all elements to a scalar."""
        if isinstance(value, (ndarray_base, numpy.ndarray)):
            if value.ndim:
                raise ValueError('fill takes a scalar, not an array of the '
                                 f'shape {value.shape}')
            value = value.astype(self.dtype)
            value = value if isinstance(value, ndarray_base) else value[()]
        if not isinstance(value, ndarray_base):
            value = numpy.asarray(value).astype(self.dtype)[()]
        copy_elements(value, self)

    def get(self, stream=None):
        """Returns a copy of the array in the host's memory.

        Args:
            stream (cupy.cuda.Stream): Stream in which to copy. Without one
                the copy is complete when this returns.

        Returns:
            numpy.ndarray: Copy.

        """
        return transfer_module.get(self, stream)

    def set(self, arr, stream=None):
        """Copies a :class:`numpy.ndarray` of the same shape and type here."""
        transfer_module.set(self, arr, stream)

    def item(self, *args):
        """Returns one element as a scalar of Python."""
        return transfer_module.get(self).item(*args)

    def tolist(self):
        """Returns the elements as nested lists of scalars of Python."""
        return transfer_module.get(self).tolist()

    def tofile(self, fid, sep='', format='%s'):
        """Writes the elements to a file, see :meth:`numpy.ndarray.tofile`."""
        transfer_module.get(self).tofile(fid, sep, format)

    def dump(self, file):
        """Pickles the array into a file, given by name or opened."""
        if hasattr(file, 'write'):
            pickle.dump(self, file, protocol=2)
            return
        with open(file, 'wb') as opened:
            pickle.dump(self, opened, protocol=2)

    def dumps(self):
        """Returns the pickled array as bytes."""
        return pickle.dumps(self, protocol=2)

    def __array__(self, dtype=None, copy=None):
        """Returns a NumPy array of the elements, always a copy."""
        if copy is False:
            raise ValueError('an array of a device becomes one of the host by '
                             'a copy; use numpy.asarray(x) or x.get()')
        result = transfer_module.get(self)
        return result if dtype is None else result.astype(dtype, copy=False)

    @property
    def __array_interface__(self):
        return dlpack.array_interface(self)

    @property
    def __cuda_array_interface__(self):
        return dlpack.cuda_array_interface(self)

    def __dlpack__(self, *, stream=None, max_version=None, dl_device=None,
                   copy=None):
        """Exports the array to another library, see :func:`from_dlpack`."""
        return dlpack.to_capsule(self, stream, max_version, dl_device, copy)

    def __dlpack_device__(self):
        """Returns the kind and number of the device, as DLPack counts."""
        return dlpack.device_of(self)

    def __copy__(self):
        return transfer.copy(self, 'C')

    def __deepcopy__(self, memo):
        with self.data.device:
            return transfer.copy(self, 'C')

    def __reduce__(self):
        return array, (transfer_module.get(self),)

    # ---- Elements

    def __len__(self):
        if self._shape.empty():
            raise TypeError('len() of unsized object')
        return self._shape[0]

    def __getitem__(self, slices):
        return indexing.getitem(self, slices)

    def __setitem__(self, slices, value):
        indexing.setitem(self, slices, value)

    def __iter__(self):
        if self._shape.empty():
            raise TypeError('iteration over a 0-d array')
        return (self[i] for i in range(self._shape[0]))

    def __bool__(self):
        return bool(transfer_module.get(self))

    def __int__(self):
        return int(transfer_module.get(self))

    def __float__(self):
        return float(transfer_module.get(self))

    def __index__(self):
        return transfer_module.get(self).__index__()

    def __repr__(self):
        return repr(transfer_module.get(self))

    def __str__(self):
        return str(transfer_module.get(self))

    def __format__(self, spec):
        return format(transfer_module.get(self), spec)

    # ---- Calculation

    def clip(self, a_min, a_max, out=None):
        """Returns the elements, limited to an interval.

        Args:
            a_min (scalar, cupy.ndarray or None): Least value.
            a_max (scalar, cupy.ndarray or None): Greatest value. Where it is
                less than ``a_min`` it is the result.
            out (cupy.ndarray): Array for the result.

        """
        if a_min is None and a_max is None:
            return copy_elements(self, out)
        if a_min is None:
            return arithmetic.minimum(self, a_max, out=out)
        if a_max is None:
            return arithmetic.maximum(self, a_min, out=out)
        return arithmetic.clip(self, a_min, a_max, out=out)

    def trace(self, offset=0, axis1=0, axis2=1, dtype=None, out=None):
        """Returns the sum of a diagonal of two axes."""
        return views.diagonal(self, offset, axis1, axis2).sum(
            -1, dtype, out)

    # ---- Reductions

    def sum(self, axis=None, dtype=None, out=None, keepdims=False):
        """Returns the sum along axes, see :func:`cupy.sum`."""
        return aggregation_sum.run(self, axis, dtype, out, keepdims)

    def prod(self, axis=None, dtype=None, out=None, keepdims=False):
        """Returns the product along axes, see :func:`cupy.prod`."""
        return aggregation_prod.run(self, axis, dtype, out, keepdims)

    def max(self, axis=None, out=None, dtype=None, keepdims=False):
        """Returns the greatest elements along axes, see :func:`cupy.amax`."""
        return aggregation_amax.run(self, axis, dtype, out, keepdims)

    def min(self, axis=None, out=None, dtype=None, keepdims=False):
        """Returns the least elements along axes, see :func:`cupy.amin`."""
        return aggregation_amin.run(self, axis, dtype, out, keepdims)

    def argmax(self, axis=None, out=None, dtype=None, keepdims=False):
        """Returns where the greatest elements are, see :func:`cupy.argmax`.
        """
        return aggregation_argmax.run(self, axis, dtype, out, keepdims)

    def argmin(self, axis=None, out=None, dtype=None, keepdims=False):
        """Returns where the least elements are, see :func:`cupy.argmin`."""
        return aggregation_argmin.run(self, axis, dtype, out, keepdims)

    def all(self, axis=None, out=None, keepdims=False):
        """Returns whether all elements are true, see :func:`cupy.all`."""
        return aggregation_all.run(self, axis, None, out, keepdims)

    def any(self, axis=None, out=None, keepdims=False):
        """Returns whether some element is true, see :func:`cupy.any`."""
        return aggregation_any.run(self, axis, None, out, keepdims)

    def mean(self, axis=None, dtype=None, out=None, keepdims=False):
        """Returns the mean along axes, see :func:`cupy.mean`."""
        return aggregation_mean.run(self, axis, dtype, out, keepdims)

    def var(self, axis=None, dtype=None, out=None, ddof=0, keepdims=False):
        """Returns the variance along axes, see :func:`cupy.var`."""
        return aggregation.var(self, axis, dtype, out, ddof, keepdims)

    def std(self, axis=None, dtype=None, out=None, ddof=0, keepdims=False):
        """Returns the standard deviation along axes, see :func:`cupy.std`."""
        return aggregation.std(self, axis, dtype, out, ddof, keepdims)


# Under the names that scripts import from here.
array = transfer_module.array
compile_with_cache = _compile
base_module.set_class(ndarray)
