import numpy

from chainer import cuda, function
from chainer.utils import argument, type_check


def leak(x, slope):
    """Returns ``x``, multiplied by the slope where it is negative.

    Args:
        x (numpy.ndarray): Array.
        slope (float or numpy.ndarray): What is broadcast to its shape.

    """
    # Branches by masks take several times as long.
    y = numpy.minimum(x, 0, out=numpy.empty_like(x))
    y *= slope
    y += numpy.maximum(x, 0)
    return y


def leak_grad(x, slope):
    """Returns the derivative of :func:`leak`: the slope, or 1 from 0 on."""
    gx = numpy.multiply(
        x < 0, slope, out=numpy.empty_like(x), dtype=x.dtype)
    gx += x >= 0
    return gx


class LeakyReLU(function.Function):
    """Rectified linear unit that lets a part of negative values through."""

    def __init__(self, slope=0.2):
        self.slope = argument.number('slope', slope)

    def check_type_forward(self, in_types):
        type_check.expect(in_types.size() == 1)
        x_type, = in_types
        type_check.expect(x_type.dtype.kind == 'f')

    def forward_cpu(self, inputs):
        return leak(inputs[0], self.slope),

    def backward_cpu(self, inputs, grad_outputs):
        gx = leak_grad(inputs[0], self.slope)
        gx *= grad_outputs[0]
        return gx,

    def forward_gpu(self, inputs):
        y = cuda.elementwise(
            'T x, T slope', 'T y', 'y = x >= 0 ? x : (T)(slope * x)',
            'leaky_relu_fwd')(inputs[0], self.slope)
        return y,

    def backward_gpu(self, inputs, grad_outputs):
        gx = cuda.elementwise(
            'T x, T gy, T slope', 'T gx',
            'gx = x >= 0 ? gy : (T)(slope * gy)',
            'leaky_relu_bwd')(inputs[0], grad_outputs[0], self.slope)
        return gx,


def leaky_relu(x, slope=0.2):
    """Leaky rectified linear unit, elementwise:

    .. math::
       f(x) = \\begin{cases}
           x   & \\text{if } x \\ge 0, \\\\
           a x & \\text{if } x < 0,
       \\end{cases}

    which is :math:`\\max(x, a x)` for slopes :math:`a` up to 1. The gradient
    at 0 is taken to be that on its right.

    Args:
        x (Variable): Array of floats of any shape.
        slope (float): Slope :math:`a` of the negative part.

    Returns:
        Variable: Array of the shape and type of ``x``.

    .. seealso:: :func:`prelu` learns the slope.

    .. admonition:: Example

       >>> import numpy as np
       >>> import chainer.functions as F
       >>> F.leaky_relu(np.array([-10, 0, 10], 'f'), slope=0.5).data
       array([-5.,  0., 10.], dtype=float32)

    """
    return LeakyReLU(slope)(x)
