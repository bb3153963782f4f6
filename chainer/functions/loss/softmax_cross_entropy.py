import math

import numpy

from chainer import cuda, function, mode
from chainer.functions.activation import softmax
from chainer.functions.math import half
from chainer.utils import type_check


class SoftmaxCrossEntropy(function.Function):
    """Cross entropy of softmax against labels.

    Attributes:
        ignore_label (int): Label of what does not count. A subclass may
            choose another one than -1.

    """

    argument_names = 'x', 't'
    ignore_label = -1

    def __init__(self, use_cudnn=True, normalize=True, cache_score=True):
        self.use_cudnn = use_cudnn
        self.normalize = normalize
        self.cache_score = cache_score

    def check_type_forward(self, in_types):
        type_check.expect(in_types.size() == 2)
        x_type, t_type = in_types
        type_check.expect(
            x_type.dtype.kind == 'f',
            t_type.dtype == numpy.int32,
            t_type.ndim == x_type.ndim - 1,
            x_type.ndim > 1,
            x_type.shape[0] == t_type.shape[0],
            x_type.shape[2:] == t_type.shape[1:],
        )

    def forward_cpu(self, inputs):
        x, t = inputs
        x = half.widen(x)
        counted = t != self.ignore_label
        labels = t[counted]
        self._check_labels(labels, x.shape[1])

        # The largest term of each sum becomes 1: nothing overflows, and no
        # sum is 0.
        x_max = x.max(axis=1, keepdims=True)
        y = numpy.exp(x - x_max)
        y_sum = y.sum(axis=1, keepdims=True)
        if self.cache_score:
            y /= y_sum
            self.y = y
        scores = x[_index(counted, labels)] - x_max[:, 0][counted]
        losses = numpy.log(y_sum[:, 0][counted]) - scores
        count = losses.size if self.normalize else len(x)
        self._coeff = 1. / max(count, 1)
        loss = self._coeff * float(losses.sum())
        return numpy.array(loss, dtype=inputs[0].dtype),

    def forward_gpu(self, inputs):
        x, t = inputs
        n_class = x.shape[1]
        if mode.is_debug():
            self._check_labels(t[t != self.ignore_label], n_class)
        self.scores, self.peak, self.total = self._terms(x)
        loss, self._coeff = cuda.reduce(
            'S t, T peak, W total, raw T x, int32 n_class, int32 n_position, '
            'int32 ignore_label, int32 n_example', 'T loss, float64 coeff',
            '''t == ignore_label ? Terms{0., 0.} :
               t < 0 || t >= n_class ? Terms{0. / 0., 1.} :
               Terms{log(total) + (peak -
                         (W)x[(_J / n_position * n_class + t) * n_position +
                              _J % n_position]), 1.}''',
            'Terms{a.sum + b.sum, a.count + b.count}',
            '''
            const double divisor = n_example < 0 ? a.count : n_example;
            coeff = divisor < 1 ? 1 : 1 / divisor;
            loss = coeff * a.sum;
            ''', 'Terms{0., 0.}', 'softmax_cross_entropy_fwd',
            reduce_type='Terms',
            preamble='struct Terms { double sum, count; };')(
                t, self.peak, self.total, self.scores, n_class,
                _n_position(x), self.ignore_label,
                -1 if self.normalize else len(x))
        return loss,

    def _terms(self, x):
        """Returns what softmax is computed from, again and again.

        It is ``exp(scores - peak) / total``. The numbers ``peak`` and
        ``total`` belong to an example; with them, its softmax takes no longer
        to compute than to read.
        """
        if _prefers_cudnn() and cuda.uses_cudnn(self.use_cudnn, x):
            # These scores are logarithms of probabilities.
            scores = cuda.cudnn_layers.softmax_forward(x, log=True)
            shape = x.shape[:1] + x.shape[2:]
            return (scores, cuda.cupy.zeros(shape, x.dtype),
                    cuda.cupy.ones(shape, half.wide_type(x.dtype)))
        peak = x.max(axis=1)
        total = cuda.reduce(
            'T x, T peak', f'{half.wide_name(x.dtype)} total',
            f'exp(({half.KERNEL_TYPE})x - peak)', 'a + b', 'total = a', '0',
            'softmax_cross_entropy_total')(x, peak[:, None], axis=1)
        return x, peak, total

    def backward_cpu(self, inputs, grad_outputs):
        x, t = inputs
        if self.cache_score:
            gx = self.y.copy()
        else:
            gx = softmax.probability(half.widen(x))
        counted = t != self.ignore_label
        gx[_index(counted, t[counted])] -= 1
        gx *= float(grad_outputs[0]) * self._coeff
        # Zero whatever the scores are, NaN included.
        gx[_index(~counted, slice(None))] = 0
        return gx.astype(x.dtype, copy=False), None

    def backward_gpu(self, inputs, grad_outputs):
        t = inputs[1]
        gloss, = grad_outputs
        x = self.scores
        n_class = x.shape[1]
        gx = cuda.elementwise(
            'T x, S t, T peak, W total, float64 coeff, T gloss, '
            'int32 n_class, int32 ignore_label', 'T gx',
            '''
            const W scale = t < 0 || t >= n_class ?
                (W)(0. / 0.) : (W)(coeff * gloss / total);
            gx = t == ignore_label ? (T)0 : (T)(exp((W)x - peak) * scale);
            ''', 'softmax_cross_entropy_bwd')(
                x, t[:, None], self.peak[:, None], self.total[:, None],
                self._coeff, gloss, n_class, self.ignore_label)
        # What is different at the labels has a kernel of its own: to compare
        # all classes takes longer than exp does.
        cuda.elementwise(
            'S t, T peak, W total, float64 coeff, T gloss, raw T x, '
            'int32 n_class, int32 n_position, int32 ignore_label', 'raw T gx',
            '''
            if (t != ignore_label && t >= 0 && t < n_class) {
              const ptrdiff_t at =
                  (i / n_position * n_class + t) * n_position + i % n_position;
              gx[at] = (exp((W)x[at] - peak) / total - 1) * coeff * gloss;
            }
            ''', 'softmax_cross_entropy_bwd_at_labels')(
                t, self.peak, self.total, self._coeff, gloss, x, n_class,
                _n_position(x), self.ignore_label, gx)
        return gx, None

    def _check_labels(self, labels, n_class):
        if ((labels < 0) | (labels >= n_class)).any():
            raise ValueError(
                f'labels t must lie in 0 <= t < {n_class}, the number of '
                f'classes, or be {self.ignore_label} to be ignored, but they '
                f'reach from {labels.min()} to {labels.max()}')


def _prefers_cudnn():
    """Tells if cuDNN takes part wherever it may: on GPUs.

    On the host device the kernels here are faster: they need not write the
    logarithms of all probabilities, to read one for each example.
    """
    return cuda.cupy.cuda.backend == 'cuda'


def _n_position(x):
    """Returns the number of labels that each example has."""
    return math.prod(x.shape[2:])


def _index(mask, labels):
    """Returns the index of scores: those of the labels, where the mask is."""
    n, *position = mask.nonzero()
    return n, labels, *position


def softmax_cross_entropy(
        x, t, use_cudnn=True, normalize=True, cache_score=True):
    """Cross entropy of the softmax of scores against labels.

    For scores of shape :math:`(N, C)` it computes

    .. math::
       L = -\\frac{1}{M} \\sum_{n: t_n \\ne -1}
           \\log \\frac{\\exp x_{n, t_n}}{\\sum_c \\exp x_{n, c}}.

    With more dimensions, :math:`(N, C, d_1, \\dots, d_k)`, each position has a
    label and a term in the sum. :math:`M` is the number of terms if
    ``normalize`` is true, else :math:`N`. If no label counts, the loss is 0.

    The softmax and the logarithm are computed in one step, which does not
    overflow. The loss is differentiable by ``x``.

    Args:
        x (Variable): Scores before softmax (unnormalized logarithms of
            probabilities), shape ``(N, C)`` or ``(N, C, d1, ..., dk)``,
            floats.
        t (Variable): Labels, shape ``(N,)`` or ``(N, d1, ..., dk)``, int32.
            Where it is -1, the example does not count.
        use_cudnn (bool): Use cuDNN for the softmax on a GPU, where it is
            available. The host device has a faster way of its own, which
            keeps less in memory too: it takes that always.
        normalize (bool): Take the mean over what counts, instead of dividing
            by the batch size.
        cache_score (bool): Keep the softmax for the backward computation. It
            saves time and costs memory on the CPU; on a device there is
            nothing to save.

    Returns:
        Variable: Scalar of the type of ``x``.

    Raises:
        ValueError: If a label is not the number of a class. On a device this
            is found out in debug mode only; else the loss and the gradient of
            that example are NaN.

    .. admonition:: Example

       >>> import numpy as np
       >>> import chainer.functions as F
       >>> x = np.array([[1000, 0], [0, 0]], 'f')
       >>> loss = F.softmax_cross_entropy(x, np.array([0, 1], 'i'))
       >>> round(float(loss.data), 4)  # log(2) / 2
       0.3466

    """
    return SoftmaxCrossEntropy(use_cudnn, normalize, cache_score)(x, t)
