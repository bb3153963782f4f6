import unittest
from unittest import mock

import numpy

import chainer
import chainer.functions as F
from chainer import cuda, gradient_check, testing
from chainer.testing import attr


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


class TestCopyBetweenPlaces(unittest.TestCase):

    def check(self, x, device, place):
        x = chainer.Variable(x)
        y = F.copy(x, device)
        self.assertEqual(cuda.get_device(y.data), place)
        numpy.testing.assert_array_equal(
            cuda.to_cpu(y.data), cuda.to_cpu(x.data))
        with cuda.get_device(y.data):
            y.grad = y.data * 2
        y.backward()
        self.assertEqual(cuda.get_device(x.grad), cuda.get_device(x.data))
        numpy.testing.assert_array_equal(
            cuda.to_cpu(x.grad), cuda.to_cpu(x.data) * 2)
        # Neither is a view of what it was copied from.
        with cuda.get_device(y.data):
            y.data[...] = 0
            y.grad[...] = 0
        self.assertTrue(cuda.to_cpu(x.data).any())
        self.assertTrue(cuda.to_cpu(x.grad).any())

    @attr.gpu
    def test_host_and_device(self):
        x = numpy.arange(6, dtype='f').reshape(2, 3)
        self.check(x, 0, cuda.Device(0))
        self.check(cuda.to_gpu(x), -1, cuda.DummyDevice)
        self.check(cuda.to_gpu(x), 0, cuda.Device(0))

    @attr.multi_gpu(2)
    def test_two_devices(self):
        x = numpy.arange(6, dtype='f').reshape(2, 3)
        self.check(cuda.to_gpu(x, 0), 1, cuda.Device(1))
        self.check(cuda.to_gpu(x, 1), 0, cuda.Device(0))
        self.check(cuda.to_gpu(x, 1), 1, cuda.Device(1))
        self.check(cuda.to_gpu(x, 1), -1, cuda.DummyDevice)
        self.check(x, 1, cuda.Device(1))

    @attr.multi_gpu(2)
    def test_non_contiguous(self):
        x = cuda.to_gpu(numpy.arange(6, dtype='f').reshape(2, 3), 0)
        self.check(x.T, 1, cuda.Device(1))
        self.check(x[:, ::2], 1, cuda.Device(1))
