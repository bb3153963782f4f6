import numpy

from chainer import cuda, function
from chainer.utils import argument, type_check


class ClippedReLU(function.Function):
    """Rectified linear unit with an upper bound."""

    def __init__(self, z):
        self.cap = argument.number('z', z)
        if not z > 0:
            raise ValueError(f'z must be positive, but is {z!r}')

    def check_type_forward(self, in_types):
        type_check.expect(in_types.size() == 1)
        x_type, = in_types
        type_check.expect(x_type.dtype.kind == 'f')

    def forward_cpu(self, inputs):
        x, = inputs
        return numpy.clip(x, 0, self.cap, out=numpy.empty_like(x)),

    def backward_cpu(self, inputs, grad_outputs):
        x, = inputs
        gy, = grad_outputs
        rising = (0 < x) & (x < self.cap)
        return numpy.multiply(gy, rising, out=numpy.empty_like(x)),

    def forward_gpu(self, inputs):
        y = cuda.elementwise(
            'T x, T cap', 'T y', 'y = x < 0 ? (T)0 : x > cap ? cap : x',
            'clipped_relu_fwd')(inputs[0], self.cap)
        return y,

    def backward_gpu(self, inputs, grad_outputs):
        gx = cuda.elementwise(
            'T x, T gy, T cap', 'T gx', 'gx = x > 0 && x < cap ? gy : (T)0',
            'clipped_relu_bwd')(inputs[0], grad_outputs[0], self.cap)
        return gx,


def clipped_relu(x, z=20.0):
    """Clipped rectified linear unit, elementwise:

    .. math:: f(x) = \\min(\\max(0, x), z).

    The gradient at 0 and at :math:`z` is taken to be 0.

    Args:
        x (Variable): Array of floats of any shape.
        z (float): Upper bound of the result, positive.

    Returns:
        Variable: Array of the shape and type of ``x``.

    Raises:
        ValueError: If ``z`` is not positive.

    .. admonition:: Example

       >>> import numpy as np
       >>> import chainer.functions as F
       >>> F.clipped_relu(np.array([-1, 5, 50], 'f')).data
       array([ 0.,  5., 20.], dtype=float32)

    """
    return ClippedReLU(z)(x)
