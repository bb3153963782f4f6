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
    'shape': [(), (3,), (3, 2)],
    'x_shape': [(4, 3, 2), (2, 3, 2, 2)],
}))
class TestPReLU(unittest.TestCase):

    def setUp(self):
        random = numpy.random.RandomState(0)
        # Finite differences make no sense across the kink at 0.
        sign = random.choice([-1, 1], self.x_shape)
        x = sign * random.uniform(0.5, 1, self.x_shape)
        self.x = x.astype('f')
        self.gy = random.uniform(-1, 1, self.x_shape).astype('f')
        W = random.uniform(-1, 1, self.shape)
        self.link = L.PReLU(self.shape, numpy.asarray(W, 'f'))

    def test_forward(self):
        y = self.link(chainer.Variable(self.x))
        self.assertEqual(y.dtype, numpy.float32)
        expected = self.x.copy()
        for i in numpy.ndindex(self.x_shape):
            if self.x[i] < 0:
                expected[i] *= self.link.W.data[i[1:1 + len(self.shape)]]
        testing.assert_allclose(y.data, expected)

    def test_backward(self):
        gradient_check.check_backward(
            self.link, self.x, self.gy, self.link.W, dtype=numpy.float64)


class TestPReLUInitialization(unittest.TestCase):

    def test_default(self):
        link = L.PReLU()
        self.assertEqual(link.W.shape, ())
        self.assertEqual(link.W.dtype, numpy.float32)
        self.assertEqual(link.W.data, 0.25)
        self.assertEqual([name for name, _ in link.namedparams()], ['/W'])

    def test_number(self):
        self.assertEqual(L.PReLU((2,), 0.5).W.data.tolist(), [0.5, 0.5])
        self.assertEqual(L.PReLU(init=3).W.data, 3)

    def test_int_for_a_shape(self):
        self.assertEqual(L.PReLU(2).W.data.tolist(), [0.25, 0.25])

    def test_array_is_copied(self):
        W = numpy.ones(2, 'f')
        link = L.PReLU((2,), W)
        W[...] = 7
        self.assertEqual(link.W.data.tolist(), [1, 1])

    def test_callable(self):
        def fill(array):
            array[...] = numpy.arange(array.size)

        self.assertEqual(L.PReLU((3,), fill).W.data.tolist(), [0, 1, 2])


class TestPReLUInModel(unittest.TestCase):

    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.path = os.path.join(directory.name, 'model')
        self.x = numpy.random.RandomState(0).randn(4, 3).astype('f')

    def test_serialization(self):
        for shape in (), (3,):
            saved, loaded = L.PReLU(shape, 0.5), L.PReLU(shape)
            serializers.save_npz(self.path, saved)
            serializers.load_npz(self.path, loaded)
            numpy.testing.assert_array_equal(loaded.W.data, saved.W.data)
            with numpy.load(self.path) as archive:
                self.assertEqual(list(archive), ['W'])

    def test_copy(self):
        link = L.PReLU((3,))
        twin = link.copy()
        self.assertIsNot(twin.W, link.W)
        self.assertIs(twin.W.data, link.W.data)
        numpy.testing.assert_array_equal(
            twin(self.x).data, link(self.x).data)

    def test_optimizer(self):
        link = L.PReLU((3,))
        optimizer = optimizers.SGD(0.1)
        optimizer.setup(link)
        x, target = numpy.full((2, 3), -1, 'f'), numpy.ones((2, 3), 'f')
        for _ in range(50):
            optimizer.update(lambda: F.sum((link(x) - target) ** 2))
        testing.assert_allclose(link.W.data, [-1, -1, -1])

    def test_half_precision(self):
        y = L.PReLU((3,))(self.x.astype('e'))
        self.assertEqual(y.dtype, numpy.float16)

    def test_wrong_shape(self):
        with self.assertRaisesRegex(type_check.InvalidType,
                                    r'in_types\[1\] is W'):
            L.PReLU((4,))(self.x)


class TestPReLUOldName(unittest.TestCase):

    def test_functions_namespace(self):
        self.assertIs(F.PReLU, L.PReLU)
