from chainer import cuda, function
from chainer.utils import argument, type_check


class Stack(function.Function):
    """Arrays joined along a new axis."""

    def __init__(self, axis=0):
        self.axis = argument.integer('axis', axis)

    def check_type_forward(self, in_types):
        type_check.expect(in_types.size() > 0)
        first = in_types[0]
        if self.axis >= 0:
            type_check.expect(first.ndim >= self.axis)
        else:
            type_check.expect(first.ndim >= -self.axis - 1)
        for x_type in in_types[1:]:
            type_check.expect(
                first.dtype == x_type.dtype,
                first.shape == x_type.shape,
            )

    def forward(self, inputs):
        xp = cuda.get_array_module(*inputs)
        return xp.stack(inputs, self.axis),

    def backward(self, inputs, grad_outputs):
        gy, = grad_outputs
        lead = (slice(None),) * (self.axis % gy.ndim)
        return tuple([gy[(*lead, i, Ellipsis)] for i in range(len(inputs))])


def stack(xs, axis=0):
    """Joins arrays along a new axis.

    Args:
        xs (list of Variable): Arrays of one shape and type.
        axis (int): Where the new axis is in the result; a negative number
            counts from the last.

    Returns:
        Variable: Array with one dimension more.

    .. seealso:: :func:`chainer.functions.separate` is the inverse,
       :func:`chainer.functions.concat` joins along an axis that is there.

    .. admonition:: Example

       >>> import numpy as np
       >>> import chainer.functions as F
       >>> xs = [np.array([1, 2, 3]), np.array([4, 5, 6])]
       >>> F.stack(xs).shape, F.stack(xs, axis=1).shape
       ((2, 3), (3, 2))

    """
    return Stack(axis)(*argument.sequence('xs', xs))
