"""What pooling functions have in common: windows, and sums in them.

A window of ``kh * kw`` pixels is a window of ``kh`` rows over a window of
``kw`` columns. Maxima and sums are therefore taken along one axis after the
other, in ``kh + kw`` steps, each an operation on whole arrays: step ``i``
takes the pixel ``i`` of all windows at once. Padding is never made.
"""
import functools

import numpy

from chainer import cuda, function
from chainer.functions.pooling import small_windows
from chainer.utils import conv, type_check


class Window:
    """A window that slides along one axis of an array.

    Args:
        axis (int): The axis.
        size (int): Length of the axis.
        out (int): Number of positions of the window.
        k (int): Size of the window.
        s (int): Stride between positions.
        p (int): How far the first window sticks out of the array.

    """

    def __init__(self, axis, size, out, k, s, p):
        self.axis = axis
        self.size = size
        self.out = out
        self.k = k
        self.s = s
        self.p = p

    @property
    def starts(self):
        """Where the windows begin (numpy.ndarray), -p at first."""
        return numpy.arange(self.out) * self.s - self.p

    @property
    def overlaps(self):
        """Whether an element lies in more than one window."""
        return self.s < self.k

    @property
    def last_start(self):
        """Where the last window begins (int)."""
        return (self.out - 1) * self.s - self.p

    @property
    def fits(self):
        """Whether the last window lies in the padded array."""
        return self.last_start + self.k <= self.size + self.p

    @property
    def misses(self):
        """Whether the first or the last window has no element at all."""
        return self.p >= self.k or self.last_start >= self.size

    def taps(self):
        """Iterates over the elements of a window.

        Yields:
            The number of the element, the index of the windows whose element
            of that number lies in the array, and the index of these elements.

        """
        lead = (slice(None),) * self.axis
        for i in range(self.k):
            offset = i - self.p
            first = max(0, -(offset // self.s))
            last = min(self.out - 1, (self.size - 1 - offset) // self.s)
            if first > last:
                continue
            elements = slice(first * self.s + offset,
                             last * self.s + offset + 1, self.s)
            yield i, (*lead, slice(first, last + 1)), (*lead, elements)

    def resized(self, shape, size):
        """Returns a shape with another length of the axis."""
        return (*shape[:self.axis], size, *shape[self.axis + 1:])


def gather(x, window):
    """Sums the elements in each window.

    Args:
        x (numpy.ndarray): Array of the size of the window's axis.
        window (Window): The window.

    Returns:
        numpy.ndarray: Array with one element for each position.

    """
    y = numpy.zeros(window.resized(x.shape, window.out), x.dtype)
    for i, windows, elements in window.taps():
        if i == 0:
            y[windows] = x[elements]
        else:
            y[windows] += x[elements]
    return y


def scatter(y, window):
    """Adds to each element the values of all windows that it lies in.

    It is the transpose of :func:`gather`.

    Args:
        y (numpy.ndarray): Array with one element for each position.
        window (Window): The window.

    Returns:
        numpy.ndarray: Array of the size of the window's axis.

    """
    x = numpy.zeros(window.resized(y.shape, window.size), y.dtype)
    for i, windows, elements in window.taps():
        if i == 0 or not window.overlaps:
            x[elements] = y[windows]
        else:
            x[elements] += y[windows]
    return x


# ------------------------------------------------------------------------
# On a device, one kernel does both axes. Small windows have kernels of their
# own, see small_windows. For the others, which pixels a window sees, and which
# windows see a pixel, is an array for each axis, so that the kernels need not
# divide for each element.
# ------------------------------------------------------------------------

@functools.lru_cache(maxsize=1024)
def _pixels_in_windows(device, size, out, k, s, p):
    starts = numpy.arange(out) * s - p
    return cuda.to_gpu(numpy.array(
        [numpy.maximum(starts, 0), numpy.minimum(starts + k, size)], 'i'))


@functools.lru_cache(maxsize=1024)
def _windows_at_pixels(device, size, out, k, s, p):
    places = numpy.arange(size) + p
    return cuda.to_gpu(numpy.array(
        [numpy.maximum((places - k + s) // s, 0),
         numpy.minimum(places // s + 1, out)], 'i'))


def _arguments(spans, rows, columns):
    device = cuda.cupy.cuda.get_device_id()
    (top, bottom), (left, right) = [
        spans(device, window.size, window.out, window.k, window.s, window.p)
        for window in (rows, columns)]
    return top[:, None], bottom[:, None], left, right


def window_arguments(rows, columns):
    """Returns arguments of kernels with one thread for each window.

    Args:
        rows (Window): The window over rows of images.
        columns (Window): The window over their columns.

    Returns:
        tuple: ``top, bottom, left, right`` (arrays: the window sees pixels
        from ``(top, left)`` to before ``(bottom, right)``), ``windows``,
        ``pixels`` (their number in an image), ``width`` (of the image).

    """
    return (*_arguments(_pixels_in_windows, rows, columns),
            rows.out * columns.out, rows.size * columns.size, columns.size)


def pixel_arguments(rows, columns):
    """Returns arguments of kernels with one thread for each pixel.

    Args:
        rows (Window): The window over rows of images.
        columns (Window): The window over their columns.

    Returns:
        tuple: ``top, bottom, left, right`` (arrays: the pixel is seen by the
        windows from ``(top, left)`` to before ``(bottom, right)``),
        ``windows``, ``pixels`` (their number in an image), ``width`` (number
        of windows in a row).

    """
    return (*_arguments(_windows_at_pixels, rows, columns),
            rows.out * columns.out, rows.size * columns.size, columns.out)


#: The parameters for these arguments.
SPANS = ('int32 top, int32 bottom, int32 left, int32 right, int32 windows, '
         'int32 pixels, int32 width')


def gather_gpu(x, rows, columns, scale=1.):
    """Sums the pixels in each window.

    Args:
        x (cupy.ndarray): Images.
        rows (Window): The window over their rows.
        columns (Window): The window over their columns.
        scale (float): What the sums are multiplied by.

    Returns:
        cupy.ndarray: Array with one element for each position.

    """
    if small_windows.are_small(rows, columns):
        return small_windows.gather(x, rows, columns, scale)
    out = cuda.cupy.empty(x.shape[:2] + (rows.out, columns.out), x.dtype)
    arguments = window_arguments(rows, columns)
    return _sum_of_spans('i / windows', 'pixels')(
        x.reduced_view(), *arguments, scale, out)


def scatter_gpu(y, rows, columns, scale=1.):
    """Adds to each pixel the values of all windows that it lies in.

    Args:
        y (cupy.ndarray): Array with one element for each position.
        rows (Window): The window over the rows of images.
        columns (Window): The window over their columns.
        scale (float): What the sums are multiplied by.

    Returns:
        cupy.ndarray: Images.

    """
    if small_windows.are_small(rows, columns):
        return small_windows.scatter(y, rows, columns, scale)
    shape = y.shape[:2] + (rows.size, columns.size)
    if not rows.overlaps and not columns.overlaps:
        # Each window fills its pixels, which no other one sees.
        out = cuda.cupy.zeros(shape, y.dtype)
        cuda.elementwise(
            f'T y, {SPANS}, T scale, raw T out', '', '''
            ptrdiff_t first = ptrdiff_t(i / windows) * pixels;
            T value = T(y * scale);
            for (int iy = top; iy < bottom; ++iy)
              for (int ix = left; ix < right; ++ix)
                out[first + iy * width + ix] = value;
            ''', 'fill_windows')(
                y, *window_arguments(rows, columns), y.dtype.type(scale), out)
        return out
    out = cuda.cupy.empty(shape, y.dtype)
    arguments = pixel_arguments(rows, columns)
    return _sum_of_spans('i / pixels', 'windows')(
        y.reduced_view(), *arguments, scale, out)


def _sum_of_spans(image, length):
    return cuda.elementwise(
        f'raw T x, {SPANS}, float64 scale', 'T out', f'''
        ptrdiff_t first = ptrdiff_t({image}) * {length};
        auto sum = T(0) * T(0);  // halves are summed in single precision
        for (int iy = top; iy < bottom; ++iy)
          for (int ix = left; ix < right; ++ix)
            sum += x[first + iy * width + ix];
        out = T(sum * decltype(sum)(scale));
        ''', 'sum_of_spans')


class Pooling2D(function.Function):
    """Base of functions that pool the pixels in a window.

    Args:
        ksize (int or pair of int): Height and width of the window.
        stride (int, pair of int or None): Stride; by default ``ksize``.
        pad (int or pair of int): Padding on either side.
        cover_all (bool): Whether the last windows may stick out of the padded
            image.
        use_cudnn (bool): Use cuDNN on a device, where it is available.

    """

    def __init__(self, ksize, stride=None, pad=0, cover_all=True,
                 use_cudnn=True):
        if stride is None:
            stride = ksize
        self.kh, self.kw = conv.as_pair('ksize', ksize, 1)
        self.sy, self.sx = conv.as_pair('stride', stride, 1)
        self.ph, self.pw = conv.as_pair('pad', pad, 0)
        self.cover_all = cover_all
        self.use_cudnn = use_cudnn

    def check_type_forward(self, in_types):
        type_check.expect(in_types.size() == 1)
        x_type, = in_types
        type_check.expect(
            x_type.dtype.kind == 'f',
            x_type.ndim == 4,
        )
        conv.expect_window(x_type, (self.kh, self.kw), (self.sy, self.sx),
                           (self.ph, self.pw), self.cover_all)

    def windows(self, shape):
        """Returns the windows over the rows and over the columns of images.

        Args:
            shape (tuple of int): Shape of the images, ``(N, C, H, W)``.

        Returns:
            tuple of Window: Those along the third and the fourth axis.

        """
        return (self._window(2, shape[2], self.kh, self.sy, self.ph),
                self._window(3, shape[3], self.kw, self.sx, self.pw))

    def uses_cudnn(self, x, rows, columns):
        """Tells whether cuDNN pools an array on a device.

        To cuDNN, padding is less than the window. Whether windows may stick
        out of the padded image, it does not say.

        Args:
            x (cupy.ndarray): Images.
            rows (Window): The window over their rows.
            columns (Window): The window over their columns.

        """
        return (cuda.uses_cudnn(self.use_cudnn, x) and
                rows.p < rows.k and columns.p < columns.k and
                ((rows.fits and columns.fits) or
                 cuda.cudnn_layers.pools_beyond_padding()))

    def _window(self, axis, size, k, s, p):
        out = conv.get_conv_outsize(size, k, s, p, self.cover_all)
        return Window(axis, size, out, k, s, p)
