from chainer import function
from chainer.functions.connection import convolution_2d
from chainer.functions.math import half
from chainer.utils import conv, correlation, device_correlation, type_check


class Deconvolution2DFunction(function.Function):
    """Transpose of a correlation of images with filters."""

    argument_names = 'x', 'W', 'b'

    def __init__(self, stride=1, pad=0, outsize=None, use_cudnn=True):
        self.sy, self.sx = conv.as_pair('stride', stride, 1)
        self.ph, self.pw = conv.as_pair('pad', pad, 0)
        self.outh, self.outw = (None, None) if outsize is None else (
            conv.as_pair('outsize', outsize, 1))
        self.use_cudnn = use_cudnn

    def check_type_forward(self, in_types):
        convolution_2d.check_types(in_types, 0, 1)
        x_size = type_check.value(in_types[0].shape)[2:]
        ksize = type_check.value(in_types[1].shape)[2:]
        for axis, size, k, s, p, out in zip(
                ('height', 'width'), x_size, ksize, (self.sy, self.sx),
                (self.ph, self.pw), (self.outh, self.outw)):
            if out is None:
                _expect_output(axis, size, k, s, p)
            else:
                _expect_outsize(axis, size, k, s, p, out)

    def forward_cpu(self, inputs):
        y = self._correlation(*inputs[:2]).data_gradient(
            *convolution_2d.widen(inputs))
        return y.astype(inputs[0].dtype, copy=False),

    def backward_cpu(self, inputs, grad_outputs):
        x, W = inputs[:2]
        gy, = grad_outputs
        wide_x, wide_W, wide_gy = convolution_2d.widen((x, W, gy))
        # Forward goes from the outputs of a correlation to its images: gy
        # takes the place of the images, and x that of the gradient.
        gx, gW = self._correlation(x, W).forward_and_weight_gradient(
            wide_gy, wide_W, wide_x)
        grads = (gx.astype(x.dtype, copy=False),
                 gW.astype(W.dtype, copy=False))
        if len(inputs) == 3:
            return grads + (half.sum(gy, axis=(0, 2, 3)),)
        return grads

    def forward_gpu(self, inputs):
        y = self._correlation_gpu(*inputs[:2]).data_gradient(
            *convolution_2d.of_one_type(inputs))
        return y.astype(inputs[0].dtype, copy=False),

    def backward_gpu(self, inputs, grad_outputs):
        x, W = inputs[:2]
        gy, = grad_outputs
        layer = self._correlation_gpu(x, W)
        wide_x, wide_W, wide_gy = convolution_2d.of_one_type((x, W, gy))
        gx, gW = layer.forward_and_weight_gradient(wide_gy, wide_W, wide_x)
        grads = (gx.astype(x.dtype, copy=False),
                 gW.astype(W.dtype, copy=False))
        if len(inputs) == 3:
            return grads + (layer.bias_gradient(gy),)
        return grads

    def _correlation(self, x, W):
        return correlation.Correlation(
            self._out_size(x, W), W.shape[2:], (self.sy, self.sx),
            (self.ph, self.pw), x.shape[2:])

    def _correlation_gpu(self, x, W):
        return device_correlation.DeviceCorrelation(
            self._out_size(x, W), W.shape[2:], (self.sy, self.sx),
            (self.ph, self.pw), self.use_cudnn)

    def _out_size(self, x, W):
        if self.outh is not None:
            return self.outh, self.outw
        (h, w), (kh, kw) = x.shape[2:], W.shape[2:]
        return (conv.get_deconv_outsize(h, kh, self.sy, self.ph),
                conv.get_deconv_outsize(w, kw, self.sx, self.pw))


def _expect_output(axis, size, k, s, p):
    out = conv.get_deconv_outsize(size, k, s, p)
    if out <= 0:
        raise type_check.InvalidType(
            f'output {axis} > 0',
            f'{out} <= 0: {size} windows of {axis} {k} (stride {s}) do not '
            f'reach beyond a padding of {p} on either side',
            remedy='make the image or the filters larger, or the padding '
                   'smaller')


def _expect_outsize(axis, size, k, s, p, out):
    fitting = conv.get_conv_outsize(out, k, s, p)
    if fitting != size:
        least = conv.get_deconv_outsize(size, k, s, p)
        raise type_check.InvalidType(
            f'an output of {axis} {out} has {size} windows of {axis} {k} '
            f'(stride {s}, padding {p})', f'it has {fitting}',
            remedy=f'use an outsize whose {axis} is between {least} and '
                   f'{least + s - 1}')


def deconvolution_2d(x, W, b=None, stride=1, pad=0, outsize=None,
                     use_cudnn=True):
    """Two-dimensional deconvolution, or transposed convolution.

    It is the transpose of :func:`~chainer.functions.convolution_2d` as a
    linear map, the way that gradients take there: each pixel of the image
    stamps the filters, weighted by its values, into the output,

    .. math::
       y_{n,o,\\; i s_Y + k - p_H,\\; j s_X + l - p_W} =
           b_o + \\sum_{c,i,j,k,l} x_{n,c,i,j}\\; W_{c,o,k,l},

    where the sum is over all stamps that meet a pixel, and what falls outside
    the output is dropped. By default the output has the size

    .. math::
       h_O &= s_Y (h - 1) + k_H - 2 p_H, \\\\
       w_O &= s_X (w - 1) + k_W - 2 p_W.

    Args:
        x (Variable): Images, shape :math:`(n, c_I, h, w)`, floats.
        W (Variable): Filters, shape :math:`(c_I, c_O, k_H, k_W)`, floats.
        b (Variable): Biases, shape :math:`(c_O,)`, of the type of ``x``.
            Optional.
        stride (int or pair of int): Distance between stamps,
            :math:`(s_Y, s_X)`. An integer stands for both.
        pad (int or pair of int): Width of what is cut off around the output,
            :math:`(p_H, p_W)`. An integer stands for both.
        outsize (pair of int): Height and width of the output. They may be
            larger than those above, by less than the stride: convolutions of
            images of these sizes all have the output size :math:`(h, w)`.
        use_cudnn (bool): Use cuDNN on a device, where it is available.

    Returns:
        Variable: Array of shape :math:`(n, c_O, h_O, w_O)` and the type of
        ``x``.

    Raises:
        ValueError: If ``stride``, ``pad`` or ``outsize`` is not as said above.
        chainer.utils.type_check.InvalidType: If shapes or types do not fit,
            ``outsize`` does not fit them, or nothing would be left of the
            output.

    .. seealso:: :class:`chainer.links.Deconvolution2D` holds ``W`` and ``b``.

    .. admonition:: Example

       >>> import numpy as np
       >>> import chainer.functions as F
       >>> x = np.array([[[[1, 10, 100]]]], 'f')
       >>> W = np.array([[[[1, 2, 3]]]], 'f')
       >>> F.deconvolution_2d(x, W, stride=(1, 2)).data
       array([[[[  1.,   2.,  13.,  20., 130., 200., 300.]]]], dtype=float32)

    """
    func = Deconvolution2DFunction(stride, pad, outsize, use_cudnn)
    if b is None:
        return func(x, W)
    return func(x, W, b)
