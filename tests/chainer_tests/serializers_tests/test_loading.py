"""What both file formats have in common: nothing is lost or half-loaded."""
import contextlib
import copy
import os
import shutil
import tempfile
import unittest
import warnings

import h5py
import numpy

import chainer
import chainer.functions as F
import chainer.links as L
from chainer import optimizers, serializers
from chainer.serializers import npz_archive

SCALARS = {'flag': True, 'count': 3, 'rate': 0.1, 'text': 'snow \u96ea',
           'empty': '', 'float32': numpy.float32(0.1),
           'int8': numpy.int8(-3), 'bool_': numpy.bool_(True)}


class Everything:
    """Object with values of every kind that can be saved."""

    def __init__(self, seed):
        random = numpy.random.RandomState(seed)
        self.scalars = {
            key: value if seed == 0 else type(value)()
            for key, value in SCALARS.items()}
        self.arrays = {
            f'a{i}': numpy.asarray(random.uniform(0, 100, shape)).astype(dtype)
            for i, (shape, dtype) in enumerate([
                ((), 'f'), ((2, 3), 'd'), ((4,), 'e'), ((0, 3), 'f'),
                ((2, 3, 4), 'i'), ((3,), 'u1'), ((1,), 'i8'), ((30, 20), 'f'),
                ((5,), '?')])}
        self.arrays['transposed'] = random.uniform(size=(3, 2)).T
        self.child = Leaf(seed)

    def serialize(self, serializer):
        for key, value in self.scalars.items():
            self.scalars[key] = serializer(key, value)
        for key, value in self.arrays.items():
            serializer(key, value)
        self.child.serialize(serializer['child']['/leaf/'])


class Leaf:

    def __init__(self, seed):
        self.x = numpy.full(3, seed, 'f')

    def serialize(self, serializer):
        serializer('x', self.x)


def values_of(thing):
    return {**thing.scalars, **thing.arrays, 'x': thing.child.x}


class One:
    """Object with one value."""

    def __init__(self, value):
        self.value = value

    def serialize(self, serializer):
        self.value = serializer('value', self.value)


def assert_same(test, x, y):
    test.assertEqual(x.keys(), y.keys())
    for key in x:
        test.assertIs(type(x[key]), type(y[key]), key)
        if isinstance(x[key], numpy.ndarray):
            test.assertEqual(x[key].dtype, y[key].dtype)
            numpy.testing.assert_array_equal(x[key], y[key], key)
        else:
            test.assertEqual(x[key], y[key])


class FormatTests:
    """Tests of a format, given its functions ``save`` and ``load``."""

    def setUp(self):
        self.directory = tempfile.mkdtemp()
        self.path = os.path.join(self.directory, 'my.model')

    def tearDown(self):
        shutil.rmtree(self.directory)

    def roundtrip(self, saved, target):
        self.save(self.path, One(saved))
        one = One(target)
        self.load(self.path, one)
        return one.value

    def check_refused(self, error, message, saved, target):
        """Checks that a value is refused, and that nothing was changed."""
        self.save(self.path, One(saved))
        one = One(target)
        before = copy.copy(target)
        with self.assertRaisesRegex(error, message) as context:
            self.load(self.path, one)
        self.assertIn(self.path, str(context.exception))
        self.assertIn("'value'", str(context.exception))
        self.assertIs(one.value, target)
        numpy.testing.assert_array_equal(target, before)

    # Round trips

    def test_everything(self):
        source, target = Everything(0), Everything(1)
        arrays = dict(target.arrays)
        self.save(self.path, source)
        self.assertEqual(os.listdir(self.directory), ['my.model'])
        self.load(self.path, target)
        assert_same(self, values_of(target), values_of(source))
        for key, array in arrays.items():
            self.assertIs(target.arrays[key], array)

    def test_saving_returns_the_value(self):
        source = Everything(0)
        before = dict(source.scalars)
        self.save(self.path, source)
        for key, value in before.items():
            self.assertIs(source.scalars[key], value)

    def test_model_and_optimizer(self):
        def make(seed):
            numpy.random.seed(seed)
            model = chainer.Chain(l1=L.Linear(3, 4), l2=L.Linear(4, 2))
            optimizer = optimizers.Adam()
            optimizer.setup(model)
            return model, optimizer

        def train(model, optimizer):
            x = chainer.Variable(numpy.ones((2, 3), 'f'))
            for _ in range(3):
                optimizer.update(lambda: F.sum(model.l2(model.l1(x)) ** 2))

        model, optimizer = make(0)
        train(model, optimizer)
        states = os.path.join(self.directory, 'my.state')
        self.save(self.path, model)
        self.save(states, optimizer)
        model2, optimizer2 = make(1)
        self.load(self.path, model2)
        self.load(states, optimizer2)
        self.assertEqual(optimizer2.t, 3)
        train(model, optimizer)
        train(model2, optimizer2)
        for x, y in zip(model.params(), model2.params()):
            numpy.testing.assert_array_equal(x.data, y.data)

    def test_uninitialized_parameter(self):
        source = chainer.Chain(l1=L.Linear(3, 2))
        self.save(self.path, source)
        target = chainer.Chain(l1=L.Linear(None, 2))
        self.load(self.path, target)
        numpy.testing.assert_array_equal(target.l1.W.data, source.l1.W.data)

    def test_none_returns_what_is_stored(self):
        for value in (numpy.arange(6.0).reshape(2, 3), numpy.array(3, 'f')):
            result = self.roundtrip(value, None)
            self.assertIsInstance(result, numpy.ndarray)
            self.assertEqual(result.dtype, value.dtype)
            numpy.testing.assert_array_equal(result, value)
        self.assertEqual(self.roundtrip('text', None), 'text')

    def test_scalar_takes_the_type_of_the_target(self):
        for saved, target, expected in [
                (3, 0.0, 3.0), (3.0, 0, 3), (True, 0, 1), (1, False, True),
                (3, numpy.int8(0), numpy.int8(3)),
                (0.1, numpy.float32(0), numpy.float32(0.1)),
                (numpy.float32(0.5), 0.0, 0.5), (numpy.array(3), 0, 3),
                (numpy.array([3]), 0, 3), (1 + 2j, 0j, 1 + 2j),
                ([1, 2], [], [1, 2]), ((1.5, 2.5), (), (1.5, 2.5))]:
            result = self.roundtrip(saved, target)
            self.assertIs(type(result), type(expected))
            self.assertEqual(result, expected)

    def test_array_takes_the_type_of_the_target(self):
        for saved, target in [
                ('d', 'f'), ('f', 'd'), ('f', 'e'), ('i', 'f'), ('i8', 'i4'),
                ('i4', 'i8'), ('u1', 'i'), ('?', 'f'), ('>f4', '<f4')]:
            array = numpy.zeros(3, target)
            source = numpy.array([0, 1, 1], saved)
            self.assertIs(self.roundtrip(source, array), array)
            numpy.testing.assert_array_equal(array, source)
            self.assertEqual(array.dtype, target)

    def test_special_numbers(self):
        values = numpy.array([numpy.nan, numpy.inf, -numpy.inf, -0.0], 'd')
        for dtype in 'efd':
            array = numpy.zeros(4, dtype)
            self.roundtrip(values, array)
            numpy.testing.assert_array_equal(array, values)
            self.assertTrue(numpy.signbit(array[3]))

    def test_target_that_is_a_view(self):
        base = numpy.zeros((4, 6), 'f')
        source = numpy.arange(6, dtype='f').reshape(2, 3)
        self.roundtrip(source, base[::2, ::2])
        numpy.testing.assert_array_equal(base[::2, ::2], source)
        self.assertEqual(base.sum(), source.sum())

    # Values that do not fit

    def test_wrong_shape(self):
        for saved, target in [((2, 3), (3, 2)), ((3,), (1, 3)), ((), (1,)),
                              ((1,), (3,)), ((4,), ())]:
            self.check_refused(
                ValueError, r'shape \(.*shape \(', numpy.ones(saved, 'f'),
                numpy.zeros(target, 'f'))

    def test_wrong_type(self):
        for saved, target in [('f', 'i'), ('d', '?'), ('c8', 'f'), ('i', '?'),
                              ('i', 'u4')]:
            self.check_refused(TypeError, f'{numpy.dtype(saved)}.*'
                               f'{numpy.dtype(target)}',
                               numpy.ones(3, saved), numpy.zeros(3, target))

    def test_number_too_large(self):
        self.check_refused(ValueError, 'int64.*int8', numpy.array([1, 300]),
                           numpy.zeros(2, 'i1'))
        self.check_refused(ValueError, 'float64.*float32',
                           numpy.array([1, 1e300]), numpy.zeros(2, 'f'))

    def test_read_only_target(self):
        target = numpy.zeros(3)
        target.flags.writeable = False
        self.check_refused(ValueError, 'read-only', numpy.ones(3), target)

    def test_scalar_that_would_change(self):
        self.check_refused(ValueError, '0.5.*int', 0.5, 3)
        self.check_refused(ValueError, 'nan.*int', numpy.nan, 3)
        self.check_refused(ValueError, '2.*bool', 2, True)
        self.check_refused(ValueError, '300', 300, numpy.int8(3))
        self.check_refused(ValueError, 'float', 1j, 1.5)

    def test_string_for_number(self):
        self.check_refused(TypeError, 'int', 'text', 3)
        self.check_refused(TypeError, 'int', '12', 3)
        self.check_refused(TypeError, 'str', 12, 'text')

    def test_array_for_scalar(self):
        self.check_refused(ValueError, r'shape \(2,\).*float',
                           numpy.ones(2), 0.5)
        self.check_refused(ValueError, 'list', 3, [1, 2])

    def test_unchanged_after_late_failure(self):
        self.save(self.path, Everything(0))
        target = Everything(1)
        before = copy.deepcopy(values_of(target))
        good = target.child.x
        target.child.x = numpy.ones(4, 'f')
        with self.assertRaisesRegex(ValueError, r'leaf/x.*\(3,\).*\(4,\)'):
            self.load(self.path, target)
        target.child.x = good
        assert_same(self, values_of(target), before)

    def test_missing_key(self):
        self.save(self.path, chainer.Chain(l1=L.Linear(3, 2)))
        target = chainer.Chain(l1=L.Linear(3, 2), l2=L.Linear(2, 2))
        before = {k: p.data.copy() for k, p in target.namedparams()}
        with self.assertRaises(KeyError) as context:
            self.load(self.path, target)
        message = str(context.exception)
        for part in (self.path, "'l2/W'", '2 values', "'l1/W'"):
            self.assertIn(part, message)
        self.assertNotIn('\\', message)     # readable, not a repr
        for key, param in target.namedparams():
            numpy.testing.assert_array_equal(param.data, before[key])

    def test_missing_in_empty_file(self):
        self.save(self.path, chainer.Chain())
        with self.assertRaisesRegex(KeyError, '0 values'):
            self.load(self.path, One(3))

    def test_key_is_below_another(self):
        self.save(self.path, chainer.Chain(model=chainer.Chain(
            l1=L.Linear(3, 2))))
        with self.assertRaisesRegex(KeyError, r"deserializer\['model/'\]"):
            self.load(self.path, chainer.Chain(l1=L.Linear(3, 2)))

    def test_group_is_no_value(self):
        self.save(self.path, chainer.Chain(value=L.Linear(3, 2)))
        with self.assertRaisesRegex(KeyError, "'value'"):
            self.load(self.path, One(3))

    # Values that cannot be saved

    def test_unsaveable(self):
        self.save(self.path, One(3))
        for value in (None, object(), numpy.array([None]), {'a': 1}, 2 ** 70,
                      [1, None], len):
            with self.assertRaisesRegex(TypeError, 'value'):
                self.save(self.path, One(value))
        with self.assertRaisesRegex(ValueError, 'value.*null'):
            self.save(self.path, One('text\0'))
        # What was there before is there still.
        one = One(0)
        self.load(self.path, one)
        self.assertEqual(one.value, 3)
        self.assertEqual(os.listdir(self.directory), ['my.model'])

    def test_failure_while_saving(self):
        class Failing:
            def serialize(self, serializer):
                serializer('x', 1)
                raise ZeroDivisionError

        with self.assertRaises(ZeroDivisionError):
            self.save(self.path, Failing())
        self.assertEqual(os.listdir(self.directory), [])

    # Files that are broken

    def check_broken(self, content):
        with open(self.path, 'wb') as f:
            f.write(content)
        target = Everything(1)
        before = copy.deepcopy(values_of(target))
        with self.assertRaises(ValueError) as context:
            self.load(self.path, target)
        self.assertIn(self.path, str(context.exception))
        assert_same(self, values_of(target), before)
        return str(context.exception)

    def saved(self):
        self.save(self.path, Everything(0))
        with open(self.path, 'rb') as f:
            return f.read()

    def test_truncated(self):
        content = self.saved()
        for tenth in range(10):
            self.check_broken(content[:len(content) * tenth // 10])
        self.check_broken(content[:-1])

    def test_no_such_format(self):
        random = numpy.random.RandomState(0)
        for size in (1, 10, 1000, 100000):
            self.check_broken(random.bytes(size))
            self.check_broken(bytes(size))
        self.check_broken(b'text, and not arrays\n' * 100)

    def test_missing_file(self):
        with self.assertRaises(FileNotFoundError):
            self.load(os.path.join(self.directory, 'missing'), One(3))

    def test_directory(self):
        with self.assertRaises(OSError):
            self.load(self.directory, One(3))

    # Rehearsal

    def test_rehearsal(self):
        seen = []

        class Watching:
            x = numpy.zeros(3)
            number = 1

            def serialize(self, serializer):
                self.number = serializer('number', self.number)
                serializer('x', self.x)
                stored = serializer('x', None)
                seen.append((serializer.rehearsing,
                             serializer['a'].rehearsing, self.number,
                             self.x.copy(), stored.copy()))

        class Source:
            def serialize(self, serializer):
                serializer('number', 2)
                serializer('x', numpy.ones(3))

        self.save(self.path, Source())
        self.load(self.path, Watching())
        self.assertEqual([s[:3] for s in seen],
                         [(True, True, 1), (False, False, 2)])
        numpy.testing.assert_array_equal(seen[0][3], 0)
        numpy.testing.assert_array_equal(seen[1][3], 1)
        for s in seen:
            numpy.testing.assert_array_equal(s[4], 1)

    def test_each_value_is_read_once(self):
        self.save(self.path, Everything(0))
        target = Everything(1)
        with self.deserializer() as deserializer:
            source = deserializer._source
            read, keys = source.read, []
            source.read = lambda key: keys.append(key) or read(key)
            deserializer.load(target)
            self.assertEqual(len(keys), len(set(keys)))
            self.assertEqual(len(keys), len(values_of(target)))
            self.assertEqual(deserializer._stash, {})

    def test_values_are_released_when_used(self):
        source = Everything(0)
        self.save(self.path, source)
        counts = []

        class Counting:
            def serialize(self, serializer):
                for key, value in source.arrays.items():
                    serializer(key, value)
                    counts.append(len(serializer._stash))

        with self.deserializer() as deserializer:
            deserializer.load(Counting())
        size = len(source.arrays)
        self.assertEqual(
            counts, [*range(1, size + 1), *range(size - 1, -1, -1)])

    def test_stash_is_empty_after_failure(self):
        self.save(self.path, Everything(0))
        target = Everything(1)
        target.child.x = numpy.zeros(7)
        with self.deserializer() as deserializer:
            with self.assertRaises(ValueError):
                deserializer.load(target)
            self.assertEqual(deserializer._stash, {})


class TestNpz(FormatTests, unittest.TestCase):

    save = staticmethod(serializers.save_npz)
    load = staticmethod(serializers.load_npz)

    @contextlib.contextmanager
    def deserializer(self):
        with npz_archive.open_archive(self.path) as archive:
            yield serializers.NpzDeserializer(archive)

    def test_changed_bytes(self):
        content = self.saved()
        random = numpy.random.RandomState(0)
        source = values_of(Everything(0))
        refused = 0
        for position in random.permutation(len(content))[:300]:
            changed = bytearray(content)
            changed[position] ^= 1 << random.randint(8)
            with open(self.path, 'wb') as f:
                f.write(changed)
            target = Everything(1)
            before = copy.deepcopy(values_of(target))
            try:
                with warnings.catch_warnings():
                    warnings.simplefilter('ignore')
                    self.load(self.path, target)
            except (ValueError, KeyError) as error:
                self.assertIn(self.path, str(error))
                assert_same(self, values_of(target), before)
                refused += 1
            else:
                # A byte that does not matter, such as one of a date.
                assert_same(self, values_of(target), source)
        self.assertGreater(refused, 100)


class TestHDF5(FormatTests, unittest.TestCase):

    save = staticmethod(serializers.save_hdf5)
    load = staticmethod(serializers.load_hdf5)

    @contextlib.contextmanager
    def deserializer(self):
        with h5py.File(self.path, 'r') as file:
            yield serializers.HDF5Deserializer(file)
