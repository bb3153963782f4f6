import unittest

import numpy

import chainer
import chainer.functions as F
from chainer import gradient_check, testing
from chainer.functions.connection import deconvolution_2d
from chainer.utils import type_check

GEOMETRIES = [
    {'ksize': (1, 1)},
    {'ksize': (3, 2)},
    {'ksize': (3, 3), 'pad': 1},
    {'ksize': (4, 4), 'stride': 2, 'pad': 1},
    {'ksize': (2, 3), 'stride': (2, 1), 'pad': (0, 2)},
    {'ksize': (1, 2), 'stride': (2, 3)},
    {'ksize': (1, 2), 'stride': (2, 3), 'outsize': (6, 10)},
    {'ksize': (3, 3), 'stride': 2, 'pad': 1, 'outsize': (6, 5)},
    # All that some pixels stamp is cut off.
    {'ksize': (1, 1), 'pad': 1},
    {'ksize': (2, 2), 'stride': 2, 'pad': 2},
]


def deconvolve(x, W, b, stride=1, pad=0, outsize=None):
    """Computes a deconvolution number by number, in Python."""
    (n, _, *size), (_, o, *ksize) = x.shape, W.shape
    stride = stride if isinstance(stride, tuple) else (stride, stride)
    pad = pad if isinstance(pad, tuple) else (pad, pad)
    if outsize is None:
        outsize = [s * (m - 1) + k - 2 * p
                   for s, m, k, p in zip(stride, size, ksize, pad)]
    y = numpy.zeros((n, o) + tuple(outsize))
    if b is not None:
        for i in numpy.ndindex(y.shape):
            y[i] = b[i[1]]
    for i in numpy.ndindex(x.shape):
        for j in numpy.ndindex(W.shape[1:]):
            row = i[2] * stride[0] + j[1] - pad[0]
            column = i[3] * stride[1] + j[2] - pad[1]
            if 0 <= row < outsize[0] and 0 <= column < outsize[1]:
                y[i[0], j[0], row, column] += float(x[i]) * float(
                    W[(i[1],) + j])
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
class TestDeconvolution2D(unittest.TestCase):

    stride = 1
    pad = 0
    outsize = None

    def setUp(self):
        random = numpy.random.RandomState(0)

        def draw(shape, dtype):
            return random.uniform(-1, 1, shape).astype(dtype)

        c, o = self.channels
        self.x = draw((2, c, 3, 3), self.x_dtype)
        self.W = draw((c, o) + self.ksize, self.W_dtype)
        self.b = None if self.nobias else draw(o, self.x_dtype)
        self.args = (self.x, self.W) if self.nobias else (
            self.x, self.W, self.b)
        self.options = {'stride': self.stride, 'pad': self.pad,
                        'outsize': self.outsize}
        self.expected = deconvolve(self.x, self.W, self.b, **self.options)
        self.gy = draw(self.expected.shape, self.x_dtype)
        self.tolerance = {'atol': 1e-5, 'rtol': 1e-4}
        if numpy.float16 in (self.x_dtype, self.W_dtype):
            self.tolerance = {'atol': 1e-2, 'rtol': 1e-2}

    def apply(self, *args):
        return F.deconvolution_2d(*args, **self.options)

    def test_forward(self):
        y = self.apply(*[chainer.Variable(arg) for arg in self.args])
        self.assertEqual(y.dtype, self.x_dtype)
        self.assertEqual(y.shape, self.expected.shape)
        testing.assert_allclose(y.data, self.expected, **self.tolerance)

    def test_backward(self):
        gradient_check.check_backward(
            self.apply, self.args, self.gy, dtype=numpy.float64,
            **self.tolerance)


class TestDeconvolution2DArrays(unittest.TestCase):

    def setUp(self):
        random = numpy.random.RandomState(0)
        self.x = random.randn(3, 2, 3, 2).astype('f')
        self.W = random.randn(2, 3, 4, 4).astype('f')
        self.b = random.randn(3).astype('f')
        self.gy = random.randn(3, 3, 6, 4).astype('f')

    def backprop(self, x, W, b, gy, times=1):
        variables = [chainer.Variable(array) for array in (x, W, b)]
        y = F.deconvolution_2d(*variables, stride=2, pad=1)
        for _ in range(times):
            for v in variables:
                v.cleargrad()
            y.grad = gy
            y.backward(retain_grad=True)
        return [y.data] + [v.grad for v in variables]

    def test_transpose_of_convolution(self):
        # <conv(z), x> = <z, deconv(x)>
        z, gz = self.gy, self.backprop(self.x, self.W, self.b * 0, self.gy)[0]
        y = F.convolution_2d(z, self.W, stride=2, pad=1).data
        testing.assert_allclose((y * self.x).sum(), (z * gz).sum())

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
        self.assertEqual(y.shape, (0, 3, 6, 4))
        self.assertEqual(gx.shape, (0, 2, 3, 2))
        self.assertEqual(gW.tolist(), numpy.zeros_like(self.W).tolist())
        self.assertEqual(gb.tolist(), [0, 0, 0])

    def test_half_precision_is_not_summed_in(self):
        # In float16, 2048 + 1 is 2048.
        x = chainer.Variable(numpy.ones((1, 4096, 1, 1), numpy.float16))
        W = chainer.Variable(numpy.ones((4096, 1, 1, 1), numpy.float16))
        self.assertEqual(F.deconvolution_2d(x, W).data.item(), 4096)
        x = chainer.Variable(numpy.ones((4096, 1, 1, 1), numpy.float16))
        W = chainer.Variable(numpy.ones((1, 2, 1, 1), numpy.float16))
        b = chainer.Variable(numpy.ones(2, numpy.float16))
        y = F.deconvolution_2d(x, W, b)
        y.grad = numpy.ones_like(y.data)
        y.backward()
        self.assertEqual(W.grad.ravel().tolist(), [4096] * 2)
        self.assertEqual(b.grad.tolist(), [4096] * 2)


class TestDeconvolution2DTypes(unittest.TestCase):

    def setUp(self):
        self.x = numpy.zeros((2, 3, 5, 4), 'f')
        self.W = numpy.zeros((3, 6, 2, 2), 'f')
        self.b = numpy.zeros(6, 'f')

    def check(self, message, *args, **kwargs):
        with self.assertRaisesRegex(type_check.InvalidType, message):
            F.deconvolution_2d(*args, **kwargs)

    def test_dtypes(self):
        self.check(r'^Expect: in_types\[0\]\.dtype\.kind == f\n'
                   r'Actual: i != f', self.x.astype('i'), self.W)
        self.check(r'^Expect: in_types\[2\]\.dtype == in_types\[0\]\.dtype\n'
                   r'Actual: float64 != float32', self.x, self.W,
                   self.b.astype('d'))

    def test_dimensions(self):
        self.check(r'^Expect: in_types\[0\]\.ndim == 4\nActual: 3 != 4',
                   self.x[0], self.W)

    def test_channels(self):
        self.check(r'^Expect: in_types\[0\]\.shape\[1\] == '
                   r'in_types\[1\]\.shape\[0\]\nActual: 2 != 3',
                   self.x[:, :2], self.W)
        self.check(r'^Expect: in_types\[2\]\.shape\[0\] == '
                   r'in_types\[1\]\.shape\[1\]\nActual: 5 != 6',
                   self.x, self.W, self.b[:5])

    def test_output_size(self):
        self.check(
            r'^Expect: output width > 0\nActual: -1 <= 0: 4 windows of width '
            r'2 \(stride 1\) do not reach beyond a padding of 3 on either '
            r'side', self.x, self.W, pad=(0, 3))

    def test_outsize(self):
        # 2 * 4 + 2 rows, and one that no window reaches.
        for height in 10, 11:
            y = F.deconvolution_2d(
                self.x, self.W, stride=2, outsize=(height, 8))
            self.assertEqual(y.shape, (2, 6, height, 8))
        for height in 9, 12:
            self.check(
                rf'^Expect: an output of height {height} has 5 windows of '
                rf'height 2 \(stride 2, padding 0\)\nActual: it has '
                rf'{height // 2}\n(?s:.)*an outsize whose height is between '
                r'10 and 11',
                self.x, self.W, stride=2, outsize=(height, 8))
        self.check('^Expect: an output of width 10 has 4 windows',
                   self.x, self.W, stride=2, outsize=(10, 10))

    def test_filters_without_pixels(self):
        for i in 2, 3:
            W = self.W.take(range(0), axis=i)
            self.check(rf'^Expect: in_types\[1\]\.shape\[{i}\] > 0\n'
                       r'Actual: 0 <= 0', self.x, W)

    def test_arguments(self):
        for kwargs in ({'stride': 0}, {'pad': -1}, {'outsize': (5,)},
                       {'outsize': (6, 0)}):
            with self.assertRaisesRegex(ValueError, list(kwargs)[0]):
                F.deconvolution_2d(self.x, self.W, **kwargs)


class TestDeconvolution2DFunction(unittest.TestCase):

    def test_attributes(self):
        func = deconvolution_2d.Deconvolution2DFunction(
            (2, 3), 1, (5, 6), False)
        self.assertEqual((func.sy, func.sx), (2, 3))
        self.assertEqual((func.ph, func.pw), (1, 1))
        self.assertEqual((func.outh, func.outw), (5, 6))
        self.assertIs(func.use_cudnn, False)
        func = deconvolution_2d.Deconvolution2DFunction()
        self.assertEqual((func.outh, func.outw), (None, None))
