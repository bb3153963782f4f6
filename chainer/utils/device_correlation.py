"""Correlation of images with filters, on a device.

See :mod:`chainer.utils.correlation` for what it is, and for the CPU.
"""
import math

import numpy

from chainer import cuda
from chainer.utils import conv

#: Bytes of the columns that are made at once: on a CPU they stay in the cache,
#: a GPU needs more to be busy.
BLOCKS = {'host': 1 << 21, 'cuda': 1 << 26}


class DeviceCorrelation:
    """Positions of a window on images, and what can be computed from it.

    cuDNN computes it, or products with the columns of pixels that the window
    sees. They take a lot of memory, and are made for a few images at a time.

    The arrays given to a method are of one type of floats. Shapes, in all
    methods: images ``x`` have the shape ``(N, C, H, W)``,
    filters ``W`` have ``(O, C, kh, kw)``, and the correlation ``y`` has
    ``(N, O, out_h, out_w)``.

    Args:
        size (tuple of int): Height and width of the images.
        ksize (tuple of int): Height and width of the window.
        stride (tuple of int): Distance between positions of the window.
        pad (tuple of int): Padding on either side.
        use_cudnn (bool): Whether to use cuDNN for arrays that it computes
            with.
        cover_all (bool): Whether the last windows may stick out of the padded
            images.

    """

    def __init__(self, size, ksize, stride, pad, use_cudnn, cover_all=False):
        self.size = size
        self.ksize = ksize
        self.stride = stride
        self.pad = pad
        self.cover_all = cover_all
        self.out_size = self._out_size(cover_all)
        # To cuDNN, windows do not stick out.
        self.use_cudnn = use_cudnn and (
            not cover_all or self.out_size == self._out_size(False))

    def forward(self, x, W, b=None):
        """Returns the correlation ``y``.

        Args:
            x (cupy.ndarray): Images.
            W (cupy.ndarray): Filters.
            b (cupy.ndarray): Bias of each filter, shape ``(O,)``.

        """
        if self._uses_cudnn(x, W):
            y = cuda.cudnn_layers.convolution_forward(
                x, W, self.out_size, self.stride, self.pad,
                cuda.get_max_workspace_size())
        else:
            y = self._empty_output(x, W)
            for images, columns in self._blocks(x):
                y[images] = _flatten(W) @ columns
            y = y.reshape(y.shape[:2] + self.out_size)
        return self._add_bias(y, b)

    def data_gradient(self, gy, W, b=None):
        """Returns the gradient of ``x``, given that of ``y``.

        Args:
            gy (cupy.ndarray): Gradient of ``y``.
            W (cupy.ndarray): Filters.
            b (cupy.ndarray): What to add to each channel, shape ``(C,)``.

        """
        if self._uses_cudnn(gy, W):
            gx = cuda.cudnn_layers.convolution_backward_data(
                W, gy, self.size, self.stride, self.pad,
                cuda.get_max_workspace_size())
        else:
            gx = cuda.cupy.empty((len(gy), W.shape[1]) + self.size, gy.dtype)
            for images in self._slices(gy, math.prod(W.shape[1:])):
                columns = _flatten(W).T @ _join_positions(gy[images])
                gx[images] = conv.col2im_gpu(
                    columns.reshape((-1,) + W.shape[1:] + self.out_size),
                    *self.stride, *self.pad, *self.size)
        return self._add_bias(gx, b)

    def weight_gradient(self, x, gy):
        """Returns the gradient of ``W``, given that of ``y``."""
        if self._uses_cudnn(x, gy):
            return cuda.cudnn_layers.convolution_backward_filter(
                x, gy, self.ksize, self.stride, self.pad,
                cuda.get_max_workspace_size())
        total = None
        for images, columns in self._blocks(x):
            total = _add_products(total, gy[images], columns)
        return self._as_filters(total, x, gy)

    def forward_and_weight_gradient(self, x, W, gy):
        """Returns the correlation ``y``, and the gradient of ``W``."""
        if self._uses_cudnn(x, W):
            return self.forward(x, W), self.weight_gradient(x, gy)
        y = self._empty_output(x, W)
        total = None
        for images, columns in self._blocks(x):
            y[images] = _flatten(W) @ columns
            total = _add_products(total, gy[images], columns)
        return (y.reshape(y.shape[:2] + self.out_size),
                self._as_filters(total, x, gy))

    def bias_gradient(self, gy):
        """Returns the gradient of ``b``, given that of ``y``."""
        if cuda.uses_cudnn(self.use_cudnn, gy):
            return cuda.cudnn_layers.bias_gradient(gy)
        wide = numpy.promote_types(gy.dtype, numpy.float32)
        gb = gy.sum(axis=(0, 2, 3), dtype=wide)
        return gb.astype(gy.dtype, copy=False)

    def _uses_cudnn(self, a, b):
        return (cuda.uses_cudnn(self.use_cudnn, a) and
                cuda.uses_cudnn(True, b))

    def _out_size(self, cover_all):
        return tuple([
            conv.get_conv_outsize(*axis, cover_all) for axis in zip(
                self.size, self.ksize, self.stride, self.pad)])

    def _columns(self, x):
        """Returns what the window sees, shape ``(N, C * kh * kw, out)``."""
        if self.ksize == self.stride == (1, 1) and self.pad == (0, 0):
            return _join_positions(x)
        columns = conv.im2col_gpu(
            x, *self.ksize, *self.stride, *self.pad, self.cover_all)
        n, c, kh, kw, out_h, out_w = columns.shape
        return columns.reshape(n, c * kh * kw, out_h * out_w)

    def _blocks(self, x):
        """Iterates over slices of images and what the window sees there."""
        for images in self._slices(x, x.shape[1] * math.prod(self.ksize)):
            yield images, self._columns(x[images])

    def _slices(self, x, n_row):
        """Returns slices of images whose columns are not too large.

        Args:
            x (cupy.ndarray): Array with one element for each image.
            n_row (int): Number of rows of the columns.

        """
        size = n_row * math.prod(self.out_size) * x.itemsize
        step = max(BLOCKS[cuda.cupy.cuda.backend] // max(size, 1), 1)
        return [slice(i, i + step) for i in range(0, len(x), step)]

    def _empty_output(self, x, W):
        return cuda.cupy.empty(
            (len(x), len(W), math.prod(self.out_size)), x.dtype)

    def _as_filters(self, gW, x, gy):
        shape = gy.shape[1:2] + x.shape[1:2] + self.ksize
        if gW is None:
            # There is no image.
            return cuda.cupy.zeros(shape, x.dtype)
        return cuda.cupy.ascontiguousarray(gW).reshape(shape)

    def _add_bias(self, y, b):
        if b is None:
            return y
        if cuda.uses_cudnn(self.use_cudnn, y):
            cuda.cudnn_layers.add_bias(y, b)
        else:
            y += b[:, None, None]
        return y


def _flatten(W):
    """Returns filters as the rows of a matrix."""
    return W.reshape(len(W), math.prod(W.shape[1:]))


def _add_products(total, gy, columns):
    """Adds the product of gradients and columns, summed over images."""
    gy = _join_positions(gy)
    if gy.shape[1] <= gy.shape[2]:
        # One product for each image: they take no more memory than the
        # columns, which then need not be copied into another order.
        gW = (columns @ gy.swapaxes(1, 2)).sum(axis=0).T
    else:
        gW = cuda.cupy.tensordot(gy, columns, ((0, 2), (0, 2)))
    return gW if total is None else total + gW


def _join_positions(y):
    n, c, h, w = y.shape
    return y.reshape(n, c, h * w)
