import os
import tempfile
import unittest

import numpy

import chainer
import chainer.functions as F
import chainer.links as L
from chainer import gradient_check, serializers, testing
from chainer.utils import type_check


@testing.parameterize(*testing.product({
    'e1_shape': [(4, 6), (4, 2, 3)],
    'e2_shape': [(4, 5), (4, 5, 1)],
    'nobias': [False, True],
}))
class TestBilinear(unittest.TestCase):

    def setUp(self):
        random = numpy.random.RandomState(0)
        self.link = L.Bilinear(6, 5, 3, nobias=self.nobias)
        for param in self.link.params():
            param.data[...] = random.uniform(-1, 1, param.shape)
        self.e1 = random.uniform(-1, 1, self.e1_shape).astype('f')
        self.e2 = random.uniform(-1, 1, self.e2_shape).astype('f')
        self.gy = random.uniform(-1, 1, (4, 3)).astype('f')

    def test_forward(self):
        y = self.link(chainer.Variable(self.e1), chainer.Variable(self.e2))
        self.assertEqual(y.dtype, numpy.float32)
        self.assertEqual(y.shape, (4, 3))
        W = self.link.W.data
        for i, k in numpy.ndindex(4, 3):
            left, right = self.e1[i].ravel(), self.e2[i].ravel()
            expected = sum(
                float(left[p]) * float(right[q]) * float(W[p, q, k])
                for p, q in numpy.ndindex(6, 5))
            if not self.nobias:
                expected += self.link.b.data[k]
                for e, V in (left, self.link.V1), (right, self.link.V2):
                    expected += sum(
                        float(p) * float(q) for p, q in zip(e, V.data[:, k]))
            testing.assert_allclose(y.data[i, k], expected, rtol=1e-5)

    def test_backward(self):
        gradient_check.check_backward(
            self.link, (self.e1, self.e2), self.gy,
            tuple(self.link.params()), dtype=numpy.float64)

    def test_params(self):
        shapes = {path: param.shape for path, param in self.link.namedparams()}
        expected = {'/W': (6, 5, 3)}
        if not self.nobias:
            expected.update({'/V1': (6, 3), '/V2': (5, 3), '/b': (3,)})
        self.assertEqual(shapes, expected)
        for param in self.link.params():
            self.assertEqual(param.dtype, numpy.float32)

    def test_copy(self):
        twin = self.link.copy()
        self.assertIsNot(twin.W, self.link.W)
        self.assertIs(twin.W.data, self.link.W.data)
        numpy.testing.assert_array_equal(
            twin(self.e1, self.e2).data, self.link(self.e1, self.e2).data)

    def test_serialization(self):
        handle, path = tempfile.mkstemp(suffix='.npz')
        os.close(handle)
        self.addCleanup(os.remove, path)
        serializers.save_npz(path, self.link)
        loaded = L.Bilinear(6, 5, 3, nobias=self.nobias)
        serializers.load_npz(path, loaded)
        numpy.testing.assert_array_equal(
            loaded(self.e1, self.e2).data, self.link(self.e1, self.e2).data)

    def test_zero_grads(self):
        for param in self.link.params():
            param.grad[...] = 1
        self.link.zero_grads()
        for param in self.link.params():
            self.assertTrue((param.grad == 0).all())


class TestBilinearInitialization(unittest.TestCase):

    def setUp(self):
        numpy.random.seed(0)

    def check_distribution(self, x, std):
        self.assertLess(abs(x.mean()), std / 10)
        self.assertLess(abs(x.std() / std - 1), 0.1)

    def test_default(self):
        link = L.Bilinear(100, 25, 40)
        # The number of inputs is taken for the product of all sizes but the
        # first.
        self.check_distribution(link.W.data, 1 / 1000. ** .5)
        self.check_distribution(link.V1.data, 1 / 40. ** .5)
        self.check_distribution(link.V2.data, 1 / 40. ** .5)
        self.assertEqual(link.b.data.tolist(), [0] * 40)

    def test_arrays(self):
        random = numpy.random.RandomState(0)
        W, V1, V2, b = [random.randn(*shape).astype('f') for shape in (
            (2, 3, 4), (2, 4), (3, 4), (4,))]
        link = L.Bilinear(2, 3, 4, initialW=W, initial_bias=(V1, V2, b))
        for param, expected in (
                (link.W, W), (link.V1, V1), (link.V2, V2), (link.b, b)):
            numpy.testing.assert_array_equal(param.data, expected)
            self.assertIsNot(param.data, expected)

    def test_callables_and_numbers(self):
        def fill(array):
            array[...] = numpy.arange(array.size).reshape(array.shape)

        link = L.Bilinear(1, 2, 2, initialW=fill, initial_bias=(fill, 7, fill))
        self.assertEqual(link.W.data.tolist(), [[[0, 1], [2, 3]]])
        self.assertEqual(link.V1.data.tolist(), [[0, 1]])
        self.assertEqual(link.V2.data.tolist(), [[7, 7], [7, 7]])
        self.assertEqual(link.b.data.tolist(), [0, 1])

    def test_none_among_initial_biases(self):
        link = L.Bilinear(100, 25, 40, initial_bias=(None, 0, None))
        self.check_distribution(link.V1.data, 1 / 40. ** .5)
        self.assertFalse(link.V2.data.any())
        self.assertFalse(link.b.data.any())

    def test_gradients_start_as_nan(self):
        # It shows when they are used without having been cleared.
        for param in L.Bilinear(2, 3, 4).params():
            self.assertTrue(numpy.isnan(param.grad).all())


class TestBilinearErrors(unittest.TestCase):

    def test_initial_bias(self):
        for initial_bias in 0, [0, 0, 0], (0, 0), numpy.zeros(3):
            with self.assertRaisesRegex(
                    ValueError, '^initial_bias must be None or a tuple of'):
                L.Bilinear(2, 3, 4, initial_bias=initial_bias)

    def test_arrays_of_wrong_shapes(self):
        with self.assertRaises(ValueError):
            L.Bilinear(2, 3, 4, initialW=numpy.zeros((3, 2, 4)))
        for i, shape in (0, (3, 4)), (1, (2, 4)), (2, (3,)):
            initial_bias = [0, 0, 0]
            initial_bias[i] = numpy.zeros(shape)
            with self.assertRaises(ValueError):
                L.Bilinear(2, 3, 4, initial_bias=tuple(initial_bias))

    def test_input(self):
        with self.assertRaisesRegex(
                type_check.InvalidType, r'Actual: 4 != 3'):
            L.Bilinear(2, 3, 4)(
                numpy.zeros((5, 2), 'f'), numpy.zeros((5, 4), 'f'))


class TestBilinearOldName(unittest.TestCase):

    def test_functions_namespace(self):
        self.assertIs(F.Bilinear, L.Bilinear)
