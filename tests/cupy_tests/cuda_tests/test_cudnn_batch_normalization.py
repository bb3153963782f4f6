import unittest

import numpy

import cupy
from cupy import cudnn
from cupy.cuda import cudnn as libcudnn

FACTORS = (1, 0), (2, 0), (1, 1), (-.5, .25), (0, 2)
TOLERANCE = {'e': 5e-3, 'f': 1e-5, 'd': 1e-12}
PER_ACTIVATION = libcudnn.CUDNN_BATCHNORM_PER_ACTIVATION
SPATIAL = libcudnn.CUDNN_BATCHNORM_SPATIAL
PERSISTENT = libcudnn.CUDNN_BATCHNORM_SPATIAL_PERSISTENT
MODES = PER_ACTIVATION, SPATIAL, PERSISTENT
SHAPES = [(5, 3, 4, 7), (3, 70, 1, 1), (2, 1, 1, 1), (4, 2, 3, 2, 3),
          (8, 16, 19, 23)]


def random(shape, dtype, seed=0):
    return numpy.random.RandomState(seed).uniform(
        -1, 1, shape).astype(dtype)


def spread(a):
    """Puts an array between elements that do not belong to it."""
    big = numpy.full(a.shape[:-1] + (2 * a.shape[-1],), 7, a.dtype)
    big[..., ::2] = a
    return cupy.array(big)[..., ::2]


class Batch:
    """Arrays of one normalization, and what is expected of it."""

    def __init__(self, mode, shape, dtype, epsilon=1e-3, place=cupy.array,
                 x=None):
        self.mode = mode
        self.epsilon = epsilon
        self.dtype = dtype
        axis = (0,) if mode == PER_ACTIVATION else (
            (0,) + tuple(range(2, len(shape))))
        kept = tuple(1 if i in axis else n for i, n in enumerate(shape))
        self.param_dtype = 'd' if dtype == 'd' else 'f'
        x = random(shape, dtype) if x is None else x
        gy = random(shape, dtype, 1)
        gamma, beta, mean, var = (
            random(kept, self.param_dtype, seed) + (seed > 4)
            for seed in (2, 3, 4, 5))
        self.host = x, gy, gamma, beta, mean, var
        self.x, self.gy = place(x), place(gy)
        self.gamma, self.beta, self.mean, self.var = map(
            cupy.array, (gamma, beta, mean, var))

        x, gy, gamma, beta = (a.astype('d') for a in (x, gy, gamma, beta))
        self.count = x.size // gamma.size
        self.expected_mean = x.mean(axis, keepdims=True)
        self.expected_var = x.var(axis, keepdims=True)
        self.expected_inverse = (self.expected_var + epsilon) ** -.5
        normal = (x - self.expected_mean) * self.expected_inverse
        self.expected_y = normal * gamma + beta
        self.expected_fixed = (
            (x - mean) / numpy.sqrt(var.astype('d') + epsilon) * gamma + beta)
        self.expected_gbeta = gy.sum(axis, keepdims=True)
        self.expected_ggamma = (gy * normal).sum(axis, keepdims=True)
        self.expected_gx = gamma * self.expected_inverse * (
            gy - gy.mean(axis, keepdims=True)
            - normal * (gy * normal).mean(axis, keepdims=True))

    def describe(self, *arrays):
        self.descs = [cudnn.create_tensor_descriptor(a) for a in arrays]
        return [desc.value for desc in self.descs]

    def factors(self, *values):
        self.kept = [cudnn.scalar(value, self.dtype) for value in values]
        return [factor.data for factor in self.kept]

    def train(self, y, alpha=1, beta=0, decay=1, running=(0, 0),
              saved=(0, 0)):
        x_desc, y_desc, desc = self.describe(self.x, y, self.gamma)
        alpha, beta = self.factors(alpha, beta)
        libcudnn.batchNormalizationForwardTraining(
            cudnn.get_handle(), self.mode, alpha, beta, x_desc,
            self.x.data.ptr, y_desc, y.data.ptr, desc, self.gamma.data.ptr,
            self.beta.data.ptr, decay, *pointers(running), self.epsilon,
            *pointers(saved))

    def infer(self, y, alpha=1, beta=0):
        x_desc, y_desc, desc = self.describe(self.x, y, self.gamma)
        alpha, beta = self.factors(alpha, beta)
        libcudnn.batchNormalizationForwardInference(
            cudnn.get_handle(), self.mode, alpha, beta, x_desc,
            self.x.data.ptr, y_desc, y.data.ptr, desc, self.gamma.data.ptr,
            self.beta.data.ptr, self.mean.data.ptr, self.var.data.ptr,
            self.epsilon)

    def backward(self, gx, ggamma, gbeta, factors=(1, 0, 1, 0),
                 saved=(0, 0)):
        x_desc, gy_desc, gx_desc, desc = self.describe(
            self.x, self.gy, gx, self.gamma)
        libcudnn.batchNormalizationBackward(
            cudnn.get_handle(), self.mode, *self.factors(*factors), x_desc,
            self.x.data.ptr, gy_desc, self.gy.data.ptr, gx_desc, gx.data.ptr,
            desc, self.gamma.data.ptr, ggamma.data.ptr, gbeta.data.ptr,
            self.epsilon, *pointers(saved))

    def empty_params(self, n):
        return [cupy.array(numpy.full(
            self.gamma.shape, numpy.nan, self.param_dtype))
            for _ in range(n)]


def pointers(arrays):
    return [a if isinstance(a, int) else a.data.ptr for a in arrays]


class TestBatchNormalization(unittest.TestCase):

    def assert_close(self, actual, expected, dtype, scale=1):
        numpy.testing.assert_allclose(
            actual.get(), expected, rtol=TOLERANCE[dtype],
            atol=TOLERANCE[dtype] * scale)

    def out(self, batch, beta, place=cupy.array):
        x = batch.host[0]
        return place(random(x.shape, batch.dtype, 9) if beta else
                     numpy.full(x.shape, numpy.nan, batch.dtype))

    def check_train(self, batch, alpha=1, beta=0, place=cupy.array):
        y = self.out(batch, beta, place)
        expected = alpha * batch.expected_y
        if beta:
            expected += beta * y.get()
        saved = batch.empty_params(2)
        mean, var = batch.host[4:]
        running = cupy.array(mean), cupy.array(var)
        batch.train(y, alpha, beta, .25, running, saved)
        self.assert_close(y, expected, batch.dtype, 4)
        kind = batch.param_dtype
        unbiased = batch.expected_var * batch.count / max(batch.count - 1, 1)
        self.assert_close(saved[0], batch.expected_mean, kind)
        self.assert_close(saved[1], batch.expected_inverse, kind)
        self.assert_close(
            running[0], .75 * mean + .25 * batch.expected_mean, kind)
        self.assert_close(running[1], .75 * var + .25 * unbiased, kind)

    def check_infer(self, batch, alpha=1, beta=0, place=cupy.array):
        y = self.out(batch, beta, place)
        expected = alpha * batch.expected_fixed
        if beta:
            expected += beta * y.get()
        batch.infer(y, alpha, beta)
        self.assert_close(y, expected, batch.dtype, 4)

    def check_backward(self, batch, factors=(1, 0, 1, 0), use_saved=True,
                       place=cupy.array):
        data_alpha, data_beta, alpha, beta = factors
        gx = self.out(batch, data_beta, place)
        expected_gx = data_alpha * batch.expected_gx
        if data_beta:
            expected_gx += data_beta * gx.get()
        params = [cupy.array(random(p.shape, batch.param_dtype, 7))
                  if beta else p for p in batch.empty_params(2)]
        expected = [
            alpha * g + (beta * p.get() if beta else 0) for g, p in zip(
                (batch.expected_ggamma, batch.expected_gbeta), params)]
        saved = [cupy.array(a.astype(batch.param_dtype)) for a in (
            batch.expected_mean, batch.expected_inverse)]
        batch.backward(gx, *params, factors,
                       saved if use_saved else (0, 0))
        self.assert_close(gx, expected_gx, batch.dtype, 20)
        for actual, wanted in zip(params, expected):
            self.assert_close(actual, wanted, batch.param_dtype,
                              batch.count ** .5 * 4)

    def test_modes(self):
        for mode in MODES:
            for shape in SHAPES:
                for dtype in 'efd':
                    with self.subTest(mode=mode, shape=shape, dtype=dtype):
                        batch = Batch(mode, shape, dtype)
                        self.check_train(batch)
                        self.check_infer(batch)
                        self.check_backward(batch)
                        self.check_backward(batch, use_saved=False)

    def test_factors_and_strides(self):
        for mode in PER_ACTIVATION, SPATIAL:
            for dtype in 'efd':
                batch = Batch(mode, (3, 2, 4, 5), dtype, place=spread)
                for i, (alpha, beta) in enumerate(FACTORS):
                    with self.subTest(mode=mode, dtype=dtype, alpha=alpha,
                                      beta=beta):
                        self.check_train(batch, alpha, beta, spread)
                        self.check_infer(batch, alpha, beta, spread)
                        self.check_backward(
                            batch, (alpha, beta) + FACTORS[-i], True, spread)

    def test_in_place(self):
        for mode in PER_ACTIVATION, SPATIAL:
            batch = Batch(mode, (3, 2, 4, 5), 'f')
            params = batch.empty_params(2)
            batch.backward(batch.gy, *params)
            self.assert_close(batch.gy, batch.expected_gx, 'f', 20)
            batch.train(batch.x)
            self.assert_close(batch.x, batch.expected_y, 'f', 4)

    def test_running_averages_start_with_the_first_batch(self):
        batch = Batch(SPATIAL, (3, 2, 4, 5), 'f')
        running = batch.empty_params(2)  # NaNs
        batch.train(batch.x, decay=1, running=running)
        self.assert_close(running[0], batch.expected_mean, 'f')
        self.assert_close(running[1], batch.expected_var * 60 / 59, 'f')

    def test_a_large_mean_costs_no_digits(self):
        # 1 + 1e-4 * noise, in single precision: E[x^2] - E[x]^2 is noise.
        for mode, shape in (SPATIAL, (64, 2, 32, 32)), (
                PER_ACTIVATION, (65536, 2, 1, 1)):
            x = (1000 + random(shape, 'd') * .1).astype('f')
            batch = Batch(mode, shape, 'f', epsilon=0, x=x)
            saved = batch.empty_params(2)
            y = cupy.empty(shape, 'f')
            batch.train(y, saved=saved)
            numpy.testing.assert_allclose(
                saved[0].get(), batch.expected_mean, rtol=1e-7)
            numpy.testing.assert_allclose(
                saved[1].get(), batch.expected_inverse, rtol=1e-5)

    def test_derived_descriptor(self):
        x = cupy.empty((2, 3, 4, 5), 'e')
        x_desc = cudnn.create_tensor_descriptor(x)
        derived = cudnn.create_tensor_descriptor(x)
        for mode, shape in (SPATIAL, (1, 3, 1, 1)), (
                PER_ACTIVATION, (1, 3, 4, 5)):
            libcudnn.deriveBNTensorDescriptor(
                derived.value, x_desc.value, mode)
            # It describes the single precision arrays of parameters.
            params = [cupy.array(numpy.ones(shape, 'f')) for _ in range(4)]
            batch = Batch(mode, x.shape, 'e')
            batch.gamma, batch.beta, batch.mean, batch.var = params
            batch.describe = lambda *arrays: [
                x_desc.value, x_desc.value, derived.value]
            y = cupy.empty(x.shape, 'e')
            batch.infer(y)
            self.assertTrue(numpy.isfinite(y.get()).all())

    def test_results_are_the_same_each_time(self):
        for mode in PER_ACTIVATION, SPATIAL:
            results = []
            for _ in range(3):
                batch = Batch(mode, (16, 32, 15, 15), 'f')
                batch.train(batch.x)
                results.append(batch.x.get())
            numpy.testing.assert_array_equal(results[0], results[1])
            numpy.testing.assert_array_equal(results[0], results[2])

    def fails(self, words, function, *args, **kwargs):
        with self.assertRaises(libcudnn.CuDNNError) as context:
            function(*args, **kwargs)
        self.assertEqual(libcudnn.CUDNN_STATUS_BAD_PARAM,
                         context.exception.status)
        self.assertIn(words, str(context.exception))

    def test_errors(self):
        batch = Batch(SPATIAL, (3, 2, 4, 5), 'f')
        y = cupy.empty((3, 2, 4, 5), 'f')
        a, b = batch.empty_params(2)
        self.fails('resultSaveMean', batch.train, y, saved=(a, 0))
        self.fails('resultRunningMean', batch.train, y, running=(0, b))
        self.fails('savedMean', batch.backward, y, a, b, saved=(a, 0))
        self.fails('yDesc', batch.train, cupy.empty((3, 2, 4, 4), 'f'))
        self.fails('dxDesc', batch.backward, cupy.empty((3, 2, 4, 4), 'f'),
                   a, b)
        for epsilon in -1e-9, numpy.nan:
            batch.epsilon = epsilon
            self.fails('epsilon', batch.train, y)
        batch.epsilon = 1e-3
        batch.mode = 3
        self.fails('mode 3', batch.infer, y)
        batch.mode = PER_ACTIVATION  # but parameters of SPATIAL
        self.fails('bnScaleBiasMeanVarDesc', batch.infer, y)

    def test_parameters_of_half_are_single(self):
        batch = Batch(SPATIAL, (3, 2, 4, 5), 'e')
        batch.gamma = cupy.empty((1, 2, 1, 1), 'e')
        self.fails('data type', batch.infer, cupy.empty((3, 2, 4, 5), 'e'))
