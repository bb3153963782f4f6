"""All optimizers and hooks on the device, against their CPU paths."""
import unittest

import numpy

import chainer
import chainer.functions as F
from chainer import cuda, optimizers, serializers
from chainer.testing import attr

# Optimizers with hyperparameters under which every term counts.
OPTIMIZERS = [
    (optimizers.SGD, {'lr': 0.3}),
    (optimizers.MomentumSGD, {'lr': 0.2, 'momentum': 0.5}),
    (optimizers.NesterovAG, {'lr': 0.2, 'momentum': 0.5}),
    (optimizers.AdaGrad, {'lr': 0.1, 'eps': 0.01}),
    (optimizers.RMSprop, {'lr': 0.1, 'alpha': 0.8, 'eps': 0.01}),
    (optimizers.RMSpropGraves,
     {'lr': 0.01, 'alpha': 0.8, 'momentum': 0.5, 'eps': 0.01}),
    (optimizers.AdaDelta, {'rho': 0.8, 'eps': 0.01}),
    (optimizers.Adam,
     {'alpha': 0.1, 'beta1': 0.7, 'beta2': 0.8, 'eps': 0.01}),
    (optimizers.SMORMS3, {'lr': 0.2, 'eps': 0.01})]

TOLERANCES = {'e': 1e-2, 'f': 1e-5, 'd': 1e-12}


def make_link(dtype, shape, place=-1):
    link = chainer.Link()
    link.add_param('p', shape, dtype)
    link.p.data[...] = numpy.random.RandomState(1).uniform(-1, 1, shape)
    link.p.cleargrad()
    if place >= 0:
        link.to_gpu(place)
    return link


def make_grads(n, dtype, shape):
    random = numpy.random.RandomState(0)
    return [numpy.asarray(random.uniform(-1, 1, shape), dtype)
            for _ in range(n)]


def run(optimizer, grads):
    p = optimizer.target.p
    for grad in grads:
        p.grad = cuda.send(grad, p.data)
        optimizer.update()
        # A gradient is read, not changed.
        numpy.testing.assert_array_equal(cuda.to_cpu(p.grad), grad)


def setup(optimizer, link):
    optimizer.setup(link)
    return optimizer


def arrays_of(optimizer):
    arrays = dict(optimizer._states['/p'], p=optimizer.target.p.data)
    return {key: cuda.to_cpu(value) for key, value in arrays.items()}


def assert_same(optimizer, other, tolerance):
    expected, arrays = arrays_of(other), arrays_of(optimizer)
    assert expected.keys() == arrays.keys()
    for key, array in arrays.items():
        assert array.dtype == expected[key].dtype
        numpy.testing.assert_allclose(
            array, expected[key], rtol=tolerance, atol=tolerance,
            err_msg=f'{key} of {type(optimizer).__name__}')


@attr.gpu
class TestOptimizers(unittest.TestCase):

    def test_steps(self):
        for cls, hyperparameters in OPTIMIZERS:
            for dtype, tolerance in TOLERANCES.items():
                for shape in ((3, 4), (), (0, 2)):
                    with self.subTest(cls=cls, dtype=dtype, shape=shape):
                        grads = make_grads(6, dtype, shape)
                        cpu, gpu = [
                            setup(cls(**hyperparameters),
                                  make_link(dtype, shape, place))
                            for place in (-1, 0)]
                        data = gpu.target.p.data
                        run(cpu, grads)
                        run(gpu, grads)
                        self.assertIs(gpu.target.p.data, data)
                        assert_same(gpu, cpu, tolerance)

    def test_large_and_not_contiguous(self):
        for cls, hyperparameters in OPTIMIZERS:
            cpu, gpu = [
                setup(cls(**hyperparameters), make_link('f', (300, 201), i))
                for i in (-1, 0)]
            for optimizer in (cpu, gpu):
                p = optimizer.target.p
                p.data = p.data.T
            grads = make_grads(2, 'f', (201, 300))
            for optimizer in (cpu, gpu):
                optimizer._states.clear()
                run(optimizer, grads)
            assert_same(gpu, cpu, 1e-5)

    def test_numpy_scalars(self):
        for cls, hyperparameters in OPTIMIZERS:
            grads = make_grads(2, 'f', 3)
            cpu, gpu = [
                setup(cls(**{key: scalar(value) for key, value
                             in hyperparameters.items()}),
                      make_link('f', 3, place))
                for place, scalar in ((-1, float), (0, numpy.float64))]
            run(cpu, grads)
            run(gpu, grads)
            assert_same(gpu, cpu, 1e-5)
            self.assertEqual(gpu.target.p.dtype, numpy.float32)

    def test_hyperparameters_may_change(self):
        for cls, hyperparameters in OPTIMIZERS:
            grads = make_grads(4, 'f', 3)
            both = [setup(cls(), make_link('f', 3, i)) for i in (-1, 0)]
            for optimizer in both:
                run(optimizer, grads[:2])
                vars(optimizer).update(hyperparameters)
                run(optimizer, grads[2:])
            assert_same(both[1], both[0], 1e-5)

    def test_variance_is_not_negative(self):
        optimizer = setup(optimizers.RMSpropGraves(), make_link('f', 50, 0))
        gradient = numpy.linspace(1e3, 1e4, 50).astype('f')
        run(optimizer, [2 * gradient] * 100 + [gradient] * 400)
        self.assertTrue(
            numpy.isfinite(optimizer.target.p.data.get()).all())


@attr.multi_gpu(2)
class TestPlaces(unittest.TestCase):

    def test_state_moves_with_the_parameter(self):
        for cls, hyperparameters in OPTIMIZERS:
            grads = make_grads(12, 'f', (2, 3))
            stays, moves = [
                setup(cls(**hyperparameters), make_link('f', (2, 3)))
                for _ in range(2)]
            run(stays, grads)
            link = moves.target
            for i, place in enumerate((0, 1, -1, 1, 0, -1)):
                link.to_cpu()
                if place >= 0:
                    link.to_gpu(place)
                run(moves, grads[2 * i:2 * i + 2])
                for value in moves._states['/p'].values():
                    self.assertEqual(int(cuda.get_device(value)), place)
                self.assertEqual(cuda.Device().id, 0)
            assert_same(moves, stays, 1e-5)

    def test_parameters_of_several_devices(self):
        for cls, hyperparameters in OPTIMIZERS:
            model = chainer.Chain(**{
                f'l{place + 1}': make_link('f', 3, place)
                for place in (-1, 0, 1)})
            optimizer = cls(**hyperparameters)
            optimizer.setup(model)
            for hook in (chainer.optimizer.WeightDecay(0.1),
                         chainer.optimizer.Lasso(0.1),
                         chainer.optimizer.GradientClipping(0.5),
                         chainer.optimizer.GradientHardClipping(-.3, .3)):
                optimizer.add_hook(hook)
            for grad in make_grads(3, 'f', 3):
                for param in model.params():
                    param.grad = cuda.send(grad, param.data)
                optimizer.update()
            host, first, second = [
                cuda.to_cpu(param.data) for param in model.params()]
            numpy.testing.assert_allclose(first, host, rtol=1e-5, atol=1e-6)
            numpy.testing.assert_array_equal(first, second)

    def test_resume_elsewhere(self):
        for cls, hyperparameters in OPTIMIZERS:
            grads = make_grads(6, 'f', 3)
            whole = setup(cls(**hyperparameters), make_link('f', 3))
            run(whole, grads)
            for start, end in ((-1, 1), (1, -1), (1, 0)):
                first = setup(cls(**hyperparameters),
                              make_link('f', 3, start))
                run(first, grads[:3])
                saved = serializers.DictionarySerializer()
                saved['optimizer'].save(first)
                saved['link'].save(first.target)
                link = make_link('f', 3, end)
                with cuda.get_device(link.p.data):
                    link.p.data.fill(0)
                second = setup(cls(**hyperparameters), link)
                loader = serializers.NpzDeserializer(saved.target)
                loader['optimizer'].load(second)
                loader['link'].load(link)
                run(second, grads[3:])
                self.assertEqual(second.t, 6)
                assert_same(second, whole, 1e-5)

    def test_convergence(self):
        for place in (0, 1):
            link = make_link('f', 3, place)
            target = cuda.to_gpu(numpy.array([1, -2, .5], 'f'), place)
            optimizer = setup(optimizers.Adam(0.05), link)

            def loss(link=link, target=target):
                difference = link.p - target
                return F.sum(difference * difference)

            for _ in range(300):
                optimizer.update(loss)
            numpy.testing.assert_allclose(
                link.p.data.get(), [1, -2, .5], atol=0.05)


HOOKS = [
    lambda: chainer.optimizer.WeightDecay(0.3),
    lambda: chainer.optimizer.WeightDecay(numpy.float64(0.3)),
    lambda: chainer.optimizer.Lasso(0.3),
    lambda: chainer.optimizer.GradientClipping(0.5),
    lambda: chainer.optimizer.GradientClipping(1e3),
    lambda: chainer.optimizer.GradientHardClipping(-0.5, 0.25)]


@attr.gpu
class TestHooks(unittest.TestCase):

    def make(self, dtype, place):
        model = chainer.Chain(
            a=make_link(dtype, (3, 4)), b=make_link(dtype, ()),
            unused=make_link(dtype, 2))
        for link in (model.a, model.b):
            p = link.p
            p.grad = make_grads(1, dtype, p.shape)[0]
        model.a.p.data[0] = 0
        if place >= 0:
            model.to_gpu(place)
        return setup(optimizers.SGD(), model), model

    def grads(self, model):
        self.assertIsNone(model.unused.p.grad)
        return [model.a.p.grad, model.b.p.grad]

    def test_same_as_cpu(self):
        for make_hook in HOOKS:
            for dtype, tolerance in TOLERANCES.items():
                results = []
                for place in (-1, 0):
                    optimizer, model = self.make(dtype, place)
                    before = self.grads(model)
                    optimizer.add_hook(make_hook())
                    optimizer.call_hooks()
                    after = self.grads(model)
                    for x, y in zip(before, after):
                        self.assertIs(x, y)
                    results.append([cuda.to_cpu(x) for x in after])
                for host, device in zip(*results):
                    self.assertEqual(device.dtype, dtype)
                    numpy.testing.assert_allclose(
                        device, host, rtol=tolerance, atol=tolerance)

    def test_nan_stays_visible(self):
        optimizer, model = self.make('f', 0)
        before = model.a.p.grad.get()
        model.b.p.grad.fill(numpy.nan)
        optimizer.add_hook(chainer.optimizer.GradientClipping(0.01))
        optimizer.call_hooks()
        self.assertTrue(numpy.isnan(model.b.p.grad.get()))
        numpy.testing.assert_array_equal(model.a.p.grad.get(), before)

    def test_noise(self):
        for dtype in TOLERANCES:
            model = chainer.Chain(a=make_link(dtype, (100, 100), 0))
            optimizer = setup(optimizers.SGD(), model)
            optimizer.add_hook(chainer.optimizer.GradientNoise(0.3))
            for t, variance in ((0, 0.3), (99, 0.3 / 100 ** 0.55)):
                cuda.cupy.random.seed(0)
                model.zerograds()
                optimizer.t = t
                optimizer.call_hooks()
                noise = model.a.p.grad.get()
                self.assertEqual(noise.dtype, dtype)
                # 10^4 draws: standard errors of 1 and 1.4 percent.
                noise = noise.astype('d')
                self.assertLess(abs(noise.mean()), 0.05 * variance ** 0.5)
                self.assertLess(abs(noise.var() / variance - 1), 0.07)
                cuda.cupy.random.seed(0)
                model.zerograds()
                optimizer.call_hooks()
                numpy.testing.assert_array_equal(
                    model.a.p.grad.get(), noise)
