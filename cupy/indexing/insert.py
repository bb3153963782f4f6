"""Changes of some elements of an array."""
import numpy

from cupy import arguments, core


def fill_diagonal(a, val, wrap=False):
    """Sets the main diagonal of an array, in place.

    Args:
        a (cupy.ndarray): Array of at least two dimensions; if there are more,
            all of one extent. The elements with equal indices are set.
        val (scalar or cupy.ndarray): Value, or values that are taken one
            after the other, and again from the first one.
        wrap (bool): If ``True``, the diagonal of a matrix that is taller than
            wide begins again below it, after an empty row.

    """
    if not isinstance(a, core.ndarray):
        raise TypeError(f'fill_diagonal changes a cupy.ndarray, not a '
                        f'{type(a).__name__}')
    if a.ndim < 2:
        raise ValueError(f'fill_diagonal takes arrays of at least two '
                         f'dimensions, but got one of {a.ndim}')
    if a.ndim > 2 and len(set(a.shape)) > 1:
        raise ValueError(f'fill_diagonal takes arrays whose axes have one '
                         f'extent, unless they are matrices, but got the '
                         f'shape {a.shape}')
    parts = [a]
    if wrap and a.ndim == 2:
        # Below a square part a row is left out.
        height = a.shape[1]
        parts = [a[top:top + height]
                 for top in range(0, a.shape[0], height + 1)]
    for _ in range(a.ndim - 1):
        parts = [part.diagonal() for part in parts]
    values = arguments.array(val).ravel()
    if values.size == 0:
        return
    start = 0
    for part in parts:
        index = numpy.arange(start, start + part.size) % values.size
        part[...] = values.take(core.array(index))
        start += part.size
