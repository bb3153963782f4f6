import math
import unittest

import numpy

import chainer
import chainer.functions as F
from chainer import gradient_check, testing
from chainer.functions.loss import vae
from chainer.utils import type_check


@testing.parameterize(*testing.product({
    'shape': [(3, 2), (4,), (), (0, 2)],
    'dtype': [numpy.float16, numpy.float32, numpy.float64],
}))
class TestVAE(unittest.TestCase):

    def setUp(self):
        random = numpy.random.RandomState(0)
        self.xs = [
            numpy.asarray(random.uniform(-1, 1, self.shape), self.dtype)
            for _ in range(3)]
        self.forward_tolerance = {'atol': 1e-5, 'rtol': 1e-5}
        self.tolerance = {'atol': 1e-5, 'rtol': 1e-4}
        if self.dtype == numpy.float16:
            self.forward_tolerance = {'atol': 1e-2, 'rtol': 1e-2}
            self.tolerance = {'atol': 1e-2, 'rtol': 1e-2}

    def check(self, function, term):
        xs = self.xs[:function.__code__.co_argcount]
        loss = function(*[chainer.Variable(x) for x in xs])
        self.assertEqual(loss.dtype, self.dtype)
        self.assertEqual(loss.shape, ())
        expected = math.fsum(
            term(*values) for values in zip(*[x.ravel().tolist() for x in xs]))
        testing.assert_allclose(loss.data, expected, **self.forward_tolerance)
        gradient_check.check_backward(
            function, xs, numpy.array(-2, self.dtype), dtype=numpy.float64,
            **self.tolerance)

    def test_gaussian_kl_divergence(self):
        # By the formula for two standard deviations.
        def term(mean, ln_var):
            deviation = math.exp(ln_var / 2)
            return (math.log(1 / deviation) +
                    (deviation ** 2 + mean ** 2) / 2 - 0.5)

        self.check(F.gaussian_kl_divergence, term)

    def test_bernoulli_nll(self):
        def term(x, y):
            p = 1 / (1 + math.exp(-y))
            return -x * math.log(p) - (1 - x) * math.log(1 - p)

        self.check(F.bernoulli_nll, term)

    def test_gaussian_nll(self):
        def term(x, mean, ln_var):
            variance = math.exp(ln_var)
            density = math.exp(-(x - mean) ** 2 / (2 * variance))
            return -math.log(density / math.sqrt(2 * math.pi * variance))

        self.check(F.gaussian_nll, term)


class TestVAEDetails(unittest.TestCase):

    def test_module(self):
        self.assertIs(F.vae, vae)
        for name in 'bernoulli_nll', 'gaussian_kl_divergence', 'gaussian_nll':
            self.assertIs(getattr(F.vae, name), getattr(F, name))

    def test_bernoulli_nll_of_large_parameters(self):
        for dtype in numpy.float16, numpy.float32, numpy.float64:
            x = numpy.array([0, 1, 0, 1], dtype)
            y = chainer.Variable(
                numpy.array([-1e4, 1e4, 1e4, -1e4], dtype))
            loss = F.bernoulli_nll(x, y)
            loss.backward()
            testing.assert_allclose(loss.data, 2e4, rtol=1e-3)
            self.assertEqual(y.grad.tolist(), [0, 0, 1, -1])

    def test_gaussian_kl_divergence_of_the_same(self):
        # The sums of single terms would not cancel in half precision.
        x = numpy.zeros((1000, 100), numpy.float16)
        self.assertEqual(F.gaussian_kl_divergence(x, x).data, 0)

    def test_gaussian_kl_divergence_of_small_variance(self):
        mean, ln_var = numpy.zeros(1, 'f'), numpy.array([-1000], 'f')
        loss = F.gaussian_kl_divergence(mean, ln_var)
        testing.assert_allclose(loss.data, 499.5)

    def test_gaussian_nll_of_large_variance(self):
        x, mean, ln_var = numpy.array([[5], [0], [1000]], 'f')
        loss = F.gaussian_nll(x, mean, ln_var)
        testing.assert_allclose(
            loss.data, 500 + math.log(2 * math.pi) / 2)

    def test_shapes(self):
        for function, count in ((F.gaussian_kl_divergence, 2),
                                (F.bernoulli_nll, 2), (F.gaussian_nll, 3)):
            xs = [chainer.Variable(numpy.zeros((2, 3), 'f'))] * count
            xs[-1] = chainer.Variable(numpy.zeros((2, 1), 'f'))
            with self.assertRaisesRegex(
                    type_check.InvalidType, r'\(2, [13]\) != \(2, [13]\)'):
                function(*xs)

class TestVAEArrays(unittest.TestCase):

    functions = ((F.gaussian_kl_divergence, 2), (F.bernoulli_nll, 2),
                 (F.gaussian_nll, 3))

    def check(self, wrong, message, other=None):
        """Passes arrays, one of them in the place of each argument."""
        if other is None:
            other = numpy.zeros((2, 3), 'f')
        for function, count in self.functions:
            for i in range(count):
                xs = [other] * count
                xs[i] = wrong
                with self.assertRaisesRegex(type_check.InvalidType, message):
                    function(*xs)

    def test_shapes(self):
        for shape in (2, 1), (3,), ():
            self.check(numpy.zeros(shape, 'f'), r'shape')

    def test_types(self):
        self.check(numpy.zeros((2, 3), 'd'), 'float(32|64) != float(32|64)')

    def test_int(self):
        x = numpy.zeros((2, 3), 'i')
        self.check(x, 'i != f|int32 != float32|float32 != int32')
        self.check(x, r'kind == f\nActual: i != f', x)

    def test_lists(self):
        for function, count in self.functions:
            with self.assertRaisesRegex(TypeError, '^a Variable holds'):
                function(*[[0., 1.]] * count)

    def test_arrays_and_variables(self):
        for function, count in self.functions:
            x = numpy.ones((2, 3), 'f')
            expected = function(*[chainer.Variable(x)] * count).data
            mixed = [x, chainer.Variable(x), x][:count]
            for xs in [x] * count, mixed:
                loss = function(*xs)
                self.assertEqual(loss.dtype, numpy.float32)
                self.assertEqual(loss.data, expected)
