import numpy

from chainer import cuda, initializers, link, variable
from chainer.functions.connection import linear
from chainer.utils import array, type_check


class Linear(link.Link):
    """Fully-connected layer: :math:`Y = x W^\\top + b`.

    Args:
        in_size (int): Size ``N`` of an input vector. If it is ``None``, the
            first call determines it: the product of all sizes of the input
            but the first.
        out_size (int): Size ``M`` of an output vector.
        wscale (float): Scale of the initial weights.
        bias (float): Initial value of the biases.
        nobias (bool): If ``True``, there is no bias.
        initialW: Initial weights: an array of shape ``(M, N)``, a number, or a
            callable that fills an array. By default they are drawn from a
            normal distribution of mean 0 and standard deviation
            :math:`\\sqrt{1 / N}`. They are multiplied by ``wscale``.
        initial_bias: Initial biases: an array of shape ``(M,)``, a number or
            a callable. By default all are ``bias``.

    Attributes:
        W (Variable): Weights, shape ``(M, N)``, float32.
        b (Variable): Biases, shape ``(M,)``, float32; ``None`` if there are
            none.

    .. seealso:: :func:`chainer.functions.linear`

    .. admonition:: Example

       >>> import numpy as np
       >>> import chainer.links as L
       >>> layer = L.Linear(3, 2)
       >>> layer(np.zeros((5, 3), 'f')).shape
       (5, 2)

    """

    def __init__(self, in_size, out_size, wscale=1, bias=0, nobias=False,
                 initialW=None, initial_bias=None):
        super().__init__()
        self.initialW = initialW
        self.wscale = wscale
        self.out_size = out_size
        if in_size is None:
            self.add_uninitialized_param('W')
        else:
            self._initialize_params(in_size)
        if nobias:
            self.b = None
        else:
            self.add_param('b', out_size)
            initializers.init_weight(
                self.b.data, bias if initial_bias is None else initial_bias)

    def _initialize_params(self, in_size):
        # A weight that cannot be initialized must not be registered.
        W = self.xp.empty((self.out_size, in_size), dtype=numpy.float32)
        initializers.init_weight(W, self.initialW, self.wscale)
        self.add_param('W', W.shape)
        self.W.data[...] = W

    def __call__(self, x):
        """Applies the layer.

        Args:
            x (Variable): Minibatch of vectors, shape ``(B, N)``, or of arrays
                of ``N`` elements.

        Returns:
            Variable: Array of shape ``(B, M)``.

        """
        if self.has_uninitialized_params:
            data = x.data if isinstance(x, variable.Variable) else x
            type_check.expect(type_check.Variable(data.ndim, 'x.ndim') >= 2)
            with cuda.get_device(data):
                self._initialize_params(array.as_mat(data).shape[1])
        return linear.linear(x, self.W, self.b)
