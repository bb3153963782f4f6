from chainer import function
from chainer.utils import argument, type_check


class Swapaxes(function.Function):
    """An array with two axes exchanged."""

    def __init__(self, axis1, axis2):
        self.axis1 = argument.integer('axis1', axis1)
        self.axis2 = argument.integer('axis2', axis2)

    def check_type_forward(self, in_types):
        type_check.expect(in_types.size() == 1)
        x_type, = in_types
        for axis in self.axis1, self.axis2:
            type_check.expect(-x_type.ndim <= axis, axis < x_type.ndim)

    def forward(self, inputs):
        return inputs[0].swapaxes(self.axis1, self.axis2),

    def backward(self, inputs, grad_outputs):
        return grad_outputs[0].swapaxes(self.axis1, self.axis2),


def swapaxes(x, axis1, axis2):
    """Exchanges two axes, without a copy.

    Args:
        x (Variable): Array.
        axis1 (int): One axis.
        axis2 (int): The other one. Negative numbers count from the last.

    Returns:
        Variable: View of ``x``.

    .. admonition:: Example

       >>> import numpy as np
       >>> import chainer.functions as F
       >>> F.swapaxes(np.zeros((2, 3, 4), 'f'), 0, 2).shape
       (4, 3, 2)

    """
    return Swapaxes(axis1, axis2)(x)
