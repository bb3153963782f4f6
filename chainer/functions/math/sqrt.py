from chainer import cuda, utils
from chainer.functions.math import unary


class Sqrt(unary.UnaryMath):
    """Square root."""

    def forward(self, inputs):
        xp = cuda.get_array_module(*inputs)
        self.y = utils.force_array(xp.sqrt(inputs[0]))
        return self.y,

    def backward_cpu(self, inputs, grad_outputs):
        gx = utils.force_array(grad_outputs[0] / self.y)
        gx /= 2
        return gx,

    def backward_gpu(self, inputs, grad_outputs):
        gx = cuda.elementwise(
            'T y, T gy', 'T gx', 'gx = gy / (y * 2)', 'sqrt_bwd')(
                self.y, grad_outputs[0])
        return gx,


def sqrt(x):
    """Square root :math:`\\sqrt{x}`, elementwise.

    As in NumPy, which warns about it, it is NaN below 0. At 0 the gradient is
    infinite.

    Args:
        x (Variable): Array of floats of any shape.

    Returns:
        Variable: Array of the shape and type of ``x``.

    .. seealso:: :func:`rsqrt`

    .. admonition:: Example

       >>> import numpy as np
       >>> import chainer.functions as F
       >>> F.sqrt(np.array([0, 4], 'f')).data
       array([0., 2.], dtype=float32)

    """
    return Sqrt()(x)


def rsqrt(x):
    """Reciprocal of the square root, :math:`1 / \\sqrt{x}`, elementwise.

    As in NumPy, which warns about it, it is infinite at 0, as is the gradient,
    and NaN below.

    Args:
        x (Variable): Array of floats of any shape.

    Returns:
        Variable: Array of the shape and type of ``x``.

    .. seealso:: :func:`sqrt`

    .. admonition:: Example

       >>> import numpy as np
       >>> import chainer.functions as F
       >>> F.rsqrt(np.array([1, 4], 'f')).data
       array([1. , 0.5], dtype=float32)

    """
    return 1 / sqrt(x)
