"""Copies into arrays."""
import numpy

from cupy import arguments, core
from cupy.sorting import search


def copyto(dst, src, casting='same_kind', where=None):
    """Copies the elements of one array into another one.

    Args:
        dst (cupy.ndarray): Array to change.
        src (cupy.ndarray or scalar): Values; an array is broadcast to the
            shape of ``dst``, also from another device.
        casting (str): Which casts are allowed, as in
            :func:`numpy.can_cast`.
        where (cupy.ndarray): Boolean array, broadcast to the shape of
            ``dst``: elements where it is false stay what they are.

    Raises:
        TypeError: If the cast is not allowed.
        ValueError: If the arrays cannot be broadcast.

    """
    if not isinstance(dst, core.ndarray):
        raise TypeError(f'copyto copies into a cupy.ndarray, not into a '
                        f'{type(dst).__name__}')
    src = src if numpy.isscalar(src) else arguments.array(src)
    _check_cast(src, dst.dtype, casting)
    with dst.device:
        if isinstance(src, core.ndarray) and src.device != dst.device:
            src = src.copy()
        if where is None:
            core.elementwise_copy(src, dst)
        else:
            _copy_where(src, dst, where)


def _copy_where(src, dst, where):
    if isinstance(where, core.ndarray) and where.dtype != numpy.bool_:
        raise TypeError(f'copyto takes a boolean array as where, but its '
                        f'dtype is {where.dtype}')
    if isinstance(src, core.ndarray):
        src = src.astype(dst.dtype, copy=False)
    else:
        src = dst.dtype.type(src)
    where = core.array(where, numpy.bool_, copy=False)
    search.choose(where, src, dst, dst)


def _check_cast(src, dtype, casting):
    if isinstance(src, (core.ndarray, numpy.generic)):
        source = src.dtype
    else:
        # A number of Python has a kind only, if that is enough.
        source = numpy.result_type(dtype, src)
    if not numpy.can_cast(source, dtype, casting):
        raise TypeError(f'copyto cannot cast from {source} to {dtype} with '
                        f'casting {casting!r}')
