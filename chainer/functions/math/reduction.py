"""What functions that reduce arrays along axes have in common."""
from chainer import function
from chainer.utils import argument, type_check


def check_axis(x_type, axis):
    """Checks that an array has an axis."""
    if axis >= 0:
        type_check.expect(axis < x_type.ndim)
    else:
        type_check.expect(-axis <= x_type.ndim)


def check_not_empty(x_type, axes):
    """Checks that there are elements along axes, or along all for ``None``."""
    if axes is None:
        type_check.expect(x_type.size > 0)
    for axis in axes or ():
        type_check.expect(x_type.shape[axis] > 0)


class Reduction(function.Function):
    """Function of an array of floats that loses some axes.

    Args:
        axis (None, int or tuple of int): Axes to lose; all if it is ``None``.

    Attributes:
        axis (tuple of int): The axes, or ``None``.

    """

    def __init__(self, axis=None):
        self.axis = None if axis is None else _as_axes(axis)

    def check_type_forward(self, in_types):
        type_check.expect(in_types.size() == 1)
        x_type, = in_types
        type_check.expect(x_type.dtype.kind == 'f')
        axes = self.axis or ()
        for axis in axes:
            check_axis(x_type, axis)
        if len(axes) > 1:
            _check_distinct(x_type, axes)

    def with_axes(self, y, x):
        """Returns ``y``, the reduced ``x``, with its axes back as length 1."""
        axes = range(x.ndim) if self.axis is None else self.axis
        axes = {axis % x.ndim for axis in axes}
        return y.reshape([
            1 if i in axes else size for i, size in enumerate(x.shape)])


def _as_axes(axis):
    axes = axis if isinstance(axis, tuple) else (axis,)
    try:
        return argument.integers('axis', axes)
    except TypeError:
        raise TypeError(f'axis must be None, an int or a tuple of int, but is '
                        f'{axis!r}') from None


def _check_distinct(x_type, axes):
    ndim = type_check.value(x_type.ndim)
    if len({axis % ndim for axis in axes}) < len(axes):
        raise ValueError(f'axis must name no axis twice, but is {axes} for an '
                         f'array of {ndim} dimensions')
