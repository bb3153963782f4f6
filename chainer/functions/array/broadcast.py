import numpy

from chainer import cuda, function
from chainer.functions.math import half
from chainer.utils import argument, type_check


def sum_to_shape(x, shape):
    """Sums an array over the axes that broadcasting from ``shape`` added.

    It is the transpose of broadcasting, hence its backward.
    """
    if x.shape == shape:
        return x
    lead = x.ndim - len(shape)
    axes = tuple(range(lead)) + tuple(
        lead + i for i, size in enumerate(shape) if size == 1)
    return half.sum(x, axes, keepdims=True).reshape(shape)


class Broadcast(function.Function):
    """Broadcast of several arrays against each other."""

    def check_type_forward(self, in_types):
        type_check.expect(in_types.size() > 0)
        shapes = [type_check.value(x_type.shape) for x_type in in_types]
        try:
            numpy.broadcast_shapes(*shapes)
        except ValueError:
            raise type_check.InvalidType(
                'in_types[i].shape can be broadcast against each other',
                ', '.join(map(str, shapes))) from None

    def forward(self, inputs):
        xp = cuda.get_array_module(*inputs)
        shape = numpy.broadcast_shapes(*[x.shape for x in inputs])
        return tuple([xp.broadcast_to(x, shape) for x in inputs])

    def backward(self, inputs, grad_outputs):
        return tuple([None if gy is None else sum_to_shape(gy, x.shape)
                      for x, gy in zip(inputs, grad_outputs)])


class BroadcastTo(function.Function):
    """Broadcast of an array to a shape."""

    def __init__(self, shape):
        self.shape = argument.integers('shape', shape)
        if min(self.shape, default=0) < 0:
            raise ValueError(f'sizes in shape must not be negative, but it is '
                             f'{self.shape}')

    @property
    def label(self):
        return f'BroadcastTo {self.shape}'

    def check_type_forward(self, in_types):
        type_check.expect(in_types.size() == 1)
        x_type, = in_types
        ndim = type_check.Variable(len(self.shape), 'len(shape)')
        type_check.expect(x_type.ndim <= ndim)
        shape = type_check.value(x_type.shape)
        for i in range(-len(shape), 0):
            if shape[i] != 1:
                type_check.expect(x_type.shape[i] == self.shape[i])

    def forward(self, inputs):
        xp = cuda.get_array_module(*inputs)
        return xp.broadcast_to(inputs[0], self.shape),

    def backward(self, inputs, grad_outputs):
        return sum_to_shape(grad_outputs[0], inputs[0].shape),


def broadcast(*args):
    """Broadcasts arrays against each other, by NumPy's rules.

    Args:
        args (Variables): Arrays whose shapes agree, or are 1, in each axis
            counted from the last.

    Returns:
        tuple of Variable: The arrays, all of one shape. They are views: an
        element may stand for several.

    .. admonition:: Example

       >>> import numpy as np
       >>> import chainer.functions as F
       >>> x, y = F.broadcast(np.zeros((3, 1), 'f'), np.zeros(2, 'f'))
       >>> x.shape, y.shape
       ((3, 2), (3, 2))

    """
    results = Broadcast()(*args)
    return results if isinstance(results, tuple) else (results,)


def broadcast_to(x, shape):
    """Broadcasts an array to a shape, by NumPy's rules.

    Args:
        x (Variable): Array.
        shape (tuple of int): Shape that the shape of ``x`` can be broadcast
            to.

    Returns:
        Variable: Array of that shape. It is a view: an element may stand for
        several.

    .. admonition:: Example

       >>> import numpy as np
       >>> import chainer.functions as F
       >>> F.broadcast_to(np.array([1, 2, 3]), (2, 3)).data
       array([[1, 2, 3],
              [1, 2, 3]])

    """
    return BroadcastTo(shape)(x)
