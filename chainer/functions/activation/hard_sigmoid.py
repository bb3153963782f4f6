import numpy

from chainer import cuda, function, utils
from chainer.utils import type_check


class HardSigmoid(function.Function):
    """Piecewise linear approximation of the logistic sigmoid."""

    def check_type_forward(self, in_types):
        type_check.expect(in_types.size() == 1)
        x_type, = in_types
        type_check.expect(x_type.dtype.kind == 'f')

    def forward_cpu(self, inputs):
        y = utils.force_array(inputs[0] * inputs[0].dtype.type(0.2))
        y += 0.5
        return numpy.clip(y, 0, 1, out=y),

    def backward_cpu(self, inputs, grad_outputs):
        x, = inputs
        gy, = grad_outputs
        gx = numpy.multiply(gy, abs(x) < 2.5, out=numpy.empty_like(x))
        gx *= 0.2
        return gx,

    def forward_gpu(self, inputs):
        y = cuda.elementwise(
            'T x', 'T y',
            'T z = x * (T)0.2 + (T)0.5; y = z < 0 ? (T)0 : z > 1 ? (T)1 : z',
            'hard_sigmoid_fwd')(inputs[0])
        return y,

    def backward_gpu(self, inputs, grad_outputs):
        gx = cuda.elementwise(
            'T x, T gy', 'T gx',
            'gx = x > -2.5f && x < 2.5f ? (T)(gy * (T)0.2) : (T)0',
            'hard_sigmoid_bwd')(inputs[0], grad_outputs[0])
        return gx,


def hard_sigmoid(x):
    """Piecewise linear approximation of the sigmoid, elementwise:

    .. math::
       f(x) = \\begin{cases}
           0           & \\text{if } x < -2.5, \\\\
           0.2 x + 0.5 & \\text{if } -2.5 \\le x \\le 2.5, \\\\
           1           & \\text{if } 2.5 < x.
       \\end{cases}

    The gradient at -2.5 and at 2.5 is taken to be 0.

    Args:
        x (Variable): Array of floats of any shape.

    Returns:
        Variable: Array of the shape and type of ``x``.

    .. seealso:: :func:`sigmoid`

    .. admonition:: Example

       >>> import numpy as np
       >>> import chainer.functions as F
       >>> F.hard_sigmoid(np.array([-3, 0, 1, 3], 'f')).data
       array([0. , 0.5, 0.7, 1. ], dtype=float32)

    """
    return HardSigmoid()(x)
