import unittest

import numpy

import chainer
import chainer.functions as F
from chainer import gradient_check, testing
from chainer.functions.connection import embed_id
from chainer.utils import type_check


@testing.parameterize(*testing.product({
    'x': [[0, 1, 3, 1], [[2, 2], [0, 2]], [[[0], [0]]], [], [1]],
    'ignore_label': [None, -1, 1, 100],
    'x_dtype': [numpy.int32, numpy.int64, numpy.uint8],
    'W_dtype': [numpy.float16, numpy.float32, numpy.float64],
}))
class TestEmbedID(unittest.TestCase):

    def setUp(self):
        random = numpy.random.RandomState(0)
        self.W = random.uniform(-1, 1, (4, 3)).astype(self.W_dtype)
        x = numpy.array(self.x, self.x_dtype)
        if self.ignore_label in (-1, 100) and self.x_dtype != numpy.uint8:
            x[..., 0:1] = self.ignore_label
        self.ids = x
        self.gy = random.uniform(-1, 1, x.shape + (3,)).astype(self.W_dtype)

    def embed(self, x, W):
        return F.embed_id(x, W, self.ignore_label)

    def test_forward(self):
        y = self.embed(chainer.Variable(self.ids), chainer.Variable(self.W))
        self.assertEqual(y.dtype, self.W_dtype)
        self.assertEqual(y.shape, self.ids.shape + (3,))
        for index in numpy.ndindex(self.ids.shape):
            expected = [0] * 3
            if self.ids[index] != self.ignore_label:
                expected = self.W[self.ids[index]].tolist()
            self.assertEqual(y.data[index].tolist(), expected)

    def test_backward(self):
        tolerance = {'atol': 1e-6, 'rtol': 1e-5}
        if self.W_dtype == numpy.float16:
            tolerance = {'atol': 1e-3, 'rtol': 1e-3}
        gradient_check.check_backward(
            self.embed, (self.ids, self.W), self.gy, dtype=numpy.float64,
            **tolerance)


class TestEmbedIDValues(unittest.TestCase):

    def backward(self, x, W, gy, ignore_label=None):
        W = chainer.Variable(W)
        y = F.embed_id(x, W, ignore_label)
        y.grad = gy
        y.backward()
        return W.grad

    def test_repeated_ids(self):
        gW = self.backward(
            numpy.array([2, 0, 2, 2], 'i'), numpy.ones((4, 2), 'f'),
            numpy.array([[1, 2], [3, 4], [10, 20], [100, 200]], 'f'))
        self.assertEqual(gW.dtype, numpy.float32)
        self.assertEqual(
            gW.tolist(), [[3, 4], [0, 0], [111, 222], [0, 0]])

    def test_many_repetitions_in_half_precision(self):
        gW = self.backward(numpy.zeros(5000, 'i'), numpy.ones((1, 2), 'e'),
                           numpy.ones((5000, 2), 'e'))
        self.assertEqual(gW.dtype, numpy.float16)
        self.assertEqual(gW.tolist(), [[5000, 5000]])

    def test_ignored_id_gets_no_gradient(self):
        gW = self.backward(
            numpy.array([1, 0, 1], 'i'), numpy.ones((2, 1), 'f'),
            numpy.array([[numpy.nan], [2], [4]], 'f'), ignore_label=1)
        self.assertEqual(gW.tolist(), [[2], [0]])

    def test_all_ignored(self):
        W = numpy.ones((2, 3), 'f')
        y = F.embed_id(numpy.full(4, -1), W, ignore_label=-1)
        self.assertEqual(y.data.tolist(), [[0] * 3] * 4)

    def test_gradient_of_ids(self):
        x = chainer.Variable(numpy.array([0, 1], 'i'))
        y = F.embed_id(x, chainer.Variable(numpy.ones((2, 3), 'f')))
        y.grad = numpy.ones((2, 3), 'f')
        y.backward()
        self.assertIsNone(x.grad)

    def test_non_contiguous(self):
        random = numpy.random.RandomState(0)
        W = random.randn(6, 8).astype('f')[::-2, ::2]
        x = numpy.arange(6).reshape(2, 3).T % 3
        gy = random.randn(4, 2, 3).astype('f').T
        expected = numpy.zeros((3, 4))
        for index in numpy.ndindex(3, 2):
            expected[x[index]] += gy[index]
        testing.assert_allclose(self.backward(x, W, gy), expected)
        numpy.testing.assert_array_equal(F.embed_id(x, W).data, W[x])

    def test_output_is_a_copy(self):
        W = numpy.ones((2, 3), 'f')
        y = F.embed_id(numpy.array([0]), W)
        self.assertFalse(numpy.shares_memory(y.data, W))


class TestEmbedIDRange(unittest.TestCase):

    def check(self, message, x, ignore_label=None):
        with self.assertRaisesRegex(ValueError, message):
            F.embed_id(numpy.array(x), numpy.zeros((4, 2), 'f'), ignore_label)

    def test_too_large(self):
        self.check('^IDs x must lie in 0 <= x < 4, the number of rows of W, '
                   'but they reach from 0 to 4', [0, 4])

    def test_negative(self):
        # To NumPy it is the last row.
        self.check('from -1 to 3', [3, -1])

    def test_other_than_ignored(self):
        self.check('of W, or be -1 to be ignored, but they reach from -2 to 0',
                   [-1, -2, 0], ignore_label=-1)

    def test_ignored_in_range(self):
        self.check('or be 1 to be ignored', [1, 4], ignore_label=1)


class TestEmbedIDTypes(unittest.TestCase):

    def check(self, message, x, W):
        with self.assertRaisesRegex(type_check.InvalidType, message) as cm:
            F.embed_id(numpy.zeros(*x), numpy.zeros(*W))
        return str(cm.exception)

    def test_number_of_arguments(self):
        with self.assertRaisesRegex(type_check.InvalidType,
                                    r'^Expect: in_types\.size == 2'):
            embed_id.EmbedIDFunction()(numpy.zeros(1, 'i'))

    def test_float_ids(self):
        message = self.check(
            r'^Expect: in_types\[0\]\.dtype\.kind == i\nActual: f != i',
            (2, 'f'), ((4, 3), 'f'))
        self.assertIn('Hint: x is float32, expected int32: cast it with '
                      '.astype(numpy.int32)', message)

    def test_bool_ids(self):
        self.check(r'Actual: b != i', (2, '?'), ((4, 3), 'f'))

    def test_single_id(self):
        self.check(r'^Expect: in_types\[0\]\.ndim >= 1', ((), 'i'),
                   ((4, 3), 'f'))

    def test_int_matrix(self):
        self.check(r'^Expect: in_types\[1\]\.dtype\.kind == f',
                   (2, 'i'), ((4, 3), 'i'))

    def test_dimensions_of_matrix(self):
        self.check(r'^Expect: in_types\[1\]\.ndim == 2', (2, 'i'), (4, 'f'))
