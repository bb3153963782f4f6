from chainer import cuda, function
from chainer.utils import argument, type_check


class Separate(function.Function):
    """Slices of an array along an axis, without that axis."""

    def __init__(self, axis=0):
        self.axis = argument.integer('axis', axis)

    def check_type_forward(self, in_types):
        type_check.expect(in_types.size() == 1)
        x_type, = in_types
        type_check.expect(-x_type.ndim <= self.axis, self.axis < x_type.ndim)

    def forward(self, inputs):
        x, = inputs
        return tuple([x[index] for index in self._indices(x)])

    def backward(self, inputs, grad_outputs):
        x, = inputs
        gx = cuda.get_array_module(x).empty_like(x)
        for index, gy in zip(self._indices(x), grad_outputs):
            gx[index] = 0 if gy is None else gy
        return gx,

    def _indices(self, x):
        lead = (slice(None),) * (self.axis % x.ndim)
        return [(*lead, i, Ellipsis) for i in range(x.shape[self.axis])]


def separate(x, axis=0):
    """Separates an array into its slices along an axis.

    Args:
        x (Variable): Array.
        axis (int): Axis to take away; a negative one counts from the last.

    Returns:
        tuple of Variable: As many as the axis is long, each of the shape of
        ``x`` without the axis; a tuple also if there is only one. They are
        views of ``x``.

    .. seealso:: :func:`chainer.functions.stack` is the inverse,
       :func:`chainer.functions.split_axis` keeps the axis.

    .. admonition:: Example

       >>> import numpy as np
       >>> import chainer.functions as F
       >>> ys = F.separate(np.zeros((2, 3, 4), 'f'), axis=1)
       >>> len(ys), ys[0].shape
       (3, (2, 4))

    """
    results = Separate(axis)(x)
    return results if isinstance(results, tuple) else (results,)
