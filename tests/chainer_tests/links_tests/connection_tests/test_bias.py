import os
import tempfile
import unittest

import numpy

import chainer
import chainer.links as L
from chainer import gradient_check, serializers, testing
from chainer.utils import type_check


@testing.parameterize(
    {'axis': 1, 'shape': (3, 4)},
    {'axis': 0, 'shape': (2,)},
    {'axis': 2, 'shape': 4},
    {'axis': 0, 'shape': ()},
)
class TestBias(unittest.TestCase):

    def setUp(self):
        random = numpy.random.RandomState(0)
        self.link = L.Bias(self.axis, self.shape)
        self.link.b.data[...] = random.uniform(-1, 1, self.link.b.shape)
        self.x, self.gy = random.uniform(-1, 1, (2, 2, 3, 4)).astype('f')

    def test_forward(self):
        y = self.link(chainer.Variable(self.x))
        self.assertEqual(y.dtype, numpy.float32)
        self.assertEqual(y.shape, self.x.shape)
        b = self.link.b.data
        for i in numpy.ndindex(2, 3, 4):
            testing.assert_allclose(
                y.data[i],
                self.x[i] + b[i[self.axis:self.axis + b.ndim]])

    def test_backward(self):
        gradient_check.check_backward(
            self.link, self.x, self.gy, self.link.b, dtype=numpy.float64)

    def test_copy(self):
        twin = self.link.copy()
        self.assertIsNot(twin.b, self.link.b)
        numpy.testing.assert_array_equal(
            twin(self.x).data, self.link(self.x).data)

    def test_serialization(self):
        handle, path = tempfile.mkstemp(suffix='.npz')
        os.close(handle)
        self.addCleanup(os.remove, path)
        serializers.save_npz(path, self.link)
        loaded = L.Bias(self.axis, self.shape)
        serializers.load_npz(path, loaded)
        numpy.testing.assert_array_equal(
            loaded(self.x).data, self.link(self.x).data)


class TestBiasParams(unittest.TestCase):

    def test_initial_value(self):
        link = L.Bias(shape=(2, 3))
        self.assertEqual(link.axis, 1)
        self.assertEqual(link.b.dtype, numpy.float32)
        self.assertEqual(link.b.data.tolist(), [[0] * 3] * 2)

    def test_without_shape(self):
        link = L.Bias()
        self.assertFalse(hasattr(link, 'b'))
        self.assertEqual(list(link.params()), [])


class TestBiasWithoutParameter(unittest.TestCase):

    def test_both_inputs(self):
        random = numpy.random.RandomState(0)
        x, y = random.randn(2, 3, 4), random.randn(4)
        link = L.Bias(axis=2)
        z = link(x, y)
        for i in numpy.ndindex(2, 3, 4):
            self.assertEqual(z.data[i], x[i] + y[i[2]])
        gradient_check.check_backward(link, (x, y), random.randn(2, 3, 4))


class TestBiasErrors(unittest.TestCase):

    def test_number_of_inputs(self):
        x = numpy.zeros((2, 3), 'f')
        for link, wrong, message in (
                (L.Bias(shape=3), 0, r'with a parameter b takes 1 input\(s\)'),
                (L.Bias(shape=3), 2, r'with a parameter b takes 1 input\(s\)'),
                (L.Bias(), 1, r'without a parameter b takes 2 input\(s\)'),
                (L.Bias(), 3, r'without a parameter b takes 2 input\(s\)')):
            with self.assertRaisesRegex(
                    ValueError, f'^Bias {message}, but got {wrong}$'):
                link(*[x] * wrong)

    def test_shape(self):
        with self.assertRaisesRegex(
                type_check.InvalidType,
                r'^Expect: x\.shape\[1:2\] == y\.shape'):
            L.Bias(shape=3)(numpy.zeros((2, 4), 'f'))
