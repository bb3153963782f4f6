"""What losses over large vocabularies share: scores of a few rows only.

Each word of a vocabulary, or each inner node of a tree of words, has its row
of a matrix. A loss that depends on the products of an input with a few rows is
cheap to compute and to differentiate, however many rows there are.
"""
import numpy

from chainer import function
from chainer.utils import type_check


class RowLoss(function.Function):
    """Loss computed from products of vectors with selected rows of a matrix.

    A subclass says which row meets which vector, in :meth:`select`, and what
    the loss of the products is, in :meth:`loss` and :meth:`loss_grad`.
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


class LogisticRowLoss(RowLoss):
    """Negative log-likelihood of binary decisions.

    The probability of a decision is the sigmoid of a score, or of the negative
    score.

    Attributes:
        signs (array): 1 or -1 for each score. :meth:`select` sets it.

    """

    def loss(self, scores):
        # -log(sigmoid(z)) = log(1 + exp(-z))
        return numpy.logaddexp(0, -self.signs * scores).sum()

    def loss_grad(self, scores):
        # sigmoid(-z), without an overflow.
        miss = numpy.exp(-numpy.logaddexp(0, self.signs * scores))
        return -self.signs * miss


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
