import contextlib
import copy
import gc
import itertools
import operator
import pickle
import unittest
import weakref

import numpy as np

import chainer
import chainer.functions as F
import chainer.links as L
from chainer.utils import force_array


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


def copies(n):
    """Returns a function that returns its input n times."""
    def backward(*gys):
        used = [gy for gy in gys if gy is not None]
        return force_array(np.sum(used, axis=0)),
    return Apply(lambda x: tuple([x.copy() for _ in range(n)]), backward)


def add(*on_backward):
    """Returns a sum of two inputs, with the gradients that are given."""
    return Apply(lambda x, y: (force_array(x + y),),
                 lambda gz: tuple([None if g is None else force_array(g(gz))
                                   for g in on_backward]))


def returning(gx):
    """Returns a function whose backward returns ``gx``, whatever that is."""
    return Apply(lambda x: (x.copy(),), lambda gy: gx)


def floats(*shape):
    return np.random.RandomState(0).uniform(-1, 1, shape).astype('f')


def scalar(value):
    return chainer.Variable(np.array(value, 'f'))


@contextlib.contextmanager
def no_garbage_collection():
    """What dies in here dies because nothing refers to it any more."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


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


class TestBackward(unittest.TestCase):

    def test_root_does_nothing(self):
        x = scalar(1)
        x.backward()
        self.assertIsNone(x.grad)

    def test_starts_from_one(self):
        for shape in (), (1,), (1, 1):
            x = chainer.Variable(np.full(shape, 3, 'f'))
            y = x * x
            y.backward()
            np.testing.assert_array_equal(x.grad, np.full(shape, 6, 'f'))
            self.assertEqual(x.grad.dtype, np.float32)
            np.testing.assert_array_equal(y.grad, np.ones(shape, 'f'))

    def test_starts_from_grad(self):
        x = chainer.Variable(np.array([1, 2, 3], 'f'))
        y = x * x
        y.grad = np.array([1, 10, 100], 'f')
        y.backward()
        np.testing.assert_array_equal(x.grad, [2, 40, 600])

    def test_nothing_to_start_from(self):
        for shape, elements in ((3,), 3), ((0, 2), 0):
            x = chainer.Variable(np.zeros(shape, 'f'))
            y = -x
            with self.assertRaisesRegex(ValueError, f'{elements} elements'):
                y.backward()
            self.assertIsNone(x.grad)
            self.assertIsNone(y.grad)

    def test_empty_array_with_grad(self):
        x = chainer.Variable(np.zeros((0, 2), 'f'))
        y = -x
        y.grad = np.zeros((0, 2), 'f')
        y.backward()
        self.assertEqual(x.grad.shape, (0, 2))

    def test_uses_add_up(self):
        for shape in (), (2, 3):
            for n in range(1, 5):
                x = chainer.Variable(np.full(shape, 2, 'f'))
                y = sum([x * float(i) for i in range(n)], x)
                y.grad = np.ones(shape, 'f')
                y.backward()
                expected = np.full(shape, 1 + sum(range(n)), 'f')
                np.testing.assert_array_equal(x.grad, expected)
                self.assertIsInstance(x.grad, np.ndarray)

    def test_one_function_uses_a_variable_twice(self):
        for shape in (), (2,):
            x = chainer.Variable(np.full(shape, 3, 'f'))
            y = x + x
            y.grad = np.full(shape, 5, 'f')
            y.backward()
            np.testing.assert_array_equal(x.grad, np.full(shape, 10, 'f'))
            np.testing.assert_array_equal(y.grad, np.full(shape, 5, 'f'))

    def test_intermediate_used_twice_by_one_function(self):
        for shape in (), (2,):
            x = chainer.Variable(np.full(shape, 3, 'f'))
            y = x * 1.
            z = y + y + y
            z.grad = np.ones(shape, 'f')
            z.backward(retain_grad=True)
            np.testing.assert_array_equal(y.grad, np.full(shape, 3, 'f'))
            np.testing.assert_array_equal(x.grad, np.full(shape, 3, 'f'))

    def test_diamond(self):
        x = scalar(3)
        y = x * x
        z = y * 5. + y * y
        z.backward()
        # z = 5 x^2 + x^4
        self.assertEqual(x.grad, 10 * 3 + 4 * 27)

    def test_branches_of_different_lengths(self):
        # A short way to y and a long one: both are needed before y goes on.
        seen = []

        def backward(gy):
            seen.append(float(gy))
            return gy,

        x = scalar(2)
        y = Apply(lambda x: (x.copy(),), backward)(x)
        long = y
        for _ in range(10):
            long = long * 1.
        (y + long).backward()
        self.assertEqual(seen, [2])
        self.assertEqual(x.grad, 2)

    def test_same_rank_in_any_order(self):
        for permutation in itertools.permutations(range(3)):
            xs = [scalar(i + 1) for i in range(3)]
            ys = [xs[i] * xs[i] for i in permutation]
            (ys[0] + ys[1] + ys[2]).backward()
            self.assertEqual([float(x.grad) for x in xs], [2, 4, 6])

    def test_intermediate_grads_are_dropped(self):
        x = scalar(2)
        y = x * x
        z = y * y
        z.backward()
        self.assertIsNone(y.grad)
        self.assertEqual(z.grad, 1)
        self.assertEqual(x.grad, 32)

    def test_retain_grad(self):
        x = scalar(2)
        y = x * x
        z = y * y
        z.backward(retain_grad=True)
        self.assertEqual(y.grad, 8)
        self.assertEqual(x.grad, 32)

    def test_twice(self):
        x = scalar(2)
        y = x * x
        z = y * y
        for count in 1, 2, 3:
            z.backward()
            self.assertEqual(x.grad, 32 * count)

    def test_twice_with_retain_grad(self):
        x = scalar(2)
        y = x * x
        z = y * y
        z.backward(retain_grad=True)
        z.backward(retain_grad=True)
        self.assertEqual(y.grad, 8)
        self.assertEqual(x.grad, 64)

    def test_two_losses_add_up_at_a_leaf(self):
        x = scalar(2)
        (x * x).backward()
        (x * 10.).backward()
        self.assertEqual(x.grad, 14)

    def test_two_losses_of_one_intermediate(self):
        x = scalar(2)
        y = x * x
        (y * 3.).backward()
        (y * 5.).backward()
        self.assertEqual(x.grad, 3 * 4 + 5 * 4)

    def test_leaf_grad_of_the_user_is_added_to(self):
        x = chainer.Variable(np.array([1, 2], 'f'))
        x.grad = np.array([100, 200], 'f')
        y = x * 3.
        y.grad = np.ones(2, 'f')
        y.backward()
        np.testing.assert_array_equal(x.grad, [103, 203])

    def test_part_of_a_graph(self):
        x = scalar(2)
        y = x * x
        z = y * y
        y.backward()
        self.assertEqual(x.grad, 4)
        self.assertIsNone(z.grad)

    def test_none_stops(self):
        x = scalar(2)
        y = x * x
        other = scalar(1)
        add(None, lambda gz: gz)(y, other).backward()
        self.assertIsNone(x.grad)
        self.assertEqual(other.grad, 1)

    def test_function_without_backward_stops(self):
        class Sign(chainer.Function):
            def forward_cpu(self, inputs):
                return np.sign(inputs[0]),

        x = chainer.Variable(floats(1))
        Sign()(x * 2.).backward()
        self.assertIsNone(x.grad)

    def test_none_and_array_for_one_variable(self):
        x = scalar(2)
        add(None, lambda gz: gz * np.float32(7))(x, x).backward()
        self.assertEqual(x.grad, 7)

    def test_unused_output(self):
        for used in 0, 1:
            for keep in True, False:
                x = scalar(2)
                seen = []
                split = copies(2)
                sum_grads = split.on_backward
                split.on_backward = lambda *gys, s=seen, b=sum_grads: (
                    s.append(gys) or b(*gys))
                ys = split(x)
                y = ys[used] * 3.
                if not keep:
                    ys = None
                y.backward()
                self.assertEqual(x.grad, 3)
                self.assertIsNone(seen[0][1 - used])

    def test_both_outputs_used(self):
        x = scalar(2)
        y1, y2 = copies(2)(x)
        (y1 * y2).backward()
        self.assertEqual(x.grad, 4)

    def test_grad_set_on_the_other_output(self):
        x = scalar(2)
        y1, y2 = copies(2)(x)
        y2.grad = np.array(10, 'f')
        y1.backward()
        self.assertEqual(x.grad, 11)

    def test_float_types_are_kept(self):
        for dtype in 'e', 'f', 'd':
            for shape in (), (2, 3):
                x = chainer.Variable(np.full(shape, 2, dtype))
                y = F.sum(x * x / 3 + 2 ** x - x + 1)
                y.backward()
                self.assertEqual(y.dtype, np.dtype(dtype))
                self.assertEqual(x.grad.dtype, np.dtype(dtype))

    def test_volatile_result_is_a_root(self):
        x = chainer.Variable(floats(1), volatile='on')
        y = x * 2.
        y.backward()
        self.assertIsNone(x.grad)

    def test_grads_that_were_used_are_free_at_once(self):
        # While a function runs, gradients behind it are gone already.
        alive = []
        refs = []

        def backward(gy):
            alive.append(sum(ref() is not None for ref in refs))
            gx = gy.copy()
            refs.append(weakref.ref(gx))
            return gx,

        y = x = chainer.Variable(floats(3))
        for _ in range(5):
            y = Apply(lambda x: (x.copy(),), backward)(y)
        y.grad = floats(3)
        with no_garbage_collection():
            y.backward()
        self.assertEqual(alive, [0, 1, 1, 1, 1])
        self.assertIsNotNone(x.grad)

    def test_grads_that_were_added_up_are_free_at_once(self):
        refs = []
        alive = []

        def first(gy):
            alive.extend(ref() for ref in refs)
            return gy,

        def second(gz):
            gy = gz.copy()
            refs.append(weakref.ref(gy))
            return gy,

        def forward(x):
            return x.copy(),

        y = Apply(forward, first)(scalar(1))
        with no_garbage_collection():
            (Apply(forward, second)(y) + Apply(forward, second)(y)).backward()
        self.assertEqual(alive, [None, None])


class TestOwnershipOfGrads(unittest.TestCase):
    """Changing one gradient in place must not change another one."""

    def check_separate(self, *arrays):
        for a, b in itertools.combinations(arrays, 2):
            self.assertFalse(np.shares_memory(a, b))
        for array in arrays:
            self.assertTrue(array.flags.writeable)

    def test_one_array_for_two_inputs(self):
        x, y = chainer.Variable(floats(3)), chainer.Variable(floats(3))
        z = x + y
        z.grad = floats(3)
        z.backward()
        self.check_separate(x.grad, y.grad, z.grad)
        np.testing.assert_array_equal(x.grad, floats(3))
        np.testing.assert_array_equal(y.grad, floats(3))

    def test_grad_of_the_result_is_passed_on(self):
        x = chainer.Variable(floats(3))
        y = x + 1
        y.grad = floats(3)
        y.backward()
        self.check_separate(x.grad, y.grad)

    def test_retained_grads(self):
        a, b = chainer.Variable(floats(3)), chainer.Variable(floats(3))
        c = a + b
        d = c + 1
        e = d + 2
        e.grad = floats(3)
        e.backward(retain_grad=True)
        self.check_separate(*[x.grad for x in (a, b, c, d, e)])

    def test_views_of_one_array(self):
        x, y = chainer.Variable(floats(2)), chainer.Variable(floats(3))
        join = Apply(lambda x, y: (np.concatenate([x, y]),),
                     lambda gz: (gz[:2], gz[2:]))
        z = join(x, y)
        z.grad = floats(5)
        z.backward()
        self.check_separate(x.grad, y.grad, z.grad)
        np.testing.assert_array_equal(x.grad, floats(5)[:2])
        np.testing.assert_array_equal(y.grad, floats(5)[2:])

    def test_first_use_shared_second_use_added(self):
        x, y = chainer.Variable(floats(3)), chainer.Variable(floats(3))
        z = (x + y) + x
        z.grad = np.ones(3, 'f')
        z.backward()
        np.testing.assert_array_equal(x.grad, [2, 2, 2])
        np.testing.assert_array_equal(y.grad, [1, 1, 1])
        self.check_separate(x.grad, y.grad, z.grad)

    def test_scalars(self):
        x, y = scalar(1), scalar(2)
        z = x + y
        z.backward()
        x.grad += 1
        self.assertEqual([x.grad, y.grad, z.grad], [2, 1, 1])

    def test_read_only_grads_become_writeable(self):
        # What backward of a sum computes has no memory for each element.
        def total(x):
            return Apply(lambda x: (force_array(x.sum()),),
                         lambda gy: (np.broadcast_to(gy, (2, 3)),))(x)

        for loss in total, lambda x: total(x) * 1.:
            x = chainer.Variable(floats(2, 3))
            loss(x).backward()
            x.grad[0, 0] = 5
            np.testing.assert_array_equal(x.grad, [[5, 1, 1], [1, 1, 1]])

    def test_sum_then_again(self):
        x = chainer.Variable(floats(2, 3))
        for count in 1, 2, 3:
            (F.sum(x) + F.sum(x) + F.sum(x)).backward()
            np.testing.assert_array_equal(
                x.grad, np.full((2, 3), 3 * count, 'f'))

    def test_grad_of_a_function_is_not_changed_by_the_next(self):
        # The array that was first given to x also went elsewhere.
        given = floats(3)
        keep = given.copy()
        x = chainer.Variable(floats(3))
        y, z = returning((given,))(x), x * 2.
        w = y + z
        w.grad = floats(3)
        w.backward()
        np.testing.assert_array_equal(given, keep)


class TestWrongGradsOfFunctions(unittest.TestCase):

    def check(self, error, gx, *texts, shape=(2, 3)):
        x = chainer.Variable(np.ones(shape, 'f'), name='input')
        y = returning(gx)(x)
        y.grad = np.ones(shape, 'f')
        with self.assertRaises(error) as cm:
            y.backward()
        for text in texts + ('Apply (given)', 'set_debug'):
            self.assertIn(text, str(cm.exception))

    def test_dtype(self):
        self.check(TypeError, (np.zeros((2, 3), 'd'),),
                   'the gradient of <variable input (2, 3), float32> has the '
                   'type float64, not float32')

    def test_shape(self):
        self.check(ValueError, (np.zeros((2, 1), 'f'),),
                   'the gradient of <variable input (2, 3), float32> has the '
                   'shape (2, 1)')

    def test_number(self):
        self.check(TypeError, (1.0,), "is a <class 'float'>")

    def test_numpy_scalar(self):
        self.check(TypeError, (np.float32(1),), "numpy.float32'>", shape=())

    def test_count(self):
        self.check(ValueError, (None, None), '2 gradients for 1 inputs')
        self.check(ValueError, (), '0 gradients for 1 inputs')

    def test_no_tuple(self):
        self.check(TypeError, np.zeros((1, 3), 'f'), 'returned a ndarray',
                   '`return gx,`', shape=(1, 3))
        self.check(TypeError, np.zeros((), 'f'), 'returned a ndarray',
                   shape=())
        self.check(TypeError, None, 'returned a NoneType')

    def test_list_will_do(self):
        x = scalar(1)
        returning([np.array(5, 'f')])(x).backward()
        self.assertEqual(x.grad, 5)

    def test_debug_mode_shows_the_call(self):
        x = chainer.Variable(floats(1))
        with chainer.DebugMode(True):
            y = returning((np.zeros(2, 'f'),))(x)  # the line to be shown
            with self.assertRaises(ValueError) as cm:
                y.backward()
        self.assertIn('the line to be shown', str(cm.exception))

    def test_debug_mode_says_the_same(self):
        x = chainer.Variable(floats(1))
        with chainer.DebugMode(True):
            for gx in 1.0, 'x', [1]:
                y = returning((gx,))(x)
                with self.assertRaisesRegex(TypeError, 'the gradient of'):
                    y.backward()


class TestUnchainBackward(unittest.TestCase):

    def test_becomes_a_root(self):
        x = scalar(2)
        y = x * x
        z = y * y
        y.unchain_backward()
        self.assertIsNone(y.creator)
        z.backward()
        self.assertEqual(y.grad, 8)
        self.assertIsNone(x.grad)

    def test_everything_behind_is_cut(self):
        x = scalar(2)
        y = x * x
        z = y * y
        functions = y.creator, z.creator
        z.unchain_backward()
        for variable in y, z:
            self.assertIsNone(variable.creator)
        for function in functions:
            self.assertIsNone(function.inputs)
            self.assertEqual(tuple(function.outputs), ())

    def test_other_outputs_become_roots(self):
        x = scalar(2)
        y1, y2 = copies(2)(x)
        y1.unchain_backward()
        self.assertIsNone(y2.creator)

    def test_other_branches_stay(self):
        x = scalar(2)
        y = x * x
        z = y * 3.
        w = x * 5.
        z.unchain_backward()
        w.backward()
        self.assertEqual(x.grad, 5)

    def test_root(self):
        x = scalar(1)
        x.unchain_backward()
        self.assertIsNone(x.creator)

    def test_twice(self):
        y = scalar(1) * 2.
        y.unchain_backward()
        y.unchain_backward()
        self.assertIsNone(y.creator)

    def test_frees(self):
        with no_garbage_collection():
            x = scalar(1)
            y = x * 2.
            ref = weakref.ref(y)
            z = y * 3.
            del x, y
            self.assertIsNotNone(ref())
            z.unchain_backward()
            self.assertIsNone(ref())

    def test_truncated_backprop_through_time(self):
        # h[t+1] = w h[t]: a gradient over two steps at most.
        w, h = scalar(3), scalar(1)
        grads = []
        for _ in range(3):
            for _ in range(2):
                h = w * h
            w.cleargrad()
            h.backward()
            h.unchain_backward()
            h.cleargrad()
            grads.append(float(w.grad))
        # d/dw w^2 h = 2 w h, with h = 1, 9, 81.
        self.assertEqual(grads, [6, 54, 486])


class TestGraphLifetime(unittest.TestCase):

    def build(self):
        x = chainer.Variable(floats(3))
        y = F.tanh(x)
        z = F.sum(y * y + y)
        refs = [weakref.ref(node) for node in (
            y, y.data, y.creator, z, z.creator, z.creator.inputs[0])]
        return x, z, refs

    def test_freed_with_the_result(self):
        with no_garbage_collection():
            x, z, refs = self.build()
            self.assertTrue(all(ref() is not None for ref in refs))
            del z
            self.assertEqual([ref() for ref in refs], [None] * len(refs))
            self.assertIsNone(x.creator)

    def test_freed_with_the_result_after_backward(self):
        for retain_grad in False, True:
            with no_garbage_collection():
                x, z, refs = self.build()
                z.backward(retain_grad)
                del z
                self.assertEqual([ref() for ref in refs], [None] * len(refs))
                self.assertIsNotNone(x.grad)

    def test_freed_after_a_failure(self):
        with no_garbage_collection():
            x = chainer.Variable(floats(1))
            y = returning((1,))(x)
            ref = weakref.ref(y)
            try:
                y.backward()
            except TypeError:
                del y
            self.assertIsNone(ref())

    def test_freed_in_debug_mode(self):
        with no_garbage_collection(), chainer.DebugMode(True):
            x, z, refs = self.build()
            z.backward()
            del z
            self.assertEqual([ref() for ref in refs], [None] * len(refs))

    def test_result_keeps_what_is_behind(self):
        with no_garbage_collection():
            x = scalar(3)
            y = x * x
            ref = weakref.ref(x)
            del x
            y.backward()
            self.assertEqual(ref().grad, 6)

    def test_function_does_not_keep_its_outputs(self):
        with no_garbage_collection():
            y = scalar(3) * 2.
            function, ref = y.creator, weakref.ref(y)
            del y
            self.assertIsNone(ref())
            self.assertIsNone(function.outputs[0]())

    def test_volatile_results_are_free_at_once(self):
        with no_garbage_collection():
            x = chainer.Variable(floats(2), volatile='on')
            y = x * 2.
            z = y * 2.
            ref = weakref.ref(y)
            del y
            self.assertIsNone(ref())
            self.assertIsNone(z.creator)


class TestLongGraphs(unittest.TestCase):
    """Nothing recurses: Python's stack is shorter than a long sequence."""

    length = 100000

    def build(self):
        x = y = scalar(1)
        middle = None
        for i in range(self.length):
            y = y + 1
            if i == self.length // 2:
                middle = weakref.ref(y)
        return x, y, middle

    def test_backward_and_free(self):
        with no_garbage_collection():
            x, y, middle = self.build()
            y.backward()
            self.assertEqual(x.grad, 1)
            self.assertEqual(y.rank, self.length)
            del y
            self.assertIsNone(middle())

    def test_unchain(self):
        with no_garbage_collection():
            x, y, middle = self.build()
            y.unchain_backward()
            self.assertIsNone(middle())
            self.assertEqual(y.data, self.length + 1)


class TestRank(unittest.TestCase):

    def test_longest_path(self):
        x = scalar(1)
        y = x * x
        z = y * x
        w = x + z
        self.assertEqual([v.rank for v in (x, y, z, w)], [0, 1, 2, 3])

    def test_set_creator(self):
        class Node(chainer.Function):
            pass

        x, f = scalar(1), Node()
        f.rank = 4
        x.set_creator(f)
        self.assertIs(x.creator, f)
        self.assertEqual(x.rank, 5)


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

    def test_deepcopy_model_that_was_used(self):
        model = L.Classifier(L.Linear(3, 2))
        model(floats(4, 3), np.zeros(4, 'i')).backward()
        twin = copy.deepcopy(model)
        twin.cleargrads()
        twin(floats(4, 3), np.zeros(4, 'i')).backward()
        self.assertFalse(np.isnan(twin.predictor.W.grad).any())
        self.assertTrue(np.isnan(model.predictor.W.grad).all())
