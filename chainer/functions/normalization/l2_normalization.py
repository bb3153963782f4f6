import numpy

from chainer import cuda, function
from chainer.functions.math import half
from chainer.utils import argument, type_check


class NormalizeL2(function.Function):
    """Division of each row by its length."""

    def __init__(self, eps=1e-5):
        self.eps = argument.number('eps', eps)

    def check_type_forward(self, in_types):
        type_check.expect(in_types.size() == 1)
        x_type, = in_types
        type_check.expect(
            x_type.dtype.kind == 'f',
            x_type.ndim == 2,
        )

    def forward(self, inputs):
        x, = inputs
        wide = half.widen(x)
        self.norm = _norms(wide)
        y = wide / (self.norm + self.eps)
        return y.astype(x.dtype, copy=False),

    def backward(self, inputs, grad_outputs):
        # y = x / s with s = |x| + eps, and the gradient of |x| is the
        # direction u = x / |x|: gx = (gy - u (y . gy)) / s.
        x, = inputs
        gy, = grad_outputs
        xp = cuda.get_array_module(x)
        gy = half.widen(gy)
        size = self.norm + self.eps
        # A row of zeros has no direction; it counts as zero.
        u = x / xp.where(self.norm > 0, self.norm, 1)
        along = _dot(u, gy)
        along *= self.norm / size
        u *= along
        gx = xp.subtract(gy, u, out=u)
        gx /= size
        if gx.dtype != x.dtype:
            # In float16 even 1 / eps is too large.
            limit = float(numpy.finfo(x.dtype).max)
            gx = xp.clip(gx, -limit, limit)
        return gx.astype(x.dtype, copy=False),


def _dot(x, y):
    """Returns the scalar products of rows, as a column."""
    xp = cuda.get_array_module(x)
    if xp is numpy:
        return numpy.einsum('ij,ij->i', x, y)[:, None]
    return (x * y).sum(axis=1, keepdims=True)


def _norms(x):
    """Returns the lengths of rows, as a column."""
    xp = cuda.get_array_module(x)
    squares = _dot(x, x)
    limits = numpy.finfo(x.dtype)
    if x.size > 0 and not (
            (squares > limits.tiny / limits.eps) &
            (squares < limits.max)).all():
        # Squares overflow and vanish long before the numbers do.
        largest = abs(x).max(axis=1, keepdims=True)
        largest = xp.where(largest > 0, largest, 1)
        scaled = x / largest
        return largest * xp.sqrt(_dot(scaled, scaled))
    return xp.sqrt(squares)


def normalize(x, eps=1e-5):
    """Divides each row by its Euclidean norm (L2 norm).

    .. math::
       y_i = \\frac{x_i}{\\|x_i\\|_2 + \\epsilon}

    A row of zeros stays zero, and the gradient there is that of a division by
    :math:`\\epsilon`. The norm of large or small numbers neither overflows nor
    vanishes.

    Args:
        x (Variable): Minibatch of vectors, shape ``(N, K)``, floats.
        eps (float): What is added to the norm, so that nothing is divided by
            zero.

    Returns:
        Variable: Array of the shape and type of ``x``.

    .. admonition:: Example

       >>> import numpy as np
       >>> import chainer.functions as F
       >>> F.normalize(np.array([[3, 4], [0, 0]], 'f')).data.round(3)
       array([[0.6, 0.8],
              [0. , 0. ]], dtype=float32)

    """
    return NormalizeL2(eps)(x)
