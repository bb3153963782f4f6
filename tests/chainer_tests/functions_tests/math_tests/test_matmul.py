import operator
import unittest

import numpy

import chainer
import chainer.functions as F
from chainer import cuda, gradient_check, testing
from chainer.testing import attr
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
class TestOperator(unittest.TestCase):

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


class TestOperatorDetails(unittest.TestCase):

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


class TestOperatorErrors(unittest.TestCase):

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

    def test_stacks_of_different_lengths(self):
        self.check_type_error(
            numpy.zeros((2, 3, 3), 'f'), numpy.zeros((4, 3, 3), 'f'),
            r'^Expect: lhs\.shape\[:-2\] and rhs\.shape\[:-2\] can be '
            r'broadcast against each other\nActual: \(2,\) and \(4,\)')

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

    def check_sizes_with_constant(self, xp):
        for x_shape, y_shape in (
                ((2, 3), (2, 3)), ((2, 3), (2,)), ((3,), (4, 2)),
                ((2, 3, 3), (4, 3, 3))):
            x, y = xp.zeros(x_shape, 'f'), xp.zeros(y_shape, 'f')
            for a, b, label in (
                    (chainer.Variable(x), y, '_ @ constant array'),
                    (x, chainer.Variable(y), 'constant array @ _')):
                with self.assertRaises(ValueError) as context:
                    operator.matmul(a, b)
                self.assertEqual(
                    str(context.exception),
                    f'{label}: there is no product of arrays of the shapes '
                    f'{x_shape} and {y_shape}')

    def check_number_as_constant(self, xp):
        array = xp.zeros((2, 3), 'f')
        x = chainer.Variable(array)
        number = chainer.Variable(xp.zeros((), 'f'))
        for a, b, label in (
                (x, 2, '_ @ 2'), (2, x, '2 @ _'), (number, 2., '_ @ 2.0'),
                (x, numpy.float32(2), '_ @ 2.0'), (x, number.data, '_ @ 0.0'),
                (number, array, '_ @ constant array'),
                (array, number, 'constant array @ _')):
            with self.assertRaisesRegex(
                    ValueError, rf'^{label}: .*, not numbers: use \*$'):
                operator.matmul(a, b)

    def test_sizes_with_constant_cpu(self):
        self.check_sizes_with_constant(numpy)

    @attr.gpu
    def test_sizes_with_constant_gpu(self):
        self.check_sizes_with_constant(cuda.cupy)

    def test_number_as_constant_cpu(self):
        self.check_number_as_constant(numpy)

    @attr.gpu
    def test_number_as_constant_gpu(self):
        self.check_number_as_constant(cuda.cupy)

    def test_unsupported_operand(self):
        x = chainer.Variable(numpy.zeros((2, 3), 'f'))
        with self.assertRaisesRegex(
                TypeError, '^a Variable can be combined with'):
            x @ 'text'


@testing.parameterize(*testing.product_dict([
    {'a': (2, 3), 'b': (3, 4), 'out': (2, 4)},
    {'a': (2, 3), 'b': (3,), 'out': (2, 1)},
    {'a': (3,), 'b': (1, 4), 'out': (3, 4)},
    {'a': (3,), 'b': (1,), 'out': (3, 1)},
    {'a': (2, 0), 'b': (0, 4), 'out': (2, 4)},
    {'a': (0, 3), 'b': (3, 4), 'out': (0, 4)},
    {'a': (3, 2), 'b': (3, 4), 'out': (2, 4), 'transa': True},
    {'a': (3,), 'b': (3, 4), 'out': (1, 4), 'transa': True},
    {'a': (3,), 'b': (3,), 'out': (1, 1), 'transa': True},
    {'a': (2, 3), 'b': (4, 3), 'out': (2, 4), 'transb': True},
    {'a': (2, 1), 'b': (4,), 'out': (2, 4), 'transb': True},
    {'a': (3,), 'b': (4,), 'out': (3, 4), 'transb': True},
    {'a': (3, 2), 'b': (4, 3), 'out': (2, 4), 'transa': True, 'transb': True},
    {'a': (1,), 'b': (4,), 'out': (1, 4), 'transa': True, 'transb': True},
], [
    {'batch': ()},
    {'batch': (5,)},
    {'batch': (0,)},
], [
    {'dtype': numpy.float16},
    {'dtype': numpy.float32},
    {'dtype': numpy.float64},
]))
class TestMatMul(unittest.TestCase):

    transa = transb = False

    def setUp(self):
        random = numpy.random.RandomState(0)
        self.x, self.y, self.gz = [
            random.uniform(-1, 1, self.batch + shape).astype(self.dtype)
            for shape in (self.a, self.b, self.out)]
        self.tolerance = {'atol': 1e-5, 'rtol': 1e-4}
        if self.dtype == numpy.float16:
            self.tolerance = {'atol': 5e-3, 'rtol': 5e-3}

    def func(self, x, y):
        func = F.batch_matmul if self.batch else F.matmul
        return func(x, y, transa=self.transa, transb=self.transb)

    def product(self, a, b):
        """Multiplies matrices, where a vector is a column."""
        a, b = [x if x.ndim == 2 else numpy.array([x]).T for x in (a, b)]
        rows = a.T if self.transa else a
        columns = b if self.transb else b.T
        return [[sum(float(p) * float(q) for p, q in zip(row, column))
                 for column in columns] for row in rows]

    def test_forward(self):
        z = self.func(chainer.Variable(self.x), chainer.Variable(self.y))
        self.assertEqual(z.dtype, self.dtype)
        self.assertEqual(z.shape, self.batch + self.out)
        for i in numpy.ndindex(self.batch):
            expected = numpy.array(self.product(self.x[i], self.y[i]), float)
            testing.assert_allclose(
                z.data[i], expected.reshape(self.out), **self.tolerance)

    def test_backward(self):
        gradient_check.check_backward(
            self.func, (self.x, self.y), self.gz, dtype=numpy.float64,
            **self.tolerance)


class TestMatMulDetails(unittest.TestCase):

    def test_nothing_is_transposed_by_default(self):
        a = numpy.array([[[1, 2], [3, 4]]], 'f')
        for func in F.matmul, F.MatMul():
            self.assertEqual(func(a[0], a[0]).data.tolist(),
                             [[7, 10], [15, 22]])
        for func in F.batch_matmul, F.BatchMatMul():
            self.assertEqual(func(a, a).data.tolist(), [[[7, 10], [15, 22]]])

    def test_non_contiguous(self):
        random = numpy.random.RandomState(0)
        for transa, transb in (False, False), (True, False), (False, True):
            gradient_check.check_backward(
                lambda x, y, transa=transa, transb=transb: F.batch_matmul(
                    x, y, transa, transb),
                (random.randn(4, 4, 6).T[::2, ::2, ::-2],
                 random.randn(2, 2, 3).T), random.randn(2, 2, 3).T)

    def test_arguments_are_left_alone(self):
        a, b = [chainer.Variable(numpy.ones((2, 2), 'f')) for _ in range(2)]
        y = F.matmul(a, b, transb=True)
        y.grad = numpy.ones((2, 2), 'f')
        y.backward()
        for v in a, b, y:
            self.assertEqual(len(set(v.data.flat)), 1)
        self.assertEqual(
            (a.data[0, 0], b.data[0, 0], y.data[0, 0]), (1, 1, 2))

    def test_long_sum_of_half_precision(self):
        x = numpy.ones(5000, numpy.float16)
        self.assertEqual(F.matmul(x, x, transa=True).data.tolist(), [[5000]])


class TestMatMulErrors(unittest.TestCase):

    def check(self, func, a, b, message, **transpose):
        with self.assertRaisesRegex(type_check.InvalidType, message):
            func(numpy.zeros(a, 'f'), numpy.zeros(b, 'f'), **transpose)

    def check_sizes(self, func, a, b, a_axis, b_axis, actual, **transpose):
        self.check(func, a, b,
                   rf'^Expect: in_types\[0\]\.shape\[{a_axis}\] == '
                   rf'in_types\[1\]\.shape\[{b_axis}\]\nActual: {actual}',
                   **transpose)

    def test_sizes(self):
        check = self.check_sizes
        check(F.matmul, (2, 3), (4, 5), 1, 0, '3 != 4')
        check(F.matmul, (2, 3), (4, 5), 0, 0, '2 != 4', transa=True)
        check(F.matmul, (2, 3), (4, 5), 1, 1, '3 != 5', transb=True)
        check(F.matmul, (2, 3), (2,), 1, 0, '3 != 2')

    def test_sizes_in_batches(self):
        check = self.check_sizes
        check(F.batch_matmul, (9, 2, 3), (9, 4, 5), 2, 1, '3 != 4')
        check(F.batch_matmul, (9, 2, 3), (9, 4, 5), 1, 1, '2 != 4',
              transa=True)
        check(F.batch_matmul, (9, 2, 3), (9, 4, 5), 2, 2, '3 != 5',
              transb=True)

    def test_sizes_of_columns(self):
        self.check(F.matmul, 2, 3, r'^Expect: width of a column == '
                   r'in_types\[1\]\.shape\[0\]\nActual: 1 != 3')
        self.check(F.matmul, (2, 3), 3, r'^Expect: in_types\[0\]\.shape\[1\]'
                   r' == width of a column\nActual: 3 != 1', transb=True)

    def test_batch_sizes(self):
        self.check(
            F.batch_matmul, (1, 2, 3), (4, 3, 2),
            r'^Expect: in_types\[0\]\.shape\[0\] == '
            r'in_types\[1\]\.shape\[0\]\nActual: 1 != 4'
            r'(.|\n)*in_types\[0\] is a: float32')

    def test_dimensions(self):
        for func, fewest in (F.matmul, 1), (F.batch_matmul, 2):
            shapes = [(2,) * ndim for ndim in range(fewest - 1, fewest + 3)]
            too_few, _, right, too_many = shapes
            for i in 0, 1:
                for wrong, message in (
                        (too_few, rf'ndim >= {fewest}\nActual: '),
                        (too_many, rf'ndim <= {fewest + 1}\nActual: ')):
                    args = (wrong, right) if i == 0 else (right, wrong)
                    self.check(
                        func, *args,
                        rf'^Expect: in_types\[{i}\]\.{message}{len(wrong)} ')

    def test_types(self):
        a = numpy.zeros((2, 2), 'f')
        for func in F.matmul, F.batch_matmul:
            with self.assertRaisesRegex(
                    type_check.InvalidType, r'^Expect: in_types\[0\]\.dtype =='
                    r' in_types\[1\]\.dtype\nActual: float32 != float64'):
                func(a, a.astype('d'))
            with self.assertRaisesRegex(
                    type_check.InvalidType, r'^Expect: in_types\[0\]\.dtype\.'
                    r'kind == f\nActual: i != f'):
                func(a.astype('i'), a.astype('i'))
