import unittest

import numpy

import chainer
import chainer.functions as F
from chainer import gradient_check, testing
from chainer.utils import type_check


def expected_averages(x, ksize, stride, pad):
    """Returns the averages, computed pixel by pixel."""
    out = [(size + 2 * p - k) // s + 1 for size, k, s, p
           in zip(x.shape[2:], ksize, stride, pad)]
    y = numpy.zeros(x.shape[:2] + tuple(out))
    for n, c, i, j in numpy.ndindex(y.shape):
        total = 0.
        for k in range(ksize[0]):
            for m in range(ksize[1]):
                row = i * stride[0] + k - pad[0]
                column = j * stride[1] + m - pad[1]
                if 0 <= row < x.shape[2] and 0 <= column < x.shape[3]:
                    total += float(x[n, c, row, column])
        y[n, c, i, j] = total / (ksize[0] * ksize[1])
    return y


@testing.parameterize(*testing.product_dict(
    [
        {'ksize': (2, 2), 'stride': (2, 2), 'pad': (0, 0), 'size': (4, 6)},
        {'ksize': (2, 2), 'stride': (2, 2), 'pad': (0, 0), 'size': (5, 3)},
        {'ksize': (3, 3), 'stride': (2, 2), 'pad': (1, 1), 'size': (4, 3)},
        {'ksize': (3, 3), 'stride': (1, 1), 'pad': (1, 1), 'size': (4, 3)},
        {'ksize': (3, 2), 'stride': (2, 1), 'pad': (2, 0), 'size': (5, 5)},
        {'ksize': (1, 2), 'stride': (3, 3), 'pad': (1, 2), 'size': (4, 5)},
        {'ksize': (4, 3), 'stride': (4, 3), 'pad': (0, 0), 'size': (4, 3)},
        {'ksize': (5, 5), 'stride': (5, 5), 'pad': (2, 2), 'size': (4, 3)},
    ],
    [{'dtype': numpy.float16}, {'dtype': numpy.float32},
     {'dtype': numpy.float64}],
))
class TestAveragePooling2D(unittest.TestCase):

    def setUp(self):
        random = numpy.random.RandomState(0)
        x = random.uniform(-1, 1, (2, 3) + self.size)
        self.x = x.astype(self.dtype)
        self.args = self.ksize, self.stride, self.pad
        self.expected = expected_averages(self.x, *self.args)
        self.gy = random.uniform(-1, 1, self.expected.shape).astype(self.dtype)
        self.tolerance = {'atol': 1e-6, 'rtol': 1e-5}
        if self.dtype == numpy.float16:
            self.tolerance = {'atol': 1e-3, 'rtol': 1e-3}

    def test_forward(self):
        y = F.average_pooling_2d(chainer.Variable(self.x), *self.args)
        self.assertEqual(y.dtype, self.dtype)
        testing.assert_allclose(y.data, self.expected, **self.tolerance)

    def test_backward(self):
        gradient_check.check_backward(
            lambda x: F.average_pooling_2d(x, *self.args), self.x, self.gy,
            dtype=numpy.float64, **self.tolerance)


class TestAveragePooling2DArguments(unittest.TestCase):

    def setUp(self):
        self.x = numpy.random.RandomState(0).randn(2, 3, 7, 5).astype('f')

    def check(self, expected_args, *args, **kwargs):
        y = F.average_pooling_2d(self.x, *args, **kwargs)
        expected = expected_averages(self.x, *expected_args)
        testing.assert_allclose(y.data, expected)

    def test_integers(self):
        self.check(((3, 3), (2, 2), (1, 1)), 3, 2, 1)

    def test_stride_is_ksize_by_default(self):
        self.check(((3, 2), (3, 2), (0, 0)), (3, 2))

    def test_use_cudnn(self):
        self.check(((2, 2), (2, 2), (0, 0)), 2, use_cudnn=False)
        self.assertFalse(F.AveragePooling2D(2, use_cudnn=False).use_cudnn)

    def test_windows_never_stick_out(self):
        expected = expected_averages(self.x, (2, 2), (2, 2), (0, 0))
        for pooling in (F.AveragePooling2D(2),
                        F.AveragePooling2D(2, cover_all=True)):
            testing.assert_allclose(pooling(self.x).data, expected)

    def test_wrong_sizes(self):
        for args, name in (((0,), 'ksize'), ((2, 0), 'stride'),
                           ((2, 2, -1), 'pad')):
            with self.assertRaisesRegex(ValueError, name):
                F.average_pooling_2d(self.x, *args)


class TestAveragePooling2DValues(unittest.TestCase):

    def test_half_precision(self):
        # A sum of 10000 has no place in float16, nor have its last digits.
        x = chainer.Variable(numpy.full((1, 1, 100, 100), 1000, numpy.float16))
        y = F.average_pooling_2d(x, 100)
        self.assertEqual(y.dtype, numpy.float16)
        self.assertEqual(y.data.item(), 1000)

    def test_non_contiguous(self):
        random = numpy.random.RandomState(0)
        x = random.randn(6, 5, 3, 4).astype('f').transpose(3, 2, 1, 0)[::2]
        gy = random.randn(2, 2, 3, 2).astype('f').T
        x = chainer.Variable(x)
        y = F.average_pooling_2d(x, (3, 4), 2)
        y.grad = gy
        y.backward()
        testing.assert_allclose(
            y.data, expected_averages(x.data, (3, 4), (2, 2), (0, 0)))
        gx = numpy.zeros(x.shape)
        for n, c, i, j in numpy.ndindex(y.shape):
            gx[n, c, 2 * i:2 * i + 3, 2 * j:2 * j + 4] += gy[n, c, i, j] / 12
        testing.assert_allclose(x.grad, gx)

    def test_arguments_are_left_alone(self):
        data = numpy.random.RandomState(0).randn(1, 1, 4, 4).astype('f')
        x = chainer.Variable(data.copy())
        y = F.average_pooling_2d(x, 1)
        y.grad = data + 1
        y.backward()
        numpy.testing.assert_array_equal(y.data, data)
        numpy.testing.assert_array_equal(x.data, data)
        numpy.testing.assert_array_equal(y.grad, data + 1)

    def test_empty_batch(self):
        x = chainer.Variable(numpy.zeros((0, 3, 4, 4), 'f'))
        y = F.average_pooling_2d(x, 2)
        y.grad = numpy.zeros((0, 3, 2, 2), 'f')
        y.backward()
        self.assertEqual(y.shape, (0, 3, 2, 2))
        self.assertEqual(x.grad.shape, (0, 3, 4, 4))


class TestAveragePooling2DTypes(unittest.TestCase):

    def check(self, message, x, *args):
        with self.assertRaisesRegex(type_check.InvalidType, message):
            F.average_pooling_2d(x, *args)

    def test_int(self):
        self.check(r'^Expect: in_types\[0\]\.dtype\.kind == f\nActual: i != f',
                   numpy.zeros((1, 1, 4, 4), 'i'), 2)

    def test_dimensions(self):
        self.check(r'^Expect: in_types\[0\]\.ndim == 4\nActual: 3 != 4',
                   numpy.zeros((1, 4, 4), 'f'), 2)

    def test_window_larger_than_image(self):
        self.check(r'^Expect: output height > 0\nActual: 0 <= 0',
                   numpy.zeros((1, 1, 3, 4), 'f'), 4)
