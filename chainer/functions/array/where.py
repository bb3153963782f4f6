import numpy

from chainer import cuda, function
from chainer.utils import type_check


class Where(function.Function):
    """A choice between two arrays for each element."""

    argument_names = 'condition', 'x', 'y'

    def check_type_forward(self, in_types):
        type_check.expect(in_types.size() == 3)
        condition_type, x_type, y_type = in_types
        type_check.expect(
            condition_type.dtype == numpy.bool_,
            x_type.dtype == y_type.dtype,
            condition_type.shape == x_type.shape,
            condition_type.shape == y_type.shape,
        )

    def forward(self, inputs):
        condition, x, y = inputs
        xp = cuda.get_array_module(*inputs)
        return xp.where(condition, x, y),

    def backward_cpu(self, inputs, grad_outputs):
        condition = inputs[0]
        gz, = grad_outputs
        zero = gz.dtype.type(0)
        return (None, numpy.where(condition, gz, zero),
                numpy.where(condition, zero, gz))

    def backward_gpu(self, inputs, grad_outputs):
        gx, gy = cuda.elementwise(
            'bool condition, T gz', 'T gx, T gy',
            'gx = condition ? gz : (T)0; gy = condition ? (T)0 : gz',
            'where_bwd')(inputs[0], grad_outputs[0])
        return None, gx, gy


def where(condition, x, y):
    """Chooses between two arrays for each element.

    An element of the result is that of ``x`` where ``condition`` is true, and
    that of ``y`` elsewhere. Nothing is broadcast, see
    :func:`chainer.functions.broadcast`.

    Args:
        condition (Variable): Array of booleans.
        x (Variable): Array of the same shape.
        y (Variable): Array of the shape and type of ``x``.

    Returns:
        Variable: Array of the shape and type of ``x``.

    .. admonition:: Example

       >>> import numpy as np
       >>> import chainer.functions as F
       >>> x = np.array([1, -2, 3], 'f')
       >>> F.where(x > 0, x, np.zeros(3, 'f')).data
       array([1., 0., 3.], dtype=float32)

    """
    return Where()(condition, x, y)
