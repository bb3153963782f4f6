"""Parts of arrays."""
import numpy

from cupy import arguments, core


def array_split(ary, indices_or_sections, axis=0):
    """Divides an array into parts that need not be of one size.

    Args:
        ary (cupy.ndarray): Array.
        indices_or_sections (int or sequence of ints): Number of parts, of
            which the first ones are longer by one if need be; or the indices
            at which to cut.
        axis (int): Axis to divide.

    Returns:
        list of cupy.ndarray: Views.

    """
    ary = arguments.array(ary)
    axis = arguments.axis(axis, ary.ndim)
    cuts = _cuts(indices_or_sections, ary.shape[axis])
    before = (slice(None),) * axis
    return [ary[before + (slice(start, stop),)]
            for start, stop in zip([0] + cuts, cuts + [ary.shape[axis]])]


def split(ary, indices_or_sections, axis=0):
    """Divides an array into parts of one size, or at indices.

    Args:
        ary (cupy.ndarray): Array.
        indices_or_sections (int or sequence of ints): Number of parts, or the
            indices at which to cut.
        axis (int): Axis to divide.

    Returns:
        list of cupy.ndarray: Views.

    Raises:
        ValueError: If a number of parts does not divide the axis.

    """
    ary = arguments.array(ary)
    extent = ary.shape[arguments.axis(axis, ary.ndim)]
    n = indices_or_sections
    if numpy.isscalar(n) and n > 0 and extent % n != 0:
        raise ValueError(f'split cannot divide an axis of extent {extent} '
                         f'into {n} equal parts: use array_split')
    return array_split(ary, indices_or_sections, axis)


def vsplit(ary, indices_or_sections):
    """Divides an array of at least two dimensions along the first axis.

    Args:
        ary (cupy.ndarray): Array.
        indices_or_sections (int or sequence of ints): Number of parts, or the
            indices at which to cut.

    Returns:
        list of cupy.ndarray: Views.

    """
    return _split_along(0, 2, 'vsplit', ary, indices_or_sections)


def hsplit(ary, indices_or_sections):
    """Divides an array along the second axis, or a vector.

    Args:
        ary (cupy.ndarray): Array.
        indices_or_sections (int or sequence of ints): Number of parts, or the
            indices at which to cut.

    Returns:
        list of cupy.ndarray: Views.

    """
    axis = 0 if arguments.array(ary).ndim == 1 else 1
    return _split_along(axis, 1, 'hsplit', ary, indices_or_sections)


def dsplit(ary, indices_or_sections):
    """Divides an array of at least three dimensions along the third axis.

    Args:
        ary (cupy.ndarray): Array.
        indices_or_sections (int or sequence of ints): Number of parts, or the
            indices at which to cut.

    Returns:
        list of cupy.ndarray: Views.

    """
    return _split_along(2, 3, 'dsplit', ary, indices_or_sections)


def _split_along(axis, ndim, name, ary, indices_or_sections):
    ary = arguments.array(ary)
    if ary.ndim < ndim:
        raise ValueError(f'{name} takes arrays of at least {ndim} '
                         f'dimension(s), but got one of {ary.ndim}')
    return split(ary, indices_or_sections, axis)


def _cuts(indices_or_sections, extent):
    """Returns the indices at which to cut an axis."""
    if isinstance(indices_or_sections, core.ndarray):
        raise TypeError('indices at which to split must be on the host: '
                        'convert them with tolist()')
    if not numpy.isscalar(indices_or_sections):
        return list(indices_or_sections)
    n = int(indices_or_sections)
    if n <= 0:
        raise ValueError(f'an array cannot be divided into {n} parts')
    length, longer = divmod(extent, n)
    return [i * length + min(i, longer) for i in range(1, n)]
