import os
import tempfile
import unittest

import numpy

import chainer
import chainer.functions as F
import chainer.links as L
from chainer import gradient_check, optimizers, serializers, testing
from chainer.utils import type_check


@testing.parameterize(*testing.product({
    'in_channels': [3, None],
    'nobias': [False, True],
}))
class TestConvolution2D(unittest.TestCase):

    def setUp(self):
        random = numpy.random.RandomState(0)
        self.W = random.randn(2, 3, 3, 2).astype('f')
        self.b = random.randn(2).astype('f')
        self.x = random.randn(2, 3, 4, 5).astype('f')
        self.gy = random.randn(2, 2, 2, 6).astype('f')
        self.link = L.Convolution2D(
            self.in_channels, 2, (3, 2), (2, 1), 1, nobias=self.nobias,
            initialW=self.W, initial_bias=self.b)

    def test_forward(self):
        y = self.link(chainer.Variable(self.x))
        self.assertEqual(y.dtype, numpy.float32)
        expected = F.convolution_2d(
            self.x, self.W, None if self.nobias else self.b, (2, 1), 1)
        self.assertEqual(y.shape, (2, 2, 2, 6))
        numpy.testing.assert_array_equal(y.data, expected.data)

    def test_backward(self):
        self.link(self.x)
        gradient_check.check_backward(
            self.link, self.x, self.gy, tuple(self.link.params()),
            dtype=numpy.float64)

    def test_params(self):
        self.link(self.x)
        names = ['/W'] if self.nobias else ['/W', '/b']
        self.assertEqual(
            sorted(name for name, _ in self.link.namedparams()), names)
        self.assertEqual(self.link.W.shape, (2, 3, 3, 2))
        if self.nobias:
            self.assertIsNone(self.link.b)


class TestConvolution2DInitialization(unittest.TestCase):

    def setUp(self):
        numpy.random.seed(0)

    def check_distribution(self, link, deviation):
        W = link.W.data
        self.assertEqual(W.dtype, numpy.float32)
        # Five standard deviations of the estimates.
        n = W.size
        self.assertLess(abs(W.mean()), 5 * deviation / n ** 0.5)
        self.assertLess(abs(W.std() / deviation - 1), 5 / (2 * n) ** 0.5)
        # Of a normal distribution, 68.3 % lie within one deviation.
        self.assertLess(abs((abs(W) < deviation).mean() - 0.683), 0.01)

    def test_default(self):
        link = L.Convolution2D(25, 300, (8, 2))
        self.check_distribution(link, 1 / 20.)
        self.assertEqual(link.b.data.tolist(), [0] * 300)
        self.assertEqual(link.b.dtype, numpy.float32)

    def test_wscale(self):
        self.check_distribution(
            L.Convolution2D(25, 300, 4, wscale=3), 3 / 20.)

    def test_lazy(self):
        link = L.Convolution2D(None, 300, 4, wscale=3)
        link(numpy.zeros((2, 25, 4, 4), 'f'))
        self.check_distribution(link, 3 / 20.)

    def test_gradients_start_as_nan(self):
        for param in L.Convolution2D(3, 2, 3).params():
            self.assertTrue(numpy.isnan(param.grad).all())

    def test_bias(self):
        link = L.Convolution2D(3, 2, 1, bias=4)
        self.assertEqual(link.b.data.tolist(), [4, 4])
        link = L.Convolution2D(
            3, 2, 1, bias=4, initial_bias=numpy.array([1, 2]))
        self.assertEqual(link.b.data.tolist(), [1, 2])

    def test_callable(self):
        def fill(array):
            array[...] = numpy.arange(array.size).reshape(array.shape)

        for in_channels in 2, None:
            link = L.Convolution2D(in_channels, 2, (1, 2), wscale=2,
                                   initialW=fill, initial_bias=fill)
            link(numpy.zeros((1, 2, 2, 2), 'f'))
            self.assertEqual(link.W.data.tolist(),
                             [[[[0, 2]], [[4, 6]]], [[[8, 10]], [[12, 14]]]])
            self.assertEqual(link.b.data.tolist(), [0, 1])

    def test_scalar(self):
        link = L.Convolution2D(1, 2, 1, initialW=5, initial_bias=6)
        self.assertEqual(link.W.data.tolist(), [[[[5]]]] * 2)
        self.assertEqual(link.b.data.tolist(), [6] * 2)

    def test_array_is_copied(self):
        W = numpy.ones((2, 3, 1, 1), 'f')
        link = L.Convolution2D(3, 2, 1, initialW=W)
        W[...] = 7
        self.assertTrue((link.W.data == 1).all())

    def test_array_of_wrong_shape(self):
        with self.assertRaises(ValueError):
            L.Convolution2D(3, 2, 1, initialW=numpy.ones((3, 2, 1, 1), 'f'))

    def test_arguments(self):
        for kwargs in {'ksize': 0}, {'stride': 0}, {'pad': -1}:
            with self.assertRaisesRegex(ValueError, list(kwargs)[0]):
                L.Convolution2D(3, 2, **{'ksize': 3, **kwargs})

    def test_attributes(self):
        link = L.Convolution2D(3, 2, 5, 2, (1, 0), use_cudnn=False)
        self.assertEqual(link.ksize, 5)
        self.assertEqual(link.stride, (2, 2))
        self.assertEqual(link.pad, (1, 0))
        self.assertIs(link.use_cudnn, False)
        y = link(numpy.zeros((1, 3, 5, 5), 'f'))
        self.assertIs(y.creator.use_cudnn, False)


class TestLazyConvolution2D(unittest.TestCase):

    def setUp(self):
        self.x = numpy.random.RandomState(0).randn(4, 3, 5, 5).astype('f')
        self.link = L.Convolution2D(None, 5, 3)

    def test_state(self):
        self.assertTrue(self.link.has_uninitialized_params)
        self.assertFalse(hasattr(self.link, 'W'))
        self.link(self.x)
        self.assertFalse(self.link.has_uninitialized_params)
        self.assertEqual(self.link.W.shape, (5, 3, 3, 3))

    def test_initialized_once(self):
        first = self.link(self.x).data
        numpy.testing.assert_array_equal(self.link(self.x).data, first)

    def test_other_number_of_channels_afterwards(self):
        self.link(self.x)
        with self.assertRaises(type_check.InvalidType):
            self.link(self.x[:, :2])
        self.assertEqual(self.link.W.shape, (5, 3, 3, 3))

    def test_wrong_number_of_dimensions_changes_nothing(self):
        for shape in (3,), (3, 5, 5):
            with self.assertRaisesRegex(
                    type_check.InvalidType,
                    r'^Expect: x\.ndim == 4\nActual: '):
                self.link(numpy.zeros(shape, 'f'))
        self.assertTrue(self.link.has_uninitialized_params)
        self.assertEqual(self.link(self.x).shape, (4, 5, 3, 3))

    def test_array_of_wrong_shape_changes_nothing(self):
        link = L.Convolution2D(
            None, 5, 3, initialW=numpy.ones((5, 3, 3, 3), 'f'))
        with self.assertRaises(ValueError):
            link(self.x[:, :2])
        self.assertTrue(link.has_uninitialized_params)
        self.assertEqual(link(self.x).shape, (4, 5, 3, 3))

    def test_copy_before_initialization(self):
        twin = self.link.copy()
        self.link(self.x)
        self.assertTrue(twin.has_uninitialized_params)
        twin(self.x[:, :2])
        self.assertEqual(self.link.W.shape, (5, 3, 3, 3))
        self.assertEqual(twin.W.shape, (5, 2, 3, 3))
        self.assertIs(twin.b.data, self.link.b.data)

    def test_copy_after_initialization(self):
        self.link(self.x)
        twin = self.link.copy()
        self.assertIsNot(twin.W, self.link.W)
        self.assertIs(twin.W.data, self.link.W.data)

    def test_optimizer(self):
        # It is set up before the weight exists.
        model = chainer.Chain(l=self.link)
        optimizer = optimizers.SGD()
        optimizer.setup(model)
        losses = []

        def lossfun():
            y = model.l(self.x)
            loss = F.sum(y * y)
            losses.append(float(loss.data))
            return loss

        optimizer.lr = 1e-4
        for _ in range(3):
            optimizer.update(lossfun)
        self.assertLess(losses[1], losses[0])
        self.assertLess(losses[2], losses[1])


class TestConvolution2DSerialization(unittest.TestCase):

    def setUp(self):
        handle, self.path = tempfile.mkstemp(suffix='.npz')
        os.close(handle)
        self.addCleanup(os.remove, self.path)
        self.x = numpy.random.RandomState(0).randn(4, 3, 5, 5).astype('f')

    def check(self, in_channels, **kwargs):
        saved, loaded = [L.Convolution2D(in_channels, 5, 3, **kwargs)
                         for _ in range(2)]
        expected = saved(self.x).data
        serializers.save_npz(self.path, saved)
        serializers.load_npz(self.path, loaded)
        self.assertFalse(loaded.has_uninitialized_params)
        numpy.testing.assert_array_equal(loaded(self.x).data, expected)
        with numpy.load(self.path) as file:
            names = ['W'] if kwargs else ['W', 'b']
            self.assertEqual(sorted(file), names)

    def test_initialized(self):
        self.check(3)

    def test_lazy(self):
        self.check(None)

    def test_without_bias(self):
        self.check(3, nobias=True)
        self.check(None, nobias=True)


class TestConvolution2DOldName(unittest.TestCase):

    def test_functions_namespace(self):
        self.assertIs(F.Convolution2D, L.Convolution2D)
