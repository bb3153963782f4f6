import math
import unittest

import numpy

import chainer
import chainer.functions as F
from chainer import gradient_check, testing
from chainer.utils import type_check


@testing.parameterize(*testing.product({
    'shape': [(3, 4), (), (0, 2)],
    'dtype': [numpy.float16, numpy.float32, numpy.float64],
}))
class TestGaussian(unittest.TestCase):

    def setUp(self):
        numpy.random.seed(0)
        self.mean, self.ln_var, self.gy = [
            numpy.asarray(numpy.random.uniform(-1, 1, self.shape), self.dtype)
            for _ in range(3)]
        self.tolerance = {'atol': 1e-6, 'rtol': 1e-5}
        if self.dtype == numpy.float16:
            self.tolerance = {'atol': 2e-3, 'rtol': 2e-3}

    def test_forward(self):
        gaussian = F.Gaussian()
        y = gaussian(chainer.Variable(self.mean), self.ln_var)
        self.assertEqual(y.dtype, self.dtype)
        self.assertEqual(gaussian.eps.dtype, self.dtype)
        self.assertEqual(gaussian.eps.shape, self.shape)
        expected = numpy.empty(self.shape)
        for i in numpy.ndindex(self.shape):
            deviation = math.sqrt(math.exp(self.ln_var[i]))
            expected[i] = self.mean[i] + deviation * float(gaussian.eps[i])
        testing.assert_allclose(y.data, expected, **self.tolerance)

    def test_backward(self):
        # One instance keeps its random numbers.
        gradient_check.check_backward(
            F.Gaussian(), (self.mean, self.ln_var), self.gy,
            dtype=numpy.float64, **self.tolerance)


class TestGaussianDistribution(unittest.TestCase):

    def setUp(self):
        numpy.random.seed(0)
        self.mean = numpy.full((100, 1000), 5, 'f')
        self.ln_var = numpy.full((100, 1000), math.log(9), 'f')

    def draw(self):
        return F.gaussian(self.mean, self.ln_var).data

    def test_moments(self):
        z = (self.draw() - 5) / 3
        # Five standard deviations of the estimates from 100000 draws.
        n = z.size
        self.assertLess(abs(z.mean()), 5 / n ** 0.5)
        self.assertLess(abs(z.var() - 1), 5 * (2 / n) ** 0.5)
        # Of a normal distribution, 68.27 % lie within one deviation.
        self.assertLess(abs((abs(z) < 1).mean() - 0.6827), 5 * 0.47 / n ** 0.5)

    def test_rows_differ(self):
        y = self.draw()
        self.assertTrue((y[0] != y[1]).any())

    def test_calls_differ(self):
        self.assertTrue((self.draw() != self.draw()).any())

    def test_seed(self):
        ys = []
        for _ in range(2):
            numpy.random.seed(1)
            ys.append(self.draw())
        numpy.testing.assert_array_equal(*ys)


class TestGaussianValues(unittest.TestCase):

    def test_forward_keeps_the_numbers(self):
        gaussian = F.Gaussian()
        self.assertIsNone(gaussian.eps)
        inputs = numpy.zeros((2, 5), 'f')
        first, = gaussian.forward((inputs[0], inputs[1]))
        second, = gaussian.forward((inputs[0], inputs[1]))
        numpy.testing.assert_array_equal(first, second)
        numpy.testing.assert_array_equal(first, gaussian.eps)

    def test_extremes(self):
        numpy.random.seed(0)
        mean = numpy.array([1, 2], 'f')
        ln_var = chainer.Variable(numpy.array([-1000, 170], 'f'))
        gaussian = F.Gaussian()
        y = gaussian(mean, ln_var)
        self.assertEqual(y.data[0], 1)
        expected = math.exp(85) * float(gaussian.eps[1])
        numpy.testing.assert_allclose(y.data[1], expected, rtol=1e-5)
        y.grad = numpy.ones(2, 'f')
        y.backward()
        numpy.testing.assert_allclose(
            ln_var.grad, [0, expected / 2], rtol=1e-5)

    def test_non_contiguous(self):
        numpy.random.seed(0)
        mean = numpy.random.randn(3, 2).astype('f').T
        ln_var = numpy.random.randn(4, 6).astype('f')[::2, ::-2]
        gy = numpy.random.randn(3, 2).astype('f').T
        gradient_check.check_backward(
            F.Gaussian(), (mean, ln_var), gy, dtype='d')

    def test_arguments_are_left_alone(self):
        numpy.random.seed(0)
        mean = chainer.Variable(numpy.array([1, 2], 'f'))
        ln_var = chainer.Variable(numpy.array([3, 4], 'f'))
        y = F.gaussian(mean, ln_var)
        output = y.data.copy()
        y.grad = numpy.array([5, 6], 'f')
        gradients = []
        for _ in range(2):
            mean.cleargrad()
            ln_var.cleargrad()
            y.backward()
            gradients.append([mean.grad.tolist(), ln_var.grad.tolist()])
        self.assertEqual(*gradients)
        self.assertEqual(mean.data.tolist(), [1, 2])
        self.assertEqual(ln_var.data.tolist(), [3, 4])
        self.assertEqual(y.grad.tolist(), [5, 6])
        numpy.testing.assert_array_equal(y.data, output)


class TestGaussianTypes(unittest.TestCase):

    def check(self, message, mean, ln_var):
        with self.assertRaisesRegex(type_check.InvalidType, message) as cm:
            F.gaussian(numpy.zeros(*mean), numpy.zeros(*ln_var))
        return str(cm.exception)

    def test_int(self):
        self.check(r'^Expect: in_types\[0\]\.dtype\.kind == f\nActual: i != f',
                   (3, 'i'), (3, 'i'))

    def test_different_types(self):
        message = self.check(
            r'^Expect: in_types\[1\]\.dtype == in_types\[0\]\.dtype\n'
            r'Actual: float64 != float32', (3, 'f'), (3, 'd'))
        self.assertIn('in_types[0] is mean', message)
        self.assertIn('in_types[1] is ln_var', message)

    def test_different_shapes(self):
        self.check(r'^Expect: in_types\[1\]\.shape == in_types\[0\]\.shape\n'
                   r'Actual: \(3, 1\) != \(3, 4\)', ((3, 4), 'f'),
                   ((3, 1), 'f'))
