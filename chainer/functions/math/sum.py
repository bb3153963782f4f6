import numbers

from chainer import cuda, function, utils
from chainer.functions.math import half
from chainer.utils import type_check


class Sum(function.Function):
    """Sum over axes."""

    def __init__(self, axis=None):
        if axis is None:
            self.axis = None
        else:
            self.axis = axis if isinstance(axis, tuple) else (axis,)
            if not all(isinstance(i, numbers.Integral) for i in self.axis):
                raise TypeError(f'axis must be None, an int or a tuple of '
                                f'int, but is {axis!r}')

    def check_type_forward(self, in_types):
        type_check.expect(in_types.size() == 1)
        x_type, = in_types
        type_check.expect(x_type.dtype.kind == 'f')
        for axis in self.axis or ():
            if axis >= 0:
                type_check.expect(axis < x_type.ndim)
            else:
                type_check.expect(-axis <= x_type.ndim)

    def forward(self, inputs):
        return utils.force_array(half.sum(inputs[0], self.axis)),

    def backward(self, inputs, grad_outputs):
        x, = inputs
        gy, = grad_outputs
        axes = range(x.ndim) if self.axis is None else self.axis
        axes = {axis % x.ndim for axis in axes}
        shape = [1 if i in axes else size for i, size in enumerate(x.shape)]
        gx = cuda.get_array_module(x).empty_like(x)
        gx[...] = gy.reshape(shape)
        return gx,


def sum(x, axis=None):
    """Sum of elements over axes.

    Args:
        x (Variable): Array of floats of any shape.
        axis (None, int or tuple of int): Axes to sum over; negative ones
            count from the last. By default all.

    Returns:
        Variable: Array without these axes, of the type of ``x``.

    .. admonition:: Example

       >>> import numpy as np
       >>> import chainer.functions as F
       >>> F.sum(np.ones((2, 3), 'f'), axis=1).data
       array([3., 3.], dtype=float32)

    """
    return Sum(axis)(x)
