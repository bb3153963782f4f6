import os
import pickle
import tempfile
import unittest

import numpy

import chainer
import chainer.functions as F
import chainer.links as L
from chainer import gradient_check, optimizers, serializers, testing
from chainer.utils import type_check

NAMES = 'W_r', 'U_r', 'W_z', 'U_z', 'W', 'U'


def sigmoid(x):
    return 1 / (1 + numpy.exp(-x))


def step(link, h, x):
    """One step of one sequence, in double precision, from h or from none."""
    def apply(name, v):
        layer = link[name]
        return layer.W.data.astype('d').dot(v) + layer.b.data

    if h is None:
        return sigmoid(apply('W_z', x)) * numpy.tanh(apply('W', x))
    r = sigmoid(apply('W_r', x) + apply('U_r', h))
    z = sigmoid(apply('W_z', x) + apply('U_z', h))
    h_bar = numpy.tanh(apply('W', x) + apply('U', r * h))
    return (1 - z) * h + z * h_bar


def randomize(link):
    random = numpy.random.RandomState(0)
    for _, param in sorted(link.namedparams()):
        param.data[...] = random.randn(*param.shape)


def make_batches(sizes, in_size=3):
    random = numpy.random.RandomState(1)
    return [random.randn(n, in_size).astype('f') for n in sizes]


class TestGRU(unittest.TestCase):

    def setUp(self):
        self.link = L.GRU(2, 3)
        randomize(self.link)
        self.h, = make_batches([4], 2)
        self.x, = make_batches([4])

    def test_forward(self):
        y = self.link(chainer.Variable(self.h), chainer.Variable(self.x))
        self.assertEqual(y.dtype, numpy.float32)
        expected = [step(self.link, h, x) for h, x in zip(self.h, self.x)]
        testing.assert_allclose(y.data, expected)

    def test_backward(self):
        gy, = make_batches([4], 2)
        gradient_check.check_backward(
            self.link, (self.h, self.x), gy, tuple(self.link.params()),
            dtype='d', atol=1e-4)

    def test_empty_batch(self):
        self.assertEqual(self.link(self.h[:0], self.x[:0]).shape, (0, 2))

    def test_arrays(self):
        numpy.testing.assert_array_equal(
            self.link(self.h, self.x).data,
            self.link(*map(chainer.Variable, (self.h, self.x))).data)

    def test_other_state(self):
        for shape in (3, 2), (5, 2), (4, 3), (4,):
            with self.assertRaisesRegex(
                    type_check.InvalidType,
                    r'^Expect: h\.shape == \(4, 2\)\nActual: \('):
                self.link(numpy.zeros(shape, 'f'), self.x)

    def test_other_input(self):
        with self.assertRaisesRegex(type_check.InvalidType,
                                    r'Actual: 4 != 3'):
            self.link(self.h, numpy.zeros((4, 4), 'f'))


@testing.parameterize(*testing.product({
    'sizes': [(4, 4, 4), (4, 3, 3, 1), (3, 2, 0, 0)],
}))
class TestStatefulGRU(unittest.TestCase):

    def setUp(self):
        self.link = L.StatefulGRU(3, 2)
        randomize(self.link)
        self.batches = make_batches(self.sizes)

    def test_forward(self):
        # Each sequence by itself; those that have ended keep their state.
        states = [None] * self.sizes[0]
        for x in self.batches:
            y = self.link(chainer.Variable(x))
            for n, row in enumerate(x):
                states[n] = step(self.link, states[n], row)
            self.assertEqual(y.dtype, numpy.float32)
            self.assertEqual(y.shape, (len(x), 2))
            h = numpy.array(states)
            testing.assert_allclose(y.data, h[:len(x)])
            testing.assert_allclose(self.link.h.data, h)

    def test_backward(self):
        random = numpy.random.RandomState(2)

        def run(*xs):
            self.link.reset_state()
            ys = [self.link(x) for x in xs]
            return *ys, self.link.h

        grads = [random.randn(n, 2).astype('f')
                 for n in self.sizes + self.sizes[:1]]
        gradient_check.check_backward(
            run, self.batches, grads, tuple(self.link.params()),
            dtype='d', atol=1e-4, rtol=1e-3)


class TestStatefulGRUState(unittest.TestCase):

    def setUp(self):
        self.link = L.StatefulGRU(3, 2)
        randomize(self.link)
        self.batches = make_batches([4, 4, 4])

    def test_is_the_stateless_layer_with_a_state(self):
        stateless = L.GRU(2, 3)
        stateless.copyparams(self.link)
        h = self.link(self.batches[0])
        self.assertIs(self.link.h, h)
        for x in self.batches[1:]:
            h = stateless(h, x)
            numpy.testing.assert_array_equal(self.link(x).data, h.data)

    def test_first_step_takes_no_notice_of_the_layers_of_the_state(self):
        self.link.cleargrads()
        F.sum(self.link(self.batches[0])).backward()
        self.assertEqual(
            {name for name in NAMES if self.link[name].b.grad is not None},
            {'W_z', 'W'})

    def test_set_state(self):
        self.assertIsNone(self.link.h)
        self.link(self.batches[0])
        h = self.link.h
        expected = self.link(self.batches[1]).data
        self.link.reset_state()
        self.assertIsNone(self.link.h)
        self.link.set_state(h)
        self.assertIs(self.link.h, h)
        numpy.testing.assert_array_equal(
            self.link(self.batches[1]).data, expected)

    def test_refused_state(self):
        h = self.link(self.batches[0])
        with self.assertRaisesRegex(TypeError, 'the state h is a Variable, '):
            self.link.set_state(numpy.zeros((4, 2), 'f'))
        with self.assertRaisesRegex(
                ValueError, r'^h must have the shape \(B, 2\), but h has '
                r'\(4, 3\)$'):
            self.link.set_state(chainer.Variable(numpy.zeros((4, 3), 'f')))
        self.assertIs(self.link.h, h)

    def test_larger_batch(self):
        h = self.link(self.batches[0][:2])
        with self.assertRaisesRegex(
                type_check.InvalidType,
                r'(?s)^Expect: x\.shape\[0\] <= h\.shape\[0\]\n'
                r'Actual: 3 > 2\n.*state h of the StatefulGRU.*'
                r'Hint: call reset_state\(\)'):
            self.link(self.batches[0][:3])
        self.assertIs(self.link.h, h)

    def test_failing_step_changes_nothing(self):
        h = self.link(self.batches[0])
        for x in (numpy.zeros((4, 5), 'f'), numpy.zeros((4, 3), 'i'),
                  numpy.zeros(4, 'f'), numpy.zeros((), 'f')):
            with self.assertRaises(type_check.InvalidType):
                self.link(x)
        self.assertIs(self.link.h, h)

    def test_double_precision(self):
        for param in self.link.params():
            param.data = param.data.astype('d')
        for x in self.batches:
            self.assertEqual(self.link(x.astype('d')).dtype, numpy.float64)


@testing.parameterize(
    {'make': lambda **kwargs: L.GRU(2, 3, **kwargs)},
    {'make': lambda **kwargs: L.StatefulGRU(3, 2, **kwargs)},
)
class TestGRUInitialization(unittest.TestCase):

    def test_params(self):
        link = self.make()
        shapes = {}
        for name in NAMES:
            self.assertIsInstance(link[name], L.Linear)
            shapes[f'/{name}/W'] = (2, 3) if name[0] == 'W' else (2, 2)
            shapes[f'/{name}/b'] = 2,
        self.assertEqual(
            {name: p.shape for name, p in link.namedparams()}, shapes)
        self.assertEqual({p.dtype for p in link.params()},
                         {numpy.dtype('f')})

    def test_default(self):
        link = self.make()
        for name in NAMES:
            self.assertEqual(link[name].b.data.tolist(), [0, 0])
            self.assertEqual(len(set(link[name].W.data.flat)),
                             link[name].W.data.size)

    def test_numbers(self):
        link = self.make(init=5, inner_init=6, bias_init=7)
        for name in NAMES:
            weight = 5 if name[0] == 'W' else 6
            self.assertTrue((link[name].W.data == weight).all())
            self.assertTrue((link[name].b.data == 7).all())

    def test_arrays(self):
        W, U = make_batches([2], 3)[0], make_batches([2], 2)[0]
        link = self.make(init=W, inner_init=U, bias_init=numpy.array([1, 2]))
        for name in NAMES:
            numpy.testing.assert_array_equal(
                link[name].W.data, W if name[0] == 'W' else U)
            self.assertEqual(link[name].b.data.tolist(), [1, 2])

    def test_callables(self):
        shapes = []

        def fill(array):
            shapes.append(array.shape)
            array[...] = len(shapes)

        link = self.make(init=fill, inner_init=fill, bias_init=fill)
        self.assertEqual(sorted(shapes),
                         [(2,)] * 6 + [(2, 2)] * 3 + [(2, 3)] * 3)
        self.assertEqual(len({link[name].W.data[0, 0] for name in NAMES}), 6)

    def test_no_biases_given(self):
        link = self.make(bias_init=None)
        self.assertEqual(link.U_r.b.data.tolist(), [0, 0])

    def test_deviation(self):
        numpy.random.seed(0)
        link = L.GRU(64, 100)
        for name in NAMES:
            W = link[name].W.data
            deviation = 0.1 if name[0] == 'W' else 0.125
            # Five standard deviations of the estimate.
            self.assertLess(abs(W.std() / deviation - 1),
                            5 / (2 * W.size) ** 0.5)


class TestGRUSizes(unittest.TestCase):

    def test_size_of_input_by_default(self):
        self.assertEqual(L.GRU(4).W_r.W.shape, (4, 4))
        self.assertEqual(L.StatefulGRU(None, 4).W_r.W.shape, (4, 4))


class TestGRUInModel(unittest.TestCase):

    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.path = os.path.join(directory.name, 'model')
        self.batches = make_batches([4, 4, 2])

    def check_same(self, mine, theirs):
        for x in self.batches:
            numpy.testing.assert_array_equal(mine(x).data, theirs(x).data)

    def test_serialization(self):
        saved, loaded = L.StatefulGRU(3, 2), L.StatefulGRU(3, 2)
        saved(self.batches[0])
        serializers.save_npz(self.path, saved)
        serializers.load_npz(self.path, loaded)
        with numpy.load(self.path) as archive:
            self.assertEqual(set(archive), {
                f'{name}/{param}' for name in NAMES for param in 'Wb'})
        saved.reset_state()
        self.check_same(saved, loaded)

    def test_pickle(self):
        link = L.StatefulGRU(3, 2, init=3)
        self.check_same(link, pickle.loads(pickle.dumps(link)))

    def test_copy(self):
        # An Evaluator resets the state of a copy amid training.
        link = L.StatefulGRU(3, 2)
        h = link(self.batches[0])
        twin = link.copy()
        self.assertIsNot(twin.U, link.U)
        self.assertIs(twin.U.W.data, link.U.W.data)
        twin.reset_state()
        twin(self.batches[1])
        self.assertIs(link.h, h)

    def test_training(self):
        numpy.random.seed(0)
        link = L.StatefulGRU(3, 2)
        optimizer = optimizers.Adam(0.1)
        optimizer.setup(link)
        losses = []

        def lossfun():
            link.reset_state()
            loss = 0
            for x in self.batches:
                loss += F.sum((link(x) - 0.5) ** 2)
            losses.append(float(loss.data))
            return loss

        for _ in range(20):
            optimizer.update(lossfun)
        self.assertLess(losses[-1], losses[0] / 2)
