import unittest

import numpy

import chainer
import chainer.functions as F
from chainer import cuda, gradient_check, testing
from chainer.testing import attr


class Wrong(chainer.Function):

    def forward(self, inputs):
        return inputs[0] * inputs[0],

    def backward(self, inputs, grad_outputs):
        return inputs[0] * grad_outputs[0],


@attr.multi_gpu(2)
class TestGradientCheckOnDevice(unittest.TestCase):

    def test_numerical_grad(self):
        for device in (0, 1):
            x = cuda.to_gpu(numpy.random.uniform(1, 2, (2, 3)), device)
            gy = cuda.to_gpu(numpy.random.uniform(1, 2, (2, 3)), device)
            before = x.get()
            gx, = gradient_check.numerical_grad(
                lambda x=x: (x.copy() ** 2,)
                if cuda.Device() == x.device else self.fail(),
                (x,), (gy,))
            self.assertEqual(gx.device.id, device)
            testing.assert_allclose(gx.get(), 2 * before * gy.get())
            numpy.testing.assert_array_equal(x.get(), before)
            self.assertEqual(cuda.Device().id, 0)

    def test_check_backward(self):
        for device in (0, 1):
            x, y, gz = [
                cuda.to_gpu(numpy.random.uniform(1, 2, 4).astype('f'), device)
                for _ in range(3)]

            def function(x, y, device=device):
                self.assertEqual(x.data.device.id, device)
                return x * y + F.exp(x)

            gradient_check.check_backward(function, (x, y), gz, dtype='d')
            with self.assertRaises(AssertionError):
                gradient_check.check_backward(Wrong(), x, gz, dtype='d')

    def test_params(self):
        link = chainer.Link(W=4)
        link.W.data[...] = numpy.random.uniform(1, 2, 4)
        link.to_gpu(1)
        x, gy = [cuda.to_gpu(numpy.random.uniform(1, 2, 4).astype('f'), 1)
                 for _ in range(2)]
        gradient_check.check_backward(
            lambda x: link.W * x, x, gy, link.W, dtype='d')

    def test_assert_allclose(self):
        x = numpy.arange(3.)
        for a in (x, cuda.to_gpu(x, 0), cuda.to_gpu(x, 1)):
            for b in (x, cuda.to_gpu(x, 0), cuda.to_gpu(x, 1)):
                testing.assert_allclose(a, b)
                with self.assertRaises(AssertionError):
                    testing.assert_allclose(a, cuda.to_cpu(b) + 1)
