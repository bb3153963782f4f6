from chainer import cuda, function, utils
from chainer.utils import type_check


class LinearInterpolate(function.Function):
    """Linear interpolation between two arrays."""

    argument_names = 'p', 'x', 'y'

    def check_type_forward(self, in_types):
        type_check.expect(in_types.size() == 3)
        p_type, x_type, y_type = in_types
        type_check.expect(
            p_type.dtype.kind == 'f',
            x_type.dtype == p_type.dtype,
            y_type.dtype == p_type.dtype,
            x_type.shape == p_type.shape,
            y_type.shape == p_type.shape,
        )

    def forward_cpu(self, inputs):
        p, x, y = inputs
        z = utils.force_array(p * x)
        z += (p.dtype.type(1) - p) * y
        return z,

    def backward_cpu(self, inputs, grad_outputs):
        p, x, y = inputs
        gz, = grad_outputs
        gp = utils.force_array(x - y)
        gp *= gz
        gx = utils.force_array(p * gz)
        # Not gz - gx, which is imprecise where p is close to 1.
        gy = utils.force_array(p.dtype.type(1) - p)
        gy *= gz
        return gp, gx, gy

    def forward_gpu(self, inputs):
        z = cuda.elementwise(
            'T p, T x, T y', 'T z', 'z = p * x + (1 - p) * y',
            'linear_interpolate_fwd')(*inputs)
        return z,

    def backward_gpu(self, inputs, grad_outputs):
        return cuda.elementwise(
            'T p, T x, T y, T gz', 'T gp, T gx, T gy',
            'gp = (x - y) * gz; gx = p * gz; gy = (1 - p) * gz',
            'linear_interpolate_bwd')(*inputs, grad_outputs[0])


def linear_interpolate(p, x, y):
    """Linear interpolation :math:`p x + (1 - p) y`, elementwise.

    Args:
        p (Variable): Weights, array of floats of any shape.
        x (Variable): Result where ``p`` is 1; array of the shape and type of
            ``p``.
        y (Variable): Result where ``p`` is 0; array of the shape and type of
            ``p``.

    Returns:
        Variable: Array of this shape and type.

    .. admonition:: Example

       >>> import numpy as np
       >>> import chainer.functions as F
       >>> p = np.array([0, 0.25, 1], 'f')
       >>> x, y = np.full(3, 20, 'f'), np.full(3, 10, 'f')
       >>> F.linear_interpolate(p, x, y).data
       array([10. , 12.5, 20. ], dtype=float32)

    """
    return LinearInterpolate()(p, x, y)
