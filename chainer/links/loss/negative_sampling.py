from chainer.functions.loss import negative_sampling
from chainer.links.loss import sampled_loss


class NegativeSampling(sampled_loss.SampledLoss):
    """Negative sampling loss layer.

    Word :math:`i` of count :math:`c_i` is drawn as a negative example with a
    probability proportional to :math:`c_i^\\alpha`. Only the parameter is
    saved: counts are part of the program.

    Args:
        in_size (int): Size ``N`` of an input vector.
        counts (list of int): How often each of the ``V`` words occurs.
        sample_size (int): Number of negative examples for each input.
        power (float): Exponent :math:`\\alpha`.

    Raises:
        ValueError: If ``counts`` is empty, has a negative number, or only
            zeros; or if ``sample_size`` is not positive.

    Attributes:
        W (Variable): Matrix, shape ``(V, N)``, float32: one row for each word.
            It starts with zeros.
        sampler (~chainer.utils.WalkerAlias): What draws words.
        sample_size (int): Number of negative examples for each input.

    .. seealso:: :func:`chainer.functions.negative_sampling`

    .. admonition:: Example

       >>> import numpy as np
       >>> import chainer.links as L
       >>> layer = L.NegativeSampling(2, [8, 5, 6, 4], sample_size=5)
       >>> loss = layer(np.ones((1, 2), 'f'), np.array([3], 'i'))
       >>> round(float(loss.data), 4)  # 6 * log(2)
       4.1589

    """

    def __init__(self, in_size, counts, sample_size, power=0.75):
        super().__init__(in_size, counts, sample_size, power)

    def __call__(self, x, t):
        """Computes the loss with fresh negative examples.

        Args:
            x (Variable): Minibatch of vectors, shape ``(B, N)``.
            t (Variable): Words, shape ``(B,)``, int32.

        Returns:
            Variable: Scalar: the sum over the minibatch.

        """
        return negative_sampling.negative_sampling(
            x, t, self.W, self.sampler.sample, self.sample_size)
