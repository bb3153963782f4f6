import threading
import unittest
from unittest import mock

import numpy

import cupy
from cupy import cudnn_layers
from cupy.cuda import cudnn as libcudnn


def floats(*shape, dtype='f'):
    return numpy.random.RandomState(0).randn(*shape).astype(dtype)


class TestActivation(unittest.TestCase):

    def test_values(self):
        x = floats(3, 4)
        for name, y in (('RELU', numpy.maximum(x, 0)),
                        ('SIGMOID', 1 / (1 + numpy.exp(-x))),
                        ('TANH', numpy.tanh(x))):
            for array in cupy.array(x), cupy.array(x.T.copy()).T:
                numpy.testing.assert_allclose(
                    cudnn_layers.activation_forward(array, name).get(), y,
                    rtol=1e-5)

    def test_nan(self):
        x = cupy.array([numpy.nan, -1, 2], 'f')
        numpy.testing.assert_array_equal(
            cudnn_layers.activation_forward(x, 'RELU').get(),
            [numpy.nan, 0, 2])
        gx = cudnn_layers.activation_backward(x, cupy.ones(3, 'f'), 'RELU')
        numpy.testing.assert_array_equal(gx.get(), [0, 0, 1])

    def test_gradients_that_do_not_fit(self):
        y = cupy.ones((2, 3), 'f')
        for gy in (cupy.ones((3, 2), 'f'), cupy.ones((2, 2), 'f'),
                   cupy.ones((2, 3), 'd')):
            with self.assertRaisesRegex(ValueError, r'gy must be of shape '
                                        r'\(2, 3\) and type float32'):
                cudnn_layers.activation_backward(y, gy, 'TANH')
            with self.assertRaisesRegex(ValueError, 'gy must be'):
                cudnn_layers.softmax_backward(y, gy)

    def test_many_shapes(self):
        # More than there are descriptors kept.
        for n in range(1, 5000):
            y = cudnn_layers.activation_forward(cupy.full(n, -1., 'f'), 'RELU')
            self.assertEqual(y.size, n)
        self.assertEqual(float(abs(y).sum()), 0)

    def test_in_threads(self):
        x = floats(5, 6)
        results = []

        def run():
            for _ in range(50):
                y = cudnn_layers.softmax_forward(cupy.array(x))
            results.append(y.get())

        threads = [threading.Thread(target=run) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(len(results), 4)
        for y in results:
            numpy.testing.assert_array_equal(y, results[0])
            numpy.testing.assert_allclose(y.sum(axis=1), 1, rtol=1e-5)


class TestPooling(unittest.TestCase):

    def test_windows_that_stick_out(self):
        cudnn_layers.pools_beyond_padding.cache_clear()
        self.addCleanup(cudnn_layers.pools_beyond_padding.cache_clear)
        fails = mock.Mock(side_effect=libcudnn.CuDNNError(3))
        with mock.patch.object(libcudnn, 'poolingForward', fails):
            self.assertFalse(cudnn_layers.pools_beyond_padding())
        cudnn_layers.pools_beyond_padding.cache_clear()
        with mock.patch.object(libcudnn, 'poolingForward'):
            # What is in the output is not what was asked for.
            self.assertFalse(cudnn_layers.pools_beyond_padding())

    def test_gradient_that_does_not_fit(self):
        x, y = cupy.ones((1, 1, 4, 4), 'f'), cupy.ones((1, 1, 2, 2), 'f')
        with self.assertRaisesRegex(ValueError, 'gy must be of shape'):
            cudnn_layers.pooling_backward(
                x, y, y[:, :, :1], (2, 2), (2, 2), (0, 0), 'max')


class TestConvolution(unittest.TestCase):

    def setUp(self):
        self.x, self.W = floats(2, 3, 4, 5), floats(4, 3, 1, 1)

    def forward(self, workspace=0, dtype='f'):
        return cudnn_layers.convolution_forward(
            cupy.array(self.x, dtype), cupy.array(self.W, dtype), (4, 5),
            (1, 1), (0, 0), workspace).get()

    def test_limits_of_workspace(self):
        expected = numpy.einsum('nchw,oc->nohw', self.x, self.W[:, :, 0, 0])
        for workspace in 0, 1 << 10, 1 << 28:
            numpy.testing.assert_allclose(
                self.forward(workspace), expected, atol=1e-5)

    def test_workspace_is_of_the_allocator(self):
        self.x, self.W = floats(8, 16, 9, 9), floats(16, 16, 3, 3)
        sizes = []
        allocator = cupy.cuda.memory.get_allocator()

        def malloc(size):
            sizes.append(size)
            return allocator(size)

        x, W = cupy.array(self.x), cupy.array(self.W)
        for limit in 0, 1 << 20, 1 << 28:
            del sizes[:]
            cupy.cuda.set_allocator(malloc)
            try:
                y = cudnn_layers.convolution_forward(
                    x, W, (7, 7), (1, 1), (0, 0), limit)
            finally:
                cupy.cuda.set_allocator(allocator)
            self.assertEqual(sizes[0], y.nbytes)
            self.assertLessEqual(sum(sizes[1:]), limit)

    def test_plan_is_made_once(self):
        self.forward()
        with mock.patch.object(
                libcudnn, 'createConvolutionDescriptor') as create:
            self.forward()
            self.assertEqual(create.call_count, 0)
        before = cudnn_layers._convolution.cache_info().misses
        self.forward(1 << 12)
        self.forward(dtype='d')
        self.assertEqual(
            cudnn_layers._convolution.cache_info().misses, before + 2)

    def test_half_precision_is_summed_in_single(self):
        self.x = numpy.ones((1, 3000, 4, 5))
        self.W = numpy.ones((1, 3000, 1, 1))
        self.assertTrue((self.forward(dtype='e') == 3000).all())

    def check_arguments(self, message, x, W, gy):
        """Checks the three functions, with a window of 1 by 1."""
        x, W, gy = [cupy.zeros(shape, dtype) for shape, dtype in (x, W, gy)]
        window = (1, 1), (0, 0), 0
        with self.assertRaisesRegex(ValueError, message):
            cudnn_layers.convolution_backward_filter(x, gy, (1, 1), *window)
        for a, b, function in (
                (x, W, cudnn_layers.convolution_forward),
                (W, gy, cudnn_layers.convolution_backward_data)):
            if a.dtype != b.dtype or a.ndim != b.ndim:
                with self.assertRaisesRegex(ValueError, message):
                    function(a, b, (4, 5), *window)

    def test_types(self):
        x, W, gy = (2, 3, 4, 5), (6, 3, 1, 1), (2, 6, 4, 5)
        self.check_arguments('must be of one type', (x, 'f'), (W, 'd'),
                             (gy, 'e'))

    def test_number_of_axes(self):
        self.check_arguments('needs four axes', ((2, 3, 4, 5), 'f'),
                             ((6, 3, 1), 'f'), ((2, 6, 4, 5, 1), 'f'))

    def test_shapes(self):
        x, W, gy = [cupy.zeros(shape, 'f') for shape in (
            (2, 3, 4, 5), (6, 3, 2, 2), (2, 6, 3, 4))]
        window = (1, 1), (0, 0), 0
        for wrong in cupy.zeros((6, 4, 2, 2), 'f'), W[:, :2]:
            with self.assertRaisesRegex(
                    ValueError, r'needs W of 3 channels .* W \(6, .*, 2, 2\)'):
                cudnn_layers.convolution_forward(x, wrong, (3, 4), *window)
        with self.assertRaisesRegex(ValueError, r'y of \(2, 6, 3, 4\), but'):
            cudnn_layers.convolution_forward(x, W, (4, 4), *window)
        with self.assertRaisesRegex(ValueError, r'y of \(2, 6, 4, 4\), but'):
            cudnn_layers.convolution_backward_data(W, gy, (5, 5), *window)
        for wrong in gy[:1], gy[:, :, :2]:
            with self.assertRaisesRegex(ValueError, 'y of .2, 6, 3, 4., but'):
                cudnn_layers.convolution_backward_filter(
                    x, wrong, (2, 2), *window)

    def test_bias(self):
        y = cupy.zeros((2, 3, 4, 5), 'f')
        for shape, dtype in ((2,), 'f'), ((3, 1), 'f'), ((3,), 'd'):
            with self.assertRaisesRegex(
                    ValueError, r'b must be of shape \(3,\) and type float32'):
                cudnn_layers.add_bias(y, cupy.ones(shape, dtype))
        with self.assertRaisesRegex(ValueError, 'must be contiguous'):
            cudnn_layers.add_bias(y[:, :, ::2], cupy.ones(3, 'f'))
        cudnn_layers.add_bias(y, cupy.ones(6, 'f')[::2])
        self.assertTrue((y == 1).all())

    def test_on_two_devices(self):
        if cupy.cuda.runtime.getDeviceCount() < 2:
            self.assertEqual(cupy.cuda.runtime.getDeviceCount(), 1)
            return
        expected = self.forward()
        with cupy.cuda.Device(1):
            numpy.testing.assert_array_equal(self.forward(), expected)


class TestBatchNormalization(unittest.TestCase):

    def test_large_mean(self):
        x = floats(16, 3, 5) + numpy.float32(1e5)
        wide = x.astype('d')
        mean = wide.mean(axis=(0, 2))
        std = numpy.sqrt(wide.var(axis=(0, 2)) + 1e-5)
        expected = (wide - mean[:, None]) / std[:, None]
        ones, zeros = cupy.ones(3, 'f'), cupy.zeros(3, 'f')
        gy = floats(16, 3, 5)
        y, average, inv_std = cudnn_layers.batch_normalization_forward(
            cupy.array(x), ones, zeros, 1e-5)
        numpy.testing.assert_allclose(y.get(), expected, atol=1e-4)
        numpy.testing.assert_allclose(average.get(), mean, rtol=1e-6)
        _, ggamma, gbeta = cudnn_layers.batch_normalization_backward(
            cupy.array(x), cupy.array(gy), ones, average, inv_std, 1e-5)
        numpy.testing.assert_allclose(
            ggamma.get(), (expected * gy).sum(axis=(0, 2)), atol=1e-3)
        numpy.testing.assert_allclose(
            gbeta.get(), gy.sum(axis=(0, 2)), atol=1e-4)
