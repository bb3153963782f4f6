from chainer import initializers, link
from chainer.functions.activation import prelu


class PReLU(link.Link):
    """Parametric rectified linear unit: learns the slope left of 0.

    Args:
        shape (tuple of int): Shape of the slopes: leading axes of the input
            without the minibatch. With ``()`` all elements share one slope,
            with ``(C,)`` the elements of a channel do.
        init: Initial slopes: a number, an array of that shape, or a callable
            that fills an array.

    Attributes:
        W (Variable): Slopes, float32.

    See: K. He et al., `Delving Deep into Rectifiers: Surpassing Human-Level
    Performance on ImageNet Classification
    <https://arxiv.org/abs/1502.01852>`_.

    .. seealso:: :func:`chainer.functions.prelu`

    .. admonition:: Example

       >>> import numpy as np
       >>> import chainer.links as L
       >>> activation = L.PReLU((3,))
       >>> activation(np.array([[-4, 0, 4]], 'f')).data
       array([[-1.,  0.,  4.]], dtype=float32)

    """

    def __init__(self, shape=(), init=0.25):
        super().__init__(W=shape)
        initializers.init_weight(self.W.data, init)

    def __call__(self, x):
        """Applies the activation function.

        Args:
            x (Variable): Minibatch of arrays, shape ``(B,) + shape + ...``.

        Returns:
            Variable: Array of the shape and type of ``x``.

        """
        return prelu.prelu(x, self.W)
