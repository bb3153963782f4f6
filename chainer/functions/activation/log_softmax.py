from chainer import cuda, function
from chainer.functions.math import half
from chainer.utils import type_check


def log_probability(x):
    """Returns the logarithm of the softmax of an array along axis 1."""
    xp = cuda.get_array_module(x)
    # With the largest term of the sum made 1, nothing overflows, and the
    # logarithm is that of a number that is not 0.
    y = x - x.max(axis=1, keepdims=True)
    y -= xp.log(half.sum(xp.exp(y), axis=1, keepdims=True))
    return y


class LogSoftmax(function.Function):
    """Logarithm of softmax along the second axis."""

    def __init__(self, use_cudnn=True):
        self.use_cudnn = use_cudnn

    def check_type_forward(self, in_types):
        type_check.expect(in_types.size() == 1)
        x_type, = in_types
        type_check.expect(
            x_type.dtype.kind == 'f',
            x_type.ndim > 1,
            x_type.shape[1] > 0,
        )

    def forward(self, inputs):
        self.y = log_probability(inputs[0])
        return self.y,

    def backward(self, inputs, grad_outputs):
        gy, = grad_outputs
        xp = cuda.get_array_module(gy)
        gx = xp.exp(self.y)
        gx *= -half.sum(gy, axis=1, keepdims=True)
        gx += gy
        return gx,


def log_softmax(x, use_cudnn=True):
    """Logarithm of softmax along the second axis.

    For an array of shape :math:`(N, C, d_1, \\dots, d_k)` it computes

    .. math::
       f(x)_{n, c, i} = x_{n, c, i} -
                        \\log \\sum_{c'} \\exp x_{n, c', i}.

    It equals ``log(softmax(x))``, but stays finite where softmax is so close
    to 0 that it underflows.

    Args:
        x (Variable): Array of floats of two or more dimensions.
        use_cudnn (bool): Use cuDNN on a device, where it is available.

    Returns:
        Variable: Array of the shape and type of ``x``.

    .. admonition:: Example

       >>> import numpy as np
       >>> import chainer.functions as F
       >>> F.log_softmax(np.array([[1000, 0]], 'f')).data
       array([[    0., -1000.]], dtype=float32)

    """
    return LogSoftmax(use_cudnn)(x)
