import unittest

import numpy

import chainer
import chainer.functions as F
from chainer import gradient_check, testing


@testing.parameterize(*testing.product({
    'shape': [(3, 2), (), (0, 2)],
    'dtype': [numpy.float16, numpy.float32, numpy.float64],
}))
class TestIdentity(unittest.TestCase):

    def setUp(self):
        random = numpy.random.RandomState(0)
        x = random.uniform(-1, 1, self.shape)
        self.x = numpy.asarray(x, self.dtype)
        gy = random.uniform(-1, 1, self.shape)
        self.gy = numpy.asarray(gy, self.dtype)

    def test_forward(self):
        y = F.identity(chainer.Variable(self.x))
        self.assertEqual(y.dtype, self.dtype)
        numpy.testing.assert_array_equal(y.data, self.x)

    def test_backward(self):
        gradient_check.check_backward(
            F.identity, self.x, self.gy, dtype=numpy.float64)


class TestIdentityOfSeveral(unittest.TestCase):

    def test_forward(self):
        x, t = numpy.array([1, 2], 'f'), numpy.array(3, 'i')
        y, z = F.identity(x, t)
        self.assertEqual(y.data.tolist(), [1, 2])
        self.assertEqual(z.data, 3)

    def test_backward(self):
        gradient_check.check_backward(
            F.identity, (numpy.ones(2), numpy.ones(3)),
            (numpy.arange(2.), numpy.arange(3.)))

    def test_output_without_gradient(self):
        xs = [chainer.Variable(numpy.ones(2, 'f')) for _ in range(2)]
        y, _ = F.identity(*xs)
        y.grad = numpy.array([1, 2], 'f')
        y.backward()
        self.assertEqual(xs[0].grad.tolist(), [1, 2])
        self.assertIsNone(xs[1].grad)
