import numpy

from chainer import cuda, utils
from chainer.functions.math import half, reduction


def _terms(x, shift):
    """Returns the terms of the sum, ``exp(x - shift)``."""
    # What is infinitely far below the largest element vanishes; an infinite
    # element counts as just as large as the shift.
    with numpy.errstate(over='ignore'):
        y = utils.force_array(x - shift)
    numpy.minimum(y, y.dtype.type(0), out=y)
    return numpy.exp(y, out=y)


class LogSumExp(reduction.Reduction):
    """Logarithm of the sum of exponentials along axes."""

    def check_type_forward(self, in_types):
        super().check_type_forward(in_types)
        reduction.check_not_empty(in_types[0], self.axis)

    def forward_cpu(self, inputs):
        x, = inputs
        x_max, self.shift = self._max_and_shift(x)
        self.sum = _terms(x, self.shift).sum(axis=self.axis, keepdims=True)
        # The sum is 0 if all elements are -inf. 1 serves as well, since the
        # maximum outweighs its logarithm, and can be divided by.
        self.sum += self.sum == 0
        y = numpy.log(self.sum) + x_max
        y = y.squeeze(self.axis).astype(x.dtype, copy=False)
        return utils.force_array(y),

    def backward_cpu(self, inputs, grad_outputs):
        x, = inputs
        gx = _terms(x, self.shift)
        gx *= self.with_axes(grad_outputs[0], x) / self.sum
        return gx.astype(x.dtype, copy=False),

    def forward_gpu(self, inputs):
        x, = inputs
        x_max, self.shift = self._max_and_shift(x)
        self.sum = cuda.reduce(
            'T x, W shift', 'W sum', 'exp(x > shift ? (W)0 : x - shift)',
            'a + b', 'sum = a == 0 ? (W)1 : a', '0', 'logsumexp_sum')(
                x, self.shift, axis=self.axis, keepdims=True)
        y = cuda.cupy.empty_like(x_max, dtype=x.dtype)
        cuda.elementwise(
            'W sum, W x_max', 'T y', 'y = log(sum) + x_max', 'logsumexp_fwd')(
                self.sum, x_max, y)
        return y.squeeze(self.axis),

    def backward_gpu(self, inputs, grad_outputs):
        x, = inputs
        gx = cuda.elementwise(
            'T x, W shift, W sum, T gy', 'T gx',
            'gx = exp(x > shift ? (W)0 : x - shift) * (gy / sum)',
            'logsumexp_bwd')(
                x, self.shift, self.sum, self.with_axes(grad_outputs[0], x))
        return gx,

    def _max_and_shift(self, x):
        """Returns the maximum, and the finite number that is closest."""
        wide = half.wide_type(x.dtype)
        x_max = x.max(axis=self.axis, keepdims=True).astype(wide)
        limit = numpy.finfo(wide).max
        # The difference of two infinite numbers would be NaN.
        return x_max, cuda.get_array_module(x).clip(x_max, -limit, limit)


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
