import numpy

from chainer import cuda, function, utils
from chainer.utils import type_check


class Tanh(function.Function):
    """Hyperbolic tangent."""

    def __init__(self, use_cudnn=True):
        self.use_cudnn = use_cudnn

    def check_type_forward(self, in_types):
        type_check.expect(in_types.size() == 1)
        x_type, = in_types
        type_check.expect(x_type.dtype.kind == 'f')

    def forward_cpu(self, inputs):
        self.y = utils.force_array(numpy.tanh(inputs[0]))
        return self.y,

    def forward_gpu(self, inputs):
        x, = inputs
        if cuda.uses_cudnn(self.use_cudnn, x):
            self.y = cuda.cudnn_layers.activation_forward(x, 'TANH')
        else:
            self.y = cuda.cupy.tanh(x)
        return self.y,

    def backward_cpu(self, inputs, grad_outputs):
        gy, = grad_outputs
        gx = numpy.square(self.y, out=numpy.empty_like(self.y))
        numpy.subtract(1, gx, out=gx)
        gx *= gy
        return gx,

    def backward_gpu(self, inputs, grad_outputs):
        gy, = grad_outputs
        if cuda.uses_cudnn(self.use_cudnn, self.y):
            return cuda.cudnn_layers.activation_backward(self.y, gy, 'TANH'),
        return cuda.elementwise(
            'T y, T gy', 'T gx', 'gx = gy * ((T)1 - y * y)', 'tanh_bwd')(
                self.y, gy),


def tanh(x, use_cudnn=True):
    """Hyperbolic tangent, elementwise:

    .. math:: f(x) = \\frac{e^x - e^{-x}}{e^x + e^{-x}}.

    Args:
        x (Variable): Array of floats of any shape.
        use_cudnn (bool): Use cuDNN on a device, where it is available.

    Returns:
        Variable: Array of the shape and type of ``x``.

    .. admonition:: Example

       >>> import numpy as np
       >>> import chainer.functions as F
       >>> F.tanh(np.array([-1000, 0, 1000], 'f')).data
       array([-1.,  0.,  1.], dtype=float32)

    """
    return Tanh(use_cudnn)(x)
