import unittest

import numpy

import chainer
from chainer import gradient_check, testing
from chainer.utils import type_check


@testing.parameterize(*testing.product_dict([
    {'lhs': (3,), 'rhs': (3,), 'out': ()},
    {'lhs': (3,), 'rhs': (3, 2), 'out': (2,)},
    {'lhs': (3,), 'rhs': (4, 3, 2), 'out': (4, 2)},
    {'lhs': (2, 3), 'rhs': (3,), 'out': (2,)},
    {'lhs': (2, 3), 'rhs': (3, 4), 'out': (2, 4)},
    {'lhs': (2, 3), 'rhs': (5, 3, 4), 'out': (5, 2, 4)},
    {'lhs': (5, 2, 3), 'rhs': (3,), 'out': (5, 2)},
    {'lhs': (5, 2, 3), 'rhs': (3, 4), 'out': (5, 2, 4)},
    {'lhs': (5, 2, 3), 'rhs': (5, 3, 4), 'out': (5, 2, 4)},
    {'lhs': (5, 2, 3), 'rhs': (1, 3, 4), 'out': (5, 2, 4)},
    {'lhs': (2, 1, 2, 3), 'rhs': (5, 3, 1), 'out': (2, 5, 2, 1)},
    {'lhs': (0, 3), 'rhs': (3, 4), 'out': (0, 4)},
    {'lhs': (2, 0), 'rhs': (0, 4), 'out': (2, 4)},
    {'lhs': (0,), 'rhs': (0,), 'out': ()},
], [
    {'dtype': numpy.float16},
    {'dtype': numpy.float32},
    {'dtype': numpy.float64},
]))
class TestMatMul(unittest.TestCase):

    def setUp(self):
        random = numpy.random.RandomState(0)
        self.x, self.y = [
            random.uniform(-1, 1, shape).astype(self.dtype)
            for shape in (self.lhs, self.rhs)]
        gz = random.uniform(-1, 1, self.out)
        self.gz = numpy.asarray(gz, self.dtype)
        self.tolerance = {'atol': 1e-5, 'rtol': 1e-4}
        if self.dtype == numpy.float16:
            self.tolerance = {'atol': 5e-3, 'rtol': 5e-3}

    def check_forward(self, x, y):
        z = x @ y
        self.assertEqual(z.dtype, self.dtype)
        self.assertEqual(z.shape, self.out)
        expected = numpy.matmul(
            self.x.astype(numpy.float64), self.y.astype(numpy.float64))
        testing.assert_allclose(z.data, expected, **self.tolerance)

    def check_backward(self, func, x_data):
        gradient_check.check_backward(
            func, x_data, self.gz, dtype=numpy.float64, **self.tolerance)

    def test_forward(self):
        self.check_forward(
            chainer.Variable(self.x), chainer.Variable(self.y))

    def test_forward_constant_rhs(self):
        self.check_forward(chainer.Variable(self.x), self.y)

    def test_forward_constant_lhs(self):
        self.check_forward(self.x, chainer.Variable(self.y))

    def test_backward(self):
        self.check_backward(lambda x, y: x @ y, (self.x, self.y))

    def test_backward_constant_rhs(self):
        self.check_backward(lambda x: x @ self.y, self.x)

    def test_backward_constant_lhs(self):
        self.check_backward(lambda y: self.x @ y, self.y)


class TestMatMulDetails(unittest.TestCase):

    def test_non_contiguous(self):
        random = numpy.random.RandomState(0)
        gradient_check.check_backward(
            lambda x, y: x @ y,
            (random.randn(3, 4).T[::2], random.randn(5, 6).T[::2, ::-1]),
            random.randn(5, 2).T)

    def test_constant_takes_type_of_variable(self):
        x = chainer.Variable(numpy.ones((2, 2), 'f'))
        for constant in numpy.ones((2, 2)), numpy.ones((2, 2), 'i'):
            self.assertEqual((x @ constant).dtype, numpy.float32)
            self.assertEqual((constant @ x).dtype, numpy.float32)

    def test_labels(self):
        x = chainer.Variable(numpy.ones((2, 2), 'f'))
        self.assertEqual((x @ x).creator.label, '_ @ _')
        self.assertEqual((x @ x.data).creator.label, '_ @ constant array')
        self.assertEqual((x.data @ x).creator.label, 'constant array @ _')


class TestMatMulErrors(unittest.TestCase):

    def check_type_error(self, x, y, message):
        with self.assertRaisesRegex(type_check.InvalidType, message):
            chainer.Variable(x) @ chainer.Variable(y)

    def test_sizes(self):
        self.check_type_error(
            numpy.zeros((2, 3), 'f'), numpy.zeros((2, 3), 'f'),
            r'^Expect: in_types\[0\]\.shape\[-1\] == '
            r'in_types\[1\]\.shape\[-2\]\nActual: 3 != 2')

    def test_sizes_with_vector(self):
        self.check_type_error(
            numpy.zeros((2, 3), 'f'), numpy.zeros(2, 'f'),
            r'^Expect: in_types\[0\]\.shape\[-1\] == '
            r'in_types\[1\]\.shape\[-1\]\nActual: 3 != 2')

    def test_zero_dimensions(self):
        self.check_type_error(
            numpy.zeros((2, 3), 'f'), numpy.zeros((), 'f'),
            r'^Expect: in_types\[1\]\.ndim >= 1\nActual: 0 < 1')
        self.check_type_error(
            numpy.zeros((), 'f'), numpy.zeros((2, 3), 'f'),
            r'^Expect: in_types\[0\]\.ndim >= 1\nActual: 0 < 1')

    def test_types_differ(self):
        self.check_type_error(
            numpy.zeros((2, 3), 'f'), numpy.zeros((3, 2), 'd'),
            r'^Expect: in_types\[0\]\.dtype == in_types\[1\]\.dtype\n'
            r'Actual: float32 != float64')

    def test_int(self):
        self.check_type_error(
            numpy.zeros((2, 3), 'i'), numpy.zeros((3, 2), 'i'),
            r'^Expect: in_types\[0\]\.dtype\.kind == f\nActual: i != f')

    def test_int_with_constant(self):
        with self.assertRaisesRegex(
                type_check.InvalidType,
                r'^Expect: in_types\[0\]\.dtype\.kind == f\nActual: i != f'):
            chainer.Variable(numpy.zeros((2, 3), 'i')) @ numpy.zeros((3, 2))

    def test_sizes_with_constant(self):
        x = chainer.Variable(numpy.zeros((2, 3), 'f'))
        with self.assertRaises(ValueError):
            x @ x.data
        with self.assertRaises(ValueError):
            x @ 2

    def test_stacks_of_different_lengths(self):
        x = chainer.Variable(numpy.zeros((2, 3, 3), 'f'))
        y = chainer.Variable(numpy.zeros((4, 3, 3), 'f'))
        with self.assertRaises(ValueError):
            x @ y

    def test_unsupported_operand(self):
        x = chainer.Variable(numpy.zeros((2, 3), 'f'))
        with self.assertRaisesRegex(
                TypeError, '^a Variable can be combined with'):
            x @ 'text'
