import numpy

from chainer import cuda, utils
from chainer.functions.math import unary


class Sinh(unary.UnaryMath):
    """Hyperbolic sine."""

    def forward(self, inputs):
        xp = cuda.get_array_module(*inputs)
        return utils.force_array(xp.sinh(inputs[0])),

    def backward_cpu(self, inputs, grad_outputs):
        return utils.force_array(numpy.cosh(inputs[0]) * grad_outputs[0]),

    def backward_gpu(self, inputs, grad_outputs):
        gx = cuda.elementwise(
            'T x, T gy', 'T gx', 'gx = cosh(x) * gy', 'sinh_bwd')(
                inputs[0], grad_outputs[0])
        return gx,


class Cosh(unary.UnaryMath):
    """Hyperbolic cosine."""

    def forward(self, inputs):
        xp = cuda.get_array_module(*inputs)
        return utils.force_array(xp.cosh(inputs[0])),

    def backward_cpu(self, inputs, grad_outputs):
        return utils.force_array(numpy.sinh(inputs[0]) * grad_outputs[0]),

    def backward_gpu(self, inputs, grad_outputs):
        gx = cuda.elementwise(
            'T x, T gy', 'T gx', 'gx = sinh(x) * gy', 'cosh_bwd')(
                inputs[0], grad_outputs[0])
        return gx,


def sinh(x):
    """Hyperbolic sine :math:`(e^x - e^{-x}) / 2`, elementwise.

    Args:
        x (Variable): Array of floats of any shape.

    Returns:
        Variable: Array of the shape and type of ``x``.

    .. seealso:: :func:`tanh`

    .. admonition:: Example

       >>> import numpy as np
       >>> import chainer.functions as F
       >>> F.sinh(np.array([0, 1], 'f')).data.round(4)
       array([0.    , 1.1752], dtype=float32)

    """
    return Sinh()(x)


def cosh(x):
    """Hyperbolic cosine :math:`(e^x + e^{-x}) / 2`, elementwise.

    Args:
        x (Variable): Array of floats of any shape.

    Returns:
        Variable: Array of the shape and type of ``x``.

    .. seealso:: :func:`tanh`

    .. admonition:: Example

       >>> import numpy as np
       >>> import chainer.functions as F
       >>> F.cosh(np.array([0, 1], 'f')).data.round(4)
       array([1.    , 1.5431], dtype=float32)

    """
    return Cosh()(x)
