import unittest

import numpy

import chainer
import chainer.functions as F
from chainer import gradient_check, testing
from chainer.utils import type_check


@testing.parameterize(*testing.product({
    'shape': [(3, 2), (), (0, 2)],
    'dtype': [numpy.float16, numpy.float32, numpy.float64],
}))
class TestReLU(unittest.TestCase):

    def setUp(self):
        random = numpy.random.RandomState(0)
        # Finite differences make no sense across the kink at 0.
        sign = random.choice([-1, 1], self.shape)
        x = sign * random.uniform(0.5, 1, self.shape)
        self.x = numpy.asarray(x, self.dtype)
        gy = random.uniform(-1, 1, self.shape)
        self.gy = numpy.asarray(gy, self.dtype)

    def test_forward(self):
        y = F.relu(chainer.Variable(self.x))
        self.assertEqual(y.dtype, self.dtype)
        expected = self.x.copy()
        for i in numpy.ndindex(self.shape):
            expected[i] = max(self.x[i], 0)
        numpy.testing.assert_array_equal(y.data, expected)

    def test_backward(self):
        gradient_check.check_backward(
            F.relu, self.x, self.gy, dtype=numpy.float64)


class TestReLUValues(unittest.TestCase):

    def test_extremes(self):
        x = numpy.array([-numpy.inf, -1000, -0., 0, 1000, numpy.inf], 'f')
        numpy.testing.assert_array_equal(
            F.relu(x).data, [0, 0, 0, 0, 1000, numpy.inf])

    def test_nan_stays(self):
        self.assertTrue(numpy.isnan(F.relu(numpy.array(numpy.nan)).data))

    def test_gradient_at_zero(self):
        x = chainer.Variable(numpy.zeros(2, 'f'))
        y = F.relu(x)
        y.grad = numpy.ones(2, 'f')
        y.backward()
        numpy.testing.assert_array_equal(x.grad, [0, 0])

    def test_non_contiguous(self):
        random = numpy.random.RandomState(0)
        x = chainer.Variable(random.randn(4, 6).astype('f')[::2, ::-2])
        gy = random.randn(3, 2).astype('f').T
        y = F.relu(x)
        y.grad = gy
        y.backward()
        numpy.testing.assert_array_equal(y.data, x.data.clip(0))
        numpy.testing.assert_array_equal(
            x.grad, numpy.where(x.data > 0, gy, 0))

    def test_input_is_left_alone(self):
        x = numpy.array([-1, 1], 'f')
        F.relu(x)
        numpy.testing.assert_array_equal(x, [-1, 1])


class TestReLUTypes(unittest.TestCase):

    def test_int(self):
        with self.assertRaisesRegex(
                type_check.InvalidType,
                r'^Expect: in_types\[0\]\.dtype\.kind == f\nActual: i != f'):
            F.relu(numpy.zeros((2, 3), 'i'))
