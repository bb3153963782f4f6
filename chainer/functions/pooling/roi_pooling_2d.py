import numbers

import numpy

from chainer import cuda, function
from chainer.functions.math import half
from chainer.utils import argument, type_check


class ROIPooling2D(function.Function):
    """Maxima in the bins of regions of interest.

    Args:
        outh (int): Number of bins along the height of a region.
        outw (int): Number of bins along its width.
        spatial_scale (float): Size of an image here over the size of the
            image in which the regions are given.

    """

    argument_names = 'x', 'rois'

    def __init__(self, outh, outw, spatial_scale):
        for name, size in ('outh', outh), ('outw', outw):
            if not isinstance(size, numbers.Integral) or size < 1:
                raise TypeError(f'{name} must be a positive integer, but is '
                                f'{size!r}')
        self.outh, self.outw = int(outh), int(outw)
        self.spatial_scale = argument.number('spatial_scale', spatial_scale)

    def check_type_forward(self, in_types):
        type_check.expect(in_types.size() == 2)
        x_type, roi_type = in_types
        type_check.expect(
            x_type.dtype.kind == 'f',
            x_type.ndim == 4,
            x_type.shape[2] > 0,
            x_type.shape[3] > 0,
            roi_type.dtype == x_type.dtype,
            roi_type.ndim == 2,
            roi_type.shape[1] == 5,
        )

    def forward_cpu(self, inputs):
        x, rois = inputs
        images, borders = self._locate(x, rois)
        wide = half.widen(x)
        shape = len(rois), x.shape[1], self.outh, self.outw
        y = numpy.empty(shape, x.dtype)
        # Where each maximum is in its image, counted in reading order.
        self.argmax_data = numpy.empty(shape, numpy.int32)
        for i, (n, (x_min, y_min, x_max, y_max)) in enumerate(
                zip(images, borders)):
            y[i], self.argmax_data[i] = _pool(
                wide[n], _bins(y_min, y_max, self.outh, x.shape[2]),
                _bins(x_min, x_max, self.outw, x.shape[3]))
        self._images = images
        return y,

    def _locate(self, x, rois):
        """Returns the image and the rounded borders of each region."""
        rois = rois.astype(numpy.float64)
        images = rois[:, 0]
        outside = ~((images >= 0) & (images < len(x)))
        if outside.any():
            i = outside.argmax()
            raise ValueError(
                f'the first column of rois is the number of an image, 0 to '
                f'{len(x) - 1} in this batch, but it is {images[i]:g} in row '
                f'{i}')
        borders = rois[:, 1:] * self.spatial_scale
        if not numpy.isfinite(borders).all():
            raise ValueError('a border in rois is infinite or NaN')
        # Halves are rounded away from zero.
        borders = numpy.copysign(numpy.floor(abs(borders) + 0.5), borders)
        return images.astype(int), borders.astype(int)

    def backward_cpu(self, inputs, grad_outputs):
        x = inputs[0]
        gy = half.widen(grad_outputs[0])
        channels, pixels = x.shape[1], x.shape[2] * x.shape[3]
        gx = numpy.zeros(x.size, gy.dtype)
        planes = self._images[:, None] * channels + numpy.arange(channels)
        targets = self.argmax_data + planes[:, :, None, None] * pixels
        taken = self.argmax_data >= 0
        numpy.add.at(gx, targets[taken], gy[taken])
        return gx.astype(x.dtype, copy=False).reshape(x.shape), None

    def forward_gpu(self, inputs):
        x, rois = inputs
        # The regions are few numbers, and must be checked before they are
        # used as indices.
        images, borders = self._locate(x, cuda.to_cpu(rois))
        x_min, y_min, x_max, y_max = borders.T[:, :, None]
        rows = _bins(y_min, y_max, self.outh, x.shape[2])
        columns = _bins(x_min, x_max, self.outw, x.shape[3])
        shape = len(rois), x.shape[1], self.outh, self.outw
        y = cuda.cupy.empty(shape, x.dtype)
        self.argmax_data = cuda.cupy.empty(shape, numpy.int32)
        cuda.elementwise(
            'raw T x, raw int32 bins, int32 channels, int32 h, int32 w, '
            'int32 out_h, int32 out_w',
            'T best, int32 place', '''
            int channel = i / out_w / out_h % channels;
            ptrdiff_t region = i / out_w / out_h / channels;
            // The image, and the starts and stops of rows and of columns.
            region *= 1 + 2 * out_h + 2 * out_w;
            ptrdiff_t row = region + 1 + i / out_w % out_h;
            ptrdiff_t column = region + 1 + 2 * out_h + i % out_w;
            int top = bins[row], bottom = bins[row + out_h];
            int left = bins[column], right = bins[column + out_w];
            ptrdiff_t image = (ptrdiff_t(bins[region]) * channels + channel)
                * h * w;
            T most = T(0);
            int found = -1;
            for (int iy = top; iy < bottom; ++iy) {
              for (int ix = left; ix < right; ++ix) {
                T value = x[image + iy * w + ix];
                // The first NaN wins, and stays.
                if (found < 0 || (!(value <= most) && most == most)) {
                  most = value;
                  found = iy * w + ix;
                }
              }
            }
            best = most;
            place = found;
            ''', 'roi_pooling_fwd')(
                x.reduced_view(), _upload(images[:, None], *rows, *columns),
                *x.shape[1:], self.outh, self.outw, y, self.argmax_data)
        self._images = images
        return y,

    def backward_gpu(self, inputs, grad_outputs):
        x = inputs[0]
        gy, = grad_outputs
        wide = cuda.cupy.zeros(x.shape, half.wide_type(x.dtype))
        # One thread for each channel of an image goes through all regions in
        # it: the order of the sums is always the same.
        cuda.elementwise(
            'raw T gy, raw int32 places, raw int32 images, int32 regions, '
            'int32 channels, int32 bins, int32 pixels, raw W gx', '', '''
            int image = i / channels, channel = i % channels;
            for (int region = 0; region < regions; ++region) {
              if (images[region] != image) continue;
              ptrdiff_t first = ptrdiff_t(region) * channels + channel;
              first *= bins;
              for (int bin = 0; bin < bins; ++bin) {
                int place = places[first + bin];
                if (place < 0) continue;
                gx[ptrdiff_t(i) * pixels + place] += W(gy[first + bin]);
              }
            }
            ''', 'roi_pooling_bwd')(
                gy.reduced_view(), self.argmax_data, _upload(self._images),
                len(self._images), x.shape[1], self.outh * self.outw,
                x.shape[2] * x.shape[3], wide, size=x.shape[0] * x.shape[1])
        return wide.astype(x.dtype, copy=False), None


def _upload(*arrays):
    return cuda.to_gpu(
        numpy.concatenate(arrays, axis=-1).astype(numpy.int32))


def _bins(start, last, count, size):
    """Divides a region along one axis.

    Args:
        start (int or array): First pixel of the region. For many regions,
            it and ``last`` are columns.
        last (int or array): Last pixel of the region.
        count (int): Number of bins.
        size (int): Number of pixels of the image.

    Returns:
        tuple of numpy.ndarray: Where the bins begin, and where they end. Bins
        share a pixel where the region cannot be divided evenly, and are cut
        off at the borders of the image.

    """
    length = numpy.maximum(last - start + 1, 1)
    number = numpy.arange(count)
    starts = number * length // count
    stops = -(-(number + 1) * length // count)
    return (numpy.clip(start + starts, 0, size),
            numpy.clip(start + stops, 0, size))


def _pool(image, rows, columns):
    """Returns the maxima in bins, and where they are, -1 in empty bins.

    Args:
        image (numpy.ndarray): Image, shape ``(C, H, W)``.
        rows (tuple of numpy.ndarray): Starts and stops of the bins' rows.
        columns (tuple of numpy.ndarray): Those of their columns.

    """
    empty = (rows[0] >= rows[1])[:, None] | (columns[0] >= columns[1])
    top, bottom = rows[0].min(), rows[1].max()
    if top >= bottom:
        top, bottom = 0, 1
    # Columns first: of equal maxima it is then the first in reading order
    # that counts.
    y, at_column = _max_along(image[:, top:bottom], 2, *columns)
    y, at_row = _max_along(y, 1, rows[0] - top, rows[1] - top)
    argmax = numpy.take_along_axis(at_column, at_row, axis=1)
    argmax += (at_row + top) * image.shape[2]
    y[:, empty] = 0
    argmax[:, empty] = -1
    return y, argmax


def _max_along(x, axis, starts, stops):
    """Returns the maxima in bins along an axis, and where they are."""
    lasts = numpy.clip(stops - 1, 0, x.shape[axis] - 1)
    firsts = numpy.minimum(starts, lasts)
    y = x.take(firsts, axis)
    number = numpy.zeros(y.shape, numpy.int32)
    for i in range(1, (stops - starts).max()):
        # The last pixel of a small bin comes again; it is not larger then.
        candidate = x.take(numpy.minimum(starts + i, lasts), axis)
        better = candidate > y
        numpy.maximum(candidate, y, out=y)
        # Of those that were better at their time, the last is the best.
        numpy.maximum(better * numpy.int32(i), number, out=number)
    if numpy.isnan(y).any():
        # No comparison has told where they are.
        for i in reversed(range((stops - starts).max())):
            number[numpy.isnan(
                x.take(numpy.minimum(starts + i, lasts), axis))] = i
    number += firsts.reshape((-1, 1) if axis == 1 else (-1,))
    return y, number


def roi_pooling_2d(x, rois, outh, outw, spatial_scale):
    """Takes maxima in regions of interest (ROI): arrays of the same size from
    regions of any size.

    A region is a rectangle in an image. Its borders are multiplied by
    ``spatial_scale`` and rounded to pixels; both border pixels belong to it,
    and it has one pixel at least. It is divided into ``outh`` times ``outw``
    bins: bin ``i`` of ``n`` along a length of ``d`` pixels reaches from pixel
    ``floor(i * d / n)`` to before pixel ``ceil((i + 1) * d / n)``. The output
    has the maximum of each bin over the pixels in the image, and 0 where there
    are none.

    The gradient of a maximum goes to the pixel it comes from; if there are
    several, to the first of them, row by row. The function is not
    differentiable by ``rois``.

    Args:
        x (Variable): Images, shape ``(N, C, H, W)``, floats.
        rois (Variable): Regions, shape ``(R, 5)``, of the type of ``x``. A row
            is ``(number of the image in the batch, x_min, y_min, x_max,
            y_max)``.
        outh (int): Number of bins along the height.
        outw (int): Number of bins along the width.
        spatial_scale (float): Factor from the coordinates in ``rois`` to
            pixels of ``x``: 1/16 if ``x`` is what a network with four layers
            of stride 2 makes of the image.

    Returns:
        Variable: Array of shape ``(R, C, outh, outw)`` and the type of ``x``.

    Raises:
        ValueError: If a region is in an image that is not in the batch, or a
            border is no finite number.
        TypeError: If ``outh`` or ``outw`` is not a positive integer.

    See: R. Girshick, `Fast R-CNN <https://arxiv.org/abs/1504.08083>`_.

    .. admonition:: Example

       >>> import numpy as np
       >>> import chainer.functions as F
       >>> x = np.arange(16, dtype='f').reshape(1, 1, 4, 4)
       >>> rois = np.array([[0, 0, 0, 3, 1], [0, 2, 2, 3, 3]], 'f')
       >>> F.roi_pooling_2d(x, rois, 1, 2, spatial_scale=1).data
       array([[[[ 5.,  7.]]],
       <BLANKLINE>
       <BLANKLINE>
              [[[14., 15.]]]], dtype=float32)

    """
    return ROIPooling2D(outh, outw, spatial_scale)(x, rois)
