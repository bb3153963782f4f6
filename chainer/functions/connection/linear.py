from chainer import function
from chainer.functions.math import half
from chainer.utils import array, type_check


class LinearFunction(function.Function):
    """Affine transformation of each row."""

    argument_names = 'x', 'W', 'b'

    def check_type_forward(self, in_types):
        n_in = in_types.size()
        type_check.expect(2 <= n_in, n_in <= 3)
        x_type, w_type = in_types[:2]
        type_check.expect(
            x_type.dtype.kind == 'f',
            w_type.dtype.kind == 'f',
            x_type.ndim >= 2,
            w_type.ndim == 2,
            type_check.prod(x_type.shape[1:]) == w_type.shape[1],
        )
        if len(in_types) == 3:
            b_type = in_types[2]
            type_check.expect(
                b_type.dtype == x_type.dtype,
                b_type.ndim == 1,
                b_type.shape[0] == w_type.shape[0],
            )

    def forward(self, inputs):
        x, W = inputs[:2]
        y = half.matmul(array.as_mat(x), W.T).astype(x.dtype, copy=False)
        if len(inputs) == 3:
            y += inputs[2]
        return y,

    def backward(self, inputs, grad_outputs):
        x, W = inputs[:2]
        gy, = grad_outputs
        gx = half.matmul(gy, W).astype(x.dtype, copy=False).reshape(x.shape)
        gW = half.matmul(gy.T, array.as_mat(x)).astype(W.dtype, copy=False)
        if len(inputs) == 3:
            return gx, gW, half.sum(gy, axis=0)
        return gx, gW


def linear(x, W, b=None):
    """Affine transformation: :math:`Y = x W^\\top + b`.

    Args:
        x (Variable): Minibatch of vectors, shape ``(B, N)``, floats. An array
            of more dimensions is taken as ``(B, N)`` with ``N`` the product of
            all sizes but the first.
        W (Variable): Matrix, shape ``(M, N)``, floats.
        b (Variable): Vector, shape ``(M,)``, of the type of ``x``. Optional.

    Returns:
        Variable: Array of shape ``(B, M)`` and the type of ``x``.

    .. seealso:: :class:`chainer.links.Linear` holds ``W`` and ``b``.

    .. admonition:: Example

       >>> import numpy as np
       >>> import chainer.functions as F
       >>> x, W = np.ones((1, 2), 'f'), np.array([[1, 2], [3, 4]], 'f')
       >>> F.linear(x, W, np.array([10, 20], 'f')).data
       array([[13., 27.]], dtype=float32)

    """
    if b is None:
        return LinearFunction()(x, W)
    return LinearFunction()(x, W, b)
