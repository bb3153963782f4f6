"""Changes of some elements of an array."""
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
    end = a.size
    if a.ndim == 2:
        step = a.shape[1] + 1
        if not wrap:
            end = min(end, a.shape[1] * a.shape[1])
    elif len(set(a.shape)) > 1:
        raise ValueError(f'fill_diagonal takes arrays whose axes have one '
                         f'extent, unless they are matrices, but got the '
                         f'shape {a.shape}')
    else:
        step = sum(a.shape[0] ** d for d in range(a.ndim))
    values = arguments.array(val).astype(a.dtype, copy=False).ravel()
    if values.size > 0:
        _fill_diagonal(values, step, a, size=-(-end // step))


_fill_diagonal = core.ElementwiseKernel(
    'raw T values, int64 step', 'raw T a',
    'a[i * step] = values[i % values.size()]', 'cupy_fill_diagonal')
