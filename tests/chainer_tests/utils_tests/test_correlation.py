import tracemalloc
import unittest
from unittest import mock

import numpy

from chainer import testing
from chainer.utils import conv, correlation


def correlate(x, W, stride, pad, out_size):
    """Computes the correlation pixel by pixel, in double precision."""
    y = numpy.zeros((len(x), len(W)) + out_size)
    for i, j, k, m in numpy.ndindex(out_size + W.shape[2:]):
        row = i * stride[0] + k - pad[0]
        column = j * stride[1] + m - pad[1]
        if 0 <= row < x.shape[2] and 0 <= column < x.shape[3]:
            y[:, :, i, j] += numpy.einsum(
                'nc,oc->no', x[:, :, row, column], W[:, :, k, m],
                dtype=numpy.float64)
    return y


def transpose(gy, W, size, stride, pad):
    """Computes the gradient of the images pixel by pixel."""
    gx = numpy.zeros((len(gy), W.shape[1]) + size)
    for i, j, k, m in numpy.ndindex(gy.shape[2:] + W.shape[2:]):
        row = i * stride[0] + k - pad[0]
        column = j * stride[1] + m - pad[1]
        if 0 <= row < size[0] and 0 <= column < size[1]:
            gx[:, :, row, column] += numpy.einsum(
                'no,oc->nc', gy[:, :, i, j], W[:, :, k, m],
                dtype=numpy.float64)
    return gx


def weight_gradient(x, gy, ksize, stride, pad):
    """Computes the gradient of the filters pixel by pixel."""
    gW = numpy.zeros((gy.shape[1], x.shape[1]) + ksize)
    for i, j, k, m in numpy.ndindex(gy.shape[2:] + ksize):
        row = i * stride[0] + k - pad[0]
        column = j * stride[1] + m - pad[1]
        if 0 <= row < x.shape[2] and 0 <= column < x.shape[3]:
            gW[:, :, k, m] += numpy.einsum(
                'nc,no->oc', x[:, :, row, column], gy[:, :, i, j],
                dtype=numpy.float64)
    return gW


class CorrelationTestCase(unittest.TestCase):

    def prepare(self, n, channels, size, ksize, stride, pad, cover_all=False,
                dtype=numpy.float32):
        random = numpy.random.RandomState(0)
        c, o = channels
        self.out_size = tuple(
            conv.get_conv_outsize(*args, cover_all)
            for args in zip(size, ksize, stride, pad))
        self.x = random.uniform(-1, 1, (n, c) + size).astype(dtype)
        self.W = random.uniform(-1, 1, (o, c) + ksize).astype(dtype)
        self.b = random.uniform(-1, 1, o).astype(dtype)
        self.b_in = random.uniform(-1, 1, c).astype(dtype)
        self.gy = random.uniform(-1, 1, (n, o) + self.out_size).astype(dtype)
        self.y = correlate(self.x, self.W, stride, pad, self.out_size)
        self.gx = transpose(self.gy, self.W, size, stride, pad)
        self.gW = weight_gradient(self.x, self.gy, ksize, stride, pad)
        self.correlation = correlation.Correlation(
            size, ksize, stride, pad, self.out_size)

    def assert_close(self, actual, expected):
        self.assertEqual(actual.dtype, self.x.dtype)
        self.assertEqual(actual.shape, expected.shape)
        self.assertTrue(actual.flags.c_contiguous)
        tolerance = 1e-12 if self.x.dtype == numpy.float64 else 1e-4
        testing.assert_allclose(
            actual, expected, atol=tolerance, rtol=tolerance)

    def check(self):
        x, W, gy = self.x, self.W, self.gy
        arrays = [x, W, gy]
        before = [array.copy() for array in arrays]
        self.assert_close(self.correlation.forward(x, W), self.y)
        self.assert_close(self.correlation.forward(x, W, self.b),
                          self.y + self.b[:, None, None])
        self.assert_close(self.correlation.data_gradient(gy, W), self.gx)
        self.assert_close(
            self.correlation.data_gradient(gy, W, self.b_in),
            self.gx + self.b_in[:, None, None])
        self.assert_close(self.correlation.weight_gradient(x, gy), self.gW)
        gx, gW = self.correlation.gradients(x, W, gy)
        self.assert_close(gx, self.gx)
        self.assert_close(gW, self.gW)
        y, gW = self.correlation.forward_and_weight_gradient(x, W, gy)
        self.assert_close(y, self.y)
        self.assert_close(gW, self.gW)
        for array, copy in zip(arrays, before):
            numpy.testing.assert_array_equal(array, copy)


@testing.parameterize(*testing.product({
    'channels': [(1, 4), (4, 1)],
    'ksize': [(1, 1), (3, 3), (2, 5)],
    'stride': [(1, 1), (2, 2), (3, 4)],
    'pad': [(0, 0), (2, 1), (3, 5)],
    'cover_all': [False, True],
}))
class TestGeometry(CorrelationTestCase):

    def test(self):
        self.prepare(3, self.channels, (7, 6), self.ksize, self.stride,
                     self.pad, self.cover_all)
        self.check()


class TestPaths(CorrelationTestCase):

    def test_types(self):
        for dtype in numpy.float32, numpy.float64:
            self.prepare(2, (3, 2), (5, 4), (3, 2), (2, 1), (1, 1),
                         dtype=dtype)
            self.check()

    def test_both_ways_back(self):
        for channels in (2, 3), (3, 2):
            for ksize, pad in ((3, 2), (1, 0)), ((1, 1), (0, 0)):
                self.prepare(4, channels, (6, 5), ksize, (1, 1), pad)
                for gathers in False, True:
                    with mock.patch.object(
                            correlation.Correlation, '_gathers',
                            lambda self, W, n, gathers=gathers: gathers):
                        self.check()

    def test_choice_of_way_back(self):
        for channels, n, size, stride, pad, gathers in [
                ((4, 4), 2, 6, 1, 1, True),
                # Strides, padding as wide as the window.
                ((4, 4), 2, 6, 2, 1, False),
                ((4, 4), 2, 6, 1, 3, False),
                ((4, 4), 2, 6, 1, 2, True),
                # More columns: of more channels, or of more pixels.
                ((4, 9), 2, 6, 1, 1, False),
                ((4, 4), 2, 6, 1, 0, False),
                # The filters are larger than the images.
                ((40, 40), 1, 6, 1, 1, False)]:
            self.prepare(n, channels, (size, size), (3, 3), (stride, stride),
                         (pad, pad))
            self.assertIs(
                self.correlation._gathers(self.W, n), gathers)

    def test_large_images(self):
        # Each is multiplied on its own.
        self.prepare(3, (3, 2), (16, 12), (3, 2), (1, 1), (1, 1))
        self.check()
        self.prepare(3, (2, 3), (16, 12), (1, 1), (1, 1), (0, 0))
        self.check()
        # Side by side, as the columns are longer.
        self.prepare(3, (80, 2), (12, 12), (3, 2), (1, 1), (1, 1))
        self.check()
        self.prepare(3, (300, 2), (12, 12), (1, 1), (1, 1), (0, 0))
        self.check()

    def test_many_filters(self):
        self.prepare(3, (2, 300), (4, 3), (2, 2), (1, 1), (0, 0))
        self.check()

    def test_image_larger_than_what_is_seen(self):
        self.prepare(2, (2, 3), (7, 6), (2, 2), (3, 3), (0, 0))
        self.assertTrue((self.gx[:, :, 5:] == 0).all())
        self.check()

    def test_no_image(self):
        for stride in 1, 2:
            self.prepare(0, (2, 3), (7, 6), (2, 2), (stride, stride), (1, 0))
            self.check()

    def test_no_channel(self):
        for channels in (2, 0), (0, 3):
            for stride in 1, 2:
                self.prepare(
                    2, channels, (7, 6), (2, 2), (stride, stride), (1, 0))
                self.check()

    def test_not_contiguous(self):
        for stride in 1, 2:
            self.prepare(3, (3, 2), (6, 6), (2, 2), (stride, stride), (0, 0))
            self.x = self.x.T.copy().T
            self.W = self.W[:, ::-1, :, ::-1].copy()[:, ::-1, :, ::-1]
            self.gy = numpy.repeat(self.gy, 2, axis=3)[..., ::2]
            self.check()

    def test_read_only(self):
        self.prepare(3, (3, 2), (6, 6), (2, 2), (1, 1), (0, 0))
        for array in self.x, self.W, self.gy:
            array.flags.writeable = False
        self.check()

    def test_infinite_pixel_stays_local(self):
        x = numpy.zeros((1, 1, 5, 5), 'f')
        x[0, 0, 0, 0] = numpy.inf
        y = correlation.Correlation(
            (5, 5), (3, 3), (1, 1), (1, 1), (5, 5)).forward(
                x, numpy.ones((1, 1, 3, 3), 'f'))
        self.assertTrue(numpy.isinf(y[0, 0, :2, :2]).all())
        y[0, 0, :2, :2] = 0
        self.assertTrue((y == 0).all())


@testing.parameterize(*testing.product({
    # Columns in a block, and bytes: the larger counts.
    'columns': [1, 9, 40, 120],
    'block': [1, 2000, 1 << 22],
    'channels': [(1, 4), (4, 1)],
    'ksize': [(1, 1), (3, 2)],
    'stride': [(1, 1), (2, 3)],
}))
class TestBlocks(CorrelationTestCase):

    def test(self):
        self.prepare(5, self.channels, (8, 7), self.ksize, self.stride, (1, 1))
        with mock.patch.object(correlation, 'COLUMNS', self.columns), \
                mock.patch.object(correlation, 'BLOCK', self.block):
            self.check()


class TestBounds(CorrelationTestCase):

    def test_views_stay_inside(self):
        make_view = correlation.stride_tricks.as_strided
        n_views = 0

        def checked(array, shape, strides):
            nonlocal n_views
            n_views += 1
            last = sum((n - 1) * s for n, s in zip(shape, strides))
            allowed = sum(
                (n - 1) * s for n, s in zip(array.shape, array.strides))
            self.assertLessEqual(last, allowed)
            return make_view(array, shape, strides)

        with mock.patch.object(
                correlation.stride_tricks, 'as_strided', checked), \
                mock.patch.object(correlation, 'BLOCK', 1), \
                mock.patch.object(correlation, 'COLUMNS', 10):
            for ksize in (1, 2), (3, 4), (4, 3):
                for stride in (1, 1), (2, 3), (3, 2), (5, 5):
                    for pad in (0, 0), (1, 2):
                        for cover_all in False, True:
                            self.prepare(1, (1, 2), (7, 6), ksize, stride,
                                         pad, cover_all)
                            self.correlation.forward(self.x, self.W)
        self.assertGreater(n_views, 48)


class TestMemory(unittest.TestCase):

    def peak(self, function, *args):
        tracemalloc.start()
        try:
            function(*args)
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    def check(self, n, channels, out_channels, size, stride):
        x = numpy.zeros((n, channels, size, size), 'f')
        W = numpy.zeros((out_channels, channels, 5, 5), 'f')
        out = conv.get_conv_outsize(size, 5, stride, 2)
        gy = numpy.zeros((n, out_channels, out, out), 'f')
        c = correlation.Correlation(
            (size, size), (5, 5), (stride, stride), (2, 2), (out, out))
        columns = n * channels * 25 * out * out * 4
        few = columns / 2
        self.assertGreater(few, 2 * correlation.BLOCK)
        self.assertLess(self.peak(c.forward, x, W), few)
        self.assertLess(self.peak(c.data_gradient, gy, W), few)
        self.assertLess(self.peak(c.gradients, x, W, gy), few)

    def test_many_images(self):
        self.check(64, 4, 4, 32, 1)

    def test_large_image(self):
        self.check(1, 4, 4, 256, 1)

    def test_scatter(self):
        self.check(64, 4, 8, 32, 1)
        self.check(1, 8, 4, 512, 2)


class TestPrecision(unittest.TestCase):

    def test_double(self):
        # In float32 the small number vanishes.
        x = numpy.array([1, 2.0 ** -40]).reshape(1, 2, 1, 1)
        W = numpy.ones((1, 2, 1, 1))
        y = correlation.Correlation(
            (1, 1), (1, 1), (1, 1), (0, 0), (1, 1)).forward(x, W)
        self.assertEqual(y[0, 0, 0, 0], 1 + 2.0 ** -40)
