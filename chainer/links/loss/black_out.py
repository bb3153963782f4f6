from chainer.functions.loss import black_out
from chainer.links.loss import sampled_loss


class BlackOut(sampled_loss.SampledLoss):
    """BlackOut loss layer.

    A word is drawn as a negative example with a probability proportional to
    its count. Only the parameter is saved: counts are part of the program.

    Args:
        in_size (int): Size ``N`` of an input vector.
        counts (list of int): How often each of the ``V`` words occurs.
        sample_size (int): Number of negative examples for each input.

    Raises:
        ValueError: If ``counts`` is empty, has a negative number, or only
            zeros; or if ``sample_size`` is not positive.

    Attributes:
        W (Variable): Matrix, shape ``(V, N)``, float32: one row for each word.
            It starts with zeros.
        sampler (~chainer.utils.WalkerAlias): What draws words.
        sample_size (int): Number of negative examples for each input.
        sample_data (array): Negative examples to use instead of drawing some,
            shape ``(B, sample_size)``. ``None`` by default.

    .. seealso:: :func:`chainer.functions.black_out`

    .. admonition:: Example

       >>> import numpy as np
       >>> import chainer.links as L
       >>> layer = L.BlackOut(2, [8, 5, 6, 4], sample_size=2)
       >>> loss = layer(np.ones((1, 2), 'f'), np.array([3], 'i'))
       >>> round(float(loss.data), 4)  # log(3) - 2 * log(2 / 3)
       1.9095

    """

    sample_data = None

    def __init__(self, in_size, counts, sample_size):
        super().__init__(in_size, counts, sample_size, power=1)

    def __call__(self, x, t):
        """Computes the loss with fresh negative examples.

        Args:
            x (Variable): Minibatch of vectors, shape ``(B, N)``.
            t (Variable): Words, shape ``(B,)``, int32.

        Returns:
            Variable: Scalar: the mean over the minibatch.

        """
        samples = self.sample_data
        if samples is None:
            samples = self.sampler.sample((len(t), self.sample_size))
        return black_out.black_out(x, t, self.W, samples)
