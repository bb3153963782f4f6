from chainer import cuda, utils
from chainer.functions.math import unary


class Log1p(unary.UnaryMath):
    """Natural logarithm of 1 and the input."""

    def forward(self, inputs):
        xp = cuda.get_array_module(*inputs)
        return utils.force_array(xp.log1p(inputs[0])),

    def backward_cpu(self, inputs, grad_outputs):
        x, = inputs
        gx = grad_outputs[0] / (x + x.dtype.type(1))
        return utils.force_array(gx),

    def backward_gpu(self, inputs, grad_outputs):
        gx = cuda.elementwise(
            'T x, T gy', 'T gx', 'gx = gy / (x + 1)', 'log1p_bwd')(
                inputs[0], grad_outputs[0])
        return gx,


def log1p(x):
    """Natural logarithm :math:`\\log(1 + x)`, elementwise.

    Unlike ``log(1 + x)`` it is precise near 0. As in NumPy, which warns about
    it, it is infinite at -1, as is the gradient, and NaN below.

    Args:
        x (Variable): Array of floats of any shape.

    Returns:
        Variable: Array of the shape and type of ``x``.

    .. seealso:: :func:`log`, :func:`expm1`

    .. admonition:: Example

       >>> import numpy as np
       >>> import chainer.functions as F
       >>> x = np.array([1e-12, 0], 'f')
       >>> F.log1p(x).data
       array([1.e-12, 0.e+00], dtype=float32)
       >>> F.log(1 + x).data
       array([0., 0.], dtype=float32)

    """
    return Log1p()(x)
