import os
import tempfile
import unittest

import numpy

import chainer
import chainer.links as L
from chainer import gradient_check, serializers, testing
from chainer.utils import type_check


@testing.parameterize(*testing.product_dict([
    {'axis': 1, 'shape': (3, 4)},
    {'axis': 0, 'shape': (2,)},
    {'axis': 2, 'shape': 4},
], [
    {'learn_W': False, 'bias_term': False},
    {'learn_W': False, 'bias_term': True},
    {'learn_W': True, 'bias_term': False},
    {'learn_W': True, 'bias_term': True},
]))
class TestScale(unittest.TestCase):

    def make_link(self):
        if self.learn_W:
            return L.Scale(self.axis, self.shape, self.bias_term)
        return L.Scale(self.axis, None, self.bias_term, self.shape)

    def setUp(self):
        random = numpy.random.RandomState(0)
        self.link = self.make_link()
        for param in self.link.params():
            param.data[...] = random.uniform(-1, 1, param.shape)
        self.x, self.gy = random.uniform(-1, 1, (2, 2, 3, 4)).astype('f')
        if self.learn_W:
            self.W = self.link.W.data
            self.args = self.x,
        else:
            self.W = random.uniform(-1, 1, self.shape).astype('f')
            self.args = self.x, self.W

    def test_forward(self):
        y = self.link(*[chainer.Variable(arg) for arg in self.args])
        self.assertEqual(y.dtype, numpy.float32)
        self.assertEqual(y.shape, self.x.shape)
        for i in numpy.ndindex(2, 3, 4):
            j = i[self.axis:self.axis + self.W.ndim]
            expected = float(self.x[i]) * float(self.W[j])
            if self.bias_term:
                expected += self.link.bias.b.data[j]
            testing.assert_allclose(y.data[i], expected)

    def test_backward(self):
        gradient_check.check_backward(
            self.link, self.args, self.gy, tuple(self.link.params()),
            dtype=numpy.float64)

    def test_params(self):
        paths = [path for path, _ in self.link.namedparams()]
        self.assertEqual(paths, ['/W'] * self.learn_W +
                         ['/bias/b'] * self.bias_term)
        self.assertEqual(hasattr(self.link, 'W'), self.learn_W)
        self.assertEqual(hasattr(self.link, 'bias'), self.bias_term)

    def test_copy(self):
        numpy.testing.assert_array_equal(
            self.link.copy()(*self.args).data, self.link(*self.args).data)

    def test_serialization(self):
        handle, path = tempfile.mkstemp(suffix='.npz')
        os.close(handle)
        self.addCleanup(os.remove, path)
        serializers.save_npz(path, self.link)
        loaded = self.make_link()
        serializers.load_npz(path, loaded)
        numpy.testing.assert_array_equal(
            loaded(*self.args).data, self.link(*self.args).data)


class TestScaleParams(unittest.TestCase):

    def test_initial_values(self):
        link = L.Scale(W_shape=(2, 3), bias_term=True)
        self.assertEqual(link.axis, 1)
        self.assertEqual(link.W.dtype, numpy.float32)
        self.assertEqual(link.W.data.tolist(), [[1] * 3] * 2)
        self.assertEqual(link.bias.b.data.tolist(), [[0] * 3] * 2)

    def test_bias_shape_is_that_of_W(self):
        link = L.Scale(W_shape=(2, 3), bias_term=True, bias_shape=(4,))
        self.assertEqual(link.bias.b.shape, (2, 3))

    def test_no_bias_without_bias_term(self):
        link = L.Scale(bias_shape=(4,))
        self.assertEqual(list(link.params()), [])

    def test_bias_has_the_axis(self):
        self.assertEqual(
            L.Scale(2, W_shape=(3,), bias_term=True).bias.axis, 2)


class TestScaleErrors(unittest.TestCase):

    def test_bias_without_shape(self):
        with self.assertRaisesRegex(
                ValueError, '^bias_term without W_shape needs bias_shape$'):
            L.Scale(bias_term=True)

    def test_number_of_inputs(self):
        x = numpy.zeros((2, 3), 'f')
        for link, wrong, message in (
                (L.Scale(W_shape=3), 2,
                 r'with a parameter W takes 1 input\(s\)'),
                (L.Scale(), 1, r'without a parameter W takes 2 input\(s\)')):
            with self.assertRaisesRegex(
                    ValueError, f'^Scale {message}, but got {wrong}$'):
                link(*[x] * wrong)

    def test_shape(self):
        with self.assertRaisesRegex(
                type_check.InvalidType,
                r'^Expect: x\.shape\[1:2\] == y\.shape'):
            L.Scale(W_shape=3)(numpy.zeros((2, 4), 'f'))
