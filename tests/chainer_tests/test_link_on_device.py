"""Variables and links that move between host memory and devices."""
import copy
import tempfile
import unittest

import numpy as np

import chainer
import chainer.functions as F
import chainer.links as L
from chainer import cuda, serializers
from chainer.testing import attr

PLACES = -1, 0, 1


def put(array, place):
    return cuda.send(np.asarray(array), place)


def place_of(array):
    return int(cuda.get_device(array))


@attr.multi_gpu(2)
class TestVariable(unittest.TestCase):

    def make(self, place, data, grad=None):
        data = np.array(data, 'f')
        grad = None if grad is None else put(np.array(grad, 'f'), place)
        return chainer.Variable(put(data, place), grad=grad)

    def check(self, x, place, data, grad):
        self.assertEqual(place_of(x.data), place)
        np.testing.assert_array_equal(cuda.to_cpu(x.data), data)
        if grad is None:
            self.assertIsNone(x.grad)
        else:
            self.assertEqual(place_of(x.grad), place)
            np.testing.assert_array_equal(cuda.to_cpu(x.grad), grad)
        self.assertEqual(cuda.Device().id, 0)

    def test_moves(self):
        for start in PLACES:
            for end in PLACES:
                for grad in (None, [3, 4]):
                    x = self.make(start, [1, 2], grad)
                    if end < 0:
                        x.to_cpu()
                    else:
                        x.to_gpu(end)
                    self.check(x, end, [1, 2], grad)

    def test_current_device(self):
        for start in PLACES:
            x = self.make(start, [1, 2], [3, 4])
            with cuda.Device(1):
                x.to_gpu()
            self.check(x, 1, [1, 2], [3, 4])

    def test_addgrad(self):
        for mine in PLACES:
            for other in PLACES:
                for grad, expected in (([1, 2], [6, 8]), (None, [5, 6])):
                    x = self.make(mine, [0, 0], grad)
                    y = self.make(other, [0, 0], [5, 6])
                    x.addgrad(y)
                    self.check(x, mine, [0, 0], expected)
                    self.check(y, other, [0, 0], [5, 6])
                    # The gradients do not share memory.
                    x.zerograd()
                    self.check(x, mine, [0, 0], [0, 0])
                    self.check(y, other, [0, 0], [5, 6])

    def test_copydata(self):
        for mine in PLACES:
            for other in PLACES:
                x, y = self.make(mine, [0, 0]), self.make(other, [5, 6])
                data = x.data
                x.copydata(y)
                self.assertIs(x.data, data)
                self.check(x, mine, [5, 6], None)
                half = chainer.Variable(put(np.array([1, 2], 'e'), other))
                x.copydata(half)
                self.check(x, mine, [1, 2], None)

    def test_debug_print(self):
        for place, word in ((-1, 'CPU'), (0, 'device 0'), (1, 'device 1')):
            x = self.make(place, [1, 3], [0, 0])
            self.assertIn(f'device: {word}', x.debug_print())
            self.assertIn('mean=2.0000', x.debug_print())

    def test_copies(self):
        x = self.make(1, [1, 3], [0, 0])
        for twin in (copy.copy(x), copy.deepcopy(x)):
            np.testing.assert_array_equal(twin.data.get(), [1, 3])


class Model(chainer.Chain):
    """Parameters with and without shapes, persistent values, a child."""

    def __init__(self):
        super(Model, self).__init__(
            l=L.Linear(3, 2), late=L.Linear(None, 2),
            top=L.Linear(2, 2))
        self.add_persistent('mean', np.array([1, 2], 'f'))
        self.add_persistent('count', 3)

    def __call__(self, x):
        return self.top(self.l(x)) + self.late(x)


def arrays_of(model):
    for link in model.links():
        for name in link._params:
            yield getattr(link, name).data
        for name in link._persistent:
            value = getattr(link, name)
            if isinstance(value, (np.ndarray, cuda.ndarray)):
                yield value


@attr.multi_gpu(2)
class TestLink(unittest.TestCase):

    def check_places(self, model, place):
        for array in arrays_of(model):
            self.assertEqual(place_of(array), place)
        xp = np if place < 0 else cuda.cupy
        for link in model.links():
            self.assertIs(link.xp, xp)
        self.assertEqual(model.count, 3)
        self.assertEqual(cuda.Device().id, 0)

    def test_there_and_back(self):
        for place in (0, 1):
            model = Model()
            before = [x.copy() for x in arrays_of(model)]
            self.assertIs(model.to_gpu(place), model)
            self.check_places(model, place)
            self.assertIs(model.to_cpu(), model)
            self.check_places(model, -1)
            for x, y in zip(arrays_of(model), before):
                np.testing.assert_array_equal(x, y)

    def test_current_device(self):
        with cuda.Device(1):
            model = Model().to_gpu()
        self.check_places(model, 1)

    def test_same_result_everywhere(self):
        model = Model()
        x = np.random.uniform(-1, 1, (4, 3)).astype('f')
        results = []
        model(x)
        for place in PLACES:
            model.to_cpu()
            if place >= 0:
                model.to_gpu(place)
            model.cleargrads()
            y = model(put(x, place))
            F.sum(y * y).backward()
            self.check_places(model, place)
            results.append([cuda.to_cpu(y.data)] + [
                cuda.to_cpu(p.grad) for p in model.params()])
        for result in results[1:]:
            for a, b in zip(result, results[0]):
                np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-5)

    def test_late_parameters_come_up_where_the_link_is(self):
        model = Model().to_gpu(1)
        model(put(np.ones((2, 3), 'f'), 1))
        self.check_places(model, 1)
        self.assertEqual(place_of(model.late.W.data), 1)
        link = chainer.Link().to_gpu(1)
        link.add_param('W', (2, 3))
        self.assertEqual(place_of(link.W.data), 1)
        self.assertEqual(place_of(link.W.grad), 1)
        link.to_cpu()
        link.add_param('b', 2)
        self.assertEqual(place_of(link.b.data), -1)

    def test_parts_on_several_devices_stay(self):
        model = chainer.Chain(
            a=L.Linear(2, 2).to_gpu(0), b=L.Linear(2, 2).to_gpu(1),
            c=L.Linear(2, 2))
        model.to_gpu(0)
        self.assertEqual([place_of(link.W.data) for link in
                          (model.a, model.b, model.c)], [0, 1, 0])

    def test_copyparams_and_addgrads(self):
        x = np.ones((4, 3), 'f')
        for mine in PLACES:
            for other in PLACES:
                one, two = Model(), Model()
                for model, place in ((one, mine), (two, other)):
                    if place >= 0:
                        model.to_gpu(place)
                    model.cleargrads()
                    F.sum(model(put(x, place))).backward()
                expected = [cuda.to_cpu(p.grad) + cuda.to_cpu(q.grad)
                            for p, q in zip(one.params(), two.params())]
                one.addgrads(two)
                one.copyparams(two)
                self.check_places(one, mine)
                self.check_places(two, other)
                for p, q, grad in zip(one.params(), two.params(), expected):
                    np.testing.assert_array_equal(
                        cuda.to_cpu(p.data), cuda.to_cpu(q.data))
                    np.testing.assert_allclose(
                        cuda.to_cpu(p.grad), grad, rtol=1e-6)
                    self.assertEqual(place_of(p.grad), mine)

    def test_copy_for_another_device(self):
        # Section 2.3.6 of the tutorial
        model_0 = L.Linear(3, 2)
        model_1 = model_0.copy()
        model_0.to_gpu(0)
        model_1.to_gpu(1)
        self.assertEqual(place_of(model_0.W.data), 0)
        self.assertEqual(place_of(model_1.W.data), 1)
        np.testing.assert_array_equal(
            model_0.W.data.get(), model_1.W.data.get())


@attr.multi_gpu(2)
class TestSerializers(unittest.TestCase):

    def check(self, save, load):
        x = np.ones((4, 3), 'f')
        for source in PLACES:
            for target in PLACES:
                one, two = Model(), Model()
                if source >= 0:
                    one.to_gpu(source)
                one(put(x, source))
                if target >= 0:
                    two.to_gpu(target)
                one.count = 3
                load(save(one), two)
                self.assertEqual(cuda.Device().id, 0)
                for a, b in zip(arrays_of(one), arrays_of(two), strict=True):
                    self.assertEqual(place_of(b), target)
                    np.testing.assert_array_equal(
                        cuda.to_cpu(a), cuda.to_cpu(b), strict=True)
                # What was late in the second model is ready for use.
                two(put(x, target))

    def test_dictionary(self):
        def save(model):
            serializer = serializers.DictionarySerializer()
            serializer.save(model)
            for array in serializer.target.values():
                self.assertIsInstance(array, np.ndarray)
            return serializer.target

        self.check(save, lambda arrays, model: serializers.NpzDeserializer(
            arrays).load(model))

    def test_files(self):
        for name in ('npz', 'hdf5'):
            with tempfile.NamedTemporaryFile() as file:
                def save(model, name=name, path=file.name):
                    getattr(serializers, f'save_{name}')(path, model)
                    return path

                self.check(save, getattr(serializers, f'load_{name}'))

    def test_optimizer(self):
        for source in PLACES:
            for target in PLACES:
                saved = serializers.DictionarySerializer()
                saved.save(self.make(source, steps=3))
                optimizer = self.make(target, steps=0)
                serializers.NpzDeserializer(saved.target).load(optimizer)
                for state in optimizer._states.values():
                    for key in ('m', 'v'):
                        self.assertEqual(place_of(state[key]), target)
                np.testing.assert_allclose(
                    cuda.to_cpu(optimizer._states['/W']['m']),
                    1 - .9 ** 3, rtol=1e-6)
                self.assertEqual(optimizer.t, 3)

    def make(self, place, steps):
        model = L.Linear(3, 2)
        if place >= 0:
            model.to_gpu(place)
        optimizer = chainer.optimizers.Adam()
        optimizer.setup(model)
        for _ in range(steps):
            for param in model.params():
                param.zerograd()
                with cuda.get_device(param.grad):
                    param.grad += 1
            optimizer.update()
        return optimizer
