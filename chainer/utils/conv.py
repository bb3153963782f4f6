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
def _rows(device, kh, kw, sy, out_h, width):
    """Returns where in its frame each row of columns begins."""
    kh, kw, y = numpy.ogrid[:kh, :kw, :out_h]
    return cuda.to_gpu(
        ((kh + y * sy) * width + kw).reshape(-1, 1).astype(numpy.int32))


def pad_gpu(img, ph, pw, height, width, pval=0):
    """Returns images in a frame, or the part of them that lies in it.

    Args:
        img (cupy.ndarray): Images, shape ``(N, C, H, W)``.
        ph (int): Rows above.
        pw (int): Columns to the left.
        height (int): Rows needed, with those above.
        width (int): Columns needed, with those to the left.
        pval (float): Value of the frame.

    Returns:
        cupy.ndarray: Contiguous array, of that height and width; or the
        images themselves if nothing is to be added.

    """
    n, c, h, w = img.shape
    if ph == pw == 0 and height <= h and width <= w:
        return cuda.cupy.ascontiguousarray(img)
    padded = cuda.cupy.full((n, c, height, width), pval, img.dtype)
    inside = padded[:, :, ph:ph + h, pw:pw + w]
    inside[...] = img[:, :, :inside.shape[2], :inside.shape[3]]
    return padded


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
    padded = pad_gpu(
        img, ph, pw, sy * (out_h - 1) + kh, sx * (out_w - 1) + kw)
    height, width = padded.shape[2:]
    col = cuda.cupy.empty((n, c, kh, kw, out_h, out_w), img.dtype)
    rows = _rows(
        cuda.cupy.cuda.get_device_id(), kh, kw, sy, out_h, width)
    # One thread for each element of col. What is the same for a row of them
    # is looked up, and a stride of 1 is known to the compiler.
    step = '' if sx == 1 else ' * sx'
    cuda.elementwise(
        'raw T img, int64 size, int32 first, int32 sx', 'T col', f"""
        const ptrdiff_t row = _ind.get()[0] * size + first;
        col = img[row + _ind.get()[2]{step}];
        """, 'im2col', reduce_dims=False)(
            padded.reduced_view(), height * width, rows, sx,
            col.reshape(n * c, kh * kw * out_h, out_w))
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
    if col.shape[2] * col.shape[3] > _PIXELS:
        return _add_by_pixels(col, sy, sx, ph, pw, h, w)
    n, c, kh, kw, out_h, out_w = col.shape
    # Images are cut into cells of the size of a stride, the first of which
    # may begin in the padding. One thread for each cell: all of its pixels
    # are seen by the same few windows.
    first_y, cut_y = divmod(ph, sy)
    first_x, cut_x = divmod(pw, sx)
    cells_h = (ph + h - 1) // sy + 1 - first_y
    cells_w = (pw + w - 1) // sx + 1 - first_x
    # What no window sees is behind these.
    seen_h = max(min(cells_h, out_h + (kh - 1) // sy - first_y), 0)
    seen_w = max(min(cells_w, out_w + (kw - 1) // sx - first_x), 0)
    make = cuda.cupy.empty
    if seen_h < cells_h or seen_w < cells_w:
        make = cuda.cupy.zeros
    img = make((n * c, cells_h * sy, cells_w * sx), col.dtype)
    cuda.elementwise(
        'T corner, raw T col, int32 first_y, int32 first_x, int32 out_h, '
        'int32 out_w, int64 height, int64 width', 'raw T img',
        _sums_of_cells(kh, kw, sy, sx), 'col2im', reduce_dims=False)(
            img[:, :seen_h * sy:sy, :seen_w * sx:sx], col.reduced_view(),
            first_y, first_x, out_h, out_w, *img.shape[1:], img)
    img = img[:, cut_y:cut_y + h, cut_x:cut_x + w]
    return cuda.cupy.ascontiguousarray(img).reshape(n, c, h, w)


# A kernel has an expression for each pixel of a window of this size.
_PIXELS = 64


@functools.lru_cache(maxsize=1024)
def _sums_of_cells(kh, kw, sy, sx):
    """Returns the code of :func:`col2im_gpu`.

    It loads from where a window would be and drops what is none: beyond the
    windows of one pixel are those of the next, never the end of ``col``.
    """
    sums = []
    for i, j in numpy.ndindex(sy, sx):
        terms = [
            f'if_seen(col[first + {k * kw + m} * area - {k // sy} * out_w - '
            f'{m // sx}], y - {k // sy}, out_h, x - {m // sx}, out_w)'
            for k in range(i, kh, sy) for m in range(j, kw, sx)]
        # Halves are summed in single precision.
        sums.append(f'img[pixel + {i} * width + {j}] = '
                    f'(T)(T(0) * T(0) + {" + ".join(terms or ["T(0)"])});')
    return f'''
        const int y = (int)_ind.get()[1] + first_y;
        const int x = (int)_ind.get()[2] + first_x;
        const ptrdiff_t area = (ptrdiff_t)out_h * out_w;
        const ptrdiff_t first = _ind.get()[0] * {kh * kw} * area +
            (ptrdiff_t)y * out_w + _ind.get()[2] + first_x;
        const ptrdiff_t pixel = (_ind.get()[0] * height +
            _ind.get()[1] * {sy}) * width + _ind.get()[2] * {sx};
        const auto if_seen = [](T value, int y, int height, int x,
                                int width) {{
          return ((y >= 0) & (y < height) & (x >= 0) & (x < width)) ?
              value : T(0);
        }};
        ''' + '\n'.join(sums)


def _add_by_pixels(col, sy, sx, ph, pw, h, w):
    """Does what :func:`col2im_gpu` does for windows of any size."""
    n, c, kh, kw, out_h, out_w = col.shape
    height = max(sy * (out_h - 1) + kh, ph + h)
    width = max(sx * (out_w - 1) + kw, pw + w)
    # Halves are summed in single precision.
    img = cuda.cupy.zeros(
        (n, c, height, width), numpy.promote_types(col.dtype, numpy.float32))
    for i in range(kh):
        rows = slice(i, i + sy * (out_h - 1) + 1, sy)
        for j in range(kw):
            columns = slice(j, j + sx * (out_w - 1) + 1, sx)
            img[:, :, rows, columns] += col[:, :, i, j]
    img = img[:, :, ph:ph + h, pw:pw + w]
    return cuda.cupy.ascontiguousarray(img, col.dtype)
