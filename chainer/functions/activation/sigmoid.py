import numpy

from chainer import cuda, function, utils
from chainer.utils import type_check


class Sigmoid(function.Function):
    """Logistic sigmoid."""

    def __init__(self, use_cudnn=True):
        self.use_cudnn = use_cudnn

    def check_type_forward(self, in_types):
        type_check.expect(in_types.size() == 1)
        x_type, = in_types
        type_check.expect(x_type.dtype.kind == 'f')

    def forward_cpu(self, inputs):
        x, = inputs
        # 1 / (1 + exp(-x)) overflows; this form cannot.
        half = x.dtype.type(0.5)
        y = utils.force_array(numpy.tanh(x * half))
        y *= half
        y += half
        self.y = y
        return y,

    def forward_gpu(self, inputs):
        x, = inputs
        if cuda.uses_cudnn(self.use_cudnn, x):
            self.y = cuda.cudnn_layers.activation_forward(x, 'SIGMOID')
        else:
            self.y = cuda.elementwise(
                'T x', 'T y', 'y = tanh(x * (T)0.5) * (T)0.5 + (T)0.5',
                'sigmoid_fwd')(x)
        return self.y,

    def backward_cpu(self, inputs, grad_outputs):
        gy, = grad_outputs
        gx = utils.force_array(self.y.dtype.type(1) - self.y)
        gx *= self.y
        gx *= gy
        return gx,

    def backward_gpu(self, inputs, grad_outputs):
        gy, = grad_outputs
        if cuda.uses_cudnn(self.use_cudnn, self.y):
            return cuda.cudnn_layers.activation_backward(
                self.y, gy, 'SIGMOID'),
        return cuda.elementwise(
            'T y, T gy', 'T gx', 'gx = gy * y * ((T)1 - y)', 'sigmoid_bwd')(
                self.y, gy),


def sigmoid(x, use_cudnn=True):
    """Logistic sigmoid: :math:`f(x) = 1 / (1 + \\exp(-x))`, elementwise.

    It is computed as :math:`\\tanh(x / 2) / 2 + 1 / 2`, which does not
    overflow for any :math:`x`.

    Args:
        x (Variable): Array of floats of any shape.
        use_cudnn (bool): Use cuDNN on a device, where it is available.

    Returns:
        Variable: Array of the shape and type of ``x``.

    .. admonition:: Example

       >>> import numpy as np
       >>> import chainer.functions as F
       >>> F.sigmoid(np.array([-1000, 0, 1000], 'f')).data
       array([0. , 0.5, 1. ], dtype=float32)

    """
    return Sigmoid(use_cudnn)(x)
