from chainer import link
from chainer.functions.math import scale
from chainer.links.connection import bias


class Scale(link.Chain):
    """Product with a learnable array that is broadcast from a given axis on.

    Args:
        axis (int): The first axis of the input that the array stands for.
        W_shape (int or tuple of int): Shape of the array, that of some
            consecutive axes of the input. If it is ``None``, there is no
            learnable array, and the array to multiply with is an input, too.
        bias_term (bool): If ``True``, a learnable bias is added to the
            product.
        bias_shape (int or tuple of int): Shape of the bias if ``W_shape`` is
            ``None``; otherwise it is that of ``W``.

    Attributes:
        W (Variable): The array, float32, at first 1. There is no such
            attribute if ``W_shape`` is ``None``.
        bias (~chainer.links.Bias): What adds the bias. There is no such
            attribute unless ``bias_term`` is true.

    .. seealso:: :func:`chainer.functions.scale`

    .. admonition:: Example

       >>> import numpy as np
       >>> import chainer.links as L
       >>> layer = L.Scale(axis=1, W_shape=(3,), bias_term=True)
       >>> layer(np.zeros((5, 3, 2), 'f')).shape
       (5, 3, 2)

    """

    def __init__(self, axis=1, W_shape=None, bias_term=False,
                 bias_shape=None):
        super().__init__()
        self.axis = axis
        if W_shape is not None:
            self.add_param('W', W_shape)
            self.W.data.fill(1)
            bias_shape = W_shape
        if bias_term:
            if bias_shape is None:
                raise ValueError('bias_term without W_shape needs bias_shape')
            self.add_link('bias', bias.Bias(axis, bias_shape))

    def __call__(self, *xs):
        """Multiplies two arrays, and adds the bias if there is one.

        Args:
            xs (Variables): The input, and, if the link has no array of its
                own, the array to multiply with.

        Returns:
            Variable: Array of the shape of the input.

        """
        z = scale.scale(*bias.operands(xs, self, 'W'), self.axis)
        return self.bias(z) if hasattr(self, 'bias') else z
