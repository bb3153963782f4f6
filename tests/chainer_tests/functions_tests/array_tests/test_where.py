import unittest

import numpy

import chainer
import chainer.functions as F
from chainer import gradient_check, testing
from chainer.utils import type_check


@testing.parameterize(*testing.product({
    'shape': [(3, 2, 4), (5,), (), (0, 2)],
    'dtype': [numpy.float16, numpy.float32, numpy.float64],
}))
class TestWhere(unittest.TestCase):

    def setUp(self):
        random = numpy.random.RandomState(0)
        self.condition = numpy.asarray(random.uniform(-1, 1, self.shape) > 0)
        self.x, self.y, self.gz = [
            numpy.asarray(random.uniform(-1, 1, self.shape), self.dtype)
            for _ in range(3)]

    def test_forward(self):
        z = F.where(*[chainer.Variable(v)
                      for v in (self.condition, self.x, self.y)])
        self.assertIsInstance(z.data, numpy.ndarray)
        self.assertEqual(z.dtype, self.dtype)
        self.assertEqual(z.shape, self.shape)
        for index in numpy.ndindex(self.shape):
            chosen = self.x if self.condition[index] else self.y
            self.assertEqual(z.data[index], chosen[index])

    def test_backward(self):
        gradient_check.check_backward(
            F.where, (self.condition, self.x, self.y), self.gz,
            dtype=numpy.float64)


class TestWhereDetails(unittest.TestCase):

    def test_integers(self):
        condition = numpy.array([True, False])
        x, y = [chainer.Variable(numpy.array(v)) for v in ([1, 2], [3, 4])]
        z = F.where(condition, x, y)
        z.grad = numpy.array([5, 6])
        z.backward()
        self.assertEqual(z.data.tolist(), [1, 4])
        self.assertEqual(x.grad.tolist(), [5, 0])
        self.assertEqual(y.grad.tolist(), [0, 6])

    def test_what_is_not_chosen_may_be_anything(self):
        x = chainer.Variable(numpy.array([numpy.nan, 1], 'f'))
        y = chainer.Variable(numpy.array([2, numpy.inf], 'f'))
        z = F.where(numpy.array([False, True]), x, y)
        z.grad = numpy.ones(2, 'f')
        z.backward()
        self.assertEqual(z.data.tolist(), [2, 1])
        self.assertEqual(x.grad.tolist(), [0, 1])
        self.assertEqual(y.grad.tolist(), [1, 0])


class TestWhereErrors(unittest.TestCase):

    def check(self, message, *types):
        with self.assertRaisesRegex(type_check.InvalidType, message):
            F.where(*[numpy.zeros(*v) for v in types])

    def test_condition(self):
        self.check(r'^Expect: in_types\[0\]\.dtype == .*bool.*\n'
                   r'Actual: int32 != ', (2, 'i'), (2, 'f'), (2, 'f'))

    def test_types(self):
        self.check(r'^Expect: in_types\[1\]\.dtype == in_types\[2\]\.dtype\n'
                   r'Actual: float32 != float64', (2, '?'), (2, 'f'), (2, 'd'))

    def test_shapes(self):
        self.check(r'^Expect: in_types\[0\]\.shape == in_types\[1\]\.shape\n'
                   r'Actual: \(2,\) != \(3, 2\)', (2, '?'), ((3, 2), 'f'),
                   ((3, 2), 'f'))
        self.check(r'^Expect: in_types\[0\]\.shape == in_types\[2\]\.shape\n'
                   r'Actual: \(2,\) != \(1,\)', (2, '?'), (2, 'f'), (1, 'f'))
