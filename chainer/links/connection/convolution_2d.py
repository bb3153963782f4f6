from chainer import cuda, initializers
from chainer.functions.connection import convolution_2d
from chainer.links.connection import lazy_weight
from chainer.utils import argument, conv, type_check


class Convolution2D(lazy_weight.LazyWeight):
    """Two-dimensional convolutional layer.

    Args:
        in_channels (int): Number :math:`c_I` of channels of the images. If it
            is ``None``, the first call determines it.
        out_channels (int): Number :math:`c_O` of filters.
        ksize (int or pair of int): Height and width of the filters,
            :math:`(k_H, k_W)`. An integer stands for both.
        stride (int or pair of int): Distance between positions of the
            filters.
        pad (int or pair of int): Width of the zeros around the images.
        wscale (float): Scale of the initial weights.
        bias (float): Initial value of the biases.
        nobias (bool): If ``True``, there is no bias.
        use_cudnn (bool): Use cuDNN on a device, where it is available.
        initialW: Initial weights: an array of shape
            :math:`(c_O, c_I, k_H, k_W)`, a number, or a callable that fills an
            array. By default they are drawn from a normal distribution of
            mean 0 and standard deviation :math:`\\sqrt{1 / (c_I k_H k_W)}`.
            They are multiplied by ``wscale``.
        initial_bias: Initial biases: an array of shape :math:`(c_O,)`, a
            number or a callable. By default all are ``bias``.

    Attributes:
        W (Variable): Filters, shape :math:`(c_O, c_I, k_H, k_W)`, float32.
        b (Variable): Biases, shape :math:`(c_O,)`, float32; ``None`` if there
            are none.

    .. seealso:: :func:`chainer.functions.convolution_2d`

    .. admonition:: Example

       >>> import numpy as np
       >>> import chainer.links as L
       >>> layer = L.Convolution2D(3, 16, 5, stride=2, pad=2)
       >>> layer(np.zeros((10, 3, 32, 32), 'f')).shape
       (10, 16, 16, 16)

    """

    def __init__(self, in_channels, out_channels, ksize, stride=1, pad=0,
                 wscale=1, bias=0, nobias=False, use_cudnn=True, initialW=None,
                 initial_bias=None):
        super().__init__(initialW, wscale)
        argument.check_sizes(0, out_channels=out_channels)
        self.out_channels = out_channels
        self.ksize = ksize
        self._filter_size = conv.as_pair('ksize', ksize, 1)
        self.stride = conv.as_pair('stride', stride, 1)
        self.pad = conv.as_pair('pad', pad, 0)
        self.use_cudnn = use_cudnn
        if in_channels is None:
            self.add_uninitialized_param('W')
        else:
            argument.check_sizes(1, in_channels=in_channels)
            self._initialize_params(in_channels)
        if nobias:
            self.b = None
        else:
            self.add_param('b', out_channels)
            initializers.init_weight(
                self.b.data, bias if initial_bias is None else initial_bias)

    def _initialize_params(self, in_channels):
        self._initialize_weight(
            (self.out_channels, in_channels) + self._filter_size)

    def __call__(self, x):
        """Applies the layer.

        Args:
            x (Variable): Images, shape :math:`(n, c_I, h, w)`.

        Returns:
            Variable: Array of shape :math:`(n, c_O, h_O, w_O)`.

        """
        if self.has_uninitialized_params:
            return self._first_call(argument.as_variable(x, 'x'))
        return self._convolve(x)

    def _first_call(self, x):
        type_check.expect(type_check.Variable(x.ndim, 'x.ndim') == 4)
        type_check.expect(type_check.Variable(x.shape, 'x.shape')[1] >= 1)
        with self._all_or_nothing(), cuda.get_device(x.data):
            self._initialize_params(x.shape[1])
            return self._convolve(x)

    def _convolve(self, x):
        return convolution_2d.convolution_2d(
            x, self.W, self.b, self.stride, self.pad, self.use_cudnn)
