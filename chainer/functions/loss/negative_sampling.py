import numpy

from chainer import cuda, mode
from chainer.functions.loss import row_loss
from chainer.utils import argument


class NegativeSamplingFunction(row_loss.LogisticRowLoss):
    """Loss of one positive and some sampled negative examples.

    Attributes:
        samples (array): Numbers of the rows that each vector meets, shape
            ``(B, sample_size + 1)``; the first column are the labels. It is
            drawn in the forward computation, unless it was set before.

    """

    samples = None

    def __init__(self, sampler, sample_size):
        self.sample_size = argument.integer('sample_size', sample_size)
        if sample_size < 0:
            raise ValueError(f'sample_size must be 0 or more, but is '
                             f'{sample_size}')
        self.sampler = sampler if callable(sampler) else (
            getattr(sampler, 'sample', None))
        if self.sampler is None:
            raise TypeError(f'sampler must be a function that takes a shape, '
                            f'or have such a method sample, but is '
                            f'{sampler!r}')

    def select(self, inputs):
        x, t, W = inputs
        self._draw(t, len(W), True)
        self.signs = numpy.full(self.samples.shape, -1, dtype=x.dtype)
        self.signs[:, 0] = 1
        self.signs = self.signs.ravel()
        owners = numpy.arange(len(x)).repeat(self.samples.shape[1])
        return owners, self.samples.ravel()

    def select_gpu(self, inputs):
        x, t, W = inputs
        self._draw(t, len(W), mode.is_debug())
        self.signs = cuda.elementwise(
            'I row', 'float32 sign', 'sign = _ind.get()[1] == 0 ? 1 : -1',
            'negative_sampling_signs', reduce_dims=False)(self.samples)
        return self.samples

    def _draw(self, t, n_row, check):
        if check:
            row_loss.check_range('t', t, n_row)
        if self.samples is None:
            self.samples = self._samples(t)
        if check:
            row_loss.check_range('samples', self.samples, n_row)

    def _samples(self, t):
        # Labels take the place of the first column.
        shape = len(t), self.sample_size + 1
        xp = cuda.get_array_module(t)
        samples = xp.array(self.sampler(shape))
        if samples.shape != shape or samples.dtype.kind not in 'iu':
            raise ValueError(
                f'sampler must return integers of the shape that it is given, '
                f'{shape}, but it returned an array of {samples.dtype} of '
                f'shape {samples.shape}')
        samples[:, 0] = t
        return samples


def negative_sampling(x, t, W, sampler, sample_size):
    """Negative sampling loss.

    Each word of a vocabulary has a row :math:`w_i` of ``W``. To make the score
    :math:`x^\\top w_t` of the right word large and all others small, it is
    enough to look at a few others at a time, drawn at random. For an input
    :math:`x` and its word :math:`t` the loss is

    .. math::
       -\\log \\sigma(x^\\top w_t)
       - \\sum_{s \\in S} \\log \\sigma(-x^\\top w_s),

    where :math:`\\sigma` is the sigmoid function and :math:`S` are
    ``sample_size`` words from ``sampler``, drawn anew for each input. It is
    **summed** over the minibatch, and differentiable by ``x`` and ``W``.

    Usually word :math:`i`, found :math:`c_i` times in the training data, is
    drawn with a probability proportional to :math:`c_i^{0.75}`.

    Args:
        x (Variable): Minibatch of vectors, shape ``(B, N)``, floats.
        t (Variable): Words, shape ``(B,)``, int32.
        W (Variable): Matrix, shape ``(V, N)``, floats: one row for each word.
        sampler (callable): Function that takes a shape and returns an array of
            that shape of random words: the method ``sample`` of a
            :class:`~chainer.utils.WalkerAlias`, which may also be passed
            itself.
        sample_size (int): Number of words to draw for each input.

    Returns:
        Variable: Scalar of the type of ``x``.

    Raises:
        TypeError: If ``sampler`` cannot be called.
        ValueError: If a label or a sample is not the number of a row. On a
            device this is found out in debug mode only; else the loss is NaN.

    See: `Distributed Representations of Words and Phrases and their
    Compositionality <https://arxiv.org/abs/1310.4546>`_.

    .. seealso:: :class:`chainer.links.NegativeSampling` holds ``W`` and the
       sampler.

    .. admonition:: Example

       >>> import numpy as np
       >>> import chainer.functions as F
       >>> from chainer import utils
       >>> sampler = utils.WalkerAlias([8, 5, 6, 4])
       >>> x, W = np.ones((1, 2), 'f'), np.zeros((4, 2), 'f')
       >>> loss = F.negative_sampling(x, np.array([3], 'i'), W, sampler, 5)
       >>> round(float(loss.data), 4)  # 6 * log(2)
       4.1589

    """
    return NegativeSamplingFunction(sampler, sample_size)(x, t, W)
