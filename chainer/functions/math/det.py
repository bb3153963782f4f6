import numpy

from chainer import utils
from chainer.functions.math import half, inv


def _adjugate_of_singular(a):
    """Returns the adjugates of matrices, for whatever determinants."""
    # With a = U S V, adj(a) = adj(V) adj(S) adj(U), where U and V are
    # orthogonal: adj(U) = det(U) U^T.
    u, s, v = numpy.linalg.svd(a)
    sign = numpy.linalg.det(u) * numpy.linalg.det(v)
    n = s.shape[-1]
    # Row i: all singular values, with 1 in the place of the i-th.
    others = numpy.where(numpy.eye(n, dtype=bool), 1, s[..., None, :])
    scale = sign[..., None] * others.prod(axis=-1)
    return v.swapaxes(-1, -2) * scale[..., None, :] @ u.swapaxes(-1, -2)


def _adjugate(a, det):
    """Returns the adjugates of matrices with known determinants."""
    adjugate = numpy.empty_like(a)
    regular = det != 0
    adjugate[regular] = (
        det[regular][:, None, None] * numpy.linalg.inv(a[regular]))
    adjugate[~regular] = _adjugate_of_singular(a[~regular])
    return adjugate


class Det(inv.SquareMatrix):
    """Determinant of a matrix."""

    def forward_cpu(self, inputs):
        a, = inputs
        self.y = utils.force_array(numpy.linalg.det(half.widen(a)))
        return self.y.astype(a.dtype, copy=False),

    def backward_cpu(self, inputs, grad_outputs):
        a, = inputs
        gy, = grad_outputs
        ga = _adjugate(half.widen(a), self.y).swapaxes(-1, -2)
        return (gy[..., None, None] * ga).astype(a.dtype, copy=False),


class BatchDet(Det):
    """Determinant of each matrix of a batch."""

    ndim = 3


def det(a):
    """Determinant of a square matrix.

    The gradient is that of a polynomial of the elements, the transpose of the
    adjugate. It exists for singular matrices, too.

    Args:
        a (Variable): Matrix, shape ``(N, N)``, floats. Half precision is
            computed in single precision.

    Returns:
        Variable: Scalar of the type of ``a``.

    .. seealso:: :func:`batch_det`, :func:`inv`

    .. admonition:: Example

       >>> import numpy as np
       >>> import chainer.functions as F
       >>> a = np.array([[3, 1], [4, 2]], 'f')
       >>> round(float(F.det(a).data), 4)
       2.0

    """
    return Det()(a)


def batch_det(a):
    """Determinant of each square matrix of a batch.

    Args:
        a (Variable): Batch of matrices, shape ``(B, N, N)``, floats. Half
            precision is computed in single precision.

    Returns:
        Variable: Array of shape ``(B,)`` and the type of ``a``.

    .. seealso:: :func:`det`, :func:`batch_inv`

    .. admonition:: Example

       >>> import numpy as np
       >>> import chainer.functions as F
       >>> a = np.array([[[3, 1], [4, 2]], [[1, 0], [0, 1]]], 'f')
       >>> F.batch_det(a).data.round(4)
       array([2., 1.], dtype=float32)

    """
    return BatchDet()(a)
