import unittest

import numpy

import chainer
from chainer import optimizer_hooks


def make_optimizer(dtype=numpy.float32, shape=(3, 4)):
    """An optimizer of three parameters; the last has no gradient."""
    link = chainer.Link()
    random = numpy.random.RandomState(0)
    for name, size in [('W', shape), ('s', ()), ('unused', (2,))]:
        link.add_param(name, size, dtype)
        param = getattr(link, name)
        param.data[...] = random.uniform(-1, 1, size)
        param.grad[...] = random.uniform(-1, 1, size)
    link.W.data[0] = 0
    link.unused.cleargrad()
    optimizer = chainer.optimizers.SGD()
    optimizer.setup(link)
    return optimizer, link


class TestHooks(unittest.TestCase):

    tolerance = {numpy.float16: 1e-3, numpy.float32: 1e-6,
                 numpy.float64: 1e-14}

    def check(self, hook, formula):
        """Compares a hook with a function of data and gradient."""
        for dtype, tolerance in self.tolerance.items():
            for shape in [(3, 4), (2, 140000)]:
                with self.subTest(dtype=dtype, shape=shape):
                    optimizer, link = make_optimizer(dtype, shape)
                    arrays = link.W.grad, link.s.grad
                    data = [p.data.copy() for p in link.params()]
                    expected = [
                        formula(p.data.astype('d'), p.grad.astype('d'))
                        for p in (link.W, link.s)]
                    optimizer.add_hook(hook)
                    optimizer.call_hooks()
                    self.assertIs(link.W.grad, arrays[0])
                    self.assertIs(link.s.grad, arrays[1])
                    self.assertIsNone(link.unused.grad)
                    for array, want in zip(arrays, expected):
                        self.assertEqual(array.dtype, dtype)
                        numpy.testing.assert_allclose(
                            array, want, rtol=tolerance, atol=tolerance)
                    for param, want in zip(link.params(), data):
                        numpy.testing.assert_array_equal(param.data, want)

    def test_weight_decay(self):
        hook = chainer.optimizer.WeightDecay(0.3)
        self.assertEqual((hook.rate, hook.name), (0.3, 'WeightDecay'))
        self.check(hook, lambda p, g: g + 0.3 * p)

    def test_lasso(self):
        hook = chainer.optimizer.Lasso(0.3)
        self.assertEqual((hook.rate, hook.name), (0.3, 'Lasso'))
        self.check(hook, lambda p, g: g + 0.3 * numpy.sign(p))

    def test_gradient_hard_clipping(self):
        hook = chainer.optimizer.GradientHardClipping(-0.5, 0.25)
        self.assertEqual((hook.lower_bound, hook.upper_bound, hook.name),
                         (-0.5, 0.25, 'GradientHardClipping'))
        self.check(hook, lambda p, g: numpy.maximum(
            numpy.minimum(g, 0.25), -0.5))

    def test_numpy_scalars(self):
        for dtype in (numpy.float32, numpy.float64):
            self.check(chainer.optimizer.WeightDecay(dtype(0.5)),
                       lambda p, g: g + 0.5 * p)
            self.check(chainer.optimizer.GradientHardClipping(
                dtype(-0.5), dtype(0.5)), lambda p, g: g.clip(-0.5, 0.5))

    def test_hard_clipping_bounds(self):
        with self.assertRaisesRegex(ValueError, '1.*-1'):
            chainer.optimizer.GradientHardClipping(1, -1)

    def test_same_objects(self):
        for name in ('WeightDecay', 'Lasso', 'GradientClipping',
                     'GradientNoise', 'GradientHardClipping',
                     'exponential_decay_noise'):
            self.assertIs(getattr(chainer.optimizer, name),
                          getattr(optimizer_hooks, name))


class TestGradientClipping(unittest.TestCase):

    def norm(self, link):
        return numpy.sqrt(sum([
            (p.grad.astype('d') ** 2).sum() for p in link.params()
            if p.grad is not None]))

    def clip(self, optimizer, threshold):
        optimizer.add_hook(chainer.optimizer.GradientClipping(threshold))
        optimizer.call_hooks()
        optimizer.remove_hook('GradientClipping')

    def test_clips_to_threshold(self):
        for dtype, rtol in TestHooks.tolerance.items():
            for shape in [(3, 4), (2, 140000)]:
                optimizer, link = make_optimizer(dtype, shape)
                before = link.W.grad.astype('d')
                norm = self.norm(link)
                self.clip(optimizer, norm / 2)
                self.assertEqual(link.W.grad.dtype, dtype)
                numpy.testing.assert_allclose(
                    link.W.grad, before / 2, rtol=rtol, atol=rtol)
                numpy.testing.assert_allclose(
                    self.norm(link), norm / 2, rtol=rtol)

    def test_small_gradients_stay(self):
        optimizer, link = make_optimizer()
        before = link.W.grad.copy()
        self.clip(optimizer, self.norm(link) * 1.01)
        numpy.testing.assert_array_equal(link.W.grad, before)

    def test_zero_gradients(self):
        optimizer, link = make_optimizer()
        link.zerograds()
        self.clip(optimizer, 0)
        numpy.testing.assert_array_equal(link.W.grad, 0)

    def test_squares_overflow(self):
        for dtype, value in [(numpy.float16, 6e4), (numpy.float32, 1e30)]:
            optimizer, link = make_optimizer(dtype, (100, 100))
            link.W.grad[...] = value
            link.s.grad[...] = 0
            self.clip(optimizer, 1)
            numpy.testing.assert_allclose(link.W.grad, 0.01, rtol=1e-3)

    def test_rate_underflows_in_float16(self):
        optimizer, link = make_optimizer(numpy.float16, (1000, 1000))
        link.W.grad[...] = 6e4
        link.s.grad[...] = 0
        self.clip(optimizer, 1)         # the rate is 1.7e-8
        numpy.testing.assert_allclose(link.W.grad, 1e-3, rtol=1e-2)

    def test_nan_stays_visible(self):
        optimizer, link = make_optimizer()
        before = link.W.grad.copy()
        link.s.grad[...] = numpy.nan
        self.clip(optimizer, 0.01)
        self.assertTrue(numpy.isnan(link.s.grad))
        numpy.testing.assert_array_equal(link.W.grad, before)


class TestGradientNoise(unittest.TestCase):

    def test_default_noise(self):
        optimizer, link = make_optimizer(shape=(100, 100))
        optimizer.add_hook(chainer.optimizer.GradientNoise(0.3))
        for t, variance in [(0, 0.3), (99, 0.3 / 100 ** 0.55)]:
            numpy.random.seed(0)
            link.zerograds()
            link.unused.cleargrad()
            optimizer.t = t
            optimizer.call_hooks()
            noise = link.W.grad
            self.assertEqual(noise.dtype, numpy.float32)
            # 10^4 draws: standard errors of 1 and 1.4 percent.
            self.assertLess(abs(noise.mean()), 0.05 * variance ** 0.5)
            self.assertLess(abs(noise.var() / variance - 1), 0.07)
            self.assertNotEqual(link.s.grad, 0)
            self.assertIsNone(link.unused.grad)

    def test_noise_is_added(self):
        optimizer, link = make_optimizer()
        before = link.W.grad.copy()
        calls = []

        def noise_func(xp, shape, dtype, hook, opt):
            calls.append((xp, shape, dtype, hook, opt))
            return xp.full(shape, 0.5, dtype)

        hook = chainer.optimizer.GradientNoise(0.01, noise_func=noise_func)
        self.assertEqual((hook.eta, hook.name), (0.01, 'GradientNoise'))
        optimizer.add_hook(hook)
        optimizer.call_hooks()
        numpy.testing.assert_array_equal(link.W.grad, before + 0.5)
        self.assertEqual(calls, [
            (numpy, shape, numpy.float32, hook, optimizer)
            for shape in [(3, 4), ()]])
