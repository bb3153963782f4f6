import numpy

from chainer import cuda, function
from chainer.functions.activation import softmax
from chainer.functions.math import half
from chainer.utils import type_check


def log_probability(x, use_cudnn=True):
    """Returns the logarithm of the softmax of an array along axis 1."""
    if isinstance(x, cuda.ndarray):
        return _log_probability_gpu(x, use_cudnn)
    # With the largest term of the sum made 1, nothing overflows, and the
    # logarithm is that of a number that is not 0.
    y = x - x.max(axis=1, keepdims=True)
    y -= numpy.log(half.sum(numpy.exp(y), axis=1, keepdims=True))
    return y


def _log_probability_gpu(x, use_cudnn):
    if cuda.uses_cudnn(use_cudnn, x):
        return cuda.cudnn_layers.softmax_forward(x, log=True)
    top, total = softmax.sum_of_exponentials(x)
    return cuda.elementwise(
        'T x, T top, W log_total', 'T y', 'y = (T)(x - top - log_total)',
        'log_softmax_fwd')(x, top, cuda.cupy.log(total))


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
        self.y = log_probability(inputs[0], self.use_cudnn)
        return self.y,

    def backward_cpu(self, inputs, grad_outputs):
        gy, = grad_outputs
        gx = numpy.exp(self.y)
        gx *= -half.sum(gy, axis=1, keepdims=True)
        gx += gy
        return gx,

    def backward_gpu(self, inputs, grad_outputs):
        gy, = grad_outputs
        if cuda.uses_cudnn(self.use_cudnn, self.y):
            return cuda.cudnn_layers.softmax_backward(self.y, gy, log=True),
        total = gy.sum(axis=1, dtype=half.wide_type(gy.dtype), keepdims=True)
        return cuda.elementwise(
            'T y, T gy, W total', 'T gx', 'gx = (T)(gy - exp(W(y)) * total)',
            'log_softmax_bwd')(self.y, gy, total),


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
