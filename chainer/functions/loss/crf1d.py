import numpy

from chainer import cuda, function, mode
from chainer.utils import argument, type_check


class CRF1dBase(function.Function):
    """Function of the scores of label sequences in a linear-chain CRF.

    The inputs are the transition costs and the costs at each position; a
    subclass may take labels for each position, too. All is computed in double
    precision: what counts are differences, and the score of a long sequence
    is large.
    """

    def __init__(self, length):
        self.length = length
        self.argument_names = (
            'cost', *[f'xs[{i}]' for i in range(length)],
            *[f'ys[{i}]' for i in range(length)])

    def check_type_forward(self, in_types):
        type_check.expect(in_types.size() > self.length)
        cost_type, *x_types = in_types[:self.length + 1]
        type_check.expect(
            cost_type.dtype.kind == 'f',
            cost_type.ndim == 2,
            cost_type.shape[0] == cost_type.shape[1],
            cost_type.shape[0] > 0,
        )
        for x_type in x_types:
            type_check.expect(
                x_type.dtype == cost_type.dtype,
                x_type.ndim == 2,
                x_type.shape[0] == x_types[0].shape[0],
                x_type.shape[1] == cost_type.shape[0],
            )

    def to_double(self, inputs):
        """Returns transition costs, and costs of shape ``(l, B, K)``."""
        cost, *xs = inputs[:self.length + 1]
        if isinstance(cost, numpy.ndarray):
            return cost.astype(numpy.float64), numpy.array(xs, numpy.float64)
        return cost.astype(numpy.float64), _stack(xs).astype(numpy.float64)

    def to_grads(self, inputs, gcost, gx):
        """Returns the tuple of gradients of all inputs."""
        dtype = inputs[0].dtype
        labels = inputs[self.length + 1:]
        return (gcost.astype(dtype), *gx.astype(dtype), *[None] * len(labels))

    def subtract_grad_of_score(self, gcost, gx, y, g):
        """Subtracts ``g``, of each sequence, where its labels ``y`` lead."""
        position, example = numpy.indices(y.shape)
        gx[position, example, y] -= g
        numpy.subtract.at(gcost, (y[:-1], y[1:]), g)


class CRF1d(CRF1dBase):
    """Negative log-likelihood of a linear-chain CRF."""

    def check_type_forward(self, in_types):
        type_check.expect(in_types.size() == 2 * self.length + 1)
        super().check_type_forward(in_types)
        for y_type in in_types[self.length + 1:]:
            type_check.expect(
                y_type.dtype == numpy.int32,
                y_type.ndim == 1,
                y_type.shape[0] == in_types[1].shape[0],
            )

    def forward_cpu(self, inputs):
        cost, x = self.to_double(inputs)
        self.y = y = numpy.array(inputs[self.length + 1:])
        _check_labels(y, len(cost))
        # Logarithm of the sum over all beginnings that lead to each label.
        self.before = before = numpy.zeros_like(x)
        for i in range(1, len(x)):
            before[i] = _log_sum_exp(_join(before[i - 1] + x[i - 1], cost))
        self.log_z = _log_sum_exp(before[-1] + x[-1])

        score = numpy.take_along_axis(x, y[:, :, None], axis=2).sum(axis=0)
        score = score[:, 0] + cost[y[:-1], y[1:]].sum(axis=0)
        loss = (self.log_z - score).sum() / max(len(score), 1)
        return numpy.array(loss, dtype=inputs[0].dtype),

    def backward_cpu(self, inputs, grad_outputs):
        cost, x = self.to_double(inputs)
        before, log_z = self.before, self.log_z
        # Impossible labels: whatever is subtracted from -inf leaves it.
        norm = numpy.where(before == -numpy.inf, 0, before)
        gcost, gx = numpy.zeros_like(cost), numpy.empty_like(x)
        gx[-1] = numpy.exp(before[-1] + x[-1] - log_z[:, None])
        for i in range(len(x) - 1, 0, -1):
            # Probabilities of two labels in a row.
            p = _join(before[i - 1] + x[i - 1], cost)
            p -= norm[i][:, None]
            numpy.exp(p, out=p)
            p *= gx[i][:, None]
            gcost += p.sum(axis=0)
            gx[i - 1] = p.sum(axis=2)

        self.subtract_grad_of_score(gcost, gx, self.y, 1)
        scale = float(grad_outputs[0]) / max(x.shape[1], 1)
        gcost *= scale
        gx *= scale
        return self.to_grads(inputs, gcost, gx)

    def forward_gpu(self, inputs):
        self.cost, self.x = cost, x = self.to_double(inputs)
        n_batch, n_label = x.shape[1:]
        self.y = _stack(inputs[self.length + 1:])
        if mode.is_debug():
            _check_labels(self.y, n_label)
        self.before = before = cuda.cupy.zeros_like(x)
        step = cuda.elementwise(
            'raw float64 before, raw float64 x, raw float64 cost, '
            'int32 n_label', 'float64 after',
            '''
            const ptrdiff_t row = i / n_label * n_label, label = i % n_label;
            log_sum total;
            for (int k = 0; k < n_label; ++k) {
              total.add(before[row + k] + x[row + k] +
                        cost[k * n_label + label]);
            }
            after = total.value();
            ''', 'crf1d_before', preamble=_LOG_SUM)
        for i in range(1, len(x)):
            step(before[i - 1], x[i - 1], cost, n_label, before[i])
        losses, self.log_z = cuda.elementwise(
            'raw float64 before, raw float64 x, raw float64 cost, raw I y, '
            'int32 n_label, int32 length',
            'float64 loss, float64 log_z', '''
            const ptrdiff_t n_batch = _ind.size();
            const ptrdiff_t row = ((length - 1) * n_batch + i) * n_label;
            log_sum total;
            for (int k = 0; k < n_label; ++k) {
              total.add(before[row + k] + x[row + k]);
            }
            log_z = total.value();
            double score = 0;
            int last = 0;
            for (int k = 0; k < length; ++k) {
              const ptrdiff_t at = k * n_batch + i;
              const int label = y[at];
              if (label < 0 || label >= n_label) {
                score = 0. / 0.;
                break;
              }
              score += x[at * n_label + label];
              if (k > 0) score += cost[last * n_label + label];
              last = label;
            }
            loss = log_z - score;
            ''', 'crf1d_loss', preamble=_LOG_SUM)(
                before, x, cost, self.y, n_label, len(x),
                cuda.cupy.empty(n_batch, 'd'), cuda.cupy.empty(n_batch, 'd'))
        return cuda.reduce(
            'float64 x, float64 coeff', 'T loss', 'x', 'a + b',
            'loss = a * coeff', '0', 'crf1d_mean', reduce_type='double')(
                losses, 1 / max(n_batch, 1),
                cuda.cupy.empty((), inputs[0].dtype)),

    def backward_gpu(self, inputs, grad_outputs):
        cost, x, before, y = self.cost, self.x, self.before, self.y
        gloss, = grad_outputs
        n_label = x.shape[2]
        coeff = 1 / max(x.shape[1], 1)
        # Probabilities of the labels, and on the way of pairs of labels.
        p = cuda.cupy.empty_like(x)
        cuda.elementwise(
            'float64 before, float64 x, float64 log_z', 'float64 p',
            'p = exp(before + x - log_z)', 'crf1d_p_of_last')(
                before[-1], x[-1], self.log_z[:, None], p[-1])
        step = cuda.elementwise(
            'float64 before, float64 x, raw float64 cost, raw float64 norm, '
            'raw float64 p, int32 n_label', 'float64 p_before',
            '''
            const ptrdiff_t row = i / n_label * n_label, label = i % n_label;
            p_before = 0;
            for (int k = 0; k < n_label; ++k) {
              const double score = before + x + cost[label * n_label + k];
              p_before += p[row + k] * exp(score - finite(norm[row + k]));
            }
            ''', 'crf1d_p', preamble=_LOG_SUM)
        for i in range(len(x) - 1, 0, -1):
            step(before[i - 1], x[i - 1], cost, before[i], p[i], n_label,
                 p[i - 1])
        label = cuda.cupy.arange(n_label, dtype='i')
        gcost = cuda.reduce(
            'float64 before, float64 x, float64 cost, float64 norm, '
            'float64 p, I y, I next, int32 label, int32 next_label, '
            'raw T gloss, float64 coeff', 'T gcost',
            '''exp(before + x + cost - finite(norm)) * p -
               (y == label && next == next_label)''', 'a + b',
            'gcost = a * coeff * gloss[0]', '0', 'crf1d_gcost',
            reduce_type='double', preamble=_LOG_SUM)(
                before[:-1, :, :, None], x[:-1, :, :, None], cost,
                before[1:, :, None], p[1:, :, None], y[:-1, :, None, None],
                y[1:, :, None, None], label[:, None], label, gloss, coeff,
                axis=(0, 1))
        gx = cuda.elementwise(
            'float64 p, I y, int32 label, T gloss, float64 coeff', 'T gx',
            'gx = (p - (y == label)) * coeff * gloss', 'crf1d_gx')(
                p, y[:, :, None], label, gloss, coeff)
        return (gcost, *gx, *[None] * len(y))


class ArgmaxCRF1d(CRF1dBase):
    """Score of the best labels in a linear-chain CRF.

    Attributes:
        y (array): The labels, shape ``(l, B)``, int32.

    """

    def check_type_forward(self, in_types):
        type_check.expect(in_types.size() == self.length + 1)
        super().check_type_forward(in_types)

    def forward_cpu(self, inputs):
        cost, x = self.to_double(inputs)
        best = x[0]
        predecessors = []
        for step in x[1:]:
            scores = _join(best, cost)
            predecessors.append(scores.argmax(axis=1))
            best = scores.max(axis=1) + step
        self.y = numpy.empty(x.shape[:2], dtype=numpy.int32)
        self.y[-1] = best.argmax(axis=1)
        each = numpy.arange(x.shape[1])
        for i in range(len(x) - 1, 0, -1):
            self.y[i - 1] = predecessors[i - 1][each, self.y[i]]
        return best.max(axis=1).astype(inputs[0].dtype),

    def backward_cpu(self, inputs, grad_outputs):
        cost, x = self.to_double(inputs)
        gcost, gx = numpy.zeros_like(cost), numpy.zeros_like(x)
        self.subtract_grad_of_score(gcost, gx, self.y, -grad_outputs[0])
        return self.to_grads(inputs, gcost, gx)

    def forward_gpu(self, inputs):
        cost, x = self.to_double(inputs)
        length, n_batch, n_label = x.shape
        best = x[0]
        predecessors = cuda.cupy.empty(x.shape, 'i')
        step = cuda.elementwise(
            'raw float64 best, raw float64 cost, float64 x, int32 n_label',
            'float64 score, int32 predecessor',
            '''
            const ptrdiff_t row = i / n_label * n_label, label = i % n_label;
            predecessor = 0;
            score = best[row] + cost[label];
            for (int k = 1; k < n_label; ++k) {
              const double other = best[row + k] + cost[k * n_label + label];
              if (better(other, score)) {
                score = other;
                predecessor = k;
              }
            }
            score += x;
            ''', 'argmax_crf1d_step', preamble=_BETTER)
        for i in range(1, length):
            best, _ = step(best, cost, x[i], n_label,
                           cuda.cupy.empty_like(best), predecessors[i])
        self.y = cuda.cupy.empty((length, n_batch), 'i')
        return cuda.elementwise(
            'raw float64 best, raw int32 predecessors, int32 length, '
            'int32 n_label, raw int32 y', 'T score',
            '''
            const ptrdiff_t n_batch = _ind.size();
            int label = 0;
            for (int k = 1; k < n_label; ++k) {
              if (better(best[i * n_label + k], best[i * n_label + label])) {
                label = k;
              }
            }
            score = best[i * n_label + label];
            for (int k = length - 1; k >= 0; --k) {
              const ptrdiff_t at = k * n_batch + i;
              y[at] = label;
              label = k > 0 ? predecessors[at * n_label + label] : 0;
            }
            ''', 'argmax_crf1d_labels', preamble=_BETTER)(
                best, predecessors, length, n_label, self.y,
                cuda.cupy.empty(n_batch, inputs[0].dtype)),

    def backward_gpu(self, inputs, grad_outputs):
        g, = grad_outputs
        y = self.y
        label = cuda.cupy.arange(len(inputs[0]), dtype='i')
        gcost = cuda.reduce(
            'int32 y, int32 next, int32 label, int32 next_label, T g',
            'T gcost', 'y == label && next == next_label ? (double)g : 0.',
            'a + b', 'gcost = a', '0', 'argmax_crf1d_gcost',
            reduce_type='double')(
                y[:-1, :, None, None], y[1:, :, None, None], label[:, None],
                label, g[:, None, None], axis=(0, 1))
        gx = cuda.elementwise(
            'int32 y, int32 label, T g', 'T gx',
            'gx = y == label ? g : (T)0', 'argmax_crf1d_gx')(
                y[:, :, None], label, g[:, None])
        return gcost, *gx


# Logarithm of a sum of exponentials, whose largest term so far is 1.
_LOG_SUM = '''
__device__ inline double finite(double x) { return x == -1. / 0. ? 0 : x; }
class log_sum {
 public:
  __device__ log_sum() : peak_(-1. / 0.), sum_(0) {}
  __device__ void add(double x) {
    if (x > peak_) {
      sum_ = sum_ * exp(peak_ - x) + 1;
      peak_ = x;
    } else {
      sum_ += exp(x - finite(peak_));
    }
  }
  __device__ double value() const { return log(sum_) + peak_; }

 private:
  double peak_, sum_;
};
'''
# As argmax: a NaN is greater than any number.
_BETTER = '''
__device__ inline bool better(double x, double y) {
  return x > y || (x != x && y == y);
}
'''


def _stack(arrays):
    return cuda.cupy.concatenate(arrays).reshape(
        len(arrays), *arrays[0].shape)


def _join(score, cost):
    """Returns scores of pairs of labels: axis 1 the first, 2 the second."""
    return score[:, :, None] + cost


def _log_sum_exp(x):
    """Sums along axis 1, on the scale of logarithms; overwrites ``x``."""
    peak = x.max(axis=1, keepdims=True)
    peak[peak == -numpy.inf] = 0
    x -= peak
    numpy.exp(x, out=x)
    # The sum is 0 if there is nothing but -inf.
    with numpy.errstate(divide='ignore'):
        return numpy.log(x.sum(axis=1)) + peak[:, 0]


def _check_labels(y, n_label):
    if y.size and (y.min() < 0 or y.max() >= n_label):
        raise ValueError(
            f'labels ys must lie in 0 <= y < {n_label}, the number of labels, '
            f'but they reach from {y.min()} to {y.max()}')


def _check_length(xs):
    if len(xs) == 0:
        raise ValueError('xs is empty: a sequence has one position at least')


def crf1d(cost, xs, ys):
    """Negative log-likelihood of a linear-chain conditional random field.

    A sequence of labels :math:`y_1, \\dots, y_l` gets points for each label at
    its position, :math:`x_{i, y_i}`, and for each pair of neighbors,
    :math:`c_{y_i, y_{i + 1}}`. Its probability is the exponential of the sum,
    divided by the sum :math:`Z` of the exponentials of all :math:`K^l`
    sequences. So the negative log-likelihood is

    .. math::
       L = \\log Z - \\sum_{i=1}^l x_{i, y_i}
           - \\sum_{i=1}^{l-1} c_{y_i, y_{i + 1}}.

    It is averaged over the minibatch, and differentiable by ``cost`` and
    ``xs``. An element of minus infinity forbids what it stands for.

    The sequences of a minibatch must have the same length.

    Args:
        cost (Variable): Matrix, shape ``(K, K)``, floats: ``cost[s, t]`` is
            for a label ``t`` right after a label ``s``.
        xs (list of Variable): For each position a matrix, shape ``(B, K)``,
            of the type of ``cost``.
        ys (list of Variable): For each position the labels, shape ``(B,)``,
            int32.

    Returns:
        Variable: Scalar of the type of ``cost``.

    Raises:
        ValueError: If a label is not in ``0 <= y < K``, or ``xs`` is empty or
            not as long as ``ys``. On a device labels are checked in debug mode
            only; else a wrong one makes the loss NaN.

    See: `Conditional Random Fields: Probabilistic Models for Segmenting and
    Labeling Sequence Data
    <https://repository.upenn.edu/cis_papers/159/>`_.

    .. seealso:: :func:`chainer.functions.loss.crf1d.argmax_crf1d` finds the
       most probable labels. :class:`chainer.links.CRF1d` holds ``cost``.

    .. admonition:: Example

       >>> import numpy as np
       >>> import chainer.functions as F
       >>> cost = np.zeros((3, 3), 'f')
       >>> xs = [np.zeros((2, 3), 'f')] * 4
       >>> ys = [np.array([0, 2], 'i')] * 4
       >>> round(float(F.crf1d(cost, xs, ys).data), 4)  # 4 * log(3)
       4.3944

    """
    xs, ys = argument.sequence('xs', xs), argument.sequence('ys', ys)
    _check_length(xs)
    if len(xs) != len(ys):
        raise ValueError(f'xs and ys must have the same length, but xs has '
                         f'{len(xs)} positions and ys {len(ys)}')
    return CRF1d(len(xs))(cost, *xs, *ys)


def argmax_crf1d(cost, xs):
    """Finds the most probable labels in a linear-chain CRF.

    It is Viterbi's algorithm. Of label sequences that are equally probable it
    finds one.

    Args:
        cost (Variable): Matrix, shape ``(K, K)``. See :func:`crf1d`.
        xs (list of Variable): For each position a matrix, shape ``(B, K)``.

    Returns:
        tuple: The score of the labels, :math:`\\sum x_{i, y_i} +
        \\sum c_{y_i, y_{i + 1}}`, a variable of shape ``(B,)``, differentiable
        by ``cost`` and ``xs``; and the labels, a list with an array of int32
        of shape ``(B,)`` for each position.

    Raises:
        ValueError: If ``xs`` is empty.

    .. admonition:: Example

       >>> import numpy as np
       >>> from chainer.functions.loss import crf1d
       >>> change = np.array([[0, 1], [1, 0]], 'f')
       >>> xs = [np.array([[0, 2]], 'f'), np.zeros((1, 2), 'f')]
       >>> score, labels = crf1d.argmax_crf1d(change, xs)
       >>> score.data, [y.tolist() for y in labels]
       (array([3.], dtype=float32), [[1], [0]])

    """
    xs = argument.sequence('xs', xs)
    _check_length(xs)
    function = ArgmaxCRF1d(len(xs))
    score = function(cost, *xs)
    return score, list(function.y)
