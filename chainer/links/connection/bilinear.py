from chainer import initializers, link
from chainer.functions.connection import bilinear
from chainer.utils import argument


class Bilinear(link.Link):
    """Bilinear layer, the core of a neural tensor network.

    .. math::
       y_{il} = \\sum_{jk} e^1_{ij} e^2_{ik} W_{jkl}
                + \\sum_j e^1_{ij} V^1_{jl} + \\sum_k e^2_{ik} V^2_{kl} + b_l

    Args:
        left_size (int): Size ``J`` of the vectors :math:`e^1`.
        right_size (int): Size ``K`` of the vectors :math:`e^2`.
        out_size (int): Size ``L`` of the output vectors.
        nobias (bool): If ``True``, the terms with :math:`V^1`, :math:`V^2` and
            :math:`b` are left out.
        initialW: Initial value of ``W``: an array of shape ``(J, K, L)``, a
            number, or a callable that fills an array. By default it is drawn
            from a normal distribution of mean 0 and standard deviation
            :math:`\\sqrt{1 / (K L)}`: as in other links, all sizes but the
            first count.
        initial_bias (tuple): Initial values of ``V1``, ``V2`` and ``b``, each
            given like that of ``W``. By default, and where an element is
            ``None``, those of ``V1`` and ``V2`` are drawn from normal
            distributions of mean 0 and standard deviation
            :math:`\\sqrt{1 / L}`, and that of ``b`` is 0.

    Attributes:
        W (Variable): Coefficients of the bilinear form, shape ``(J, K, L)``,
            float32.
        V1 (Variable): Coefficients of :math:`e^1`, shape ``(J, L)``, float32;
            ``None`` if there are none.
        V2 (Variable): Coefficients of :math:`e^2`, shape ``(K, L)``.
        b (Variable): Biases, shape ``(L,)``.

    .. seealso:: :func:`chainer.functions.bilinear`

    .. admonition:: Example

       >>> import numpy as np
       >>> import chainer.links as L
       >>> layer = L.Bilinear(3, 4, 2)
       >>> layer(np.zeros((5, 3), 'f'), np.zeros((5, 4), 'f')).shape
       (5, 2)

    """

    def __init__(self, left_size, right_size, out_size, nobias=False,
                 initialW=None, initial_bias=None):
        argument.check_sizes(1, left_size=left_size, right_size=right_size,
                              out_size=out_size)
        super().__init__(W=(left_size, right_size, out_size))
        self.nobias = nobias
        initializers.init_weight(self.W.data, initialW)
        if nobias:
            self.V1 = self.V2 = self.b = None
            return
        if initial_bias is None:
            initial_bias = None, None, None
        if not isinstance(initial_bias, tuple) or len(initial_bias) != 3:
            raise ValueError(f'initial_bias must be None or a tuple of three, '
                             f'for V1, V2 and b, but is {initial_bias!r}')
        V1, V2, b = initial_bias
        self.add_param('V1', (left_size, out_size))
        self.add_param('V2', (right_size, out_size))
        self.add_param('b', out_size)
        initializers.init_weight(self.V1.data, V1)
        initializers.init_weight(self.V2.data, V2)
        initializers.init_weight(self.b.data, 0 if b is None else b)

    def __call__(self, e1, e2):
        """Applies the layer.

        Args:
            e1 (Variable): Minibatch of vectors, shape ``(I, J)``, or of arrays
                of ``J`` elements.
            e2 (Variable): Minibatch of vectors, shape ``(I, K)``, or of arrays
                of ``K`` elements.

        Returns:
            Variable: Array of shape ``(I, L)``.

        """
        return bilinear.bilinear(e1, e2, self.W, self.V1, self.V2, self.b)

    def zero_grads(self):
        """Fills the gradients with zeros, as ``zerograds`` does."""
        self.zerograds()
