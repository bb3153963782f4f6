import numpy

from chainer import cuda, function
from chainer.utils import argument, type_check


class CReLU(function.Function):
    """Concatenation of the positive and of the negative part."""

    def __init__(self, axis=1):
        self.axis = argument.integer('axis', axis)

    def check_type_forward(self, in_types):
        type_check.expect(in_types.size() == 1)
        x_type, = in_types
        type_check.expect(
            x_type.dtype.kind == 'f',
            -x_type.ndim <= self.axis,
            self.axis < x_type.ndim,
        )

    def forward_cpu(self, inputs):
        x, = inputs
        y, positive, negative = self._output(x)
        numpy.maximum(x, 0, out=positive)
        numpy.negative(x, out=negative)
        numpy.maximum(negative, 0, out=negative)
        return y,

    def backward_cpu(self, inputs, grad_outputs):
        x, = inputs
        g_positive, g_negative = self._parts(grad_outputs[0])
        gx = g_positive * (x > 0)
        gx -= g_negative * (x < 0)
        return gx,

    def forward_gpu(self, inputs):
        x, = inputs
        y, positive, negative = self._output(x)
        cuda.elementwise(
            'T x', 'T positive, T negative',
            'positive = x < 0 ? (T)0 : x; negative = x > 0 ? (T)0 : (T)-x',
            'crelu_fwd')(x, positive, negative)
        return y,

    def backward_gpu(self, inputs, grad_outputs):
        gx = cuda.elementwise(
            'T x, T g_positive, T g_negative', 'T gx',
            'gx = x > 0 ? g_positive : x < 0 ? (T)-g_negative : (T)0',
            'crelu_bwd')(inputs[0], *self._parts(grad_outputs[0]))
        return gx,

    def _output(self, x):
        """Returns an array for the output, and its two parts."""
        shape = list(x.shape)
        shape[self.axis] *= 2
        y = cuda.get_array_module(x).empty(shape, x.dtype)
        return y, *self._parts(y)

    def _parts(self, y):
        lead = (slice(None),) * (self.axis % y.ndim)
        size = y.shape[self.axis] // 2
        return y[(*lead, slice(size))], y[(*lead, slice(size, None))]


def crelu(x, axis=1):
    """Concatenated rectified linear unit:

    .. math:: f(x) = (\\max(0, x), \\max(0, -x)).

    No information is lost, unlike with :func:`relu`. The gradient at 0 is
    taken to be 0.

    Args:
        x (Variable): Array of floats.
        axis (int): Axis along which the two parts are concatenated. Negative
            ones count from the last.

    Returns:
        Variable: Array of the type of ``x``, and twice as long along the
        axis.

    See: W. Shang et al., `Understanding and Improving Convolutional Neural
    Networks via Concatenated Rectified Linear Units
    <https://arxiv.org/abs/1603.05201>`_.

    .. admonition:: Example

       >>> import numpy as np
       >>> import chainer.functions as F
       >>> F.crelu(np.array([[-1, 2], [3, -4]], 'f')).data
       array([[0., 2., 1., 0.],
              [3., 0., 0., 4.]], dtype=float32)

    """
    return CReLU(axis)(x)
