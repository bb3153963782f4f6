import unittest

import numpy

import chainer
import chainer.functions as F
from chainer import gradient_check, testing
from chainer.utils import type_check


@testing.parameterize(*testing.product({
    'shape': [(3, 4), (), (0, 2)],
    'dtype': [numpy.float16, numpy.float32, numpy.float64],
    'ratio': [0, 0.3, 0.5],
}))
class TestDropout(unittest.TestCase):

    def setUp(self):
        numpy.random.seed(0)
        x = numpy.random.uniform(0.5, 1, self.shape)
        self.x = numpy.asarray(x, self.dtype)
        gy = numpy.random.uniform(-1, 1, self.shape)
        self.gy = numpy.asarray(gy, self.dtype)
        self.tolerance = {'atol': 1e-6, 'rtol': 1e-5}
        if self.dtype == numpy.float16:
            self.tolerance = {'atol': 1e-3, 'rtol': 2e-3}

    def test_one_mask_for_forward_and_backward(self):
        x = chainer.Variable(self.x)
        y = F.dropout(x, self.ratio)
        y.grad = self.gy
        y.backward()
        self.assertEqual(y.dtype, self.dtype)
        self.assertEqual(y.shape, self.shape)
        kept = y.data != 0
        if self.ratio == 0:
            self.assertTrue(kept.all())
        scale = 1 / (1 - self.ratio)
        testing.assert_allclose(
            y.data, numpy.where(kept, self.x * scale, 0), **self.tolerance)
        testing.assert_allclose(
            x.grad, numpy.where(kept, self.gy * scale, 0), **self.tolerance)

    def test_backward(self):
        # One instance keeps its mask.
        gradient_check.check_backward(
            F.Dropout(self.ratio), self.x, self.gy, dtype=numpy.float64,
            **self.tolerance)


class TestDropoutMask(unittest.TestCase):

    def setUp(self):
        numpy.random.seed(0)
        self.x = chainer.Variable(numpy.ones((100, 1000), 'f'))

    def test_share_of_zeros(self):
        for ratio in 0.1, 0.5, 0.9:
            y = F.dropout(self.x, ratio).data
            # Five standard deviations of the mean of 100000 draws.
            tolerance = 5 * (ratio * (1 - ratio) / y.size) ** 0.5
            self.assertLess(abs((y == 0).mean() - ratio), tolerance)
            self.assertLess(abs(y.mean() - 1), tolerance / (1 - ratio))

    def test_default_ratio(self):
        self.assertEqual(sorted(set(F.dropout(self.x).data.flat)), [0, 2])

    def test_rows_differ(self):
        y = F.dropout(self.x).data
        self.assertTrue((y[0] != y[1]).any())

    def test_calls_differ(self):
        self.assertTrue(
            (F.dropout(self.x).data != F.dropout(self.x).data).any())

    def test_seed(self):
        ys = []
        for _ in range(2):
            numpy.random.seed(1)
            ys.append(F.dropout(self.x).data)
        numpy.testing.assert_array_equal(*ys)

    def test_forward_keeps_the_mask(self):
        dropout = F.Dropout(0.5)
        first, = dropout.forward((self.x.data,))
        second, = dropout.forward((self.x.data,))
        numpy.testing.assert_array_equal(first, second)


class TestDropoutInTestMode(unittest.TestCase):

    def test_variable(self):
        x = chainer.Variable(numpy.ones(3, 'f'))
        self.assertIs(F.dropout(x, train=False), x)

    def test_array(self):
        x = numpy.ones(3, 'f')
        y = F.dropout(x, train=False)
        self.assertIsInstance(y, chainer.Variable)
        self.assertIs(y.data, x)
        self.assertEqual(y.volatile, 'auto')


class TestDropoutErrors(unittest.TestCase):

    def test_ratio(self):
        for ratio in -0.1, 1, 1.5, float('nan'):
            with self.assertRaisesRegex(
                    ValueError, r'^dropout_ratio must lie in \[0, 1\)'):
                F.dropout(numpy.ones(3, 'f'), ratio)

    def test_int(self):
        with self.assertRaisesRegex(
                type_check.InvalidType,
                r'^Expect: in_types\[0\]\.dtype\.kind == f\nActual: i != f'):
            F.dropout(numpy.zeros((2, 3), 'i'))

    def test_dropout_ratio_that_is_no_number(self):
        for dropout_ratio in None, '1', (1,), 1j, numpy.ones(1), True:
            with self.assertRaisesRegex(
                    TypeError, '^dropout_ratio must be a number, but is '):
                F.dropout(numpy.ones(3, 'f'), dropout_ratio)
