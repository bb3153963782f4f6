import numpy

from chainer import cuda, function, utils
from chainer.utils import argument, type_check


class Dropout(function.Function):
    """Random zeros."""

    def __init__(self, dropout_ratio):
        self.dropout_ratio = argument.number('dropout_ratio', dropout_ratio)
        if not 0 <= dropout_ratio < 1:
            raise ValueError(f'dropout_ratio must lie in [0, 1), but is '
                             f'{dropout_ratio}')

    def check_type_forward(self, in_types):
        type_check.expect(in_types.size() == 1)
        type_check.expect(in_types[0].dtype.kind == 'f')

    # The mask is drawn once: a gradient check calls forward again.
    mask = None

    def forward_cpu(self, inputs):
        x, = inputs
        if self.mask is None:
            drawn = numpy.random.rand(*x.shape)
            self.mask = self._scale(x) * (drawn >= self.dropout_ratio)
        return utils.force_array(x * self.mask),

    def forward_gpu(self, inputs):
        x, = inputs
        if self.mask is not None:
            return x * self.mask,
        drawn = cuda.cupy.random.rand(*x.shape, dtype=numpy.float32)
        y, self.mask = cuda.elementwise(
            'T x, float32 drawn, float32 ratio, T scale', 'T y, T mask',
            'mask = drawn >= ratio ? scale : (T)0; y = x * mask',
            'dropout_fwd')(x, drawn, self.dropout_ratio, self._scale(x))
        return y,

    def backward(self, inputs, grad_outputs):
        return utils.force_array(grad_outputs[0] * self.mask),

    def _scale(self, x):
        return x.dtype.type(1. / (1 - self.dropout_ratio))


def dropout(x, ratio=0.5, train=True):
    """Sets elements to 0 at random, and scales up the others.

    Each element becomes 0 with probability ``ratio``, and is multiplied by
    ``1 / (1 - ratio)`` otherwise, so that its expectation stays what it was.

    Args:
        x (Variable): Array of floats of any shape.
        ratio (float): Probability of a zero, in [0, 1).
        train (bool): If ``False``, nothing is done and ``x`` is returned.

    Returns:
        Variable: Array of the shape and type of ``x``.

    See: G. E. Hinton et al., `Improving neural networks by preventing
    co-adaptation of feature detectors <https://arxiv.org/abs/1207.0580>`_.

    .. admonition:: Example

       >>> import numpy as np
       >>> import chainer.functions as F
       >>> y = F.dropout(np.ones(1000, 'f'), ratio=0.2)
       >>> sorted({float(v) for v in y.data})
       [0.0, 1.25]

    """
    if train:
        return Dropout(ratio)(x)
    return argument.as_variable(x)
