import os
import re
import subprocess
import sys
import unittest

import numpy as np

import chainer
import chainer.functions as F
import chainer.links as L
from chainer.utils import type_check


def checked_by(check, names=()):
    """Makes a function with a type check."""
    class Checked(chainer.Function):
        argument_names = names
        in_size = 4

        def check_type_forward(self, in_types):
            check(self, in_types)

        def forward(self, inputs):
            return np.zeros(1, 'f'),

    return Checked()


def complicated(self, in_types):
    x_type, = in_types
    x_shape = x_type.shape.eval()
    if not sum(x_shape) == 10:
        expect_msg = 'Shape is expected to be ...'
        actual_msg = 'Shape is ...'
        raise type_check.InvalidType(expect_msg, actual_msg)


def typical(self, in_types):
    type_check.expect(in_types.size() == 2)
    x_type, y_type = in_types
    type_check.expect(
        x_type.dtype == np.float32,
        x_type.ndim == 3,
        x_type.shape[1] == 2,
    )


def call(self, in_types):
    x_type, = in_types
    total = type_check.Variable(np.sum, 'sum')
    type_check.expect(total(x_type.shape) == 10)


def member(self, in_types):
    x_type, = in_types
    type_check.expect(
        x_type.shape[0] == type_check.Variable(self.in_size, 'in_size'))


def plain_member(self, in_types):
    type_check.expect(in_types[0].shape[0] == self.in_size)


def expecting(make):
    return lambda self, in_types: type_check.expect(make(*in_types))


def floats(*shape, dtype='f'):
    return np.zeros(shape, dtype)


class TestTypeCheck(unittest.TestCase):

    def check(self, check, right, wrong, expect, actual):
        """The check accepts one input and explains what is wrong with one."""
        self.assertIsNotNone(checked_by(check)(*right))
        with self.assertRaises(type_check.InvalidType) as cm:
            checked_by(check)(*wrong)
        error = cm.exception
        lines = str(error).split('\n')
        self.assertEqual(lines[:2], [f'Expect: {expect}', f'Actual: {actual}'])
        self.assertEqual(error.expect, expect)
        self.assertEqual(error.actual, actual)

    def test_ndim(self):
        self.check(expecting(lambda x: x.ndim == 2),
                   [floats(1, 1)], [floats(1, 1, 1)],
                   'in_types[0].ndim == 2', '3 != 2')

    def test_positive(self):
        self.check(expecting(lambda x: x.shape[0] > 0),
                   [floats(1)], [floats(0)],
                   'in_types[0].shape[0] > 0', '0 <= 0')

    def test_dtype(self):
        self.check(expecting(lambda x: x.dtype == np.float64),
                   [floats(1, dtype='d')], [floats(1)],
                   "in_types[0].dtype == <class 'numpy.float64'>",
                   "float32 != <class 'numpy.float64'>")

    def test_kind(self):
        self.check(expecting(lambda x: x.dtype.kind == 'f'),
                   [floats(1)], [floats(1, dtype='i')],
                   'in_types[0].dtype.kind == f', 'i != f')

    def test_two_inputs(self):
        self.check(expecting(lambda x, y: x.shape[1] == y.shape[1]),
                   [floats(2, 3), floats(4, 3)], [floats(2, 3), floats(2, 4)],
                   'in_types[0].shape[1] == in_types[1].shape[1]', '3 != 4')

    def test_arithmetic(self):
        self.check(expecting(lambda x, y: x.shape[0] == y.shape[0] * 4),
                   [floats(4), floats(1)], [floats(3), floats(1)],
                   'in_types[0].shape[0] == in_types[1].shape[0] * 4',
                   '3 != 4')

    def test_member(self):
        self.check(member, [floats(4)], [floats(3)],
                   'in_types[0].shape[0] == in_size', '3 != 4')

    def test_plain_member(self):
        self.check(plain_member, [floats(4)], [floats(3)],
                   'in_types[0].shape[0] == 4', '3 != 4')

    def test_call(self):
        self.check(call, [floats(6, 4)], [floats(3, 4)],
                   'sum(in_types[0].shape) == 10', '7 != 10')

    def test_complicated(self):
        self.check(complicated, [floats(6, 4)], [floats(3, 4)],
                   'Shape is expected to be ...', 'Shape is ...')

    def test_typical(self):
        right = [floats(1, 2, 1), floats(1)]
        self.check(typical, right, right[:1], 'in_types.size == 2', '1 != 2')
        self.check(typical, right, [floats(2, 1, 2), floats(1)],
                   'in_types[0].shape[1] == 2', '1 != 2')
        self.check(typical, right, [floats(), floats(1)],
                   'in_types[0].ndim == 3', '0 != 3')

    def test_eval_gives_the_type(self):
        seen = []
        checked_by(lambda self, in_types: seen.append(in_types[0].eval()))(
            floats(2, 3))
        info, = seen
        self.assertIsInstance(info, type_check.TypeInfo)
        self.assertEqual((info.shape, info.ndim, info.size, info.dtype),
                         ((2, 3), 2, 6, np.float32))

    def test_in_types(self):
        seen = []
        checked_by(lambda self, in_types: seen.append(in_types))(
            floats(1), floats(2))
        self.assertIsInstance(seen[0], tuple)
        self.assertIsInstance(seen[0], type_check.TypeInfoTuple)
        self.assertEqual(len(seen[0]), 2)

    def test_nothing_ran_and_nothing_changed(self):
        f = checked_by(plain_member)
        f.forward = None
        with self.assertRaises(type_check.InvalidType):
            f(floats(3))
        self.assertEqual(f.outputs, ())

    def test_mistake_in_the_check_itself(self):
        with self.assertRaises(ZeroDivisionError):
            checked_by(lambda self, in_types: 1 / 0)(floats(1))
        with self.assertRaisesRegex(AttributeError, 'nothing'):
            checked_by(expecting(lambda x: x.nothing == 1))(floats(1))


class TestExplanation(unittest.TestCase):
    """What follows the text that the specification gives."""

    def message(self, check, *arrays, names=()):
        with self.assertRaises(type_check.InvalidType) as cm:
            checked_by(check, names)(*arrays)
        self.assertIsNone(cm.exception.__cause__)
        return str(cm.exception)

    def test_names_of_arguments(self):
        message = self.message(
            expecting(lambda x, t: t.ndim == 1),
            floats(2, 3), floats(2, 1, dtype='i'), names=('x', 't'))
        self.assertEqual(message, '\n'.join([
            'Expect: in_types[1].ndim == 1',
            'Actual: 2 != 1',
            '',
            'Inputs of Checked:',
            '  in_types[0] is x: float32 of shape (2, 3)',
            '  in_types[1] is t: int32 of shape (2, 1)']))

    def test_arguments_without_names(self):
        message = self.message(expecting(lambda x, y: x.ndim == 1),
                               floats(), floats(2))
        self.assertIn('in_types[0] is argument 1: float32 of shape ()',
                      message)
        self.assertIn('in_types[1] is argument 2: float32 of shape (2,)',
                      message)

    def test_single_argument(self):
        message = self.message(plain_member, floats(3))
        self.assertIn('in_types[0] is x: float32 of shape (3,)', message)

    def test_names_of_variables(self):
        W = chainer.Variable(floats(2), name='W')
        with self.assertRaises(type_check.InvalidType) as cm:
            checked_by(expecting(lambda x, y: x.ndim == 1))(floats(), W)
        self.assertIn('in_types[1] is W: float32', str(cm.exception))

    def test_hint(self):
        message = self.message(
            expecting(lambda x, t: t.dtype == np.int32),
            floats(2), floats(2, dtype='l'), names=('x', 'labels'))
        self.assertTrue(message.endswith(
            '\nHint: labels is int64, expected int32: cast it with '
            '.astype(numpy.int32)'), message)

    def test_hint_of_library_functions(self):
        with self.assertRaises(type_check.InvalidType) as cm:
            F.softmax_cross_entropy(floats(2, 3), floats(2, dtype='l'))
        self.assertRegex(str(cm.exception), r'Hint: t is int64.*int32')

    def test_no_hint_about_shapes(self):
        message = self.message(plain_member, floats(3))
        self.assertNotIn('Hint', message)


class TestTypeCheckSwitch(unittest.TestCase):

    def test_instance(self):
        f = checked_by(plain_member)
        f.type_check_enable = False
        self.assertIsNotNone(f(floats(3)))

    def test_all(self):
        self.assertTrue(chainer.Function.type_check_enable)
        try:
            chainer.Function.type_check_enable = False
            self.assertIsNotNone(checked_by(plain_member)(floats(3)))
        finally:
            chainer.Function.type_check_enable = True
        with self.assertRaises(type_check.InvalidType):
            checked_by(plain_member)(floats(3))

    def test_environment(self):
        code = ('import chainer; import chainer.functions as F; import numpy;'
                'print(chainer.Function.type_check_enable);'
                'x = chainer.Variable(numpy.ones(2, "f"));'
                'print((x + numpy.ones(2, "f")).data, end=" ");'
                'y = chainer.Variable(numpy.ones((3, 1), "f"));'
                'print((x + y).shape)')
        for value, output in (('0', r'^False\n\[2. 2.\] \(3, 2\)'),
                              ('1', r'^True\n\[2. 2.\] $'),
                              (None, r'^True\n\[2. 2.\] $')):
            environment = dict(os.environ)
            environment.pop('CHAINER_TYPE_CHECK', None)
            if value is not None:
                environment['CHAINER_TYPE_CHECK'] = value
            environment['PYTHONPATH'] = os.pathsep.join(sys.path)
            result = subprocess.run(
                [sys.executable, '-c', code], env=environment,
                capture_output=True, text=True)
            self.assertRegex(result.stdout, output)
            self.assertEqual(bool(re.search('InvalidType', result.stderr)),
                             value != '0')


class TestHints(unittest.TestCase):
    """It is the more precise of two inputs that is so by accident."""

    def check(self, hint, function, *args):
        with self.assertRaisesRegex(
                type_check.InvalidType, f'Hint: {hint}$'):
            function(*args)

    def test_input_of_a_link(self):
        x = np.zeros((2, 3))
        hint = (r'x is float64, expected float32: cast it with '
                r'\.astype\(numpy\.float32\)')
        self.check(hint, L.Linear(3, 4), x)
        self.check(hint, L.BatchNormalization(3), x)
        self.check(hint, L.Convolution2D(3, 4, 1), x.reshape(1, 3, 2, 1))

    def test_either_side(self):
        x, y = np.zeros(2, 'f'), np.zeros(2)
        for name, args in ('x0', (y, x)), ('x1', (x, y)):
            self.check(rf'{name} is float64, expected float32: .*',
                       F.mean_squared_error, *args)

    def test_bool(self):
        # NumPy 1.26 has no numpy.bool.
        x = np.zeros(2, 'f')
        self.check(r'condition is int32, expected bool_: .*numpy\.bool_\)',
                   F.where, np.zeros(2, 'i'), x, x)
