"""Pooling in small windows, on a device.

The pixels of a small window are taken one by one, without loops, and from
images in a frame, without tests for borders: what remains is code that
computes neighbours at once, on the CPU by vector instructions. Each size of a
window has its own kernel.
"""
from chainer import cuda
from chainer.utils import conv

# A kernel has an expression for each pixel of a window, and for each pixel
# that a stride passes.
_PIXELS = 32


def are_small(rows, columns):
    """Tells if the functions below are meant for such windows.

    Args:
        rows (pooling_2d.Window): The window over rows of images.
        columns (pooling_2d.Window): The window over their columns.

    """
    return (rows.k * columns.k <= _PIXELS and rows.s * columns.s <= _PIXELS)


def gather(x, rows, columns, scale):
    """Sums the pixels in each window.

    Args:
        x (cupy.ndarray): Images.
        rows (pooling_2d.Window): The window over their rows.
        columns (pooling_2d.Window): The window over their columns.
        scale (float): What the sums are multiplied by.

    Returns:
        cupy.ndarray: Array with one element for each position.

    """
    frame = _frame(x, rows, columns, 0)
    y = cuda.cupy.empty(x.shape[:2] + (rows.out, columns.out), x.dtype)
    cuda.elementwise(
        'raw T x, int64 size, int64 width, float64 scale', 'T y', f'''
        const ptrdiff_t first = {_FIRST_PIXEL.format(rows.s, columns.s)};
        auto sum = T(0) * T(0);  // halves are summed in single precision
        {_for_each(rows.k, columns.k,
                   'sum += x[first + {} * width + {}];')}
        y = (T)(sum * (decltype(sum))scale);
        ''', 'sum_of_small_windows', reduce_dims=False)(
            frame.reduced_view(), *_sizes(frame), scale, _images(y))
    return y


def scatter(y, rows, columns, scale):
    """Adds to each pixel the values of all windows that it lies in.

    Args:
        y (cupy.ndarray): Array with one element for each position.
        rows (pooling_2d.Window): The window over the rows of images.
        columns (pooling_2d.Window): The window over their columns.
        scale (float): What the sums are multiplied by.

    Returns:
        cupy.ndarray: Images.

    """
    frame, corner, cells, image = _cells(y, rows, columns, 0)
    cuda.elementwise(
        'T corner, raw T y, int64 size, int64 width, int64 area, '
        'int64 out_width, float64 scale', 'raw T out',
        _spread(rows, columns, 'y[{0}]', 'sum * (decltype(sum))scale'),
        'spread_small_windows', reduce_dims=False)(
            corner, frame.reduced_view(), *_sizes(frame), *_sizes(cells),
            scale, cells)
    return image()


def maxima(x, rows, columns):
    """Finds the maximum in each window, of which each has a pixel.

    Args:
        x (cupy.ndarray): Images.
        rows (pooling_2d.Window): The window over their rows.
        columns (pooling_2d.Window): The window over their columns.

    Returns:
        tuple of cupy.ndarray: The maxima; and of int32, where they are in
        their images, counted row by row.

    """
    frame = _frame(x, rows, columns, -float('inf'))
    y = cuda.cupy.empty(x.shape[:2] + (rows.out, columns.out), x.dtype)
    places = cuda.cupy.empty(y.shape, 'i')
    # Selections are faster than branches that depend on random numbers, and
    # those by one comparison each become vector instructions. The first NaN
    # wins, and stays.
    cuda.elementwise(
        'raw T x, int64 size, int64 width, int32 image_width',
        'T best, int32 place', f'''
        const ptrdiff_t first = {_FIRST_PIXEL.format(rows.s, columns.s)};
        const int top = (int)_ind.get()[1] * {rows.s} - {rows.p};
        const int left = (int)_ind.get()[2] * {columns.s} - {columns.p};
        const int corner = top * image_width + left;
        int where = max(top, 0) * image_width + max(left, 0);
        T most = (T)(-1. / 0.);
        {_for_each(rows.k, columns.k, """{{
          const T value = x[first + {0} * width + {1}];
          const int here = corner + {0} * image_width + {1};
          const bool better = value > most;
          const bool is_nan = value != value;
          const bool found_nan = most != most;
          const int where_nan = is_nan ? here : where;
          const T most_or_nan = is_nan ? value : most;
          const int where_else = found_nan ? where : where_nan;
          const T most_else = found_nan ? most : most_or_nan;
          where = better ? here : where_else;
          most = better ? value : most_else;
        }}""")}
        best = most;
        place = where;
        ''', 'max_of_small_windows', reduce_dims=False)(
            frame.reduced_view(), *_sizes(frame), columns.size, _images(y),
            _images(places))
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
    frame, corner, cells, image = _cells(gy, rows, columns, 0)
    places = _cells(places, rows, columns, -1)[0]
    cuda.elementwise(
        'T corner, raw T y, raw int32 places, int64 size, int64 width, '
        'int64 area, int64 out_width, int32 image_width', 'raw T out',
        f'''
        const int top = (int)_ind.get()[1] * {rows.s} - {_cut(rows)};
        const int left = (int)_ind.get()[2] * {columns.s} - {_cut(columns)};
        const int pixel = top * image_width + left;
        ''' + _spread(
            rows, columns, '(places[{0}] == pixel + {1} * image_width + {2} ?'
            ' y[{0}] : T(0))', 'sum'), 'sum_at_small_maxima',
        reduce_dims=False)(
            corner, frame.reduced_view(), places.reduced_view(),
            *_sizes(frame), *_sizes(cells), columns.size, cells)
    return image()


# ------------------------------------------------------------------------
# Windows on images in a frame
# ------------------------------------------------------------------------

#: The first pixel of a window.
_FIRST_PIXEL = ('_ind.get()[0] * size + _ind.get()[1] * {} * width + '
                '_ind.get()[2] * {}')


def _frame(x, rows, columns, value):
    return conv.pad_gpu(
        x, rows.p, columns.p, (rows.out - 1) * rows.s + rows.k,
        (columns.out - 1) * columns.s + columns.k, value)


def _for_each(height, width, statement):
    return '\n'.join([statement.format(i, j)
                      for i in range(height) for j in range(width)])


def _sizes(frame):
    height, width = frame.shape[-2:]
    return height * width, width


def _images(y):
    return y.reshape(y.shape[0] * y.shape[1], *y.shape[2:])


# ------------------------------------------------------------------------
# The way back: images are cut into cells of the size of a stride. All pixels
# of a cell are seen by the same few windows.
# ------------------------------------------------------------------------

def _cut(window):
    """Returns how much of the first cell lies in the padding."""
    return window.p % window.s


def _reach(window):
    """Returns how many windows, side by side, see a cell."""
    return -(-window.k // window.s)


def _cells(y, rows, columns, value):
    """Prepares a kernel with one thread for each cell.

    Returns:
        tuple: The windows that see the images, in a frame; those that begin
        at a cell; an array for the pixels in cells; and a function that takes
        the images out of it.

    """
    shape = []
    lead = []
    index = [slice(None)]
    for axis, window in (2, rows), (3, columns):
        first = window.p // window.s
        shape.append((window.p + window.size - 1) // window.s + 1 - first)
        before = _reach(window) - 1 - first
        if before < 0:
            y = y[(slice(None),) * axis + (slice(-before, None),)]
        lead.append(max(before, 0))
        cut = _cut(window)
        index.append(slice(cut, cut + window.size))
    reach = _reach(rows) - 1, _reach(columns) - 1
    frame = _images(conv.pad_gpu(
        y, *lead, shape[0] + reach[0], shape[1] + reach[1], value))
    corner = frame[:, reach[0]:reach[0] + shape[0],
                   reach[1]:reach[1] + shape[1]]
    cells = cuda.cupy.empty(
        (len(frame), shape[0] * rows.s, shape[1] * columns.s), y.dtype)

    def image():
        x = cuda.cupy.ascontiguousarray(cells[tuple(index)])
        return x.reshape(y.shape[:2] + (rows.size, columns.size))
    return frame, corner, cells, image


def _spread(rows, columns, term, result):
    """Returns the code that sums a term over the windows that see a pixel."""
    code = [f'''
        const ptrdiff_t first = _ind.get()[0] * size +
            (_ind.get()[1] + {_reach(rows) - 1}) * width +
            _ind.get()[2] + {_reach(columns) - 1};
        const ptrdiff_t target = _ind.get()[0] * area +
            _ind.get()[1] * {rows.s} * out_width +
            _ind.get()[2] * {columns.s};''']
    for i in range(rows.s):
        for j in range(columns.s):
            windows = [
                f'first - {k // rows.s} * width - {m // columns.s}'
                for k in range(i, rows.k, rows.s)
                for m in range(j, columns.k, columns.s)]
            terms = ''.join([f' + {term.format(window, i, j)}'
                             for window in windows])
            code.append(f'''{{
          const auto sum = T(0) * T(0){terms};
          out[target + {i} * out_width + {j}] = (T)({result});
        }}''')
    return '\n'.join(code)
