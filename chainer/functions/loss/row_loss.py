"""What losses over large vocabularies share: scores of a few rows only.

Each word of a vocabulary, or each inner node of a tree of words, has its row
of a matrix. A loss that depends on the products of an input with a few rows is
cheap to compute and to differentiate, however many rows there are.
"""
import re

import numpy

from chainer import cuda, function
from chainer.functions.math import half
from chainer.utils import chains, type_check


class RowLoss(function.Function):
    """Loss computed from products of vectors with selected rows of a matrix.

    A subclass says which row meets which vector, in :meth:`select`, and what
    the loss of the products is, in :meth:`loss` and :meth:`loss_grad`. For a
    device it does so in methods whose names end with ``_gpu``.
    """

    argument_names = 'x', 't', 'W'

    def check_type_forward(self, in_types):
        type_check.expect(in_types.size() == len(self.argument_names))
        x_type, t_type, w_type = in_types[:3]
        type_check.expect(
            x_type.dtype.kind == 'f',
            x_type.ndim == 2,
            t_type.dtype == numpy.int32,
            t_type.ndim == 1,
            t_type.shape[0] == x_type.shape[0],
            w_type.dtype.kind == 'f',
            w_type.ndim == 2,
            w_type.shape[1] == x_type.shape[1],
        )

    def forward_cpu(self, inputs):
        x, _, W = inputs[:3]
        self.owners, self.rows = self.select(inputs)
        self.scores = numpy.einsum(
            'ij,ij->i', x.take(self.owners, axis=0), W.take(self.rows, axis=0),
            dtype=numpy.result_type(x, W, numpy.float32))
        return numpy.array(self.loss(self.scores), dtype=x.dtype),

    def backward_cpu(self, inputs, grad_outputs):
        x, _, W = inputs[:3]
        g = self.loss_grad(self.scores) * float(grad_outputs[0])
        g = g.reshape(g.size, 1)
        gx = _sum_rows(self.owners, g * W.take(self.rows, axis=0), x)
        gW = _sum_rows(self.rows, g * x.take(self.owners, axis=0), W)
        return (gx, None, gW, *[None] * (len(inputs) - 3))

    def forward_gpu(self, inputs):
        x, _, W = inputs[:3]
        self.rows = self.select_gpu(inputs)
        dtype = half.wide_name(W.dtype if x.dtype.char != 'd' else x.dtype)
        # A number that is not that of a row has the score NaN.
        self.scores = cuda.reduce(
            'T x, I row, raw U W, int32 n_row, int32 n_column',
            f'{dtype} score',
            '''row < 0 || row >= n_row ? (_type_reduce)(0. / 0.) :
               (_type_reduce)x *
                   (_type_reduce)W[(ptrdiff_t)row * n_column + _J]''',
            'a + b', 'score = a', '0', 'row_loss_scores')(
                x.T[:, :, None], self.rows, W, *W.shape, axis=0)
        return self.loss_gpu(self.scores, x.dtype),

    def backward_gpu(self, inputs, grad_outputs):
        x, _, W = inputs[:3]
        g = self.loss_grad_gpu(self.scores, grad_outputs[0])
        n_pair, n_column = self.rows.shape[1], W.shape[1]
        gx = cuda.cupy.empty_like(x)
        # The first operand is there for the sake of its shape alone.
        cuda.elementwise(
            'T like, raw V g, raw I rows, raw U W, int32 n_pair, int32 n_row, '
            'int32 n_column', 'raw T gx', _sums_of_columns(
                """
                const ptrdiff_t target = _ind.get()[0] * n_column;
                for (int k = 0; k < n_pair; ++k) {
                  const ptrdiff_t pair = _ind.get()[0] * n_pair + k;
                  const ptrdiff_t row = rows[pair];
                  // The gradient of a row that is none is NaN.
                  if (row < 0 || row >= n_row) {
                    for (int j = 0; j < width; ++j) sums[j] += g[pair];
                    continue;
                  }
                  const ptrdiff_t source = row * n_column;
                  ADD_COLUMNS(g[pair], W)
                }
                """, 'gx'), 'row_loss_gx', reduce_dims=False)(
                x[:, ::_N_COLUMN], g, self.rows, W, n_pair, *W.shape, gx)
        gW = cuda.cupy.zeros_like(W)
        first, following = chains.link(self.rows, len(W))
        cuda.elementwise(
            'T like, I row, bool first, raw V g, raw T x, '
            'raw int32 following, int32 n_pair, int32 n_column', 'raw U gW',
            'if (first) {' + _sums_of_columns(
                """
                const ptrdiff_t target = (ptrdiff_t)row * n_column;
                for (int pair = _ind.get()[0]; pair >= 0;
                     pair = following[pair]) {
                  const ptrdiff_t source =
                      (ptrdiff_t)(pair / n_pair) * n_column;
                  ADD_COLUMNS(g[pair], x)
                }
                """, 'gW') + '}', 'row_loss_gW', reduce_dims=False)(
                x[:1, ::_N_COLUMN], self.rows.reshape(-1, 1), first[:, None],
                g, x, following, n_pair, n_column, gW)
        return (gx, None, gW, *[None] * (len(inputs) - 3))

    def select(self, inputs):
        """Selects pairs of vectors and rows.

        Args:
            inputs (tuple of arrays): Inputs of the function.

        Returns:
            tuple of arrays: Numbers of rows of ``x``, and of rows of ``W``.

        """
        raise NotImplementedError

    def loss(self, scores):
        """Returns the loss of the products, a number."""
        raise NotImplementedError

    def loss_grad(self, scores):
        """Returns the gradient of the loss by each product."""
        raise NotImplementedError

    def select_gpu(self, inputs):
        """Selects rows for each vector, the same number for all.

        Args:
            inputs (tuple of arrays): Inputs of the function.

        Returns:
            cupy.ndarray: Numbers of rows of ``W``, for each row of ``x``.

        """
        raise NotImplementedError

    def loss_gpu(self, scores, dtype):
        """Returns the loss of the products, an array of a type."""
        raise NotImplementedError

    def loss_grad_gpu(self, scores, gloss):
        """Returns the gradient by each product, given that of the loss."""
        raise NotImplementedError


# A thread adds up so many columns: what says which rows to add is read once
# for all of them.
_N_COLUMN = 16


def _sums_of_columns(loop, target):
    """Returns the code of a thread that adds up rows, some columns of each.

    Args:
        loop (str): Code that sets ``target``, where the row of sums begins,
            and has ``ADD_COLUMNS(factor, matrix)`` for each row that begins
            at ``source``.
        target (str): Name of the matrix of the sums.

    """
    add = f"""{{
      const V factor = \\1;
      if (whole) {{
        for (int j = 0; j < {_N_COLUMN}; ++j)
          sums[j] += factor * (V)\\2[source + column + j];
      }} else {{
        for (int j = 0; j < width; ++j)
          sums[j] += factor * (V)\\2[source + column + j];
      }}
    }}"""
    loop = re.sub(r'ADD_COLUMNS\((.+), (\w+)\)', add, loop)
    return f"""
        const int column = _ind.get()[1] * {_N_COLUMN};
        const int width = min({_N_COLUMN}, n_column - column);
        const bool whole = width == {_N_COLUMN};
        V sums[{_N_COLUMN}] = {{}};
        {loop}
        for (int j = 0; j < width; ++j)
          {target}[target + column + j] = sums[j];
        """


class LogisticRowLoss(RowLoss):
    """Negative log-likelihood of binary decisions.

    The probability of a decision is the sigmoid of a score, or of the negative
    score.

    Attributes:
        signs (array): 1 or -1 for each score. On a device it may be 0: there
            is no decision. :meth:`select` sets it.

    """

    def loss(self, scores):
        # -log(sigmoid(z)) = log(1 + exp(-z))
        return numpy.logaddexp(0, -self.signs * scores).sum()

    def loss_grad(self, scores):
        # sigmoid(-z), without an overflow.
        miss = numpy.exp(-numpy.logaddexp(0, self.signs * scores))
        return -self.signs * miss

    def loss_gpu(self, scores, dtype):
        loss = cuda.cupy.empty((), dtype)
        return cuda.reduce(
            'V score, S sign', 'T loss',
            'sign == 0 ? (V)0 : softplus(-sign * score)', 'a + b', 'loss = a',
            '0', 'logistic_row_loss', reduce_type='V',
            preamble='''
            template <typename F>
            __device__ inline F softplus(F z) {
              return log1p(exp(-fabs(z))) + (z > 0 ? z : (F)0);
            }
            ''')(scores, self.signs, loss)

    def loss_grad_gpu(self, scores, gloss):
        return cuda.elementwise(
            'V score, S sign, T gloss', 'V g',
            '''
            g = sign == 0 ?
                (V)0 : -sign * (V)gloss / (1 + exp(sign * score));
            ''',
            'logistic_row_loss_grad')(scores, self.signs, gloss)


def check_range(name, ids, n_row):
    """Raises ``ValueError`` unless all IDs are numbers of rows of ``W``."""
    if ids.size and (ids.min() < 0 or ids.max() >= n_row):
        raise ValueError(
            f'{name} must lie in 0 <= {name} < {n_row}, the number of rows of '
            f'W, but they reach from {ids.min()} to {ids.max()}')


def _sum_rows(index, rows, like):
    """Sums up rows that have the same index; zeros for all other indices."""
    total = numpy.zeros_like(like)
    used, position = numpy.unique(index, return_inverse=True)
    n_column = like.shape[1]
    # In double precision, and several times as fast as numpy.add.at.
    place = position[:, None] * n_column + numpy.arange(n_column)
    sums = numpy.bincount(place.ravel(), rows.ravel(), len(used) * n_column)
    total[used] = sums.reshape(len(used), n_column)
    return total
