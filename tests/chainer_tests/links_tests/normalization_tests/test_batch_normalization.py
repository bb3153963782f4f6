import os
import tempfile
import unittest

import numpy

import chainer
import chainer.functions as F
import chainer.links as L
from chainer import gradient_check, optimizers, serializers, testing
from chainer.utils import type_check


def normalize(x, mean, var, gamma=1., beta=0., eps=2e-5):
    """Normalizes an array whose second axis is that of the channels."""
    y = numpy.empty(x.shape)
    for c in range(x.shape[1]):
        y[:, c] = (x[:, c].astype('d') - mean[c]) / (var[c] + eps) ** .5
    shape = (-1,) + (1,) * (x.ndim - 2)
    return y * numpy.reshape(gamma, shape) + numpy.reshape(beta, shape)


@testing.parameterize(*testing.product({
    'x_shape': [(5, 3), (4, 3, 2), (3, 3, 2, 2)],
    'dtype': [numpy.float16, numpy.float32, numpy.float64],
}))
class TestBatchNormalization(unittest.TestCase):

    def setUp(self):
        random = numpy.random.RandomState(0)
        self.x = random.uniform(-1, 3, self.x_shape).astype(self.dtype)
        self.gy = random.uniform(-1, 1, self.x_shape).astype(self.dtype)
        self.gamma = random.uniform(.5, 1, 3).astype(self.dtype)
        self.beta = random.uniform(-1, 1, 3).astype(self.dtype)
        self.link = L.BatchNormalization(
            3, dtype=self.dtype, initial_gamma=self.gamma,
            initial_beta=self.beta)
        wide = self.x.astype('d').swapaxes(0, 1).reshape(3, -1)
        self.mean = [row.mean() for row in wide]
        self.var = [row.var() for row in wide]
        self.unbiased_var = [row.var(ddof=1) for row in wide]
        self.tolerance = {'atol': 1e-5, 'rtol': 1e-4}
        if self.dtype == numpy.float16:
            self.tolerance = {'atol': 4e-3, 'rtol': 1e-2}

    def check_averages(self, mean_weight, var_weight):
        for average in self.link.avg_mean, self.link.avg_var:
            self.assertEqual(average.dtype, self.dtype)
            self.assertEqual(average.shape, (3,))
        testing.assert_allclose(
            self.link.avg_mean, mean_weight * numpy.array(self.mean),
            **self.tolerance)
        testing.assert_allclose(
            self.link.avg_var, var_weight * numpy.array(self.unbiased_var),
            **self.tolerance)

    def test_training(self):
        y = self.link(chainer.Variable(self.x))
        self.assertEqual(y.dtype, self.dtype)
        testing.assert_allclose(
            y.data, normalize(self.x, self.mean, self.var, self.gamma,
                              self.beta), **self.tolerance)
        self.check_averages(.1, .1)
        self.link(self.x)
        self.check_averages(.19, .19)
        self.assertEqual(self.link.N, 0)

    def test_testing(self):
        random = numpy.random.RandomState(1)
        self.link.avg_mean[...] = mean = random.uniform(-1, 1, 3)
        self.link.avg_var[...] = var = random.uniform(.5, 1, 3)
        y = self.link(chainer.Variable(self.x), test=True)
        self.assertEqual(y.dtype, self.dtype)
        testing.assert_allclose(
            y.data, normalize(self.x, mean, var, self.gamma, self.beta),
            **self.tolerance)
        testing.assert_allclose(self.link.avg_mean, mean, **self.tolerance)
        testing.assert_allclose(self.link.avg_var, var, **self.tolerance)

    def test_finetuning(self):
        self.link.avg_mean[...] = self.link.avg_var[...] = 100
        y = self.link(chainer.Variable(self.x), finetune=True)
        testing.assert_allclose(
            y.data, normalize(self.x, self.mean, self.var, self.gamma,
                              self.beta), **self.tolerance)
        self.assertEqual(self.link.N, 1)
        self.check_averages(1, 1)

    def test_backward(self):
        gradient_check.check_backward(
            self.link, self.x, self.gy, tuple(self.link.params()), eps=1e-4,
            dtype=numpy.float64, **self.tolerance)

    def test_backward_in_testing(self):
        self.link.avg_mean[...] = .5
        self.link.avg_var[...] = .75
        gradient_check.check_backward(
            # The averages have the type of the layer.
            lambda x: F.cast(self.link(F.cast(x, self.dtype), test=True),
                             x.dtype), self.x, self.gy,
            atol=1e-2, rtol=1e-2, eps=.5)


class TestBatchNormalizationModes(unittest.TestCase):

    def setUp(self):
        random = numpy.random.RandomState(0)
        self.batches = random.uniform(-1, 3, (4, 5, 2)).astype('f')
        self.link = L.BatchNormalization(2)

    def test_both_modes(self):
        with self.assertRaisesRegex(ValueError, 'not both'):
            self.link(self.batches[0], test=True, finetune=True)
        self.assertEqual(self.link.N, 0)
        numpy.testing.assert_array_equal(self.link.avg_mean, [0, 0])

    def test_finetuning_computes_population_statistics(self):
        # What training has left does not count.
        self.link(self.batches[0] + 10)
        self.link.start_finetuning()
        for x in self.batches:
            self.link(x, finetune=True)
        self.assertEqual(self.link.N, 4)
        wide = self.batches.astype('d')
        testing.assert_allclose(
            self.link.avg_mean, wide.reshape(20, 2).mean(axis=0))
        variances = [x.var(axis=0, ddof=1) for x in wide]
        testing.assert_allclose(self.link.avg_var, sum(variances) / 4)

    def test_finetuning_again(self):
        self.link(self.batches[0], finetune=True)
        self.link.start_finetuning()
        self.assertEqual(self.link.N, 0)
        self.link(self.batches[1], finetune=True)
        testing.assert_allclose(
            self.link.avg_mean, self.batches[1].astype('d').mean(axis=0))

    def test_decay(self):
        link = L.BatchNormalization(2, decay=.25)
        link(self.batches[0])
        link(self.batches[1])
        first, second = self.batches[:2].astype('d').mean(axis=1)
        testing.assert_allclose(
            link.avg_mean, .25 * .75 * first + .75 * second)

    def test_zero_variance_in_testing(self):
        # A layer that was never trained has variance 0.
        y = self.link(numpy.array([[1, -1]], 'f'), test=True)
        testing.assert_allclose(y.data, [[2e-5 ** -.5, -2e-5 ** -.5]])

    def test_eps(self):
        link = L.BatchNormalization(2, eps=.25)
        self.assertEqual(link.eps, .25)
        x = numpy.array([[1, -1]], 'f')
        testing.assert_allclose(link(x, test=True).data, [[2, -2]])
        y = link(numpy.array([[0, 0], [1, 2]], 'f'))
        testing.assert_allclose(
            y.data[1], [.5 / (.25 + .25) ** .5, 1 / 1.25 ** .5])

    def test_refused_input_changes_nothing(self):
        self.link(self.batches[0])
        mean, var = self.link.avg_mean.copy(), self.link.avg_var.copy()
        for kwargs in {}, {'finetune': True}:
            with self.assertRaisesRegex(type_check.InvalidType, 'gamma'):
                self.link(numpy.zeros((5, 3), 'f'), **kwargs)
        numpy.testing.assert_array_equal(self.link.avg_mean, mean)
        numpy.testing.assert_array_equal(self.link.avg_var, var)
        self.assertEqual(self.link.N, 0)

    def test_volatile(self):
        x = chainer.Variable(self.batches[0], volatile=True)
        for link in self.link, L.BatchNormalization(
                2, use_gamma=False, use_beta=False):
            for kwargs in {}, {'test': True}, {'finetune': True}:
                y = link(x, **kwargs)
                self.assertEqual(y.volatile, chainer.ON)
                self.assertIsNone(y.creator)

    def test_testing_before_training_in_one_graph(self):
        # Averages that change later are not those of this computation.
        self.link(self.batches[0])
        x = chainer.Variable(self.batches[1])
        y = self.link(x, test=True)
        y.grad = numpy.ones(y.shape, 'f')
        expected = 1 / (self.link.avg_var + 2e-5) ** .5
        self.link(self.batches[2] * 10)
        y.backward()
        testing.assert_allclose(x.grad, [expected] * 5)


class TestBatchNormalizationFinetuning(unittest.TestCase):

    def test_empty_batch_does_not_count(self):
        x = numpy.random.RandomState(0).randn(6, 2).astype('f')
        for link, batches in (
                (L.BatchNormalization(2), [x[:3], x[:0], x[3:]]),
                (L.BatchNormalization(2), [x[:0], x[:3], x[3:], x[:0]])):
            for batch in batches:
                link(batch, finetune=True)
            self.assertEqual(link.N, 2)
            testing.assert_allclose(link.avg_mean, x.mean(axis=0))
            # Differences between the batches are no part of it.
            testing.assert_allclose(link.avg_var, (
                x[:3].var(axis=0, ddof=1) + x[3:].var(axis=0, ddof=1)) / 2)


class TestBatchNormalizationArguments(unittest.TestCase):

    def test_decay(self):
        for decay in -0.1, 1.1, float('nan'):
            with self.assertRaisesRegex(
                    ValueError, '^decay must be from 0 to 1, but is '):
                L.BatchNormalization(2, decay=decay)
        for decay in 0, 1, numpy.float32(0.5):
            self.assertEqual(L.BatchNormalization(2, decay).decay, decay)
        with self.assertRaisesRegex(TypeError, '^decay must be a number'):
            L.BatchNormalization(2, decay='0.9')

    def test_eps(self):
        for eps in -1e-5, float('nan'):
            with self.assertRaisesRegex(
                    ValueError, '^eps must be 0 or more, but is '):
                L.BatchNormalization(2, eps=eps)
        self.assertEqual(L.BatchNormalization(2, eps=0).eps, 0)

    def test_dtype(self):
        for dtype in 'i', numpy.int32, 'F', bool:
            with self.assertRaisesRegex(
                    TypeError, '^dtype must be a type of floats'):
                L.BatchNormalization(2, dtype=dtype)


class TestBatchNormalizationParameters(unittest.TestCase):

    def setUp(self):
        self.x = numpy.random.RandomState(0).randn(5, 2).astype('f')

    def test_default(self):
        link = L.BatchNormalization(2)
        self.assertEqual(
            sorted(name for name, _ in link.namedparams()),
            ['/beta', '/gamma'])
        numpy.testing.assert_array_equal(link.gamma.data, [1, 1])
        numpy.testing.assert_array_equal(link.beta.data, [0, 0])
        for x in (link.gamma.data, link.beta.data, link.avg_mean,
                  link.avg_var):
            self.assertEqual(x.dtype, numpy.float32)
        self.assertEqual((link.N, link.decay, link.eps), (0, .9, 2e-5))

    def test_without_gamma_and_beta(self):
        expected = L.BatchNormalization(2)(self.x).data
        for use_gamma, use_beta, names in (
                (False, False, []), (True, False, ['/gamma']),
                (False, True, ['/beta'])):
            link = L.BatchNormalization(
                2, use_gamma=use_gamma, use_beta=use_beta)
            self.assertEqual([name for name, _ in link.namedparams()], names)
            self.assertEqual(hasattr(link, 'gamma'), use_gamma)
            self.assertEqual(hasattr(link, 'beta'), use_beta)
            numpy.testing.assert_array_equal(link(self.x).data, expected)
            link(self.x, test=True)
            x = chainer.Variable(self.x)
            y = link(x)
            link.cleargrads()
            y.grad = self.x
            y.backward()
            for param in link.params():
                self.assertTrue(numpy.isfinite(param.grad).all())

    def test_initial_values(self):
        def fill(array):
            array[...] = [3, 4]

        link = L.BatchNormalization(
            2, initial_gamma=fill, initial_beta=numpy.array([5, 6]))
        self.assertEqual(link.gamma.data.tolist(), [3, 4])
        self.assertEqual(link.beta.data.tolist(), [5, 6])
        link = L.BatchNormalization(2, initial_gamma=0, initial_beta=7)
        self.assertEqual(link.gamma.data.tolist(), [0, 0])
        self.assertEqual(link.beta.data.tolist(), [7, 7])

    def test_channels_of_two_dimensions(self):
        link = L.BatchNormalization((2, 3))
        self.assertEqual(link.gamma.shape, (2, 3))
        x = numpy.random.RandomState(0).randn(4, 2, 3, 5).astype('f')
        y = link(x).data.astype('d')
        testing.assert_allclose(y.mean(axis=(0, 3)), 0, atol=1e-4)
        testing.assert_allclose(y.std(axis=(0, 3)), 1, atol=1e-3)
        testing.assert_allclose(
            link.avg_mean, .1 * x.astype('d').mean(axis=(0, 3)))

    def test_copy_shares_averages(self):
        link = L.BatchNormalization(2)
        twin = link.copy()
        link(self.x)
        self.assertGreater(abs(link.avg_mean).max(), 0)
        self.assertIs(twin.avg_mean, link.avg_mean)
        self.assertIs(twin.avg_var, link.avg_var)

    def test_optimizer(self):
        model = chainer.Chain(bn=L.BatchNormalization(2))
        optimizer = optimizers.SGD(.1)
        optimizer.setup(model)
        losses = []

        def lossfun():
            loss = F.sum((model.bn(self.x) - 3) ** 2)
            losses.append(float(loss.data))
            return loss

        for _ in range(5):
            optimizer.update(lossfun)
        self.assertLess(losses[-1], losses[0])

    def test_old_name(self):
        self.assertIs(F.BatchNormalization, L.BatchNormalization)


class TestBatchNormalizationSerialization(unittest.TestCase):

    def setUp(self):
        handle, self.path = tempfile.mkstemp(suffix='.npz')
        os.close(handle)
        self.addCleanup(os.remove, self.path)
        self.x = numpy.random.RandomState(0).randn(5, 2).astype('f')

    def test_npz(self):
        saved = L.BatchNormalization(2, initial_gamma=3, initial_beta=4)
        saved(self.x, finetune=True)
        saved(self.x + 1, finetune=True)
        serializers.save_npz(self.path, saved)
        with numpy.load(self.path) as archive:
            self.assertEqual(
                sorted(archive.files),
                ['N', 'avg_mean', 'avg_var', 'beta', 'gamma'])
        loaded = L.BatchNormalization(2)
        serializers.load_npz(self.path, loaded)
        self.assertEqual(loaded.N, 2)
        for name in 'avg_mean', 'avg_var':
            numpy.testing.assert_array_equal(
                getattr(loaded, name), getattr(saved, name))
        numpy.testing.assert_array_equal(
            loaded(self.x, test=True).data, saved(self.x, test=True).data)
        # It goes on as if it had never stopped.
        for link in saved, loaded:
            link(self.x + 2, finetune=True)
        numpy.testing.assert_array_equal(loaded.avg_mean, saved.avg_mean)
        self.assertEqual(loaded.N, 3)

    def test_without_gamma_and_beta(self):
        saved = L.BatchNormalization(2, use_gamma=False, use_beta=False)
        saved(self.x)
        serializers.save_npz(self.path, saved)
        loaded = L.BatchNormalization(2, use_gamma=False, use_beta=False)
        serializers.load_npz(self.path, loaded)
        numpy.testing.assert_array_equal(loaded.avg_var, saved.avg_var)
