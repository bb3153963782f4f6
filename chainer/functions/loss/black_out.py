import numpy

from chainer import cuda, mode
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
        _check_ranges(t, W, samples)
        rows = numpy.column_stack([t, samples])
        self.shape = rows.shape
        return numpy.arange(len(x)).repeat(self.shape[1]), rows.ravel()

    def select_gpu(self, inputs):
        _, t, W, samples = inputs
        if mode.is_debug():
            _check_ranges(t, W, samples)
        return cuda.cupy.concatenate(
            [t[:, None], samples.astype(t.dtype, copy=False)], axis=1)

    def loss_gpu(self, scores, dtype):
        # A thread for each example. See loss and loss_grad.
        losses, self.g = cuda.cupy.empty_like(scores[:, 0]), scores.copy()
        cuda.elementwise(
            'int32 size', 'V loss, raw V g',
            '''
            V* const s = &g[i * size];
            int top = 0;
            for (int k = 1; k < size; ++k) top = s[k] > s[top] ? k : top;
            const V peak = s[top];
            V second = s[top == 0];
            for (int k = 0; k < size; ++k) {
              second = k != top && s[k] > second ? s[k] : second;
            }
            second -= peak;
            V rest = 0;
            for (int k = 0; k < size; ++k) {
              s[k] -= peak;
              rest += k == top ? (V)0 : exp(s[k] - second);
            }
            const V log_rest = second + log(rest);
            const V log_z = log1p(exp(log_rest));
            loss = log_z - s[0];
            V odds = 0;
            for (int k = 1; k < size; ++k) {
              const V p = exp(s[k] - log_z);
              loss -= k == top ? log_rest - log_z : log1p(-p);
              odds += k == top ? (V)0 : p / (1 - p);
            }
            const V p_top = top == 0 ? (V)0 : exp(-log_z);
            for (int k = 0; k < size; ++k) {
              const V p = exp(s[k] - log_z);
              const V share = k == top ? (V)0 : p_top * exp(s[k] - log_rest);
              const V own = k == top || k == 0 ? (V)0 : p / (1 - p);
              s[k] = p * (2 + own - odds) - share - (k == 0 ? p + 1 : (V)0);
            }
            ''', 'black_out')(scores.shape[1], losses, self.g)
        return cuda.reduce(
            'V x, float64 coeff', 'T loss', 'x', 'a + b', 'loss = a * coeff',
            '0', 'black_out_mean', reduce_type='V')(
                losses, 1 / max(len(scores), 1), cuda.cupy.empty((), dtype))

    def loss_grad_gpu(self, scores, gloss):
        return cuda.elementwise(
            'V g, T gloss, float64 coeff', 'V y', 'y = g * (V)(gloss * coeff)',
            'black_out_grad')(self.g, gloss, 1 / max(len(scores), 1))

    def loss(self, scores):
        scores = self._rows(scores)
        is_top, others, log_rest, log_z = _analyze(scores)
        log_miss = numpy.where(
            is_top, log_rest - log_z, numpy.log1p(-numpy.exp(others - log_z)))
        total = (scores - log_z)[:, 0].sum() + log_miss[:, 1:].sum()
        return (0 - total) / max(len(scores), 1)  # no -0. of nothing

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


def _check_ranges(t, W, samples):
    row_loss.check_range('t', t, len(W))
    row_loss.check_range('samples', samples, len(W))


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
        ValueError: If a label or a sample is not the number of a row. On a
            device this is found out in debug mode only; else the loss is NaN.

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
