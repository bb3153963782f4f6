import unittest

import numpy

import chainer
import chainer.functions as F
from chainer import gradient_check, testing
from chainer.utils import type_check

# Mirror images: what holds for one holds for the other.
EXTREMA = [{'function': F.maximum, 'choose': max},
           {'function': F.minimum, 'choose': min}]


@testing.parameterize(*testing.product_dict(EXTREMA, testing.product({
    'shape': [(3, 4), (), (0, 2)],
    'dtype': [numpy.float16, numpy.float32, numpy.float64],
})))
class TestMaximum(unittest.TestCase):

    def setUp(self):
        random = numpy.random.RandomState(0)
        x1 = random.uniform(-1, 1, self.shape)
        # Far enough from x1 for finite differences.
        x2 = x1 + random.choice([-0.5, 0.5], self.shape)
        gy = random.uniform(-1, 1, self.shape)
        self.x1, self.x2, self.gy = [
            numpy.asarray(array, self.dtype) for array in (x1, x2, gy)]

    def test_forward(self):
        y = self.function(chainer.Variable(self.x1), chainer.Variable(self.x2))
        self.assertEqual(y.dtype, self.dtype)
        self.assertEqual(y.shape, self.shape)
        for i in numpy.ndindex(self.shape):
            self.assertEqual(y.data[i], self.choose(self.x1[i], self.x2[i]))

    def test_backward(self):
        gradient_check.check_backward(
            self.function, (self.x1, self.x2), self.gy, dtype=numpy.float64)


@testing.parameterize(*EXTREMA)
class TestMaximumDetails(unittest.TestCase):

    def run_both_ways(self, x1, x2):
        x1, x2 = [chainer.Variable(numpy.array(x, 'f')) for x in (x1, x2)]
        y = self.function(x1, x2)
        y.grad = numpy.arange(1, len(x1) + 1, dtype='f')
        y.backward()
        return y.data.tolist(), x1.grad.tolist(), x2.grad.tolist()

    def test_gradient_of_equal_elements_goes_to_the_first(self):
        self.assertEqual(
            self.run_both_ways([5, -5], [5, -5]), ([5, -5], [1, 2], [0, 0]))

    def test_infinity(self):
        inf = numpy.inf
        x1, x2 = [inf, -inf, inf], [0, 0, -inf]
        y, _, _ = self.run_both_ways(x1, x2)
        self.assertEqual(y, list(map(self.choose, x1, x2)))

    def test_nan(self):
        nan = numpy.nan
        y, _, _ = self.run_both_ways([nan, 0, 1], [0, nan, 1])
        self.assertEqual(numpy.isnan(y).tolist(), [True, True, False])

    def test_non_contiguous(self):
        random = numpy.random.RandomState(0)
        gradient_check.check_backward(
            self.function, (random.permutation(12).reshape(3, 4).T[::2] + 0.,
                      random.permutation(6).reshape(2, 3)[:, ::-1] + 0.5),
            random.randn(3, 2).T)


@testing.parameterize(*EXTREMA)
class TestMaximumErrors(unittest.TestCase):

    def check(self, x1, x2, message):
        with self.assertRaisesRegex(type_check.InvalidType, message):
            self.function(x1, x2)

    def test_shapes(self):
        self.check(numpy.zeros((2, 3), 'f'), numpy.zeros((1, 3), 'f'),
                   r'^Expect: in_types\[1\]\.shape == in_types\[0\]\.shape\n'
                   r'Actual: \(1, 3\) != \(2, 3\)')

    def test_types(self):
        self.check(numpy.zeros(2, 'f'), numpy.zeros(2, 'd'),
                   r'^Expect: in_types\[1\]\.dtype == in_types\[0\]\.dtype\n'
                   r'Actual: float64 != float32(.|\n)*Hint: x2 is float64')

    def test_int(self):
        self.check(numpy.zeros(2, 'i'), numpy.zeros(2, 'i'),
                   r'^Expect: in_types\[0\]\.dtype\.kind == f\n'
                   r'Actual: i != f(.|\n)*Hint: x1 is int32')
