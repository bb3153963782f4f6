"""Sums and matrix products, for half precision as well.

NumPy has slow and coarse ones for arrays of float16. A sum along any but the
last axis is rounded to half precision after each addition, so that a sum of
ones never gets past 2048; a product of matrices takes some twenty times as
long as converting them to single precision, multiplying, and converting the
result back. The functions of this module do the latter. Others, which compute
more than that, start from :func:`widen`.
"""
import numpy

#: :func:`wide_type` of the elements T of a kernel, in C++.
KERNEL_TYPE = 'decltype(T() + 0.f)'


def wide_type(dtype):
    """Returns the type to compute in: float32 for float16, else ``dtype``."""
    return numpy.promote_types(dtype, numpy.float32)


def wide_name(dtype):
    """Returns the name of :func:`wide_type`, for declarations in kernels."""
    # An attribute of dtype, its name, takes as long as a kernel.
    return 'float64' if dtype.char == 'd' else 'float32'


def widen(x):
    """Returns an array of float16 in float32, any other array as it is."""
    return x.astype(wide_type(x.dtype), copy=False)


def sum(x, axis=None, keepdims=False):
    """Sums the elements of an array over axes, in the type of the array.

    Args:
        x (array): Array of numbers.
        axis (None, int or tuple of int): Axes to sum over. By default all.
        keepdims (bool): Keep these axes, with length 1.

    Returns:
        Array or NumPy scalar of the type of ``x``.

    """
    wide = numpy.float32 if x.dtype == numpy.float16 else x.dtype
    total = x.sum(axis=axis, dtype=wide, keepdims=keepdims)
    return total.astype(x.dtype, copy=False)


def matmul(a, b):
    """Returns the matrix product ``a @ b``.

    Args:
        a (array): Left operand.
        b (array): Right operand.

    Returns:
        Array or, for two vectors, NumPy scalar.

    """
    if isinstance(a, numpy.ndarray) and a.dtype == b.dtype == numpy.float16:
        product = a.astype(numpy.float32) @ b.astype(numpy.float32)
        return product.astype(numpy.float16)
    return a @ b
