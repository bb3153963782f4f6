import unittest

import numpy

import chainer
import chainer.functions as F
from chainer import gradient_check, testing
from chainer.utils import type_check


@testing.parameterize(*testing.product({
    'x_shape': [(4, 3), (4, 3, 1, 2), (1, 3), (0, 3), (4, 0)],
    'x_dtype': [numpy.float16, numpy.float32, numpy.float64],
    'W_dtype': [numpy.float16, numpy.float32, numpy.float64],
    'nobias': [False, True],
}))
class TestLinear(unittest.TestCase):

    def setUp(self):
        random = numpy.random.RandomState(0)

        def draw(shape, dtype):
            return random.uniform(-1, 1, shape).astype(dtype)

        n_in, n_out = numpy.prod(self.x_shape[1:], dtype=int), 2
        self.x = draw(self.x_shape, self.x_dtype)
        self.W = draw((n_out, n_in), self.W_dtype)
        self.b = draw(n_out, self.x_dtype)
        self.gy = draw((self.x_shape[0], n_out), self.x_dtype)
        self.args = (self.x, self.W) if self.nobias else (
            self.x, self.W, self.b)
        self.tolerance = {'atol': 1e-5, 'rtol': 1e-4}
        if numpy.float16 in (self.x_dtype, self.W_dtype):
            self.tolerance = {'atol': 1e-2, 'rtol': 1e-2}

    def test_forward(self):
        y = F.linear(*[chainer.Variable(arg) for arg in self.args])
        self.assertEqual(y.dtype, self.x_dtype)
        expected = numpy.empty(self.gy.shape)
        for i, j in numpy.ndindex(expected.shape):
            expected[i, j] = sum(
                float(p) * float(q) for p, q in zip(self.x[i].flat, self.W[j]))
            if not self.nobias:
                expected[i, j] += self.b[j]
        testing.assert_allclose(y.data, expected, **self.tolerance)

    def test_backward(self):
        gradient_check.check_backward(
            F.linear, self.args, self.gy, dtype=numpy.float64,
            **self.tolerance)


class TestLinearDetails(unittest.TestCase):

    def test_non_contiguous(self):
        random = numpy.random.RandomState(0)
        gradient_check.check_backward(
            F.linear, (random.randn(2, 3, 4).T[::2], random.randn(6, 2).T,
                       random.randn(4)[::2]), random.randn(2, 2).T, eps=1e-5)

    def test_arguments_are_left_alone(self):
        x, W, b = [chainer.Variable(numpy.ones(shape, 'f'))
                   for shape in ((2, 3), (2, 3), 2)]
        y = F.linear(x, W, b)
        y.grad = numpy.ones((2, 2), 'f')
        y.backward()
        for v in x, W, b, y:
            self.assertEqual(len(set(v.data.flat)), 1)
        self.assertEqual(y.data[0, 0], 4)

    def test_large_batch_of_half_precision(self):
        x, W, b = [chainer.Variable(numpy.zeros(shape, numpy.float16))
                   for shape in ((5000, 1), (2, 1), 2)]
        y = F.linear(x, W, b)
        y.grad = numpy.ones((5000, 2), numpy.float16)
        y.backward()
        self.assertEqual(b.grad.tolist(), [5000, 5000])


class TestLinearErrors(unittest.TestCase):

    def check(self, message, x, W, *b):
        args = [numpy.zeros(shape, dtype) for shape, dtype in (x, W, *b)]
        with self.assertRaisesRegex(type_check.InvalidType, message) as cm:
            F.linear(*args)
        return str(cm.exception)

    def test_sizes(self):
        message = self.check(
            r'^Expect: prod\(in_types\[0\]\.shape\[1:\]\) == '
            r'in_types\[1\]\.shape\[1\]\nActual: 6 != 4',
            ((5, 3, 2), 'f'), ((2, 4), 'f'))
        self.assertIn('in_types[1] is W: float32 of shape (2, 4)', message)

    def test_x_of_one_dimension(self):
        self.check(r'^Expect: in_types\[0\]\.ndim >= 2\nActual: 1 < 2',
                   (3, 'f'), ((2, 3), 'f'))

    def test_W_of_three_dimensions(self):
        self.check(r'^Expect: in_types\[1\]\.ndim == 2\nActual: 3 != 2',
                   ((2, 3), 'f'), ((2, 3, 1), 'f'))

    def test_size_of_b(self):
        message = self.check(
            r'^Expect: in_types\[2\]\.shape\[0\] == in_types\[1\]\.shape\[0\]'
            r'\nActual: 3 != 2', ((2, 3), 'f'), ((2, 3), 'f'), (3, 'f'))
        self.assertIn('in_types[2] is b: float32 of shape (3,)', message)

    def test_b_of_two_dimensions(self):
        self.check(r'^Expect: in_types\[2\]\.ndim == 1\nActual: 2 != 1',
                   ((2, 3), 'f'), ((2, 3), 'f'), ((2, 1), 'f'))

    def test_type_of_b(self):
        message = self.check(
            r'^Expect: in_types\[2\]\.dtype == in_types\[0\]\.dtype\n'
            r'Actual: float64 != float32',
            ((2, 3), 'f'), ((2, 3), 'f'), (2, 'd'))
        self.assertIn('b is float64, expected float32: cast it with '
                      '.astype(numpy.float32)', message)

    def test_int(self):
        self.check(r'^Expect: in_types\[0\]\.dtype\.kind == f\nActual: i != f',
                   ((2, 3), 'i'), ((2, 3), 'f'))
        self.check(r'^Expect: in_types\[1\]\.dtype\.kind == f\nActual: i != f',
                   ((2, 3), 'f'), ((2, 3), 'i'))
