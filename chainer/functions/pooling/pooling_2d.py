"""What pooling functions have in common: windows, and sums in them.

A window of ``kh * kw`` pixels is a window of ``kh`` rows over a window of
``kw`` columns. Maxima and sums are therefore taken along one axis after the
other, in ``kh + kw`` steps, each an operation on whole arrays: step ``i``
takes the pixel ``i`` of all windows at once. Padding is never made.
"""
import numpy

from chainer import cuda, function
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
# On a device, one kernel does both axes. A window's row `i` is the row
# `out_y * sy - ph + i` of the image.
# ------------------------------------------------------------------------

_SIZES = ', '.join(
    f'int32 {name}' for name in 'h w out_h out_w kh kw sy sx ph pw'.split())


def sizes(rows, columns):
    """Returns the arguments of kernels that describe two windows."""
    return (rows.size, columns.size, rows.out, columns.out, rows.k, columns.k,
            rows.s, columns.s, rows.p, columns.p)


#: Parameters of a kernel with one thread for each window, and the beginning of
#: its text: the image is ``x[image]`` to before ``x[image + h * w]``, and the
#: window has the pixels from ``(top, left)`` to before ``(bottom, right)``.
WINDOW_PARAMS = f'raw T x, {_SIZES}'
WINDOW_TEXT = '''
    ptrdiff_t image = ptrdiff_t(i / out_w / out_h) * h * w;
    int start_y = i / out_w % out_h * sy - ph;
    int start_x = i % out_w * sx - pw;
    int top = max(0, start_y), left = max(0, start_x);
    int bottom = min(h, start_y + kh), right = min(w, start_x + kw);
'''

#: The same for a kernel with one thread for each pixel ``(y, x)`` (counted
#: with the padding): the windows that see it are those from
#: ``(first_y, first_x)`` to ``(last_y, last_x)``, of the outputs that begin
#: at ``outputs``.
PIXEL_PARAMS = f'raw T gy, {_SIZES}'
PIXEL_TEXT = '''
    ptrdiff_t outputs = ptrdiff_t(i / w / h) * out_h * out_w;
    int y = i / w % h + ph;
    int x = i % w + pw;
    int first_y = max(0, (y - kh + sy) / sy);
    int first_x = max(0, (x - kw + sx) / sx);
    int last_y = min(out_h - 1, y / sy);
    int last_x = min(out_w - 1, x / sx);
'''


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
    out = cuda.cupy.empty(x.shape[:2] + (rows.out, columns.out), x.dtype)
    cuda.elementwise(
        f'{WINDOW_PARAMS}, float64 scale', 'T out', f'''{WINDOW_TEXT}
        auto sum = T(0) * T(0);  // halves are summed in single precision
        for (int iy = top; iy < bottom; ++iy)
          for (int ix = left; ix < right; ++ix)
            sum += x[image + iy * w + ix];
        out = T(sum * decltype(sum)(scale));
        ''', 'sum_windows')(
            x.reduced_view(), *sizes(rows, columns), scale, out)
    return out


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
    out = cuda.cupy.empty(y.shape[:2] + (rows.size, columns.size), y.dtype)
    cuda.elementwise(
        f'{PIXEL_PARAMS}, float64 scale', 'T out', f'''{PIXEL_TEXT}
        auto sum = T(0) * T(0);  // halves are summed in single precision
        for (int oy = first_y; oy <= last_y; ++oy)
          for (int ox = first_x; ox <= last_x; ++ox)
            sum += gy[outputs + oy * out_w + ox];
        out = T(sum * decltype(sum)(scale));
        ''', 'spread_windows')(
            y.reduced_view(), *sizes(rows, columns), scale, out)
    return out


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

        To cuDNN, padding is less than the window, and windows do not stick out
        of the padded image.

        Args:
            x (cupy.ndarray): Images.
            rows (Window): The window over their rows.
            columns (Window): The window over their columns.

        """
        return cuda.uses_cudnn(self.use_cudnn, x) and all([
            window.p < window.k and
            (window.out - 1) * window.s + window.k <=
            window.size + 2 * window.p
            for window in (rows, columns)])

    def _window(self, axis, size, k, s, p):
        out = conv.get_conv_outsize(size, k, s, p, self.cover_all)
        return Window(axis, size, out, k, s, p)
