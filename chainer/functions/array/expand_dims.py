from chainer import function
from chainer.utils import argument, type_check


class ExpandDims(function.Function):
    """An array with one more axis."""

    def __init__(self, axis):
        self.axis = argument.integer('axis', axis)

    def check_type_forward(self, in_types):
        type_check.expect(in_types.size() == 1)
        x_type, = in_types
        if self.axis >= 0:
            type_check.expect(x_type.ndim >= self.axis)
        else:
            type_check.expect(x_type.ndim >= -self.axis - 1)

    def forward(self, inputs):
        x, = inputs
        lead = (slice(None),) * (self.axis % (x.ndim + 1))
        return x[(*lead, None, Ellipsis)],

    def backward(self, inputs, grad_outputs):
        return grad_outputs[0].reshape(inputs[0].shape),


def expand_dims(x, axis):
    """Inserts an axis of length 1, without a copy.

    Args:
        x (Variable): Array.
        axis (int): Where the new axis is in the result; a negative number
            counts from the last.

    Returns:
        Variable: View of ``x`` with one dimension more.

    .. admonition:: Example

       >>> import numpy as np
       >>> import chainer.functions as F
       >>> x = np.zeros((2, 3), 'f')
       >>> F.expand_dims(x, 1).shape, F.expand_dims(x, -1).shape
       ((2, 1, 3), (2, 3, 1))

    """
    return ExpandDims(axis)(x)
