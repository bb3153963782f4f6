import os
import tempfile
import unittest

import numpy

import chainer
import chainer.functions as F
import chainer.links as L
from chainer import gradient_check, optimizers, serializers, testing
from chainer.utils import type_check


@testing.parameterize(*testing.product({
    'in_size': [6, None],
    'x_shape': [(4, 6), (4, 2, 3), (4, 3, 1, 2)],
    'nobias': [False, True],
}))
class TestLinear(unittest.TestCase):

    def setUp(self):
        random = numpy.random.RandomState(0)
        self.W = random.randn(2, 6).astype('f')
        self.b = random.randn(2).astype('f')
        self.x = random.randn(*self.x_shape).astype('f')
        self.gy = random.randn(4, 2).astype('f')
        self.link = L.Linear(self.in_size, 2, nobias=self.nobias,
                             initialW=self.W, initial_bias=self.b)

    def test_forward(self):
        y = self.link(chainer.Variable(self.x))
        self.assertEqual(y.dtype, numpy.float32)
        expected = self.x.reshape(4, 6).dot(self.W.T)
        if not self.nobias:
            expected += self.b
        testing.assert_allclose(y.data, expected)

    def test_backward(self):
        self.link(self.x)
        gradient_check.check_backward(
            self.link, self.x, self.gy, tuple(self.link.params()),
            dtype=numpy.float64)

    def test_params(self):
        self.link(self.x)
        names = ['/W'] if self.nobias else ['/W', '/b']
        self.assertEqual(
            sorted(name for name, _ in self.link.namedparams()), names)
        self.assertEqual(self.link.W.shape, (2, 6))
        if self.nobias:
            self.assertIsNone(self.link.b)


class TestLinearInitialization(unittest.TestCase):

    def setUp(self):
        numpy.random.seed(0)

    def check_distribution(self, link, deviation):
        W = link.W.data
        self.assertEqual(W.dtype, numpy.float32)
        # Five standard deviations of the estimates.
        n = W.size
        self.assertLess(abs(W.mean()), 5 * deviation / n ** 0.5)
        self.assertLess(abs(W.std() / deviation - 1), 5 / (2 * n) ** 0.5)
        # Of a normal distribution, 68.3 % lie within one deviation.
        self.assertLess(abs((abs(W) < deviation).mean() - 0.683), 0.01)

    def test_default(self):
        link = L.Linear(400, 300)
        self.check_distribution(link, 1 / 20.)
        self.assertEqual(link.b.data.tolist(), [0] * 300)
        self.assertEqual(link.b.dtype, numpy.float32)

    def test_wscale(self):
        self.check_distribution(L.Linear(400, 300, wscale=3), 3 / 20.)

    def test_lazy(self):
        link = L.Linear(None, 300, wscale=3)
        link(numpy.zeros((2, 100, 4), 'f'))
        self.check_distribution(link, 3 / 20.)

    def test_rows_differ(self):
        W = L.Linear(3, 2).W.data
        self.assertTrue((W[0] != W[1]).all())

    def test_gradients_start_as_nan(self):
        # It shows when they are used without having been cleared.
        link = L.Linear(3, 2)
        for param in link.params():
            self.assertTrue(numpy.isnan(param.grad).all())

    def test_bias(self):
        self.assertEqual(L.Linear(3, 2, bias=4).b.data.tolist(), [4, 4])

    def test_initial_bias_wins(self):
        link = L.Linear(3, 2, bias=4, initial_bias=numpy.array([1, 2]))
        self.assertEqual(link.b.data.tolist(), [1, 2])

    def test_callable(self):
        def fill(array):
            array[...] = numpy.arange(array.size).reshape(array.shape)

        for in_size in 3, None:
            link = L.Linear(in_size, 2, wscale=2, initialW=fill,
                            initial_bias=fill)
            link(numpy.zeros((1, 3), 'f'))
            self.assertEqual(link.W.data.tolist(), [[0, 2, 4], [6, 8, 10]])
            self.assertEqual(link.b.data.tolist(), [0, 1])

    def test_scalar(self):
        link = L.Linear(3, 2, initialW=5, initial_bias=6)
        self.assertEqual(link.W.data.tolist(), [[5] * 3] * 2)
        self.assertEqual(link.b.data.tolist(), [6] * 2)

    def test_array_is_copied(self):
        W = numpy.ones((2, 3), 'f')
        link = L.Linear(3, 2, initialW=W)
        W[...] = 7
        self.assertEqual(link.W.data.tolist(), [[1] * 3] * 2)

    def test_array_of_wrong_shape(self):
        with self.assertRaises(ValueError):
            L.Linear(3, 2, initialW=numpy.ones((3, 2), 'f'))


class TestLazyLinear(unittest.TestCase):

    def setUp(self):
        self.x = numpy.random.RandomState(0).randn(4, 3, 2).astype('f')
        self.link = L.Linear(None, 5)

    def test_state(self):
        self.assertTrue(self.link.has_uninitialized_params)
        self.assertFalse(hasattr(self.link, 'W'))
        self.link(self.x)
        self.assertFalse(self.link.has_uninitialized_params)
        self.assertEqual(self.link.W.shape, (5, 6))

    def test_initialized_once(self):
        first = self.link(self.x).data
        numpy.testing.assert_array_equal(self.link(self.x).data, first)

    def test_other_size_afterwards(self):
        self.link(self.x)
        with self.assertRaises(type_check.InvalidType):
            self.link(self.x[:, :2])
        self.assertEqual(self.link.W.shape, (5, 6))

    def test_input_of_one_dimension_changes_nothing(self):
        with self.assertRaisesRegex(
                type_check.InvalidType,
                r'^Expect: x\.ndim >= 2\nActual: 1 < 2'):
            self.link(numpy.zeros(3, 'f'))
        self.assertTrue(self.link.has_uninitialized_params)
        self.assertEqual(self.link(self.x).shape, (4, 5))

    def test_array_of_wrong_shape_changes_nothing(self):
        link = L.Linear(None, 5, initialW=numpy.ones((5, 6), 'f'))
        with self.assertRaises(ValueError):
            link(self.x[:, :2])
        self.assertTrue(link.has_uninitialized_params)
        self.assertEqual(link(self.x).shape, (4, 5))

    def test_copy_before_initialization(self):
        twin = self.link.copy()
        self.link(self.x)
        self.assertTrue(twin.has_uninitialized_params)
        twin(self.x[:, :2])
        self.assertEqual(self.link.W.shape, (5, 6))
        self.assertEqual(twin.W.shape, (5, 4))
        self.assertIs(twin.b.data, self.link.b.data)

    def test_copy_after_initialization(self):
        self.link(self.x)
        twin = self.link.copy()
        self.assertIsNot(twin.W, self.link.W)
        self.assertIs(twin.W.data, self.link.W.data)
        numpy.testing.assert_array_equal(
            twin(self.x).data, self.link(self.x).data)


class TestLazyLinearInOptimizer(unittest.TestCase):

    def test_update(self):
        # The optimizer is set up before the weight exists.
        x = numpy.random.RandomState(0).randn(4, 3, 2).astype('f')
        for make_optimizer in optimizers.SGD, optimizers.Adam:
            model = chainer.Chain(l=L.Linear(None, 2))
            optimizer = make_optimizer()
            optimizer.setup(model)
            losses = []

            def lossfun(model=model, losses=losses):
                loss = F.sum(model.l(x) * model.l(x))
                losses.append(float(loss.data))
                return loss

            for _ in range(3):
                optimizer.update(lossfun)
            self.assertLess(losses[1], losses[0])
            self.assertLess(losses[2], losses[1])
            for param in model.params():
                self.assertTrue(numpy.isfinite(param.data).all())


class TestLinearSerialization(unittest.TestCase):

    def setUp(self):
        handle, self.path = tempfile.mkstemp(suffix='.npz')
        os.close(handle)
        self.addCleanup(os.remove, self.path)
        self.x = numpy.random.RandomState(0).randn(4, 3, 2).astype('f')

    def check(self, saved, loaded):
        expected = saved(self.x).data
        serializers.save_npz(self.path, saved)
        serializers.load_npz(self.path, loaded)
        self.assertFalse(loaded.has_uninitialized_params)
        numpy.testing.assert_array_equal(loaded(self.x).data, expected)

    def test_initialized(self):
        self.check(L.Linear(6, 5), L.Linear(6, 5))

    def test_lazy(self):
        self.check(L.Linear(None, 5), L.Linear(None, 5))

    def test_lazy_without_bias(self):
        self.check(L.Linear(None, 5, nobias=True),
                   L.Linear(None, 5, nobias=True))

    def test_lazy_in_chain(self):
        chains = [chainer.Chain(l=L.Linear(None, 5)) for _ in range(2)]
        expected = chains[0].l(self.x).data
        serializers.save_npz(self.path, chains[0])
        serializers.load_npz(self.path, chains[1])
        numpy.testing.assert_array_equal(chains[1].l(self.x).data, expected)

    def test_uninitialized_cannot_be_saved(self):
        with self.assertRaisesRegex(ValueError, "parameter 'W'"):
            serializers.save_npz(self.path, L.Linear(None, 5))


class TestLinearOldName(unittest.TestCase):

    def test_functions_namespace(self):
        self.assertIs(F.Linear, L.Linear)
