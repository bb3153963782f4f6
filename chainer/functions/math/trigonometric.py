import numpy

from chainer import cuda, utils
from chainer.functions.math import unary


class Sin(unary.UnaryMath):
    """Sine."""

    def forward(self, inputs):
        xp = cuda.get_array_module(*inputs)
        return utils.force_array(xp.sin(inputs[0])),

    def backward_cpu(self, inputs, grad_outputs):
        return utils.force_array(numpy.cos(inputs[0]) * grad_outputs[0]),

    def backward_gpu(self, inputs, grad_outputs):
        gx = cuda.elementwise(
            'T x, T gy', 'T gx', 'gx = cos(x) * gy', 'sin_bwd')(
                inputs[0], grad_outputs[0])
        return gx,


class Cos(unary.UnaryMath):
    """Cosine."""

    def forward(self, inputs):
        xp = cuda.get_array_module(*inputs)
        return utils.force_array(xp.cos(inputs[0])),

    def backward_cpu(self, inputs, grad_outputs):
        return utils.force_array(-numpy.sin(inputs[0]) * grad_outputs[0]),

    def backward_gpu(self, inputs, grad_outputs):
        gx = cuda.elementwise(
            'T x, T gy', 'T gx', 'gx = -sin(x) * gy', 'cos_bwd')(
                inputs[0], grad_outputs[0])
        return gx,


class Tan(unary.UnaryMath):
    """Tangent."""

    def forward(self, inputs):
        xp = cuda.get_array_module(*inputs)
        self.y = utils.force_array(xp.tan(inputs[0]))
        return self.y,

    def backward_cpu(self, inputs, grad_outputs):
        gx = utils.force_array(self.y * self.y)
        gx += 1
        gx *= grad_outputs[0]
        return gx,

    def backward_gpu(self, inputs, grad_outputs):
        gx = cuda.elementwise(
            'T y, T gy', 'T gx', 'gx = (y * y + 1) * gy', 'tan_bwd')(
                self.y, grad_outputs[0])
        return gx,


def sin(x):
    """Sine, elementwise, of angles in radians.

    Args:
        x (Variable): Array of floats of any shape.

    Returns:
        Variable: Array of the shape and type of ``x``.

    .. admonition:: Example

       >>> import numpy as np
       >>> import chainer.functions as F
       >>> F.sin(np.array([0, np.pi / 2], 'f')).data
       array([0., 1.], dtype=float32)

    """
    return Sin()(x)


def cos(x):
    """Cosine, elementwise, of angles in radians.

    Args:
        x (Variable): Array of floats of any shape.

    Returns:
        Variable: Array of the shape and type of ``x``.

    .. admonition:: Example

       >>> import numpy as np
       >>> import chainer.functions as F
       >>> F.cos(np.array([0, np.pi], 'f')).data
       array([ 1., -1.], dtype=float32)

    """
    return Cos()(x)


def tan(x):
    """Tangent, elementwise, of angles in radians.

    Args:
        x (Variable): Array of floats of any shape.

    Returns:
        Variable: Array of the shape and type of ``x``.

    .. admonition:: Example

       >>> import numpy as np
       >>> import chainer.functions as F
       >>> F.tan(np.array([0, np.pi / 4], 'f')).data.round(4)
       array([0., 1.], dtype=float32)

    """
    return Tan()(x)
