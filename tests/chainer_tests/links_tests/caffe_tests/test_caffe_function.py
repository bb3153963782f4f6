import copy
import os
import pickle
import subprocess
import sys
import tempfile
import unittest
import warnings

import numpy

import chainer
import chainer.functions as F
import chainer.functions.caffe
import chainer.links as L
import chainer.links.caffe
from chainer import serializers, testing
from chainer.links.caffe import caffe_function
from chainer.utils import type_check

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import caffe_net


def make_net():
    net = caffe_net.CaffeNet(data=(2, 3))
    net.add_inner_product('a/fc', 'data', 3, 4)
    net.add_relu('a/fc')
    net.add('Split', 'split', 'a/fc', 'a_0 a_1')
    net.add('Dropout', 'drop', 'a_0', 'a_0')
    net.add_inner_product('fc', 'a_0', 4, 5)
    net.add('BatchNorm', 'bn', 'fc', 'fc', [[.1] * 5, [2.] * 5, [1.]])
    net.add_inner_product('other', 'a_1', 4, 5)
    net.add('Eltwise', 'sum', 'fc other')
    net.add('SoftmaxWithLoss', 'loss', 'sum label')
    return net


class TestCaffeFunction(unittest.TestCase):

    def setUp(self):
        self.net = make_net()
        self.func = self.net.load()
        self.x = self.net.inputs['data']
        self.t = numpy.array([3, 1], 'i')

    def call(self, *outputs, **options):
        inputs = options.pop('inputs', {'data': self.x})
        ys = self.func(inputs=inputs, outputs=outputs, **options)
        self.assertIsInstance(ys, tuple)
        for y in ys:
            self.assertIsInstance(y, chainer.Variable)
        return ys[0].data if len(ys) == 1 else [y.data for y in ys]

    def affine(self, name, x):
        layer = self.func[name]
        return x.dot(layer.W.data.T) + layer.b.data

    def test_names_of_v1(self):
        self.assertIs(chainer.functions.caffe.CaffeFunction,
                      chainer.links.caffe.CaffeFunction)
        self.assertIs(caffe_function.CaffeFunction,
                      chainer.links.caffe.CaffeFunction)
        self.assertIs(caffe_function.available, True)

    def test_attributes(self):
        func = self.func
        self.assertIsInstance(func, chainer.Chain)
        self.assertEqual(
            [name for name, _ in func.namedlinks()],
            ['/', '/a/fc', '/fc', '/bn', '/other'])
        self.assertIs(func.fs, func)
        self.assertIsInstance(func.fs.fc, L.Linear)
        self.assertIs(getattr(func, 'a/fc'), func['a/fc'])
        self.assertIs(func.forwards['a/fc'], func['a/fc'])
        self.assertIs(func.forwards['a/fc/relu'], F.relu)
        self.assertEqual(list(func.forwards),
                         [name for name, _, _ in func.layers])
        self.assertEqual(func.layers[0], ('a/fc', ['data'], ['a/fc']))
        self.assertEqual(func.layers[2], ('split', ['a/fc'], ['a_0', 'a_1']))
        self.assertEqual(func.split_map, {'a_0': 'a/fc', 'a_1': 'a/fc'})

    def test_weights(self):
        for fields, _, blobs in self.net.layers:
            if fields['name'] in ('a/fc', 'fc', 'other'):
                layer = self.func[fields['name']]
                testing.assert_allclose(layer.W.data, blobs[0])
                testing.assert_allclose(layer.b.data, blobs[1])

    def test_test_phase(self):
        a = numpy.maximum(self.affine('a/fc', self.x), 0)
        fc = (self.affine('fc', a) - .1) / (2 + 1e-5) ** .5
        expected = fc + self.affine('other', a)
        y = self.call('sum', train=False)
        testing.assert_allclose(y, expected, rtol=1e-4, atol=1e-5)

    def test_train_phase(self):
        y0, y1 = self.call('a_0', 'a_1')
        # Dropout works in place on one of the copies.
        kept = y0 != 0
        testing.assert_allclose(y0[kept], 2 * y1[kept])
        self.assertTrue((y1[~kept] > 0).any())
        fc = self.call('fc')
        testing.assert_allclose(fc.mean(axis=0), [0] * 5, atol=1e-5)
        self.assertGreater(
            abs(self.func.bn.avg_mean - .1).max(), 1e-4)

    def test_in_place(self):
        before = self.affine('a/fc', self.x)
        self.assertLess(before.min(), 0)
        testing.assert_allclose(
            self.call('a/fc'), numpy.maximum(before, 0), atol=1e-6)
        testing.assert_allclose(
            self.call('a/fc', disable=['a/fc/relu']), before, atol=1e-6)

    def test_input_in_the_middle(self):
        x = numpy.ones((1, 4), 'f')
        testing.assert_allclose(self.call('other', inputs={'a_1': x}),
                                self.affine('other', x), rtol=1e-5)

    def test_input_as_output(self):
        x = chainer.Variable(self.x)
        y, z = self.func({'data': x}, ['data', 'data'])
        self.assertIs(y, x)
        self.assertIs(z, x)

    def test_inputs_stay(self):
        inputs = {'data': self.x, 'label': self.t}
        self.func(inputs, ['loss'])
        self.assertEqual(set(inputs), {'data', 'label'})
        self.assertIs(inputs['data'], self.x)

    def test_layers_without_input(self):
        # No label: the loss is not computed, and all else is.
        self.assertEqual(self.call('sum').shape, (2, 5))
        loss = self.call('loss', inputs={'data': self.x, 'label': self.t})
        self.assertEqual(loss.shape, ())

    def test_missing_output(self):
        for says, outputs, options in (
                ("no layer makes it", ['sun'], {}),
                ("'sum'", ['sun'], {}),
                ("'loss' makes it from ['sum', 'label'], of which ['label']",
                 ['sum', 'loss'], {}),
                ("'other' is disabled", ['other'], {'disable': ['other']}),
                ("'sum' makes it from ['fc', 'other'], of which ['other']",
                 ['sum'], {'disable': ['other']}),
                ("'a/fc' makes it from ['data'], of which ['data']",
                 ['a/fc'], {'inputs': {}})):
            with self.assertRaises(KeyError) as context:
                self.call(*outputs, **options)
            self.assertIn(says, context.exception.args[0])

    def test_wrong_input_names_the_layer(self):
        with self.assertRaisesRegex(
                type_check.InvalidType, "layer '[^']+': (.|\\n)*Expect: "):
            self.func({'data': self.x[:, :1]}, ['sum'])

    def test_names_that_are_no_list(self):
        with self.assertRaisesRegex(TypeError, 'outputs'):
            self.func({'data': self.x}, 'sum')
        with self.assertRaisesRegex(TypeError, 'disable'):
            self.func({'data': self.x}, ['sum'], disable='drop')

    def test_unknown_name_to_disable(self):
        expected = self.call('sum', disable=['drop'])
        with self.assertWarns(UserWarning) as context:
            y = self.call('sum', disable=['drop', 'others', '?'])
        testing.assert_allclose(y, expected)
        self.assertEqual([str(w.message) for w in context.warnings], [
            "no layer to disable has the name 'others': is 'other' meant?",
            "no layer to disable has the name '?'"])
        # That of the call
        self.assertEqual(os.path.basename(context.filename),
                         os.path.basename(__file__))

    def test_iterators(self):
        y0, = self.func({'data': self.x}, iter(['sum']), iter(['drop', 'bn']))
        y1, = self.func({'data': self.x}, ['sum'], ['drop', 'bn'])
        testing.assert_allclose(y0.data, y1.data)

    def test_backward(self):
        inputs = {'data': chainer.Variable(self.x), 'label': self.t}
        loss, = self.func(inputs, ['loss'])
        loss.backward()
        self.assertIsNotNone(inputs['data'].grad)
        for path, param in self.func.namedparams():
            self.assertTrue(numpy.isfinite(param.grad).all(), path)

    def test_train_by_optimizer(self):
        optimizer = chainer.optimizers.SGD(lr=.1)
        optimizer.setup(self.func)

        def loss():
            y, = self.func({'data': self.x, 'label': self.t}, ['loss'],
                           disable=['drop'])
            return y

        first = float(loss().data)
        for _ in range(10):
            optimizer.update(loss)
        self.assertLess(float(loss().data), first)

    def test_volatile(self):
        x = chainer.Variable(self.x, volatile='on')
        y, = self.func({'data': x}, ['sum'])
        self.assertEqual(y.volatile, 'on')
        self.assertIsNone(y.creator)

    def test_blobs_are_freed(self):
        # A blob that nothing more depends on does not stay in memory.
        alive = set()

        class Watched(chainer.Variable):
            def __del__(self):
                alive.discard(self.name)

        def watch(name):
            alive.add(name)
            return Watched(self.x, volatile='on', name=name)

        net = caffe_net.CaffeNet(x=(2, 3))
        net.add('ReLU', 'a', 'x')
        net.add('Split', 'split', 'a', 'b c')
        net.add('ReLU', 'd', 'b')
        net.add('ReLU', 'e', 'd')
        func = net.load()
        seen = []
        func.forwards['a'] = lambda x: watch('a')
        func.forwards['split'] = lambda x: (watch('b'), watch('c'))
        func.forwards['d'] = lambda x: watch('d')
        func.forwards['e'] = lambda x: seen.append(set(alive)) or x
        func({'x': self.x}, ['e'])
        self.assertEqual(seen, [{'d'}])

    def test_overwritten_blob(self):
        net = caffe_net.CaffeNet(x=(2, 3))
        net.add('ReLU', 'first', 'x', 'y')
        net.add('AbsVal', 'second', 'x', 'y')
        func = net.load()
        func.forwards['first'] = None
        y, = func({'x': self.x}, ['y'])
        testing.assert_allclose(y.data, abs(self.x))

    def test_replaced_function(self):
        self.func.forwards['a/fc/relu'] = F.sigmoid
        expected = 1 / (1 + numpy.exp(-self.affine('a/fc', self.x)))
        testing.assert_allclose(self.call('a/fc'), expected, rtol=1e-5)
        self.func.forwards['a/fc/relu'] = lambda x: (x, x)
        with self.assertRaisesRegex(ValueError, 'a/fc/relu'):
            self.call('a/fc')

    def check_twin(self, twin):
        self.assertEqual(list(twin.forwards), list(self.func.forwards))
        for name, _ in twin._named_children():
            self.assertIsNot(twin[name], self.func[name])
            self.assertIs(twin.forwards[name], twin[name])
        y, = twin({'data': self.x}, ['sum'], train=False)
        testing.assert_allclose(y.data, self.call('sum', train=False))

    def test_copy(self):
        twin = self.func.copy()
        self.check_twin(twin)
        self.assertIs(twin.fc.W.data, self.func.fc.W.data)
        self.assertIs(self.func.forwards['fc'], self.func.fc)

    def test_deepcopy(self):
        self.check_twin(copy.deepcopy(self.func))

    def test_pickle(self):
        self.check_twin(pickle.loads(pickle.dumps(self.func)))

    def test_serialization(self):
        twin = self.net.load()
        for param in twin.params():
            param.data.fill(0)
        twin.bn.avg_mean.fill(0)
        with tempfile.TemporaryDirectory() as directory:
            for save, load in (
                    (serializers.save_npz, serializers.load_npz),
                    (serializers.save_hdf5, serializers.load_hdf5)):
                path = os.path.join(directory, save.__name__)
                save(path, self.func)
                load(path, twin)
                self.check_twin(twin)


class TestIgnoredLayers(unittest.TestCase):

    def load(self, net):
        """Returns the function, and the texts of warnings."""
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter('always')
            func = net.load()
        for warning in caught:
            self.assertIs(warning.category, UserWarning)
            self.assertEqual(os.path.basename(warning.filename),
                             'caffe_net.py')
        return func, [str(warning.message) for warning in caught]

    def test_data_and_outputs(self):
        net = caffe_net.CaffeNet(data=(2, 3))
        net.add('Data', 'data', '', 'data label')
        net.add('Python', 'python', '', 'more')
        net.add('ReLU', 'relu', 'data')
        net.add('Silence', 'silence', 'label', '')
        net.add('SoftmaxWithLoss', 'loss', 'relu label', '')
        func, messages = self.load(net)
        self.assertEqual(messages, [])
        self.assertEqual(list(func.forwards), ['relu'])
        y, = func(net.inputs, ['relu'])
        self.assertEqual(y.shape, (2, 3))

    def test_unknown_types(self):
        net = caffe_net.CaffeNet(data=(2, 3))
        net.add('ReLU', 'relu', 'data')
        net.add('Threshold', 'step', 'relu', blobs=[[1]])
        net.add('Unheard', 'of', 'step')
        net.add('TanH', 'end', 'of')
        func, (message,) = self.load(net)
        self.assertIn("layer 'step' of type Threshold", message)
        self.assertIn("layer 'of' of type Unheard", message)
        self.assertIn('net.caffemodel', message)
        self.assertEqual(list(func.forwards), ['relu', 'end'])
        func(net.inputs, ['relu'])
        for output in 'of', 'end':
            with self.assertRaisesRegex(
                    KeyError, "layer 'of' of type Unheard, which is not "
                              "supported, makes"):
                func(net.inputs, [output])
        y, = func({'of': net.inputs['data']}, ['end'])
        self.assertEqual(y.shape, (2, 3))

    def test_unknown_v1_type(self):
        net = caffe_net.CaffeNet(data=(2, 3))
        net.add('Threshold', 'step', 'data')
        message = net.message(v1=True)
        message.layers.add(name='none', bottom=['data'], top=['none'])
        with self.assertWarnsRegex(UserWarning, "'step' of type Threshold, "
                                   "layer 'none' of type None"):
            caffe_net.load(message.SerializeToString())


class TestWithoutProtobuf(unittest.TestCase):

    def test_error(self):
        code = '''if True:
            import sys
            sys.modules['google.protobuf'] = None
            from chainer.links.caffe import caffe_function
            assert caffe_function.available is False
            try:
                caffe_function.CaffeFunction('net.caffemodel')
            except RuntimeError as error:
                assert 'pip install protobuf' in str(error)
            else:
                raise AssertionError'''
        subprocess.run([sys.executable, '-W', 'error', '-c', code], check=True)


testing.run_module(__name__, __file__)
