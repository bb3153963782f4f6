from chainer import cuda, function
from chainer.utils import argument, type_check


class Rollaxis(function.Function):
    """An array with one axis at another place."""

    def __init__(self, axis, start):
        self.axis = argument.integer('axis', axis)
        self.start = argument.integer('start', start)

    def check_type_forward(self, in_types):
        type_check.expect(in_types.size() == 1)
        x_type, = in_types
        type_check.expect(
            -x_type.ndim <= self.axis,
            self.axis < x_type.ndim,
            -x_type.ndim <= self.start,
            self.start <= x_type.ndim,
        )

    def forward(self, inputs):
        x, = inputs
        xp = cuda.get_array_module(x)
        return xp.rollaxis(x, self.axis, self.start),

    def backward(self, inputs, grad_outputs):
        gy, = grad_outputs
        xp = cuda.get_array_module(gy)
        axis = self.axis % gy.ndim
        start = self.start + gy.ndim if self.start < 0 else self.start
        # Taken out, the axis leaves a gap that what is behind it closes.
        if axis < start:
            return xp.rollaxis(gy, start - 1, axis),
        return xp.rollaxis(gy, start, axis + 1),


def rollaxis(x, axis, start=0):
    """Moves an axis to another place, without a copy.

    Args:
        x (Variable): Array.
        axis (int): Axis to move.
        start (int): The axis before which it is put; the number of dimensions
            stands for the end. Negative numbers count from the last, in
            ``axis`` as well.

    Returns:
        Variable: View of ``x`` with the axes in the new order.

    .. admonition:: Example

       >>> import numpy as np
       >>> import chainer.functions as F
       >>> x = np.zeros((2, 3, 4), 'f')
       >>> F.rollaxis(x, 2).shape, F.rollaxis(x, 0, 2).shape
       ((4, 2, 3), (3, 2, 4))

    """
    return Rollaxis(axis, start)(x)
