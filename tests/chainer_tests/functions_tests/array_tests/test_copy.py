import unittest
from unittest import mock

import numpy

import chainer
import chainer.functions as F
from chainer import gradient_check, testing


@testing.parameterize(*testing.product({
    'shape': [(2, 3), (), (0, 2)],
    'dtype': [numpy.float16, numpy.float32, numpy.float64],
}))
class TestCopy(unittest.TestCase):

    def setUp(self):
        random = numpy.random.RandomState(0)
        x = random.uniform(-1, 1, self.shape)
        self.x = numpy.asarray(x, self.dtype)
        gy = random.uniform(-1, 1, self.shape)
        self.gy = numpy.asarray(gy, self.dtype)

    def test_forward(self):
        y = F.copy(chainer.Variable(self.x), -1)
        self.assertIsInstance(y.data, numpy.ndarray)
        self.assertEqual(y.dtype, self.dtype)
        numpy.testing.assert_array_equal(y.data, self.x)
        self.assertFalse(numpy.shares_memory(y.data, self.x))

    def test_backward(self):
        gradient_check.check_backward(
            lambda x: F.copy(x, -1), self.x, self.gy, dtype=numpy.float64)


class TestCopyDetails(unittest.TestCase):

    def test_integers(self):
        self.assertEqual(F.copy(numpy.array([1, 2]), -1).data.tolist(), [1, 2])

    def test_gradient_is_a_copy(self):
        x = chainer.Variable(numpy.zeros(2, 'f'))
        y = F.copy(x, -1)
        y.grad = numpy.ones(2, 'f')
        y.backward()
        self.assertFalse(numpy.shares_memory(x.grad, y.grad))

    def test_no_device(self):
        with mock.patch('chainer.cuda.available', False):
            with self.assertRaisesRegex(RuntimeError, 'CuPy'):
                F.copy(numpy.zeros(2, 'f'), 0)

    def test_to_a_device(self):
        x = numpy.array([1, 2], 'f')
        with mock.patch('chainer.cuda.get_device', lambda device: device), \
                mock.patch('chainer.cuda.to_gpu') as to_gpu:
            F.Copy(out_device=3).forward((x,))
        self.assertIs(to_gpu.call_args[0][0], x)
        self.assertEqual(to_gpu.call_args[0][1], 3)
