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

    def forward(self, inputs):
        x, = inputs
        # The mask is drawn once: a gradient check calls forward again.
        if not hasattr(self, 'mask'):
            self.mask = self._draw(x)
        return utils.force_array(x * self.mask),

    def backward(self, inputs, grad_outputs):
        return utils.force_array(grad_outputs[0] * self.mask),

    def _draw(self, x):
        xp = cuda.get_array_module(x)
        scale = x.dtype.type(1. / (1 - self.dropout_ratio))
        if xp is numpy:
            drawn = numpy.random.rand(*x.shape)
        else:
            drawn = xp.random.rand(*x.shape, dtype=numpy.float32)
        return scale * (drawn >= self.dropout_ratio)


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
