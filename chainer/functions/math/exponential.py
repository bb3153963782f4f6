import math

from chainer import cuda, utils
from chainer.functions.math import unary


class Exp(unary.UnaryMath):
    """Exponential function."""

    def forward(self, inputs):
        xp = cuda.get_array_module(*inputs)
        self.y = utils.force_array(xp.exp(inputs[0]))
        return self.y,

    def backward(self, inputs, grad_outputs):
        return utils.force_array(self.y * grad_outputs[0]),


class Log(unary.UnaryMath):
    """Natural logarithm."""

    def forward(self, inputs):
        xp = cuda.get_array_module(*inputs)
        return utils.force_array(xp.log(inputs[0])),

    def backward(self, inputs, grad_outputs):
        return utils.force_array(grad_outputs[0] / inputs[0]),


class Log2(unary.UnaryMath):
    """Logarithm to the base 2."""

    def forward(self, inputs):
        xp = cuda.get_array_module(*inputs)
        return utils.force_array(xp.log2(inputs[0])),

    def backward_cpu(self, inputs, grad_outputs):
        gx = utils.force_array(grad_outputs[0] / inputs[0])
        gx /= math.log(2)
        return gx,

    def backward_gpu(self, inputs, grad_outputs):
        gx = cuda.elementwise(
            'T x, T gy', 'T gx', 'gx = gy / x * (T)M_LOG2E', 'log2_bwd')(
                inputs[0], grad_outputs[0])
        return gx,


class Log10(unary.UnaryMath):
    """Logarithm to the base 10."""

    def forward(self, inputs):
        xp = cuda.get_array_module(*inputs)
        return utils.force_array(xp.log10(inputs[0])),

    def backward_cpu(self, inputs, grad_outputs):
        gx = utils.force_array(grad_outputs[0] / inputs[0])
        gx /= math.log(10)
        return gx,

    def backward_gpu(self, inputs, grad_outputs):
        gx = cuda.elementwise(
            'T x, T gy', 'T gx', 'gx = gy / x * (T)M_LOG10E', 'log10_bwd')(
                inputs[0], grad_outputs[0])
        return gx,


def exp(x):
    """Exponential function :math:`e^x`, elementwise.

    Args:
        x (Variable): Array of floats of any shape.

    Returns:
        Variable: Array of the shape and type of ``x``.

    .. seealso:: :func:`expm1` is precise near 0.

    .. admonition:: Example

       >>> import numpy as np
       >>> import chainer.functions as F
       >>> F.exp(np.array([-np.inf, 0], 'f')).data
       array([0., 1.], dtype=float32)

    """
    return Exp()(x)


def log(x):
    """Natural logarithm :math:`\\log x`, elementwise.

    As in NumPy, which warns about it, it is infinite at 0, as is the gradient,
    and NaN below.

    Args:
        x (Variable): Array of floats of any shape.

    Returns:
        Variable: Array of the shape and type of ``x``.

    .. seealso:: :func:`log1p`, :func:`logsumexp`

    .. admonition:: Example

       >>> import numpy as np
       >>> import chainer.functions as F
       >>> F.log(np.array([1, np.inf], 'f')).data
       array([ 0., inf], dtype=float32)

    """
    return Log()(x)


def log2(x):
    """Logarithm to the base 2, :math:`\\log_2 x`, elementwise.

    At 0 and below it is what :func:`log` is.

    Args:
        x (Variable): Array of floats of any shape.

    Returns:
        Variable: Array of the shape and type of ``x``.

    .. admonition:: Example

       >>> import numpy as np
       >>> import chainer.functions as F
       >>> F.log2(np.array([0.5, 8], 'f')).data.round(4)
       array([-1.,  3.], dtype=float32)

    """
    return Log2()(x)


def log10(x):
    """Logarithm to the base 10, :math:`\\log_{10} x`, elementwise.

    At 0 and below it is what :func:`log` is.

    Args:
        x (Variable): Array of floats of any shape.

    Returns:
        Variable: Array of the shape and type of ``x``.

    .. admonition:: Example

       >>> import numpy as np
       >>> import chainer.functions as F
       >>> F.log10(np.array([1, 1000], 'f')).data.round(4)
       array([0., 3.], dtype=float32)

    """
    return Log10()(x)
