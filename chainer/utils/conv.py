"""Windows that slide over images: sizes, im2col and col2im.

An image is an array of shape ``(N, C, H, W)``: batch, channels, height and
width. ``im2col`` collects what a window sees at each of its positions in an
array of shape ``(N, C, kh, kw, out_h, out_w)``; ``col2im`` is its transpose:
it adds what lies in such an array back to where it came from.
"""
import functools
import operator

import numpy
from numpy.lib import stride_tricks

from chainer import cuda
from chainer.utils import type_check


def get_conv_outsize(size, k, s, p, cover_all=False):
    """Returns how often a window fits into an image, along one axis.

    Args:
        size (int): Size of the image.
        k (int): Size of the window.
        s (int): Stride between positions of the window.
        p (int): Padding on either side of the image.
        cover_all (bool): If ``True``, the last window may stick out of the
            padded image, so that no pixel is left out.

    Returns:
        int: Number of positions. It is zero or negative if the window is
        larger than the padded image.

    .. admonition:: Example

       >>> from chainer.utils import conv
       >>> conv.get_conv_outsize(6, 3, 2, 0)
       2
       >>> conv.get_conv_outsize(6, 3, 2, 0, cover_all=True)
       3

    """
    if cover_all:
        return (size + p * 2 - k + s - 1) // s + 1
    return (size + p * 2 - k) // s + 1


def get_deconv_outsize(size, k, s, p, cover_all=False):
    """Returns the size of the smallest image with so many windows.

    It is the inverse of :func:`get_conv_outsize`.

    Args:
        size (int): Number of positions of the window.
        k (int): Size of the window.
        s (int): Stride between positions of the window.
        p (int): Padding on either side of the image.
        cover_all (bool): Whether the last window may stick out of the padded
            image.

    Returns:
        int: Size of the image, without the padding.

    """
    if cover_all:
        return s * (size - 1) + k - s + 1 - 2 * p
    return s * (size - 1) + k - 2 * p


def as_pair(name, value, least):
    """Returns the sizes along height and width that an argument stands for.

    Args:
        name (str): Name of the argument, for the message of the error.
        value (int or pair of int): Its value. An ``int`` stands for both.
        least (int): Smallest size allowed.

    Returns:
        tuple of int: The pair.

    Raises:
        ValueError: If it is not an ``int`` or a pair of ``int``, or too small.

    """
    try:
        pair = tuple([operator.index(v) for v in value]
                     if hasattr(value, '__iter__')
                     else [operator.index(value)] * 2)
    except TypeError:
        pair = ()
    if len(pair) != 2 or min(pair) < least:
        raise ValueError(f'{name} must be an integer or a pair of integers '
                         f'(height, width), {least} or more, but got '
                         f'{value!r}')
    return pair


def expect_window(x_type, ksize, stride, pad, cover_all=False):
    """Checks that a window fits into an image; for ``check_type_forward``.

    Args:
        x_type: Type of the image, one of ``in_types``. It must have four
            dimensions.
        ksize (pair of int): Height and width of the window.
        stride (pair of int): Vertical and horizontal stride.
        pad (pair of int): Vertical and horizontal padding.
        cover_all (bool): Whether windows may stick out of the padded image.

    Raises:
        chainer.utils.type_check.InvalidType: If not one window fits.

    """
    sizes = type_check.value(x_type.shape)[2:]
    for axis, size, k, s, p in zip(
            ('height', 'width'), sizes, ksize, stride, pad):
        out = get_conv_outsize(size, k, s, p, cover_all)
        if out > 0:
            continue
        raise type_check.InvalidType(
            f'output {axis} > 0',
            f'{out} <= 0: the image of {axis} {size}, padded by {p} on either '
            f'side, is too small for a window of {axis} {k} (stride {s})',
            remedy='make the image or the padding larger, or the window '
                   'smaller')


# ------------------------------------------------------------------------
# On the CPU
# ------------------------------------------------------------------------

def im2col_cpu(img, kh, kw, sy, sx, ph, pw, pval=0, cover_all=False):
    """Collects what a window sees at each of its positions.

    Args:
        img (numpy.ndarray): Images, shape ``(N, C, H, W)``.
        kh (int): Height of the window.
        kw (int): Width of the window.
        sy (int): Vertical stride.
        sx (int): Horizontal stride.
        ph (int): Padding above and below.
        pw (int): Padding to the left and to the right.
        pval (float): Value of the padding.
        cover_all (bool): If ``True``, windows may stick out of the padded
            image; they see more padding there.

    Returns:
        numpy.ndarray: New array of shape ``(N, C, kh, kw, out_h, out_w)`` and
        the type of ``img``. Its element ``[n, c, i, j, y, x]`` is the pixel
        ``[n, c, y * sy + i - ph, x * sx + j - pw]``.

    """
    h, w = img.shape[2:]
    out_h = get_conv_outsize(h, kh, sy, ph, cover_all)
    out_w = get_conv_outsize(w, kw, sx, pw, cover_all)
    padded = pad(img, ph, pw, sy * (out_h - 1) + kh, sx * (out_w - 1) + kw,
                 pval)
    return windows(padded, kh, kw, sy, sx, out_h, out_w).copy()


def pad(img, ph, pw, height, width, pval=0):
    """Returns images in a frame.

    Args:
        img (numpy.ndarray): Images, shape ``(N, C, H, W)``.
        ph (int): Rows above.
        pw (int): Columns to the left.
        height (int): Rows needed, with those above.
        width (int): Columns needed, with those to the left.
        pval (float): Value of the frame.

    Returns:
        numpy.ndarray: New array, at least of that height and width; or
        ``img`` itself if nothing is to be added.

    """
    n, c, h, w = img.shape
    height, width = max(height, ph + h), max(width, pw + w)
    if (height, width) == (h, w):
        return img
    padded = numpy.empty((n, c, height, width), img.dtype)
    padded[:, :, :ph] = pval
    padded[:, :, ph + h:] = pval
    padded[:, :, ph:ph + h, :pw] = pval
    padded[:, :, ph:ph + h, pw + w:] = pval
    padded[:, :, ph:ph + h, pw:pw + w] = img
    return padded


def windows(img, kh, kw, sy, sx, out_h, out_w):
    """Returns what :func:`im2col_cpu` collects, without padding or a copy.

    Args:
        img (numpy.ndarray): Images that contain all windows.
        kh (int): Height of the window.
        kw (int): Width of the window.
        sy (int): Vertical stride.
        sx (int): Horizontal stride.
        out_h (int): Number of positions along the height.
        out_w (int): Number of positions along the width.

    Returns:
        numpy.ndarray: View of ``img`` of shape
        ``(N, C, kh, kw, out_h, out_w)``.

    """
    n, c = img.shape[:2]
    sn, sc, sh, sw = img.strides
    return stride_tricks.as_strided(
        img, (n, c, kh, kw, out_h, out_w), (sn, sc, sh, sw, sh * sy, sw * sx),
        writeable=False)


def col2im_cpu(col, sy, sx, ph, pw, h, w):
    """Adds what windows saw to the images that they saw.

    Args:
        col (numpy.ndarray): Array of shape ``(N, C, kh, kw, out_h, out_w)``.
        sy (int): Vertical stride.
        sx (int): Horizontal stride.
        ph (int): Padding above and below, which is cut off.
        pw (int): Padding to the left and to the right, which is cut off.
        h (int): Height of the images.
        w (int): Width of the images.

    Returns:
        numpy.ndarray: Images, shape ``(N, C, h, w)``, of the type of ``col``.

    """
    n, c, kh, kw, out_h, out_w = col.shape
    img = numpy.zeros(
        (n, c, max(sy * (out_h - 1) + kh, ph + h),
         max(sx * (out_w - 1) + kw, pw + w)), col.dtype)
    for i in range(kh):
        rows = slice(i, i + sy * (out_h - 1) + 1, sy)
        for j in range(kw):
            columns = slice(j, j + sx * (out_w - 1) + 1, sx)
            img[:, :, rows, columns] += col[:, :, i, j]
    return img[:, :, ph:ph + h, pw:pw + w]


# ------------------------------------------------------------------------
# On a device
# ------------------------------------------------------------------------

@functools.lru_cache(maxsize=1024)
def _pixels(device, k, s, p, out):
    """Returns which pixels windows see along one axis, shape (k, out)."""
    return cuda.to_gpu(numpy.add.outer(
        numpy.arange(k), numpy.arange(out) * s - p).astype(numpy.int32))


@functools.lru_cache(maxsize=1024)
def _windows(device, size, k, s, p, out):
    """Returns the first window that sees each pixel, and the one after the
    last, along one axis.
    """
    pixels = numpy.arange(size) + p
    return cuda.to_gpu(numpy.array(
        [numpy.maximum((pixels - k + s) // s, 0),
         numpy.minimum(pixels // s + 1, out)], numpy.int32))


def im2col_gpu(img, kh, kw, sy, sx, ph, pw, cover_all=False):
    """Collects what a window sees at each of its positions.

    The padding is zero; otherwise see :func:`im2col_cpu`.

    Args:
        img (cupy.ndarray): Images, shape ``(N, C, H, W)``.
        kh (int): Height of the window.
        kw (int): Width of the window.
        sy (int): Vertical stride.
        sx (int): Horizontal stride.
        ph (int): Padding above and below.
        pw (int): Padding to the left and to the right.
        cover_all (bool): If ``True``, windows may stick out of the padded
            image; they see more padding there.

    Returns:
        cupy.ndarray: New array of shape ``(N, C, kh, kw, out_h, out_w)`` and
        the type of ``img``.

    """
    n, c, h, w = img.shape
    out_h = get_conv_outsize(h, kh, sy, ph, cover_all)
    out_w = get_conv_outsize(w, kw, sx, pw, cover_all)
    col = cuda.cupy.empty((n, c, kh, kw, out_h, out_w), img.dtype)
    rows = _pixels(cuda.cupy.cuda.get_device_id(), kh, sy, ph, out_h)
    columns = _pixels(cuda.cupy.cuda.get_device_id(), kw, sx, pw, out_w)
    # One thread for each element of col. To look up the pixel is faster than
    # the divisions that a flat index asks for.
    cuda.elementwise(
        'raw T img, int32 y, int32 x, int32 h, int32 w, int32 size',
        'T col',
        '''
        bool inside = 0 <= y && y < h && 0 <= x && x < w;
        col = inside ? img[(ptrdiff_t(i / size) * h + y) * w + x] : T(0);
        ''', 'im2col')(
            img.reduced_view(), rows[:, None, :, None], columns[:, None], h, w,
            kh * kw * out_h * out_w, col)
    return col


def col2im_gpu(col, sy, sx, ph, pw, h, w):
    """Adds what windows saw to the images that they saw.

    Args:
        col (cupy.ndarray): Array of shape ``(N, C, kh, kw, out_h, out_w)``.
        sy (int): Vertical stride.
        sx (int): Horizontal stride.
        ph (int): Padding above and below, which is cut off.
        pw (int): Padding to the left and to the right, which is cut off.
        h (int): Height of the images.
        w (int): Width of the images.

    Returns:
        cupy.ndarray: Images, shape ``(N, C, h, w)``, of the type of ``col``.

    """
    n, c, kh, kw, out_h, out_w = col.shape
    img = cuda.cupy.empty((n, c, h, w), col.dtype)
    device = cuda.cupy.cuda.get_device_id()
    first_y, stop_y = _windows(device, h, kh, sy, ph, out_h)
    first_x, stop_x = _windows(device, w, kw, sx, pw, out_w)
    # One thread for each pixel: it gathers from the windows that see it.
    cuda.elementwise(
        'raw T col, int32 first_y, int32 stop_y, int32 first_x, int32 stop_x, '
        'int32 y, int32 x, int32 size, int32 out_h, int32 out_w, int32 kh, '
        'int32 kw, int32 sy, int32 sx',
        'T img',
        '''
        ptrdiff_t first = ptrdiff_t(i / size) * kh;
        auto sum = T(0) * T(0);  // halves are summed in single precision
        for (int oy = first_y; oy < stop_y; ++oy) {
          for (int ox = first_x; ox < stop_x; ++ox) {
            ptrdiff_t k = (first + y - oy * sy) * kw + x - ox * sx;
            sum += col[(k * out_h + oy) * out_w + ox];
          }
        }
        img = (T)sum;
        ''', 'col2im')(
            col.reduced_view(), first_y[:, None], stop_y[:, None], first_x,
            stop_x, _pixels(device, 1, 1, -ph, h)[0][:, None],
            _pixels(device, 1, 1, -pw, w)[0], h * w, out_h, out_w, kh, kw, sy,
            sx, img)
    return img
