import unittest

import numpy

import chainer
import chainer.functions as F
from chainer import gradient_check, testing
from chainer.utils import type_check


def expected_output(x, ksize, stride, pad, outsize):
    """Returns the output, computed pixel by pixel."""
    y = numpy.zeros(x.shape[:2] + outsize)
    for n, c, i, j in numpy.ndindex(x.shape):
        for k in range(ksize[0]):
            for m in range(ksize[1]):
                row = i * stride[0] + k - pad[0]
                column = j * stride[1] + m - pad[1]
                if 0 <= row < outsize[0] and 0 <= column < outsize[1]:
                    y[n, c, row, column] += float(x[n, c, i, j])
    return y


@testing.parameterize(*testing.product_dict(
    [
        # The sizes of the output are counted out by hand.
        {'ksize': (2, 2), 'stride': (2, 2), 'pad': (0, 0), 'cover_all': True,
         'outsize': None, 'expected_size': (5, 3)},
        {'ksize': (2, 2), 'stride': (2, 2), 'pad': (0, 0), 'cover_all': False,
         'outsize': None, 'expected_size': (6, 4)},
        {'ksize': (2, 2), 'stride': (2, 2), 'pad': (0, 0), 'cover_all': True,
         'outsize': (6, 3), 'expected_size': (6, 3)},
        {'ksize': (2, 2), 'stride': (2, 2), 'pad': (0, 0), 'cover_all': False,
         'outsize': (7, 4), 'expected_size': (7, 4)},
        {'ksize': (3, 3), 'stride': (2, 2), 'pad': (1, 1), 'cover_all': False,
         'outsize': None, 'expected_size': (5, 3)},
        {'ksize': (3, 2), 'stride': (1, 3), 'pad': (1, 0), 'cover_all': True,
         'outsize': None, 'expected_size': (3, 3)},
        {'ksize': (3, 2), 'stride': (1, 3), 'pad': (0, 1), 'cover_all': False,
         'outsize': (5, 4), 'expected_size': (5, 4)},
    ],
    [{'dtype': numpy.float16}, {'dtype': numpy.float32},
     {'dtype': numpy.float64}],
))
class TestUnpooling2D(unittest.TestCase):

    def setUp(self):
        random = numpy.random.RandomState(0)
        x = random.uniform(-1, 1, (2, 3, 3, 2))
        self.x = x.astype(self.dtype)
        gy = random.uniform(-1, 1, (2, 3) + self.expected_size)
        self.gy = gy.astype(self.dtype)
        self.args = (self.ksize, self.stride, self.pad, self.outsize,
                     self.cover_all)
        self.tolerance = {'atol': 1e-6, 'rtol': 1e-5}
        if self.dtype == numpy.float16:
            self.tolerance = {'atol': 1e-3, 'rtol': 1e-3}

    def test_forward(self):
        y = F.unpooling_2d(chainer.Variable(self.x), *self.args)
        self.assertEqual(y.dtype, self.dtype)
        expected = expected_output(
            self.x, self.ksize, self.stride, self.pad, self.expected_size)
        testing.assert_allclose(y.data, expected, **self.tolerance)

    def test_backward(self):
        gradient_check.check_backward(
            lambda x: F.unpooling_2d(x, *self.args), self.x, self.gy,
            dtype=numpy.float64, **self.tolerance)


class TestUnpooling2DArguments(unittest.TestCase):

    def setUp(self):
        self.x = numpy.arange(12, dtype='f').reshape(1, 2, 3, 2)

    def test_integers(self):
        x = self.x[:, :, :2]
        y = F.unpooling_2d(x, 3, 2, 1, 3, False)
        numpy.testing.assert_array_equal(
            y.data, expected_output(x, (3, 3), (2, 2), (1, 1), (3, 3)))

    def test_stride_is_ksize_by_default(self):
        y = F.unpooling_2d(self.x, (1, 2), cover_all=False)
        numpy.testing.assert_array_equal(y.data, self.x.repeat(2, axis=3))

    def test_inverse_of_pooling(self):
        image = numpy.random.RandomState(0).randn(1, 2, 7, 5).astype('f')
        for ksize, stride, pad in (2, 2, 0), (3, 2, 1), (3, 1, 1):
            for cover_all in True, False:
                x = F.max_pooling_2d(image, ksize, stride, pad, cover_all)
                y = F.unpooling_2d(
                    x, ksize, stride, pad, (7, 5), cover_all)
                self.assertEqual(y.shape, image.shape)

    def test_wrong_sizes(self):
        for args, name in (((0,), 'ksize'), ((2, 0), 'stride'),
                           ((2, 2, -1), 'pad'), ((2, 2, 0, (0, 3)), 'outsize'),
                           ((2, 2, 0, (1, 2, 3)), 'outsize')):
            with self.assertRaisesRegex(ValueError, name):
                F.unpooling_2d(self.x, *args)


class TestUnpooling2DValues(unittest.TestCase):

    def test_half_precision(self):
        # 0.1 + 0.1 + ... 81 times, rounded once.
        x = numpy.full((1, 1, 9, 9), 0.1, numpy.float16)
        y = F.unpooling_2d(x, 9, 1, cover_all=False)
        expected = numpy.float16(81 * float(numpy.float16(0.1)))
        self.assertEqual(y.data[0, 0, 8, 8], expected)

    def test_non_contiguous(self):
        random = numpy.random.RandomState(0)
        x = random.randn(2, 3, 3, 4).astype('f').transpose(3, 2, 1, 0)[::2]
        gy = random.randn(5, 7, 3, 2).astype('f').T
        x = chainer.Variable(x)
        y = F.unpooling_2d(x, 3, 2, cover_all=False)
        y.grad = gy
        y.backward()
        testing.assert_allclose(
            y.data, expected_output(x.data, (3, 3), (2, 2), (0, 0), (7, 5)))
        gx = numpy.empty(x.shape)
        for n, c, i, j in numpy.ndindex(gx.shape):
            gx[n, c, i, j] = gy[
                n, c, 2 * i:2 * i + 3, 2 * j:2 * j + 3].astype('d').sum()
        testing.assert_allclose(x.grad, gx)

    def test_arguments_are_left_alone(self):
        data = numpy.random.RandomState(0).randn(1, 1, 4, 4).astype('f')
        x = chainer.Variable(data.copy())
        y = F.unpooling_2d(x, 1)
        y.grad = data + 1
        y.backward()
        numpy.testing.assert_array_equal(y.data, data)
        numpy.testing.assert_array_equal(x.data, data)
        numpy.testing.assert_array_equal(y.grad, data + 1)

    def test_empty_batch(self):
        x = chainer.Variable(numpy.zeros((0, 3, 4, 4), 'f'))
        y = F.unpooling_2d(x, 2)
        y.grad = numpy.zeros(y.shape, 'f')
        y.backward()
        self.assertEqual(y.shape, (0, 3, 7, 7))
        self.assertEqual(x.grad.shape, (0, 3, 4, 4))


class TestUnpooling2DTypes(unittest.TestCase):

    def check(self, message, x, *args, **kwargs):
        with self.assertRaisesRegex(type_check.InvalidType, message):
            F.unpooling_2d(x, *args, **kwargs)

    def test_int(self):
        self.check(r'^Expect: in_types\[0\]\.dtype\.kind == f\nActual: i != f',
                   numpy.zeros((1, 1, 4, 4), 'i'), 2)

    def test_dimensions(self):
        self.check(r'^Expect: in_types\[0\]\.ndim == 4\nActual: 3 != 4',
                   numpy.zeros((1, 4, 4), 'f'), 2)

    def test_outsize_that_is_pooled_to_another_size(self):
        message = (r'^Expect: outsize whose {} is {} when pooled\n'
                   r'Actual: an output of {} is pooled to {} ')
        x = numpy.zeros((1, 1, 3, 2), 'f')
        self.check(message.format('height', 3, 'height 7', 4),
                   x, 2, outsize=(7, 4))
        self.check(message.format('width', 2, 'width 6', 3),
                   x, 2, outsize=(6, 6), cover_all=False)

    def test_nothing_left(self):
        x = numpy.zeros((1, 1, 1, 2), 'f')
        self.check(r'^Expect: output height > 0\nActual: 0 <= 0: ',
                   x, 2, pad=1, cover_all=False)
