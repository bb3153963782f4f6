import numpy

from chainer import cuda, function
from chainer.functions.math import half
from chainer.utils import type_check


def probability(x, use_cudnn=True):
    """Returns the softmax of an array along axis 1."""
    if isinstance(x, cuda.ndarray):
        return _probability_gpu(x, use_cudnn)
    # The largest term of the sum becomes 1: nothing overflows, and the sum is
    # not 0.
    y = x - x.max(axis=1, keepdims=True)
    numpy.exp(y, out=y)
    y /= half.sum(y, axis=1, keepdims=True)
    return y


def _probability_gpu(x, use_cudnn):
    if cuda.uses_cudnn(use_cudnn, x):
        return cuda.cudnn_layers.softmax_forward(x)
    top, total = sum_of_exponentials(x)
    return cuda.elementwise(
        'T x, T top, W total', 'T y', 'y = (T)(exp(W(x) - W(top)) / total)',
        'softmax_fwd')(x, top, total)


def sum_of_exponentials(x):
    """Sums exponentials along axis 1, of an array on a device.

    Args:
        x (cupy.ndarray): Array.

    Returns:
        tuple of cupy.ndarray: Maxima, and the sums of ``exp(x - maximum)``,
        in single precision if ``x`` is in half. The axis has length 1.

    """
    top = x.max(axis=1, keepdims=True)
    total = cuda.cupy.empty(top.shape, half.wide_type(x.dtype))
    cuda.reduce(
        'T x, T top', 'W total', 'exp(W(x) - W(top))', 'a + b', 'total = a',
        '0', 'sum_of_exponentials')(x, top, total, axis=1, keepdims=True)
    return top, total


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
        self.y = probability(inputs[0], self.use_cudnn)
        return self.y,

    def backward_cpu(self, inputs, grad_outputs):
        gx = self.y * grad_outputs[0]
        gx -= self.y * half.sum(gx, axis=1, keepdims=True)
        return gx,

    def backward_gpu(self, inputs, grad_outputs):
        y = self.y
        gy, = grad_outputs
        if cuda.uses_cudnn(self.use_cudnn, y):
            return cuda.cudnn_layers.softmax_backward(y, gy),
        total = cuda.cupy.empty(
            (len(y), 1) + y.shape[2:], half.wide_type(y.dtype))
        cuda.reduce(
            'T y, T gy', 'W total', 'W(y) * W(gy)', 'a + b', 'total = a', '0',
            'softmax_bwd_sum')(y, gy, total, axis=1, keepdims=True)
        return cuda.elementwise(
            'T y, T gy, W total', 'T gx', 'gx = (T)(y * (gy - total))',
            'softmax_bwd')(y, gy, total),


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
