import math
import unittest

import numpy

import chainer
import chainer.functions as F
from chainer import gradient_check, testing
from chainer.utils import type_check


def cross_covariance(y, z):
    """Entry by entry, with a mean for each."""
    n = len(y)
    total = 0
    for column in y.T.tolist():
        y_mean = math.fsum(column) / max(n, 1)
        for other in z.T.tolist():
            z_mean = math.fsum(other) / max(n, 1)
            total += (math.fsum((a - y_mean) * (b - z_mean) for a, b
                                in zip(column, other)) / max(n, 1)) ** 2
    return total / 2


@testing.parameterize(*testing.product({
    'shapes': [((6, 3), (6, 4)), ((5, 1), (5, 2)), ((1, 3), (1, 2)),
               ((0, 3), (0, 2)), ((4, 0), (4, 2))],
    'dtype': [numpy.float16, numpy.float32, numpy.float64],
}))
class TestCrossCovariance(unittest.TestCase):

    def setUp(self):
        random = numpy.random.RandomState(0)
        # Means other than 0.
        self.y, self.z = [random.uniform(0, 2, shape).astype(self.dtype)
                          for shape in self.shapes]
        self.tolerance = {'atol': 1e-6, 'rtol': 1e-4}
        if self.dtype == numpy.float16:
            self.tolerance = {'atol': 1e-3, 'rtol': 1e-2}

    def test_forward(self):
        loss = F.cross_covariance(
            chainer.Variable(self.y), chainer.Variable(self.z))
        self.assertEqual(loss.dtype, self.dtype)
        self.assertEqual(loss.shape, ())
        testing.assert_allclose(
            loss.data, cross_covariance(self.y, self.z), **self.tolerance)

    def test_backward(self):
        gradient_check.check_backward(
            F.cross_covariance, (self.y, self.z), None, dtype=numpy.float64,
            **self.tolerance)

    def test_backward_of_scaled_loss(self):
        gradient_check.check_backward(
            F.cross_covariance, (self.y, self.z),
            numpy.array(-3, self.dtype), dtype=numpy.float64,
            **self.tolerance)


class TestCrossCovarianceDetails(unittest.TestCase):

    def test_large_mean(self):
        # The mean is taken off first: what remains is precise.
        y = numpy.array([[10000], [10002]], 'f')
        self.assertEqual(F.cross_covariance(y, y).data, 0.5)

    def test_large_batch_of_half_precision(self):
        y = numpy.zeros((100000, 1), numpy.float16)
        y[::2] = 2
        self.assertEqual(F.cross_covariance(y, y).data, 0.5)

    def test_arguments_are_left_alone(self):
        y = chainer.Variable(numpy.array([[1], [2]], 'f'))
        z = chainer.Variable(numpy.array([[3], [5]], 'f'))
        loss = F.cross_covariance(y, z)
        for _ in range(2):
            y.cleargrad()
            loss.backward()
            self.assertEqual(y.grad.tolist(), [[-0.25], [0.25]])
        self.assertEqual(y.data.tolist(), [[1], [2]])
        self.assertEqual(z.data.tolist(), [[3], [5]])


class TestCrossCovarianceErrors(unittest.TestCase):

    def check(self, message, y, z):
        with self.assertRaisesRegex(type_check.InvalidType, message):
            F.cross_covariance(numpy.zeros(*y), numpy.zeros(*z))

    def test_types(self):
        self.check(r'^Expect: in_types\[0\]\.dtype\.kind == f\nActual: i != f',
                   ((2, 3), 'i'), ((2, 3), 'i'))
        self.check(r'^Expect: in_types\[1\]\.dtype == in_types\[0\]\.dtype\n'
                   r'Actual: float64 != float32',
                   ((2, 3), 'f'), ((2, 3), 'd'))

    def test_dimensions(self):
        self.check(r'^Expect: in_types\[0\]\.ndim == 2\nActual: 1 != 2',
                   (2, 'f'), ((2, 3), 'f'))
        self.check(r'^Expect: in_types\[1\]\.ndim == 2\nActual: 3 != 2',
                   ((2, 3), 'f'), ((2, 3, 1), 'f'))

    def test_batch_sizes(self):
        self.check(r'^Expect: in_types\[1\]\.shape\[0\] == '
                   r'in_types\[0\]\.shape\[0\]\nActual: 3 != 2',
                   ((2, 3), 'f'), ((3, 3), 'f'))
