import numpy

from chainer import cuda, utils
from chainer.functions.math import unary


class Expm1(unary.UnaryMath):
    """Exponential function minus 1."""

    def forward(self, inputs):
        xp = cuda.get_array_module(*inputs)
        return utils.force_array(xp.expm1(inputs[0])),

    def backward_cpu(self, inputs, grad_outputs):
        # Not by way of the output, to which small exponentials are lost.
        return utils.force_array(numpy.exp(inputs[0]) * grad_outputs[0]),

    def backward_gpu(self, inputs, grad_outputs):
        gx = cuda.elementwise(
            'T x, T gy', 'T gx', 'gx = exp(x) * gy', 'expm1_bwd')(
                inputs[0], grad_outputs[0])
        return gx,


def expm1(x):
    """Exponential function minus 1, :math:`e^x - 1`, elementwise.

    Unlike ``exp(x) - 1`` it is precise near 0.

    Args:
        x (Variable): Array of floats of any shape.

    Returns:
        Variable: Array of the shape and type of ``x``.

    .. seealso:: :func:`exp`, :func:`log1p`

    .. admonition:: Example

       >>> import numpy as np
       >>> import chainer.functions as F
       >>> x = np.array([1e-12, 0], 'f')
       >>> F.expm1(x).data
       array([1.e-12, 0.e+00], dtype=float32)
       >>> (F.exp(x) - 1).data
       array([0., 0.], dtype=float32)

    """
    return Expm1()(x)
