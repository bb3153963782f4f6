import unittest

import numpy

import chainer
import chainer.functions as F
from chainer import gradient_check, testing
from chainer.utils import type_check


@testing.parameterize(*testing.product({
    'shape': [(2, 3), (), (0, 2)],
    'in_type': [numpy.float16, numpy.float32, numpy.float64],
    'out_type': [numpy.float16, numpy.float32, numpy.float64],
}))
class TestCast(unittest.TestCase):

    def setUp(self):
        random = numpy.random.RandomState(0)
        x = random.uniform(-1, 1, self.shape)
        self.x = numpy.asarray(x, self.in_type)
        gy = random.uniform(-1, 1, self.shape)
        self.gy = numpy.asarray(gy, self.out_type)

    def test_forward(self):
        y = F.cast(chainer.Variable(self.x), self.out_type)
        self.assertEqual(y.dtype, self.out_type)
        self.assertEqual(y.shape, self.shape)
        half = numpy.float16 in (self.in_type, self.out_type)
        testing.assert_allclose(
            y.data, self.x.astype('d'), atol=0, rtol=1e-3 if half else 1e-7)

    def test_backward(self):
        # Finite differences vanish between the numbers of half precision.
        x = chainer.Variable(self.x)
        y = F.cast(x, self.out_type)
        y.grad = self.gy
        y.backward()
        self.assertEqual(x.grad.dtype, self.in_type)
        testing.assert_allclose(
            x.grad, self.gy.astype('d'), atol=0, rtol=1e-3)


class TestCastDetails(unittest.TestCase):

    def test_gradient(self):
        random = numpy.random.RandomState(0)
        x, gy = random.randn(2, 3).astype('f'), random.randn(2, 3)
        gradient_check.check_backward(
            lambda x: F.cast(x, 'd'), x, gy, dtype='d')

    def test_names_of_types(self):
        x = numpy.zeros(2, 'f')
        for typ in 'float64', 'd', numpy.float64, float, numpy.dtype('d'):
            self.assertEqual(F.cast(x, typ).dtype, numpy.float64)

    def test_integers_have_no_gradient(self):
        for in_type, out_type in ('f', 'i'), ('i', 'f'), ('i', 'l'):
            x = chainer.Variable(numpy.array([1, 2], in_type))
            y = F.cast(x, out_type)
            self.assertEqual(y.data.tolist(), [1, 2])
            self.assertEqual(y.dtype, numpy.dtype(out_type))
            y.grad = numpy.array([1, 2], out_type)
            y.backward()
            self.assertIsNone(x.grad)

    def test_boolean(self):
        y = F.cast(numpy.array([True, False]), 'f')
        self.assertEqual(y.data.tolist(), [1, 0])

    def test_result_is_a_copy(self):
        x = numpy.zeros(2, 'f')
        self.assertFalse(numpy.shares_memory(x, F.cast(x, 'f').data))

    def test_label(self):
        self.assertEqual(F.Cast('f').label, 'Cast float32')

    def test_no_type(self):
        for typ in 'abc', [], None, 3, object, 'U3', numpy.zeros(2):
            with self.assertRaisesRegex(
                    TypeError, '^typ must be the type of an array of numbers'):
                F.cast(numpy.zeros(2, 'f'), typ)

    def test_number_of_inputs(self):
        with self.assertRaises(type_check.InvalidType):
            F.Cast('f')(numpy.zeros(2), numpy.zeros(2))
