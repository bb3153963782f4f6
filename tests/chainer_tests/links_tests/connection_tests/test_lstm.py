import os
import pickle
import tempfile
import unittest
import weakref
from unittest import mock

import numpy

import chainer
import chainer.functions as F
import chainer.links as L
from chainer import cuda, gradient_check, optimizers, serializers, testing
from chainer.utils import type_check


def sigmoid(x):
    return 1 / (1 + numpy.exp(-x))


def step(link, c, h, x):
    """One step of one sequence, in double precision."""
    signal = link.upward.W.data.astype('d').dot(x) + link.upward.b.data
    signal += link.lateral.W.data.astype('d').dot(h)
    a, i, f, o = (signal[gate::4] for gate in range(4))
    c = numpy.tanh(a) * sigmoid(i) + c * sigmoid(f)
    return c, numpy.tanh(c) * sigmoid(o)


def randomize(link):
    random = numpy.random.RandomState(0)
    for param in link.params():
        param.data[...] = random.randn(*param.shape)


def make_batches(sizes, in_size=3):
    random = numpy.random.RandomState(1)
    return [random.randn(n, in_size).astype('f') for n in sizes]


@testing.parameterize(*testing.product({
    'in_size': [3, None],
    'sizes': [(4, 4, 4), (4, 3, 3, 1), (3, 2, 0, 0), (1,)],
}))
class TestLSTM(unittest.TestCase):

    def setUp(self):
        self.link = L.LSTM(self.in_size, 2)
        self.link(numpy.zeros((1, 3), 'f'))
        self.link.reset_state()
        randomize(self.link)
        self.batches = make_batches(self.sizes)

    def test_forward(self):
        # Each sequence by itself; those that have ended keep their state.
        states = [(numpy.zeros(2), numpy.zeros(2))] * self.sizes[0]
        for x in self.batches:
            y = self.link(chainer.Variable(x))
            for n, row in enumerate(x):
                states[n] = step(self.link, *states[n], row)
            c, h = map(numpy.array, zip(*states))
            self.assertEqual(y.dtype, numpy.float32)
            self.assertEqual(y.shape, (len(x), 2))
            testing.assert_allclose(y.data, h[:len(x)])
            testing.assert_allclose(self.link.c.data, c)
            testing.assert_allclose(self.link.h.data, h)

    def test_backward(self):
        random = numpy.random.RandomState(2)

        def run(*xs):
            self.link.reset_state()
            ys = [self.link(x) for x in xs]
            return *ys, self.link.c, self.link.h

        grads = [random.randn(n, 2).astype('f')
                 for n in self.sizes + self.sizes[:1] * 2]
        # A single step does not use the lateral connections.
        link = self.link if len(self.sizes) > 1 else self.link.upward
        gradient_check.check_backward(
            run, self.batches, grads, tuple(link.params()),
            dtype='d', atol=1e-4, rtol=1e-3)


class TestLSTMState(unittest.TestCase):

    def setUp(self):
        self.link = L.LSTM(3, 2)
        self.batches = make_batches([4, 4, 4])

    def run_all(self):
        return [self.link(x).data.copy() for x in self.batches]

    def test_start(self):
        self.assertIsNone(self.link.c)
        self.assertIsNone(self.link.h)

    def test_output_is_the_state(self):
        y = self.link(self.batches[0])
        self.assertIs(self.link.h, y)
        self.assertEqual(self.link.c.shape, (4, 2))

    def test_reset_state(self):
        first = self.run_all()
        self.assertFalse((self.link(self.batches[0]).data == first[0]).any())
        self.link.reset_state()
        self.test_start()
        numpy.testing.assert_array_equal(self.run_all(), first)

    def test_set_state(self):
        first = self.run_all()
        self.link.reset_state()
        self.link(self.batches[0])
        c, h = self.link.c, self.link.h
        self.link.reset_state()
        self.link.set_state(c, h)
        self.assertIs(self.link.c, c)
        self.assertIs(self.link.h, h)
        for x, expected in zip(self.batches[1:], first[1:]):
            numpy.testing.assert_array_equal(self.link(x).data, expected)

    def check_refused_state(self, error, message, c, h):
        self.link(self.batches[0])
        before = self.link.c, self.link.h
        with self.assertRaisesRegex(error, message):
            self.link.set_state(c, h)
        self.assertIs(self.link.c, before[0])
        self.assertIs(self.link.h, before[1])

    def test_state_of_wrong_shape(self):
        for shapes in (((4, 2), (4, 3)), ((4, 3), (4, 2)), ((4, 2), (3, 2)),
                       ((4, 2), (4, 2, 1))):
            c, h = [chainer.Variable(numpy.zeros(s, 'f')) for s in shapes]
            with self.subTest(shapes=shapes):
                self.check_refused_state(
                    ValueError, r'must have the shape \(B, 2\) with the same '
                    r'B, but c has \(4, .\) and h has ', c, h)

    def test_state_that_is_no_variable(self):
        array = numpy.zeros((4, 2), 'f')
        state = chainer.Variable(array)
        self.check_refused_state(
            TypeError, 'the state c is a Variable', array, state)
        self.check_refused_state(
            TypeError, 'the state h is a Variable', state, array)

    def test_half_a_state(self):
        # An encoder may hand over its output alone.
        h = chainer.Variable(numpy.ones((4, 2), 'f'))
        self.link.h = h
        y = self.link(self.batches[0][:3])
        self.assertEqual(self.link.c.shape, (4, 2))
        self.assertFalse(self.link.c.data[3].any())
        expected = [step(self.link, 0, h.data[0], x)[1]
                    for x in self.batches[0][:3]]
        testing.assert_allclose(y.data, expected)
        self.link.reset_state()
        self.link.c = chainer.Variable(numpy.ones((4, 2), 'f'))
        expected = [step(self.link, 1, numpy.zeros(2), x)[1]
                    for x in self.batches[0]]
        testing.assert_allclose(self.link(self.batches[0]).data, expected)

    def test_larger_batch(self):
        self.link(self.batches[0][:2])
        c, h = self.link.c, self.link.h
        with self.assertRaisesRegex(
                type_check.InvalidType,
                r'(?s)^Expect: x\.shape\[0\] <= c\.shape\[0\]\n'
                r'Actual: 3 > 2\n.*Hint: call reset_state\(\)'):
            self.link(self.batches[0][:3])
        self.assertIs(self.link.c, c)
        self.assertIs(self.link.h, h)

    def test_failing_step_changes_nothing(self):
        self.link(self.batches[0])
        c, h = self.link.c, self.link.h
        for x in (numpy.zeros((4, 5), 'f'), numpy.zeros((4, 3), 'i'),
                  numpy.zeros((), 'f')):
            with self.assertRaises(type_check.InvalidType):
                self.link(x)
        self.assertIs(self.link.c, c)
        self.assertIs(self.link.h, h)

    def test_volatile(self):
        x = chainer.Variable(self.batches[0], volatile='on')
        for _ in range(2):
            y = self.link(x)
            self.assertIs(y.volatile, chainer.ON)
            self.assertIsNone(self.link.c.creator)
            self.assertIsNone(self.link.h.creator)

    def check_mix(self, first, second, message):
        self.link.reset_state()
        self.link(chainer.Variable(self.batches[0], volatile=first))
        c, h = self.link.c, self.link.h
        with self.assertRaisesRegex(ValueError, message):
            self.link(chainer.Variable(self.batches[1], volatile=second))
        self.assertIs(self.link.c, c)
        self.assertIs(self.link.h, h)

    def test_mix_of_volatile_and_not(self):
        self.check_mix('on', 'off', 'flag of x is OFF, but that of the state '
                                    r'c is ON\. Call reset_state\(\)')
        self.check_mix('off', 'on', 'flag of x is ON, but that of the state '
                                    r'c is OFF\. Call reset_state\(\)')

    def test_automatic_goes_with_both(self):
        for volatile in 'on', 'off', 'auto':
            self.link.reset_state()
            self.link(chainer.Variable(self.batches[0], volatile=volatile))
            y = self.link(self.batches[1])
            self.assertEqual(y.volatile, volatile)

    def test_double_precision(self):
        for param in self.link.params():
            param.data = param.data.astype('d')
        for _ in range(2):
            self.assertEqual(
                self.link(self.batches[0].astype('d')).dtype, numpy.float64)


class TestLSTMDevice(unittest.TestCase):
    """Moves, with copies in the place of the device."""

    def setUp(self):
        self.link = L.LSTM(3, 2)
        self.link(make_batches([4])[0])
        self.c, self.h = self.link.c, self.link.h

    def test_stay(self):
        self.assertIs(self.link.to_cpu(), self.link)
        self.assertIs(self.link.c, self.c)
        self.assertIs(self.link.h, self.h)

    def test_move(self):
        twin = self.link.copy()
        with mock.patch.object(cuda, 'to_cpu', numpy.copy):
            self.link.to_cpu()
        for name in 'c', 'h':
            old, new = getattr(twin, name), getattr(self.link, name)
            self.assertIsNot(old, new)
            self.assertFalse(numpy.shares_memory(old.data, new.data))
            numpy.testing.assert_array_equal(old.data, new.data)
            self.assertIs(old.volatile, new.volatile)

    def test_state_follows_the_link(self):
        with mock.patch.object(cuda, 'to_cpu', numpy.copy):
            self.link.set_state(self.c, self.h)
        self.assertIsNot(self.link.c, self.c)
        self.assertIsNot(self.link.h, self.h)

    def test_without_state(self):
        self.link.reset_state()
        self.link.to_cpu()
        self.assertIsNone(self.link.c)
        self.assertIsNone(self.link.h)


class TestLSTMGraph(unittest.TestCase):

    def setUp(self):
        self.link = L.LSTM(3, 2)

    def check_window(self, sizes):
        loss, graph, peaks = 0, [], []
        for t, x in enumerate(make_batches(sizes)):
            y = self.link(chainer.Variable(x))
            graph += [weakref.ref(v) for v in (
                y, y.creator, self.link.c, y.creator.inputs[1])]
            loss += F.sum(y)
            if t % 10 == 9:
                del y
                self.link.cleargrads()
                loss.backward()
                loss.unchain_backward()
                loss = 0
                peaks.append(sum(ref() is not None for ref in graph))
        return peaks

    def test_old_graph_dies(self):
        # What is left is the state itself.
        self.assertEqual(self.check_window([4] * 30), [2, 2, 2])
        self.assertIsNone(self.link.c.creator)
        self.assertIsNone(self.link.h.creator)

    def test_old_graph_dies_with_shrinking_batches(self):
        sizes = sorted(numpy.arange(30) % 7 + 1, reverse=True)
        peaks = self.check_window(sizes)
        # The state is made of two outputs while sequences have ended.
        self.assertLessEqual(max(peaks), 3)

    def test_unchained_state(self):
        xs = make_batches([4, 3, 3])
        self.link(xs[0])
        y = self.link(xs[1])
        F.sum(y).unchain_backward()
        state = [chainer.Variable(v.data.copy())
                 for v in (self.link.c, self.link.h)]
        grads = []
        for _ in range(2):
            self.link.cleargrads()
            F.sum(self.link(xs[2])).backward()
            grads.append([p.grad.copy() for p in self.link.params()])
            self.link.set_state(*state)
        for first, second in zip(*grads):
            numpy.testing.assert_array_equal(first, second)

    def test_reset_frees_the_graph(self):
        self.link(make_batches([4])[0])
        creator = weakref.ref(self.link.h.creator)
        self.assertIsNotNone(creator())
        self.link.reset_state()
        self.assertIsNone(creator())


@testing.parameterize({'make': L.LSTM}, {'make': L.StatelessLSTM})
class TestLSTMInitialization(unittest.TestCase):

    def setUp(self):
        numpy.random.seed(0)

    def check_distribution(self, W, deviation):
        # Five standard deviations of the estimates.
        n = W.size
        self.assertLess(abs(W.mean()), 5 * deviation / n ** 0.5)
        self.assertLess(abs(W.std() / deviation - 1), 5 / (2 * n) ** 0.5)
        self.assertLess(abs((abs(W) < deviation).mean() - 0.683), 0.015)

    def run_once(self, link, in_size):
        arguments = [numpy.zeros((2, in_size), 'f')]
        if self.make is L.StatelessLSTM:
            arguments = [None, None] + arguments
        link(*arguments)
        return link

    def test_params(self):
        for in_size in 3, None:
            link = self.run_once(self.make(in_size, 2), 3)
            self.assertEqual(
                {name: p.shape for name, p in link.namedparams()},
                {'/upward/W': (8, 3), '/upward/b': (8,),
                 '/lateral/W': (8, 2)})
            self.assertEqual({p.dtype for p in link.params()},
                             {numpy.dtype('f')})
            self.assertIsNone(link.lateral.b)
            self.assertEqual(link.state_size, 2)

    def test_default(self):
        for in_size in 100, None:
            link = self.run_once(self.make(in_size, 64), 100)
            for gate in range(4):
                self.check_distribution(link.upward.W.data[gate::4], 0.1)
                self.check_distribution(link.lateral.W.data[gate::4], 0.125)
            self.assertFalse(link.upward.b.data.any())

    def test_none(self):
        link = self.make(100, 64, lateral_init=None, upward_init=None,
                         bias_init=None, forget_bias_init=None)
        self.check_distribution(link.upward.W.data, 0.1)
        self.check_distribution(link.lateral.W.data, 0.125)
        self.assertFalse(link.upward.b.data.any())

    def test_gates_are_initialized_one_by_one(self):
        # The four matrices together could not be orthogonal.
        orthogonal = chainer.initializers.Orthogonal(1)
        for in_size in 3, None:
            link = self.make(in_size, 3, lateral_init=orthogonal,
                             upward_init=orthogonal)
            self.run_once(link, 3)
            for W in link.upward.W.data, link.lateral.W.data:
                for gate in range(4):
                    testing.assert_allclose(
                        W[gate::4].dot(W[gate::4].T), numpy.eye(3))

    def test_arrays(self):
        upward, lateral = make_batches([2], 3)[0], make_batches([2], 2)[0]
        link = self.make(3, 2, upward_init=upward, lateral_init=lateral,
                         bias_init=numpy.array([1, 2]),
                         forget_bias_init=numpy.array([3, 4]))
        for gate in range(4):
            numpy.testing.assert_array_equal(
                link.upward.W.data[gate::4], upward)
            numpy.testing.assert_array_equal(
                link.lateral.W.data[gate::4], lateral)
        self.assertEqual(link.upward.b.data.tolist(),
                         [1, 1, 3, 1, 2, 2, 4, 2])

    def test_scalars(self):
        link = self.make(3, 2, upward_init=5, lateral_init=6, bias_init=7,
                         forget_bias_init=8)
        self.assertTrue((link.upward.W.data == 5).all())
        self.assertTrue((link.lateral.W.data == 6).all())
        self.assertEqual(link.upward.b.data.tolist(), [7, 7, 8, 7] * 2)

    def test_callables(self):
        shapes = []

        def fill(array):
            shapes.append(array.shape)
            array[...] = len(shapes)

        link = self.make(3, 2, upward_init=fill, lateral_init=fill,
                         bias_init=fill, forget_bias_init=fill)
        self.assertEqual(sorted(shapes),
                         [(2,)] * 4 + [(2, 2)] * 4 + [(2, 3)] * 4)
        a, i, f, o = link.upward.b.data[:4]
        self.assertEqual(len({float(v) for v in (a, i, f, o)}), 4)

    def test_callable_that_flattens(self):
        def fill(array):
            array.ravel()[:] = numpy.arange(array.size)

        for in_size in 3, None:
            link = self.make(in_size, 2, upward_init=fill, lateral_init=fill,
                             bias_init=fill, forget_bias_init=fill)
            self.run_once(link, 3)
            for gate in range(4):
                self.assertEqual(link.upward.W.data[gate::4].tolist(),
                                 [[0, 1, 2], [3, 4, 5]])
                self.assertEqual(link.lateral.W.data[gate::4].tolist(),
                                 [[0, 1], [2, 3]])
                self.assertEqual(link.upward.b.data[gate::4].tolist(), [0, 1])

    def test_pickle_with_functions(self):
        link = self.make(None, 2, upward_init=lambda a: a.fill(1),
                         lateral_init=lambda a: a.fill(2))
        self.run_once(link, 3)
        twin = pickle.loads(pickle.dumps(link))
        self.assertTrue((twin.upward.W.data == 1).all())
        self.assertTrue((twin.lateral.W.data == 2).all())

    def test_unknown_argument(self):
        with self.assertRaisesRegex(TypeError, 'forget_bias'):
            self.make(3, 2, forget_bias=1)

    def test_failing_initializer_changes_nothing(self):
        wrong = numpy.zeros((2, 4), 'f')
        link = self.make(None, 2, upward_init=wrong)
        with self.assertRaises(ValueError):
            self.run_once(link, 3)
        self.assertTrue(link.upward.has_uninitialized_params)
        self.assertIsNone(getattr(link, 'c', None))
        self.run_once(link, 4)
        self.assertFalse(link.upward.W.data.any())


class TestLazyLSTM(unittest.TestCase):

    def test_larger_batch_changes_nothing(self):
        link = L.LSTM(None, 2)
        link.set_state(*[chainer.Variable(numpy.zeros((2, 2), 'f'))] * 2)
        with self.assertRaises(type_check.InvalidType):
            link(numpy.zeros((3, 4), 'f'))
        self.assertTrue(link.upward.has_uninitialized_params)

    def test_initialized_once(self):
        link = L.LSTM(None, 2)
        x = make_batches([4])[0]
        first = link(x).data
        link.reset_state()
        numpy.testing.assert_array_equal(link(x).data, first)

    def test_many_dimensions(self):
        link = L.LSTM(None, 2)
        link(numpy.zeros((4, 3, 5), 'f'))
        self.assertEqual(link.upward.W.shape, (8, 15))

    def test_optimizer(self):
        # The optimizer is set up before the weight exists.
        link = L.LSTM(None, 2)
        optimizer = optimizers.Adam(0.1)
        optimizer.setup(link)
        batches = make_batches([4, 3, 2])
        losses = []

        def lossfun():
            link.reset_state()
            loss = 0
            for x in batches:
                y = link(x)
                loss += F.sum((y - 0.5) * (y - 0.5))
            losses.append(float(loss.data))
            return loss

        for _ in range(20):
            optimizer.update(lossfun)
        self.assertLess(losses[-1], losses[0] / 2)


class TestStatelessLSTM(unittest.TestCase):

    def setUp(self):
        self.link = L.StatelessLSTM(3, 2)
        randomize(self.link)
        self.x = make_batches([4])[0]
        random = numpy.random.RandomState(2)
        self.c, self.h = random.randn(2, 5, 2).astype('f')

    def check(self, c, h, x):
        new_c, new_h = self.link(c, h, x)
        self.assertEqual(new_h.shape, (len(x), 2))
        zeros = numpy.zeros((len(x), 2))
        c = zeros if c is None else c
        h = zeros if h is None else h
        for n, row in enumerate(x):
            expected_c, expected_h = step(self.link, c[n], h[n], row)
            testing.assert_allclose(new_c.data[n], expected_c)
            testing.assert_allclose(new_h.data[n], expected_h)
        return new_c

    def test_step(self):
        self.check(self.c[:4], self.h[:4], self.x)

    def test_start(self):
        self.check(None, None, self.x)

    def test_half_a_state(self):
        self.check(self.c[:4], None, self.x)
        self.check(None, self.h[:4], self.x)

    def test_smaller_batch(self):
        c = self.check(self.c, self.h, self.x)
        numpy.testing.assert_array_equal(c.data[4:], self.c[4:])
        self.check(self.c, self.h[:4], self.x)

    def test_is_a_step_of_the_stateful_layer(self):
        stateful = L.LSTM(3, 2)
        stateful.copyparams(self.link)
        c = h = None
        for x in make_batches([4, 4, 2]):
            y = stateful(x)
            c, h = self.link(c, h, x)
            numpy.testing.assert_array_equal(h.data, y.data)
            numpy.testing.assert_array_equal(c.data, stateful.c.data)

    def test_backward(self):
        random = numpy.random.RandomState(3)
        gc, gh = random.randn(5, 2), random.randn(4, 2)
        gradient_check.check_backward(
            self.link, (self.c, self.h, self.x),
            (gc.astype('f'), gh.astype('f')), tuple(self.link.params()),
            dtype='d', atol=1e-4)

    def test_larger_batch(self):
        for name, c, h in (('c', self.c[:3], self.h), ('h', None, self.h[:3]),
                           ('h', self.c, self.h[:3])):
            with self.assertRaisesRegex(
                    type_check.InvalidType,
                    rf'^Expect: {name}\.shape\[0\] >= x\.shape\[0\]\n'
                    r'Actual: 3 < 4'):
                self.link(c, h, self.x)

    def test_wrong_number_of_dimensions(self):
        for name, args in (('c', (self.c[0], None, self.x)),
                           ('h', (None, self.h[0], self.x)),
                           ('x', (None, None, self.x[0]))):
            with self.assertRaisesRegex(
                    type_check.InvalidType, rf'^Expect: {name}\.ndim'):
                self.link(*args)


class TestLSTMCopies(unittest.TestCase):

    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.path = os.path.join(directory.name, 'model')
        self.xs = make_batches([4, 4])

    def check_same(self, mine, theirs):
        for x in self.xs:
            numpy.testing.assert_array_equal(mine(x).data, theirs(x).data)

    def test_copy(self):
        # An Evaluator resets the state of a copy amid training.
        link = L.LSTM(3, 2)
        link(self.xs[0])
        c, h = link.c, link.h
        twin = link.copy()
        self.assertIsNot(twin.upward, link.upward)
        self.assertIs(twin.upward.W.data, link.upward.W.data)
        twin.reset_state()
        twin(self.xs[1])
        self.assertIs(link.c, c)
        self.assertIs(link.h, h)

    def test_copy_of_lazy_link(self):
        link = L.LSTM(None, 2)
        twin = link.copy()
        link(self.xs[0])
        self.assertTrue(twin.upward.has_uninitialized_params)
        twin(self.xs[0][:, :2])
        self.assertEqual(twin.upward.W.shape, (8, 2))
        self.assertEqual(link.upward.W.shape, (8, 3))

    def test_pickle(self):
        for in_size in 3, None:
            link = L.LSTM(in_size, 2, lateral_init=3)
            twin = pickle.loads(pickle.dumps(link))
            if in_size is None:
                twin(self.xs[0])
                self.assertEqual(twin.upward.W.shape, (8, 3))
            else:
                self.check_same(link, twin)

    def test_serialization(self):
        for save, load in ((serializers.save_npz, serializers.load_npz),
                           (serializers.save_hdf5, serializers.load_hdf5)):
            for in_size in 3, None:
                saved, loaded = L.LSTM(in_size, 2), L.LSTM(in_size, 2)
                saved(self.xs[0])
                save(self.path, saved)
                load(self.path, loaded)
                self.assertFalse(loaded.upward.has_uninitialized_params)
                self.assertIsNone(loaded.c)
                saved.reset_state()
                self.check_same(saved, loaded)

    def test_keys(self):
        serializers.save_npz(self.path, L.LSTM(3, 2))
        with numpy.load(self.path) as archive:
            self.assertEqual(sorted(archive),
                             ['lateral/W', 'upward/W', 'upward/b'])

    def test_uninitialized_cannot_be_saved(self):
        with self.assertRaisesRegex(ValueError, "parameter 'W'"):
            serializers.save_npz(self.path, L.LSTM(None, 2))


class TestLSTMArguments(unittest.TestCase):

    def test_unknown_keyword(self):
        for cls in L.LSTM, L.StatelessLSTM:
            with self.assertRaisesRegex(TypeError, r'^LSTM\.__init__.*biass'):
                cls(3, 2, biass=0)
