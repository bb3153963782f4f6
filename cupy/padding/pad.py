"""Arrays with margins."""
import numpy

from cupy import arguments, core
from cupy.core import layout
from cupy.creation import basic
from cupy.manipulation import join
from cupy.math import rounding


def pad(array, pad_width, mode='constant', **keywords):
    """Puts margins around an array.

    Args:
        array (cupy.ndarray): Array.
        pad_width (int or sequence): Widths before and after the array,
            ``((before_0, after_0), (before_1, after_1), ...)``. One pair
            stands for all axes, one number for all widths.
        mode (str or callable): What is in the margins.

            * ``'constant'``: ``constant_values``, by default 0;
            * ``'edge'``: the outermost elements;
            * ``'linear_ramp'``: numbers between the outermost elements and
              ``end_values``, by default 0;
            * ``'maximum'``, ``'mean'``, ``'minimum'``: these of the
              ``stat_length`` outermost elements, by default of all;
            * ``'reflect'``, ``'symmetric'``: the elements mirrored, without
              or with the outermost one;
            * ``'wrap'``: the elements from the other end;
            * a function that is called as
              ``function(vector, widths, axis, keywords)`` for each vector
              along each axis, and sets the elements of its margins.
        keywords: Parameters of the mode. They have the form of
            ``pad_width``; functions may take anything.

    Returns:
        cupy.ndarray: New array of the same dtype. Margins of later axes
        include those of earlier ones.

    Raises:
        ValueError: If there is no such mode, if it has no such parameter, or
            if it cannot extend an axis without elements.

    """
    array = arguments.array(array)
    widths = _pairs(pad_width, array.ndim, 'pad_width', True)
    if callable(mode):
        return _pad_by_function(array, widths, mode, keywords)
    if mode in _REPEATING:
        _check_keywords(mode, keywords, ())
        return _pad_by_index(array, widths, mode)
    if mode not in _MODES:
        raise ValueError(f'pad: there is no mode {mode!r}; the modes are '
                         f'{sorted([*_MODES, *_REPEATING])}')
    margin, name, default = _MODES[mode]
    _check_keywords(mode, keywords, (name,))
    values = keywords.get(name, default)
    values = ([(None, None)] * array.ndim if values is None else
              _pairs(values, array.ndim, name, name == 'stat_length'))
    result = array.copy()
    for axis, (width, value) in enumerate(zip(widths, values)):
        before, after = [margin(result, axis, side, width[side], value[side])
                         for side in (0, 1)]
        result = join.concatenate([before, result, after], axis)
    return result


def _check_keywords(mode, keywords, names):
    unknown = set(keywords) - set(names)
    if unknown:
        raise ValueError(f'pad: the mode {mode!r} has no parameters '
                         f'{sorted(unknown)}; it has {list(names)}')


def _pairs(value, ndim, name, is_size):
    """Returns a pair for each axis."""
    value = numpy.asarray(value)
    if is_size and value.dtype.kind not in 'iu':
        raise TypeError(f'pad: {name} must be integers, but the dtype is '
                        f'{value.dtype}')
    if is_size and (value < 0).any():
        raise ValueError(f'pad: {name} must not be negative')
    return numpy.broadcast_to(value, (ndim, 2)).tolist()


def _pad_by_function(array, widths, function, keywords):
    shape = [before + n + after
             for n, (before, after) in zip(array.shape, widths)]
    result = basic.zeros(shape, array.dtype)
    result[tuple(slice(before, before + n)
                 for n, (before, _) in zip(array.shape, widths))] = array
    for axis, width in enumerate(widths):
        others = [d for d in range(array.ndim) if d != axis]
        vectors = result.transpose(others + [axis])
        for index in numpy.ndindex(vectors.shape[:-1]):
            function(vectors[index], tuple(width), axis, keywords)
    return result


_REPEATING = ('edge', 'reflect', 'symmetric', 'wrap')


def _pad_by_index(array, widths, mode):
    result = array.copy()
    for axis, width in enumerate(widths):
        if width != [0, 0]:
            # Padding indices as NumPy does tells where elements come from.
            index = numpy.pad(numpy.arange(array.shape[axis]), width, mode)
            result = result.take(core.array(index), axis)
    return result


# ---- Margins of other modes, on the side 0 (before) or 1 (after) of an axis

def _constant(array, axis, side, width, value):
    margin = core.ndarray(_with_extent(array, axis, width), array.dtype)
    margin.fill(value)
    return margin


def _linear_ramp(array, axis, side, width, end):
    edge = _outermost(array, axis, side, 1).astype(numpy.float64)
    shape = [1] * array.ndim
    shape[axis] = width
    distances = numpy.arange(width)[::-1 if side else 1].reshape(shape)
    margin = end + core.array(distances / max(width, 1)) * (edge - end)
    if array.dtype.kind in 'iu':
        margin = rounding.floor(margin)
    return margin.astype(array.dtype)


def _maximum(array, axis, side, width, length):
    part = _outermost(array, axis, side, length)
    return _repeat(part.max(axis, keepdims=True), array, axis, width)


def _mean(array, axis, side, width, length):
    part = _outermost(array, axis, side, length)
    mean = part.mean(axis, keepdims=True)
    if array.dtype.kind in 'iu':
        mean = rounding.rint(mean)
    return _repeat(mean.astype(array.dtype), array, axis, width)


def _minimum(array, axis, side, width, length):
    part = _outermost(array, axis, side, length)
    return _repeat(part.min(axis, keepdims=True), array, axis, width)


# The parameter of each mode, and its default.
_MODES = {
    'constant': (_constant, 'constant_values', 0),
    'linear_ramp': (_linear_ramp, 'end_values', 0),
    'maximum': (_maximum, 'stat_length', None),
    'mean': (_mean, 'stat_length', None),
    'minimum': (_minimum, 'stat_length', None),
}


def _outermost(array, axis, side, length):
    n = array.shape[axis]
    if n == 0:
        raise ValueError(f'pad cannot extend axis {axis} of {array.shape}, '
                         f'which has no elements, but with a constant')
    length = n if length is None else min(length, n)
    part = slice(n - length, n) if side else slice(0, length)
    return array[(slice(None),) * axis + (part,)]


def _repeat(part, array, axis, width):
    return layout.broadcast_to(part, _with_extent(array, axis, width))


def _with_extent(array, axis, width):
    return array.shape[:axis] + (width,) + array.shape[axis + 1:]
