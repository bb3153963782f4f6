import fractions
import math
import unittest

import numpy

import chainer
import chainer.functions as F
from chainer import gradient_check, testing
from chainer.utils import type_check


def round_half_away(value):
    rounded = math.floor(abs(value) + 0.5)
    return -rounded if value < 0 else rounded


def pixels(low, high, count, size, scale):
    """Lists the pixels of each bin along one axis."""
    first, last = round_half_away(low * scale), round_half_away(high * scale)
    length = max(last - first + 1, 1)
    step = fractions.Fraction(length, count)
    return [[i for i in range(first + math.floor(n * step),
                              first + math.ceil((n + 1) * step))
             if 0 <= i < size] for n in range(count)]


def expected_maxima(x, rois, outh, outw, scale):
    """Returns maxima and the (n, c, row, column) of the first of each."""
    shape = len(rois), x.shape[1], outh, outw
    y, places = numpy.zeros(shape), numpy.empty(shape, object)
    for r, (n, x_min, y_min, x_max, y_max) in enumerate(rois.tolist()):
        n = int(n)
        rows = pixels(y_min, y_max, outh, x.shape[2], scale)
        columns = pixels(x_min, x_max, outw, x.shape[3], scale)
        for c, i, j in numpy.ndindex(shape[1:]):
            values = [(-float(x[n, c, row, column]), row, column)
                      for row in rows[i] for column in columns[j]]
            if values:
                negated, row, column = min(values)
                y[r, c, i, j] = -negated
                places[r, c, i, j] = n, c, row, column
    return y, places


# Regions of one pixel, of the whole image, that reach over a border, that lie
# outside, whose borders are in the wrong order, and that are halves.
ROIS = [[0, 4, 6, 4, 6],
        [1, 0, 0, 22, 18],
        [1, -9, -6, 7, 9],
        [0, 13, 11, 40, 30],
        [0, 30, 30, 40, 40],
        [1, -30, 2, -20, 10],
        [0, 14, 12, 5, 3],
        [1, 1, 3, 9, 11]]


@testing.parameterize(*testing.product({
    'out': [(1, 1), (3, 2), (7, 9)],
    'scale': [0.5, 0.3, 1],
    'dtype': [numpy.float16, numpy.float32, numpy.float64],
}))
class TestROIPooling2D(unittest.TestCase):

    def setUp(self):
        random = numpy.random.RandomState(0)
        shape = 2, 3, 6, 7
        # No two are close, and all are below zero.
        x = random.permutation(numpy.prod(shape)).reshape(shape) / 32.
        self.x = (x - 10).astype(self.dtype)
        self.rois = numpy.array(ROIS, self.dtype)
        self.args = self.out + (self.scale,)
        gy = random.uniform(-1, 1, (len(ROIS), 3) + self.out)
        self.gy = gy.astype(self.dtype)

    def check_forward(self, x):
        y = F.roi_pooling_2d(
            chainer.Variable(x), chainer.Variable(self.rois), *self.args)
        self.assertEqual(y.dtype, self.dtype)
        expected, _ = expected_maxima(x, self.rois, *self.args)
        numpy.testing.assert_array_equal(y.data, expected)

    def check_gradient(self, x):
        _, places = expected_maxima(x, self.rois, *self.args)
        expected = numpy.zeros(x.shape)
        for i in numpy.ndindex(places.shape):
            if places[i] is not None:
                expected[places[i]] += self.gy[i]
        x, rois = chainer.Variable(x), chainer.Variable(self.rois)
        y = F.roi_pooling_2d(x, rois, *self.args)
        y.grad = self.gy
        y.backward()
        tolerance = 2e-3 if self.dtype == numpy.float16 else 1e-5
        testing.assert_allclose(x.grad, expected, tolerance, tolerance)
        self.assertEqual(x.grad.dtype, self.dtype)
        self.assertIsNone(rois.grad)

    def test_forward(self):
        self.check_forward(self.x)

    def test_backward(self):
        self.check_gradient(self.x)

    def test_ties(self):
        x = numpy.round(self.x / 4)
        self.check_forward(x)
        self.check_gradient(x)


class TestROIPooling2DValues(unittest.TestCase):

    def setUp(self):
        random = numpy.random.RandomState(0)
        self.x = random.permutation(60).reshape(2, 1, 5, 6).astype('f')

    def test_gradient(self):
        rois = numpy.array(ROIS[:4], 'f')
        gy = numpy.random.RandomState(1).randn(4, 1, 2, 3)
        for dtype in numpy.float32, numpy.float64:
            gradient_check.check_backward(
                lambda x: F.roi_pooling_2d(x, rois.astype(x.dtype), 2, 3, 0.5),
                self.x.astype(dtype), gy.astype(dtype), dtype=numpy.float64)

    def test_division_is_exact(self):
        # In floating point 29 / 7 * 7 is more than 29.
        x = numpy.arange(40, dtype='f').reshape(1, 1, 1, 40)
        roi = numpy.array([[0, 0, 0, 28, 0]], 'f')
        y = F.roi_pooling_2d(x, roi, 1, 7, 1)
        self.assertEqual(
            y.data.ravel().tolist(), [4, 8, 12, 16, 20, 24, 28])

    def test_large_numbers_of_images(self):
        x = numpy.arange(300, dtype='f').reshape(300, 1, 1, 1)
        rois = numpy.array([[299, 0, 0, 0, 0], [257, 0, 0, 0, 0]], 'f')
        y = F.roi_pooling_2d(x, rois, 1, 1, 1)
        self.assertEqual(y.data.ravel().tolist(), [299, 257])

    def test_nan(self):
        self.x[1, 0, 4, 5] = numpy.nan
        x = chainer.Variable(self.x)
        rois = numpy.array([[1, 0, 0, 5, 4], [0, 0, 0, 5, 4]], 'f')
        y = F.roi_pooling_2d(x, rois, 4, 4, 1)
        expected = numpy.zeros((2, 1, 4, 4), bool)
        expected[0, 0, 3, 3] = True
        numpy.testing.assert_array_equal(numpy.isnan(y.data), expected)
        y.grad = numpy.ones(y.shape, 'f')
        y.backward()
        self.assertEqual(x.grad.sum(), 32)

    def test_negative_infinity(self):
        x = numpy.full((1, 1, 3, 3), -numpy.inf, 'f')
        y = F.roi_pooling_2d(x, numpy.array([[0, 0, 0, 2, 2]], 'f'), 2, 2, 1)
        numpy.testing.assert_array_equal(y.data, [[[[-numpy.inf] * 2] * 2]])

    def test_backward_twice(self):
        x = chainer.Variable(self.x)
        y = F.roi_pooling_2d(x, numpy.array(ROIS, 'f'), 3, 3, 0.5)
        y.grad = numpy.random.RandomState(1).randn(*y.shape).astype('f')
        y.backward()
        first = x.grad.copy()
        x.cleargrad()
        y.backward()
        numpy.testing.assert_array_equal(x.grad, first)
        self.assertGreater(abs(first).max(), 0)

    def test_non_contiguous(self):
        x = self.x.T.copy().T[:, :, ::-1, ::2]
        rois = numpy.array(ROIS, 'f')[::2]
        y = F.roi_pooling_2d(x, rois, 3, 3, 0.5)
        expected, _ = expected_maxima(x, rois, 3, 3, 0.5)
        numpy.testing.assert_array_equal(y.data, expected)

    def test_no_region(self):
        x = chainer.Variable(self.x)
        y = F.roi_pooling_2d(x, numpy.zeros((0, 5), 'f'), 3, 2, 1)
        self.assertEqual(y.shape, (0, 1, 3, 2))
        y.grad = numpy.zeros(y.shape, 'f')
        y.backward()
        numpy.testing.assert_array_equal(x.grad, numpy.zeros(x.shape))


class TestROIPooling2DErrors(unittest.TestCase):

    def setUp(self):
        self.x = numpy.zeros((2, 3, 4, 4), 'f')
        self.rois = numpy.array([[0, 0, 0, 1, 1], [1, 0, 0, 2, 2]], 'f')

    def test_number_of_image(self):
        for number, text in (2, '2'), (-1, '-1'), (numpy.nan, 'nan'):
            self.rois[1, 0] = number
            with self.assertRaisesRegex(
                    ValueError, f'0 to 1 in this batch, but it is {text} in '
                                f'row 1'):
                F.roi_pooling_2d(self.x, self.rois, 2, 2, 1)

    def test_border(self):
        for border in numpy.nan, numpy.inf:
            self.rois[1, 2] = border
            with self.assertRaisesRegex(ValueError, 'infinite or NaN'):
                F.roi_pooling_2d(self.x, self.rois, 2, 2, 1)

    def test_number_of_bins(self):
        for out in 0, -1, 1.5, None:
            with self.assertRaisesRegex(TypeError, 'outh must be a positive'):
                F.roi_pooling_2d(self.x, self.rois, out, 2, 1)
            with self.assertRaisesRegex(TypeError, 'outw must be a positive'):
                F.roi_pooling_2d(self.x, self.rois, 2, out, 1)

    def check_types(self, message, x, rois):
        with self.assertRaisesRegex(type_check.InvalidType, message):
            F.roi_pooling_2d(x, rois, 2, 2, 1)

    def test_types(self):
        self.check_types(
            r'^Expect: in_types\[0\]\.dtype\.kind == f\nActual: i != f',
            self.x.astype('i'), self.rois)
        self.check_types(
            r'^Expect: in_types\[1\]\.dtype == in_types\[0\]\.dtype\n',
            self.x, self.rois.astype('d'))
        self.check_types(
            r'^Expect: in_types\[0\]\.ndim == 4\n', self.x[0], self.rois)
        self.check_types(
            r'^Expect: in_types\[1\]\.ndim == 2\n', self.x, self.rois[0])
        self.check_types(
            r'^Expect: in_types\[1\]\.shape\[1\] == 5\nActual: 4 != 5',
            self.x, self.rois[:, 1:])
        self.check_types(
            r'^Expect: in_types\[0\]\.shape\[2\] > 0\n', self.x[:, :, :0],
            self.rois)

    def test_spatial_scale_that_is_no_number(self):
        for spatial_scale in None, '1', (1,), 1j, numpy.ones(1), True:
            with self.assertRaisesRegex(
                    TypeError, '^spatial_scale must be a number, but is '):
                F.roi_pooling_2d(self.x, self.rois, 2, 2, spatial_scale)
