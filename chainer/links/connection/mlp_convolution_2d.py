from chainer import link
from chainer.functions.activation import relu
from chainer.links.connection import convolution_2d


class MLPConvolution2D(link.ChainList):
    """Layer of Network in Network: a perceptron that slides over images.

    A convolution is followed by convolutions with filters of a single pixel,
    with activation functions in between: each output pixel is computed from a
    window of the image by a multilayer perceptron. The activation function is
    not applied to the output.

    See: `Network in Network <https://arxiv.org/abs/1312.4400>`_.

    Args:
        in_channels (int): Number of channels of the images. If it is
            ``None``, the first call determines it.
        out_channels (tuple of int): Number of filters of each convolution.
        ksize (int or pair of int): Height and width of the filters of the
            first convolution.
        stride (int or pair of int): Stride of the first convolution.
        pad (int or pair of int): Padding of the first convolution.
        wscale (float): Scale of the initial weights.
        activation (callable): Activation function.
        use_cudnn (bool): Use cuDNN on a device, where it is available.
        conv_init: Initial weights of each convolution; see ``initialW`` of
            :class:`~chainer.links.Convolution2D`.
        bias_init: Initial biases of each convolution; see ``initial_bias``
            there.

    Attributes:
        activation (callable): Activation function.

    .. admonition:: Example

       >>> import numpy as np
       >>> import chainer.links as L
       >>> layer = L.MLPConvolution2D(3, (96, 96, 10), 5, pad=2)
       >>> layer(np.zeros((2, 3, 8, 8), 'f')).shape
       (2, 10, 8, 8)

    """

    def __init__(self, in_channels, out_channels, ksize, stride=1, pad=0,
                 wscale=1, activation=relu.relu, use_cudnn=True,
                 conv_init=None, bias_init=None):
        if not hasattr(out_channels, '__len__'):
            raise TypeError(f'out_channels must be a tuple, the number of '
                            f'filters of each convolution, but is '
                            f'{out_channels!r}')
        if len(out_channels) == 0:
            raise ValueError('out_channels is empty: it must have the number '
                             'of filters of one convolution at least')
        common = {'wscale': wscale, 'use_cudnn': use_cudnn,
                  'initialW': conv_init, 'initial_bias': bias_init}
        super().__init__(
            convolution_2d.Convolution2D(
                in_channels, out_channels[0], ksize, stride, pad, **common),
            *[convolution_2d.Convolution2D(n_in, n_out, 1, **common)
              for n_in, n_out in zip(out_channels, out_channels[1:])])
        self.activation = activation

    def __call__(self, x):
        """Applies the layer.

        Args:
            x (Variable): Images, shape ``(n, in_channels, h, w)``.

        Returns:
            Variable: Array of shape ``(n, out_channels[-1], h_O, w_O)``, where
            the size is that of the first convolution.

        """
        with self._all_or_nothing():
            x = self[0](x)
            for convolution in self[1:]:
                x = convolution(self.activation(x))
            return x
