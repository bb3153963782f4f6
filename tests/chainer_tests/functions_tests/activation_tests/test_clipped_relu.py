import unittest

import numpy

import chainer
import chainer.functions as F
from chainer import gradient_check, testing
from chainer.utils import type_check


@testing.parameterize(*testing.product({
    'shape': [(3, 2), (), (0, 2)],
    'dtype': [numpy.float16, numpy.float32, numpy.float64],
    'z': [0.75, 2],
}))
class TestClippedReLU(unittest.TestCase):

    def setUp(self):
        random = numpy.random.RandomState(0)
        # Finite differences make no sense across the kinks at 0 and z.
        x = random.choice([-0.5, 0.5, 1.5, 2.5], self.shape)
        x = x + random.uniform(-0.2, 0.2, self.shape)
        self.x = numpy.asarray(x, self.dtype)
        gy = random.uniform(-1, 1, self.shape)
        self.gy = numpy.asarray(gy, self.dtype)

    def test_forward(self):
        y = F.clipped_relu(chainer.Variable(self.x), self.z)
        self.assertEqual(y.dtype, self.dtype)
        expected = self.x.copy()
        for i in numpy.ndindex(self.shape):
            expected[i] = min(max(self.x[i], 0), self.z)
        numpy.testing.assert_array_equal(y.data, expected)

    def test_backward(self):
        gradient_check.check_backward(
            lambda x: F.clipped_relu(x, self.z), self.x, self.gy,
            dtype=numpy.float64)


class TestClippedReLUValues(unittest.TestCase):

    def test_default(self):
        x = numpy.array([-30, 10, 19.5, 20.5, 30], 'f')
        self.assertEqual(
            F.clipped_relu(x).data.tolist(), [0, 10, 19.5, 20, 20])

    def test_extremes(self):
        for dtype in numpy.float16, numpy.float32, numpy.float64:
            x = numpy.array([-numpy.inf, -1e4, -0., 1e4, numpy.inf], dtype)
            numpy.testing.assert_array_equal(
                F.clipped_relu(x, 1.5).data, [0, 0, 0, 1.5, 1.5])

    def test_nan_stays(self):
        self.assertTrue(numpy.isnan(F.clipped_relu(numpy.array(numpy.nan))
                                    .data))

    def test_gradient_at_the_kinks(self):
        x = chainer.Variable(numpy.array([0, 1, 2], 'f'))
        y = F.clipped_relu(x, 2)
        y.grad = numpy.ones(3, 'f')
        y.backward()
        self.assertEqual(x.grad.tolist(), [0, 1, 0])

    def test_non_contiguous(self):
        random = numpy.random.RandomState(0)
        x = chainer.Variable(random.randn(4, 6).astype('f')[::2, ::-2])
        gy = random.randn(3, 2).astype('f').T
        y = F.clipped_relu(x, 0.5)
        y.grad = gy
        y.backward()
        rising = (x.data > 0) & (x.data < 0.5)
        numpy.testing.assert_array_equal(y.data[rising], x.data[rising])
        numpy.testing.assert_array_equal(x.grad, numpy.where(rising, gy, 0))

    def test_arguments_are_left_alone(self):
        x = chainer.Variable(numpy.array([-1, 1, 3], 'f'))
        y = F.clipped_relu(x, 2)
        y.grad = numpy.array([2, 3, 4], 'f')
        y.backward()
        self.assertEqual(x.data.tolist(), [-1, 1, 3])
        self.assertEqual(y.data.tolist(), [0, 1, 2])
        self.assertEqual(y.grad.tolist(), [2, 3, 4])


class TestClippedReLUErrors(unittest.TestCase):

    def test_z(self):
        for z in 0, -1., float('nan'):
            with self.assertRaisesRegex(
                    ValueError, r'^z must be positive, but is '):
                F.clipped_relu(numpy.ones(3, 'f'), z)

    def test_int(self):
        with self.assertRaisesRegex(
                type_check.InvalidType,
                r'^Expect: in_types\[0\]\.dtype\.kind == f\nActual: i != f'):
            F.clipped_relu(numpy.zeros((2, 3), 'i'))

    def test_z_that_is_no_number(self):
        for z in None, '1', (1,), 1j, numpy.ones(1), True:
            with self.assertRaisesRegex(
                    TypeError, '^z must be a number, but is '):
                F.clipped_relu(numpy.zeros(3, 'f'), z)

    def test_z_of_numpy(self):
        expected = F.clipped_relu(-numpy.ones(3, 'f'), 0.5).data
        for z in numpy.float64(.5), numpy.float16(.5), numpy.array(.5):
            y = F.clipped_relu(-numpy.ones(3, 'f'), z)
            self.assertEqual(y.dtype, numpy.float32)
            numpy.testing.assert_array_equal(y.data, expected)
