import unittest

import numpy

import chainer
import chainer.functions as F
from chainer import gradient_check, testing
from chainer.utils import type_check


@testing.parameterize(*testing.product({
    'shape': [(4, 3), (4, 3, 2), (4, 3, 1, 2), (1, 3), (0, 3), (4, 0)],
    'dtype': [numpy.float16, numpy.float32, numpy.float64],
}))
class TestBatchL2NormSquared(unittest.TestCase):

    def setUp(self):
        random = numpy.random.RandomState(0)
        self.x = random.uniform(-1, 1, self.shape).astype(self.dtype)
        self.gy = random.uniform(-1, 1, self.shape[0]).astype(self.dtype)
        self.tolerance = {'atol': 1e-5, 'rtol': 1e-5}
        if self.dtype == numpy.float16:
            self.tolerance = {'atol': 2e-3, 'rtol': 2e-3}

    def test_forward(self):
        y = F.batch_l2_norm_squared(chainer.Variable(self.x))
        self.assertEqual(y.dtype, self.dtype)
        expected = [sum(float(e) ** 2 for e in row.flat) for row in self.x]
        self.assertEqual(y.shape, self.shape[:1])
        testing.assert_allclose(
            y.data, numpy.array(expected), **self.tolerance)

    def test_backward(self):
        gradient_check.check_backward(
            F.batch_l2_norm_squared, self.x, self.gy, dtype=numpy.float64,
            **self.tolerance)


class TestBatchL2NormSquaredDetails(unittest.TestCase):

    def test_small_elements_of_half_precision(self):
        # Each square is rounded to 0, the sum is not.
        x = numpy.full((1, 40000), 1e-4, numpy.float16)
        y = F.batch_l2_norm_squared(x)
        testing.assert_allclose(y.data, [4e-4], atol=0, rtol=1e-2)

    def test_many_elements_of_half_precision(self):
        x = numpy.ones((1, 5000), numpy.float16)
        self.assertEqual(F.batch_l2_norm_squared(x).data.tolist(), [5000])

    def test_non_contiguous(self):
        random = numpy.random.RandomState(0)
        gradient_check.check_backward(
            F.batch_l2_norm_squared, random.randn(2, 3, 4).T[::2],
            random.randn(4)[::2])


class TestBatchL2NormSquaredErrors(unittest.TestCase):

    def check(self, x, message):
        with self.assertRaisesRegex(type_check.InvalidType, message):
            F.batch_l2_norm_squared(x)

    def test_one_dimension(self):
        self.check(numpy.zeros(3, 'f'),
                   r'^Expect: in_types\[0\]\.ndim >= 2\nActual: 1 < 2')

    def test_int(self):
        self.check(numpy.zeros((2, 3), 'i'),
                   r'^Expect: in_types\[0\]\.dtype\.kind == f\nActual: i != f')
