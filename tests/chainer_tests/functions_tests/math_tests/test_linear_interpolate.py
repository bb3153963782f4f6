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
class TestLinearInterpolate(unittest.TestCase):

    def setUp(self):
        random = numpy.random.RandomState(0)
        self.p, self.x, self.y, self.gz = [
            numpy.asarray(random.uniform(-1, 1, self.shape), self.dtype)
            for _ in range(4)]
        self.tolerance = {'atol': 1e-6, 'rtol': 1e-5}
        if self.dtype == numpy.float16:
            self.tolerance = {'atol': 2e-3, 'rtol': 2e-3}

    def test_forward(self):
        z = F.linear_interpolate(
            *[chainer.Variable(v) for v in (self.p, self.x, self.y)])
        self.assertEqual(z.dtype, self.dtype)
        expected = numpy.empty(self.shape)
        for i in numpy.ndindex(self.shape):
            p, x, y = [float(v[i]) for v in (self.p, self.x, self.y)]
            expected[i] = y + p * (x - y)
        testing.assert_allclose(z.data, expected, **self.tolerance)

    def test_backward(self):
        gradient_check.check_backward(
            F.linear_interpolate, (self.p, self.x, self.y), self.gz,
            dtype=numpy.float64, **self.tolerance)


class TestLinearInterpolateDetails(unittest.TestCase):

    def run_both_ways(self, *args):
        args = [chainer.Variable(numpy.array(v, 'f')) for v in args]
        z = F.linear_interpolate(*args)
        z.grad = numpy.full_like(z.data, 0.7)
        z.backward()
        return [v.data for v in args], z, [v.grad for v in args]

    def test_ends_are_exact(self):
        _, z, _ = self.run_both_ways([0, 1], [1e30, 0.1], [0.3, 1e30])
        numpy.testing.assert_array_equal(z.data, numpy.array([0.3, 0.1], 'f'))

    def test_precise_gradient_close_to_an_end(self):
        (p, _, _), _, (_, _, gy) = self.run_both_ways([1 - 1e-6], [1], [2])
        testing.assert_allclose(
            gy, [0.7 * (1 - float(p[0]))], atol=0, rtol=1e-6)

    def test_arguments_are_left_alone(self):
        args, z, _ = self.run_both_ways([0.5], [2], [4])
        self.assertEqual([v[0] for v in args], [0.5, 2, 4])
        self.assertEqual((z.data[0], z.grad[0]), (3, numpy.float32(0.7)))

    def test_non_contiguous(self):
        random = numpy.random.RandomState(0)
        gradient_check.check_backward(
            F.linear_interpolate,
            (random.randn(3, 4).T[::2], random.randn(2, 3)[:, ::-1],
             random.randn(2, 3)), random.randn(3, 2).T)


class TestLinearInterpolateErrors(unittest.TestCase):

    def check(self, message, *args):
        with self.assertRaisesRegex(type_check.InvalidType, message):
            F.linear_interpolate(*args)

    def test_shapes(self):
        a, b = numpy.zeros((2, 3), 'f'), numpy.zeros((2, 1), 'f')
        for i, args in (1, (a, b, a)), (2, (a, a, b)):
            self.check(
                rf'^Expect: in_types\[{i}\]\.shape == in_types\[0\]\.shape\n'
                r'Actual: \(2, 1\) != \(2, 3\)', *args)

    def test_types(self):
        a, b = numpy.zeros(2, 'f'), numpy.zeros(2, 'd')
        for i, name, args in (1, 'x', (a, b, a)), (2, 'y', (a, a, b)):
            self.check(
                rf'^Expect: in_types\[{i}\]\.dtype == in_types\[0\]\.dtype\n'
                rf'Actual: float64 != float32(.|\n)*Hint: {name} is float64',
                *args)

    def test_int(self):
        self.check(r'^Expect: in_types\[0\]\.dtype\.kind == f\n'
                   r'Actual: i != f(.|\n)*Hint: p is int32',
                   *[numpy.zeros(2, 'i')] * 3)
