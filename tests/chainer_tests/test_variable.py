import copy
import itertools
import operator
import pickle
import unittest

import numpy as np

import chainer
import chainer.functions as F
import chainer.links as L


class Apply(chainer.Function):
    """Function given by two Python functions on tuples of arrays."""

    label = 'given'

    def __init__(self, forward, backward):
        self.on_forward = forward
        self.on_backward = backward

    def forward(self, inputs):
        return self.on_forward(*inputs)

    def backward(self, inputs, grad_outputs):
        return self.on_backward(*grad_outputs)


def floats(*shape):
    return np.random.RandomState(0).uniform(-1, 1, shape).astype('f')


def scalar(value):
    return chainer.Variable(np.array(value, 'f'))


class TestConstruction(unittest.TestCase):

    def test_defaults(self):
        data = floats(2, 3)
        x = chainer.Variable(data)
        self.assertIs(x.data, data)
        self.assertIsNone(x.grad)
        self.assertIsNone(x.creator)
        self.assertIsNone(x.name)
        self.assertEqual(x.rank, 0)
        self.assertIs(x.volatile, chainer.OFF)

    def test_arguments_by_position(self):
        data, grad = floats(2, 3), floats(2, 3)
        x = chainer.Variable(data, 'auto', 'x', grad)
        self.assertIs(x.volatile, chainer.AUTO)
        self.assertEqual(x.name, 'x')
        self.assertIs(x.grad, grad)

    def test_what_is_no_array_is_refused(self):
        for data in (1.0, [1, 2], None, np.float32(1), 'x',
                     chainer.Variable(floats(1))):
            with self.assertRaises(TypeError) as cm:
                chainer.Variable(data)
            self.assertIn(str(type(data)), str(cm.exception))
            self.assertIn('numpy.array', str(cm.exception))

    def test_grad_is_checked(self):
        with self.assertRaisesRegex(ValueError, 'has the shape'):
            chainer.Variable(floats(2), grad=floats(3))

    def test_any_dtype(self):
        for dtype in '?', 'b', 'l', 'e', 'f', 'd', 'O':
            x = chainer.Variable(np.zeros(2, dtype))
            self.assertEqual(x.dtype, np.dtype(dtype))


class TestProperties(unittest.TestCase):

    def test_those_of_the_array(self):
        x = chainer.Variable(np.zeros((2, 3, 4), 'e'))
        self.assertEqual(x.shape, (2, 3, 4))
        self.assertEqual(x.ndim, 3)
        self.assertEqual(x.size, 24)
        self.assertEqual(x.dtype, np.float16)
        self.assertEqual(len(x), 2)

    def test_length_of_scalar(self):
        with self.assertRaises(TypeError):
            len(scalar(1))

    def test_label(self):
        for data, label in (
                (np.zeros((2, 3), 'f'), '(2, 3), float32'),
                (np.zeros(5, 'i'), '(5), int32'),
                (np.zeros((0, 1), 'd'), '(0, 1), float64'),
                (np.array(1, '?'), 'bool')):
            self.assertEqual(chainer.Variable(data).label, label)

    def test_repr(self):
        x = chainer.Variable(floats(2, 3))
        self.assertEqual(repr(x), '<variable (2, 3), float32>')
        x.name = 'W'
        self.assertEqual(repr(x), '<variable W (2, 3), float32>')
        self.assertEqual(str(x), repr(x))

    def test_volatile_takes_what_flags_take(self):
        x = chainer.Variable(floats(1))
        for value, flag in (('on', chainer.ON), (False, chainer.OFF),
                            (None, chainer.AUTO), (chainer.ON, chainer.ON)):
            x.volatile = value
            self.assertIs(x.volatile, flag)
            self.assertIs(chainer.Variable(floats(1), value).volatile, flag)

    def test_wrong_volatile_changes_nothing(self):
        x = chainer.Variable(floats(1), volatile='auto')
        with self.assertRaisesRegex(ValueError, "not 'never'"):
            x.volatile = 'never'
        self.assertIs(x.volatile, chainer.AUTO)

    def test_new_attributes_are_allowed(self):
        x = chainer.Variable(floats(1))
        x.note = 'mine'
        self.assertEqual(x.note, 'mine')


class TestDebugPrint(unittest.TestCase):

    def test_with_grad(self):
        x = chainer.Variable(np.array([[1, 3]], 'f'), 'auto', 'x',
                             np.array([[2, 2]], 'f'))
        self.assertEqual(x.debug_print().split('\n'), [
            '<variable x (1, 2), float32>',
            '- device: CPU',
            '- volatile: AUTO',
            "- backend: <class 'numpy.ndarray'>",
            '- shape: (1, 2)',
            '- dtype: float32',
            '- statistics: mean=2.00000000, std=1.00000000',
            '- grad: mean=2.00000000, std=0.00000000'])

    def test_without_grad(self):
        text = chainer.Variable(floats(2)).debug_print()
        self.assertIn('- grad: None', text)

    def test_arrays_without_statistics(self):
        for data in np.zeros((0, 2), 'f'), np.array(['a', 'b']):
            text = chainer.Variable(data).debug_print()
            self.assertIn('- statistics: none', text)

    def test_infinite_elements(self):
        text = chainer.Variable(np.array([1, np.inf], 'f')).debug_print()
        self.assertIn('- statistics: mean=inf, std=nan', text)


class TestNotSupported(unittest.TestCase):

    def test_comparison(self):
        x, y = scalar(1), scalar(1)
        for compare in (operator.lt, operator.le, operator.eq, operator.ne,
                        operator.gt, operator.ge):
            for left, right in ((x, y), (x, x), (x, 1), (1, x), (x, None),
                                (x, x.data), (x.data, x)):
                with self.assertRaisesRegex(NotImplementedError,
                                            'compare their data'):
                    compare(left, right)

    def test_truth(self):
        with self.assertRaisesRegex(NotImplementedError, 'neither true'):
            bool(scalar(1))
        with self.assertRaises(NotImplementedError):
            if not chainer.Variable(floats(2)):
                self.fail()

    def test_hash_is_identity(self):
        x, y = scalar(1), scalar(1)
        self.assertEqual({x: 1, y: 2}[x], 1)
        self.assertEqual(len({x, y, x}), 2)

    def test_ufunc(self):
        with self.assertRaises(TypeError):
            np.exp(chainer.Variable(floats(2)))
        with self.assertRaises(TypeError):
            np.add(floats(2), chainer.Variable(floats(2)))


class TestGradProperty(unittest.TestCase):

    def setUp(self):
        self.x = chainer.Variable(floats(2, 3), name='x')

    def test_set_and_clear(self):
        grad = floats(2, 3)
        self.x.grad = grad
        self.assertIs(self.x.grad, grad)
        self.assertIs(self.x._grad, grad)
        self.x.grad = None
        self.assertIsNone(self.x.grad)

    def check_refused(self, error, grad, text):
        old = self.x.grad = floats(2, 3)
        with self.assertRaises(error) as cm:
            self.x.grad = grad
        self.assertIn('the gradient of <variable x (2, 3), float32>',
                      str(cm.exception))
        self.assertIn(text, str(cm.exception))
        self.assertIs(self.x.grad, old)

    def test_wrong_type(self):
        self.check_refused(TypeError, 1.0, "is a <class 'float'>")
        self.check_refused(TypeError, np.float32(1), "numpy.float32'>")
        self.check_refused(TypeError, [[1.0] * 3] * 2, "is a <class 'list'>")

    def test_wrong_dtype(self):
        self.check_refused(TypeError, np.zeros((2, 3), 'd'),
                           'has the type float64, not float32')

    def test_wrong_shape(self):
        self.check_refused(ValueError, np.zeros((3, 2), 'f'),
                           'has the shape (3, 2)')
        self.check_refused(ValueError, np.zeros((), 'f'), 'has the shape ()')


class TestVolatile(unittest.TestCase):

    def apply(self, *flags):
        xs = [chainer.Variable(floats(2), flag) for flag in flags]
        return Apply(lambda *xs: (sum(xs),), lambda gy: ())(*xs)

    def test_all_combinations_of_three(self):
        for flags in itertools.product(('on', 'off', 'auto'), repeat=3):
            if 'on' in flags and 'off' in flags:
                with self.assertRaises(ValueError):
                    self.apply(*flags)
                continue
            y = self.apply(*flags)
            if 'on' in flags:
                self.assertIs(y.volatile, chainer.ON)
                self.assertIsNone(y.creator)
            else:
                expected = 'off' if 'off' in flags else 'auto'
                self.assertEqual(y.volatile, expected)
                self.assertIsNotNone(y.creator)

    def test_mix_names_the_inputs(self):
        x = chainer.Variable(floats(2), 'on', name='x')
        y = chainer.Variable(floats(2), 'off')
        z = chainer.Variable(floats(2), 'auto')
        with self.assertRaises(ValueError) as cm:
            Apply(lambda *xs: xs, None)(x, y, z)
        self.assertIn('Inputs of Apply: x is ON, argument 2 is OFF, '
                      'argument 3 is AUTO', str(cm.exception))
        self.assertIn("volatile='auto'", str(cm.exception))

    def test_mix_names_arguments_of_known_functions(self):
        x = chainer.Variable(floats(2), 'on')
        y = chainer.Variable(floats(2), 'off')
        with self.assertRaisesRegex(ValueError, 'lhs is ON, rhs is OFF'):
            x + y

    def test_arrays_go_with_both(self):
        for flag in 'on', 'off':
            x = chainer.Variable(floats(2, 3), flag)
            y = F.linear(x, floats(4, 3))
            self.assertEqual(y.volatile, flag)

    def test_parameters_go_with_both(self):
        layer = L.Linear(3, 2)
        on = layer(chainer.Variable(floats(2, 3), 'on'))
        self.assertIsNone(on.creator)
        off = layer(chainer.Variable(floats(2, 3), 'off'))
        self.assertIsNotNone(off.creator)


class TestGradMethods(unittest.TestCase):

    def test_cleargrad(self):
        x = chainer.Variable(floats(2), grad=floats(2))
        x.cleargrad()
        self.assertIsNone(x.grad)
        x.cleargrad()
        self.assertIsNone(x.grad)

    def test_zerograd_in_place(self):
        grad = np.full(2, np.nan, 'f')
        x = chainer.Variable(floats(2), grad=grad)
        x.zerograd()
        self.assertIs(x.grad, grad)
        np.testing.assert_array_equal(grad, [0, 0])

    def test_zerograd_without_grad(self):
        for dtype in 'e', 'd':
            x = chainer.Variable(np.ones((2, 3), dtype))
            x.zerograd()
            np.testing.assert_array_equal(x.grad, np.zeros((2, 3)))
            self.assertEqual(x.grad.dtype, np.dtype(dtype))

    def test_addgrad(self):
        for shape in (), (3,):
            x = chainer.Variable(np.zeros(shape, 'f'),
                                 grad=np.full(shape, 2, 'f'))
            y = chainer.Variable(np.zeros(shape, 'f'),
                                 grad=np.full(shape, 3, 'f'))
            x.addgrad(y)
            np.testing.assert_array_equal(x.grad, np.full(shape, 5))
            np.testing.assert_array_equal(y.grad, np.full(shape, 3))

    def test_addgrad_to_none_copies(self):
        x = chainer.Variable(floats(3))
        y = chainer.Variable(floats(3), grad=np.ones(3, 'f'))
        x.addgrad(y)
        np.testing.assert_array_equal(x.grad, [1, 1, 1])
        self.assertFalse(np.shares_memory(x.grad, y.grad))

    def test_addgrad_of_none(self):
        grad = floats(3)
        x = chainer.Variable(floats(3), grad=grad)
        x.addgrad(chainer.Variable(floats(3)))
        self.assertIs(x.grad, grad)

    def test_addgrad_of_another_shape(self):
        y = chainer.Variable(floats(1), grad=floats(1))
        for grad in None, np.zeros(3, 'f'):
            x = chainer.Variable(floats(3), grad=grad)
            with self.assertRaisesRegex(ValueError, r'shape \(1,\)'):
                x.addgrad(y)
            self.assertIs(x.grad, grad)

    def test_addgrad_of_another_dtype_to_none(self):
        y = chainer.Variable(np.zeros(3, 'd'), grad=np.zeros(3, 'd'))
        x = chainer.Variable(floats(3))
        with self.assertRaisesRegex(TypeError, 'float64'):
            x.addgrad(y)
        self.assertIsNone(x.grad)

    def test_copydata(self):
        data = np.zeros((2, 3), 'f')
        x = chainer.Variable(data, grad=np.zeros((2, 3), 'f'))
        x.copydata(chainer.Variable(floats(2, 3), grad=floats(2, 3)))
        self.assertIs(x.data, data)
        np.testing.assert_array_equal(data, floats(2, 3))
        np.testing.assert_array_equal(x.grad, np.zeros((2, 3)))

    def test_copydata_scalar(self):
        x = scalar(0)
        x.copydata(scalar(7))
        self.assertEqual(x.data, 7)

    def test_copydata_of_another_shape(self):
        # NumPy would broadcast it.
        x = chainer.Variable(np.zeros((2, 3), 'f'), name='W')
        with self.assertRaisesRegex(ValueError, r'\(3,\).*variable W'):
            x.copydata(chainer.Variable(floats(3)))
        np.testing.assert_array_equal(x.data, np.zeros((2, 3)))

    def test_to_cpu_where_it_is(self):
        data, grad = floats(3), floats(3)
        x = chainer.Variable(data, grad=grad)
        x.to_cpu()
        self.assertIs(x.data, data)
        self.assertIs(x.grad, grad)


class TestOperators(unittest.TestCase):

    operators = (operator.add, operator.sub, operator.mul, operator.truediv,
                 operator.pow)

    def check(self, function, left, right):
        z = function(left, right)
        self.assertIsInstance(z, chainer.Variable)
        self.assertIsInstance(z.data, np.ndarray)
        self.assertEqual(z.dtype, np.float32)
        expected = function(getattr(left, 'array', left),
                            getattr(right, 'array', right))
        np.testing.assert_allclose(z.data, expected, rtol=1e-6)

    def variable(self, data):
        x = chainer.Variable(data)
        x.array = data
        return x

    def test_variables(self):
        for shape in (), (2, 3):
            a, b = np.full(shape, 3, 'f'), np.full(shape, 4, 'f')
            for function in self.operators:
                self.check(function, self.variable(a), self.variable(b))

    def test_numbers(self):
        x = self.variable(np.array([1, 2], 'f'))
        for function in self.operators:
            for number in 3, 2.5, np.float32(3), np.float64(2.5), np.int64(2):
                self.check(function, x, number)
                self.check(function, number, x)

    def test_array_on_either_side(self):
        for shape in (), (2, 3):
            a = np.full(shape, 3, 'f')
            for function in self.operators:
                self.check(function, self.variable(a), a + 1)
                self.check(function, a + 1, self.variable(a))

    def test_matmul_with_array(self):
        a, b = floats(2, 3), floats(3, 4)
        self.check(operator.matmul, self.variable(a), self.variable(b))
        self.check(operator.matmul, self.variable(a), b)
        self.check(operator.matmul, a, self.variable(b))

    def test_neg_and_abs(self):
        x = chainer.Variable(np.array([-1, 2], 'f'))
        np.testing.assert_array_equal((-x).data, [1, -2])
        np.testing.assert_array_equal(abs(x).data, [1, 2])

    def test_sum_of_a_list(self):
        xs = [scalar(i) for i in range(4)]
        self.assertEqual(sum(xs).data, 6)

    def test_loss_that_starts_from_zero(self):
        x = scalar(2)
        loss = 0
        for _ in range(3):
            loss += x * x
        loss.backward()
        self.assertEqual(loss.data, 12)
        self.assertEqual(x.grad, 12)

    def test_augmented_assignment_makes_another_variable(self):
        x = y = scalar(2)
        y *= x
        self.assertEqual(x.data, 2)
        self.assertEqual(y.data, 4)
        y.backward()
        self.assertEqual(x.grad, 4)

    def test_strangers(self):
        for stranger in None, 'x', [1], object():
            with self.assertRaises(TypeError):
                scalar(1) + stranger

    def test_iteration_over_rows(self):
        x = chainer.Variable(floats(3, 2))
        rows = list(x)
        self.assertEqual(len(rows), 3)
        (rows[0] + rows[2]).unchain_backward()
        for row, expected in zip(rows, floats(3, 2)):
            np.testing.assert_array_equal(row.data, expected)


class TestCopies(unittest.TestCase):

    def leaf(self):
        return chainer.Variable(floats(2, 3), 'auto', 'W', floats(2, 3))

    def test_pickle(self):
        x = self.leaf()
        for protocol in range(2, pickle.HIGHEST_PROTOCOL + 1):
            y = pickle.loads(pickle.dumps(x, protocol))
            np.testing.assert_array_equal(y.data, x.data)
            np.testing.assert_array_equal(y.grad, x.grad)
            self.assertIs(y.volatile, chainer.AUTO)
            self.assertEqual(y.name, 'W')

    def test_deepcopy(self):
        x = self.leaf()
        y = copy.deepcopy(x)
        np.testing.assert_array_equal(y.data, x.data)
        self.assertFalse(np.shares_memory(y.data, x.data))
        self.assertFalse(np.shares_memory(y.grad, x.grad))
        self.assertIs(y.volatile, chainer.AUTO)

    def test_copy_shares_arrays(self):
        x = self.leaf()
        y = copy.copy(x)
        self.assertIsNot(x, y)
        self.assertIs(y.data, x.data)
        self.assertIs(y.grad, x.grad)
        y.cleargrad()
        self.assertIsNotNone(x.grad)

    def model(self):
        return chainer.Chain(l1=L.Linear(3, 4), l2=L.Linear(4, 2))

    def check_model(self, old, new):
        self.assertEqual([path for path, _ in old.namedparams()],
                         [path for path, _ in new.namedparams()])
        for x, y in zip(old.params(), new.params()):
            np.testing.assert_array_equal(x.data, y.data)
            self.assertFalse(np.shares_memory(x.data, y.data))
        # It works, and training it leaves the old one as it was.
        x = chainer.Variable(floats(5, 3))
        new.cleargrads()
        F.sum(new.l2(F.relu(new.l1(x)))).backward()
        self.assertTrue(np.isnan(old.l1.W.grad).all())
        self.assertFalse(np.isnan(new.l1.W.grad).any())

    def test_pickle_model(self):
        model = self.model()
        self.check_model(model, pickle.loads(pickle.dumps(model)))

    def test_deepcopy_model(self):
        model = self.model()
        self.check_model(model, copy.deepcopy(model))

    def test_computed_variable_becomes_a_leaf(self):
        x = self.leaf()
        y = F.relu(x)
        y.grad = floats(2, 3)
        for z in pickle.loads(pickle.dumps(y)), copy.deepcopy(y), copy.copy(y):
            self.assertIsNone(z.creator)
            self.assertEqual(z.rank, 0)
            np.testing.assert_array_equal(z.data, y.data)
            np.testing.assert_array_equal(z.grad, y.grad)
        self.assertIsNotNone(y.creator)

    def test_recurrent_model_that_was_used(self):
        for make in L.LSTM, L.StatefulGRU, L.StatefulPeepholeLSTM:
            layer = make(3, 2)
            # A history longer than what Python may nest
            for _ in range(400):
                layer(floats(4, 3))
            expected = layer.copy()(floats(4, 3)).data
            for twin in (pickle.loads(pickle.dumps(layer)),
                         copy.deepcopy(layer)):
                twin.cleargrads()
                y = twin(floats(4, 3))
                np.testing.assert_array_equal(y.data, expected)
                F.sum(y).backward()
                for param in twin.params():
                    self.assertTrue(np.isfinite(param.grad).all())

    def test_pickle_classifier_that_was_used(self):
        model = L.Classifier(L.Linear(3, 2))
        model(floats(4, 3), np.zeros(4, 'i')).backward()
        twin = pickle.loads(pickle.dumps(model))
        np.testing.assert_array_equal(twin.predictor.W.data,
                                      model.predictor.W.data)
        self.assertEqual(twin.loss.data, model.loss.data)

    def test_deepcopy_model_that_was_used(self):
        model = L.Classifier(L.Linear(3, 2))
        model(floats(4, 3), np.zeros(4, 'i')).backward()
        twin = copy.deepcopy(model)
        twin.cleargrads()
        twin(floats(4, 3), np.zeros(4, 'i')).backward()
        self.assertFalse(np.isnan(twin.predictor.W.grad).any())
        self.assertTrue(np.isnan(model.predictor.W.grad).all())


class TestIteration(unittest.TestCase):

    def test_rows(self):
        x = chainer.Variable(floats(3, 2))
        rows = list(x)
        self.assertEqual(len(rows), 3)
        F.sum(rows[1]).backward()
        self.assertEqual(x.grad.tolist(), [[0, 0], [1, 1], [0, 0]])

    def test_scalar(self):
        with self.assertRaisesRegex(TypeError, 'no axis'):
            list(chainer.Variable(floats()))


class TestLeftOverGradients(unittest.TestCase):

    def test_backward(self):
        x = chainer.Variable(floats(4, 3))
        F.sum(F.relu(x)).backward()
        x.data = floats(1, 3)
        with self.assertRaisesRegex(ValueError, r'\(4, 3\): call cleargrad'):
            F.sum(F.relu(x)).backward()
        x.cleargrad()
        F.sum(F.relu(x)).backward()
        self.assertEqual(x.grad.shape, (1, 3))

    def test_zerograd(self):
        x = chainer.Variable(floats(4, 3), grad=floats(4, 3))
        for data in floats(1, 3), floats(1, 3).astype('d'):
            x.data = data
            x.zerograd()
            self.assertEqual(x.grad.shape, (1, 3))
            self.assertEqual(x.grad.dtype, data.dtype)

    def test_arrays_where_variables_are_wanted(self):
        x = chainer.Variable(floats(4, 3))
        for method in x.addgrad, x.copydata:
            with self.assertRaisesRegex(TypeError, 'a Variable is wanted'):
                method(floats(4, 3))
