from chainer import link
from chainer.functions.activation import relu
from chainer.functions.array import concat
from chainer.functions.pooling import max_pooling_2d
from chainer.links.connection import convolution_2d
from chainer.utils import argument


class Inception(link.Chain):
    """Inception module of GoogLeNet.

    Four paths start at the image; their outputs, of the height and width of
    the image, become the channels of one array, rectified:

    1. a convolution of 1x1,
    2. a convolution of 1x1, a rectifier and a convolution of 3x3,
    3. a convolution of 1x1, a rectifier and a convolution of 5x5,
    4. max pooling of 3x3 and a convolution of 1x1.

    See: `Going Deeper with Convolutions <https://arxiv.org/abs/1409.4842>`_.

    Args:
        in_channels (int): Number of channels of the images. If it is
            ``None``, the first call determines it.
        out1 (int): Number of output channels of the first path.
        proj3 (int): Number of channels in the middle of the second path.
        out3 (int): Number of output channels of the second path.
        proj5 (int): Number of channels in the middle of the third path.
        out5 (int): Number of output channels of the third path.
        proj_pool (int): Number of output channels of the last path.
        conv_init: Initial weights of all convolutions; see ``initialW`` of
            :class:`~chainer.links.Convolution2D`.
        bias_init: Initial biases of all convolutions; see ``initial_bias``
            there.

    Attributes:
        conv1 (~chainer.links.Convolution2D): Convolution of the first path.
        proj3 (~chainer.links.Convolution2D): First one of the second path.
        conv3 (~chainer.links.Convolution2D): Last one of the second path.
        proj5 (~chainer.links.Convolution2D): First one of the third path.
        conv5 (~chainer.links.Convolution2D): Last one of the third path.
        projp (~chainer.links.Convolution2D): Convolution of the last path.

    .. admonition:: Example

       >>> import numpy as np
       >>> import chainer.links as L
       >>> layer = L.Inception(192, 64, 96, 128, 16, 32, 32)
       >>> layer(np.zeros((1, 192, 7, 7), 'f')).shape
       (1, 256, 7, 7)

    """

    def __init__(self, in_channels, out1, proj3, out3, proj5, out5, proj_pool,
                 conv_init=None, bias_init=None):
        argument.check_sizes(1, proj3=proj3, proj5=proj5)
        argument.check_sizes(0, out1=out1, out3=out3, out5=out5,
                              proj_pool=proj_pool)

        def convolution(n_in, n_out, ksize):
            return convolution_2d.Convolution2D(
                n_in, n_out, ksize, pad=ksize // 2, initialW=conv_init,
                initial_bias=bias_init)

        super().__init__(
            conv1=convolution(in_channels, out1, 1),
            proj3=convolution(in_channels, proj3, 1),
            conv3=convolution(proj3, out3, 3),
            proj5=convolution(in_channels, proj5, 1),
            conv5=convolution(proj5, out5, 5),
            projp=convolution(in_channels, proj_pool, 1),
        )

    def __call__(self, x):
        """Applies the module.

        Args:
            x (Variable): Images, shape ``(n, in_channels, h, w)``.

        Returns:
            Variable: Array of shape
            ``(n, out1 + out3 + out5 + proj_pool, h, w)``.

        """
        with self._all_or_nothing():
            paths = (
                self.conv1(x),
                self.conv3(relu.relu(self.proj3(x))),
                self.conv5(relu.relu(self.proj5(x))),
                self.projp(max_pooling_2d.max_pooling_2d(x, 3, 1, 1)),
            )
            return relu.relu(concat.concat(paths, axis=1))
