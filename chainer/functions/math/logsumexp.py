import numpy

from chainer import cuda, utils
from chainer.functions.math import half, reduction


def _terms(x, shift):
    """Returns the terms of the sum, ``exp(x - shift)``."""
    xp = cuda.get_array_module(x)
    # What is infinitely far below the largest element vanishes; an infinite
    # element counts as just as large as the shift.
    with numpy.errstate(over='ignore'):
        y = utils.force_array(x - shift)
    xp.minimum(y, y.dtype.type(0), out=y)
    return xp.exp(y, out=y)


class LogSumExp(reduction.Reduction):
    """Logarithm of the sum of exponentials along axes."""

    def check_type_forward(self, in_types):
        super().check_type_forward(in_types)
        reduction.check_not_empty(in_types[0], self.axis)

    def forward(self, inputs):
        x, = inputs
        xp = cuda.get_array_module(x)
        wide = half.wide_type(x.dtype)
        x_max = x.max(axis=self.axis, keepdims=True).astype(wide)
        # Finite, lest the difference of two infinite numbers be taken.
        limit = numpy.finfo(wide).max
        self.shift = xp.clip(x_max, -limit, limit)
        self.sum = _terms(x, self.shift).sum(axis=self.axis, keepdims=True)
        # The sum is 0 if all elements are -inf. 1 serves as well, since the
        # maximum outweighs its logarithm, and can be divided by.
        self.sum += self.sum == 0
        y = xp.log(self.sum) + x_max
        y = y.squeeze(self.axis).astype(x.dtype, copy=False)
        return utils.force_array(y),

    def backward(self, inputs, grad_outputs):
        x, = inputs
        gx = _terms(x, self.shift)
        gx *= self.with_axes(grad_outputs[0], x) / self.sum
        return gx.astype(x.dtype, copy=False),


def logsumexp(x, axis=None):
    """Logarithm of the sum of exponentials, :math:`\\log \\sum_i e^{x_i}`.

    It is computed as :math:`m + \\log \\sum_i e^{x_i - m}` with the maximum
    :math:`m`, which does not overflow. If all elements are :math:`-\\infty`,
    so is the result, and the gradient is 0.

    Args:
        x (Variable): Array of floats of any shape.
        axis (None, int or tuple of int): Axes to sum over; negative ones
            count from the last. By default all.

    Returns:
        Variable: Array without these axes, of the type of ``x``.

    Raises:
        chainer.utils.type_check.InvalidType: If there are no elements to sum.

    .. admonition:: Example

       >>> import numpy as np
       >>> import chainer.functions as F
       >>> F.logsumexp(np.array([[1000, -np.inf], [0, 0]], 'f'), axis=1).data
       array([1.000000e+03, 6.931472e-01], dtype=float32)

    """
    return LogSumExp(axis)(x)
