from chainer import initializers, link
from chainer.functions.connection import embed_id
from chainer.utils import argument


class EmbedID(link.Link):
    """Word embedding: a vector for each ID.

    Args:
        in_size (int): Number ``V`` of different IDs, the size of the
            vocabulary.
        out_size (int): Size ``d`` of a vector.
        initialW: Initial vectors: an array of shape ``(V, d)``, a number, or a
            callable that fills an array. By default they are drawn from the
            standard normal distribution.
        ignore_label (int): ID that stands for nothing: its vector is 0. By
            default there is none.

    Attributes:
        W (Variable): The vectors, shape ``(V, d)``, float32.
        ignore_label (int): ID that stands for nothing, or ``None``.

    .. seealso:: :func:`chainer.functions.embed_id`

    .. admonition:: Example

       >>> import numpy as np
       >>> import chainer.links as L
       >>> embed = L.EmbedID(1000, 100)
       >>> embed(np.array([[5, 7], [2, 5], [0, 999]], 'i')).shape
       (3, 2, 100)

    """

    ignore_label = None

    def __init__(self, in_size, out_size, initialW=None, ignore_label=None):
        argument.check_sizes(0, in_size=in_size, out_size=out_size)
        super().__init__(W=(in_size, out_size))
        self.ignore_label = ignore_label
        initializers.init_weight(
            self.W.data,
            initializers.Normal(1.0) if initialW is None else initialW)

    def __call__(self, x):
        """Looks up vectors.

        Args:
            x (Variable): IDs, integers, an array of one or more dimensions.

        Returns:
            Variable: Array of the shape of ``x`` with one more axis of length
            ``d`` at the end.

        """
        return embed_id.embed_id(x, self.W, self.ignore_label)
