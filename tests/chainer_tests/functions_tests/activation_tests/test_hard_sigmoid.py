import unittest

import numpy

import chainer
import chainer.functions as F
from chainer import gradient_check, testing
from chainer.utils import type_check


@testing.parameterize(*testing.product({
    'shape': [(4, 3), (), (0, 2)],
    'dtype': [numpy.float16, numpy.float32, numpy.float64],
}))
class TestHardSigmoid(unittest.TestCase):

    def setUp(self):
        random = numpy.random.RandomState(0)
        # Finite differences make no sense across the kinks at -2.5 and 2.5.
        x = random.choice([-3, -2, -1, 0, 1, 2, 3], self.shape)
        x = x + random.uniform(-0.4, 0.4, self.shape)
        self.x = numpy.asarray(x, self.dtype)
        gy = random.uniform(-1, 1, self.shape)
        self.gy = numpy.asarray(gy, self.dtype)
        self.tolerance = {'atol': 1e-6, 'rtol': 1e-5}
        if self.dtype == numpy.float16:
            self.tolerance = {'atol': 1e-3, 'rtol': 1e-3}

    def test_forward(self):
        y = F.hard_sigmoid(chainer.Variable(self.x))
        self.assertEqual(y.dtype, self.dtype)
        expected = numpy.empty(self.shape)
        for i in numpy.ndindex(self.shape):
            expected[i] = max(0, min(1, 0.2 * float(self.x[i]) + 0.5))
        testing.assert_allclose(y.data, expected, **self.tolerance)

    def test_backward(self):
        gradient_check.check_backward(
            F.hard_sigmoid, self.x, self.gy, dtype=numpy.float64,
            **self.tolerance)


class TestHardSigmoidValues(unittest.TestCase):

    def test_bounds(self):
        # Between 0.25 and 2.5 it still rises, whatever the documentation of
        # Chainer 1.14 says.
        for dtype in numpy.float16, numpy.float32, numpy.float64:
            y = F.hard_sigmoid(numpy.array([-2.5, -2.4, 2.4, 2.5], dtype)).data
            self.assertEqual(y[0], 0)
            self.assertTrue(0 < y[1] < 0.03)
            self.assertTrue(0.97 < y[2] < 1)
            self.assertEqual(y[3], 1)

    def test_extremes(self):
        for dtype in numpy.float16, numpy.float32, numpy.float64:
            x = numpy.array([-numpy.inf, -6e4, 0, 6e4, numpy.inf], dtype)
            x = chainer.Variable(x)
            y = F.hard_sigmoid(x)
            self.assertEqual(y.data.tolist(), [0, 0, 0.5, 1, 1])
            y.grad = numpy.ones(5, dtype)
            y.backward()
            self.assertEqual((x.grad != 0).tolist(),
                             [False, False, True, False, False])

    def test_gradient_at_the_kinks(self):
        x = chainer.Variable(numpy.array([-2.5, 2.5], 'f'))
        y = F.hard_sigmoid(x)
        y.grad = numpy.ones(2, 'f')
        y.backward()
        self.assertEqual(x.grad.tolist(), [0, 0])

    def test_nan_stays(self):
        y = F.hard_sigmoid(numpy.array(numpy.nan))
        self.assertTrue(numpy.isnan(y.data))

    def test_non_contiguous(self):
        random = numpy.random.RandomState(0)
        x = chainer.Variable(random.randn(4, 6).astype('f')[::2, ::-2] * 3)
        gy = random.randn(3, 2).astype('f').T
        y = F.hard_sigmoid(x)
        y.grad = gy
        y.backward()
        rises = abs(x.data) < 2.5
        testing.assert_allclose(y.data[rises], 0.2 * x.data[rises] + 0.5)
        testing.assert_allclose(x.grad, numpy.where(rises, 0.2 * gy, 0))

    def test_arguments_are_left_alone(self):
        x = chainer.Variable(numpy.array([-5, 0], 'f'))
        y = F.hard_sigmoid(x)
        y.grad = numpy.array([2, 3], 'f')
        y.backward()
        self.assertEqual(x.data.tolist(), [-5, 0])
        self.assertEqual(y.data.tolist(), [0, 0.5])
        self.assertEqual(y.grad.tolist(), [2, 3])


class TestHardSigmoidTypes(unittest.TestCase):

    def test_int(self):
        with self.assertRaisesRegex(
                type_check.InvalidType,
                r'^Expect: in_types\[0\]\.dtype\.kind == f\nActual: i != f'):
            F.hard_sigmoid(numpy.zeros((2, 3), 'i'))
