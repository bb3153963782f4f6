"""Correlation of images with filters, on the CPU.

A correlation is a product of matrices: the filters, one in a row, times the
columns of pixels that the window sees, one for each of its positions
(:func:`chainer.utils.conv.im2col_cpu`). That matrix is many times larger than
the images. It is made block by block, so that a block is multiplied while it
is in the cache, and memory stays bounded.
"""
import math

import numpy
from numpy.lib import stride_tricks

#: Bytes of a block of columns: they stay in the cache.
BLOCK = 1 << 22

#: Columns that a block has at least, whatever they take: the product reads all
#: filters for each block.
COLUMNS = 512

# With fewer positions, images do not get products of their own.
_LARGE = 128

# From this number of filters on, the products for their gradients are as fast
# one way round as the other.
_WIDE = 256


class Correlation:
    """Positions of a window on images, and what can be computed from it.

    Shapes, in all methods: images ``x`` have the shape ``(N, C, H, W)``,
    filters ``W`` have ``(O, C, kh, kw)``, and the correlation ``y`` has
    ``(N, O, out_h, out_w)``. The types are float32 or float64, and all the
    same.

    Args:
        size (tuple of int): Height and width of the images.
        ksize (tuple of int): Height and width of the window.
        stride (tuple of int): Distance between positions of the window.
        pad (tuple of int): Rows of zeros above the images, and columns of
            zeros to the left. Below and to the right there are as many as the
            positions of the window ask for.
        out_size (tuple of int): Number of positions, vertically and
            horizontally.

    """

    def __init__(self, size, ksize, stride, pad, out_size):
        self.size = size
        self.ksize = ksize
        self.stride = stride
        self.pad = pad
        self.out_size = out_size
        self._n_positions = out_size[0] * out_size[1]

    def forward(self, x, W, b=None):
        """Returns the correlation ``y``.

        Args:
            x (numpy.ndarray): Images.
            W (numpy.ndarray): Filters.
            b (numpy.ndarray): Bias of each filter, shape ``(O,)``.

        """
        filters = _flatten(W)
        y = self._empty_output(x, W)
        for images, pixels, columns in self._columns(x):
            block = y[images, :, pixels]
            _multiply(filters, columns, block)
            if b is not None:
                block += b[:, None]
        return y.reshape(y.shape[:2] + self.out_size)

    def weight_gradient(self, x, gy):
        """Returns the gradient of ``W``, given that of ``y``."""
        gy = gy.reshape(gy.shape[:2] + (self._n_positions,))
        gW = None
        for images, pixels, columns in self._columns(x):
            gW = _add_products(gW, gy[images, :, pixels], columns)
        return self._as_filters(gW, gy.shape[1], x)

    def forward_and_weight_gradient(self, x, W, gy):
        """Returns both, for little more than the products."""
        filters = _flatten(W)
        y = self._empty_output(x, W)
        gy = gy.reshape(y.shape)
        gW = None
        for images, pixels, columns in self._columns(x):
            _multiply(filters, columns, y[images, :, pixels])
            gW = _add_products(gW, gy[images, :, pixels], columns)
        return (y.reshape(y.shape[:2] + self.out_size),
                self._as_filters(gW, len(W), x))

    def data_gradient(self, gy, W, b=None):
        """Returns the gradient of ``x``, given that of ``y``.

        Args:
            gy (numpy.ndarray): Gradient of ``y``.
            W (numpy.ndarray): Filters.
            b (numpy.ndarray): What to add to each channel, shape ``(C,)``.

        """
        if self._gathers(W, len(gy)):
            return self._reversed().forward(gy, _reverse(W), b)
        return self._scatter(gy, W, 0 if b is None else b)

    def gradients(self, x, W, gy):
        """Returns the gradients of ``x`` and of ``W``, given that of ``y``."""
        if self._gathers(W, len(gy)):
            gx, gW = self._reversed().forward_and_weight_gradient(
                gy, _reverse(W), x)
            return gx, numpy.ascontiguousarray(_reverse(gW))
        return self._scatter(gy, W, 0), self.weight_gradient(x, gy)

    # --------------------------------------------------------------------
    # Columns of pixels
    # --------------------------------------------------------------------

    def _columns(self, x):
        """Iterates over blocks of columns.

        Yields:
            The slice of the images, that of the positions in the flattened
            output, and an array of shape ``(C * kh * kw, images, positions)``
            that the next iteration may overwrite.

        """
        n, c = x.shape[:2]
        (kh, kw), (out_h, out_w) = self.ksize, self.out_size
        k = c * kh * kw
        step, height = self._block_size(k * out_w * x.itemsize)
        if self.ksize == self.stride == (1, 1) and self.pad == (0, 0):
            # The images are the columns.
            pixels = x.reshape(n, c, self._n_positions).swapaxes(0, 1)
            for images in _slices(n, step):
                yield images, slice(None), pixels[:, images]
            return
        buffer = numpy.empty(k * min(step, n) * height * out_w, x.dtype)
        for images in _slices(n, step):
            frame = self._frame(x[images])
            m = len(frame)
            for rows in _slices(out_h, height):
                r = rows.stop - rows.start
                columns = buffer[:k * m * r * out_w].reshape(
                    c, kh, kw, m, r, out_w)
                self._collect(frame, rows, columns)
                yield (images, slice(rows.start * out_w, rows.stop * out_w),
                       columns.reshape(k, m, r * out_w))

    def _collect(self, frame, rows, columns):
        """Writes the columns of some rows of positions.

        First the pixels of a row are moved under each column of the window,
        then the rows: those are long runs in memory. Rows that are one stride
        apart come to lie next to each other in between.
        """
        (kh, kw), (sy, sx) = self.ksize, self.stride
        c, _, _, m, r, out_w = columns.shape
        sn, sc, sh, sw = frame.strides
        shifted = stride_tricks.as_strided(
            frame[:, :, rows.start * sy:],
            (c, kw, m, sy, r + (kh - 1) // sy, out_w),
            (sc, sw, sn, sh, sh * sy, sw * sx)).copy()
        for i in range(kh):
            first = i // sy
            columns[:, i] = shifted[:, :, :, i % sy, first:first + r]

    def _block_size(self, row_bytes):
        """Returns the number of images, and of rows of them, in a block.

        Args:
            row_bytes (int): What a row of positions in one image takes.

        """
        out_h, out_w = self.out_size
        rows = max(BLOCK // max(row_bytes, 1), -(-COLUMNS // out_w))
        return max(rows // out_h, 1), min(rows, out_h)

    def _frame(self, x):
        """Returns images with all that the window sees, zeros around them."""
        (ph, pw), (h, w), (sy, sx) = self.pad, self.size, self.stride
        (kh, kw), (out_h, out_w) = self.ksize, self.out_size
        # Whole strides, so that rows can be taken by their phases.
        height = sy * (out_h + (kh - 1) // sy)
        width = sx * (out_w - 1) + kw
        if self.pad == (0, 0) and height <= h and width <= w:
            return x
        frame = numpy.zeros(x.shape[:2] + (height, width), x.dtype)
        inside = frame[:, :, ph:ph + h, pw:pw + w]
        inside[...] = x[:, :, :inside.shape[2], :inside.shape[3]]
        return frame

    def _empty_output(self, x, W):
        return numpy.empty((len(x), len(W), self._n_positions), x.dtype)

    def _as_filters(self, gW, out_channels, x):
        shape = (out_channels, x.shape[1]) + self.ksize
        if gW is None:
            # There is no image.
            return numpy.zeros(shape, x.dtype)
        return numpy.ascontiguousarray(gW).reshape(shape)

    # --------------------------------------------------------------------
    # Ways back
    # --------------------------------------------------------------------

    def _gathers(self, W, n):
        """Tells if the gradient of ``x`` is a correlation that pays.

        With a stride of 1 it is the correlation of ``gy`` with the reversed
        filters. Its columns are made of ``gy`` instead of ``x``: if that is
        larger, or the filters that are to be reversed, it is cheaper to
        scatter.
        """
        out_channels, in_channels = W.shape[:2]
        (h, w), (out_h, out_w) = self.size, self.out_size
        return (self.stride == (1, 1) and
                all([p < k for p, k in zip(self.pad, self.ksize)]) and
                (self.ksize == (1, 1) or (
                    out_channels * h * w <= in_channels * out_h * out_w and
                    out_channels <= n * out_h * out_w)))

    def _reversed(self):
        pad = tuple([k - 1 - p for k, p in zip(self.ksize, self.pad)])
        return Correlation(
            self.out_size, self.ksize, (1, 1), pad, self.size)

    def _scatter(self, gy, W, b):
        """Returns the gradient of ``x``: sums what each window sends back.

        With strides ``sy`` and ``sx``, the pixels of an image are ``sy * sx``
        interleaved grids. What windows send to a grid comes from adjacent
        positions of the window, so that it can be added in long runs.
        """
        n, c = len(gy), W.shape[1]
        (kh, kw), (sy, sx), (out_h, out_w) = (
            self.ksize, self.stride, self.out_size)
        grid_h = out_h + (kh - 1) // sy
        grid_w = out_w + (kw - 1) // sx
        filters = _flatten(W).T
        step, height = self._block_size(len(filters) * grid_w * gy.itemsize)
        gx = numpy.empty((n, c) + self.size, gy.dtype)
        if (grid_h * sy - self.pad[0] < self.size[0] or
                grid_w * sx - self.pad[1] < self.size[1]):
            # There are pixels that no window sees.
            gx.swapaxes(1, 3)[...] = b
        for images in _slices(n, step):
            g = gy[images].swapaxes(0, 1)
            grids = numpy.empty(
                (c, sy, sx, g.shape[1], grid_h * grid_w + grid_w), gy.dtype)
            grids.T[...] = b
            for rows in _slices(out_h, height):
                self._send(filters, g[:, :, rows], grids, rows.start, grid_w)
            self._interleave(
                grids[..., :grid_h * grid_w].reshape(
                    grids.shape[:-1] + (grid_h, grid_w)),
                gx[images].swapaxes(0, 1))
        return gx

    def _send(self, filters, g, grids, row, grid_w):
        """Adds what some rows of positions send back to the grids.

        Args:
            filters (numpy.ndarray): Shape ``(C * kh * kw, O)``.
            g (numpy.ndarray): Gradients, shape ``(O, N, rows, out_w)``.
            grids (numpy.ndarray): Shape ``(C, sy, sx, N, pixels)``.
            row (int): Number of the first row.
            grid_w (int): Number of pixels in a row of a grid.

        """
        (kh, kw), (sy, sx) = self.ksize, self.stride
        # With rows as long as those of a grid, a run does not stop at the end
        # of a row. It is zeros that run into the next one.
        wide = numpy.zeros(g.shape[:3] + (grid_w,), g.dtype)
        wide[..., :g.shape[3]] = g
        run = g.shape[2] * grid_w
        wide = wide.reshape(len(wide), g.shape[1] * run)
        columns = (filters @ wide).reshape(
            len(grids), kh, kw, g.shape[1], run)
        for i in range(0, kh, sy):
            for j in range(0, kw, sx):
                sent = columns[:, i:i + sy, j:j + sx]
                start = (row + i // sy) * grid_w + j // sx
                grids[:, :sent.shape[1], :sent.shape[2], :,
                      start:start + run] += sent

    def _interleave(self, grids, gx):
        (sy, sx), (ph, pw) = self.stride, self.pad
        grid_h, grid_w = grids.shape[4:]
        for i in range(sy):
            # The first pixel of this grid behind the padding.
            top = (i - ph) % sy
            first_y = (top + ph) // sy
            for j in range(sx):
                left = (j - pw) % sx
                first_x = (left + pw) // sx
                pixels = gx[:, :, top:(grid_h - first_y) * sy + top:sy,
                            left:(grid_w - first_x) * sx + left:sx]
                pixels[...] = grids[
                    :, i, j, :, first_y:first_y + pixels.shape[2],
                    first_x:first_x + pixels.shape[3]]


def _flatten(W):
    """Returns filters as the rows of a matrix; there may be none."""
    return W.reshape(len(W), math.prod(W.shape[1:]))


def _reverse(W):
    """Returns filters turned round, with inputs and outputs exchanged."""
    return W[:, :, ::-1, ::-1].swapaxes(0, 1)


def _slices(stop, step):
    return [slice(i, min(i + step, stop)) for i in range(0, stop, step)]


def _are_apart(columns):
    """Tells if each image of a block shall get a product of its own.

    One product for all of them is faster by itself, but what is not made of
    columns must be copied into their order. That pays if images are small, or
    the columns long.
    """
    k, n, p = columns.shape
    return n == 1 or p >= _LARGE and (
        2 * p >= k or not columns.flags.c_contiguous)


def _multiply(filters, columns, out):
    """Writes the product of filters and columns.

    Args:
        filters (numpy.ndarray): Shape ``(O, K)``.
        columns (numpy.ndarray): Shape ``(K, N, P)``.
        out (numpy.ndarray): Shape ``(N, O, P)``.

    """
    n, out_channels, p = out.shape
    if _are_apart(columns):
        numpy.matmul(filters, columns.swapaxes(0, 1), out=out)
    else:
        product = filters @ columns.reshape(len(columns), n * p)
        out[...] = product.reshape(out_channels, n, p).swapaxes(0, 1)


def _add_products(total, g, columns):
    """Adds the product of gradients and columns, summed over images.

    Args:
        total (numpy.ndarray): Array of shape ``(O, K)`` to add to, or
            ``None``.
        g (numpy.ndarray): Shape ``(N, O, P)``.
        columns (numpy.ndarray): Shape ``(K, N, P)``.

    Returns:
        numpy.ndarray: The total.

    """
    n, out_channels, p = g.shape
    if not _are_apart(columns):
        # One image, as wide as all of them.
        g = g.swapaxes(0, 1).reshape(1, out_channels, n * p)
        columns = columns.reshape(len(columns), 1, n * p)
    for i in range(len(g)):
        product = _product(g[i], columns[:, i])
        if total is None:
            total = product
        else:
            total += product
    return total


def _product(g, columns):
    # Both give the same; a narrow result is faster than a flat one.
    if len(g) < _WIDE:
        return (columns @ g.T).T
    return g @ columns.T
