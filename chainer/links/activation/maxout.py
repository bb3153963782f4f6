import numpy

from chainer import cuda, link
from chainer.functions.activation import maxout
from chainer.links.connection import linear
from chainer.utils import argument


class Maxout(link.Chain):
    """Fully-connected maxout layer.

    Each of ``M`` outputs is the largest of ``P`` affine functions of the
    input:

    .. math:: y_i = \\max_j (W_{ij} \\cdot x + b_{ij}).

    Args:
        in_size (int): Size ``N`` of an input vector. If it is ``None``, the
            first call determines it.
        out_size (int): Size ``M`` of an output vector.
        pool_size (int): Number ``P`` of functions to choose from.
        wscale (float): Scale of the initial weights.
        initialW: Initial weights :math:`W`: an array of shape ``(M, P, N)``,
            or, as :class:`~chainer.links.Linear` takes them for a matrix of
            shape ``(M * P, N)``, a number or a callable. By default they are
            drawn from a normal distribution of mean 0 and standard deviation
            :math:`\\sqrt{1 / N}`. They are multiplied by ``wscale``.
        initial_bias: Initial biases :math:`b`: an array of shape ``(M, P)``, a
            number, or a callable that fills a vector of ``M * P``. With
            ``None`` there are no biases.

    Attributes:
        linear (~chainer.links.Linear): The affine functions, those of an
            output next to each other.

    See: I. J. Goodfellow et al., `Maxout Networks
    <https://arxiv.org/abs/1302.4389>`_.

    .. seealso:: :func:`chainer.functions.maxout`

    .. admonition:: Example

       >>> import numpy as np
       >>> import chainer.links as L
       >>> layer = L.Maxout(4, 3, pool_size=5)
       >>> layer(np.zeros((2, 4), 'f')).shape
       (2, 3)
       >>> layer.linear.W.shape
       (15, 4)

    """

    def __init__(self, in_size, out_size, pool_size, wscale=1, initialW=None,
                 initial_bias=0):
        argument.check_sizes(1, pool_size=pool_size)
        argument.check_sizes(0, out_size=out_size)
        groups = out_size, pool_size
        super().__init__(linear=linear.Linear(
            in_size, out_size * pool_size, wscale=wscale,
            nobias=initial_bias is None,
            initialW=_flatten('initialW', initialW, groups + (in_size,)),
            initial_bias=_flatten('initial_bias', initial_bias, groups)))
        self.out_size = out_size
        self.pool_size = pool_size

    def __call__(self, x):
        """Applies the layer.

        Args:
            x (Variable): Minibatch of vectors, shape ``(B, N)``, or of arrays
                of ``N`` elements.

        Returns:
            Variable: Array of shape ``(B, M)``.

        """
        return maxout.maxout(self.linear(x), self.pool_size)


def _flatten(name, initializer, shape):
    """Joins the first two axes of an array; leaves anything else as it is."""
    if not isinstance(initializer, (numpy.ndarray, cuda.ndarray)):
        return initializer
    # The size of the input may be None, which stands for any.
    if len(initializer.shape) != len(shape) or any(
            size not in (None, actual)
            for size, actual in zip(shape, initializer.shape)):
        raise ValueError(f'{name} must be an array of shape {shape}, but has '
                         f'the shape {initializer.shape}')
    return initializer.reshape((-1,) + initializer.shape[2:])
