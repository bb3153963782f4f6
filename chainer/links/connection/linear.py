from chainer import cuda, initializers
from chainer.functions.connection import linear
from chainer.links.connection import lazy_weight
from chainer.utils import argument, type_check


class Linear(lazy_weight.LazyWeight):
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
        super().__init__(initialW, wscale)
        argument.check_sizes(0, out_size=out_size)
        self.out_size = out_size
        if in_size is None:
            self.add_uninitialized_param('W')
        else:
            argument.check_sizes(1, in_size=in_size)
            self._initialize_params(in_size)
        if nobias:
            self.b = None
        else:
            self.add_param('b', out_size)
            initializers.init_weight(
                self.b.data, bias if initial_bias is None else initial_bias)

    def _initialize_params(self, in_size):
        self._initialize_weight((self.out_size, in_size))

    def __call__(self, x):
        """Applies the layer.

        Args:
            x (Variable): Minibatch of vectors, shape ``(B, N)``, or of arrays
                of ``N`` elements.

        Returns:
            Variable: Array of shape ``(B, M)``.

        """
        if self.has_uninitialized_params:
            return self._first_call(argument.as_variable(x, 'x'))
        return linear.linear(x, self.W, self.b)

    def _first_call(self, x):
        type_check.expect(type_check.Variable(x.ndim, 'x.ndim') >= 2)
        in_size = type_check.prod(x.shape[1:])
        type_check.expect(
            type_check.Variable(in_size, 'prod(x.shape[1:])') >= 1)
        with self._all_or_nothing(), cuda.get_device(x.data):
            self._initialize_params(in_size)
            return linear.linear(x, self.W, self.b)
