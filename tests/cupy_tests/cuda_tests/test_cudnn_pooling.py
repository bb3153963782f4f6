import collections
import unittest

import numpy

import cupy
from cupy import cudnn
from cupy.cuda import cudnn as libcudnn

FACTORS = (1, 0), (2, 0), (1, 1), (-.5, .25), (0, 2)
TOLERANCE = {'e': 3e-3, 'f': 3e-6, 'd': 1e-14}
MAX = libcudnn.CUDNN_POOLING_MAX
DETERMINISTIC = libcudnn.CUDNN_POOLING_MAX_DETERMINISTIC
INCLUDE = libcudnn.CUDNN_POOLING_AVERAGE_COUNT_INCLUDE_PADDING
EXCLUDE = libcudnn.CUDNN_POOLING_AVERAGE_COUNT_EXCLUDE_PADDING
MODES = MAX, DETERMINISTIC, INCLUDE, EXCLUDE

Case = collections.namedtuple('Case', 'shape window stride pad cover_all')
CASES = [
    Case((2, 3, 6, 8), (2, 2), (2, 2), (0, 0), False),
    Case((1, 2, 7, 9), (3, 3), (2, 2), (1, 1), False),
    Case((2, 1, 7, 6), (3, 2), (1, 3), (1, 0), False),
    Case((2, 2, 5, 5), (5, 5), (1, 1), (2, 2), False),
    Case((1, 3, 8, 9), (3, 4), (2, 3), (0, 1), True),
    # With cover_all the last window of a row may lie in the padding only.
    Case((1, 1, 4, 4), (2, 2), (3, 3), (1, 1), True),
    Case((2, 2, 1, 1), (1, 1), (1, 1), (0, 0), False),
    Case((2, 2, 5, 4, 6), (2, 3, 2), (2, 1, 3), (1, 0, 1), False),
    Case((4, 16, 30, 31), (3, 3), (2, 2), (1, 1), True),
]


def out_shape(case):
    return case.shape[:2] + tuple(
        (size + 2 * pad - window + (stride - 1) * case.cover_all) // stride
        + 1
        for size, window, stride, pad in zip(
            case.shape[2:], case.window, case.stride, case.pad))


def for_windows(case):
    """Yields the places of an output and of the inputs in its window."""
    for index in numpy.ndindex(out_shape(case)[2:]):
        starts = [i * stride - pad
                  for i, stride, pad in zip(index, case.stride, case.pad)]
        yield index, tuple(
            slice(max(start, 0), max(start + window, 0))
            for start, window in zip(starts, case.window))


def reference(case, mode, x, gy):
    """Returns the pooled x, and the gradient of x for gy, as double."""
    x = x.astype('d')
    y, gx = numpy.zeros(out_shape(case)), numpy.zeros(case.shape)
    for index, place in for_windows(case):
        for plane in numpy.ndindex(case.shape[:2]):
            window = x[plane][place]
            if mode in (MAX, DETERMINISTIC):
                y[plane][index] = window.max(initial=-numpy.inf)
                if window.size:
                    first = numpy.unravel_index(
                        window.argmax(), window.shape)
                    gx[plane][place][first] += gy[plane][index]
            else:
                count = window.size if mode == EXCLUDE else (
                    numpy.prod(case.window))
                y[plane][index] = window.sum() / max(count, 1)
                gx[plane][place] += gy[plane][index] / max(count, 1)
    return y, gx


def random(shape, dtype, seed=0):
    return numpy.random.RandomState(seed).uniform(
        -1, 1, shape).astype(dtype)


def spread(a):
    """Puts an array between elements that do not belong to it."""
    big = numpy.full(a.shape[:-1] + (2 * a.shape[-1],), 7, a.dtype)
    big[..., ::2] = a
    return cupy.array(big)[..., ::2]


class TestPooling(unittest.TestCase):

    def describe(self, case, mode, nan=libcudnn.CUDNN_NOT_PROPAGATE_NAN):
        return cudnn.create_pooling_descriptor(
            case.window, case.stride, case.pad, mode, nan)

    def call(self, function, pooling, arrays, alpha, beta):
        dtype = arrays[0].dtype
        alpha, beta = cudnn.scalar(alpha, dtype), cudnn.scalar(beta, dtype)
        descs = [cudnn.create_tensor_descriptor(a) for a in arrays]
        args = [value for desc, a in zip(descs, arrays)
                for value in (desc.value, a.data.ptr)]
        function(cudnn.get_handle(), pooling.value, alpha.data, *args[:-2],
                 beta.data, *args[-2:])

    def forward(self, pooling, x, y, alpha=1, beta=0):
        self.call(libcudnn.poolingForward, pooling, (x, y), alpha, beta)

    def backward(self, pooling, y, gy, x, gx, alpha=1, beta=0):
        self.call(libcudnn.poolingBackward, pooling, (y, gy, x, gx), alpha,
                  beta)

    def check(self, case, mode, dtype, alpha=1, beta=0, place=cupy.array):
        x, gy = random(case.shape, dtype), random(out_shape(case), dtype, 1)
        y, gx = reference(case, mode, x, gy)
        outs = [random(a.shape, dtype, 2) if beta else
                numpy.full(a.shape, numpy.nan, dtype) for a in (y, gx)]
        x, y_in, gy, result, gradient = map(
            place, (x, y.astype(dtype), gy, *outs))
        pooling = self.describe(case, mode)
        with self.subTest(case=case, mode=mode, dtype=dtype, alpha=alpha,
                          beta=beta):
            self.forward(pooling, x, result, alpha, beta)
            self.backward(pooling, y_in, gy, x, gradient, alpha, beta)
            for actual, expected, out in zip(
                    (result, gradient), (y, gx), outs):
                numpy.testing.assert_allclose(
                    actual.get(),
                    alpha * expected + (beta * out if beta else 0),
                    rtol=TOLERANCE[dtype], atol=2 * TOLERANCE[dtype])

    def test_cases(self):
        for case in CASES:
            for mode in MODES:
                for dtype in 'efd' if case.shape[0] < 4 else 'f':
                    self.check(case, mode, dtype)

    def test_factors_and_strides(self):
        for mode in MODES:
            for dtype in 'efd':
                for alpha, beta in FACTORS:
                    self.check(CASES[1], mode, dtype, alpha, beta, spread)

    def test_first_of_equals_gets_the_gradient(self):
        case = CASES[1]
        for fill in 0, -numpy.inf, numpy.inf:
            x = numpy.full(case.shape, fill, 'f')
            gy = random(out_shape(case), 'f')
            y, gx = reference(case, MAX, x, gy)
            gradient = cupy.empty(case.shape, 'f')
            self.backward(self.describe(case, MAX), cupy.array(
                y.astype('f')), cupy.array(gy), cupy.array(x), gradient)
            numpy.testing.assert_allclose(gradient.get(), gx, rtol=1e-6,
                                          atol=1e-6)

    def test_nan(self):
        case = Case((1, 1, 2, 6), (2, 2), (2, 2), (0, 0), False)
        x = random(case.shape, 'f')
        x[0, 0, 0, 2] = numpy.nan
        x[0, 0, :, 4:] = numpy.nan
        gy = numpy.ones(out_shape(case), 'f')
        x, gy = cupy.array(x), cupy.array(gy)
        y, gx = cupy.empty(gy.shape, 'f'), cupy.empty(case.shape, 'f')

        keep = self.describe(case, MAX, libcudnn.CUDNN_PROPAGATE_NAN)
        self.forward(keep, x, y)
        numpy.testing.assert_array_equal(
            numpy.isnan(y.get()), [[[[False, True, True]]]])
        self.backward(keep, y, gy, x, gx)
        self.assertEqual([1, 1], gx.get()[0, 0, 0, [2, 4]].tolist())
        self.assertEqual(3, gx.get().sum())

        drop = self.describe(case, MAX)
        self.forward(drop, x, y)
        values = x.get()[0, 0, :, 2:4]
        self.assertEqual(numpy.nanmax(values), y.get()[0, 0, 0, 1])
        self.assertEqual(-numpy.inf, y.get()[0, 0, 0, 2])
        self.backward(drop, y, gy, x, gx)
        self.assertEqual(2, gx.get().sum())
        largest = numpy.unravel_index(numpy.nanargmax(values), (2, 2))
        self.assertEqual(1, gx.get()[0, 0, :, 2:4][largest])

    def test_output_size(self):
        for case in CASES:
            x = cupy.empty(case.shape, 'f')
            desc = cudnn.create_tensor_descriptor(x)
            pooling = self.describe(case, MAX)
            self.assertEqual(
                out_shape(case._replace(cover_all=False)),
                libcudnn.getPoolingNdForwardOutputDim(
                    pooling.value, desc.value, len(case.shape)))

    def test_wrong_output_size(self):
        case = CASES[4]
        x = cupy.empty(case.shape, 'f')
        n, c, h, w = out_shape(case)
        pooling = self.describe(case, MAX)
        for shape in (n, c, h + 1, w), (n, c, h, w - 2), (n, c + 1, h, w), (
                n, c, h, w, 1):
            with self.assertRaises(libcudnn.CuDNNError) as context:
                self.forward(pooling, x, cupy.empty(shape, 'f'))
            self.assertEqual(libcudnn.CUDNN_STATUS_BAD_PARAM,
                             context.exception.status)
            self.assertIn('yDesc', str(context.exception))

    def test_window_larger_than_the_input(self):
        case = Case((1, 1, 3, 3), (6, 2), (1, 1), (1, 0), False)
        x = cupy.empty(case.shape, 'f')
        with self.assertRaisesRegex(libcudnn.CuDNNError, 'a window of 6'):
            self.forward(self.describe(case, MAX), x, x)

    def test_bad_numbers(self):
        for args, words in [
                (((0, 2), (1, 1), (0, 0), MAX), 'window'),
                (((2, 2), (1, 0), (0, 0), MAX), 'stride'),
                (((2, 2), (1, 1), (0, -1), MAX), 'padding'),
                (((2, 2), (1, 1), (0, 0), 4), 'mode 4')]:
            with self.assertRaises(libcudnn.CuDNNError) as context:
                cudnn.create_pooling_descriptor(*args)
            self.assertEqual(libcudnn.CUDNN_STATUS_BAD_PARAM,
                             context.exception.status)
            self.assertIn(words, str(context.exception))
