import numpy

from chainer import cuda, function
from chainer.functions.math import half
from chainer.utils import type_check


def _invert(x):
    try:
        return numpy.linalg.inv(x)
    except numpy.linalg.LinAlgError as error:
        signs, _ = numpy.linalg.slogdet(x)
        singular = numpy.argwhere(signs == 0).ravel().tolist()
        which = f': of the batch, those at {singular}' if x.ndim > 2 else ''
        raise numpy.linalg.LinAlgError(f'{error}{which}') from None


class SquareMatrix(function.Function):
    """Function of one square matrix, or of several: a subclass sets ndim."""

    argument_names = 'a',
    ndim = 2

    def check_type_forward(self, in_types):
        type_check.expect(in_types.size() == 1)
        a_type, = in_types
        type_check.expect(
            a_type.dtype.kind == 'f',
            a_type.ndim == self.ndim,
            a_type.shape[-2] == a_type.shape[-1],
        )

    # CuPy has no solvers: what needs one is computed in host memory.

    def forward_gpu(self, inputs):
        y, = self.forward_cpu([cuda.to_cpu(x) for x in inputs])
        return cuda.to_gpu(y),

    def backward_gpu(self, inputs, grad_outputs):
        gx, = self.backward_cpu([cuda.to_cpu(x) for x in inputs],
                                [cuda.to_cpu(gy) for gy in grad_outputs])
        return cuda.to_gpu(gx),


class Inv(SquareMatrix):
    """Inverse of a matrix."""

    def forward_cpu(self, inputs):
        a, = inputs
        self.y = _invert(half.widen(a)).astype(a.dtype, copy=False)
        return self.y,

    def backward_cpu(self, inputs, grad_outputs):
        transposed = self.y.swapaxes(-1, -2)
        ga = half.matmul(
            half.matmul(transposed, grad_outputs[0]), transposed)
        return numpy.negative(ga, out=ga),


class BatchInv(Inv):
    """Inverse of each matrix of a batch."""

    ndim = 3


def inv(a):
    """Inverse of a square matrix.

    Args:
        a (Variable): Matrix, shape ``(N, N)``, floats. Half precision is
            computed in single precision.

    Returns:
        Variable: Matrix of the shape and type of ``a``.

    Raises:
        numpy.linalg.LinAlgError: If the matrix is singular.

    .. seealso:: :func:`batch_inv`, :func:`det`

    .. admonition:: Example

       >>> import numpy as np
       >>> import chainer.functions as F
       >>> F.inv(np.array([[1, 0], [3, 2]], 'f')).data
       array([[ 1. ,  0. ],
              [-1.5,  0.5]], dtype=float32)

    """
    return Inv()(a)


def batch_inv(a):
    """Inverse of each square matrix of a batch.

    Args:
        a (Variable): Batch of matrices, shape ``(B, N, N)``, floats. Half
            precision is computed in single precision.

    Returns:
        Variable: Batch of matrices, of the shape and type of ``a``.

    Raises:
        numpy.linalg.LinAlgError: If one of the matrices is singular.

    .. seealso:: :func:`inv`, :func:`batch_det`

    .. admonition:: Example

       >>> import numpy as np
       >>> import chainer.functions as F
       >>> F.batch_inv(np.array([[[2]], [[4]]], 'f')).data.ravel()
       array([0.5 , 0.25], dtype=float32)

    """
    return BatchInv()(a)
