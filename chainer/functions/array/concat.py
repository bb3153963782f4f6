from chainer import cuda, function
from chainer.utils import argument, type_check


class Concat(function.Function):
    """Arrays joined along an axis."""

    def __init__(self, axis=1):
        self.axis = argument.integer('axis', axis)

    def check_type_forward(self, in_types):
        type_check.expect(in_types.size() > 0)
        first = in_types[0]
        type_check.expect(-first.ndim <= self.axis, self.axis < first.ndim)
        axis = self.axis % type_check.value(first.ndim)
        for x_type in in_types[1:]:
            type_check.expect(
                first.dtype == x_type.dtype,
                first.ndim == x_type.ndim,
                first.shape[:axis] == x_type.shape[:axis],
                first.shape[axis + 1:] == x_type.shape[axis + 1:],
            )

    def forward(self, inputs):
        xp = cuda.get_array_module(*inputs)
        return xp.concatenate(inputs, self.axis),

    def backward(self, inputs, grad_outputs):
        gy, = grad_outputs
        lead = (slice(None),) * (self.axis % gy.ndim)
        gxs = []
        end = 0
        for x in inputs:
            start, end = end, end + x.shape[self.axis]
            gxs.append(gy[(*lead, slice(start, end))])
        return tuple(gxs)


def concat(xs, axis=1):
    """Joins arrays along an axis.

    Args:
        xs (tuple of Variable): Arrays of one type, whose shapes may differ in
            this axis only.
        axis (int): Axis to join along; a negative one counts from the last.

    Returns:
        Variable: The joined array.

    .. seealso:: :func:`chainer.functions.split_axis` is the inverse,
       :func:`chainer.functions.stack` joins along a new axis.

    .. admonition:: Example

       >>> import numpy as np
       >>> import chainer.functions as F
       >>> x, y = np.array([[1, 2], [3, 4]]), np.array([[5], [6]])
       >>> F.concat((x, y)).data
       array([[1, 2, 5],
              [3, 4, 6]])

    """
    return Concat(axis)(*argument.sequence('xs', xs))
