import math
import unittest

import numpy

import chainer
import chainer.functions as F
from chainer import gradient_check, testing
from chainer.utils import type_check


def windows(size, k, s, p, cover_all):
    """Lists the pixels of each window along one axis."""
    count = (size + 2 * p - k) / s
    count = math.ceil(count) if cover_all else math.floor(count)
    return [[i for i in range(first * s - p, first * s - p + k)
             if 0 <= i < size] for first in range(count + 1)]


def expected_maxima(x, ksize, stride, pad, cover_all):
    """Returns maxima and the (n, c, row, column) of the first of each."""
    rows, columns = [
        windows(size, k, s, p, cover_all) for size, k, s, p
        in zip(x.shape[2:], ksize, stride, pad)]
    shape = x.shape[:2] + (len(rows), len(columns))
    y, places = numpy.empty(shape), numpy.empty(shape, object)
    for n, c, i, j in numpy.ndindex(shape):
        best = None
        for row in rows[i]:
            for column in columns[j]:
                value = float(x[n, c, row, column])
                if best is None or value > best:
                    best = value
                    places[n, c, i, j] = n, c, row, column
        y[n, c, i, j] = best
    return y, places


@testing.parameterize(*testing.product_dict(
    [
        {'ksize': (2, 2), 'stride': (2, 2), 'pad': (0, 0), 'size': (4, 6)},
        {'ksize': (2, 2), 'stride': (2, 2), 'pad': (0, 0), 'size': (5, 3)},
        {'ksize': (3, 3), 'stride': (2, 2), 'pad': (1, 1), 'size': (4, 3)},
        {'ksize': (3, 3), 'stride': (1, 1), 'pad': (1, 1), 'size': (4, 3)},
        {'ksize': (3, 2), 'stride': (2, 1), 'pad': (2, 0), 'size': (5, 5)},
        {'ksize': (2, 3), 'stride': (1, 3), 'pad': (1, 2), 'size': (3, 5)},
        {'ksize': (4, 3), 'stride': (4, 3), 'pad': (0, 0), 'size': (4, 3)},
        {'ksize': (5, 5), 'stride': (5, 5), 'pad': (2, 2), 'size': (4, 5)},
    ],
    [{'cover_all': True}, {'cover_all': False}],
    [{'dtype': numpy.float16}, {'dtype': numpy.float32},
     {'dtype': numpy.float64}],
))
class TestMaxPooling2D(unittest.TestCase):

    def setUp(self):
        random = numpy.random.RandomState(0)
        shape = (2, 2) + self.size
        # No two are close: finite differences must not change the order.
        x = random.permutation(4 * self.size[0] * self.size[1])
        self.x = (x.reshape(shape) / 32. - 1).astype(self.dtype)
        self.args = self.ksize, self.stride, self.pad, self.cover_all
        self.expected, self.places = expected_maxima(self.x, *self.args)
        self.gy = random.uniform(-1, 1, self.expected.shape).astype(self.dtype)

    def test_forward(self):
        y = F.max_pooling_2d(chainer.Variable(self.x), *self.args)
        self.assertEqual(y.dtype, self.dtype)
        numpy.testing.assert_array_equal(y.data, self.expected)

    def test_backward(self):
        tolerance = {'atol': 1e-5, 'rtol': 1e-5}
        if self.dtype == numpy.float16:
            tolerance = {'atol': 1e-3, 'rtol': 1e-2}
        gradient_check.check_backward(
            lambda x: F.max_pooling_2d(x, *self.args), self.x, self.gy,
            dtype=numpy.float64, **tolerance)

    def test_ties(self):
        # Half of the pixels are the same; the first of a window counts.
        x = (self.x > 0).astype(self.dtype)
        expected, places = expected_maxima(x, *self.args)
        gx = numpy.zeros(x.shape)
        for i in numpy.ndindex(places.shape):
            gx[places[i]] += self.gy[i]
        x = chainer.Variable(x)
        y = F.max_pooling_2d(x, *self.args)
        y.grad = self.gy
        y.backward()
        numpy.testing.assert_array_equal(y.data, expected)
        testing.assert_allclose(x.grad, gx, atol=2e-3, rtol=2e-3)

    def test_indexes(self):
        pooling = F.MaxPooling2D(*self.args)
        pooling(self.x)
        indexes = pooling.indexes
        self.assertEqual(indexes.shape, self.places.shape)
        for i in numpy.ndindex(self.places.shape):
            row = self.places[i][2] - i[2] * self.stride[0] + self.pad[0]
            column = self.places[i][3] - i[3] * self.stride[1] + self.pad[1]
            self.assertEqual(indexes[i], row * self.ksize[1] + column)


class TestMaxPooling2DArguments(unittest.TestCase):

    def setUp(self):
        random = numpy.random.RandomState(0)
        self.x = random.permutation(2 * 3 * 7 * 5).reshape(2, 3, 7, 5)
        self.x = self.x.astype('f')

    def check(self, expected_args, *args, **kwargs):
        y = F.max_pooling_2d(self.x, *args, **kwargs)
        expected, _ = expected_maxima(self.x, *expected_args)
        numpy.testing.assert_array_equal(y.data, expected)

    def test_integers(self):
        self.check(((3, 3), (2, 2), (1, 1), True), 3, 2, 1)

    def test_stride_is_ksize_by_default(self):
        self.check(((3, 2), (3, 2), (0, 0), True), (3, 2))

    def test_cover_all(self):
        self.check(((2, 2), (2, 2), (0, 0), False), 2, cover_all=False)

    def test_use_cudnn(self):
        self.check(((2, 2), (2, 2), (0, 0), True), 2, use_cudnn=False)
        self.assertFalse(F.MaxPooling2D(2, use_cudnn=False).use_cudnn)

    def test_attributes(self):
        pooling = F.MaxPooling2D((3, 2), pad=(0, 1))
        self.assertEqual(
            (pooling.kh, pooling.kw, pooling.sy, pooling.sx, pooling.ph,
             pooling.pw, pooling.cover_all), (3, 2, 3, 2, 0, 1, True))

    def test_wrong_sizes(self):
        for args, name in (((0,), 'ksize'), ((2, 0), 'stride'),
                           ((2, 2, -1), 'pad'), (((2, 2, 2),), 'ksize'),
                           ((2.5,), 'ksize')):
            with self.assertRaisesRegex(ValueError, name):
                F.max_pooling_2d(self.x, *args)


class TestMaxPooling2DValues(unittest.TestCase):

    def backprop(self, x, gy, *args):
        x = chainer.Variable(x)
        y = F.max_pooling_2d(x, *args)
        y.grad = numpy.full(y.shape, gy, x.dtype)
        y.backward()
        return y.data, x.grad

    def test_padding_is_not_zero(self):
        for dtype in numpy.float16, numpy.float32, numpy.float64:
            x = numpy.full((1, 1, 3, 3), -5, dtype)
            y, gx = self.backprop(x, 1, 3, 2, 1)
            numpy.testing.assert_array_equal(y, numpy.full((1, 1, 2, 2), -5))
            # The first pixel of a window is not the padding.
            numpy.testing.assert_array_equal(
                gx[0, 0], [[1, 1, 0], [1, 1, 0], [0, 0, 0]])

    def test_infinity(self):
        x = numpy.full((1, 1, 3, 3), -numpy.inf, 'f')
        x[0, 0, 2, 2] = numpy.inf
        y, gx = self.backprop(x, 1, 3, 2, 1)
        numpy.testing.assert_array_equal(
            y[0, 0], [[-numpy.inf] * 2, [-numpy.inf, numpy.inf]])
        numpy.testing.assert_array_equal(
            gx[0, 0], [[1, 1, 0], [1, 0, 0], [0, 0, 1]])

    def test_nan(self):
        for place in numpy.ndindex(4, 4):
            x = numpy.arange(16, dtype='f').reshape(1, 1, 4, 4)
            x[0, 0][place] = numpy.nan
            y, gx = self.backprop(x, 1, 2)
            expected = numpy.array([[5, 7], [13, 15]], 'f')
            expected[place[0] // 2, place[1] // 2] = numpy.nan
            numpy.testing.assert_array_equal(y[0, 0], expected)
            self.assertEqual(gx.sum(), 4)
            self.assertEqual(gx[0, 0][place], 1)

    def test_first_nan(self):
        x = numpy.zeros((1, 1, 2, 3), 'f')
        x[0, 0, 0, 2] = x[0, 0, 1, 0] = x[0, 0, 1, 1] = numpy.nan
        pooling = F.MaxPooling2D((2, 3))
        pooling(x)
        self.assertEqual(pooling.indexes.item(), 2)

    def test_large_window(self):
        # The number of a pixel in its window has no place in eight bits.
        x = numpy.zeros((1, 1, 2, 600), 'f')
        x[0, 0, 1, 517] = 1
        pooling = F.MaxPooling2D((2, 600))
        self.assertEqual(pooling(x).data.item(), 1)
        self.assertEqual(pooling.indexes.item(), 600 + 517)
        _, gx = self.backprop(x, 1, (2, 600))
        numpy.testing.assert_array_equal(gx, x)

    def test_overlapping_gradients_add_up(self):
        x = numpy.zeros((1, 1, 5, 5), 'f')
        x[0, 0, 2, 2] = 1
        _, gx = self.backprop(x, 1, 3, 1)
        numpy.testing.assert_array_equal(gx, 9 * x)

    def test_half_precision_gradients_add_up(self):
        # 0.1 + 0.1 + ... 81 times, rounded once.
        x = numpy.zeros((1, 1, 17, 17), numpy.float16)
        x[0, 0, 8, 8] = 1
        _, gx = self.backprop(x, 0.1, 9, 1)
        tenth = float(numpy.float16(0.1))
        self.assertEqual(gx[0, 0, 8, 8], numpy.float16(81 * tenth))

    def test_backward_twice(self):
        x = chainer.Variable(
            numpy.random.RandomState(0).randn(2, 3, 5, 4).astype('f'))
        y = F.max_pooling_2d(x, 3, 2)
        y.grad = numpy.random.RandomState(1).randn(*y.shape).astype('f')
        y.backward()
        first = x.grad.copy()
        x.cleargrad()
        y.backward()
        numpy.testing.assert_array_equal(x.grad, first)
        self.assertGreater(abs(first).max(), 0)

    def test_non_contiguous(self):
        random = numpy.random.RandomState(0)
        x = random.randn(6, 5, 3, 4).astype('f').transpose(3, 2, 1, 0)[::2]
        gy = random.randn(3, 3, 3, 2).astype('f').T
        expected, places = expected_maxima(x, (2, 2), (2, 2), (0, 0), True)
        x = chainer.Variable(x)
        y = F.max_pooling_2d(x, 2)
        y.grad = gy
        y.backward()
        numpy.testing.assert_array_equal(y.data, expected)
        gx = numpy.zeros(x.shape)
        for i in numpy.ndindex(places.shape):
            gx[places[i]] += gy[i]
        testing.assert_allclose(x.grad, gx)

    def test_arguments_are_left_alone(self):
        data = numpy.random.RandomState(0).randn(1, 1, 4, 4).astype('f')
        x = chainer.Variable(data.copy())
        y = F.max_pooling_2d(x, 1)
        self.assertFalse(numpy.shares_memory(y.data, x.data))
        y.grad = data + 1
        y.backward()
        numpy.testing.assert_array_equal(x.data, data)
        numpy.testing.assert_array_equal(y.grad, data + 1)

    def test_empty_batch(self):
        y, gx = self.backprop(numpy.zeros((0, 3, 4, 4), 'f'), 1, 2)
        self.assertEqual(y.shape, (0, 3, 2, 2))
        self.assertEqual(gx.shape, (0, 3, 4, 4))


class TestMaxPooling2DTypes(unittest.TestCase):

    def check(self, message, x, *args, **kwargs):
        with self.assertRaisesRegex(type_check.InvalidType, message):
            F.max_pooling_2d(x, *args, **kwargs)

    def test_int(self):
        self.check(r'^Expect: in_types\[0\]\.dtype\.kind == f\nActual: i != f',
                   numpy.zeros((1, 1, 4, 4), 'i'), 2)

    def test_dimensions(self):
        self.check(r'^Expect: in_types\[0\]\.ndim == 4\nActual: 3 != 4',
                   numpy.zeros((1, 4, 4), 'f'), 2)

    def test_window_larger_than_image(self):
        self.check(r'^Expect: output width > 0\nActual: 0 <= 0',
                   numpy.zeros((1, 1, 4, 3), 'f'), 4, cover_all=False)

    def test_windows_in_padding(self):
        message = (r'^Expect: a pixel of the image in each window\nActual: '
                   r'the image of {} has none (.|\n)*cover_all=False')
        x = numpy.zeros((1, 1, 4, 5), 'f')
        self.check(message.format('height 4'), x, 2, 2, 2)
        # The first window only, and the first and the last.
        self.check(message.format('width 5'), x, 2, 2, (0, 2), False)
        self.check(message.format('width 5'), x, 2, 2, (0, 2))
        # The third window would begin where the image has ended.
        self.check(message.format('height 4'), x, 1, 2)
        self.check(message.format('width 5'), x, (4, 1), (4, 3))
        self.assertEqual(
            F.max_pooling_2d(x, 1, 2, cover_all=False).shape, (1, 1, 2, 3))
