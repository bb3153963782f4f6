from chainer import initializers, link
from chainer.functions.connection import deconvolution_2d
from chainer.utils import argument, conv


class Deconvolution2D(link.Link):
    """Two-dimensional deconvolutional, or transposed convolutional, layer.

    Args:
        in_channels (int): Number :math:`c_I` of channels of the images.
        out_channels (int): Number :math:`c_O` of channels of the output.
        ksize (int or pair of int): Height and width of the filters,
            :math:`(k_H, k_W)`. An integer stands for both.
        stride (int or pair of int): Distance at which the filters are stamped
            into the output.
        pad (int or pair of int): Width of what is cut off around the output.
        wscale (float): Scale of the initial weights.
        bias (float): Initial value of the biases.
        nobias (bool): If ``True``, there is no bias.
        outsize (pair of int): Height and width of the output. By default they
            follow from those of the images.
        use_cudnn (bool): Use cuDNN on a device, where it is available.
        initialW: Initial weights: an array of shape
            :math:`(c_I, c_O, k_H, k_W)`, a number, or a callable that fills an
            array. By default they are drawn from a normal distribution of
            mean 0 and standard deviation :math:`\\sqrt{1 / (c_I k_H k_W)}`.
            They are multiplied by ``wscale``.
        initial_bias: Initial biases: an array of shape :math:`(c_O,)`, a
            number or a callable. By default all are ``bias``.

    Attributes:
        W (Variable): Filters, shape :math:`(c_I, c_O, k_H, k_W)`, float32.
        b (Variable): Biases, shape :math:`(c_O,)`, float32; ``None`` if there
            are none.

    .. seealso:: :func:`chainer.functions.deconvolution_2d`

    .. admonition:: Example

       >>> import numpy as np
       >>> import chainer.links as L
       >>> layer = L.Deconvolution2D(16, 3, 4, stride=2, pad=1)
       >>> layer(np.zeros((10, 16, 8, 8), 'f')).shape
       (10, 3, 16, 16)

    """

    def __init__(self, in_channels, out_channels, ksize, stride=1, pad=0,
                 wscale=1, bias=0, nobias=False, outsize=None, use_cudnn=True,
                 initialW=None, initial_bias=None):
        argument.check_sizes(1, in_channels=in_channels)
        argument.check_sizes(0, out_channels=out_channels)
        kh, kw = conv.as_pair('ksize', ksize, 1)
        self.stride = conv.as_pair('stride', stride, 1)
        self.pad = conv.as_pair('pad', pad, 0)
        self.outsize = None if outsize is None else (
            conv.as_pair('outsize', outsize, 1))
        self.use_cudnn = use_cudnn
        super().__init__(W=(in_channels, out_channels, kh, kw))
        # The number of inputs, which the default depends on, is that of the
        # first axis here.
        W = self.W.data
        initializers.init_weight(
            W.swapaxes(0, 1) if initialW is None else W, initialW, wscale)
        if nobias:
            self.b = None
        else:
            self.add_param('b', out_channels)
            initializers.init_weight(
                self.b.data, bias if initial_bias is None else initial_bias)

    def __call__(self, x):
        """Applies the layer.

        Args:
            x (Variable): Images, shape :math:`(n, c_I, h, w)`.

        Returns:
            Variable: Array of shape :math:`(n, c_O, h_O, w_O)`.

        """
        return deconvolution_2d.deconvolution_2d(
            x, self.W, self.b, self.stride, self.pad, self.outsize,
            self.use_cudnn)
