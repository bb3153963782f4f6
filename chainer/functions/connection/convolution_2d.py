import numpy

from chainer import function
from chainer.functions.math import half
from chainer.utils import conv, correlation, device_correlation, type_check


class Convolution2DFunction(function.Function):
    """Correlation of images with filters."""

    argument_names = 'x', 'W', 'b'

    def __init__(self, stride=1, pad=0, use_cudnn=True, cover_all=False):
        self.sy, self.sx = conv.as_pair('stride', stride, 1)
        self.ph, self.pw = conv.as_pair('pad', pad, 0)
        self.use_cudnn = use_cudnn
        self.cover_all = cover_all

    def check_type_forward(self, in_types):
        check_types(in_types, 1, 0)
        x_type, w_type = in_types[:2]
        conv.expect_window(
            x_type, type_check.value(w_type.shape)[2:], (self.sy, self.sx),
            (self.ph, self.pw), self.cover_all)

    def forward_cpu(self, inputs):
        y = self._correlation(inputs).forward(*widen(inputs))
        return y.astype(inputs[0].dtype, copy=False),

    def backward_cpu(self, inputs, grad_outputs):
        x, W = inputs[:2]
        gy, = grad_outputs
        gx, gW = self._correlation(inputs).gradients(*widen((x, W, gy)))
        grads = (gx.astype(x.dtype, copy=False),
                 gW.astype(W.dtype, copy=False))
        if len(inputs) == 3:
            return grads + (half.sum(gy, axis=(0, 2, 3)),)
        return grads

    def forward_gpu(self, inputs):
        y = self._correlation_gpu(inputs).forward(*of_one_type(inputs))
        return y.astype(inputs[0].dtype, copy=False),

    def backward_gpu(self, inputs, grad_outputs):
        x, W = inputs[:2]
        gy, = grad_outputs
        layer = self._correlation_gpu(inputs)
        wide_x, wide_W, wide_gy = of_one_type((x, W, gy))
        gx = layer.data_gradient(wide_gy, wide_W)
        gW = layer.weight_gradient(wide_x, wide_gy)
        grads = (gx.astype(x.dtype, copy=False),
                 gW.astype(W.dtype, copy=False))
        if len(inputs) == 3:
            return grads + (layer.bias_gradient(gy),)
        return grads

    def _correlation(self, inputs):
        h, w = inputs[0].shape[2:]
        kh, kw = inputs[1].shape[2:]
        out_size = (
            conv.get_conv_outsize(h, kh, self.sy, self.ph, self.cover_all),
            conv.get_conv_outsize(w, kw, self.sx, self.pw, self.cover_all))
        return correlation.Correlation(
            (h, w), (kh, kw), (self.sy, self.sx), (self.ph, self.pw),
            out_size)

    def _correlation_gpu(self, inputs):
        return device_correlation.DeviceCorrelation(
            inputs[0].shape[2:], inputs[1].shape[2:], (self.sy, self.sx),
            (self.ph, self.pw), self.use_cudnn, self.cover_all)


def check_types(in_types, in_axis, out_axis):
    """Checks the types of images, filters and biases.

    Args:
        in_types: Types of two or three inputs.
        in_axis (int): Axis of the filters that stands for input channels.
        out_axis (int): Axis of the filters that stands for output channels.

    """
    n_in = in_types.size()
    type_check.expect(2 <= n_in, n_in <= 3)
    x_type, w_type = in_types[:2]
    type_check.expect(
        x_type.dtype.kind == 'f',
        w_type.dtype.kind == 'f',
        x_type.ndim == 4,
        w_type.ndim == 4,
        x_type.shape[1] == w_type.shape[in_axis],
        w_type.shape[2] > 0,
        w_type.shape[3] > 0,
    )
    if len(in_types) == 3:
        b_type = in_types[2]
        type_check.expect(
            b_type.dtype == x_type.dtype,
            b_type.ndim == 1,
            b_type.shape[0] == w_type.shape[out_axis],
        )


def widen(arrays):
    """Returns arrays in one type, in which they can be multiplied fast."""
    dtype = numpy.result_type(numpy.float32, *arrays)
    return [x.astype(dtype, copy=False) for x in arrays]


def of_one_type(arrays):
    """Returns arrays in the widest of their types."""
    if all([x.dtype == arrays[0].dtype for x in arrays]):
        return arrays
    dtype = numpy.result_type(*[x.dtype for x in arrays])
    return [x.astype(dtype, copy=False) for x in arrays]


def convolution_2d(x, W, b=None, stride=1, pad=0, use_cudnn=True,
                   cover_all=False):
    """Two-dimensional convolution.

    Each filter slides over the image, and the output is the sum of what lies
    under it, weighted by the filter:

    .. math::
       y_{n,o,i,j} = b_o + \\sum_{c,k,l}
           x_{n,\\; c,\\; i s_Y + k - p_H,\\; j s_X + l - p_W}\\; W_{o,c,k,l},

    where :math:`x` is zero outside the image. (The filter is not turned round:
    mathematically this is a correlation.) The output has the size

    .. math::
       h_O &= \\lfloor (h + 2 p_H - k_H) / s_Y \\rfloor + 1, \\\\
       w_O &= \\lfloor (w + 2 p_W - k_W) / s_X \\rfloor + 1.

    Args:
        x (Variable): Images, shape :math:`(n, c_I, h, w)`, floats.
        W (Variable): Filters, shape :math:`(c_O, c_I, k_H, k_W)`, floats.
        b (Variable): Biases, shape :math:`(c_O,)`, of the type of ``x``.
            Optional.
        stride (int or pair of int): Distance between positions of the filters,
            :math:`(s_Y, s_X)`. An integer stands for both.
        pad (int or pair of int): Width of the zeros around the image,
            :math:`(p_H, p_W)`. An integer stands for both.
        use_cudnn (bool): Use cuDNN on a device, where it is available.
        cover_all (bool): If ``True``, the filters may stick out of the padded
            image to the right and below, so that each pixel is under a filter
            once. The output may be larger by one then.

    Returns:
        Variable: Array of shape :math:`(n, c_O, h_O, w_O)` and the type of
        ``x``.

    Raises:
        ValueError: If ``stride`` or ``pad`` is not as said above.
        chainer.utils.type_check.InvalidType: If shapes or types do not fit, or
            the filters are larger than the padded image.

    .. seealso:: :class:`chainer.links.Convolution2D` holds ``W`` and ``b``.

    .. admonition:: Example

       >>> import numpy as np
       >>> import chainer.functions as F
       >>> x = np.arange(12, dtype='f').reshape(1, 1, 3, 4)
       >>> W = np.array([[[[-1, 1]]]], 'f')
       >>> F.convolution_2d(x, W, stride=(1, 2)).data
       array([[[[1., 1.],
                [1., 1.],
                [1., 1.]]]], dtype=float32)

    """
    func = Convolution2DFunction(stride, pad, use_cudnn, cover_all)
    if b is None:
        return func(x, W)
    return func(x, W, b)
