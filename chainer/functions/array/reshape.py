import numbers

from chainer import function
from chainer.utils import argument, type_check


class Reshape(function.Function):
    """Another shape for the same elements."""

    def __init__(self, shape):
        self.shape = argument.integers('shape', shape)

    @property
    def label(self):
        return f'Reshape {self.shape}'

    def check_type_forward(self, in_types):
        type_check.expect(in_types.size() == 1)
        x_type, = in_types
        known = 1
        for size in self.shape:
            if size != -1:
                known *= size
        if -1 not in self.shape:
            type_check.expect(type_check.prod(x_type.shape) == known)
        elif known > 0:
            type_check.expect(type_check.prod(x_type.shape) % known == 0)

    def forward(self, inputs):
        return inputs[0].reshape(self.shape),

    def backward(self, inputs, grad_outputs):
        return grad_outputs[0].reshape(inputs[0].shape),


def reshape(x, shape):
    """Gives an array another shape, without a copy where memory allows.

    Args:
        x (Variable): Array.
        shape (int or tuple of int): New shape, of as many elements. One
            number may be -1 and is then what is left.

    Returns:
        Variable: Array of the new shape.

    .. admonition:: Example

       >>> import numpy as np
       >>> import chainer.functions as F
       >>> F.reshape(np.zeros((2, 3, 4), 'f'), (2, -1)).shape
       (2, 12)

    """
    if isinstance(shape, numbers.Integral):
        shape = shape,
    return Reshape(shape)(x)
