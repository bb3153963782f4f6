import numpy

from chainer import cuda
from chainer.functions.math import half
from chainer.functions.pooling import pooling_2d, small_windows
from chainer.utils import type_check


class MaxAlong:
    """Maxima in windows along one axis of an array.

    Args:
        window (pooling_2d.Window): The window.

    Attributes:
        index (numpy.ndarray): After :meth:`forward`: which element of its
            window each maximum is; if there are several, the first.

    """

    def __init__(self, window):
        self.window = window

    def forward(self, x):
        """Returns the maxima.

        That of a window without elements is ``-inf``, that of a window with a
        NaN is NaN.
        """
        window = self.window
        y = numpy.full(window.resized(x.shape, window.out), -numpy.inf,
                       x.dtype)
        self.index = self._first_elements(y)
        for i, windows, elements in window.taps():
            if i == 0:
                y[windows] = x[elements]
                continue
            candidate, best = x[elements], y[windows]
            index = self.index[windows]
            better = candidate > best
            numpy.maximum(candidate, best, out=best)
            # Of those that were better at their time, the last is the best.
            numpy.maximum(better * index.dtype.type(i), index, out=index)
        if numpy.isnan(y).any():
            self._find_nans(x)
        return y

    def _find_nans(self, x):
        # No comparison has told where they are.
        for i, windows, elements in reversed(list(self.window.taps())):
            self.index[windows][numpy.isnan(x[elements])] = i

    def _first_elements(self, y):
        """Returns which element of each window is the first in the array."""
        window = self.window
        firsts = numpy.maximum(-window.starts, 0)
        index = numpy.empty(y.shape, numpy.min_scalar_type(window.k - 1))
        index[...] = firsts.reshape(window.resized((1,) * y.ndim, window.out))
        return index

    def backward(self, gy):
        """Returns the gradient of ``x`` from that of the maxima."""
        window = self.window
        gx = numpy.zeros(window.resized(gy.shape, window.size), gy.dtype)
        share = numpy.empty_like(gy)
        for i, windows, elements in window.taps():
            numpy.multiply(gy, self.index == i, out=share)
            if i > 0 and window.overlaps:
                gx[elements] += share[windows]
            else:
                gx[elements] = share[windows]
        return gx


class MaxPooling2D(pooling_2d.Pooling2D):
    """Maximum of the pixels in a window.

    Args:
        ksize (int or pair of int): Height and width of the window.
        stride (int, pair of int or None): Stride; by default ``ksize``.
        pad (int or pair of int): Padding on either side.
        cover_all (bool): Whether the last windows may stick out of the padded
            image.
        use_cudnn (bool): Use cuDNN on a device, where it is available.

    """

    def check_type_forward(self, in_types):
        super().check_type_forward(in_types)
        self.check_windows(type_check.value(in_types[0].shape))

    def check_windows(self, shape):
        """Checks that no window lies beside the images.

        A subclass that knows what to do with ``-inf`` can allow it.

        Args:
            shape (tuple of int): Shape of the images.

        Raises:
            chainer.utils.type_check.InvalidType: If one does.

        """
        for axis, window in zip(('height', 'width'), self.windows(shape)):
            if not window.misses:
                continue
            raise type_check.InvalidType(
                'a pixel of the image in each window',
                f'the image of {axis} {window.size} has none in the first or '
                f'the last of {window.out} windows of {axis} {window.k} '
                f'(stride {window.s}, pad {window.p}, '
                f'cover_all={self.cover_all})',
                remedy='make pad smaller than ksize, and if stride is larger '
                       'than ksize or the image is small, pass '
                       'cover_all=False')

    def forward_cpu(self, inputs):
        x, = inputs
        rows, columns = self.windows(x.shape)
        # Columns first: of equal maxima it is then the first in reading order
        # that counts.
        self._columns, self._rows = MaxAlong(columns), MaxAlong(rows)
        y = self._columns.forward(half.widen(x))
        return self._rows.forward(y).astype(x.dtype, copy=False),

    def backward_cpu(self, inputs, grad_outputs):
        x, = inputs
        gy = half.widen(grad_outputs[0])
        gx = self._columns.backward(self._rows.backward(gy))
        return gx.astype(x.dtype, copy=False),

    def forward_gpu(self, inputs):
        x, = inputs
        rows, columns = self.windows(x.shape)
        self._x, self._places = x, None
        if self.uses_cudnn(x, rows, columns):
            self._y = cuda.cudnn_layers.pooling_forward(
                x, (rows.out, columns.out), (self.kh, self.kw),
                (self.sy, self.sx), (self.ph, self.pw), 'max')
            return self._y,
        y, self._places = maxima(x, rows, columns)
        return y,

    def backward_gpu(self, inputs, grad_outputs):
        x, = inputs
        gy, = grad_outputs
        rows, columns = self.windows(x.shape)
        if self._places is None:
            return cuda.cudnn_layers.pooling_backward(
                x, self._y, gy, (self.kh, self.kw), (self.sy, self.sx),
                (self.ph, self.pw), 'max'),
        return to_maxima(gy, self._places, rows, columns),

    @property
    def indexes(self):
        """Which pixel of its window each maximum is, after the forward
        computation: an array of int of the shape of the output. The pixel in
        row ``i`` and column ``j`` of the window has the number ``i * kw + j``.
        """
        if hasattr(self, '_places'):
            return self._indexes_gpu()
        i = self._rows.index.astype(int)
        window = self._rows.window
        row = i + window.starts[:, None]
        j = numpy.take_along_axis(self._columns.index, row, axis=2)
        return i * self.kw + j

    def _indexes_gpu(self):
        rows, columns = self.windows(self._x.shape)
        with cuda.get_device(self._x):
            places = self._places
            if places is None:
                # cuDNN does not tell.
                places = maxima(self._x, rows, columns)[1]
            starts = [cuda.to_gpu(window.starts) for window in (rows, columns)]
            y, x = places // columns.size, places % columns.size
            return (y - starts[0][:, None]) * self.kw + x - starts[1]


def maxima(x, rows, columns):
    """Finds the maximum in each window, on a device.

    Args:
        x (cupy.ndarray): Images.
        rows (pooling_2d.Window): The window over their rows.
        columns (pooling_2d.Window): The window over their columns.

    Returns:
        tuple of cupy.ndarray: The maxima, 0 for windows without pixels; and of
        int32, where they are in their images, counted row by row, -1 for those
        without.

    """
    if (small_windows.are_small(rows, columns) and
            not rows.misses and not columns.misses):
        return small_windows.maxima(x, rows, columns)
    shape = x.shape[:2] + (rows.out, columns.out)
    y = cuda.cupy.empty(shape, x.dtype)
    places = cuda.cupy.empty(shape, numpy.int32)
    # Selections are faster than branches that depend on random numbers. The
    # first NaN wins, and stays.
    cuda.elementwise(
        f'raw T x, {pooling_2d.SPANS}', 'T best, int32 place', '''
        ptrdiff_t image = ptrdiff_t(i / windows) * pixels;
        bool empty = top >= bottom || left >= right;
        int where = empty ? -1 : top * width + left;
        T most = empty ? T(0) : x[image + where];
        for (int iy = top; iy < bottom; ++iy) {
          for (int ix = left; ix < right; ++ix) {
            int here = iy * width + ix;
            T value = x[image + here];
            int there = most == most ? here : where;
            T nan = most == most ? value : most;
            where = value == value ? (most < value ? here : where) : there;
            most = value == value ? (most < value ? value : most) : nan;
          }
        }
        best = most;
        place = where;
        ''', 'max_of_windows')(
            x.reduced_view(), *pooling_2d.window_arguments(rows, columns), y,
            places)
    return y, places


def to_maxima(gy, places, rows, columns):
    """Adds up at each pixel what comes from the windows whose maximum it is.

    Args:
        gy (cupy.ndarray): Gradient of the maxima.
        places (cupy.ndarray): Where they are, see :func:`maxima`.
        rows (pooling_2d.Window): The window over the rows of images.
        columns (pooling_2d.Window): The window over their columns.

    Returns:
        cupy.ndarray: Gradient of the images.

    """
    shape = gy.shape[:2] + (rows.size, columns.size)
    if not rows.overlaps and not columns.overlaps:
        gx = cuda.cupy.zeros(shape, gy.dtype)
        cuda.elementwise(
            'T gy, int32 place, int32 windows, int32 pixels, raw T gx', '',
            '''
            if (place >= 0) gx[ptrdiff_t(i / windows) * pixels + place] = gy;
            ''', 'move_to_maxima')(
                gy, places, rows.out * columns.out,
                rows.size * columns.size, gx)
        return gx
    if small_windows.are_small(rows, columns):
        return small_windows.to_maxima(gy, places, rows, columns)
    gx = cuda.cupy.empty(shape, gy.dtype)
    cuda.elementwise(
        f'raw T gy, raw int32 places, {pooling_2d.SPANS}', 'T gx', '''
        ptrdiff_t first = ptrdiff_t(i / pixels) * windows;
        int pixel = i % pixels;
        auto sum = T(0) * T(0);  // halves are summed in single precision
        for (int oy = top; oy < bottom; ++oy) {
          for (int ox = left; ox < right; ++ox) {
            ptrdiff_t window = first + oy * width + ox;
            T g = gy[window];
            sum += places[window] == pixel ? g : T(0);
          }
        }
        gx = T(sum);
        ''', 'sum_at_maxima')(
            gy.reduced_view(), places,
            *pooling_2d.pixel_arguments(rows, columns), gx)
    return gx


def max_pooling_2d(x, ksize, stride=None, pad=0, cover_all=True,
                   use_cudnn=True):
    """Takes the maximum in a window that slides over images.

    .. math::
       y_{n, c, i, j} = \\max_{0 \\le k < k_h, \\; 0 \\le l < k_w}
           x_{n, c, \\; i s_y + k - p_h, \\; j s_x + l - p_w}

    over the pixels that exist: padding is less than any number. The gradient
    goes to the largest pixel of a window; if there are several, to the first
    of them, row by row. The maximum of a window with a NaN is NaN, the first
    of them.

    Args:
        x (Variable): Images, shape ``(N, C, H, W)``, floats.
        ksize (int or pair of int): Size of the window: an ``int``, or height
            and width.
        stride (int, pair of int or None): Steps between windows. By default
            ``ksize``: windows side by side.
        pad (int or pair of int): How many rows and columns are added on either
            side.
        cover_all (bool): If ``True``, each pixel is in a window if the stride
            allows: the last one may stick out of the padded image. The output
            may be larger by that one.
        use_cudnn (bool): Use cuDNN on a device, where it is available.

    Returns:
        Variable: Array of shape ``(N, C, out_h, out_w)``, where ``out_h`` is
        ``get_conv_outsize(H, k, s, p, cover_all)`` of
        :mod:`chainer.utils.conv`, and the type of ``x``.

    Raises:
        chainer.utils.type_check.InvalidType: Also if a window has no pixel of
            the image, which has no maximum then: ``pad`` is not less than
            ``ksize``, or the last window begins beyond the image, as may be
            with ``cover_all`` if the stride is larger than the window.
        ValueError: If an argument is not a size or a pair of sizes.

    .. seealso:: The attribute ``indexes`` of a ``MaxPooling2D`` object, which
       this function applies, tells where the maxima were.

    .. admonition:: Example

       >>> import numpy as np
       >>> import chainer.functions as F
       >>> x = np.array([[[[1, 2, 3], [6, 5, 4], [7, 8, 9]]]], 'f')
       >>> F.max_pooling_2d(x, 2).data
       array([[[[6., 4.],
                [8., 9.]]]], dtype=float32)
       >>> F.max_pooling_2d(x, 2, cover_all=False).data
       array([[[[6.]]]], dtype=float32)

    """
    return MaxPooling2D(ksize, stride, pad, cover_all, use_cudnn)(x)
