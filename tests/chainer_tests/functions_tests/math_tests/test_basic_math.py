import operator
import unittest

import numpy

import chainer
import chainer.functions as F
from chainer import basic_math, gradient_check, testing
from chainer.utils import type_check

_float_types = [numpy.float16, numpy.float32, numpy.float64]
_operators = [operator.add, operator.sub, operator.mul, operator.truediv,
              operator.pow]


def _tolerance(dtype):
    if dtype == numpy.float16:
        return {'atol': 1e-2, 'rtol': 1e-2}
    return {'atol': 1e-5, 'rtol': 1e-4}


@testing.parameterize(*testing.product({
    'operator': _operators,
    'shape': [(3, 2), (), (0, 2)],
    'dtype': _float_types,
}))
class TestBinaryOperators(unittest.TestCase):

    def setUp(self):
        random = numpy.random.RandomState(0)
        self.x, self.y = [
            numpy.asarray(random.uniform(0.5, 2, self.shape), self.dtype)
            for _ in range(2)]
        gz = random.uniform(-1, 1, self.shape)
        self.gz = numpy.asarray(gz, self.dtype)
        self.tolerance = _tolerance(self.dtype)

    def check_forward(self, x, y):
        z = self.operator(x, y)
        self.assertIsInstance(z, chainer.Variable)
        self.assertIsInstance(z.data, numpy.ndarray)
        self.assertEqual(z.dtype, self.dtype)
        expected = numpy.empty(self.shape)
        for i in numpy.ndindex(self.shape):
            expected[i] = self.operator(float(self.x[i]), float(self.y[i]))
        self.assertEqual(z.shape, self.shape)
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
        self.check_backward(self.operator, (self.x, self.y))

    def test_backward_constant_rhs(self):
        self.check_backward(lambda x: self.operator(x, self.y), self.x)

    def test_backward_constant_lhs(self):
        self.check_backward(lambda y: self.operator(self.x, y), self.y)

    def test_backward_number_rhs(self):
        for number in 0, 1, 2, 3, -1, 0.5, 1.7:
            if (self.operator, number) != (operator.truediv, 0):
                self.check_backward(
                    lambda x, c=number: self.operator(x, c), self.x)

    def test_backward_number_lhs(self):
        for number in 1, 2, 0.5:
            self.check_backward(
                lambda y, c=number: self.operator(c, y), self.y)


_constants = [
    2, 2., True, numpy.float64(2), numpy.float32(2), numpy.float16(2),
    numpy.int64(2), numpy.int8(2), numpy.uint8(2), numpy.bool_(True),
    numpy.array(2.), numpy.array(2), numpy.array(2, 'u1'),
    numpy.array([2.]), numpy.array([[2.], [3.]]), numpy.array([1, 2, 3]),
    numpy.array([1, 2, 3], 'u1'), numpy.array([True, False, True]),
]


@testing.parameterize(*testing.product({
    'operator': _operators,
    'shape': [(2, 3), (2, 1), ()],
    'dtype': _float_types,
}))
class TestConstantTakesTypeOfVariable(unittest.TestCase):

    def setUp(self):
        self.x = chainer.Variable(numpy.full(self.shape, 1.5, self.dtype))

    def check(self, y, expected):
        self.assertIsInstance(y, chainer.Variable)
        self.assertEqual(y.dtype, self.dtype)
        self.assertEqual(y.shape, self.shape)
        with numpy.errstate(divide='ignore'):
            y.grad = numpy.ones_like(y.data)
            y.backward()
        testing.assert_allclose(y.data, expected, atol=0, rtol=1e-3)

    def test_constants(self):
        for constant in _constants:
            double = numpy.asarray(constant, numpy.float64)
            if numpy.broadcast_shapes(
                    double.shape, self.shape) != self.shape:
                continue
            x = self.x.data.astype(numpy.float64)
            with numpy.errstate(divide='ignore'):
                self.check(self.operator(self.x, constant),
                           self.operator(x, double))
                self.check(self.operator(constant, self.x),
                           self.operator(double, x))


@testing.parameterize(*testing.product({
    'operator': [operator.add, operator.sub],
    'dtype': [numpy.int8, numpy.int32, numpy.int64, numpy.uint8],
}))
class TestInt(unittest.TestCase):

    def setUp(self):
        self.x = chainer.Variable(numpy.array([3, 4], self.dtype))

    def test_variables(self):
        y = chainer.Variable(numpy.array([1, 2], self.dtype))
        z = self.operator(self.x, y)
        self.assertEqual(z.dtype, self.dtype)
        self.assertEqual(z.data.tolist(),
                         [self.operator(3, 1), self.operator(4, 2)])

    def test_constants(self):
        for constant in (2, 2., numpy.float64(2), numpy.int64(2),
                         numpy.array([2, 2]), numpy.array([2., 2.])):
            y = self.operator(self.x, constant)
            self.assertEqual(y.dtype, self.dtype)
            self.assertEqual(y.data.tolist(),
                             [self.operator(3, 2), self.operator(4, 2)])

    def test_constant_that_does_not_fit(self):
        for constant in 0.5, numpy.float32(0.5), numpy.array([1, 0.5]):
            with self.assertRaisesRegex(
                    TypeError, f'the variable is {self.x.dtype}, which cannot '
                    f'hold the constant'):
                self.operator(self.x, constant)


class TestIntOnly(unittest.TestCase):

    def setUp(self):
        self.x = chainer.Variable(numpy.array([3, 4], 'i'))

    def test_product_and_power_with_constant(self):
        for y, expected in ((self.x * 2, [6, 8]), (2. * self.x, [6, 8]),
                            (self.x ** 2, [9, 16]), (self.x ** 4, [81, 256])):
            self.assertEqual(y.dtype, numpy.int32)
            self.assertEqual(y.data.tolist(), expected)

    def test_fractions_are_refused(self):
        with self.assertRaises(TypeError):
            self.x * 0.5
        with self.assertRaises(TypeError):
            self.x ** 0.5

    def test_needs_floats(self):
        x = self.x
        for func in (lambda: x * x, lambda: x / x, lambda: x ** x,
                     lambda: x / 2, lambda: 2 / x, lambda: 2 ** x,
                     lambda: abs(x)):
            with self.assertRaisesRegex(
                    type_check.InvalidType,
                    r'^Expect: in_types\[0\]\.dtype\.kind == f\n'
                    r'Actual: i != f'):
                func()


class TestUnsignedConstant(unittest.TestCase):

    # The negative of an unsigned number is not what it seems.
    def test_subtraction(self):
        x = chainer.Variable(numpy.array([10, 20], 'f'))
        y = x - numpy.array([1, 2], numpy.uint8)
        self.assertEqual(y.data.tolist(), [9, 18])
        self.assertEqual((x - numpy.uint8(1)).data.tolist(), [9, 19])


class TestDivision(unittest.TestCase):

    def test_by_int(self):
        x = chainer.Variable(numpy.array([1, 2], 'f'))
        y = x / 3
        y.grad = numpy.array([1, 2], 'f')
        y.backward()
        numpy.testing.assert_array_equal(y.data, x.data / numpy.float32(3))
        numpy.testing.assert_array_equal(x.grad, y.data)

    def test_gradient_does_not_overflow(self):
        x = chainer.Variable(numpy.array(300, numpy.float16))
        y = 1000 / x
        y.backward()
        testing.assert_allclose(x.grad, -1000. / 300 ** 2, rtol=1e-2)

    def test_floor_division(self):
        x = chainer.Variable(numpy.array([1, 2], 'f'))
        with self.assertRaises(TypeError):
            x // 2


class TestPower(unittest.TestCase):

    def grad(self, func, *x_data):
        xs = [chainer.Variable(numpy.array(x, 'f')) for x in x_data]
        y = func(*xs)
        y.grad = numpy.ones_like(y.data)
        y.backward()
        return [x.grad.tolist() for x in xs]

    def test_zero_to_constant(self):
        for p, expected in (0, 0), (1, 1), (2, 0), (3, 0), (4, 0), (2.5, 0):
            self.assertEqual(
                self.grad(lambda x, p=p: x ** p, [0, 0]), [[expected] * 2])

    def test_zero_to_constant_array(self):
        p = numpy.array([0, 1, 2, 3.5])
        self.assertEqual(
            self.grad(lambda x: x ** p, [0, 0, 0, 0]), [[0, 1, 0, 0]])

    def test_zero_to_variable(self):
        self.assertEqual(
            self.grad(lambda x, p: x ** p, [0, 0, 0], [0, 1, 2]),
            [[0, 1, 0], [0, 0, 0]])

    def test_constant_zero_to_variable(self):
        self.assertEqual(self.grad(lambda p: 0 ** p, [1, 2]), [[0, 0]])
        self.assertEqual(
            self.grad(lambda p: numpy.zeros(2) ** p, [1, 2]), [[0, 0]])

    def test_negative_base(self):
        x = numpy.array([-2., -0.5])
        for p in -2, -1, 0, 1, 2, 3, 4:
            y = chainer.Variable(x) ** p
            testing.assert_allclose(y.data, [v ** p for v in x.tolist()])
            gradient_check.check_backward(
                lambda x, p=p: x ** p, x, numpy.ones(2), eps=1e-5)

    def test_output_is_a_copy(self):
        x = chainer.Variable(numpy.ones(2, 'f'))
        self.assertFalse(numpy.shares_memory(x.data, (x ** 1).data))


class TestVariableAndArray(unittest.TestCase):

    def test_array_on_the_left(self):
        x = chainer.Variable(numpy.array([1, 2], 'f'))
        for y in numpy.array([3, 4], 'f') * x, numpy.array([3, 4]) * x:
            self.assertIsInstance(y, chainer.Variable)
            self.assertEqual(y.data.tolist(), [3, 8])

    def test_array_of_subclass(self):
        class Array(numpy.ndarray):
            pass

        x = chainer.Variable(numpy.array([1, 2], 'f'))
        constant = numpy.array([3, 4]).view(Array)
        for y in constant * x, x * constant:
            self.assertEqual(y.dtype, numpy.float32)
            self.assertEqual(y.data.tolist(), [3, 8])

    def test_assignment_to_variable(self):
        x = chainer.Variable(numpy.array([1, 2], 'f'))
        y = x
        y += 1
        self.assertEqual(x.data.tolist(), [1, 2])
        self.assertEqual(y.data.tolist(), [2, 3])

    def test_assignment_to_array(self):
        array = numpy.zeros(2, 'f')
        with self.assertRaises(TypeError):
            array += chainer.Variable(numpy.array([1, 2], 'f'))
        self.assertEqual(array.tolist(), [0, 0])

    def test_non_contiguous(self):
        random = numpy.random.RandomState(0)
        x, y = random.randn(4, 6)[::2, ::-2], random.randn(3, 2).T
        for func in _operators[:4]:
            gradient_check.check_backward(
                func, (x, y), random.randn(3, 2).T, eps=1e-5)


class TestSubclass(unittest.TestCase):

    def test_reflected_operator(self):
        class Named(chainer.Variable):
            def __rsub__(self, other):
                return super().__rsub__(other)

        x = chainer.Variable(numpy.array(5, 'f'))
        y = Named(numpy.array(3, 'f'))
        self.assertEqual((x - y).data, 2)
        self.assertEqual((y - x).data, -2)


class TestZeroDimensions(unittest.TestCase):

    def test_used_twice(self):
        x = chainer.Variable(numpy.array(3, 'f'))
        y = x * x + x / 2 + x
        y.backward()
        self.assertIsInstance(x.grad, numpy.ndarray)
        self.assertEqual(x.grad, 2 * 3 + 0.5 + 1)

    def test_polynomial(self):
        x = chainer.Variable(numpy.array(5, 'f'))
        y = x ** 2 - 2 * x + 1
        y.backward()
        self.assertEqual((y.data, x.grad), (16, 8))


class TestBinaryOperatorErrors(unittest.TestCase):

    def setUp(self):
        self.x = chainer.Variable(numpy.ones((2, 3), 'f'))

    def check_type_error(self, y, message):
        for func in _operators:
            with self.assertRaisesRegex(type_check.InvalidType, message):
                func(self.x, chainer.Variable(y))

    def test_shapes(self):
        message = (r'^Expect: in_types\[0\]\.shape == in_types\[1\]\.shape\n'
                   r'Actual: \(2, 3\) != ')
        for shape in (3, 2), (3,), (1, 3), ():
            self.check_type_error(numpy.ones(shape, 'f'), message)

    def test_types(self):
        self.check_type_error(
            numpy.ones((2, 3), 'd'),
            r'^Expect: in_types\[0\]\.dtype == in_types\[1\]\.dtype\n'
            r'Actual: float32 != float64')

    def test_operands_are_named(self):
        self.check_type_error(
            numpy.ones((3, 2), 'f'),
            r'in_types\[1\] is rhs: float32 of shape \(3, 2\)')

    def test_constant_of_wrong_shape(self):
        for shape in (3, 2), (4,), (1, 2, 3), (5, 2, 3):
            for func in _operators:
                for args in ((self.x, numpy.ones(shape)),
                             (numpy.ones(shape), self.x)):
                    with self.assertRaisesRegex(
                            ValueError, 'cannot be broadcast to the shape'):
                        func(*args)

    def test_unsupported_operands(self):
        for other in ('x', None, [1, 2, 3], (1,), {}, 1j, object(),
                      numpy.str_('x'), numpy.complex64(1j),
                      numpy.array(['x']), numpy.array([None])):
            for func in _operators:
                with self.assertRaisesRegex(
                        TypeError, '^a Variable can be combined with'):
                    func(self.x, other)
                if not isinstance(other, (list, tuple, str)):
                    with self.assertRaisesRegex(
                            TypeError, '^a Variable can be combined with'):
                        func(other, self.x)


class TestLabels(unittest.TestCase):

    def test_labels(self):
        x = chainer.Variable(numpy.ones(2, 'f'))
        c = numpy.ones(2)
        for y, label in (
                (x + x, '_ + _'), (x + 2, '_ + 2'), (2 + x, '_ + 2'),
                (x + c, '_ + constant array'), (c / x, 'constant array / _'),
                (x - x, '_ - _'), (x - 2, '_ - 2'), (2 - x, '2 - _'),
                (x * x, '_ * _'), (x * 2.5, '_ * 2.5'), (2 * x, '_ * 2'),
                (x / x, '_ / _'), (x / 2, '_ / 2'), (2 / x, '2 / _'),
                (x ** x, '_ ** _'), (x ** 2, '_ ** 2'), (2 ** x, '2 ** _'),
                (-x, '__neg__'), (abs(x), '|_|')):
            self.assertEqual(y.creator.label, label)


@testing.parameterize(*testing.product({
    'shape': [(3, 2), (), (0, 2)],
    'dtype': _float_types,
}))
class TestUnaryOperators(unittest.TestCase):

    def setUp(self):
        random = numpy.random.RandomState(0)
        # Finite differences make no sense across the kink of |x| at 0.
        sign = random.choice([-1, 1], self.shape)
        x = sign * random.uniform(0.5, 1, self.shape)
        self.x = numpy.asarray(x, self.dtype)
        gy = random.uniform(-1, 1, self.shape)
        self.gy = numpy.asarray(gy, self.dtype)

    def check(self, func):
        y = func(chainer.Variable(self.x))
        self.assertEqual(y.dtype, self.dtype)
        expected = self.x.copy()
        for i in numpy.ndindex(self.shape):
            expected[i] = func(float(self.x[i]))
        numpy.testing.assert_array_equal(y.data, expected)
        gradient_check.check_backward(
            func, self.x, self.gy, dtype=numpy.float64)

    def test_neg(self):
        self.check(operator.neg)

    def test_abs(self):
        self.check(abs)


class TestAbs(unittest.TestCase):

    def test_function(self):
        y = F.abs(chainer.Variable(numpy.array([-1, 2], 'f')))
        self.assertEqual(y.data.tolist(), [1, 2])

    def test_gradient_at_zero(self):
        x = chainer.Variable(numpy.zeros(2, 'f'))
        F.sum(abs(x)).backward()
        self.assertEqual(x.grad.tolist(), [0, 0])


class TestOldModulePath(unittest.TestCase):

    def test_functions(self):
        x = numpy.array([1, 2], 'f')
        self.assertEqual(basic_math.Add()(x, x).data.tolist(), [2, 4])
        self.assertEqual(basic_math.PowVarConst(2)(x).data.tolist(), [1, 4])
