"""The code of the tutorial's chapter "Type check"."""
import unittest

import numpy as np

from chainer import Function, Variable, utils


def check(check_type_forward, *inputs):
    """Calls a function whose ``check_type_forward`` is the given one."""
    class Checked(Function):

        in_size = 4

        def forward(self, inputs):
            return inputs[0],

    Checked.check_type_forward = check_type_forward
    Checked()(*[Variable(x) for x in inputs])


def zeros(*shape, dtype=np.float32):
    return np.zeros(shape, dtype)


class TypeCheckTestCase(unittest.TestCase):

    def check_message(self, expect, actual, check_type_forward, *inputs):
        with self.assertRaises(utils.type_check.InvalidType) as raised:
            check(check_type_forward, *inputs)
        # More may follow.
        self.assertEqual(str(raised.exception).splitlines()[:2],
                         [f'Expect: {expect}', f'Actual: {actual}'])


class TestBasicUsage(TypeCheckTestCase):

    def test_ndim(self):
        def check_type_forward(self, in_types):
            x_type, y_type = in_types

            utils.type_check.expect(x_type.ndim == 2)

        check(check_type_forward, zeros(2, 3), zeros(1))
        self.check_message('in_types[0].ndim == 2', '3 != 2',
                           check_type_forward, zeros(2, 3, 4), zeros(1))


class TestTypeInformation(TypeCheckTestCase):

    def test_size_of_first_dimension(self):
        def check_type_forward(self, in_types):
            x_type, = in_types
            utils.type_check.expect(x_type.shape[0] > 0)

        check(check_type_forward, zeros(1, 3))
        self.check_message('in_types[0].shape[0] > 0', '0 <= 0',
                           check_type_forward, zeros(0, 3))

    def test_dtype(self):
        def check_type_forward(self, in_types):
            x_type, = in_types
            utils.type_check.expect(x_type.dtype == np.float64)

        check(check_type_forward, zeros(3, dtype=np.float64))
        self.check_message(
            "in_types[0].dtype == <class 'numpy.float64'>",
            "float32 != <class 'numpy.float64'>",
            check_type_forward, zeros(3))

    def test_kind(self):
        def check_type_forward(self, in_types):
            x_type, = in_types
            utils.type_check.expect(x_type.dtype.kind == 'f')

        check(check_type_forward, zeros(3, dtype=np.float16))
        self.check_message("in_types[0].dtype.kind == f", 'i != f',
                           check_type_forward, zeros(3, dtype=np.int32))

    def test_two_arguments(self):
        def check_type_forward(self, in_types):
            x_type, y_type = in_types
            utils.type_check.expect(x_type.shape[1] == y_type.shape[1])

        check(check_type_forward, zeros(2, 3), zeros(5, 3))
        self.check_message(
            'in_types[0].shape[1] == in_types[1].shape[1]', '3 != 4',
            check_type_forward, zeros(2, 3), zeros(5, 4))


class TestInternalMechanism(unittest.TestCase):

    def test_expressions(self):
        in_types = utils.type_check.get_types(
            (zeros(2, 3),), 'in_types', False)
        x_type = in_types[0]
        self.assertIsInstance(x_type, utils.type_check.Expr)
        self.assertIsInstance(x_type.ndim, utils.type_check.Expr)
        condition = x_type.ndim == 2
        self.assertIsInstance(condition, utils.type_check.Expr)
        self.assertIs(condition.eval(), True)

        actual_type = x_type.eval()
        self.assertIsInstance(actual_type, utils.type_check.TypeInfo)
        self.assertEqual(actual_type.shape, (2, 3))
        self.assertIs(type(x_type.shape[0].eval()), int)
        self.assertEqual(x_type.shape[0].eval(), 2)


class TestMorePowerfulMethods(TypeCheckTestCase):

    def test_arithmetics(self):
        def check_type_forward(self, in_types):
            x_type, y_type = in_types
            utils.type_check.expect(x_type.shape[0] == y_type.shape[0] * 4)

        check(check_type_forward, zeros(4), zeros(1))
        self.check_message(
            'in_types[0].shape[0] == in_types[1].shape[0] * 4', '3 != 4',
            check_type_forward, zeros(3), zeros(1))

    def test_variable(self):
        def check_type_forward(self, in_types):
            x_type, = in_types
            utils.type_check.expect(
                x_type.shape[0] == utils.type_check.Variable(
                    self.in_size, "in_size"))

        check(check_type_forward, zeros(4))
        self.check_message('in_types[0].shape[0] == in_size', '3 != 4',
                           check_type_forward, zeros(3))

    def test_bare_value(self):
        def check_type_forward(self, in_types):
            x_type, = in_types
            utils.type_check.expect(x_type.shape[0] == self.in_size)

        check(check_type_forward, zeros(4))
        self.check_message('in_types[0].shape[0] == 4', '3 != 4',
                           check_type_forward, zeros(3))


class TestCallFunctions(TypeCheckTestCase):

    def test_sum(self):
        def check_type_forward(self, in_types):
            x_type, = in_types
            sum = utils.type_check.Variable(np.sum, 'sum')
            utils.type_check.expect(sum(x_type.shape) == 10)

        check(check_type_forward, zeros(3, 7))
        self.check_message('sum(in_types[0].shape) == 10', '7 != 10',
                           check_type_forward, zeros(3, 4))


class TestMoreComplicatedCases(TypeCheckTestCase):

    def test_condition_by_hand(self):
        def more_complicated_condition(shape):
            return len(set(shape)) == 1

        def check_type_forward(self, in_types):
            x_type, = in_types
            x_shape = x_type.shape.eval()  # get actual shape (int tuple)
            if not more_complicated_condition(x_shape):
                expect_msg = 'Shape is expected to be ...'
                actual_msg = 'Shape is ...'
                raise utils.type_check.InvalidType(expect_msg, actual_msg)

        check(check_type_forward, zeros(3, 3))
        self.check_message('Shape is expected to be ...', 'Shape is ...',
                           check_type_forward, zeros(3, 4))


class TestTypicalExample(TypeCheckTestCase):

    def check_type_forward(self, in_types):
        utils.type_check.expect(in_types.size() == 2)

        x_type, y_type = in_types

        utils.type_check.expect(
            x_type.dtype == np.float32,
            x_type.ndim == 3,
            x_type.shape[1] == 2,
        )

    def fails(self, expect, actual, *inputs):
        self.check_message(
            expect, actual, TestTypicalExample.check_type_forward, *inputs)

    def test_good(self):
        check(TestTypicalExample.check_type_forward, zeros(1, 2, 3), zeros(1))

    def test_number_of_arguments(self):
        self.fails('in_types.size == 2', '1 != 2', zeros(1, 2, 3))

    def test_dtype(self):
        self.fails("in_types[0].dtype == <class 'numpy.float32'>",
                   "float64 != <class 'numpy.float32'>",
                   zeros(1, 2, 3, dtype=np.float64), zeros(1))

    def test_conditions_are_evaluated_in_order(self):
        # There is no shape[1] of a zero-dimensional array.
        self.fails('in_types[0].ndim == 3', '0 != 3', zeros(), zeros(1))

    def test_shape(self):
        self.fails('in_types[0].shape[1] == 2', '5 != 2',
                   zeros(1, 5, 3), zeros(1))
