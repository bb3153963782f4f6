import os
import tempfile
import unittest

import numpy

import chainer
import chainer.links as L
from chainer import gradient_check, serializers, testing


@testing.parameterize(*testing.product({
    'in_size': [6, None],
    'x_shape': [(4, 6), (4, 2, 3)],
    'pool_size': [1, 3],
    'initial_bias': ['array', 0, None],
}))
class TestMaxout(unittest.TestCase):

    def setUp(self):
        random = numpy.random.RandomState(0)
        self.W = random.randn(2, self.pool_size, 6).astype('f')
        self.b = numpy.zeros((2, self.pool_size), 'f')
        initial_bias = self.initial_bias
        if initial_bias == 'array':
            initial_bias = self.b = random.randn(*self.b.shape).astype('f')
        self.x = random.randn(*self.x_shape).astype('f')
        self.gy = random.randn(4, 2).astype('f')
        self.link = L.Maxout(self.in_size, 2, self.pool_size, initialW=self.W,
                             initial_bias=initial_bias)

    def test_forward(self):
        y = self.link(chainer.Variable(self.x))
        self.assertEqual(y.dtype, numpy.float32)
        expected = numpy.empty((4, 2))
        for n, i in numpy.ndindex(4, 2):
            expected[n, i] = max(
                self.W[i, j].dot(self.x[n].ravel()) + self.b[i, j]
                for j in range(self.pool_size))
        testing.assert_allclose(y.data, expected)

    def test_backward(self):
        self.link(self.x)
        gradient_check.check_backward(
            self.link, self.x, self.gy, tuple(self.link.params()),
            dtype=numpy.float64)

    def test_params(self):
        self.link(self.x)
        shapes = {'/linear/W': (2 * self.pool_size, 6)}
        if self.initial_bias is not None:
            shapes['/linear/b'] = 2 * self.pool_size,
        self.assertEqual(
            {name: p.shape for name, p in self.link.namedparams()}, shapes)
        self.assertEqual(
            (self.link.out_size, self.link.pool_size), (2, self.pool_size))


class TestMaxoutInitialization(unittest.TestCase):

    def setUp(self):
        numpy.random.seed(0)

    def check_distribution(self, W, deviation):
        # Five standard deviations of the estimates.
        n = W.size
        self.assertLess(abs(W.mean()), 5 * deviation / n ** 0.5)
        self.assertLess(abs(W.std() / deviation - 1), 5 / (2 * n) ** 0.5)

    def test_default(self):
        link = L.Maxout(100, 50, 4)
        self.check_distribution(link.linear.W.data, 0.1)
        self.assertEqual(link.linear.b.data.tolist(), [0] * 200)

    def test_wscale(self):
        self.check_distribution(
            L.Maxout(100, 50, 4, wscale=3).linear.W.data, 0.3)
        W = numpy.ones((2, 3, 4), 'f')
        link = L.Maxout(4, 2, 3, wscale=5, initialW=W)
        self.assertEqual(link.linear.W.data.tolist(), [[5] * 4] * 6)

    def test_numbers(self):
        link = L.Maxout(4, 2, 3, initialW=2, initial_bias=7)
        self.assertEqual(link.linear.W.data.tolist(), [[2] * 4] * 6)
        self.assertEqual(link.linear.b.data.tolist(), [7] * 6)

    def test_callables_fill_matrix_and_vector(self):
        shapes = []

        def fill(array):
            shapes.append(array.shape)
            array[...] = 1

        L.Maxout(4, 2, 3, initialW=fill, initial_bias=fill)
        self.assertEqual(sorted(shapes), [(6,), (6, 4)])

    def test_arrays_are_copied(self):
        W, b = numpy.ones((2, 3, 4), 'f'), numpy.ones((2, 3), 'f')
        link = L.Maxout(4, 2, 3, initialW=W, initial_bias=b)
        W[...] = b[...] = 7
        self.assertTrue((link.linear.W.data == 1).all())
        self.assertTrue((link.linear.b.data == 1).all())

    def test_arrays_of_wrong_shape(self):
        # The second could be reshaped to what is needed.
        for shape in (2, 3, 5), (3, 2, 4), (6, 4):
            with self.assertRaisesRegex(
                    ValueError, r'^initialW must be an array of shape '
                    r'\(2, 3, 4\), but has the shape \('):
                L.Maxout(4, 2, 3, initialW=numpy.ones(shape, 'f'))
        for shape in (3, 2), (6,):
            with self.assertRaisesRegex(
                    ValueError, r'^initial_bias must be an array of shape '
                    r'\(2, 3\), but has the shape \('):
                L.Maxout(4, 2, 3, initial_bias=numpy.ones(shape, 'f'))

    def test_pool_size(self):
        for pool_size in 0, -1:
            with self.assertRaisesRegex(
                    ValueError, '^pool_size must be 1 or more, but is '):
                L.Maxout(4, 2, pool_size)


class TestMaxoutInModel(unittest.TestCase):

    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.path = os.path.join(directory.name, 'model')
        self.x = numpy.random.RandomState(0).randn(4, 6).astype('f')

    def test_serialization(self):
        for in_size in 6, None:
            saved, loaded = L.Maxout(in_size, 2, 3), L.Maxout(in_size, 2, 3)
            expected = saved(self.x).data
            serializers.save_npz(self.path, saved)
            serializers.load_npz(self.path, loaded)
            numpy.testing.assert_array_equal(loaded(self.x).data, expected)
            with numpy.load(self.path) as archive:
                self.assertEqual(sorted(archive), ['linear/W', 'linear/b'])

    def test_copy(self):
        link = L.Maxout(6, 2, 3)
        twin = link.copy()
        self.assertIsNot(twin.linear, link.linear)
        self.assertIs(twin.linear.W.data, link.linear.W.data)
        numpy.testing.assert_array_equal(
            twin(self.x).data, link(self.x).data)
