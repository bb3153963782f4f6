import numpy

from chainer import cuda, function, mode
from chainer.functions.math import half
from chainer.utils import chains, type_check


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

    def forward_cpu(self, inputs):
        x, W = inputs
        if self.ignore_label is None:
            self._check_ids(x, len(W))
            return W.take(x, axis=0),
        known = x != self.ignore_label
        ids = x[known]
        self._check_ids(ids, len(W))
        y = numpy.zeros(x.shape + W.shape[1:], W.dtype)
        y[known] = W.take(ids, axis=0)
        return y,

    def forward_gpu(self, inputs):
        x, W = inputs
        if mode.is_debug():
            ids = x.ravel()
            if self.ignore_label is not None:
                ids = ids[ids != self.ignore_label]
            self._check_ids(ids, len(W))
        ignored = self.ignore_label is not None
        y = cuda.cupy.empty(x.shape + W.shape[1:], W.dtype)
        return cuda.elementwise(
            'S x, raw T W, int32 n_row, int32 n_column, bool ignored, '
            'int64 ignore_label', 'T y',
            '''
            y = ignored && x == ignore_label ? (T)0 :
                (size_t)x >= (size_t)n_row ? (T)(0. / 0.) :
                W[(ptrdiff_t)x * n_column + _ind.get()[_ind.ndim - 1]];
            ''', 'embed_id_fwd', reduce_dims=False)(
                x[..., None], W, *W.shape, ignored,
                self.ignore_label if ignored else 0, y),

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
        ignored = self.ignore_label is not None
        gW = cuda.cupy.zeros_like(W)
        first, following = chains.link(x, len(W))
        cuda.elementwise(
            'S x, T g, bool first, int32 next, raw int32 following, '
            'raw T gy, int32 n_column, bool ignored, int64 ignore_label',
            'raw U gW',
            f'''
            if (first && !(ignored && x == ignore_label)) {{
              const ptrdiff_t column = _ind.get()[1];
              {half.KERNEL_TYPE} sum = g;
              for (ptrdiff_t k = next; k >= 0; k = following[k]) {{
                sum += gy[k * n_column + column];
              }}
              gW[(ptrdiff_t)x * n_column + column] = sum;
            }}
            ''', 'embed_id_bwd', reduce_dims=False)(
                x.reshape(-1, 1), gy.reshape(x.size, W.shape[1]),
                first[:, None], following[:, None], following, gy, W.shape[1],
                ignored, self.ignore_label if ignored else 0, gW)
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
        ValueError: If an ID is not the number of a row. On a device this is
            found out in debug mode only; else the embedding is NaN.

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
