import itertools
import operator
import pickle
import unittest

import numpy as np

from chainer import utils
from chainer.utils import type_check as T


def variable(value, name):
    return T.Variable(value, name)


class TestText(unittest.TestCase):
    """The text of an expression is the code that made it."""

    def setUp(self):
        self.names = {name: variable(2, name) for name in 'xyz'}
        self.names['f'] = variable(pow, 'f')
        self.names['a'] = variable(np.zeros((2, 3)), 'a')

    def check(self, text):
        expr = eval(text, {'__builtins__': {}}, self.names)
        self.assertIsInstance(expr, T.Expr)
        self.assertEqual(str(expr), text)
        self.assertEqual(repr(expr), text)

    def test_atoms(self):
        self.assertEqual(str(variable(1, 'x')), 'x')
        self.assertEqual(str(T.Constant(1)), '1')
        self.assertEqual(str(T.Constant('f')), 'f')

    def test_attributes_items_and_calls(self):
        for text in ('x.real', 'x.a.b', 'a[0]', 'a[0].shape[1]', 'a[x]',
                     'a[0, 1]', 'a[x, y]', 'a[1:2]', 'a[1:]', 'a[:2]', 'a[:]',
                     'a[::2]', 'a[1:2:3]', 'a[:, x]', 'a[x:y]', 'f(x, 2)',
                     'f(x, y)', 'f()', 'f(x)(y)[z].w', '(x + y).real',
                     '(x + y)[0]', '(-x)(y)', 'a[x + y]', 'f(x + y, z)',
                     'f((x, 1))', 'x == (y, 1)', 'x == (y.real, z[0])'):
            self.check(text)

    def test_operators(self):
        for symbol in ('+', '-', '*', '/', '//', '%', '@', '**', '<<', '>>',
                       '&', '^', '|', '==', '!=', '<', '<=', '>', '>='):
            self.check(f'x {symbol} y')
            self.check(f'x {symbol} 3')
        for symbol in '+', '-', '*', '/', '//', '%', '**', '&', '|':
            self.check(f'3 {symbol} x')
        for symbol in '-', '+', '~':
            self.check(f'{symbol}x')

    def test_left_associative(self):
        for symbol in ('+', '-', '*', '/', '//', '%', '@', '<<', '>>', '&',
                       '^', '|'):
            self.check(f'x {symbol} y {symbol} z')
            self.check(f'x {symbol} (y {symbol} z)')

    def test_right_associative(self):
        self.check('x ** y ** z')
        self.check('(x ** y) ** z')

    def test_comparisons_do_not_chain(self):
        self.check('(x == y) == z')
        self.check('x < (y < z)')

    def test_precedence(self):
        # From what binds loosely to what binds tightly.
        levels = (['==', '!=', '<', '<=', '>', '>='], ['|'], ['^'], ['&'],
                  ['<<', '>>'], ['+', '-'], ['*', '/', '//', '%', '@'], ['**'])
        for looser, tighter in itertools.combinations(levels, 2):
            for loose, tight in itertools.product(looser, tighter):
                self.check(f'x {loose} y {tight} z')
                self.check(f'x {tight} y {loose} z')
                self.check(f'(x {loose} y) {tight} z')
                self.check(f'x {tight} (y {loose} z)')

    def test_unary_operators(self):
        for text in ('-x * y', '-(x * y)', '--x', '-~x', '-x ** y',
                     '(-x) ** y', 'x ** (-y)', 'x - -y', '-x.real',
                     '(-x).real', '-x + y', '-(x + y)'):
            self.check(text)

    def test_reflected(self):
        x = variable(2, 'x')
        self.assertEqual(str(3 == x), 'x == 3')
        self.assertEqual(str(3 < x), 'x > 3')
        self.assertEqual(str(3 - x), '3 - x')


class TestEval(unittest.TestCase):

    def check(self, expected, expr):
        self.assertIsInstance(expr, T.Expr)
        self.assertEqual(expr.eval(), expected)

    def test_binary_operators(self):
        x, y = variable(7, 'x'), variable(2, 'y')
        for f in (operator.add, operator.sub, operator.mul, operator.truediv,
                  operator.floordiv, operator.mod, operator.pow,
                  operator.lshift, operator.rshift, operator.and_,
                  operator.xor, operator.or_, operator.eq, operator.ne,
                  operator.lt, operator.le, operator.gt, operator.ge):
            expected = f(7, 2)
            self.check(expected, f(x, y))
            self.check(expected, f(x, 2))
            self.check(expected, f(7, y))

    def test_matmul(self):
        a = np.arange(4).reshape(2, 2)
        expr = variable(a, 'a') @ variable(a, 'a')
        np.testing.assert_array_equal(expr.eval(), a @ a)

    def test_unary_operators(self):
        x = variable(7, 'x')
        self.check(-7, -x)
        self.check(7, +x)
        self.check(-8, ~x)

    def test_nested(self):
        x, y = variable(3, 'x'), variable(4, 'y')
        self.check(3 ** 2 + 4 ** 2, x ** 2 + y ** 2)
        self.check(True, (x + 1) * 2 == y * 2)

    def test_attributes_items_and_calls(self):
        info = variable(T.TypeInfo((2, 3, 4), np.dtype('f')), 'x')
        self.check('f', info.dtype.kind)
        self.check((2, 3, 4), info.shape)
        self.check(3, info.shape[1])
        self.check(4, info.shape[-1])
        self.check((3, 4), info.shape[1:])
        self.check(9, variable(np.sum, 'sum')(info.shape))
        self.check(3, info.shape[variable(1, 'i')])
        self.check((2, 3), info.shape[:variable(2, 'n')])
        self.check((2, 4), info.shape[::info.ndim - 1])
        self.check(8, variable(pow, 'pow')(info.shape[0], 3))

    def test_tuples_of_expressions(self):
        info = variable(T.TypeInfo((2, 3), np.dtype('f')), 'x')
        n = variable(2, 'n')
        self.check(True, info.shape == (n, 3))
        self.check(False, info.shape == (n, n))
        self.check(5, variable(sum, 'sum')((n, 3)))

    def test_lazy(self):
        expr = variable((), 'shape')[3]
        with self.assertRaises(IndexError):
            expr.eval()

    def test_example_of_the_specification(self):
        x, y = variable(1, 'x'), variable(1, 'y')
        c = (x == y)
        self.assertIs(c.eval(), True)
        self.assertEqual(str(c), 'x == y')
        self.assertIs((x == 1).eval(), True)

    def test_constant(self):
        self.check(3, T.Constant(3))

    def test_base_class(self):
        for function in T.Expr.eval, str:
            with self.assertRaisesRegex(NotImplementedError, 'Expr must'):
                function(T.Expr(0))


class TestNotSupported(unittest.TestCase):

    text = ("Don't convert Expr to bool. Please call Expr.eval method to "
            "evaluate expression.")

    def setUp(self):
        self.x = variable(1, 'x')

    def test_bool(self):
        x = self.x
        for function in (lambda: bool(x), lambda: x == 1 and x == 2,
                         lambda: x == 1 or x == 2, lambda: not x,
                         lambda: 0 < x < 2, lambda: 1 if x else 2):
            with self.assertRaises(RuntimeError) as cm:
                function()
            self.assertEqual(str(cm.exception), self.text)

    def test_iteration(self):
        shape = variable((1, 2), 'shape')
        for function in iter, list, sum, tuple:
            with self.assertRaisesRegex(TypeError, 'expression shape'):
                function(shape)
        with self.assertRaises(TypeError):
            operator.contains(shape, 1)

    def test_protocols_are_not_attributes(self):
        for name in '__len__', '__array__', '__float__', '__index__':
            self.assertFalse(hasattr(self.x, name))

    def test_hash_is_identity(self):
        self.assertEqual({self.x: 1}[self.x], 1)
        self.assertNotEqual(hash(self.x), hash(variable(1, 'x')))


class TestTypeInfo(unittest.TestCase):

    def test_attributes(self):
        info = T.TypeInfo((2, 3), np.dtype('f'))
        self.assertEqual((info.shape, info.dtype, info.ndim, info.size),
                         ((2, 3), np.float32, 2, 6))
        self.assertEqual(T.TypeInfo((), np.dtype('f')).size, 1)
        self.assertEqual(T.TypeInfo((2, 0), np.dtype('f')).size, 0)

    def test_get_types(self):
        data = np.zeros((2, 3), 'f'), np.zeros(4, 'i')
        types = T.get_types(data, 'name', False)
        self.assertIsInstance(types, T.TypeInfoTuple)
        self.assertIsInstance(types, tuple)
        self.assertEqual(len(types), 2)
        self.assertEqual(str(types[1].shape[0] == 3), 'name[1].shape[0] == 3')
        self.assertEqual(types[0].shape.eval(), (2, 3))
        self.assertEqual(types[1].dtype.eval(), np.int32)
        self.assertIsInstance(types[0].eval(), T.TypeInfo)

    def test_size_is_an_expression(self):
        types = T.get_types((np.zeros(1),) * 3, 'name', False)
        self.assertIsInstance(types.size(), T.Expr)
        self.assertEqual(types.size().eval(), 3)
        self.assertEqual(str(types.size() == 2), 'name.size == 2')

    def test_none(self):
        types = T.get_types((np.zeros(2, 'f'), None), 'name', True)
        self.assertIsNone(types[1].dtype.eval())
        with self.assertRaisesRegex(TypeError, r'name\[0\] must be an array'):
            T.get_types((None,), 'name', False)


class TestExpect(unittest.TestCase):

    def setUp(self):
        self.x = T.get_types((np.zeros((2, 3), 'f'),), 'in_types', False)[0]

    def check(self, expr, expect, actual):
        with self.assertRaises(T.InvalidType) as cm:
            T.expect(expr)
        error = cm.exception
        self.assertEqual(str(error), f'Expect: {expect}\nActual: {actual}')
        self.assertEqual((error.expect, error.actual), (expect, actual))
        return error

    def test_nothing(self):
        T.expect()

    def test_true(self):
        T.expect(True, np.True_, self.x.ndim == 2, self.x.shape == (2, 3), 1)

    def test_comparisons(self):
        ndim = self.x.ndim
        for expr, actual in (
                (ndim == 3, '2 != 3'), (ndim != 2, '2 == 2'),
                (ndim < 2, '2 >= 2'), (ndim <= 1, '2 > 1'),
                (ndim > 2, '2 <= 2'), (ndim >= 3, '2 < 3')):
            self.check(expr, str(expr), actual)

    def test_both_sides_are_shown_as_values(self):
        n = variable(5, 'n')
        self.check(self.x.shape[1] + 1 == n, 'in_types[0].shape[1] + 1 == n',
                   '4 != 5')

    def test_first_that_does_not_hold(self):
        with self.assertRaises(T.InvalidType) as cm:
            T.expect(self.x.ndim == 2, self.x.shape[0] == 5,
                     self.x.shape[7] == 1)
        self.assertEqual(cm.exception.actual, '2 != 5')

    def test_plain_booleans(self):
        for value in False, np.False_, 0:
            with self.assertRaisesRegex(T.InvalidType, repr(value)):
                T.expect(True, value)

    def test_expression_that_is_no_comparison(self):
        T.expect(self.x.ndim)
        self.check(self.x.ndim - 2, 'in_types[0].ndim - 2', '0')


class TestInvalidType(unittest.TestCase):

    def test_message(self):
        error = T.InvalidType('this', 'that')
        self.assertEqual(str(error), 'Expect: this\nActual: that')
        self.assertEqual((error.expect, error.actual, error.remedy),
                         ('this', 'that', None))
        self.assertEqual(str(T.InvalidType('this', 'that', 'text')), 'text')

    def test_pickle(self):
        # It crosses the border of a process with its message.
        error = pickle.loads(pickle.dumps(
            T.InvalidType('this', 'that', 'text', 'remedy')))
        self.assertIs(type(error), T.InvalidType)
        self.assertEqual((str(error), error.expect, error.actual,
                          error.remedy), ('text', 'this', 'that', 'remedy'))


class TestRemedy(unittest.TestCase):

    def remedy(self, make, dtype):
        x = T.get_types((np.zeros(2, dtype),) * 2, 'in_types', False)
        with self.assertRaises(T.InvalidType) as cm:
            T.expect(make(*x))
        return cm.exception.remedy

    def test_dtype(self):
        for dtype in np.float64, np.dtype('d'), 'd':
            self.assertEqual(
                self.remedy(lambda x, y, d=dtype: y.dtype == d, 'f'),
                'in_types[1] is float32, expected float64: cast it with '
                '.astype(numpy.float64)')

    def test_kind(self):
        for kind, name in ('f', 'float32'), ('i', 'int32'), ('b', 'bool_'):
            self.assertEqual(
                self.remedy(lambda x, y, k=kind: x.dtype.kind == k, 'u1'),
                f'in_types[0] is uint8, expected {name}: cast it with '
                f'.astype(numpy.{name})')
            self.assertTrue(hasattr(np, name))

    def test_none(self):
        for make in (lambda x, y: x.ndim == 2, lambda x, y: x.dtype != y.dtype,
                     lambda x, y: x.shape[0] == 3,
                     lambda x, y: x.dtype.kind == 'O',
                     lambda x, y: x.dtype.itemsize == 8):
            self.assertIsNone(self.remedy(make, 'f'))


class TestValue(unittest.TestCase):

    def test_plain_values_are_left(self):
        for x in 1, 'x', None, (1, 2), slice(1, None, 2):
            self.assertEqual(T.value(x), x)

    def test_expressions(self):
        x = variable(3, 'x')
        self.assertEqual(T.value(x + 1), 4)
        self.assertEqual(T.value((x, 1, (x,))), (3, 1, (3,)))
        self.assertEqual(T.value(slice(x, None, x - 1)), slice(3, None, 2))


class TestProd(unittest.TestCase):

    def test_plain(self):
        self.assertEqual(T.prod((2, 3, 4)), 24)
        self.assertEqual(T.prod(()), 1)
        self.assertEqual(T.prod((2, 0)), 0)

    def test_expression(self):
        shape = variable(T.TypeInfo((2, 3, 4), None), 'x').shape
        self.assertEqual(T.prod(shape[1:]).eval(), 12)
        self.assertEqual(str(T.prod(shape[1:])), 'prod(x.shape[1:])')


class TestPlainTypes(unittest.TestCase):
    """The same conditions hold for plain values and for expressions."""

    def test_size(self):
        types = T.PlainTypes((np.zeros(2), np.zeros(3)))
        self.assertIsInstance(types, T.TypeInfoTuple)
        self.assertEqual(types.size(), 2)

    def test_agreement(self):
        arrays = (np.zeros((2, 3), 'f'), np.zeros((3, 4), 'f'),
                  np.zeros(3, 'i'))
        plain = T.PlainTypes(arrays)
        lazy = T.get_types(arrays, 'in_types', False)
        for condition in (
                lambda x, y, z: x.shape[1] == y.shape[0],
                lambda x, y, z: x.shape[0] == y.shape[0],
                lambda x, y, z: x.dtype == y.dtype,
                lambda x, y, z: x.dtype == z.dtype,
                lambda x, y, z: z.dtype.kind == 'i',
                lambda x, y, z: T.prod(x.shape) == T.prod(y.shape[:1]) * 2,
                lambda x, y, z: x.ndim == z.ndim + 1,
                lambda x, y, z: x.size == 6,
                lambda x, y, z: x.shape[0] == T.Variable(2, 'n'),
                lambda x, y, z: T.Variable(sum, 'sum')(x.shape) == 5):
            results = [bool(T.value(condition(*types)))
                       for types in (plain, lazy)]
            self.assertEqual(results[0], results[1])


class TestImport(unittest.TestCase):

    def test_from_utils(self):
        self.assertIs(utils.type_check, T)
