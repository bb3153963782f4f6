import numpy

from chainer.functions.loss import row_loss
from chainer.utils import type_check


class BlackOutFunction(row_loss.RowLoss):
    """Loss of one positive and some given negative examples."""

    argument_names = 'x', 't', 'W', 'samples'

    def check_type_forward(self, in_types):
        super().check_type_forward(in_types)
        x_type, _, _, samples_type = in_types
        type_check.expect(
            samples_type.dtype.kind == 'i',
            samples_type.ndim == 2,
            samples_type.shape[0] == x_type.shape[0],
            samples_type.shape[1] > 0,
        )

    def select(self, inputs):
        x, t, W, samples = inputs
        row_loss.check_range('t', t, len(W))
        row_loss.check_range('samples', samples, len(W))
        rows = numpy.column_stack([t, samples])
        self.shape = rows.shape
        return numpy.arange(len(x)).repeat(self.shape[1]), rows.ravel()

    def loss(self, scores):
        scores = self._rows(scores)
        is_top, others, log_rest, log_z = _analyze(scores)
        log_miss = numpy.where(
            is_top, log_rest - log_z, numpy.log1p(-numpy.exp(others - log_z)))
        total = (scores - log_z)[:, 0].sum() + log_miss[:, 1:].sum()
        return -total / max(len(scores), 1)

    def loss_grad(self, scores):
        scores = self._rows(scores)
        is_top, others, log_rest, log_z = _analyze(scores)
        p = numpy.exp(scores - log_z)
        p_others = numpy.exp(others - log_z)
        # The derivative of log(1 - p_k) by score j is p_j p_k / (1 - p_k) for
        # j other than k, and -p_k for k itself.
        odds = p_others / (1 - p_others)
        odds[:, 0] = 0
        g = p * (2 + odds - odds.sum(axis=1, keepdims=True))
        g[:, 0] -= p[:, 0] + 1
        # The odds of the top score may be infinite, those products are not.
        p_top = p.max(axis=1, keepdims=True) * ~is_top[:, :1]
        g -= p_top * numpy.exp(others - log_rest)
        return g.ravel() / max(len(scores), 1)

    def _rows(self, scores):
        # Only differences count, and large numbers would not show them.
        rows = scores.reshape(self.shape)
        return rows - rows.max(axis=1, keepdims=True)


def _analyze(scores):
    """Sets the largest score of each row, whose p may be close to 1, apart.

    Returns:
        tuple of arrays: Where it is; the other scores, with -inf in its place;
        the logarithms of the sum of their exponentials, and of the sum of all.

    """
    is_top = numpy.arange(scores.shape[1]) == scores.argmax(axis=1)[:, None]
    others = numpy.where(is_top, -numpy.inf, scores)
    second = others.max(axis=1, keepdims=True)
    log_rest = second + numpy.log(
        numpy.exp(others - second).sum(axis=1, keepdims=True))
    log_z = numpy.logaddexp(log_rest, scores.max(axis=1, keepdims=True))
    return is_top, others, log_rest, log_z


def black_out(x, t, W, samples):
    """BlackOut loss: a softmax over the right word and a few sampled ones.

    Each word of a vocabulary has a row :math:`w_i` of ``W``. For an input
    :math:`x`, its word :math:`t` and the samples :math:`S` let

    .. math::
       p_i = \\frac{\\exp x^\\top w_i}
                  {\\exp x^\\top w_t + \\sum_{s \\in S} \\exp x^\\top w_s}.

    The loss is the mean over the minibatch of

    .. math::
       -\\log p_t - \\sum_{s \\in S} \\log (1 - p_s).

    It is computed such that it stays finite where a :math:`p_s` is as good as
    1. It is differentiable by ``x`` and ``W``.

    Args:
        x (Variable): Minibatch of vectors, shape ``(B, N)``, floats.
        t (Variable): Words, shape ``(B,)``, int32.
        W (Variable): Matrix, shape ``(V, N)``, floats: one row for each word.
        samples (Variable): Negative examples, one or more for each input,
            shape ``(B, K)``, integers.

    Returns:
        Variable: Scalar of the type of ``x``.

    Raises:
        ValueError: If a label or a sample is not the number of a row.

    See: `BlackOut: Speeding up Recurrent Neural Network Language Models With
    Very Large Vocabularies <https://arxiv.org/abs/1511.06909>`_.

    .. seealso:: :class:`chainer.links.BlackOut` holds ``W`` and draws samples.

    .. admonition:: Example

       >>> import numpy as np
       >>> import chainer.functions as F
       >>> x, W = np.ones((1, 2), 'f'), np.zeros((4, 2), 'f')
       >>> t, samples = np.array([3], 'i'), np.array([[0, 1]], 'i')
       >>> loss = F.black_out(x, t, W, samples)
       >>> round(float(loss.data), 4)  # log(3) - 2 * log(2 / 3)
       1.9095

    """
    return BlackOutFunction()(x, t, W, samples)
