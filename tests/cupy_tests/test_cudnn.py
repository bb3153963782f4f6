import ctypes
import gc
import threading
import unittest
from unittest import mock

import numpy

import cupy
from cupy import cudnn
from cupy.cuda import cudnn as libcudnn


def scale(desc, array, factor=2):
    """Multiplies the elements that a descriptor selects of an array."""
    scalar = cudnn.scalar(factor, array.dtype)
    libcudnn.scaleTensor(cudnn.get_handle(), desc.value, array.data.ptr,
                         scalar.data)


class TestHandle(unittest.TestCase):

    def test_is_kept(self):
        self.assertEqual(cudnn.get_handle(), cudnn.get_handle())
        libcudnn.setStream(cudnn.get_handle(), 0)

    def test_is_the_threads_own_and_ends_with_it(self):
        handles = []
        thread = threading.Thread(
            target=lambda: handles.append(cudnn.get_handle()))
        thread.start()
        thread.join()
        del thread
        gc.collect()
        self.assertNotEqual(cudnn.get_handle(), handles[0])
        with self.assertRaises(libcudnn.CuDNNError):
            libcudnn.setStream(handles[0], 0)


class TestDescriptor(unittest.TestCase):

    def test_destroys_itself(self):
        desc = cudnn.create_activation_descriptor(
            libcudnn.CUDNN_ACTIVATION_RELU)
        value = desc.value
        del desc
        gc.collect()
        with self.assertRaisesRegex(libcudnn.CuDNNError, 'destroyed'):
            libcudnn.destroyActivationDescriptor(value)

    def test_destroys_itself_if_it_cannot_be_set(self):
        destroyed = []
        destroy = libcudnn.destroyActivationDescriptor
        with mock.patch.object(
                libcudnn, 'destroyActivationDescriptor',
                lambda value: destroyed.append(destroy(value))):
            with self.assertRaises(libcudnn.CuDNNError):
                cudnn.create_activation_descriptor(99)
            gc.collect()
        self.assertEqual([None], destroyed)


class TestDataType(unittest.TestCase):

    def test_types(self):
        for dtype, expected in [
                (numpy.float16, libcudnn.CUDNN_DATA_HALF),
                ('f', libcudnn.CUDNN_DATA_FLOAT),
                (numpy.dtype('d'), libcudnn.CUDNN_DATA_DOUBLE)]:
            self.assertEqual(expected, cudnn.get_data_type(dtype))

    def test_others(self):
        for dtype in 'i', '?', 'F':
            with self.assertRaisesRegex(TypeError, str(numpy.dtype(dtype))):
                cudnn.get_data_type(dtype)


class TestScalar(unittest.TestCase):

    def value(self, scalar, kind):
        return kind.from_address(scalar.data).value

    def test_precision(self):
        for dtype, kind in [('e', ctypes.c_float), ('f', ctypes.c_float),
                            ('d', ctypes.c_double)]:
            scalar = cudnn.scalar(.1, dtype)
            self.assertAlmostEqual(.1, self.value(scalar, kind), 7)

    def test_outlives_the_cache(self):
        scalars = [cudnn.scalar(i, 'f') for i in range(1000)]
        self.assertEqual(
            list(range(1000)),
            [self.value(scalar, ctypes.c_float) for scalar in scalars])

    def test_other_types(self):
        with self.assertRaises(TypeError):
            cudnn.scalar(1, 'i')


class TestTensorDescriptor(unittest.TestCase):

    def check(self, x, dtype='f'):
        """Doubles a view of an array through its descriptor."""
        expected = x.get() * 2
        scale(cudnn.create_tensor_descriptor(x), x)
        numpy.testing.assert_array_equal(x.get(), expected)

    def test_contiguous(self):
        for dtype in 'efd':
            for shape in (2, 3, 4, 5), (2, 3, 4, 5, 6), (
                    1, 2, 1, 2, 1, 2, 1, 3):
                x = numpy.arange(numpy.prod(shape)).reshape(shape)
                self.check(cupy.array(x.astype(dtype)))

    def test_views(self):
        whole = numpy.arange(3 * 4 * 5 * 6, dtype='f').reshape(3, 4, 5, 6)
        for index in [
                (slice(None, None, 2),), (slice(None), slice(1, 3)),
                (Ellipsis, slice(None, None, 3)), (slice(1, 2),) * 4]:
            x = cupy.array(whole)
            self.check(x[index])
            expected = whole.copy()
            expected[index] *= 2
            numpy.testing.assert_array_equal(x.get(), expected)

    def test_transposed(self):
        x = cupy.array(numpy.arange(120, dtype='f').reshape(2, 3, 4, 5))
        self.check(x.transpose(0, 2, 3, 1))
        self.check(x.T)

    def test_channels_last(self):
        x = cupy.array(numpy.arange(8, dtype='f').reshape(1, 2, 2, 2))
        desc = cudnn.create_tensor_descriptor(
            x, libcudnn.CUDNN_TENSOR_NHWC)
        bias = cupy.array(numpy.array([10, 20], 'f').reshape(1, 2, 1, 1))
        bias_desc = cudnn.create_tensor_descriptor(bias)
        one = cudnn.scalar(1, 'f')
        libcudnn.addTensor(
            cudnn.get_handle(), one.data, bias_desc.value, bias.data.ptr,
            one.data, desc.value, x.data.ptr)
        numpy.testing.assert_array_equal(
            x.get().ravel(), [10, 21, 12, 23, 14, 25, 16, 27])

    def test_channels_last_of_a_view(self):
        x = cupy.array(numpy.zeros((2, 2, 2, 4), 'f'))[..., ::2]
        with self.assertRaisesRegex(ValueError, 'format 1'):
            cudnn.create_tensor_descriptor(x, libcudnn.CUDNN_TENSOR_NHWC)

    def test_negative_strides(self):
        x = cupy.array(numpy.zeros((2, 2, 2, 4), 'f'))[..., ::-1]
        with self.assertRaisesRegex(ValueError, 'ascontiguousarray'):
            cudnn.create_tensor_descriptor(x)

    def test_few_dimensions(self):
        with self.assertRaisesRegex(libcudnn.CuDNNError, '2 dimensions'):
            cudnn.create_tensor_descriptor(cupy.empty((2, 3), 'f'))

    def test_no_elements(self):
        with self.assertRaisesRegex(libcudnn.CuDNNError, 'not 0'):
            cudnn.create_tensor_descriptor(cupy.empty((2, 0, 1, 1), 'f'))

    def test_other_types(self):
        with self.assertRaises(TypeError):
            cudnn.create_tensor_descriptor(cupy.empty((1, 1, 1, 1), 'i'))


class TestFilterDescriptor(unittest.TestCase):

    def test_views(self):
        w = cupy.array(numpy.zeros((2, 2, 3, 4), 'f'))[..., ::2]
        with self.assertRaisesRegex(ValueError, 'ascontiguousarray'):
            cudnn.create_filter_descriptor(w)


class TestConvolutionDescriptor(unittest.TestCase):

    def shape(self, x, w, *args, **kwargs):
        conv = cudnn.create_convolution_descriptor(*args, **kwargs)
        x = cudnn.create_tensor_descriptor(cupy.empty(x, 'f'))
        w_desc = cudnn.create_filter_descriptor(cupy.empty(w, 'f'))
        return libcudnn.getConvolutionNdForwardOutputDim(
            conv.value, x.value, w_desc.value, len(w))

    def test_arguments(self):
        x, w = (1, 4, 9, 11), (6, 4, 3, 2)
        self.assertEqual((1, 6, 9, 14),
                         self.shape(x, w, (1, 2), (1, 1), 'f'))
        self.assertEqual((1, 6, 4, 4),
                         self.shape(x, w, (0, 0), (2, 3), 'f'))
        self.assertEqual((1, 6, 5, 8), self.shape(
            x, w, (0, 0), (1, 1), 'f', dilation=(2, 3)))
        self.assertEqual((1, 6, 7, 10), self.shape(
            (1, 8, 9, 11), w, (0, 0), (1, 1), 'f', groups=2))
        self.assertEqual((1, 6, 3, 2, 3), self.shape(
            (1, 4, 4, 4, 4), (6, 4, 2, 3, 2), (0, 0, 0), (1, 1, 1), 'f'))

    def test_lengths_that_differ(self):
        with self.assertRaisesRegex(ValueError, r'pad=\(1, 1\), stride=\(1,'):
            cudnn.create_convolution_descriptor((1, 1), (1, 1, 1), 'f')


class TestPoolingDescriptor(unittest.TestCase):

    def test_arguments(self):
        x = cudnn.create_tensor_descriptor(cupy.empty((1, 2, 9, 12), 'f'))
        pooling = cudnn.create_pooling_descriptor(
            (3, 2), (2, 3), (1, 0), libcudnn.CUDNN_POOLING_MAX)
        self.assertEqual(
            (1, 2, 5, 4), libcudnn.getPoolingNdForwardOutputDim(
                pooling.value, x.value, 4))

    def test_lengths_that_differ(self):
        with self.assertRaisesRegex(ValueError, r'ksize=\(2, 2\)'):
            cudnn.create_pooling_descriptor(
                (2, 2), (1,), (1, 1), libcudnn.CUDNN_POOLING_MAX)
