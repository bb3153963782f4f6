from chainer import link
from chainer.functions.loss import crf1d
from chainer.utils import argument


class CRF1d(link.Link):
    """Linear-chain conditional random field loss layer.

    Args:
        n_label (int): Number ``K`` of labels.

    Attributes:
        cost (Variable): Transition costs, shape ``(K, K)``, float32;
            ``cost[s, t]`` is for a label ``t`` right after a label ``s``. They
            start with zeros.

    .. seealso:: :func:`chainer.functions.crf1d`

    .. admonition:: Example

       >>> import numpy as np
       >>> import chainer.links as L
       >>> crf = L.CRF1d(3)
       >>> xs = list(np.eye(3, dtype='f').reshape(3, 1, 3))
       >>> score, labels = crf.argmax(xs)
       >>> [y.tolist() for y in labels]
       [[0], [1], [2]]
       >>> loss, loss_of_wrong = crf(xs, labels), crf(xs, labels[::-1])
       >>> bool(loss.data < loss_of_wrong.data)
       True

    """

    def __init__(self, n_label):
        argument.check_sizes(1, n_label=n_label)
        super().__init__(cost=(n_label, n_label))
        self.cost.data.fill(0)

    def __call__(self, xs, ys):
        """Computes the loss.

        Args:
            xs (list of Variable): Costs at each position, each of shape
                ``(B, K)``.
            ys (list of Variable): Labels at each position, each of shape
                ``(B,)``, int32.

        Returns:
            Variable: Scalar: the mean over the minibatch.

        """
        return crf1d.crf1d(self.cost, xs, ys)

    def argmax(self, xs):
        """Finds the most probable labels.

        Args:
            xs (list of Variable): Costs at each position, each of shape
                ``(B, K)``.

        Returns:
            tuple: The scores, a variable of shape ``(B,)``; and the labels, a
            list of arrays. See
            :func:`chainer.functions.loss.crf1d.argmax_crf1d`.

        """
        return crf1d.argmax_crf1d(self.cost, xs)
