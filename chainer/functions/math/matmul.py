"""Matrix products as the operator ``@`` has them."""
from chainer import function, utils
from chainer.functions.array import broadcast
from chainer.functions.math import half
from chainer.utils import type_check


def grad_lhs(a, b, gy):
    """Returns the gradient of ``a @ b`` by ``a``.

    Args:
        a (array): Left operand.
        b (array): Right operand.
        gy (array): Gradient of the product.

    """
    a_matrix, b_matrix, gy = _as_matrices(a, b, gy)
    ga = half.matmul(gy, b_matrix.swapaxes(-1, -2))
    return broadcast.sum_to_shape(ga, a_matrix.shape).reshape(a.shape)


def grad_rhs(a, b, gy):
    """Returns the gradient of ``a @ b`` by ``b``. See :func:`grad_lhs`."""
    a_matrix, b_matrix, gy = _as_matrices(a, b, gy)
    gb = half.matmul(a_matrix.swapaxes(-1, -2), gy)
    return broadcast.sum_to_shape(gb, b_matrix.shape).reshape(b.shape)


def _as_matrices(a, b, gy):
    # A vector on the left is a row, a vector on the right is a column; the
    # product has lost the axis of length 1.
    if b.ndim == 1:
        b, gy = b[:, None], gy[..., None]
    if a.ndim == 1:
        a, gy = a[None, :], gy[..., None, :]
    return a, b, gy


class Product(function.Function):
    """Product of vectors, matrices, or stacks of matrices."""

    argument_names = 'lhs', 'rhs'

    def check_type_forward(self, in_types):
        type_check.expect(in_types.size() == 2)
        a_type, b_type = in_types
        type_check.expect(
            a_type.dtype.kind == 'f',
            a_type.dtype == b_type.dtype,
            a_type.ndim >= 1,
            b_type.ndim >= 1,
        )
        inner = -1 if type_check.value(b_type.ndim) == 1 else -2
        type_check.expect(a_type.shape[-1] == b_type.shape[inner])

    def forward(self, inputs):
        return utils.force_array(half.matmul(*inputs)),

    def backward(self, inputs, grad_outputs):
        a, b = inputs
        gy, = grad_outputs
        return grad_lhs(a, b, gy), grad_rhs(a, b, gy)
