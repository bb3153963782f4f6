import math
import unittest

import numpy as np

import chainer
import chainer.functions as F
import chainer.links as L
from chainer import serializers


def values(*shape, start=0):
    return np.arange(start, start + np.prod(shape, dtype=int),
                     dtype='f').reshape(shape)


class Affine(chainer.Link):
    """The link of chapter 2.4.4."""

    def __init__(self, in_size, out_size):
        super(Affine, self).__init__(W=(out_size, in_size), b=out_size)
        self.W.data[...] = values(out_size, in_size) / math.sqrt(in_size)
        self.b.data.fill(0)

    def __call__(self, x):
        return F.linear(x, self.W, self.b)


class LateScale(chainer.Link):
    """Link whose parameter has the shape of a row of its input."""

    def __init__(self):
        super().__init__()
        self.add_uninitialized_param('W')

    def __call__(self, x):
        if self.has_uninitialized_params:
            self.add_param('W', x.shape[1:])
            self.W.data.fill(2)
        return x * F.broadcast_to(self.W, x.shape)


class Save(chainer.Serializer):
    """Serializer into a dictionary."""

    def __init__(self, target, path=''):
        self.target = target
        self.path = path

    def __getitem__(self, key):
        return Save(self.target, f'{self.path}{key}/')

    def __call__(self, key, value):
        self.target[self.path + key] = np.copy(value)
        return value


class Load(chainer.Deserializer):
    """Deserializer from a dictionary."""

    def __init__(self, source, path='', rehearsing=False):
        self.source = source
        self.path = path
        self.rehearsing = rehearsing

    def __getitem__(self, key):
        return Load(self.source, f'{self.path}{key}/', self.rehearsing)

    def __call__(self, key, value):
        loaded = self.source.get(self.path + key)
        if value is None:
            return loaded
        if isinstance(value, np.ndarray):
            if not self.rehearsing:
                value[...] = loaded
            return value
        return type(value)(loaded)


def chain():
    """Two levels, a parameter on each."""
    inner = chainer.Chain(a=Affine(2, 3), b=Affine(3, 1))
    inner.add_param('c', 4)
    outer = chainer.Chain(inner=inner, last=Affine(1, 1))
    outer.add_param('d', ())
    for param in outer.params():
        param.data.fill(1)
    return outer


PATHS = ['/d', '/inner/c', '/inner/a/W', '/inner/a/b', '/inner/b/W',
         '/inner/b/b', '/last/W', '/last/b']


class TestSerialize(unittest.TestCase):

    def setUp(self):
        self.link = chain()
        self.link.inner.add_persistent('mean', values(3))
        self.link.inner.add_persistent('count', 7)
        self.target = {}
        self.link.serialize(Save(self.target))

    def empty(self):
        link = chain()
        link.inner.add_persistent('mean', np.zeros(3, 'f'))
        link.inner.add_persistent('count', 0)
        for param in link.params():
            param.data.fill(0)
        return link

    def test_keys(self):
        self.assertEqual(
            sorted(self.target),
            sorted([path[1:] for path in PATHS] +
                   ['inner/mean', 'inner/count']))

    def test_load(self):
        link = self.empty()
        arrays = [param.data for param in link.params()]
        mean = link.inner.mean
        link.serialize(Load(self.target))
        for param, array in zip(link.params(), arrays):
            self.assertIs(param.data, array)
            np.testing.assert_array_equal(array, np.ones_like(array))
        self.assertIs(link.inner.mean, mean)
        np.testing.assert_array_equal(mean, values(3))
        self.assertEqual(link.inner.count, 7)

    def test_grads_are_not_saved(self):
        link = self.empty()
        link.cleargrads()
        link.serialize(Load(self.target))
        self.assertIsNone(link.last.W.grad)

    def test_save_uninitialized(self):
        link = chainer.Chain(late=LateScale())
        with self.assertRaisesRegex(ValueError, "LateScale.*'W'"):
            link.serialize(Save({}))

    def test_load_uninitialized(self):
        for dtype in 'f', 'd':
            link = chainer.Chain(late=LateScale())
            source = values(2, 3).astype(dtype)
            link.serialize(Load({'late/W': source}))
            self.assertFalse(link.late.has_uninitialized_params)
            np.testing.assert_array_equal(link.late.W.data, source)
            self.assertEqual(link.late.W.dtype, np.dtype(dtype))
            self.assertFalse(np.shares_memory(link.late.W.data, source))
            self.assertEqual([path for path, _ in link.namedparams()],
                             ['/late/W'])

    def test_load_uninitialized_from_nothing(self):
        link = LateScale()
        link.serialize(Load({}))
        self.assertTrue(link.has_uninitialized_params)

    def test_rehearsal_leaves_everything(self):
        link = self.empty()
        link.add_link('late', LateScale())
        source = dict(self.target, **{'late/W': values(3)})
        link.serialize(Load(source, rehearsing=True))
        self.assertTrue(link.late.has_uninitialized_params)
        self.assertFalse(hasattr(link.late, 'W'))
        for param in link.params():
            np.testing.assert_array_equal(param.data,
                                          np.zeros_like(param.data))

    def test_with_the_serializers(self):
        target = serializers.DictionarySerializer()
        target.save(self.link)
        link = self.empty()
        serializers.NpzDeserializer(target.target).load(link)
        for mine, theirs in zip(self.link.params(), link.params()):
            np.testing.assert_array_equal(mine.data, theirs.data)
        np.testing.assert_array_equal(link.inner.mean, values(3))
        self.assertEqual(link.inner.count, 7)

    def test_late_linear_with_the_serializers(self):
        model = chainer.Chain(l=L.Linear(None, 2))
        model.l(values(4, 3))
        target = serializers.DictionarySerializer()
        target.save(model)
        other = chainer.Chain(l=L.Linear(None, 2))
        serializers.NpzDeserializer(target.target).load(other)
        np.testing.assert_array_equal(other.l(values(4, 3)).data,
                                      model.l(values(4, 3)).data)
