from chainer import cuda
from chainer.functions.math import half
from chainer.functions.pooling import pooling_2d


class AveragePooling2D(pooling_2d.Pooling2D):
    """Average of the pixels in a window.

    Args:
        ksize (int or pair of int): Height and width of the window.
        stride (int, pair of int or None): Stride; by default ``ksize``.
        pad (int or pair of int): Padding on either side.
        cover_all (bool): Is accepted, as all pooling functions have it, and
            changes nothing: windows do not stick out of the padded image.
        use_cudnn (bool): Use cuDNN on a device, where it is available.

    """

    def __init__(self, ksize, stride=None, pad=0, cover_all=True,
                 use_cudnn=True):
        super().__init__(ksize, stride, pad, False, use_cudnn)

    def forward_cpu(self, inputs):
        x, = inputs
        rows, columns = self.windows(x.shape)
        # Rows first: they are contiguous, and leave less to do for columns.
        y = pooling_2d.gather(half.widen(x), rows)
        y = pooling_2d.gather(y, columns)
        y *= 1. / (self.kh * self.kw)
        return y.astype(x.dtype, copy=False),

    def backward_cpu(self, inputs, grad_outputs):
        x, = inputs
        rows, columns = self.windows(x.shape)
        gx = pooling_2d.scatter(
            half.widen(grad_outputs[0]), columns)
        gx *= 1. / (self.kh * self.kw)
        gx = pooling_2d.scatter(gx, rows)
        return gx.astype(x.dtype, copy=False),

    def forward_gpu(self, inputs):
        x, = inputs
        rows, columns = self.windows(x.shape)
        if not self.uses_cudnn(x, rows, columns):
            scale = 1. / (self.kh * self.kw)
            return pooling_2d.gather_gpu(x, rows, columns, scale),
        self._y = cuda.cudnn_layers.pooling_forward(
            x, (rows.out, columns.out), (self.kh, self.kw),
            (self.sy, self.sx), (self.ph, self.pw), 'average')
        return self._y,

    def backward_gpu(self, inputs, grad_outputs):
        x, = inputs
        gy, = grad_outputs
        rows, columns = self.windows(x.shape)
        if not self.uses_cudnn(x, rows, columns):
            scale = 1. / (self.kh * self.kw)
            return pooling_2d.scatter_gpu(gy, rows, columns, scale),
        return cuda.cudnn_layers.pooling_backward(
            x, self._y, gy, (self.kh, self.kw), (self.sy, self.sx),
            (self.ph, self.pw), 'average'),


def average_pooling_2d(x, ksize, stride=None, pad=0, use_cudnn=True):
    """Takes the average in a window that slides over images.

    .. math::
       y_{n, c, i, j} = \\frac{1}{k_h k_w}
           \\sum_{0 \\le k < k_h, \\; 0 \\le l < k_w}
           x_{n, c, \\; i s_y + k - p_h, \\; j s_x + l - p_w}

    Padding is zero and counts: the sum is divided by the size of the window
    everywhere. The windows lie in the padded image; there is no ``cover_all``
    as in :func:`max_pooling_2d`.

    Args:
        x (Variable): Images, shape ``(N, C, H, W)``, floats.
        ksize (int or pair of int): Size of the window: an ``int``, or height
            and width. With that of the images it is global average pooling.
        stride (int, pair of int or None): Steps between windows. By default
            ``ksize``: windows side by side.
        pad (int or pair of int): How many rows and columns of zeros are added
            on either side.
        use_cudnn (bool): Use cuDNN on a device, where it is available.

    Returns:
        Variable: Array of shape ``(N, C, out_h, out_w)``, where ``out_h`` is
        ``get_conv_outsize(H, k, s, p)`` of :mod:`chainer.utils.conv`, and the
        type of ``x``.

    Raises:
        chainer.utils.type_check.InvalidType: Also if no window fits into the
            images.
        ValueError: If an argument is not a size or a pair of sizes.

    .. admonition:: Example

       >>> import numpy as np
       >>> import chainer.functions as F
       >>> x = np.array([[[[1, 3], [5, 7]]]], 'f')
       >>> F.average_pooling_2d(x, 2).data
       array([[[[4.]]]], dtype=float32)

    """
    return AveragePooling2D(ksize, stride, pad, False, use_cudnn)(x)
