import unittest

import chainer
from chainer import serializer


class Pair:
    """What serializers are made for."""

    def __init__(self, a, b):
        self.a = a
        self.b = b

    def serialize(self, serializer):
        self.a = serializer('a', self.a)
        self.b = serializer['part']('b', self.b)


class Save(chainer.Serializer):

    def __init__(self, target, path=''):
        self.target = target
        self.path = path

    def __getitem__(self, key):
        return Save(self.target, f'{self.path}{key}/')

    def __call__(self, key, value):
        self.target[self.path + key] = value
        return value


class Load(chainer.Deserializer):

    def __init__(self, source, path=''):
        self.source = source
        self.path = path

    def __getitem__(self, key):
        return Load(self.source, f'{self.path}{key}/')

    def __call__(self, key, value):
        return self.source[self.path + key]


class TestProtocol(unittest.TestCase):

    def test_save_and_load(self):
        target = {}
        pair = Pair(1, 'x')
        Save(target).save(pair)
        self.assertEqual(target, {'a': 1, 'part/b': 'x'})
        self.assertEqual((pair.a, pair.b), (1, 'x'))
        other = Pair(None, None)
        Load(target).load(other)
        self.assertEqual((other.a, other.b), (1, 'x'))

    def test_base_classes(self):
        for cls in chainer.Serializer, chainer.Deserializer:
            self.assertTrue(issubclass(cls, chainer.AbstractSerializer))

    def test_abstract_methods(self):
        for cls in (chainer.AbstractSerializer, chainer.Serializer,
                    chainer.Deserializer):
            with self.assertRaisesRegex(NotImplementedError,
                                        f'{cls.__name__}.*__getitem__'):
                cls()['key']
            with self.assertRaisesRegex(NotImplementedError,
                                        f'{cls.__name__}.*__call__'):
                cls()('key', 1)

    def test_not_rehearsing_by_default(self):
        self.assertIs(chainer.Deserializer.rehearsing, False)

    def test_public_names(self):
        for name in 'AbstractSerializer', 'Serializer', 'Deserializer':
            self.assertIs(getattr(chainer, name), getattr(serializer, name))
