from chainer import cuda, function
from chainer.functions.math import half
from chainer.utils import type_check


def probability(x):
    """Returns the softmax of an array along axis 1."""
    xp = cuda.get_array_module(x)
    # The largest term of the sum becomes 1: nothing overflows, and the sum is
    # not 0.
    y = x - x.max(axis=1, keepdims=True)
    xp.exp(y, out=y)
    y /= half.sum(y, axis=1, keepdims=True)
    return y


class Softmax(function.Function):
    """Softmax along the second axis."""

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
        self.y = probability(inputs[0])
        return self.y,

    def backward(self, inputs, grad_outputs):
        gx = self.y * grad_outputs[0]
        gx -= self.y * half.sum(gx, axis=1, keepdims=True)
        return gx,


def softmax(x, use_cudnn=True):
    """Softmax along the second axis.

    For an array of shape :math:`(N, C, d_1, \\dots, d_k)` it computes

    .. math::
       f(x)_{n, c, i} = \\frac{\\exp x_{n, c, i}}
                             {\\sum_{c'} \\exp x_{n, c', i}},

    that is, a distribution over the :math:`C` classes (channels) for each
    example :math:`n` and each position :math:`i`.

    Args:
        x (Variable): Array of floats of two or more dimensions.
        use_cudnn (bool): Use cuDNN on a device, where it is available.

    Returns:
        Variable: Array of the shape and type of ``x``.

    .. admonition:: Example

       >>> import numpy as np
       >>> import chainer.functions as F
       >>> F.softmax(np.array([[0, 0], [1000, 0]], 'f')).data
       array([[0.5, 0.5],
              [1. , 0. ]], dtype=float32)

    """
    return Softmax(use_cudnn)(x)
