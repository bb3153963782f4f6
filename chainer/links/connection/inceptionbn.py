from chainer import link
from chainer.functions.activation import relu
from chainer.functions.array import concat
from chainer.functions.pooling import average_pooling_2d, max_pooling_2d
from chainer.links.connection import convolution_2d
from chainer.links.normalization import batch_normalization
from chainer.utils import argument

_POOLING = {'max': max_pooling_2d.MaxPooling2D,
            'avg': average_pooling_2d.AveragePooling2D}


class InceptionBN(link.Chain):
    """Inception module of GoogLeNet with batch normalization.

    Four paths look at the same images, and what they make of them is joined
    along the channels, in this order:

    * a convolution by 1x1, if ``out1`` is not 0;
    * a projection and a convolution by 3x3;
    * a projection and two convolutions by 3x3, in the place of 5x5;
    * pooling by 3x3, and a projection if ``proj_pool`` is given.

    Projections are convolutions by 1x1. Each convolution has no biases; it is
    followed by batch normalization and ReLU.

    A module that makes the images smaller, with ``stride=2``, has no first
    path; mostly it has no projection after pooling, either.

    Args:
        in_channels (int): Number of channels of the input.
        out1 (int): Number of channels of the first path, 0 for no such path.
        proj3 (int): Channels of the projection of the second path.
        out3 (int): Channels of the second path.
        proj33 (int): Channels of the projection of the third path.
        out33 (int): Channels of the third path, after both convolutions.
        pooltype (str): ``'max'`` or ``'avg'``.
        proj_pool (int): Channels of the projection of the last path. By
            default, and with ``False`` or 0, there is none; with ``out1``
            there must be one.
        stride (int): Stride of the last convolution of each path and of
            pooling. With ``out1`` it must be 1.
        conv_init: Initial weights of the convolutions: a callable that fills
            an array. See :class:`~chainer.links.Convolution2D` for the
            default.

    Attributes:
        train (bool): If ``True``, which it is at first, batch normalization is
            in training mode, else in testing mode.

    See: S. Ioffe and C. Szegedy, `Batch Normalization: Accelerating Deep
    Network Training by Reducing Internal Covariate Shift
    <https://arxiv.org/abs/1502.03167>`_.

    .. seealso:: :class:`chainer.links.Inception`

    .. admonition:: Example

       >>> import numpy as np
       >>> import chainer.links as L
       >>> module = L.InceptionBN(3, 4, 5, 6, 7, 8, 'avg', 9)
       >>> module(np.zeros((1, 3, 8, 8), 'f')).shape
       (1, 27, 8, 8)
       >>> module = L.InceptionBN(3, 0, 5, 6, 7, 8, 'max', stride=2)
       >>> module(np.zeros((1, 3, 8, 8), 'f')).shape
       (1, 17, 4, 4)

    """

    def __init__(self, in_channels, out1, proj3, out3, proj33, out33, pooltype,
                 proj_pool=None, stride=1, conv_init=None):
        if pooltype not in _POOLING:
            raise NotImplementedError(
                f"pooltype must be 'max' or 'avg', but is {pooltype!r}")
        if proj_pool is True:
            raise ValueError('proj_pool=True leaves open how large the '
                             'projection is: give the number of channels')
        proj_pool = proj_pool or None
        argument.check_sizes(0, out1=out1)
        argument.check_sizes(1, proj3=proj3, out3=out3, proj33=proj33,
                              out33=out33)
        if proj_pool is not None:
            argument.check_sizes(1, proj_pool=proj_pool)
        if out1 > 0 and (stride != 1 or proj_pool is None):
            raise ValueError(
                f'a module with a 1x1 path has stride 1 and a projection '
                f'after pooling: with out1={out1}, stride is {stride} and '
                f'proj_pool is {proj_pool}; pass out1=0 for none')
        super().__init__()
        self.out1 = out1
        self.proj_pool = proj_pool
        self.pooltype = pooltype
        self.stride = stride
        self.train = True

        layers = [('proj3', in_channels, proj3, 1, 1),
                  ('conv3', proj3, out3, 3, stride),
                  ('proj33', in_channels, proj33, 1, 1),
                  ('conv33a', proj33, out33, 3, 1),
                  ('conv33b', out33, out33, 3, stride)]
        if out1 > 0:
            layers.append(('conv1', in_channels, out1, 1, 1))
        if proj_pool is not None:
            layers.append(('poolp', in_channels, proj_pool, 1, 1))
        for name, n_in, n_out, ksize, stride in layers:
            self.add_link(name, convolution_2d.Convolution2D(
                n_in, n_out, ksize, stride, pad=ksize // 2, nobias=True,
                initialW=conv_init))
            self.add_link(
                name + 'n', batch_normalization.BatchNormalization(n_out))

    def __call__(self, x):
        """Applies the module.

        Args:
            x (Variable): Images, shape ``(N, in_channels, H, W)``.

        Returns:
            Variable: Array of shape ``(N, M, out_h, out_w)``, where ``M`` is
            the number of channels of all paths together.

        """
        with self._all_or_nothing():
            return concat.concat(self._paths(x))

    def _paths(self, x):
        pooled = _POOLING[self.pooltype](
            3, self.stride, 1, cover_all=False)(x)
        if self.out1 > 0:
            yield self._run(x, 'conv1')
        yield self._run(x, 'proj3', 'conv3')
        yield self._run(x, 'proj33', 'conv33a', 'conv33b')
        yield pooled if self.proj_pool is None else self._run(pooled, 'poolp')

    def _run(self, x, *names):
        for name in names:
            x = self[name + 'n'](self[name](x), test=not self.train)
            x = relu.relu(x)
        return x
