import unittest

import numpy

import chainer
import chainer.functions as F
from chainer import gradient_check, testing
from chainer.utils import type_check


def _tolerance(dtype):
    if dtype == numpy.float16:
        return {'atol': 1e-2, 'rtol': 1e-2}
    return {'atol': 1e-5, 'rtol': 1e-4}


@testing.parameterize(*testing.product({
    'shapes': [
        ((), (2, 3)),
        ((3,), (2, 3)),
        ((2, 1), (2, 3)),
        ((1, 3), (2, 3)),
        ((1, 1), (2, 3)),
        ((2, 1, 4), (5, 2, 3, 4)),
        ((1, 1, 1), (2, 3, 1)),
        ((2, 3), (2, 3)),
        ((1, 3), (0, 3)),
        ((0, 1), (0, 3)),
        ((1,), (1,)),
        ((), ()),
    ],
    'dtype': [numpy.float16, numpy.float32, numpy.float64],
}))
class TestBroadcastTo(unittest.TestCase):

    def setUp(self):
        in_shape, self.shape = self.shapes
        random = numpy.random.RandomState(0)
        x = random.uniform(-1, 1, in_shape)
        self.x = numpy.asarray(x, self.dtype)
        gy = random.uniform(-1, 1, self.shape)
        self.gy = numpy.asarray(gy, self.dtype)

    def test_forward(self):
        y = F.broadcast_to(chainer.Variable(self.x), self.shape)
        self.assertEqual(y.dtype, self.dtype)
        numpy.testing.assert_array_equal(
            y.data, self.x + numpy.zeros(self.shape, self.dtype))

    def test_backward(self):
        gradient_check.check_backward(
            lambda x: F.broadcast_to(x, self.shape), self.x, self.gy,
            dtype=numpy.float64, **_tolerance(self.dtype))


class TestBroadcastToDetails(unittest.TestCase):

    def test_list(self):
        y = F.broadcast_to(numpy.zeros(3, 'f'), [2, 3])
        self.assertEqual(y.shape, (2, 3))

    def test_int(self):
        x = chainer.Variable(numpy.array([[1], [2]], 'i'))
        y = F.broadcast_to(x, (2, 3))
        y.grad = numpy.array([[1, 2, 3], [4, 5, 6]], 'i')
        y.backward()
        self.assertEqual(y.data.tolist(), [[1, 1, 1], [2, 2, 2]])
        self.assertEqual(x.grad.tolist(), [[6], [15]])
        self.assertEqual(x.grad.dtype, numpy.int32)

    def test_gradient_of_half_precision_is_summed_precisely(self):
        x = chainer.Variable(numpy.zeros(2, numpy.float16))
        y = F.broadcast_to(x, (5000, 2))
        y.grad = numpy.ones((5000, 2), numpy.float16)
        y.backward()
        self.assertEqual(x.grad.tolist(), [5000, 5000])

    def test_label(self):
        self.assertEqual(F.BroadcastTo((2, 3)).label, 'BroadcastTo (2, 3)')

    def test_wrong_size(self):
        with self.assertRaisesRegex(
                type_check.InvalidType,
                r'^Expect: in_types\[0\]\.shape\[-2\] == 3\nActual: 2 != 3'):
            F.broadcast_to(numpy.zeros((2, 1), 'f'), (4, 3, 5))

    def test_too_many_dimensions(self):
        with self.assertRaisesRegex(
                type_check.InvalidType,
                r'^Expect: in_types\[0\]\.ndim <= len\(shape\)\n'
                r'Actual: 2 > 1'):
            F.broadcast_to(numpy.zeros((1, 3), 'f'), (3,))


@testing.parameterize(*testing.product({
    'shapes': [
        ((2, 3), (2, 3)),
        ((2, 1), (3,)),
        ((), (2, 3), (3,)),
        ((2, 1, 1), (1, 3, 1), (1, 1, 4)),
        ((0, 1), (3,)),
        ((2, 3),),
    ],
    'dtype': [numpy.float16, numpy.float32, numpy.float64],
}))
class TestBroadcast(unittest.TestCase):

    def setUp(self):
        random = numpy.random.RandomState(0)
        self.xs = [numpy.asarray(random.uniform(-1, 1, shape), self.dtype)
                   for shape in self.shapes]
        zeros = [numpy.zeros(shape, self.dtype) for shape in self.shapes]
        self.zeros = numpy.asarray(sum(zeros))
        self.gys = [random.uniform(-1, 1, self.zeros.shape).astype(self.dtype)
                    for _ in self.shapes]

    def test_forward(self):
        ys = F.broadcast(*[chainer.Variable(x) for x in self.xs])
        self.assertIsInstance(ys, tuple)
        self.assertEqual(len(ys), len(self.xs))
        for x, y in zip(self.xs, ys):
            self.assertEqual(y.dtype, self.dtype)
            numpy.testing.assert_array_equal(y.data, x + self.zeros)

    def test_backward(self):
        gradient_check.check_backward(
            F.broadcast, self.xs, self.gys, dtype=numpy.float64,
            **_tolerance(self.dtype))


class TestBroadcastDetails(unittest.TestCase):

    def test_output_without_gradient(self):
        x = chainer.Variable(numpy.zeros((2, 1), 'f'))
        unused = chainer.Variable(numpy.zeros(3, 'f'))
        y, _ = F.broadcast(x, unused)
        y.grad = numpy.ones((2, 3), 'f')
        y.backward()
        self.assertEqual(x.grad.tolist(), [[3], [3]])
        self.assertIsNone(unused.grad)

    def test_different_types(self):
        y, z = F.broadcast(numpy.zeros((2, 1), 'f'), numpy.zeros(3, 'i'))
        self.assertEqual((y.dtype, z.dtype), (numpy.float32, numpy.int32))

    def test_wrong_sizes(self):
        with self.assertRaisesRegex(
                type_check.InvalidType,
                r'^Expect: in_types\[i\]\.shape can be broadcast against '
                r'each other\nActual: \(2, 3\), \(2,\)'):
            F.broadcast(numpy.zeros((2, 3), 'f'), numpy.zeros(2, 'f'))

    def test_no_argument(self):
        with self.assertRaisesRegex(
                type_check.InvalidType, r'^Expect: in_types\.size > 0'):
            F.broadcast()

    def test_shape_that_is_none(self):
        for shape in None, 3, 'ab', (2, 1.5), (2, None):
            with self.assertRaisesRegex(
                    TypeError, '^shape must be a tuple of integers, but is '):
                F.broadcast_to(numpy.zeros(3, 'f'), shape)

    def test_negative_size(self):
        with self.assertRaisesRegex(
                ValueError, r'^sizes in shape must not .* it is \(-1, 3\)'):
            F.broadcast_to(numpy.zeros(3, 'f'), (-1, 3))
