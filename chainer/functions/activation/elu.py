import numpy

from chainer import cuda, function
from chainer.functions.activation import leaky_relu
from chainer.utils import argument, type_check


class ELU(function.Function):
    """Exponential linear unit."""

    def __init__(self, alpha=1.0):
        self.alpha = argument.number('alpha', alpha)

    def check_type_forward(self, in_types):
        type_check.expect(in_types.size() == 1)
        x_type, = in_types
        type_check.expect(x_type.dtype.kind == 'f')

    def forward_cpu(self, inputs):
        x, = inputs
        # exp(x) - 1 would lose the digits of a small x; and no exponential of
        # a large x is taken.
        y = numpy.minimum(x, 0, out=numpy.empty_like(x))
        numpy.expm1(y, out=y)
        y *= self.alpha
        y += numpy.maximum(x, 0)
        return y,

    def backward_cpu(self, inputs, grad_outputs):
        x, = inputs
        gx = numpy.minimum(x, 0, out=numpy.empty_like(x))
        numpy.exp(gx, out=gx)
        gx *= leaky_relu.leak_grad(x, self.alpha)
        gx *= grad_outputs[0]
        return gx,

    def forward_gpu(self, inputs):
        y = cuda.elementwise(
            'T x, T alpha', 'T y', 'y = x >= 0 ? x : (T)(alpha * expm1(x))',
            'elu_fwd')(inputs[0], self.alpha)
        return y,

    def backward_gpu(self, inputs, grad_outputs):
        gx = cuda.elementwise(
            'T x, T gy, T alpha', 'T gx',
            'gx = x >= 0 ? gy : (T)(gy * alpha * exp(x))',
            'elu_bwd')(inputs[0], grad_outputs[0], self.alpha)
        return gx,


def elu(x, alpha=1.0):
    """Exponential linear unit, elementwise:

    .. math::
       f(x) = \\begin{cases}
           x                    & \\text{if } x \\ge 0, \\\\
           \\alpha (\\exp(x) - 1) & \\text{if } x < 0.
       \\end{cases}

    The gradient at 0 is taken to be that on its right. Small :math:`x` keep
    their precision, and large ones do not overflow.

    Args:
        x (Variable): Array of floats of any shape.
        alpha (float): What the result tends to for negative :math:`x`, with
            the sign changed.

    Returns:
        Variable: Array of the shape and type of ``x``.

    See: D.-A. Clevert et al., `Fast and Accurate Deep Network Learning by
    Exponential Linear Units <https://arxiv.org/abs/1511.07289>`_.

    .. admonition:: Example

       >>> import numpy as np
       >>> import chainer.functions as F
       >>> F.elu(np.array([-100, 0, 100], 'f'), alpha=0.5).data
       array([ -0.5,   0. , 100. ], dtype=float32)

    """
    return ELU(alpha)(x)
