from chainer import cuda, utils
from chainer.functions.math import half, reduction


class Sum(reduction.Reduction):
    """Sum over axes."""

    def forward(self, inputs):
        return utils.force_array(half.sum(inputs[0], self.axis)),

    def backward(self, inputs, grad_outputs):
        x, = inputs
        gx = cuda.get_array_module(x).empty_like(x)
        gx[...] = self.with_axes(grad_outputs[0], x)
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
