"""All optimizers, each against its published formula for one number."""
import math
import unittest

import numpy

import chainer
from chainer import optimizers, serializers
from chainer.utils import blocks


def sgd(p, grads, lr=0.01):
    for g in grads:
        p -= lr * g
        yield p


def momentum_sgd(p, grads, lr=0.01, momentum=0.9):
    v = 0.0
    for g in grads:
        v = momentum * v - lr * g
        p += v
        yield p


def nesterov_ag(p, grads, lr=0.01, momentum=0.9):
    v = 0.0
    for g in grads:
        p += momentum ** 2 * v - (1 + momentum) * lr * g
        v = momentum * v - lr * g
        yield p


def ada_grad(p, grads, lr=0.001, eps=1e-8):
    h = 0.0
    for g in grads:
        h += g ** 2
        p -= lr * g / (math.sqrt(h) + eps)
        yield p


def rmsprop(p, grads, lr=0.01, alpha=0.99, eps=1e-8):
    ms = 0.0
    for g in grads:
        ms = alpha * ms + (1 - alpha) * g ** 2
        p -= lr * g / (math.sqrt(ms) + eps)
        yield p


def rmsprop_graves(p, grads, lr=1e-4, alpha=0.95, momentum=0.9, eps=1e-4):
    n = mean = delta = 0.0
    for g in grads:
        n = alpha * n + (1 - alpha) * g ** 2
        mean = alpha * mean + (1 - alpha) * g
        delta = momentum * delta - lr * g / math.sqrt(n - mean ** 2 + eps)
        p += delta
        yield p


def ada_delta(p, grads, rho=0.95, eps=1e-6):
    mean_g2 = mean_dx2 = 0.0
    for g in grads:
        mean_g2 = rho * mean_g2 + (1 - rho) * g ** 2
        dx = -math.sqrt(mean_dx2 + eps) / math.sqrt(mean_g2 + eps) * g
        mean_dx2 = rho * mean_dx2 + (1 - rho) * dx ** 2
        p += dx
        yield p


def adam(p, grads, alpha=0.001, beta1=0.9, beta2=0.999, eps=1e-8):
    m = v = 0.0
    for t, g in enumerate(grads, 1):
        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * g ** 2
        alpha_t = alpha * math.sqrt(1 - beta2 ** t) / (1 - beta1 ** t)
        p -= alpha_t * m / (math.sqrt(v) + eps)
        yield p


def smorms3(p, grads, lr=0.001, eps=1e-16):
    mem, mean, mean2 = 1.0, 0.0, 0.0
    for g in grads:
        r = 1 / (mem + 1)
        mean = (1 - r) * mean + r * g
        mean2 = (1 - r) * mean2 + r * g ** 2
        x = mean ** 2 / (mean2 + eps)
        p -= g * min(lr, x) / (math.sqrt(mean2) + eps)
        mem = 1 + mem * (1 - x)
        yield p


# Class, formula, other hyperparameters than the default, names in the state.
CASES = [
    (optimizers.SGD, sgd, {'lr': 0.3}, ''),
    (optimizers.MomentumSGD, momentum_sgd,
     {'lr': 0.2, 'momentum': 0.5}, 'v'),
    (optimizers.NesterovAG, nesterov_ag, {'lr': 0.2, 'momentum': 0.5}, 'v'),
    (optimizers.AdaGrad, ada_grad, {'lr': 0.1, 'eps': 0.01}, 'h'),
    (optimizers.RMSprop, rmsprop,
     {'lr': 0.1, 'alpha': 0.8, 'eps': 0.01}, 'ms'),
    (optimizers.RMSpropGraves, rmsprop_graves,
     {'lr': 0.01, 'alpha': 0.8, 'momentum': 0.5, 'eps': 0.01}, 'n g delta'),
    (optimizers.AdaDelta, ada_delta, {'rho': 0.8, 'eps': 0.01}, 'msg msdx'),
    (optimizers.Adam, adam,
     {'alpha': 0.1, 'beta1': 0.7, 'beta2': 0.8, 'eps': 0.01}, 'm v'),
    (optimizers.SMORMS3, smorms3, {'lr': 0.2, 'eps': 0.01}, 'mem g g2')]

STEPS = 20
TOLERANCE = {numpy.float16: 2e-2, numpy.float32: 1e-5, numpy.float64: 1e-12}


def make_link(data):
    link = chainer.Link()
    link.add_param('p', data.shape, data.dtype)
    link.p.data = data
    link.p.cleargrad()
    return link


def draw(shape, dtype):
    random = numpy.random.RandomState(0)
    data = numpy.asarray(random.uniform(-1, 1, shape), dtype)
    grads = [numpy.asarray(random.uniform(-1, 1, shape), dtype)
             for _ in range(STEPS)]
    return data, grads


def run(optimizer, link, grads):
    for grad in grads:
        link.p.grad = grad
        optimizer.update()


def expected_result(formula, data, grads, hyperparameters):
    result = numpy.empty(data.shape)
    for i in numpy.ndindex(data.shape):
        numbers = [float(grad[i]) for grad in grads]
        *_, result[i] = formula(float(data[i]), numbers, **hyperparameters)
    return result


class TestFormula(unittest.TestCase):

    def check(self, data, grads, case, hyperparameters):
        cls, formula, _, _ = case
        expected = expected_result(formula, data, grads, hyperparameters)
        start = data.copy()
        link = make_link(data)
        optimizer = cls(**hyperparameters)
        optimizer.setup(link)
        grads_before = [grad.copy() for grad in grads]
        run(optimizer, link, grads)
        self.assertIs(link.p.data, data)        # updated in place
        self.assertEqual(optimizer.t, STEPS)
        moved = numpy.abs(expected - start).max(initial=0)
        numpy.testing.assert_allclose(
            data, expected, atol=TOLERANCE[data.dtype.type] * max(moved, 0.1))
        for grad, before in zip(grads, grads_before):
            numpy.testing.assert_array_equal(grad, before)

    def test_shapes_and_dtypes(self):
        for case in CASES:
            for dtype in TOLERANCE:
                for shape in [(), (7,), (2, 3, 4), (0, 3)]:
                    for hyperparameters in ({}, case[2]):
                        with self.subTest(case=case[0], dtype=dtype,
                                          shape=shape):
                            data, grads = draw(shape, dtype)
                            self.check(data, grads, case, hyperparameters)

    def test_not_contiguous(self):
        for case in CASES:
            with self.subTest(case=case[0]):
                data, grads = draw((3, 4), numpy.float32)
                self.check(data.T, [grad.T.copy() for grad in grads], case,
                           case[2])
                data, grads = draw((6, 5), numpy.float32)
                self.check(data[::2, 1:], [grad[::2, 1:] for grad in grads],
                           case, case[2])

    def test_hyperparameters_may_be_numpy_scalars(self):
        for case in CASES:
            for scalar in (numpy.float32, numpy.float64):
                with self.subTest(case=case[0], scalar=scalar):
                    data, grads = draw((3,), numpy.float32)
                    self.check(data, grads, case, {
                        key: scalar(value) for key, value in case[2].items()})


class TestLargeArrays(unittest.TestCase):

    def test_blocks(self):
        period = 1000
        times = 4 * blocks.SIZE // period + 1
        for cls, _, hyperparameters, _ in CASES:
            for dtype in (numpy.float16, numpy.float32):
                with self.subTest(cls=cls, dtype=dtype):
                    small, grads = draw((period,), dtype)
                    large = numpy.tile(small, (times, 1))
                    for data, many in ((small, 1), (large, (times, 1))):
                        link = make_link(data)
                        optimizer = cls(**hyperparameters)
                        optimizer.setup(link)
                        run(optimizer, link,
                            [numpy.tile(grad, many) for grad in grads[:3]])
                    numpy.testing.assert_allclose(
                        large, numpy.tile(small, (times, 1)), rtol=1e-5)


class TestState(unittest.TestCase):

    def test_names(self):
        for cls, _, _, names in CASES:
            link = make_link(numpy.ones((2, 3), 'f'))
            optimizer = cls()
            optimizer.setup(link)
            state = optimizer._states['/p']
            self.assertEqual(sorted(state), sorted(names.split()))
            for key, value in state.items():
                self.assertEqual(value.shape, (2, 3))
                self.assertEqual(value.dtype, numpy.float32)
                numpy.testing.assert_array_equal(value, int(key == 'mem'))

    def test_float16_is_accumulated_in_float32(self):
        for cls, _, _, _ in CASES:
            link = make_link(numpy.ones(3, numpy.float16))
            optimizer = cls()
            optimizer.setup(link)
            for value in optimizer._states['/p'].values():
                self.assertEqual(value.dtype, numpy.float32)

    def test_small_float16_gradients(self):
        # The squares of the gradients are zero in float16, and so is eps.
        for cls in (optimizers.Adam, optimizers.RMSprop, optimizers.AdaGrad):
            data = numpy.ones(3, numpy.float16)
            link = make_link(data)
            optimizer = cls(0.1)
            optimizer.setup(link)
            run(optimizer, link, [numpy.full(3, 1e-4, numpy.float16)])
            self.assertTrue(numpy.isfinite(data).all())
            self.assertTrue((data < 1).all())

    def test_resume(self):
        for cls, _, hyperparameters, _ in CASES:
            with self.subTest(cls=cls):
                data, grads = draw((2, 3), numpy.float32)
                link = make_link(data)
                optimizer = cls(**hyperparameters)
                optimizer.setup(link)
                run(optimizer, link, grads[:8])
                saved = serializers.DictionarySerializer()
                saved['optimizer'].save(optimizer)
                saved['link'].save(link)
                copies = {k: v.copy() for k, v in saved.target.items()}
                run(optimizer, link, grads[8:])

                other = make_link(numpy.zeros((2, 3), 'f'))
                resumed = cls(**hyperparameters)
                resumed.setup(other)
                loader = serializers.NpzDeserializer(copies)
                loader['optimizer'].load(resumed)
                loader['link'].load(other)
                self.assertEqual(resumed.t, 8)
                run(resumed, other, grads[8:])
                numpy.testing.assert_array_equal(other.p.data, data)

    def test_gradient_missing_for_a_while(self):
        for cls, _, hyperparameters, _ in CASES:
            data, grads = draw((3,), numpy.float32)
            link = make_link(data)
            optimizer = cls(**hyperparameters)
            optimizer.setup(link)
            run(optimizer, link, grads[:3])
            before = data.copy()
            state = {key: value.copy()
                     for key, value in optimizer._states['/p'].items()}
            link.p.cleargrad()
            optimizer.update()
            numpy.testing.assert_array_equal(data, before)
            for key, value in optimizer._states['/p'].items():
                numpy.testing.assert_array_equal(value, state[key])


class TestHyperparameters(unittest.TestCase):

    def test_attributes(self):
        for cls, _, hyperparameters, _ in CASES:
            optimizer = cls(**hyperparameters)
            for key, value in hyperparameters.items():
                self.assertEqual(getattr(optimizer, key), value)

    def test_change_between_updates(self):
        link = make_link(numpy.zeros(1, 'd'))
        optimizer = optimizers.SGD(lr=1)
        optimizer.setup(link)
        run(optimizer, link, [numpy.ones(1)])
        optimizer.lr *= 0.5
        run(optimizer, link, [numpy.ones(1)])
        self.assertEqual(link.p.data[0], -1.5)

    def test_lr_of_adam(self):
        optimizer = optimizers.Adam(alpha=0.1, beta1=0.8, beta2=0.9)
        optimizer.setup(make_link(numpy.zeros(3, 'f')))
        with self.assertRaisesRegex(ZeroDivisionError, 'updates'):
            print(optimizer.lr)
        for t in (1, 2, 10):
            optimizer.t = t
            self.assertAlmostEqual(
                optimizer.lr,
                0.1 * math.sqrt(1 - 0.9 ** t) / (1 - 0.8 ** t))


class TestRMSpropGraves(unittest.TestCase):

    def test_variance_is_not_negative(self):
        # The variance of equal gradients is zero, up to rounding errors that
        # are larger than eps.
        data = numpy.zeros(50, 'f')
        link = make_link(data)
        optimizer = optimizers.RMSpropGraves()
        optimizer.setup(link)
        gradient = numpy.linspace(1e3, 1e4, 50).astype('f')
        run(optimizer, link, [2 * gradient] * 100 + [gradient] * 400)
        self.assertTrue(numpy.isfinite(data).all())


class TestConvergence(unittest.TestCase):

    def test_minimum_of_a_parabola(self):
        faster = {'AdaDelta': {'eps': 1e-2}, 'AdaGrad': {'lr': 1.0},
                  'RMSpropGraves': {'lr': 1e-2}, 'Adam': {'alpha': 0.05},
                  'SGD': {'lr': 0.1}, 'SMORMS3': {'lr': 0.1}}
        for cls, _, _, _ in CASES:
            with self.subTest(cls=cls):
                link = make_link(numpy.zeros(3, 'f'))
                target = numpy.array([1, -2, 0.5], 'f')
                optimizer = cls(**faster.get(cls.__name__, {}))
                optimizer.setup(link)

                def loss(link=link, target=target):
                    difference = link.p - chainer.Variable(target)
                    return chainer.functions.sum(difference * difference)

                for _ in range(300):
                    optimizer.update(loss)
                numpy.testing.assert_allclose(
                    link.p.data, target, atol=0.05)
