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
class TestClip(unittest.TestCase):

    def setUp(self):
        random = numpy.random.RandomState(0)
        # Far enough from the ends for finite differences.
        x = random.choice([-2, -1.25, -0.5, 0.5, 2], self.shape)
        self.x = numpy.asarray(x, self.dtype)
        gy = random.uniform(-1, 1, self.shape)
        self.gy = numpy.asarray(gy, self.dtype)

    def test_forward(self):
        y = F.clip(chainer.Variable(self.x), -1, 0.75)
        self.assertEqual(y.dtype, self.dtype)
        self.assertEqual(y.shape, self.shape)
        for i in numpy.ndindex(self.shape):
            x = float(self.x[i])
            self.assertEqual(
                y.data[i], -1 if x < -1 else 0.75 if x > 0.75 else x)

    def test_backward(self):
        gradient_check.check_backward(
            lambda x: F.clip(x, -1., 0.75), self.x, self.gy,
            dtype=numpy.float64)


class TestClipDetails(unittest.TestCase):

    def run_both_ways(self, x, *ends):
        x = chainer.Variable(x)
        y = F.clip(x, *ends)
        y.grad = numpy.ones_like(y.data)
        y.backward()
        return y.data.tolist(), x.grad.tolist()

    def test_ends(self):
        # Also those that float32 holds as other numbers.
        x = numpy.array([0.1, 0.9], 'f')
        y, gx = self.run_both_ways(x, 0.1, 0.9)
        self.assertEqual((y, gx), (x.tolist(), [1, 1]))

    def test_infinity(self):
        x = numpy.array([-numpy.inf, numpy.inf], 'f')
        self.assertEqual(self.run_both_ways(x, -1, 2), ([-1, 2], [0, 0]))

    def test_nan(self):
        y, gx = self.run_both_ways(numpy.array([numpy.nan, 0], 'f'), -1, 2)
        self.assertEqual(numpy.isnan(y).tolist(), [True, False])
        self.assertEqual(gx, [0, 1])

    def test_ends_beyond_the_type(self):
        x = numpy.array([-60000, 60000], numpy.float16)
        self.assertEqual(self.run_both_ways(x, -1e6, 1e6),
                         ([-60000, 60000], [1, 1]))

    def test_infinite_ends(self):
        x = numpy.array([-5, 5], 'f')
        self.assertEqual(self.run_both_ways(x, 0, numpy.inf),
                         ([0, 5], [0, 1]))

    def test_numpy_scalars(self):
        y = F.clip(numpy.array([-5, 5], 'f'), numpy.float64(0), numpy.int64(1))
        self.assertEqual(y.dtype, numpy.float32)
        self.assertEqual(y.data.tolist(), [0, 1])

    def test_non_contiguous(self):
        x = numpy.arange(-6., 6).reshape(3, 4).T[::2]
        y, gx = self.run_both_ways(x, -2.5, 2.5)
        self.assertEqual(y, [[-2.5, -2, 2], [-2.5, 0, 2.5]])
        self.assertEqual(gx, [[0, 1, 1], [0, 1, 0]])


class TestClipErrors(unittest.TestCase):

    def test_ends_are_no_interval(self):
        for x_min, x_max in (1, 1), (2, 1), (numpy.nan, 1):
            with self.assertRaisesRegex(
                    ValueError, '^x_min must be less than x_max, but they'):
                F.Clip(x_min, x_max)

    def test_ends_are_no_numbers(self):
        with self.assertRaisesRegex(TypeError, '^x_min must be a number'):
            F.Clip(None, 1)
        with self.assertRaisesRegex(TypeError, '^x_max must be a number'):
            F.Clip(0, '1')

    def test_int(self):
        with self.assertRaisesRegex(
                type_check.InvalidType,
                r'^Expect: in_types\[0\]\.dtype\.kind == f\nActual: i != f'):
            F.clip(numpy.zeros((2, 3), 'i'), 0, 1)
