"""What functions that reduce arrays along axes have in common."""
import numbers

from chainer import function
from chainer.utils import type_check


def check_axis(x_type, axis):
    """Checks that an array has an axis."""
    if axis >= 0:
        type_check.expect(axis < x_type.ndim)
    else:
        type_check.expect(-axis <= x_type.ndim)


class Reduction(function.Function):
    """Function of an array of floats that loses some axes.

    Args:
        axis (None, int or tuple of int): Axes to lose; all if it is ``None``.

    Attributes:
        axis (tuple of int): The axes, or ``None``.

    """

    def __init__(self, axis=None):
        if axis is not None:
            axis = axis if isinstance(axis, tuple) else (axis,)
            if not all(isinstance(i, numbers.Integral) for i in axis):
                raise TypeError(f'axis must be None, an int or a tuple of '
                                f'int, but is {axis!r}')
        self.axis = axis

    def check_type_forward(self, in_types):
        type_check.expect(in_types.size() == 1)
        x_type, = in_types
        type_check.expect(x_type.dtype.kind == 'f')
        for axis in self.axis or ():
            check_axis(x_type, axis)

    def with_axes(self, y, x):
        """Returns ``y``, the reduced ``x``, with its axes back as length 1."""
        axes = range(x.ndim) if self.axis is None else self.axis
        axes = {axis % x.ndim for axis in axes}
        return y.reshape([
            1 if i in axes else size for i, size in enumerate(x.shape)])
