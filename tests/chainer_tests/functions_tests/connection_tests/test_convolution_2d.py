import unittest

import numpy

import chainer
import chainer.functions as F
from chainer import gradient_check, testing
from chainer.functions.connection import convolution_2d
from chainer.utils import type_check

GEOMETRIES = [
    {'ksize': (1, 1)},
    {'ksize': (3, 2)},
    {'ksize': (3, 3), 'pad': 1},
    {'ksize': (1, 1), 'stride': 2, 'pad': 1},
    {'ksize': (2, 3), 'stride': (2, 1), 'pad': (0, 2)},
    # Pixels are left out.
    {'ksize': (1, 2), 'stride': (2, 3)},
    {'ksize': (2, 2), 'stride': 3, 'pad': 1},
    # Larger than the image, but not than the padded one.
    {'ksize': (6, 5), 'pad': 1},
    # Some windows see nothing but padding.
    {'ksize': (2, 2), 'pad': 3},
    {'ksize': (2, 2), 'stride': 2, 'cover_all': True},
    {'ksize': (3, 2), 'stride': (4, 3), 'pad': 1, 'cover_all': True},
]


def convolve(x, W, b, stride=1, pad=0, cover_all=False):
    """Computes a convolution number by number, in Python."""
    (n, _, *size), (o, _, *ksize) = x.shape, W.shape
    sy, sx = stride if isinstance(stride, tuple) else (stride, stride)
    ph, pw = pad if isinstance(pad, tuple) else (pad, pad)

    def starts(size, k, s, p):
        result, start = [], -p
        while start + k <= size + p:
            result.append(start)
            start += s
        if cover_all and result[-1] + k < size + p:
            result.append(start)
        return result

    tops = starts(size[0], ksize[0], sy, ph)
    lefts = starts(size[1], ksize[1], sx, pw)
    y = numpy.zeros((n, o, len(tops), len(lefts)))
    for i in numpy.ndindex(y.shape):
        total = 0. if b is None else float(b[i[1]])
        for j in numpy.ndindex(W.shape[1:]):
            row, column = tops[i[2]] + j[1], lefts[i[3]] + j[2]
            if 0 <= row < size[0] and 0 <= column < size[1]:
                total += float(x[i[0], j[0], row, column]) * float(
                    W[(i[1],) + j])
        y[i] = total
    return y


@testing.parameterize(*testing.product_dict(
    [dict(g, channels=(2, 3) if i % 2 else (3, 2))
     for i, g in enumerate(GEOMETRIES)],
    [{'x_dtype': numpy.float16, 'W_dtype': numpy.float16},
     {'x_dtype': numpy.float32, 'W_dtype': numpy.float32},
     {'x_dtype': numpy.float64, 'W_dtype': numpy.float64},
     {'x_dtype': numpy.float16, 'W_dtype': numpy.float32},
     {'x_dtype': numpy.float64, 'W_dtype': numpy.float16}],
    [{'nobias': False}, {'nobias': True}]))
class TestConvolution2D(unittest.TestCase):

    stride = 1
    pad = 0
    cover_all = False

    def setUp(self):
        random = numpy.random.RandomState(0)

        def draw(shape, dtype):
            return random.uniform(-1, 1, shape).astype(dtype)

        c, o = self.channels
        self.x = draw((2, c, 4, 3), self.x_dtype)
        self.W = draw((o, c) + self.ksize, self.W_dtype)
        self.b = None if self.nobias else draw(o, self.x_dtype)
        self.args = (self.x, self.W) if self.nobias else (
            self.x, self.W, self.b)
        self.options = {'stride': self.stride, 'pad': self.pad,
                        'cover_all': self.cover_all}
        self.expected = convolve(self.x, self.W, self.b, **self.options)
        self.gy = draw(self.expected.shape, self.x_dtype)
        self.tolerance = {'atol': 1e-5, 'rtol': 1e-4}
        if numpy.float16 in (self.x_dtype, self.W_dtype):
            self.tolerance = {'atol': 1e-2, 'rtol': 1e-2}

    def apply(self, *args):
        return F.convolution_2d(*args, **self.options)

    def test_forward(self):
        y = self.apply(*[chainer.Variable(arg) for arg in self.args])
        self.assertEqual(y.dtype, self.x_dtype)
        self.assertEqual(y.shape, self.expected.shape)
        testing.assert_allclose(y.data, self.expected, **self.tolerance)

    def test_backward(self):
        gradient_check.check_backward(
            self.apply, self.args, self.gy, dtype=numpy.float64,
            **self.tolerance)


class TestConvolution2DArrays(unittest.TestCase):

    def setUp(self):
        random = numpy.random.RandomState(0)
        self.x = random.randn(3, 2, 5, 4).astype('f')
        self.W = random.randn(3, 2, 3, 3).astype('f')
        self.b = random.randn(3).astype('f')
        self.gy = random.randn(3, 3, 5, 4).astype('f')

    def backprop(self, x, W, b, gy, times=1):
        variables = [chainer.Variable(array) for array in (x, W, b)]
        y = F.convolution_2d(*variables, pad=1)
        for _ in range(times):
            for v in variables:
                v.cleargrad()
            y.grad = gy
            y.backward(retain_grad=True)
        return [y.data] + [v.grad for v in variables]

    def test_not_contiguous(self):
        expected = self.backprop(self.x, self.W, self.b, self.gy)
        actual = self.backprop(
            self.x[..., ::-1].copy()[..., ::-1],
            self.W.T.copy().T,
            numpy.repeat(self.b, 2)[::2],
            self.gy.swapaxes(0, 2).copy().swapaxes(0, 2))
        for x, y in zip(actual, expected):
            testing.assert_allclose(x, y, atol=1e-5)

    def test_results_are_contiguous(self):
        # What follows, such as an optimizer, is slow on anything else.
        for array in self.backprop(self.x, self.W, self.b, self.gy):
            self.assertTrue(array.flags.c_contiguous)

    def test_arguments_are_left_alone(self):
        arrays = [self.x, self.W, self.b, self.gy]
        before = [array.copy() for array in arrays]
        self.backprop(*arrays)
        for array, copy in zip(arrays, before):
            numpy.testing.assert_array_equal(array, copy)

    def test_backward_twice(self):
        once = self.backprop(self.x, self.W, self.b, self.gy)
        twice = self.backprop(self.x, self.W, self.b, self.gy, times=2)
        for x, y in zip(once, twice):
            numpy.testing.assert_array_equal(x, y)

    def test_empty_batch(self):
        y, gx, gW, gb = self.backprop(
            self.x[:0], self.W, self.b, self.gy[:0])
        self.assertEqual(y.shape, (0, 3, 5, 4))
        self.assertEqual(gx.shape, (0, 2, 5, 4))
        self.assertEqual(gW.tolist(), numpy.zeros_like(self.W).tolist())
        self.assertEqual(gb.tolist(), [0, 0, 0])

    def test_half_precision_is_not_summed_in(self):
        # In float16, 2048 + 1 is 2048.
        x = chainer.Variable(numpy.ones((1, 4096, 1, 1), numpy.float16))
        W = chainer.Variable(numpy.ones((1, 4096, 1, 1), numpy.float16))
        self.assertEqual(F.convolution_2d(x, W).data.item(), 4096)
        x = chainer.Variable(numpy.ones((4096, 1, 1, 1), numpy.float16))
        W = chainer.Variable(numpy.ones((2, 1, 1, 1), numpy.float16))
        b = chainer.Variable(numpy.ones(2, numpy.float16))
        y = F.convolution_2d(x, W, b)
        y.grad = numpy.ones_like(y.data)
        y.backward()
        self.assertEqual(W.grad.ravel().tolist(), [4096] * 2)
        self.assertEqual(b.grad.tolist(), [4096] * 2)

    def test_filters_keep_their_precision(self):
        x = numpy.ones((1, 2, 1, 1), numpy.float16)
        W = numpy.array([1 + 2.0 ** -12, -1], 'f').reshape(1, 2, 1, 1)
        y = F.convolution_2d(x, W)
        self.assertEqual(y.data.item(), 2.0 ** -12)

    def test_volatile(self):
        x = chainer.Variable(self.x, volatile='on')
        y = F.convolution_2d(x, self.W)
        self.assertIsNone(y.creator)


class TestConvolution2DTypes(unittest.TestCase):

    def setUp(self):
        self.x = numpy.zeros((2, 3, 5, 4), 'f')
        self.W = numpy.zeros((6, 3, 2, 2), 'f')
        self.b = numpy.zeros(6, 'f')

    def check(self, message, *args, **kwargs):
        with self.assertRaisesRegex(type_check.InvalidType, message):
            F.convolution_2d(*args, **kwargs)

    def test_dtypes(self):
        self.check(r'^Expect: in_types\[0\]\.dtype\.kind == f\n'
                   r'Actual: i != f', self.x.astype('i'), self.W)
        self.check(r'^Expect: in_types\[1\]\.dtype\.kind == f\n'
                   r'Actual: i != f', self.x, self.W.astype('i'))
        self.check(r'^Expect: in_types\[2\]\.dtype == in_types\[0\]\.dtype\n'
                   r'Actual: float64 != float32(?s:.)*'
                   r'b is float64, expected float32',
                   self.x, self.W, self.b.astype('d'))

    def test_dimensions(self):
        self.check(r'^Expect: in_types\[0\]\.ndim == 4\nActual: 3 != 4',
                   self.x[0], self.W)
        self.check(r'^Expect: in_types\[1\]\.ndim == 4\nActual: 3 != 4',
                   self.x, self.W[0])
        self.check(r'^Expect: in_types\[2\]\.ndim == 1\nActual: 2 != 1',
                   self.x, self.W, self.b[None])

    def test_channels(self):
        self.check(r'^Expect: in_types\[0\]\.shape\[1\] == '
                   r'in_types\[1\]\.shape\[1\]\nActual: 2 != 3',
                   self.x[:, :2], self.W)
        self.check(r'^Expect: in_types\[2\]\.shape\[0\] == '
                   r'in_types\[1\]\.shape\[0\]\nActual: 5 != 6',
                   self.x, self.W, self.b[:5])

    def test_output_size(self):
        self.check(
            r'^Expect: output height > 0\nActual: 0 <= 0: the image of height '
            r'1, padded by 0 on either side, is too small for a window of '
            r'height 2 \(stride 1\)\n(?s:.)*x: float32 of shape '
            r'\(2, 3, 1, 4\)(?s:.)*Hint: make the image or the padding larger',
            self.x[:, :, :1], self.W)
        self.check(r'^Expect: output width > 0\nActual: -1 <= 0: ',
                   self.x, numpy.zeros((6, 3, 2, 9), 'f'), pad=1, stride=2)

    def test_smallest_output(self):
        y = F.convolution_2d(self.x[:, :, :2, :2], self.W)
        self.assertEqual(y.shape, (2, 6, 1, 1))

    def test_filters_without_pixels(self):
        for i in 2, 3:
            W = self.W.take(range(0), axis=i)
            self.check(rf'^Expect: in_types\[1\]\.shape\[{i}\] > 0\n'
                       r'Actual: 0 <= 0', self.x, W)

    def test_arguments(self):
        for kwargs in ({'stride': 0}, {'stride': (1, 2, 3)}, {'pad': -1},
                       {'pad': 0.5}, {'stride': (1, -1)}):
            with self.assertRaisesRegex(ValueError, list(kwargs)[0]):
                F.convolution_2d(self.x, self.W, **kwargs)


class TestConvolution2DFunction(unittest.TestCase):

    def test_attributes(self):
        func = convolution_2d.Convolution2DFunction((2, 3), 1, False, True)
        self.assertEqual((func.sy, func.sx), (2, 3))
        self.assertEqual((func.ph, func.pw), (1, 1))
        self.assertIs(func.use_cudnn, False)
        self.assertIs(func.cover_all, True)
