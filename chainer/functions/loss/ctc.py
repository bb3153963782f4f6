import collections.abc

import numpy

from chainer import cuda, function, mode
from chainer.functions.activation import log_softmax
from chainer.functions.math import half
from chainer.utils import argument, chains, type_check


class ConnectionistTemporalClassification(function.Function):
    """Negative log-likelihood of labels, summed over their alignments.

    The labels are put in a line, with a blank before, between and behind them.
    An alignment is a walk along this line: at each time it emits the symbol
    that it stands on, after it has stayed there, gone on by one, or jumped
    over the blank between two different labels. The probabilities of all walks
    are summed up forward in time (*ahead*) and backward (*behind*), as
    logarithms in double precision.
    """

    argument_names = 'input_length', 'label_length', 't'

    def __init__(self, blank_symbol):
        self.blank_symbol = argument.integer('blank_symbol', blank_symbol)
        if blank_symbol < 0:
            raise ValueError(f'blank_symbol must not be negative, but is '
                             f'{blank_symbol}')

    def check_type_forward(self, in_types):
        type_check.expect(in_types.size() > 3)
        input_length_type, label_length_type, t_type, *x_types = in_types
        first = x_types[0]
        type_check.expect(
            input_length_type.dtype == numpy.int32,
            input_length_type.ndim == 1,
            label_length_type.dtype == numpy.int32,
            label_length_type.ndim == 1,
            t_type.dtype == numpy.int32,
            t_type.ndim == 2,
            first.dtype.kind == 'f',
            first.ndim == 2,
            first.shape[0] == t_type.shape[0],
            first.shape[0] == input_length_type.shape[0],
            first.shape[0] == label_length_type.shape[0],
            type_check.Variable(
                self.blank_symbol, 'blank_symbol') < first.shape[1],
        )
        for x_type in x_types[1:]:
            type_check.expect(
                x_type.dtype == first.dtype,
                x_type.shape == first.shape,
            )

    def forward_cpu(self, inputs):
        input_length, label_length, t, *xs = inputs
        _check_lengths('input_length', input_length, len(xs))
        self.line, self.jumps = self._lay_out(
            t, label_length, xs[0].shape[1])
        self.log_p = _log_probability(xs)
        each = numpy.arange(len(t))
        self.emit = self.log_p[:, each[:, None], self.line]

        self.ahead = ahead = numpy.empty((len(xs) + 1, *self.line.shape))
        # Before the first emission all walks are on the first blank.
        ahead[0, :, 0] = 0
        ahead[0, :, 1:] = -numpy.inf
        for i in range(len(xs)):
            numpy.add(_move(ahead[i], self.jumps), self.emit[i], ahead[i + 1])
        # A last move, without emission, onto the blank behind the last label.
        end = _move(ahead[input_length, each], self.jumps)
        self.log_z = end[each, 2 * label_length]
        loss = (0 - self.log_z.sum()) / max(len(t), 1)  # no -0. of nothing
        return numpy.array(loss, dtype=xs[0].dtype),

    def backward_cpu(self, inputs, grad_outputs):
        input_length, label_length, t, *xs = inputs
        n_batch, n_symbol = xs[0].shape
        symbol = numpy.arange(n_batch)[:, None] * n_symbol + self.line
        symbol = symbol.ravel()
        possible = self.log_z > -numpy.inf
        norm = numpy.where(possible, self.log_z, 0)[:, None]
        # The walks that end have to be on the last label or behind it.
        to_end = 2 * label_length[:, None] - numpy.arange(self.line.shape[1])
        end = numpy.where((to_end == 0) | (to_end == 1), 0, -numpy.inf)

        gx = numpy.exp(self.log_p)
        behind = numpy.full(end.shape, -numpy.inf)
        for i in range(len(xs), 0, -1):
            behind = numpy.where((input_length == i)[:, None], end, behind)
            p = numpy.exp(self.ahead[i] + behind - norm)
            gx[i - 1] -= numpy.bincount(
                symbol, p.ravel(), gx[i - 1].size).reshape(gx[i - 1].shape)
            behind += self.emit[i - 1]
            # The same moves, seen in a mirror.
            behind = _move(behind[:, ::-1], self.jumps[:, ::-1])[:, ::-1]

        gx *= float(grad_outputs[0]) / max(n_batch, 1)
        time = numpy.arange(len(xs))[:, None]
        gx[(time >= input_length) | ~possible] = 0
        return (None, None, None, *gx.astype(xs[0].dtype, copy=False))

    def forward_gpu(self, inputs):
        input_length, label_length, t, *xs = inputs
        n_time, n_symbol = len(xs), xs[0].shape[1]
        if mode.is_debug():
            _check_lengths('input_length', input_length, n_time)
            self._check_labels(t, label_length, n_symbol)
        self.line = self._lay_out_gpu(t, label_length, n_symbol)
        x = cuda.cupy.concatenate(xs)
        self.log_p = log_softmax.log_probability(half.widen(x)).reshape(
            n_time, *xs[0].shape)

        shape = (n_time + 1, *self.line.shape)
        self.ahead = ahead = cuda.cupy.empty(shape, 'd')
        # Before the first emission all walks are on the first blank.
        ahead[0] = -numpy.inf
        ahead[0, :, 0] = 0
        step = cuda.elementwise(
            'int32 symbol, raw float64 before, raw int32 line, raw P log_p, '
            'int32 width, int32 n_symbol, int32 blank',
            'float64 after',
            '''
            const int at = i % width;
            const bool jump =
                at > 1 && symbol != blank && symbol != line[i - 2];
            after = log_sum_exp(
                before[i], at > 0 ? before[i - 1] : log_0(),
                jump ? before[i - 2] : log_0());
            after += symbol < 0 ? log_0() / log_0() :
                (double)log_p[i / width * n_symbol + symbol];
            ''', 'ctc_ahead', preamble=_LOG_SUM_EXP)
        for i in range(n_time):
            step(self.line, ahead[i], self.line, self.log_p[i], shape[2],
                 n_symbol, self.blank_symbol, ahead[i + 1])
        # A last move, without emission, onto the blank behind the last label.
        self.log_z = cuda.elementwise(
            'int32 input_length, int32 label_length, raw float64 ahead, '
            'int32 width, int32 n_time', 'float64 log_z',
            '''
            if (input_length < 0 || input_length > n_time ||
                label_length < 0 || 2 * label_length >= width) {
              log_z = 0. / 0.;
            } else {
              const ptrdiff_t end =
                  (input_length * _ind.size() + i) * width + 2 * label_length;
              log_z = log_sum_exp(
                  ahead[end], label_length > 0 ? ahead[end - 1] : log_0(),
                  log_0());
            }
            ''', 'ctc_log_z', preamble=_LOG_SUM_EXP)(
                input_length, label_length, ahead, shape[2], n_time)
        return cuda.reduce(
            'float64 log_z, float64 coeff', 'T loss', 'log_z', 'a + b',
            'loss = a * coeff', '0', 'ctc_loss', reduce_type='double')(
                self.log_z, -1 / max(len(t), 1),
                cuda.cupy.empty((), xs[0].dtype)),

    def backward_gpu(self, inputs, grad_outputs):
        input_length, label_length, _, *xs = inputs
        n_time, (n_batch, width) = len(xs), self.line.shape
        n_symbol = xs[0].shape[1]
        behind = cuda.cupy.empty_like(self.ahead)
        # The same moves, seen in a mirror. The walks that end have to be on
        # the last label or behind it.
        step = cuda.elementwise(
            'int32 symbol, int32 input_length, int32 label_length, '
            'raw float64 after, raw int32 line, raw P log_p, '
            'int32 width, int32 n_symbol, int32 blank, int32 time, int32 last',
            'float64 before',
            '''
            const int at = i % width;
            if (time == input_length) {
              before = at == 2 * label_length || at == 2 * label_length - 1 ?
                  0. : log_0();
            } else if (time == last) {
              before = log_0();
            } else {
              const bool jump = at + 2 < width && symbol != blank &&
                  symbol != line[i + 2];
              double from[] = {log_0(), log_0(), log_0()};
              for (int k = 0; k < 3 && at + k < width; ++k) {
                const int emitted = line[i + k];
                if (emitted >= 0 && (k < 2 || jump)) {
                  from[k] = after[i + k] +
                      log_p[i / width * n_symbol + emitted];
                }
              }
              before = log_sum_exp(from[0], from[1], from[2]);
            }
            ''', 'ctc_behind', preamble=_LOG_SUM_EXP)
        for i in range(n_time, -1, -1):
            following = min(i, n_time - 1)
            step(self.line, input_length[:, None], label_length[:, None],
                 behind[following + 1], self.line, self.log_p[following],
                 width, n_symbol, self.blank_symbol, i, n_time, behind[i])

        gx = cuda.elementwise(
            'P log_p, int32 input_length, float64 log_z, T gloss, '
            'int32 time, float64 coeff', 'T gx',
            '''
            gx = time >= input_length || log_z == log_0() ?
                (T)0 : (T)(exp(log_p) * (P)(gloss * coeff));
            ''', 'ctc_gx', preamble=_LOG_SUM_EXP)(
                self.log_p, input_length[:, None], self.log_z[:, None],
                grad_outputs[0],
                cuda.cupy.arange(n_time, dtype='i')[:, None, None],
                1 / max(n_batch, 1))
        self._subtract(gx, behind, inputs, grad_outputs[0])
        return (None, None, None, *gx)

    def _subtract(self, gx, behind, inputs, gloss):
        """Subtracts the probability of each symbol, given the labels."""
        n_batch, width = self.line.shape
        # The places of a symbol, in each line: the sum is made at the first.
        ids = self.line + cuda.cupy.arange(n_batch, dtype='i')[:, None] * (
            gx.shape[2])
        first, following = chains.link(ids, n_batch * gx.shape[2])
        cuda.elementwise(
            'raw float64 ahead, raw float64 behind, raw bool first, '
            'raw int32 following, raw int32 ids, raw int32 input_length, '
            'raw float64 log_z, raw P log_p, raw T gloss, '
            'int32 line_size, int32 width, int32 p_size, float64 coeff',
            'raw T gx',
            '''
            const ptrdiff_t time = i / line_size;
            const int begin = i % line_size, example = begin / width;
            if (first[begin] && time < input_length[example] &&
                log_z[example] != log_0()) {
              double sum = 0;
              for (int k = begin; k >= 0; k = following[k]) {
                const ptrdiff_t at = (time + 1) * line_size + k;
                sum += exp(ahead[at] + behind[at] - log_z[example]);
              }
              const ptrdiff_t at = time * p_size + ids[begin];
              gx[at] = (exp((double)log_p[at]) - sum) * coeff * gloss[0];
            }
            ''', 'ctc_gx_of_labels', preamble=_LOG_SUM_EXP)(
                self.ahead, behind, first, following, ids, inputs[0],
                self.log_z, self.log_p, gloss, n_batch * width, width,
                n_batch * gx.shape[2], 1 / max(n_batch, 1), gx,
                size=len(gx) * n_batch * width)

    def _lay_out(self, t, label_length, n_symbol):
        """Returns the lines, and 0 or -inf for each jump along them."""
        self._check_labels(t, label_length, n_symbol)
        blank = self.blank_symbol
        written = numpy.arange(t.shape[1]) < label_length[:, None]
        line = numpy.full((len(t), 2 * t.shape[1] + 1), blank)
        line[:, 1::2] = numpy.where(written, t, blank)
        # Two blanks, or the same label twice: what is between must be emitted.
        differ = line[:, 2:] != line[:, :-2]
        return line, numpy.where(differ, 0, -numpy.inf)

    def _lay_out_gpu(self, t, label_length, n_symbol):
        """Returns the lines. A label that is no symbol is -1 there."""
        line = cuda.cupy.empty((len(t), 2 * t.shape[1] + 1), 'i')
        return cuda.elementwise(
            'raw I t, int32 label_length, int32 width, int32 n_symbol, '
            'int32 blank', 'int32 symbol',
            '''
            const int at = i % width / 2;
            symbol = blank;
            if (i % width % 2 == 1 && at < label_length) {
              symbol = t[i / width * (width / 2) + at];
              if (symbol < 0 || symbol >= n_symbol || symbol == blank) {
                symbol = -1;
              }
            }
            ''', 'ctc_line')(
                t, label_length[:, None], line.shape[1], n_symbol,
                self.blank_symbol, line)

    def _check_labels(self, t, label_length, n_symbol):
        _check_lengths('label_length', label_length, t.shape[1])
        blank = self.blank_symbol
        xp = cuda.get_array_module(t)
        labels = t[xp.arange(t.shape[1]) < label_length[:, None]]
        wrong = labels[(labels < 0) | (labels >= n_symbol) | (labels == blank)]
        if wrong.size:
            raise ValueError(
                f'labels t must lie in 0 <= t < {n_symbol}, the number of '
                f'symbols, and not be the blank symbol {blank}, but there is '
                f'{wrong[0]}. If it is padding, pass label_length')


# Logarithms of probabilities. The sum of nothing but zeros is zero, and what
# is NaN stays it.
_LOG_SUM_EXP = '''
__device__ inline double log_0() { return -1. / 0.; }
__device__ inline double log_sum_exp(double x, double y, double z) {
  const double peak = x > y ? (x > z ? x : z) : (y > z ? y : z);
  if (x == log_0() && y == log_0() && z == log_0()) return peak;
  return peak + log(exp(x - peak) + exp(y - peak) + exp(z - peak));
}
'''


def _log_probability(xs):
    """Returns the logarithm of the softmax, shape ``(T, B, V)``."""
    dtype = half.wide_type(xs[0].dtype)
    x = numpy.array(xs, dtype=dtype)
    rows = x.reshape(x.shape[0] * x.shape[1], x.shape[2])
    return log_softmax.log_probability(rows).reshape(x.shape)


def _move(log_p, jumps):
    """Returns probabilities after a move, as logarithms like those before."""
    step, jump = log_p[:, :-1], log_p[:, :-2] + jumps
    # Finite, lest the difference of two infinite numbers be taken.
    peak = numpy.maximum(log_p, numpy.finfo(log_p.dtype).min)
    numpy.maximum(peak[:, 1:], step, out=peak[:, 1:])
    numpy.maximum(peak[:, 2:], jump, out=peak[:, 2:])
    y = numpy.exp(log_p - peak)
    y[:, 1:] += numpy.exp(step - peak[:, 1:])
    y[:, 2:] += numpy.exp(jump - peak[:, 2:])
    with numpy.errstate(divide='ignore'):
        numpy.log(y, out=y)
    y += peak
    return y


def _check_lengths(name, lengths, limit):
    if lengths.size and (lengths.min() < 0 or lengths.max() > limit):
        raise ValueError(
            f'{name} must be between 0 and {limit}, but reaches from '
            f'{lengths.min()} to {lengths.max()}')


def connectionist_temporal_classification(
        x, t, blank_symbol, input_length=None, label_length=None):
    """Connectionist temporal classification (CTC) loss.

    A network emits, at each time, scores of all symbols, one of which is the
    *blank*. There are fewer labels than times, and nobody knows which belongs
    to which. An alignment is a sequence :math:`\\pi_1, \\dots, \\pi_T` of
    symbols that becomes the labels :math:`t` when first runs of the same
    symbol are merged into one, and then the blanks are removed. So two equal
    labels in a row need a blank between them. The loss is the negative
    log-likelihood

    .. math::
       L = -\\log \\sum_{\\pi \\mapsto t} \\prod_{i=1}^T
           \\mathrm{softmax}(x_i)_{\\pi_i},

    averaged over the minibatch. It is differentiable by ``x``.

    If an example has no alignment, as it has more labels than times, its loss
    is infinite, and its gradient is zero.

    Args:
        x (sequence of Variable): Scores at each time: ``T`` matrices of shape
            ``(B, V)``, floats. Softmax is applied to them here: do not apply
            it before.
        t (Variable): Labels, shape ``(B, L)``, int32.
        blank_symbol (int): Number of the blank.
        input_length (Variable): Number of valid times of each example, shape
            ``(B,)``, int32. By default all are.
        label_length (Variable): Number of valid labels of each example, shape
            ``(B,)``, int32. What stands behind them in ``t`` may be anything.
            By default all are valid.

    Returns:
        Variable: Scalar of the type of ``x``.

    Raises:
        TypeError: If ``x`` is not a sequence.
        ValueError: If ``x`` is empty, a label is blank or not a symbol, a
            length is negative or exceeds what there is, or ``blank_symbol`` is
            negative. On a device labels and lengths are checked in debug mode
            only; else wrong ones make the loss NaN.

    See: A. Graves et al., `Connectionist Temporal Classification: Labelling
    Unsegmented Sequence Data with Recurrent Neural Networks
    <https://www.cs.toronto.edu/~graves/icml_2006.pdf>`_; A. Graves,
    `Supervised Sequence Labelling with Recurrent Neural Networks
    <https://www.cs.toronto.edu/~graves/preprint.pdf>`_.

    .. admonition:: Example

       Of the nine alignments, ``a a``, ``a -`` and ``- a`` are right:

       >>> import numpy as np
       >>> import chainer.functions as F
       >>> blank, a, b = 0, 1, 2
       >>> x = [np.zeros((1, 3), 'f')] * 2
       >>> t = np.array([[a]], 'i')
       >>> loss = F.connectionist_temporal_classification(x, t, blank)
       >>> round(float(loss.data), 4)  # log(9 / 3)
       1.0986

    """
    if not isinstance(x, collections.abc.Sequence):
        raise TypeError(f'x must be a list of variables, one for each time, '
                        f'but is a {type(x).__name__}')
    if len(x) == 0:
        raise ValueError('x is empty: it must have one time at least')
    t = argument.as_variable(t)
    x = [argument.as_variable(scores) for scores in x]
    xp = cuda.get_array_module(x[0])
    if input_length is None:
        input_length = xp.full(len(x[0]), len(x), dtype=numpy.int32)
    if label_length is None:
        label_length = xp.full(len(t), t.shape[-1], dtype=numpy.int32)
    ctc = ConnectionistTemporalClassification(blank_symbol)
    ctc.argument_names += tuple([f'x[{i}]' for i in range(len(x))])
    return ctc(input_length, label_length, t, *x)
