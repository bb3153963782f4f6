"""Matrix products: the operator ``@``, and functions that transpose.

They differ in what a vector is. To the operator it is a row on the left and a
column on the right, as in NumPy; to :func:`matmul` and :func:`batch_matmul` it
is a column on either side, unless it is transposed.
"""
import numpy

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
        stacks = [type_check.value(x_type.shape)[:-2] for x_type in in_types]
        if all(stacks):
            _expect_broadcast(*stacks)

    def forward(self, inputs):
        return utils.force_array(half.matmul(*inputs)),

    def backward(self, inputs, grad_outputs):
        a, b = inputs
        gy, = grad_outputs
        return grad_lhs(a, b, gy), grad_rhs(a, b, gy)


def _expect_broadcast(lhs, rhs):
    try:
        numpy.broadcast_shapes(lhs, rhs)
    except ValueError:
        raise type_check.InvalidType(
            'lhs.shape[:-2] and rhs.shape[:-2] can be broadcast against each '
            'other', f'{lhs} and {rhs}') from None


class MatMul(function.Function):
    """Product of two matrices, each transposed first if so desired."""

    argument_names = 'a', 'b'
    #: An operand that has one dimension less is a column, or a batch of them.
    ndim = 2

    def __init__(self, transa=False, transb=False):
        self.transa = transa
        self.transb = transb

    def check_type_forward(self, in_types):
        type_check.expect(in_types.size() == 2)
        a_type, b_type = in_types
        type_check.expect(
            a_type.dtype.kind == 'f',
            a_type.dtype == b_type.dtype,
            a_type.ndim >= self.ndim - 1,
            a_type.ndim <= self.ndim,
            b_type.ndim >= self.ndim - 1,
            b_type.ndim <= self.ndim,
        )
        rows, columns = self.ndim - 2, self.ndim - 1
        type_check.expect(
            self._size(a_type, rows if self.transa else columns) ==
            self._size(b_type, columns if self.transb else rows))

    def _size(self, x_type, axis):
        if axis < type_check.value(x_type.ndim):
            return x_type.shape[axis]
        return type_check.Variable(1, 'width of a column')

    def forward(self, inputs):
        return half.matmul(*self._operands(inputs)),

    def backward(self, inputs, grad_outputs):
        a, b = self._operands(inputs)
        gy, = grad_outputs
        ga = (half.matmul(b, _transpose(gy)) if self.transa
              else half.matmul(gy, _transpose(b)))
        gb = (half.matmul(_transpose(gy), a) if self.transb
              else half.matmul(_transpose(a), gy))
        return ga.reshape(inputs[0].shape), gb.reshape(inputs[1].shape)

    def _operands(self, inputs):
        """Returns what is to be multiplied."""
        a, b = [x if x.ndim == self.ndim else x[..., None] for x in inputs]
        return (_transpose(a) if self.transa else a,
                _transpose(b) if self.transb else b)


def _transpose(x):
    return x.swapaxes(-1, -2)


class BatchMatMul(MatMul):
    """Products of the matrices of two batches, pair by pair."""

    ndim = 3

    def check_type_forward(self, in_types):
        super().check_type_forward(in_types)
        a_type, b_type = in_types
        type_check.expect(a_type.shape[0] == b_type.shape[0])


def matmul(a, b, transa=False, transb=False):
    """Product of two matrices.

    A vector counts as a matrix of one column, on either side. So the inner
    product of two vectors is ``matmul(a, b, transa=True)``, of shape
    ``(1, 1)``, and the outer product is ``matmul(a, b, transb=True)``. The
    operator ``@`` treats vectors as NumPy does.

    Args:
        a (Variable): Matrix, shape ``(M, K)``, or vector, shape ``(M,)``;
            floats.
        b (Variable): Matrix, shape ``(K, N)``, or vector, shape ``(K,)``; of
            the type of ``a``.
        transa (bool): Transpose ``a``: its shape is ``(K, M)`` or ``(K,)``.
        transb (bool): Transpose ``b``: its shape is ``(N, K)`` or ``(N,)``.

    Returns:
        Variable: Matrix, shape ``(M, N)``, of the type of ``a``.

    .. seealso:: :func:`batch_matmul`

    .. admonition:: Example

       >>> import numpy as np
       >>> import chainer.functions as F
       >>> a, b = np.array([[1, 2], [3, 4]], 'f'), np.array([1, 10], 'f')
       >>> F.matmul(a, b).data
       array([[21.],
              [43.]], dtype=float32)
       >>> F.matmul(b, a, transa=True).data
       array([[31., 42.]], dtype=float32)

    """
    return MatMul(transa, transb)(a, b)


def batch_matmul(a, b, transa=False, transb=False):
    """Products of the matrices of two batches, pair by pair.

    A vector counts as a matrix of one column, see :func:`matmul`.

    Args:
        a (Variable): Batch of matrices, shape ``(B, M, K)``, or of vectors,
            shape ``(B, M)``; floats.
        b (Variable): Batch of matrices, shape ``(B, K, N)``, or of vectors,
            shape ``(B, K)``; of the type of ``a``.
        transa (bool): Transpose each matrix of ``a``: its shape is
            ``(B, K, M)`` or ``(B, K)``.
        transb (bool): Transpose each matrix of ``b``: its shape is
            ``(B, N, K)`` or ``(B, N)``.

    Returns:
        Variable: Batch of matrices, shape ``(B, M, N)``, of the type of ``a``.

    .. admonition:: Example

       Inner products of the vectors of two batches:

       >>> import numpy as np
       >>> import chainer.functions as F
       >>> a = np.array([[1, 2], [3, 4]], 'f')
       >>> F.batch_matmul(a, a, transa=True).data
       array([[[ 5.]],
       <BLANKLINE>
              [[25.]]], dtype=float32)

    """
    return BatchMatMul(transa, transb)(a, b)
