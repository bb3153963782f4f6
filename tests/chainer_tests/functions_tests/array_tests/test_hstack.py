import unittest

import numpy

import chainer
import chainer.functions as F
from chainer import gradient_check, testing
from chainer.utils import type_check


@testing.parameterize(*testing.product_dict([
    {'shapes': [(), (), ()], 'out_shape': (3,)},
    {'shapes': [(), (2,)], 'out_shape': (3,)},
    {'shapes': [(2,), (3,)], 'out_shape': (5,)},
    {'shapes': [(2, 3), (2, 1)], 'out_shape': (2, 4)},
    {'shapes': [(2, 3, 4), (2, 1, 4)], 'out_shape': (2, 4, 4)},
    {'shapes': [(2, 3)], 'out_shape': (2, 3)},
    {'shapes': [(0, 3), (0, 2)], 'out_shape': (0, 5)},
], [
    {'dtype': numpy.float16},
    {'dtype': numpy.float32},
    {'dtype': numpy.float64},
]))
class TestHstack(unittest.TestCase):

    def setUp(self):
        random = numpy.random.RandomState(0)
        self.xs = [numpy.asarray(random.uniform(-1, 1, shape), self.dtype)
                   for shape in self.shapes]
        self.gy = random.uniform(-1, 1, self.out_shape).astype(self.dtype)

    def test_forward(self):
        y = F.hstack([chainer.Variable(x) for x in self.xs])
        self.assertEqual(y.dtype, self.dtype)
        self.assertEqual(y.shape, self.out_shape)
        # Row by row, and along a row array by array.
        if len(self.out_shape) == 1:
            expected = [v for x in self.xs for v in x.ravel()]
        else:
            expected = [v for n in range(self.out_shape[0])
                        for x in self.xs for v in x[n].ravel()]
        self.assertEqual(y.data.ravel().tolist(), expected)

    def test_backward(self):
        gradient_check.check_backward(
            lambda *xs: F.hstack(xs), self.xs, self.gy, dtype=numpy.float64)


class TestHstackDetails(unittest.TestCase):

    def test_integers(self):
        y = F.hstack([numpy.array([[1], [2]]), numpy.array([[3], [4]])])
        self.assertEqual(y.data.tolist(), [[1, 3], [2, 4]])

    def test_tuple(self):
        x = numpy.zeros(2, 'f')
        self.assertEqual(F.hstack((x, x)).shape, (4,))

    def test_nothing(self):
        with self.assertRaisesRegex(
                type_check.InvalidType, r'^Expect: in_types\.size > 0'):
            F.hstack([])

    def test_different_dimensions(self):
        with self.assertRaisesRegex(
                type_check.InvalidType,
                r'^Expect: in_types\[0\]\.ndim == in_types\[1\]\.ndim\n'
                r'Actual: 1 != 2'):
            F.hstack([numpy.zeros(2), numpy.zeros((2, 1))])

    def test_different_sizes(self):
        with self.assertRaisesRegex(
                type_check.InvalidType, r'Actual: \(2,\) != \(3,\)'):
            F.hstack([numpy.zeros((2, 3)), numpy.zeros((3, 3))])

    def test_different_types(self):
        with self.assertRaisesRegex(
                type_check.InvalidType, r'Actual: float32 != float64'):
            F.hstack([numpy.zeros(2, 'f'), numpy.zeros(2, 'd')])

    def test_not_a_sequence(self):
        for xs in None, 3, numpy.array(1.):
            with self.assertRaisesRegex(
                    TypeError, '^xs must be a list of arrays, but got '):
                F.hstack(xs)

    def test_generator(self):
        xs = numpy.array([[1, 2]]), numpy.array([[3, 4]])
        y = F.hstack(x for x in xs)
        self.assertEqual(y.data.tolist(), [[1, 2, 3, 4]])

    def test_lists_of_numbers(self):
        with self.assertRaisesRegex(TypeError, '^a Variable holds a numpy'):
            F.hstack([[1, 2], [3, 4]])
