import numpy

from chainer import cuda, function
from chainer.utils import type_check


class ReLU(function.Function):
    """Rectified linear unit."""

    def __init__(self, use_cudnn=True):
        self.use_cudnn = use_cudnn

    def check_type_forward(self, in_types):
        type_check.expect(in_types.size() == 1)
        x_type, = in_types
        type_check.expect(x_type.dtype.kind == 'f')

    def forward_cpu(self, inputs):
        x, = inputs
        # An output array keeps a 0-dimensional result an array.
        return numpy.maximum(x, 0, out=numpy.empty_like(x)),

    def forward_gpu(self, inputs):
        x, = inputs
        if cuda.uses_cudnn(self.use_cudnn, x):
            return cuda.cudnn_layers.activation_forward(x, 'RELU'),
        return cuda.cupy.maximum(x, 0),

    def backward_cpu(self, inputs, grad_outputs):
        x, = inputs
        gy, = grad_outputs
        return numpy.multiply(gy, x > 0, out=numpy.empty_like(x)),

    def backward_gpu(self, inputs, grad_outputs):
        x, = inputs
        gy, = grad_outputs
        if cuda.uses_cudnn(self.use_cudnn, x):
            # Where x is positive, there the output is.
            return cuda.cudnn_layers.activation_backward(x, gy, 'RELU'),
        return cuda.elementwise(
            'T x, T gy', 'T gx', 'gx = x > 0 ? gy : (T)0', 'relu_bwd')(
                x, gy),


def relu(x, use_cudnn=True):
    """Rectified linear unit: :math:`f(x) = \\max(0, x)`, elementwise.

    The gradient at 0 is taken to be 0.

    Args:
        x (Variable): Array of floats of any shape.
        use_cudnn (bool): Use cuDNN on a device, where it is available.

    Returns:
        Variable: Array of the shape and type of ``x``.

    .. admonition:: Example

       >>> import numpy as np
       >>> import chainer.functions as F
       >>> F.relu(np.array([-1, 0, 2], 'f')).data
       array([0., 0., 2.], dtype=float32)

    """
    return ReLU(use_cudnn)(x)
