import numpy

from chainer import cuda, function
from chainer.functions.math import half
from chainer.utils import argument, type_check


class Softplus(function.Function):
    """Smooth rectified linear unit."""

    def __init__(self, beta=1.0):
        self.beta = float(argument.number('beta', beta))
        if beta == 0:
            raise ValueError('beta must not be 0')

    def check_type_forward(self, in_types):
        type_check.expect(in_types.size() == 1)
        x_type, = in_types
        type_check.expect(x_type.dtype.kind == 'f')

    def forward_cpu(self, inputs):
        x, = inputs
        # A rectifier and what is left: log(1 + exp(-|beta x|)) / beta. The
        # exponential is 1 at most, and both parts have the same sign.
        y = numpy.abs(x, out=_wide_like(x))
        with numpy.errstate(over='ignore'):
            y *= -abs(self.beta)
        numpy.exp(y, out=y)
        numpy.log1p(y, out=y)
        y /= self.beta
        y += numpy.maximum(x, 0) if self.beta > 0 else numpy.minimum(x, 0)
        return y.astype(x.dtype, copy=False),

    def backward_cpu(self, inputs, grad_outputs):
        x, = inputs
        # Where the exponential is infinite, the gradient is 0.
        gx = _wide_like(x)
        with numpy.errstate(over='ignore'):
            numpy.multiply(x, -self.beta, out=gx, dtype=gx.dtype)
            numpy.exp(gx, out=gx)
        gx += 1
        numpy.divide(grad_outputs[0], gx, out=gx)
        return gx.astype(x.dtype, copy=False),

    def forward_gpu(self, inputs):
        x, = inputs
        y = cuda.elementwise(
            'T x, W beta', 'T y', '''
            W rectified = (x < 0) == (beta > 0) ? (T)0 : x;
            y = rectified + log1p(exp(-fabs(beta * x))) / beta;
            ''', 'softplus_fwd')(x, self._wide_beta(x))
        return y,

    def backward_gpu(self, inputs, grad_outputs):
        x, = inputs
        gx = cuda.elementwise(
            'T x, T gy, W beta', 'T gx', 'gx = gy / (1 + exp(-beta * x))',
            'softplus_bwd')(x, grad_outputs[0], self._wide_beta(x))
        return gx,

    def _wide_beta(self, x):
        return half.wide_type(x.dtype).type(self.beta)


def _wide_like(x):
    # In half precision the rounding of beta x would show in the exponential.
    return numpy.empty(x.shape, half.wide_type(x.dtype))


def softplus(x, beta=1.0):
    """Smooth rectified linear unit, elementwise:

    .. math:: f(x) = \\frac{1}{\\beta} \\log(1 + \\exp(\\beta x)).

    It tends to :func:`relu` as :math:`\\beta` grows. Neither large nor small
    arguments overflow or lose precision.

    Args:
        x (Variable): Array of floats of any shape.
        beta (float): Parameter :math:`\\beta`, not 0.

    Returns:
        Variable: Array of the shape and type of ``x``.

    Raises:
        ValueError: If ``beta`` is 0.

    .. admonition:: Example

       >>> import numpy as np
       >>> import chainer.functions as F
       >>> F.softplus(np.array([-1000, 1000], 'f')).data
       array([   0., 1000.], dtype=float32)

    """
    return Softplus(beta)(x)
