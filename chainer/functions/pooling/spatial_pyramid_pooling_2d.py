import numpy

from chainer import cuda, function
from chainer.functions.math import half
from chainer.functions.pooling import max_pooling_2d, pooling_2d
from chainer.utils import argument, type_check


class SpatialPyramidPooling2D(function.Function):
    """Maxima in the parts of ever finer divisions of an image.

    Args:
        x_shape (tuple of int): Shape of the input but the batch size,
            ``(C, H, W)``.
        pyramid_height (int): Number of divisions.
        pooling_class (type): ``MaxPooling2D``.
        use_cudnn (bool): Is accepted, as all pooling functions have it. Parts
            without pixels are unknown to cuDNN: it is not used.

    """

    def __init__(self, x_shape, pyramid_height, pooling_class,
                 use_cudnn=True):
        if pooling_class is not max_pooling_2d.MaxPooling2D:
            raise NotImplementedError(
                f'spatial pyramid pooling takes maxima only: pass the class '
                f'chainer.functions.MaxPooling2D as pooling_class, not '
                f'{pooling_class!r}')
        self.pyramid_height = argument.integer(
            'pyramid_height', pyramid_height)
        if pyramid_height < 1:
            raise ValueError(f'pyramid_height must be 1 or more, but is '
                             f'{pyramid_height}')
        self.x_shape = tuple(x_shape)
        self.use_cudnn = use_cudnn

    def check_type_forward(self, in_types):
        type_check.expect(in_types.size() == 1)
        x_type, = in_types
        type_check.expect(
            x_type.dtype.kind == 'f',
            x_type.ndim == 4,
            x_type.shape[1:] == self.x_shape,
            x_type.shape[2] > 0,
            x_type.shape[3] > 0,
        )
        h, w = type_check.value(x_type.shape)[2:]
        _expect_pixels(h, w, self.pyramid_height)

    def forward_cpu(self, inputs):
        x, = inputs
        wide = half.widen(x)
        self._levels = [_Level(i, x.shape) for i in range(self.pyramid_height)]
        y = numpy.concatenate(
            [level.forward(wide) for level in self._levels], axis=1)
        return y.astype(x.dtype, copy=False),

    def backward_cpu(self, inputs, grad_outputs):
        x, = inputs
        gy = half.widen(grad_outputs[0])
        ends = numpy.cumsum([level.length for level in self._levels[:-1]])
        gx = numpy.zeros(x.shape, gy.dtype)
        for level, part in zip(
                self._levels, numpy.split(gy, ends, axis=1)):
            gx += level.backward(part)
        return gx.astype(x.dtype, copy=False),

    def forward_gpu(self, inputs):
        x, = inputs
        self._levels = [_Level(i, x.shape) for i in range(self.pyramid_height)]
        return cuda.cupy.concatenate(
            [level.forward_gpu(x) for level in self._levels], axis=1),

    def backward_gpu(self, inputs, grad_outputs):
        gx = None
        start = 0
        for level in self._levels:
            stop = start + level.length
            part = level.backward_gpu(grad_outputs[0][:, start:stop])
            gx = part if gx is None else gx + part
            start = stop
        return gx,


def _expect_pixels(h, w, height):
    # Some more parts than pixels do no harm; but they grow by powers of 4.
    highest = (4 * max(h, w, 16)).bit_length()
    if height > highest:
        raise type_check.InvalidType(
            f'pyramid_height <= {highest}',
            f'{height} > {highest}: the last level would divide an image of '
            f'{h} x {w} pixels into 2**{height - 1} parts along either axis',
            remedy='make pyramid_height smaller')


class _Level:
    """Maxima in ``2**i`` times ``2**i`` parts of an image."""

    def __init__(self, i, shape):
        n, channels = shape[:2]
        self.bins = bins = 2 ** i
        self.length = channels * bins * bins
        self._shape = n, channels, bins, bins
        self._rows, self._columns = [
            max_pooling_2d.MaxAlong(self._window(axis, shape[axis]))
            for axis in (2, 3)]

    def _window(self, axis, size):
        k = -(-size // self.bins)
        p = (k * self.bins - size) // 2
        return pooling_2d.Window(axis, size, self.bins, k, k, p)

    def forward(self, x):
        y = self._rows.forward(self._columns.forward(x))
        # Padding may be as large as a part, or larger.
        y[self._empty()] = 0
        return y.reshape(len(x), self.length, 1, 1)

    def _empty(self):
        rows, columns = [
            (along.window.starts <= -along.window.k) |
            (along.window.starts >= along.window.size)
            for along in (self._rows, self._columns)]
        return slice(None), slice(None), rows[:, None] | columns

    def backward(self, gy):
        gy = gy.reshape(self._shape)
        return self._columns.backward(self._rows.backward(gy))

    def forward_gpu(self, x):
        y, self._places = max_pooling_2d.maxima(x, *self._windows())
        return y.reshape(len(x), self.length, 1, 1)

    def backward_gpu(self, gy):
        return max_pooling_2d.to_maxima(
            gy.reshape(self._shape), self._places, *self._windows())

    def _windows(self):
        return self._rows.window, self._columns.window


def spatial_pyramid_pooling_2d(x, pyramid_height, pooling_class,
                               use_cudnn=True):
    """Takes maxima in parts of images, as many for images of any size.

    Level :math:`i = 0, 1, \\dots` of the pyramid divides the image into
    :math:`2^i \\times 2^i` parts of the size :math:`(k_h, k_w)`, after padding
    it by :math:`p_h` rows above and :math:`p_w` columns to the left, and as
    much as is missing on the other sides:

    .. math::
       k_h &= \\lceil h / 2^i \\rceil, & k_w &= \\lceil w / 2^i \\rceil, \\\\
       p_h &= \\lfloor (2^i k_h - h) / 2 \\rfloor, &
       p_w &= \\lfloor (2^i k_w - w) / 2 \\rfloor.

    The maxima in the parts, over the pixels that exist, of all levels are
    joined. Where a small image leaves a part without pixels, it is 0, and no
    gradient comes from there.

    Args:
        x (Variable): Images, shape ``(N, C, H, W)``, floats.
        pyramid_height (int): Number :math:`H` of levels.
        pooling_class (type): The class ``chainer.functions.MaxPooling2D``,
            there is no other choice.
        use_cudnn (bool): Is accepted and changes nothing: cuDNN does not know
            parts without pixels.

    Returns:
        Variable: Array of shape ``(N, M, 1, 1)``, where :math:`M = C
        \\sum_{i=0}^{H-1} 2^{2i}`, and the type of ``x``. First come the maxima
        of the whole image, one for each channel, then those of the quarters,
        all four of a channel together, and so on.

    Raises:
        NotImplementedError: If ``pooling_class`` is another class.
        ValueError: If ``pyramid_height`` is less than 1.
        chainer.utils.type_check.InvalidType: If the last level has more than
            four times as many parts along an axis as the image has pixels
            along its longer side, or 16 if that is less.

    See: K. He et al., `Spatial Pyramid Pooling in Deep Convolutional Networks
    for Visual Recognition <https://arxiv.org/abs/1406.4729>`_.

    .. admonition:: Example

       >>> import numpy as np
       >>> import chainer.functions as F
       >>> x = np.arange(16, dtype='f').reshape(1, 1, 4, 4)
       >>> y = F.spatial_pyramid_pooling_2d(x, 2, F.MaxPooling2D)
       >>> y.data.ravel()
       array([15.,  5.,  7., 13., 15.], dtype=float32)

    """
    x = argument.as_variable(x)
    return SpatialPyramidPooling2D(
        x.shape[1:], pyramid_height, pooling_class, use_cudnn)(x)
