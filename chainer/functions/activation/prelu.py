import numpy

from chainer import cuda, function, utils
from chainer.functions.activation import leaky_relu
from chainer.functions.math import half
from chainer.utils import type_check


class PReLUFunction(function.Function):
    """Leaky rectified linear unit with slopes to learn."""

    argument_names = 'x', 'W'

    def check_type_forward(self, in_types):
        type_check.expect(in_types.size() == 2)
        x_type, w_type = in_types
        type_check.expect(
            x_type.dtype.kind == 'f',
            w_type.dtype.kind == 'f',
            x_type.ndim > w_type.ndim,
            x_type.shape[1:1 + type_check.value(w_type.ndim)] == w_type.shape,
        )

    def forward_cpu(self, inputs):
        return leaky_relu.leak(inputs[0], _slopes(*inputs)),

    def backward_cpu(self, inputs, grad_outputs):
        x, W = inputs
        gy, = grad_outputs
        gx = leaky_relu.leak_grad(x, _slopes(x, W))
        gx *= gy
        # The products of half precision could overflow.
        wide = half.wide_type(x.dtype)
        gW = numpy.multiply(numpy.minimum(x, 0), gy, dtype=wide)
        return gx, _sum_to_slopes(gW, W)

    def forward_gpu(self, inputs):
        y = cuda.elementwise(
            'T x, S slope', 'T y', 'y = x >= 0 ? x : (T)(slope * x)',
            'prelu_fwd')(inputs[0], _slopes(*inputs))
        return y,

    def backward_gpu(self, inputs, grad_outputs):
        x, W = inputs
        gy, = grad_outputs
        gx = cuda.elementwise(
            'T x, T gy, S slope', 'T gx',
            'gx = x >= 0 ? gy : (T)(slope * gy)',
            'prelu_bwd')(x, gy, _slopes(x, W))
        # In this type the products are summed.
        gW = cuda.cupy.empty(W.shape, numpy.result_type(x.dtype, W.dtype, 'f'))
        cuda.reduce(
            'T x, T gy', 'S gW', 'x < 0 ? (S)x * (S)gy : (S)0', 'a + b',
            'gW = a', '0', 'prelu_bwd_slope')(
                x, gy, gW, axis=_shared_axes(W, x))
        return gx, gW.astype(W.dtype, copy=False)


def _slopes(x, W):
    """Returns ``W`` with the axes of ``x`` behind those it has."""
    return W.reshape(W.shape + (1,) * (x.ndim - 1 - W.ndim))


def _shared_axes(W, x):
    """Returns the axes of ``x`` along which slopes are shared."""
    return (0,) + tuple(range(1 + W.ndim, x.ndim))


def _sum_to_slopes(gW, W):
    return utils.force_array(gW.sum(_shared_axes(W, gW)), W.dtype)


def prelu(x, W):
    """Parametric rectified linear unit:

    .. math::
       f(x) = \\begin{cases}
           x   & \\text{if } x \\ge 0, \\\\
           W x & \\text{if } x < 0,
       \\end{cases}

    which is :math:`\\max(x, W x)` for slopes :math:`W` up to 1. The gradients
    at 0 are taken to be those on its right.

    The axes of ``W`` are those of ``x`` that follow the first, which is the
    minibatch. A ``W`` of fewer axes is shared by all positions on the others:
    of shape ``(C,)`` by all pixels of a channel, of shape ``()`` by all
    elements.

    Args:
        x (Variable): Minibatch of arrays of floats. Where ``W`` has the shape
            ``(2, 3)``, its shape is ``(B, 2, 3, ...)``.
        W (Variable): Slopes, floats.

    Returns:
        Variable: Array of the shape and type of ``x``.

    See: K. He et al., `Delving Deep into Rectifiers: Surpassing Human-Level
    Performance on ImageNet Classification
    <https://arxiv.org/abs/1502.01852>`_.

    .. seealso:: :class:`chainer.links.PReLU` holds ``W``.

    .. admonition:: Example

       >>> import numpy as np
       >>> import chainer.functions as F
       >>> x, W = np.array([[-10, -10, 10]], 'f'), np.array([0.5, 0, 2], 'f')
       >>> F.prelu(x, W).data
       array([[-5.,  0., 10.]], dtype=float32)

    """
    return PReLUFunction()(x, W)
