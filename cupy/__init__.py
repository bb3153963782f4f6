"""CuPy: arrays on CUDA devices, with the interface of NumPy.

It has :class:`cupy.ndarray`, a large part of NumPy's functions on it, and
kernels of the user's own, :class:`cupy.ElementwiseKernel` and
:class:`cupy.ReductionKernel`. Where there is no CUDA it runs on the host
device: the same code, executed on the CPU.
"""
import sys as _sys

import numpy as _numpy
from numpy import (
    base_repr, binary_repr, bool_, byte, can_cast, common_type, dtype, e,
    euler_gamma, finfo, float16, float32, float64, floating, half, iinfo,
    inexact, inf, int16, int32, int64, int8, int_, intc, integer, isscalar,
    issubdtype, longlong, min_scalar_type, mintypecode, nan, newaxis, number,
    pi, promote_types, result_type, short, signedinteger, single, typename,
    ubyte, uint, uint16, uint32, uint64, uint8, uintc, ulonglong,
    unsignedinteger, ushort)

try:
    from cupy import _build
except ImportError as _error:
    raise ImportError(
        'CuPy is here, but it is not built: run "pip install ." where '
        'setup.py is, or "python setup.py build_ext --inplace"') from _error
if _build.BACKEND == 'none':
    raise ImportError(
        'CuPy was left out when Chainer was installed: ' +
        '; '.join(_build.NOTES))

from cupy import core
from cupy import cuda
from cupy import random
from cupy.binary.elementwise import (
    bitwise_and, bitwise_or, bitwise_xor, invert, left_shift, right_shift)
from cupy.configuration import show_config
from cupy.core import (
    ElementwiseKernel, ReductionKernel, from_dlpack, ndarray, ufunc)
from cupy.creation.basic import (
    empty, empty_like, eye, full, full_like, identity, ones, ones_like,
    zeros, zeros_like)
from cupy.creation.from_data import (
    array, asanyarray, asarray, ascontiguousarray, copy)
from cupy.creation.matrix import diag, diagflat
from cupy.creation.ranges import arange, linspace
from cupy.indexing.generate import ix_
from cupy.indexing.indexing import diagonal, take
from cupy.indexing.insert import fill_diagonal
from cupy.io.formatting import array_repr, array_str
from cupy.io.npz import load, save, savez, savez_compressed
from cupy.linalg.norms import trace
from cupy.linalg.product import dot, inner, outer, tensordot, vdot
from cupy.logic.comparison import (
    equal, greater, greater_equal, less, less_equal, not_equal)
from cupy.logic.content import isfinite, isinf, isnan
from cupy.logic.ops import (
    logical_and, logical_not, logical_or, logical_xor)
from cupy.logic.truth import all, any
from cupy.manipulation.basic import copyto
from cupy.manipulation.dims import (
    atleast_1d, atleast_2d, atleast_3d, broadcast, broadcast_arrays,
    broadcast_to, expand_dims, squeeze)
from cupy.manipulation.join import (
    column_stack, concatenate, dstack, hstack, stack, vstack)
from cupy.manipulation.kind import asfortranarray
from cupy.manipulation.rearrange import roll
from cupy.manipulation.shape import ravel, reshape
from cupy.manipulation.split import array_split, dsplit, hsplit, split, vsplit
from cupy.manipulation.tiling import repeat, tile
from cupy.manipulation.transpose import rollaxis, swapaxes, transpose
from cupy.math.arithmetic import (
    add, floor_divide, fmod, modf, multiply, negative, power, reciprocal,
    remainder, subtract, true_divide)
from cupy.math.explog import (
    exp, exp2, expm1, log, log10, log1p, log2, logaddexp, logaddexp2)
from cupy.math.floating import copysign, frexp, ldexp, nextafter, signbit
from cupy.math.hyperbolic import arccosh, arcsinh, arctanh, cosh, sinh, tanh
from cupy.math.misc import (
    absolute, clip, fmax, fmin, maximum, minimum, sign, sqrt, square)
from cupy.math.rounding import ceil, floor, rint, trunc
from cupy.math.sumprod import prod, sum
from cupy.math.trigonometric import (
    arccos, arcsin, arctan, arctan2, cos, deg2rad, hypot, rad2deg, sin, tan)
from cupy.padding.pad import pad
from cupy.sorting.count import count_nonzero
from cupy.sorting.search import (
    argmax, argmin, flatnonzero, nonzero, where)
from cupy.statistics.histogram import bincount
from cupy.statistics.meanvar import mean, std, var
from cupy.statistics.order import amax, amin
from cupy.util import clear_memo, memoize

abs = absolute
degrees = rad2deg
divide = true_divide
mod = remainder
radians = deg2rad
max = amax
min = amin

_this = _sys.modules[__name__]

# Memory that arrays gave back is kept for those to come.
cuda.set_allocator(cuda.MemoryPool().malloc)
cuda.set_pinned_memory_allocator(cuda.PinnedMemoryPool().malloc)


def asnumpy(a, stream=None):
    """Returns an array in the memory of the host.

    Args:
        a: A :class:`cupy.ndarray`, which is copied, or anything that
            :func:`numpy.asarray` takes.
        stream (cupy.cuda.Stream): Stream in which to copy. Without one the
            copy is complete when this returns.

    Returns:
        numpy.ndarray: Array.

    """
    if isinstance(a, ndarray):
        return a.get(stream)
    return _numpy.asarray(a)


def get_array_module(*args):
    """Returns the module that a function of arrays is to use.

    Args:
        args: Anything.

    Returns:
        module: :mod:`cupy` if one of the arguments is a
        :class:`cupy.ndarray`, :mod:`numpy` otherwise.

    .. admonition:: Example

       >>> import cupy
       >>> def softplus(x):
       ...     xp = cupy.get_array_module(x)
       ...     return xp.maximum(0, x) + xp.log1p(xp.exp(-abs(x)))
       >>> softplus(cupy.array([0.]))
       array([0.69314718])

    """
    for arg in args:
        if isinstance(arg, ndarray):
            return _this
    return _numpy
