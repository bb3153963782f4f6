import unittest
from unittest import mock

import numpy

import chainer
import chainer.functions as F
import chainer.links as L
from chainer import optimizer as optimizer_module
from chainer import optimizers, serializers


def make_model():
    model = chainer.Chain(l1=L.Linear(3, 4), l2=L.Linear(4, 2))
    random = numpy.random.RandomState(0)
    for param in model.params():
        param.data[...] = random.uniform(-1, 1, param.shape)
    return model


def make_input():
    return chainer.Variable(
        numpy.random.RandomState(1).uniform(-1, 1, (5, 3)).astype('f'))


def loss_of(model):
    def lossfun(x):
        return F.sum(model.l2(F.tanh(model.l1(x))))
    return lossfun


def params_of(link):
    return {path: param.data.copy() for path, param in link.namedparams()}


class WithState(chainer.GradientMethod):
    """Optimizer that only writes down what happens to it."""

    def __init__(self):
        self.updated = []

    def init_state_cpu(self, param, state):
        state['sum'] = numpy.zeros_like(param.data)
        state['count'] = 0

    def update_one_cpu(self, param, state):
        self.updated.append(param)
        state['sum'] += param.grad
        state['count'] += 1


class TestOptimizer(unittest.TestCase):

    def setUp(self):
        self.model = make_model()
        self.optimizer = WithState()

    def test_aliases(self):
        self.assertIs(chainer.Optimizer, optimizer_module.Optimizer)
        self.assertIs(chainer.GradientMethod, optimizer_module.GradientMethod)

    def test_setup(self):
        self.optimizer.setup(self.model)
        self.assertIs(self.optimizer.target, self.model)
        self.assertEqual(self.optimizer.t, 0)
        self.assertEqual(self.optimizer.epoch, 0)
        self.assertEqual(set(self.optimizer._states),
                         {'/l1/W', '/l1/b', '/l2/W', '/l2/b'})
        for path, param in self.model.namedparams():
            state = self.optimizer._states[path]
            self.assertEqual(state['sum'].shape, param.shape)

    def test_setup_again_starts_anew(self):
        self.optimizer.setup(self.model)
        self.optimizer.add_hook(lambda opt: None, 'hook')
        self.optimizer.new_epoch()
        self.model.zerograds()
        self.optimizer.update()
        self.assertEqual(self.optimizer._states['/l1/W']['count'], 1)
        self.optimizer.setup(self.model)
        self.assertEqual(self.optimizer._states['/l1/W']['count'], 0)
        self.assertEqual((self.optimizer.t, self.optimizer.epoch), (0, 0))
        self.assertEqual(len(self.optimizer._hooks), 0)

    def test_setup_of_no_link(self):
        with self.assertRaisesRegex(TypeError, 'Link.*ndarray'):
            self.optimizer.setup(numpy.zeros(3))
        self.assertIsNone(self.optimizer.target)

    def test_needs_setup(self):
        for call in (lambda: self.optimizer.update(),
                     lambda: self.optimizer.prepare(),
                     lambda: self.optimizer.add_hook(lambda opt: None, 'h'),
                     lambda: self.optimizer.remove_hook('h'),
                     lambda: self.optimizer.serialize(
                         serializers.DictionarySerializer())):
            with self.assertRaisesRegex(RuntimeError, 'setup'):
                call()

    def test_new_epoch(self):
        self.optimizer.setup(self.model)
        self.optimizer.new_epoch()
        self.optimizer.new_epoch()
        self.assertEqual(self.optimizer.epoch, 2)

    def test_subclass_without_super_init(self):
        class Plain(chainer.Optimizer):
            def __init__(self):
                pass

        self.assertIsNone(Plain().target)
        with self.assertRaisesRegex(NotImplementedError, 'Plain.*update'):
            Plain().update()

    def test_init_state_dispatch(self):
        optimizer = chainer.GradientMethod()
        optimizer.init_state_cpu = mock.MagicMock()
        optimizer.init_state_gpu = mock.MagicMock()
        link = chainer.Link(W=(2, 3))
        optimizer.setup(link)
        optimizer.init_state_cpu.assert_called_once_with(link.W, {})
        self.assertEqual(optimizer.init_state_gpu.call_count, 0)

    def test_prepare_adds_missing_states(self):
        self.optimizer.setup(self.model)
        kept = self.optimizer._states['/l1/W']
        kept['count'] = 5
        self.model.add_link('l3', L.Linear(2, 2))
        self.optimizer.prepare()
        self.assertIn('/l3/W', self.optimizer._states)
        self.assertIs(self.optimizer._states['/l1/W'], kept)
        self.assertEqual(kept['count'], 5)


class TestHookRegistration(unittest.TestCase):

    def setUp(self):
        self.model = make_model()
        self.model.zerograds()
        self.optimizer = WithState()
        self.optimizer.setup(self.model)

    def test_order_and_time(self):
        calls = []

        def hook(name):
            def call(opt):
                self.assertIs(opt, self.optimizer)
                calls.append((name, opt.t, len(self.optimizer.updated)))
            return call

        for name in ('c', 'a', 'b'):
            self.optimizer.add_hook(hook(name), name)
        self.assertEqual(list(self.optimizer._hooks), ['c', 'a', 'b'])
        self.optimizer.update()
        self.assertEqual(calls, [('c', 0, 0), ('a', 0, 0), ('b', 0, 0)])
        self.assertEqual(len(self.optimizer.updated), 4)

    def test_name(self):
        def plain(opt):
            pass

        self.optimizer.add_hook(chainer.optimizer.WeightDecay(1))
        self.optimizer.add_hook(plain)
        self.optimizer.add_hook(chainer.optimizer.WeightDecay(1), 'second')
        self.assertEqual(list(self.optimizer._hooks),
                         ['WeightDecay', 'plain', 'second'])

    def test_no_name(self):
        class Hook:
            def __call__(self, opt):
                pass

        with self.assertRaisesRegex(ValueError, 'no name'):
            self.optimizer.add_hook(Hook())

    def test_duplicate(self):
        hook = mock.MagicMock()
        self.optimizer.add_hook(hook, 'hook')
        with self.assertRaisesRegex(KeyError, 'hook'):
            self.optimizer.add_hook(lambda opt: None, 'hook')
        self.optimizer.call_hooks()
        hook.assert_called_once_with(self.optimizer)

    def test_not_callable(self):
        with self.assertRaisesRegex(TypeError, 'int'):
            self.optimizer.add_hook(1, 'hook')

    def test_remove(self):
        hook = mock.MagicMock()
        self.optimizer.add_hook(hook, 'hook')
        self.optimizer.remove_hook('hook')
        self.optimizer.update()
        self.assertEqual(hook.call_count, 0)

    def test_remove_missing(self):
        self.optimizer.add_hook(lambda opt: None, 'there')
        with self.assertRaisesRegex(KeyError, 'there'):
            self.optimizer.remove_hook('missing')

    def test_failing_hook_stops_the_update(self):
        def fail(opt):
            raise ZeroDivisionError

        self.optimizer.add_hook(fail)
        with self.assertRaises(ZeroDivisionError):
            self.optimizer.update()
        self.assertEqual(self.optimizer.t, 0)
        self.assertEqual(self.optimizer.updated, [])


class TestGradientMethod(unittest.TestCase):

    def setUp(self):
        self.model = make_model()
        self.optimizer = WithState()
        self.optimizer.setup(self.model)

    def test_update_with_gradients(self):
        for i, param in enumerate(self.model.params()):
            param.grad = numpy.full_like(param.data, i)
        self.optimizer.update()
        self.assertEqual(self.optimizer.t, 1)
        self.assertEqual([id(p) for p in self.optimizer.updated],
                         [id(p) for p in self.model.params()])
        for i, (path, _) in enumerate(self.model.namedparams()):
            state = self.optimizer._states[path]
            numpy.testing.assert_array_equal(state['sum'], i)

    def test_update_with_loss(self):
        lossfun, x = loss_of(self.model), make_input()
        self.model.cleargrads()
        lossfun(x).backward()
        expected = {p: v.grad for p, v in self.model.namedparams()}
        for param in self.model.params():
            param.grad = numpy.full_like(param.data, numpy.nan)
        self.optimizer.update(lossfun, x)
        self.optimizer.update(lossfun, x=x)
        self.assertEqual(self.optimizer.t, 2)
        for path, param in self.model.namedparams():
            numpy.testing.assert_array_equal(param.grad, expected[path])

    def test_graph_is_freed_before_the_update(self):
        graph = []

        def lossfun(x):
            h = F.tanh(self.model.l1(x))
            graph.append(h.creator.outputs[0])
            return F.sum(self.model.l2(h))

        def hook(opt):
            self.assertIsNone(graph[0]())
            graph.append('called')

        self.optimizer.add_hook(hook)
        self.optimizer.update(lossfun, make_input())
        self.assertEqual(graph[1:], ['called'])

    def test_loss_is_no_variable(self):
        self.model.zerograds()
        with self.assertRaisesRegex(TypeError, 'tuple.*Variable'):
            self.optimizer.update(lambda: (1, 2))
        self.assertEqual(self.optimizer.t, 0)

    def test_unused_parameter_with_loss_gets_zeros(self):
        self.optimizer.update(
            lambda x: F.sum(self.model.l1(x)), make_input())
        numpy.testing.assert_array_equal(self.model.l2.W.grad, 0)
        self.assertEqual(self.optimizer._states['/l2/W']['count'], 1)

    def test_unused_parameter_is_left_alone_on_request(self):
        def lossfun(x):
            return F.sum(self.model.l1(x))

        self.optimizer.use_cleargrads()
        self.optimizer.update(lossfun, make_input())
        self.assertIsNone(self.model.l2.W.grad)
        self.assertEqual(self.optimizer._states['/l2/W']['count'], 0)
        self.optimizer.use_cleargrads(False)
        self.optimizer.update(lossfun, make_input())
        self.assertEqual(self.optimizer._states['/l2/W']['count'], 1)

    def test_loss_without_history(self):
        with self.assertWarnsRegex(RuntimeWarning, 'volatile') as cm:
            self.optimizer.update(
                lambda: chainer.Variable(numpy.zeros((), 'f')))
        self.assertEqual(cm.filename, __file__)
        numpy.testing.assert_array_equal(self.model.l1.W.grad, 0)

    def test_parameter_without_gradient_is_skipped(self):
        self.model.zerograds()
        self.model.l1.W.cleargrad()
        self.optimizer.update()
        self.assertEqual(self.optimizer.t, 1)
        self.assertEqual(self.optimizer._states['/l1/W']['count'], 0)
        self.assertEqual(self.optimizer._states['/l1/b']['count'], 1)

    def test_gradient_never_computed_shows(self):
        optimizer = optimizers.SGD()
        optimizer.setup(self.model)
        optimizer.update()
        for param in self.model.params():
            self.assertTrue(numpy.isnan(param.data).all())

    def test_methods_to_override(self):
        optimizer = chainer.GradientMethod()
        optimizer.setup(self.model)
        self.model.zerograds()
        with self.assertRaisesRegex(NotImplementedError, 'update_one_cpu'):
            optimizer.update()
        with self.assertRaisesRegex(NotImplementedError, 'update_one_gpu'):
            optimizer.update_one_gpu(self.model.l1.W, {})

    def test_update_one_of_subclass(self):
        class Halving(chainer.GradientMethod):
            def update_one(self, param, state):
                param.data *= 0.5

        before = params_of(self.model)
        optimizer = Halving()
        optimizer.setup(self.model)
        self.model.zerograds()
        optimizer.update()
        for path, param in self.model.namedparams():
            numpy.testing.assert_array_equal(param.data, before[path] / 2)

    def test_denormals_are_flushed(self):
        self.model.zerograds()
        state = self.optimizer._states['/l1/b']
        state['sum'][...] = [1e-40, 1e-20, -1e-40, 1]
        for _ in range(100):
            self.optimizer.update()
        numpy.testing.assert_array_equal(
            state['sum'], numpy.array([0, 1e-20, 0, 1], 'f'))
        self.assertEqual(state['count'], 100)


class TestLazyParameters(unittest.TestCase):

    def setUp(self):
        self.model = chainer.Chain(
            l1=L.Linear(None, 4), l2=L.Linear(4, 2), unused=L.Linear(None, 3))
        self.optimizer = optimizers.MomentumSGD()
        self.optimizer.setup(self.model)

    def test_update_with_loss(self):
        self.assertNotIn('/l1/W', self.optimizer._states)
        self.optimizer.update(loss_of(self.model), make_input())
        self.assertEqual(self.model.l1.W.shape, (4, 3))
        v = self.optimizer._states['/l1/W']['v']
        numpy.testing.assert_allclose(
            v, -0.01 * self.model.l1.W.grad, rtol=1e-6)
        for param in self.model.params():
            self.assertTrue(numpy.isfinite(param.data).all())
        self.assertTrue(self.model.unused.has_uninitialized_params)

    def test_update_without_loss(self):
        loss = loss_of(self.model)(make_input())
        self.model.cleargrads()
        loss.backward()
        self.optimizer.update()
        self.assertTrue(self.optimizer._states['/l1/W']['v'].any())
        self.assertTrue(self.model.unused.has_uninitialized_params)

    def test_hooks(self):
        for hook in (chainer.optimizer.WeightDecay(0.1),
                     chainer.optimizer.Lasso(0.1),
                     chainer.optimizer.GradientClipping(1),
                     chainer.optimizer.GradientHardClipping(-1, 1),
                     chainer.optimizer.GradientNoise(0.1)):
            self.optimizer.add_hook(hook)
        self.optimizer.update(loss_of(self.model), make_input())
        for param in self.model.params():
            self.assertTrue(numpy.isfinite(param.data).all())


class TestSerialize(unittest.TestCase):

    def make(self):
        model = make_model()
        optimizer = WithState()
        optimizer.setup(model)
        return model, optimizer

    def run_some(self, model, optimizer):
        for i in range(3):
            for param in model.params():
                param.grad = numpy.full_like(param.data, i + 1)
            optimizer.update()
        optimizer.new_epoch()

    def test_keys(self):
        model, optimizer = self.make()
        self.run_some(model, optimizer)
        serializer = serializers.DictionarySerializer()
        serializer.save(optimizer)
        self.assertEqual(set(serializer.target), {
            't', 'epoch',
            'l1/W/sum', 'l1/W/count', 'l1/b/sum', 'l1/b/count',
            'l2/W/sum', 'l2/W/count', 'l2/b/sum', 'l2/b/count'})
        self.assertEqual(serializer.target['t'], 3)
        self.assertEqual(serializer.target['epoch'], 1)
        numpy.testing.assert_array_equal(serializer.target['l1/W/sum'], 6)

    def test_load_before_the_first_update(self):
        model, optimizer = self.make()
        self.run_some(model, optimizer)
        serializer = serializers.DictionarySerializer()
        serializer.save(optimizer)
        _, fresh = self.make()
        serializers.NpzDeserializer(serializer.target).load(fresh)
        self.assertEqual((fresh.t, fresh.epoch), (3, 1))
        self.assertIs(type(fresh.t), int)
        for state in fresh._states.values():
            self.assertEqual(state['count'], 3)
            numpy.testing.assert_array_equal(state['sum'], 6)

    def test_missing_state(self):
        model, optimizer = self.make()
        self.run_some(model, optimizer)
        serializer = serializers.DictionarySerializer()
        serializer.save(optimizer)
        del serializer.target['l2/b/sum']
        _, fresh = self.make()
        with self.assertRaisesRegex(KeyError, 'l2/b/sum'):
            serializers.NpzDeserializer(serializer.target).load(fresh)
        self.assertEqual((fresh.t, fresh.epoch), (0, 0))
        for state in fresh._states.values():
            self.assertEqual(state['count'], 0)
            numpy.testing.assert_array_equal(state['sum'], 0)

    def test_parameter_that_came_up_since_setup(self):
        model, optimizer = self.make()
        model.add_link('l3', L.Linear(2, 2))
        serializer = serializers.DictionarySerializer()
        serializer.save(optimizer)
        self.assertIn('l3/W/sum', serializer.target)


class TestDeprecatedMethods(unittest.TestCase):

    def setUp(self):
        self.model = make_model()
        self.optimizer = WithState()
        self.optimizer.setup(self.model)
        for param in self.model.params():
            param.grad = numpy.full_like(param.data, 2)
        self.size = sum([param.size for param in self.model.params()])

    def call(self, name, *args):
        with self.assertWarnsRegex(DeprecationWarning, name) as context:
            result = getattr(self.optimizer, name)(*args)
        self.assertEqual(context.filename, __file__)
        return result

    def grads(self):
        return numpy.concatenate(
            [param.grad.ravel() for param in self.model.params()])

    def test_zero_grads(self):
        self.call('zero_grads')
        numpy.testing.assert_array_equal(self.grads(), 0)

    def test_compute_grads_norm(self):
        norm = self.call('compute_grads_norm')
        self.assertIs(type(norm), float)
        self.assertAlmostEqual(norm, 2 * self.size ** 0.5)

    def test_clip_grads(self):
        self.call('clip_grads', 1.0)
        numpy.testing.assert_allclose(
            self.grads(), self.size ** -0.5, rtol=1e-6)

    def test_weight_decay(self):
        self.call('weight_decay', 0.5)
        data = numpy.concatenate(
            [param.data.ravel() for param in self.model.params()])
        numpy.testing.assert_allclose(
            self.grads(), 2 + 0.5 * data, rtol=1e-6)

    def test_accumulate_grads(self):
        grads = [numpy.full_like(param.data, i)
                 for i, param in enumerate(self.model.params())]
        grads[1] = None
        self.model.l1.W.cleargrad()
        self.call('accumulate_grads', (g for g in grads))
        for param, value in zip(self.model.params(), [0, 2, 4, 5]):
            numpy.testing.assert_array_equal(param.grad, value)
        grads[2][...] = 100
        numpy.testing.assert_array_equal(self.model.l2.W.grad, 4)

    def test_accumulate_wrong_grads(self):
        grads = [numpy.ones_like(param.data) for param in self.model.params()]
        with self.assertRaisesRegex(ValueError, '3 gradients for 4'):
            self.call('accumulate_grads', grads[:3])
        grads[3] = numpy.ones(7, 'f')
        with self.assertRaisesRegex(ValueError, r'\(7,\) for /l2/b'):
            self.call('accumulate_grads', grads)
        numpy.testing.assert_array_equal(self.grads(), 2)

    def test_accumulate_grads_of_function_set(self):
        with self.assertWarns(DeprecationWarning):
            target = chainer.FunctionSet(z=L.Linear(3, 2), a=L.Linear(4, 2))
        with self.assertWarns(DeprecationWarning):
            source = chainer.FunctionSet(z=L.Linear(3, 2), a=L.Linear(4, 2))
        self.optimizer.setup(target)
        target.zerograds()
        for i, param in enumerate(source.params()):
            param.grad = numpy.full_like(param.data, i + 1)
        self.call('accumulate_grads', source.gradients)
        for i, param in enumerate(target.params()):
            numpy.testing.assert_array_equal(param.grad, i + 1)

    def test_before_setup(self):
        self.optimizer = WithState()
        with self.assertRaisesRegex(RuntimeError, 'setup'):
            self.call('zero_grads')
