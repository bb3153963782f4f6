from chainer.functions.math import half
from chainer.functions.pooling import pooling_2d
from chainer.utils import conv, type_check


class Unpooling2D(pooling_2d.Pooling2D):
    """Each pixel spread over a window.

    Args:
        ksize (int or pair of int): Height and width of the window.
        stride (int, pair of int or None): Stride; by default ``ksize``.
        pad (int or pair of int): Padding on either side, which is cut off.
        outsize (pair of int or None): Height and width of the output.
        cover_all (bool): Whether the last windows may stick out of the padded
            output.

    """

    def __init__(self, ksize, stride=None, pad=0, outsize=None,
                 cover_all=True):
        super().__init__(ksize, stride, pad, cover_all)
        self.outsize = outsize
        if outsize is not None:
            self.outsize = conv.as_pair('outsize', outsize, 1)

    def check_type_forward(self, in_types):
        type_check.expect(in_types.size() == 1)
        x_type, = in_types
        type_check.expect(
            x_type.dtype.kind == 'f',
            x_type.ndim == 4,
        )
        shape = type_check.value(x_type.shape)
        for axis, size, window in zip(
                ('height', 'width'), shape[2:], self.windows(shape)):
            self._check_size(axis, size, window)

    def _check_size(self, axis, size, window):
        if window.size <= 0:
            raise type_check.InvalidType(
                f'output {axis} > 0',
                f'{window.size} <= 0: the input has the {axis} {size}, with '
                f'windows of {axis} {window.k} (stride {window.s}), of which '
                f'{window.p} is cut off on either side',
                remedy='make pad smaller, or pass outsize')
        pooled = conv.get_conv_outsize(
            window.size, window.k, window.s, window.p, self.cover_all)
        if pooled != size:
            raise type_check.InvalidType(
                f'outsize whose {axis} is {size} when pooled',
                f'an output of {axis} {window.size} is pooled to {pooled} '
                f'(ksize {window.k}, stride {window.s}, pad {window.p}, '
                f'cover_all={self.cover_all})',
                remedy='pass the size of the images that were pooled as '
                       'outsize, and the other arguments as in pooling')

    def windows(self, shape):
        """Returns the windows over the rows and over the columns of outputs.

        Args:
            shape (tuple of int): Shape of the input.

        Returns:
            tuple of pooling_2d.Window: Those along the third and the fourth
            axis.

        """
        sizes = self.outsize
        if sizes is None:
            sizes = [conv.get_deconv_outsize(*sizes, self.cover_all)
                     for sizes in ((shape[2], self.kh, self.sy, self.ph),
                                   (shape[3], self.kw, self.sx, self.pw))]
        return (
            pooling_2d.Window(2, sizes[0], shape[2], self.kh, self.sy,
                              self.ph),
            pooling_2d.Window(3, sizes[1], shape[3], self.kw, self.sx,
                              self.pw))

    def forward_cpu(self, inputs):
        x, = inputs
        rows, columns = self.windows(x.shape)
        y = pooling_2d.scatter(half.widen(x), columns)
        return pooling_2d.scatter(y, rows).astype(x.dtype, copy=False),

    def backward_cpu(self, inputs, grad_outputs):
        x, = inputs
        rows, columns = self.windows(x.shape)
        gx = pooling_2d.gather(
            half.widen(grad_outputs[0]), rows)
        gx = pooling_2d.gather(gx, columns)
        return gx.astype(x.dtype, copy=False),

    def forward_gpu(self, inputs):
        x, = inputs
        return pooling_2d.scatter_gpu(x, *self.windows(x.shape)),

    def backward_gpu(self, inputs, grad_outputs):
        rows, columns = self.windows(inputs[0].shape)
        return pooling_2d.gather_gpu(grad_outputs[0], rows, columns),


def unpooling_2d(x, ksize, stride=None, pad=0, outsize=None, cover_all=True):
    """Spreads each pixel over a window: pooling the other way round.

    Each pixel of the output is the sum of the input pixels in whose windows it
    lies; where no windows overlap, that is the one input pixel it comes from.
    The arguments are those of the pooling to be undone.

    Args:
        x (Variable): Images, shape ``(N, C, H, W)``, floats.
        ksize (int or pair of int): Size of the window: an ``int``, or height
            and width.
        stride (int, pair of int or None): Steps between windows. By default
            ``ksize``: windows side by side.
        pad (int or pair of int): How many rows and columns are cut off on
            either side.
        outsize (pair of int or None): Height and width of the output; images
            of this size must be pooled to the size of ``x``. By default it is
            the smallest such size.
        cover_all (bool): Whether the last window may stick out of the output.
            By default it may, as in :func:`max_pooling_2d`.

    Returns:
        Variable: Array of shape ``(N, C, *outsize)`` and the type of ``x``.
        ``outsize`` is ``get_deconv_outsize(H, k, s, p, cover_all)``, and the
        same of the width, by default; see :mod:`chainer.utils.conv`.

    Raises:
        chainer.utils.type_check.InvalidType: Also if images of the output size
            are not pooled to the size of ``x``.
        ValueError: If an argument is not a size or a pair of sizes.

    .. admonition:: Example

       >>> import numpy as np
       >>> import chainer.functions as F
       >>> x = np.array([[[[1, 2]]]], 'f')
       >>> F.unpooling_2d(x, 2, outsize=(2, 4)).data
       array([[[[1., 1., 2., 2.],
                [1., 1., 2., 2.]]]], dtype=float32)
       >>> F.unpooling_2d(x, 2).shape
       (1, 1, 1, 3)

    """
    return Unpooling2D(ksize, stride, pad, outsize, cover_all)(x)
