import os
import tempfile
import unittest

import numpy

import chainer
import chainer.functions as F
import chainer.links as L
from chainer import gradient_check, serializers


class TestEmbedID(unittest.TestCase):

    def setUp(self):
        random = numpy.random.RandomState(0)
        self.W = random.randn(5, 3).astype('f')
        self.x = numpy.array([[1, 4], [1, 0]], 'i')
        self.gy = random.randn(2, 2, 3).astype('f')
        self.link = L.EmbedID(5, 3, initialW=self.W)

    def test_forward(self):
        y = self.link(chainer.Variable(self.x))
        self.assertEqual(y.dtype, numpy.float32)
        for index in numpy.ndindex(2, 2):
            numpy.testing.assert_array_equal(
                y.data[index], self.W[self.x[index]])

    def test_backward(self):
        gradient_check.check_backward(
            self.link, self.x, self.gy, self.link.W, dtype='d')

    def test_ignore_label(self):
        link = L.EmbedID(5, 3, initialW=self.W, ignore_label=1)
        self.assertEqual(link.ignore_label, 1)
        y = link(self.x)
        self.assertFalse(y.data[:, 0].any())
        numpy.testing.assert_array_equal(y.data[:, 1], self.W[[4, 0]])
        link.cleargrads()
        y.grad = self.gy
        y.backward()
        self.assertFalse(link.W.grad[1].any())
        self.assertTrue(link.W.grad[[0, 4]].all())

    def test_ids_out_of_range(self):
        with self.assertRaisesRegex(ValueError, '0 <= x < 5'):
            self.link(numpy.array([5]))

    def test_params(self):
        self.assertEqual([name for name, _ in self.link.namedparams()],
                         ['/W'])
        self.assertIsNone(self.link.ignore_label)
        self.assertTrue(numpy.isnan(self.link.W.grad).all())

    def test_copy(self):
        twin = self.link.copy()
        self.assertIsNot(twin.W, self.link.W)
        self.assertIs(twin.W.data, self.link.W.data)

    def test_old_name(self):
        self.assertIs(F.EmbedID, L.EmbedID)


class TestEmbedIDInitialization(unittest.TestCase):

    def test_default(self):
        numpy.random.seed(0)
        W = L.EmbedID(400, 300).W.data
        self.assertEqual((W.shape, W.dtype), ((400, 300), numpy.float32))
        # Five standard deviations of the estimates.
        self.assertLess(abs(W.mean()), 5 / W.size ** 0.5)
        self.assertLess(abs(W.std() - 1), 5 / (2 * W.size) ** 0.5)
        # Of a normal distribution, 68.3 % lie within one deviation.
        self.assertLess(abs((abs(W) < 1).mean() - 0.683), 0.01)

    def test_array_is_copied(self):
        W = numpy.ones((3, 2), 'f')
        link = L.EmbedID(3, 2, initialW=W)
        W[...] = 7
        self.assertEqual(link.W.data.tolist(), [[1, 1]] * 3)

    def test_scalar(self):
        self.assertEqual(
            L.EmbedID(3, 2, initialW=5).W.data.tolist(), [[5, 5]] * 3)

    def test_callable(self):
        def fill(array):
            array[...] = numpy.arange(6).reshape(3, 2)

        self.assertEqual(L.EmbedID(3, 2, initialW=fill).W.data.tolist(),
                         [[0, 1], [2, 3], [4, 5]])

    def test_array_of_wrong_shape(self):
        with self.assertRaises(ValueError):
            L.EmbedID(3, 2, initialW=numpy.ones((2, 3), 'f'))


class TestEmbedIDSerialization(unittest.TestCase):

    def test_round_trip(self):
        saved, loaded = L.EmbedID(5, 3), L.EmbedID(5, 3)
        with tempfile.TemporaryDirectory() as directory:
            path = os.path.join(directory, 'model')
            serializers.save_npz(path, saved)
            with numpy.load(path) as archive:
                self.assertEqual(list(archive), ['W'])
            serializers.load_npz(path, loaded)
        numpy.testing.assert_array_equal(loaded.W.data, saved.W.data)
