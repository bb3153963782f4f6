import numpy

from chainer import cuda, function
from chainer.functions.math import half
from chainer.utils import type_check


class EmbedIDFunction(function.Function):
    """Rows of a matrix, selected by their numbers."""

    argument_names = 'x', 'W'

    def __init__(self, ignore_label=None):
        self.ignore_label = ignore_label

    def check_type_forward(self, in_types):
        type_check.expect(in_types.size() == 2)
        x_type, w_type = in_types
        if type_check.value(x_type.dtype.kind) != 'u':
            type_check.expect(x_type.dtype.kind == 'i')
        type_check.expect(
            x_type.ndim >= 1,
            w_type.dtype.kind == 'f',
            w_type.ndim == 2,
        )

    def forward(self, inputs):
        x, W = inputs
        if self.ignore_label is None:
            self._check_ids(x, len(W))
            return W.take(x, axis=0),
        xp = cuda.get_array_module(x)
        known = x != self.ignore_label
        ids = x[known]
        self._check_ids(ids, len(W))
        y = xp.zeros(x.shape + W.shape[1:], W.dtype)
        y[known] = W.take(ids, axis=0)
        return y,

    def backward_cpu(self, inputs, grad_outputs):
        x, W = inputs
        gy, = grad_outputs
        # A sum of many terms does not fit into float16.
        gW = numpy.zeros(W.shape, half.wide_type(W.dtype))
        # This loop is several times as fast as numpy.add.at.
        for row, g in zip(x.ravel().tolist(), gy.reshape(x.size, W.shape[1])):
            if row != self.ignore_label:
                gW[row] += g
        return None, gW.astype(W.dtype, copy=False)

    def backward_gpu(self, inputs, grad_outputs):
        x, W = inputs
        gy, = grad_outputs
        gW = cuda.cupy.zeros_like(W)
        if self.ignore_label is None:
            condition = ''
        else:
            condition = f'if (x != {int(self.ignore_label)})'
        cuda.elementwise(
            'S x, T gy, int32 n_column', 'raw T gW',
            f'''
            ptrdiff_t index[] = {{x, i % n_column}};
            {condition} atomicAdd(&gW[index], gy);
            ''', 'embed_id_bwd')(x[..., None], gy, W.shape[1], gW)
        return None, gW

    def _check_ids(self, ids, n_row):
        if ids.size and (ids.min() < 0 or ids.max() >= n_row):
            ignored = '' if self.ignore_label is None else (
                f', or be {self.ignore_label} to be ignored')
            raise ValueError(
                f'IDs x must lie in 0 <= x < {n_row}, the number of rows of '
                f'W{ignored}, but they reach from {ids.min()} to {ids.max()}')


def embed_id(x, W, ignore_label=None):
    """Word embedding: takes the row :math:`W_x` for each ID :math:`x`.

    It is what :func:`linear` does to one-hot vectors, without the zeros. It is
    differentiable by ``W``: the gradient of a row is the sum over all places
    where its ID stands.

    Args:
        x (Variable): IDs, integers, an array of one or more dimensions.
        W (Variable): Matrix, shape ``(V, d)``, floats: one row for each ID.
        ignore_label (int): ID that stands for nothing: its embedding is 0. By
            default there is none.

    Returns:
        Variable: Embeddings, of the shape of ``x`` with one more axis of
        length ``d`` at the end, and the type of ``W``.

    Raises:
        ValueError: If an ID is not the number of a row.

    .. seealso:: :class:`chainer.links.EmbedID` holds ``W``.

    .. admonition:: Example

       >>> import numpy as np
       >>> import chainer.functions as F
       >>> W = np.array([[1, 2], [3, 4], [5, 6]], 'f')
       >>> F.embed_id(np.array([2, 0, -1]), W, ignore_label=-1).data
       array([[5., 6.],
              [1., 2.],
              [0., 0.]], dtype=float32)

    """
    return EmbedIDFunction(ignore_label)(x, W)
