import math
import unittest

import numpy

import chainer
import chainer.functions as F
from chainer import gradient_check, testing
from chainer.functions.normalization import batch_normalization
from chainer.utils import type_check


def channels(x, ndim):
    """Maps each channel to the list of its (index, value) in x."""
    lists = {}
    for index in numpy.ndindex(x.shape):
        lists.setdefault(index[1:ndim + 1], []).append(
            (index, float(x[index])))
    return lists


def statistics(x, ndim):
    """Returns mean and variance of each channel, as dictionaries."""
    mean, var = {}, {}
    for channel, values in channels(x, ndim).items():
        mean[channel] = math.fsum(v for _, v in values) / len(values)
        var[channel] = math.fsum(
            (v - mean[channel]) ** 2 for _, v in values) / len(values)
    return mean, var


def expected_output(x, gamma, beta, mean, var, eps):
    """Returns the output, computed element by element."""
    y = numpy.empty(x.shape)
    for channel, values in channels(x, gamma.ndim).items():
        for index, value in values:
            normalized = (value - mean[channel]) / math.sqrt(
                var[channel] + eps)
            y[index] = gamma[channel] * normalized + beta[channel]
    return y


SHAPES = [
    # Shape of x, shape of gamma
    ((5, 3), (3,)),
    ((4, 3, 2), (3,)),
    ((3, 3, 2, 3), (3,)),
    ((4, 2, 3), (2, 3)),
    ((3, 2, 3, 2), (2, 3)),
    ((7,), ()),
]


class BatchNormalizationTestBase:

    def set_up(self):
        self.x_shape, self.shape = self.shapes
        random = numpy.random.RandomState(0)
        self.x = random.uniform(-1, 3, self.x_shape).astype(self.dtype)
        self.gy = random.uniform(-1, 1, self.x_shape).astype(self.dtype)
        self.gamma, self.beta, self.mean, self.var = [
            numpy.asarray(random.uniform(low, high, self.shape), self.dtype)
            for low, high in ((.5, 1), (-1, 1), (0, 2), (.5, 1))]
        self.tolerance = {'atol': 1e-4, 'rtol': 1e-4}
        if self.dtype == numpy.float16:
            self.tolerance = {'atol': 4e-3, 'rtol': 1e-2}


@testing.parameterize(*testing.product({
    'shapes': SHAPES,
    'eps': [2e-5, .5],
    'dtype': [numpy.float16, numpy.float32, numpy.float64],
}))
class TestBatchNormalization(BatchNormalizationTestBase, unittest.TestCase):

    def setUp(self):
        self.set_up()

    def test_forward(self):
        y = F.batch_normalization(
            chainer.Variable(self.x), self.gamma, self.beta, self.eps)
        self.assertEqual(y.dtype, self.dtype)
        mean, var = statistics(self.x, len(self.shape))
        testing.assert_allclose(
            y.data, expected_output(self.x, self.gamma, self.beta, mean, var,
                                    self.eps), **self.tolerance)

    def test_backward(self):
        gradient_check.check_backward(
            lambda *xs: F.batch_normalization(*xs, eps=self.eps),
            (self.x, self.gamma, self.beta), self.gy, eps=1e-4,
            dtype=numpy.float64, **self.tolerance)

    def test_running_statistics(self):
        function = batch_normalization.BatchNormalizationFunction(
            self.eps, self.mean, self.var, True, .75)
        y = function(self.x, self.gamma, self.beta)
        mean, var = statistics(self.x, len(self.shape))
        count = self.x.size / self.gamma.size
        for channel in numpy.ndindex(self.shape):
            testing.assert_allclose(
                function.running_mean[channel],
                .75 * self.mean[channel] + .25 * mean[channel],
                **self.tolerance)
            testing.assert_allclose(
                function.running_var[channel],
                .75 * self.var[channel] +
                .25 * var[channel] * count / (count - 1), **self.tolerance)
        for average in function.running_mean, function.running_var:
            self.assertIsInstance(average, numpy.ndarray)
            self.assertEqual(average.dtype, self.dtype)
            self.assertEqual(average.shape, self.shape)
        self.assertIs(y.creator, function)


@testing.parameterize(*testing.product({
    'shapes': SHAPES,
    'eps': [2e-5, .5],
    'dtype': [numpy.float16, numpy.float32, numpy.float64],
}))
class TestFixedBatchNormalization(
        BatchNormalizationTestBase, unittest.TestCase):

    def setUp(self):
        self.set_up()
        self.args = self.x, self.gamma, self.beta, self.mean, self.var

    def test_forward(self):
        y = F.fixed_batch_normalization(
            *[chainer.Variable(x) for x in self.args], eps=self.eps)
        self.assertEqual(y.dtype, self.dtype)
        testing.assert_allclose(
            y.data, expected_output(*self.args, self.eps), **self.tolerance)

    def test_backward(self):
        gradient_check.check_backward(
            lambda *xs: F.fixed_batch_normalization(*xs, eps=self.eps),
            self.args, self.gy, eps=1e-4, dtype=numpy.float64,
            **self.tolerance)


class TestBatchNormalizationValues(unittest.TestCase):

    def setUp(self):
        self.ones, self.zeros = numpy.ones(3, 'f'), numpy.zeros(3, 'f')

    def normalize(self, x):
        return F.batch_normalization(x, self.ones, self.zeros)

    def backprop(self, x, gy):
        x = chainer.Variable(x)
        y = self.normalize(x)
        y.grad = gy
        y.backward()
        return y.data, x.grad

    def check_precision(self, x):
        mean, var = statistics(x, 1)
        expected = expected_output(
            x, self.ones, self.zeros, mean, var, 2e-5)
        gy = numpy.random.RandomState(1).randn(*x.shape).astype('f')
        y, gx = self.backprop(x, gy)
        testing.assert_allclose(y, expected, atol=1e-5)
        self.ones, self.zeros = self.ones.astype('d'), self.zeros.astype('d')
        _, expected_gx = self.backprop(x.astype('d'), gy.astype('d'))
        scale = abs(expected_gx).max()
        testing.assert_allclose(gx / scale, expected_gx / scale, atol=1e-5)

    def test_large_mean(self):
        x = numpy.random.RandomState(0).randn(32, 3, 5, 5)
        self.check_precision((1e4 + 1e-2 * x).astype('f'))

    def test_large_mean_of_many_values(self):
        x = numpy.random.RandomState(0).randn(8, 3, 30, 30)
        self.check_precision((1e4 + 1e-2 * x).astype('f'))

    def test_small_variance(self):
        x = numpy.random.RandomState(0).randn(32, 3)
        self.check_precision((1 + 1e-5 * x).astype('f'))

    def test_large_mean_with_fixed_statistics(self):
        x = 1e4 + 1e-2 * numpy.random.RandomState(0).randn(32, 3)
        x = x.astype('f')
        mean, var = numpy.full(3, 1e4, 'f'), numpy.full(3, 1e-4, 'f')
        y = F.fixed_batch_normalization(x, self.ones, self.zeros, mean, var)
        expected = expected_output(
            x, self.ones, self.zeros, mean, var, 2e-5)
        testing.assert_allclose(y.data, expected)

    def test_large_half_precision_numbers(self):
        # Their squares have no place in float16, nor has their sum.
        x = 10000 + 1000 * numpy.random.RandomState(0).randn(50, 3)
        x = x.astype(numpy.float16)
        mean, var = statistics(x, 1)
        ones, zeros = self.ones.astype('e'), self.zeros.astype('e')
        y = F.batch_normalization(x, ones, zeros)
        testing.assert_allclose(
            y.data, expected_output(x, ones, zeros, mean, var, 2e-5),
            atol=1e-3, rtol=1e-3)

    def test_constant(self):
        for value in 0, .1, -1e6:
            x = numpy.full((10, 3, 7), value, 'f')
            y, gx = self.backprop(x, numpy.ones_like(x))
            numpy.testing.assert_array_equal(y, numpy.zeros(x.shape))
            testing.assert_allclose(gx, 0, atol=1e-3)

    def test_large_constant(self):
        # Rounding errors must not make the variance negative.
        x = numpy.full((289, 3, 30), 6.667638e+10, 'f')
        y, gx = self.backprop(x, numpy.ones_like(x))
        numpy.testing.assert_array_equal(y, numpy.zeros(x.shape))
        self.assertTrue(numpy.isfinite(gx).all())

    def test_batch_of_one(self):
        # The unbiased variance of one value is no number.
        function = batch_normalization.BatchNormalizationFunction(
            2e-5, self.zeros, self.ones, True, .5)
        x = numpy.array([[1, 2, 3]], 'f')
        y = function(x, self.ones, self.zeros)
        numpy.testing.assert_array_equal(y.data, [[0, 0, 0]])
        testing.assert_allclose(function.running_mean, [.5, 1, 1.5])
        testing.assert_allclose(function.running_var, [.5, .5, .5])

    def test_zero_variance_given(self):
        for dtype in numpy.float16, numpy.float32, numpy.float64:
            zeros, ones = numpy.zeros(3, dtype), numpy.ones(3, dtype)
            x = chainer.Variable(numpy.array([[1, 0, -1]], dtype))
            y = F.fixed_batch_normalization(
                x, ones, zeros, zeros, zeros, eps=.25)
            numpy.testing.assert_array_equal(y.data, [[2, 0, -2]])
            y.grad = numpy.ones((1, 3), dtype)
            y.backward()
            numpy.testing.assert_array_equal(x.grad, [[2, 2, 2]])

    def test_gamma_zero(self):
        self.ones[...] = 0
        x = numpy.random.RandomState(0).randn(5, 3).astype('f')
        y, gx = self.backprop(x, x + 1)
        numpy.testing.assert_array_equal(y, numpy.zeros((5, 3)))
        numpy.testing.assert_array_equal(gx, numpy.zeros((5, 3)))

    def test_non_contiguous(self):
        random = numpy.random.RandomState(0)
        x = random.randn(2, 3, 6).astype('f').T[::2, ::-1]
        gy = random.randn(2, 3, 3).astype('f').T
        y, gx = self.backprop(x, gy)
        mean, var = statistics(x, 1)
        testing.assert_allclose(
            y, expected_output(x, self.ones, self.zeros, mean, var, 2e-5))
        _, expected = self.backprop(x.copy(), gy.copy())
        testing.assert_allclose(gx, expected)

    def test_arguments_are_left_alone(self):
        random = numpy.random.RandomState(0)
        data = [random.rand(*shape).astype('f') for shape in
                ((4, 3, 2), (3,), (3,), (3,), (3,))]
        for f in F.batch_normalization, F.fixed_batch_normalization:
            n = 3 if f is F.batch_normalization else 5
            xs = [chainer.Variable(x.copy()) for x in data[:n]]
            y = f(*xs)
            output = y.data.copy()
            y.grad = data[0] + 1
            y.backward()
            first = [x.grad.copy() for x in xs]
            for x in xs:
                x.cleargrad()
            y.backward()
            numpy.testing.assert_array_equal(y.data, output)
            numpy.testing.assert_array_equal(y.grad, data[0] + 1)
            for x, original, gx in zip(xs, data, first):
                numpy.testing.assert_array_equal(x.data, original)
                numpy.testing.assert_array_equal(x.grad, gx)

    def test_empty_batch(self):
        x = chainer.Variable(numpy.zeros((0, 3, 2), 'f'))
        gamma = chainer.Variable(self.ones)
        function = batch_normalization.BatchNormalizationFunction(
            2e-5, self.zeros, self.ones, True, .5)
        y = function(x, gamma, self.zeros)
        y.grad = numpy.zeros((0, 3, 2), 'f')
        y.backward()
        self.assertEqual(y.shape, (0, 3, 2))
        self.assertEqual(x.grad.shape, (0, 3, 2))
        numpy.testing.assert_array_equal(gamma.grad, self.zeros)
        # It tells nothing about the data.
        numpy.testing.assert_array_equal(function.running_mean, self.zeros)
        numpy.testing.assert_array_equal(function.running_var, self.ones)


class TestBatchNormalizationArguments(unittest.TestCase):

    def setUp(self):
        self.x = numpy.random.RandomState(0).randn(5, 3).astype('f')
        self.ones, self.zeros = numpy.ones(3, 'f'), numpy.zeros(3, 'f')

    def test_running_statistics(self):
        y = F.batch_normalization(
            self.x, self.ones, self.zeros, 2e-5, self.zeros, self.ones, .75)
        mean, var = statistics(self.x, 1)
        testing.assert_allclose(
            y.creator.running_mean, [.25 * mean[i,] for i in range(3)])
        testing.assert_allclose(
            y.creator.running_var,
            [.75 + .25 * var[i,] * 5 / 4 for i in range(3)])
        # The arrays of the caller are not changed.
        numpy.testing.assert_array_equal(self.zeros, [0, 0, 0])
        numpy.testing.assert_array_equal(self.ones, [1, 1, 1])

    def test_default_decay(self):
        y = F.batch_normalization(
            self.x, self.ones, self.zeros, running_mean=self.ones,
            running_var=self.ones)
        mean, _ = statistics(self.x, 1)
        testing.assert_allclose(
            y.creator.running_mean, [.9 + .1 * mean[i,] for i in range(3)])

    def test_no_running_statistics(self):
        y = F.batch_normalization(self.x, self.ones, self.zeros)
        self.assertIsNone(y.creator.running_mean)
        self.assertIsNone(y.creator.running_var)

    def test_default_eps(self):
        x = numpy.array([[0], [1e-2]])
        y = F.batch_normalization(x, numpy.ones(1), numpy.zeros(1))
        expected = 5e-3 / math.sqrt(2.5e-5 + 2e-5)
        testing.assert_allclose(y.data, [[-expected], [expected]])
        y = F.fixed_batch_normalization(
            x, numpy.ones(1), numpy.zeros(1), numpy.zeros(1), numpy.zeros(1))
        testing.assert_allclose(y.data, x / math.sqrt(2e-5))

    def test_use_cudnn(self):
        y = F.batch_normalization(
            self.x, self.ones, self.zeros, use_cudnn=False)
        self.assertFalse(y.creator.use_cudnn)
        y = F.fixed_batch_normalization(
            self.x, self.ones, self.zeros, self.zeros, self.ones,
            use_cudnn=False)
        self.assertFalse(y.creator.use_cudnn)

    def test_one_running_statistic(self):
        for name in 'running_mean', 'running_var':
            with self.assertRaisesRegex(ValueError, 'both or neither'):
                F.batch_normalization(
                    self.x, self.ones, self.zeros, **{name: self.ones})

    def check_types(self, message, f, *args, **kwargs):
        with self.assertRaisesRegex(type_check.InvalidType, message):
            f(*args, **kwargs)

    def test_types(self):
        f, x = F.batch_normalization, self.x
        ones, zeros = self.ones, self.zeros
        self.check_types(
            r'^Expect: in_types\[0\]\.dtype\.kind == f\nActual: i != f',
            f, x.astype('i'), ones, zeros)
        self.check_types(
            r'^Expect: in_types\[1\]\.dtype == in_types\[0\]\.dtype\n'
            r'Actual: float64 != float32',
            f, x, ones.astype('d'), zeros)
        self.check_types(
            r'^Expect: in_types\[2\]\.dtype == in_types\[0\]\.dtype\n'
            r'(.|\n)*beta', f, x, ones, zeros.astype('d'))
        self.check_types(
            r'^Expect: in_types\[0\]\.ndim >= in_types\[1\]\.ndim \+ 1\n',
            f, ones, ones, zeros)
        self.check_types(
            r'^Expect: in_types\[0\]\.shape\[1:2\] == in_types\[1\]\.shape\n'
            r'Actual: \(3,\) != \(2,\)', f, x, ones[:2], zeros)
        self.check_types(
            r'^Expect: in_types\[2\]\.shape == in_types\[1\]\.shape\n',
            f, x, ones, zeros[:2])
        self.check_types(
            r'^Expect: in_types\[1\]\.shape == \(2,\)\nActual: \(3,\) != ',
            f, x, ones, zeros, running_mean=ones[:2], running_var=ones[:2])

    def test_types_of_fixed(self):
        f, ones, zeros = F.fixed_batch_normalization, self.ones, self.zeros
        self.check_types(
            r'^Expect: in_types\[3\]\.shape == in_types\[1\]\.shape\n',
            f, self.x, ones, zeros, zeros[:2], ones)
        self.check_types(
            r'^Expect: in_types\[4\]\.dtype == in_types\[0\]\.dtype\n'
            r'(.|\n)*var', f, self.x, ones, zeros, zeros, ones.astype('d'))

    def test_eps_that_is_no_number(self):
        for eps in None, '1', (1,), 1j, numpy.ones(1), True:
            with self.assertRaisesRegex(
                    TypeError, '^eps must be a number, but is '):
                batch_normalization.BatchNormalizationFunction(eps=eps)

    def test_decay_that_is_no_number(self):
        for decay in None, '1', (1,), 1j, numpy.ones(1), True:
            with self.assertRaisesRegex(
                    TypeError, '^decay must be a number, but is '):
                batch_normalization.BatchNormalizationFunction(decay=decay)

    def test_range_of_eps(self):
        for eps in -1e-5, math.nan:
            with self.assertRaisesRegex(ValueError, '^eps must not be neg'):
                F.batch_normalization(self.x, self.ones, self.zeros, eps)
        y = F.fixed_batch_normalization(
            self.x, self.ones, self.zeros, self.zeros, self.ones, 0)
        numpy.testing.assert_array_equal(y.data, self.x)

    def test_range_of_decay(self):
        for decay in -.1, 1.1, math.nan:
            with self.assertRaisesRegex(ValueError, r'^decay must lie in \['):
                F.batch_normalization(
                    self.x, self.ones, self.zeros, decay=decay)

    def test_limits_of_decay(self):
        for decay in 0, 1:
            y = F.batch_normalization(
                self.x, self.ones, self.zeros, 1e-5, self.ones, self.ones,
                decay)
            is_kept = y.creator.running_mean == self.ones
            self.assertEqual(is_kept.all(), decay == 1)

    def test_numbers_of_numpy(self):
        y = F.batch_normalization(
            self.x, self.ones, self.zeros, numpy.float64(1e-5), self.ones,
            self.ones, numpy.float64(.5))
        for array in y.data, y.creator.running_mean, y.creator.running_var:
            self.assertEqual(array.dtype, numpy.float32)

    def test_running_statistics_that_are_no_arrays(self):
        for wrong in [1., 1., 1.], 1., self.ones.astype('i'), '111':
            for name in 'running_mean', 'running_var':
                kwargs = {'running_mean': self.ones, 'running_var': self.ones,
                          name: wrong}
                with self.assertRaisesRegex(
                        TypeError, f'^{name} must be an array of floats, of'):
                    F.batch_normalization(
                        self.x, self.ones, self.zeros, **kwargs)
