from chainer import link
from chainer.functions.math import bias
from chainer.utils import argument


class Bias(link.Link):
    """Sum with a learnable array that is broadcast from a given axis on.

    Args:
        axis (int): The first axis of the input that the array stands for.
        shape (int or tuple of int): Shape of the array, that of some
            consecutive axes of the input. If it is ``None``, there is no
            learnable array, and the array to add is an input, too.

    Attributes:
        b (Variable): The array, float32, at first 0. There is no such
            attribute if ``shape`` is ``None``.

    .. seealso:: :func:`chainer.functions.bias`

    .. admonition:: Example

       >>> import numpy as np
       >>> import chainer.links as L
       >>> layer = L.Bias(axis=1, shape=(3,))
       >>> layer(np.zeros((5, 3, 2), 'f')).shape
       (5, 3, 2)

    """

    def __init__(self, axis=1, shape=None):
        super().__init__()
        self.axis = axis
        if shape is not None:
            self.add_param('b', shape)
            self.b.data.fill(0)

    def __call__(self, *xs):
        """Adds two arrays.

        Args:
            xs (Variables): The input, and, if the link has no array of its
                own, the array to add.

        Returns:
            Variable: Array of the shape of the input.

        """
        return bias.bias(*operands(xs, self, 'b'), self.axis)


def operands(xs, owner, name):
    """Returns the two operands of a link: the second may be a parameter."""
    learned = [getattr(owner, name)] if hasattr(owner, name) else []
    expected = 2 - len(learned)
    if len(xs) != expected:
        raise ValueError(
            f'{type(owner).__name__} with{"" if learned else "out"} a '
            f'parameter {name} takes {expected} input(s), but got {len(xs)}')
    xs = [argument.as_variable(x, name) for name, x in zip('xy', xs)]
    return *xs, *learned
