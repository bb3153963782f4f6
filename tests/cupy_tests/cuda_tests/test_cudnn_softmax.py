import unittest

import numpy

import cupy
from cupy import cudnn
from cupy.cuda import cudnn as libcudnn

FACTORS = (1, 0), (2, 0), (1, 1), (-.5, .25), (0, 2)
TOLERANCE = {'e': 3e-3, 'f': 3e-6, 'd': 1e-13}
SHAPES = [
    (1, 1, 1, 1), (3, 10, 1, 1), (2, 1000, 1, 1), (4, 5, 3, 7),
    (2, 3, 9, 13), (40, 33, 9, 9), (2, 3, 4, 2, 3)]
ALGORITHMS = (libcudnn.CUDNN_SOFTMAX_FAST, libcudnn.CUDNN_SOFTMAX_ACCURATE,
              libcudnn.CUDNN_SOFTMAX_LOG)
LOG = libcudnn.CUDNN_SOFTMAX_LOG
INSTANCE = libcudnn.CUDNN_SOFTMAX_MODE_INSTANCE
CHANNEL = libcudnn.CUDNN_SOFTMAX_MODE_CHANNEL


def random(shape, dtype, seed=0):
    return numpy.random.RandomState(seed).uniform(
        -3, 3, shape).astype(dtype)


def axes(mode, ndim):
    return tuple(range(1, ndim)) if mode == INSTANCE else (1,)


def softmax(x, mode):
    e = numpy.exp(x - x.max(axis=axes(mode, x.ndim), keepdims=True))
    return e / e.sum(axis=axes(mode, x.ndim), keepdims=True)


def expected_forward(x, algo, mode):
    y = softmax(x.astype('d'), mode)
    return numpy.log(y) if algo == LOG else y


def expected_backward(x, gy, algo, mode):
    """From the matrix of derivatives of each softmax."""
    p = softmax(x.astype('d'), mode)
    axis = axes(mode, x.ndim)
    if algo == LOG:
        return gy - p * gy.sum(axis=axis, keepdims=True, dtype='d')
    return p * gy - p * (p * gy).sum(axis=axis, keepdims=True)


class TestSoftmax(unittest.TestCase):

    def call(self, function, algo, mode, arrays, alpha, beta):
        dtype = arrays[0].dtype
        alpha, beta = cudnn.scalar(alpha, dtype), cudnn.scalar(beta, dtype)
        descs = [cudnn.create_tensor_descriptor(a) for a in arrays]
        args = [value for desc, a in zip(descs, arrays)
                for value in (desc.value, a.data.ptr)]
        function(cudnn.get_handle(), algo, mode, alpha.data, *args[:-2],
                 beta.data, *args[-2:])

    def forward(self, algo, mode, x, y, alpha=1, beta=0):
        self.call(libcudnn.softmaxForward, algo, mode, (x, y), alpha, beta)

    def check(self, algo, mode, x, alpha=1, beta=0, place=cupy.array):
        dtype = x.dtype.char
        gy = random(x.shape, dtype, 1)
        out = random(x.shape, dtype, 2) if beta else (
            numpy.full(x.shape, numpy.nan, dtype))
        y = expected_forward(x, algo, mode)
        gx = expected_backward(x, gy, algo, mode)
        rest = beta * out if beta else 0
        result, gradient = place(out), place(out)
        with self.subTest(algo=algo, mode=mode, shape=x.shape, dtype=dtype,
                          alpha=alpha, beta=beta):
            self.forward(algo, mode, place(x), result, alpha, beta)
            self.assert_close(result, alpha * y + rest, dtype)
            self.call(libcudnn.softmaxBackward, algo, mode,
                      (place(y.astype(dtype)), place(gy), gradient), alpha,
                      beta)
            # What the rounded y makes of a sum of so many terms.
            self.assert_close(gradient, alpha * gx + rest, dtype,
                              4 * x[0].size ** .5)

    def assert_close(self, actual, expected, dtype, terms=1):
        numpy.testing.assert_allclose(
            actual.get(), expected, rtol=TOLERANCE[dtype],
            atol=TOLERANCE[dtype] * terms)

    def test_shapes(self):
        for algo in ALGORITHMS:
            for mode in INSTANCE, CHANNEL:
                for shape in SHAPES:
                    for dtype in 'efd':
                        self.check(algo, mode, random(shape, dtype))

    def test_factors_and_strides(self):
        def spread(a):
            big = numpy.full(a.shape[:-1] + (2 * a.shape[-1],), 7, a.dtype)
            big[..., ::2] = a
            return cupy.array(big)[..., ::2]

        for algo in ALGORITHMS:
            for mode in INSTANCE, CHANNEL:
                for dtype in 'efd':
                    for alpha, beta in FACTORS:
                        x = random((2, 3, 4, 5), dtype)
                        self.check(algo, mode, x, alpha, beta, spread)

    def test_in_place(self):
        for algo in ALGORITHMS:
            for mode in INSTANCE, CHANNEL:
                x = random((2, 3, 4, 5), 'f')
                expected = expected_forward(x, algo, mode)
                x = cupy.array(x)
                self.forward(algo, mode, x, x)
                self.assert_close(x, expected, 'f')

    def test_large_arguments(self):
        for shape in (2, 3, 1, 1), (2, 3, 2, 2):
            x = numpy.full(shape, 1e4, 'f')
            x[:, 1] = -1e4
            for algo in ALGORITHMS:
                y = cupy.empty(shape, 'f')
                self.forward(algo, CHANNEL, cupy.array(x), y)
                expected = [-numpy.log(2), -2e4 - numpy.log(2)] if (
                    algo == LOG) else [.5, 0]
                numpy.testing.assert_allclose(y.get()[:, 0], expected[0])
                numpy.testing.assert_allclose(y.get()[:, 1], expected[1])

    def test_nan_spoils_its_own_softmax_only(self):
        for shape in (2, 40, 1, 1), (2, 40, 2, 2):
            x = random(shape, 'f')
            x[1, 39, 0, 0] = numpy.nan
            for algo in ALGORITHMS:
                y = cupy.empty(shape, 'f')
                self.forward(algo, CHANNEL, cupy.array(x), y)
                spoilt = numpy.isnan(y.get())
                self.assertTrue(spoilt[1, :, 0, 0].all())
                self.assertEqual(40, spoilt.sum())

    def test_long_rows_cost_no_digits(self):
        x = numpy.zeros((1, 1000000, 1, 1), 'f')
        y = cupy.empty(x.shape, 'f')
        self.forward(LOG, CHANNEL, cupy.array(x), y)
        numpy.testing.assert_allclose(y.get(), -numpy.log(1e6), rtol=3e-7)

    def test_unknown_modes(self):
        x = cupy.empty((1, 2, 1, 1), 'f')
        for algo, mode, words in (3, CHANNEL, 'algorithm 3'), (
                LOG, 2, 'mode 2'):
            with self.assertRaisesRegex(libcudnn.CuDNNError, words):
                self.forward(algo, mode, x, x)

    def test_shapes_that_differ(self):
        x, y = cupy.empty((1, 2, 1, 1), 'f'), cupy.empty((1, 3, 1, 1), 'f')
        with self.assertRaises(libcudnn.CuDNNError) as context:
            self.forward(LOG, CHANNEL, x, y)
        self.assertEqual(libcudnn.CUDNN_STATUS_BAD_PARAM,
                         context.exception.status)
        self.assertIn('yDesc', str(context.exception))
