import contextlib
import gc
import itertools
import unittest
import weakref

import numpy as np

import chainer
import chainer.functions as F
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

    def test_retained_grad_that_was_summed(self):
        a, b = chainer.Variable(floats(3)), chainer.Variable(floats(3))
        c = a + b
        d = c + a
        e = c + d
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
