import io
import os
import shutil
import tempfile
import tracemalloc
import unittest
import zipfile
from unittest import mock

import h5py
import numpy

import chainer
import chainer.links as L
from chainer import serializers
from chainer.serializers import npz


def make_model(seed=0):
    numpy.random.seed(seed)
    return chainer.Chain(l1=L.Linear(3, 4), l2=L.Linear(4, 2))


class TestDictionarySerializer(unittest.TestCase):

    def test_keys(self):
        serializer = serializers.DictionarySerializer()
        serializer.save(make_model())
        self.assertEqual(set(serializer.target),
                         {'l1/W', 'l1/b', 'l2/W', 'l2/b'})

    def test_given_target_and_path(self):
        target = {'kept': 1}
        for path in ('a/b', 'a/b/', '/a/b'):
            serializer = serializers.DictionarySerializer(target, path)
            self.assertIs(serializer.target, target)
            serializer('x', 2)
            serializer['/c/']('/y', 3)
            self.assertEqual(set(target), {'kept', 'a/b/x', 'a/b/c/y'})

    def test_empty_target_is_used(self):
        target = {}
        serializers.DictionarySerializer(target)('x', 2)
        self.assertEqual(target['x'], 2)

    def test_values(self):
        serializer = serializers.DictionarySerializer()
        array = numpy.arange(3)
        self.assertIs(serializer('array', array), array)
        self.assertIs(serializer.target['array'], array)
        for value, kind in [(1, 'i'), (1.5, 'f'), (True, 'b'), ('text', 'U'),
                            (numpy.float32(1.5), 'f'), (b'raw', 'S')]:
            self.assertIs(serializer('value', value), value)
            stored = serializer.target['value']
            self.assertIsInstance(stored, numpy.ndarray)
            self.assertEqual(stored.dtype.kind, kind)
            self.assertEqual(stored.item(), value)

    def test_error_names_the_whole_key(self):
        serializer = serializers.DictionarySerializer()
        with self.assertRaisesRegex(TypeError, "'a/b/x': it is None"):
            serializer['a']['b']('x', None)

    def test_for_savez(self):
        serializer = serializers.DictionarySerializer()
        model = make_model()
        serializer.save(model)
        file = io.BytesIO()
        numpy.savez(file, **serializer.target)
        file.seek(0)
        other = make_model(1)
        with numpy.load(file) as loaded:
            serializers.NpzDeserializer(loaded).load(other)
        numpy.testing.assert_array_equal(other.l1.W.data, model.l1.W.data)


class TestNpzDeserializer(unittest.TestCase):

    def setUp(self):
        self.model = make_model(0)
        serializer = serializers.DictionarySerializer()
        serializer['updater']['model:main'].save(self.model)
        serializer('iteration', 3)
        self.arrays = serializer.target
        self.file = io.BytesIO()
        numpy.savez(self.file, **self.arrays)

    def check(self, npz):
        for path in ('updater/model:main', 'updater/model:main/'):
            target = make_model(1)
            serializers.NpzDeserializer(npz, path).load(target)
            numpy.testing.assert_array_equal(
                target.l1.W.data, self.model.l1.W.data)
        target = make_model(1)
        deserializer = serializers.NpzDeserializer(npz)
        self.assertIs(deserializer.npz, npz)
        # As v1 code does it.
        target.serialize(deserializer['updater']['model:main'])
        numpy.testing.assert_array_equal(
            target.l1.W.data, self.model.l1.W.data)
        self.assertEqual(deserializer('iteration', 0), 3)
        self.assertFalse(deserializer.rehearsing)

    def test_dictionary(self):
        self.check(self.arrays)

    def test_dictionary_of_other_things(self):
        deserializer = serializers.NpzDeserializer({'x': 3, 'y': [1.5, 2]})
        self.assertEqual(deserializer('x', 0), 3)
        numpy.testing.assert_array_equal(deserializer('y', None), [1.5, 2])

    def test_arrays_of_dictionary_are_not_shared(self):
        arrays = {'x': numpy.zeros(3)}
        loaded = serializers.NpzDeserializer(arrays)('x', None)
        loaded[...] = 1
        numpy.testing.assert_array_equal(arrays['x'], 0)

    def test_numpy_load(self):
        self.file.seek(0)
        with numpy.load(self.file) as loaded:
            self.check(loaded)

    def test_missing(self):
        with self.assertRaisesRegex(
                KeyError, r"dictionary has no value 'l1/W' among its 5"):
            serializers.NpzDeserializer(self.arrays).load(make_model())

    def test_similar_keys(self):
        with self.assertRaisesRegex(KeyError, "for example 'iteration'"):
            serializers.NpzDeserializer(self.arrays)('iterations', 0)

    def test_string_of_python_2(self):
        text = 'snow \u96ea'
        arrays = {'x': numpy.array(text.encode('utf-8'))}
        result = serializers.NpzDeserializer(arrays)('x', '')
        self.assertEqual(result, text)

    def test_bytes(self):
        arrays = {'x': numpy.array(b'raw')}
        result = serializers.NpzDeserializer(arrays)('x', b'')
        self.assertEqual(result, b'raw')


class Values:

    def __init__(self, **values):
        self.values = values

    def serialize(self, serializer):
        for key, value in self.values.items():
            self.values[key] = serializer(key, value)


class FileTest(unittest.TestCase):

    def setUp(self):
        self.directory = tempfile.mkdtemp()
        self.path = os.path.join(self.directory, 'my.model')

    def tearDown(self):
        shutil.rmtree(self.directory)


class TestSaveNpz(FileTest):

    def test_readable_by_numpy(self):
        model = make_model()
        for compression in (True, False):
            serializers.save_npz(self.path, model, compression)
            with numpy.load(self.path, allow_pickle=False) as loaded:
                self.assertEqual(set(loaded.files),
                                 {'l1/W', 'l1/b', 'l2/W', 'l2/b'})
                numpy.testing.assert_array_equal(
                    loaded['l1/W'], model.l1.W.data)

    def test_compression(self):
        values = Values(x=numpy.zeros(10000))
        serializers.save_npz(self.path, values, compression=False)
        self.assertGreater(os.path.getsize(self.path), 80000)
        serializers.save_npz(self.path, values)
        self.assertLess(os.path.getsize(self.path), 2000)

    def test_exact_name(self):
        for name in ('model', 'model.npz', 'model.h5', 'm\u00f6del'):
            serializers.save_npz(os.path.join(self.directory, name), Values())
        self.assertEqual(set(os.listdir(self.directory)),
                         {'model', 'model.npz', 'model.h5', 'm\u00f6del'})

    def test_keys_that_savez_would_take_for_arguments(self):
        names = 'file', 'allow_pickle', 'args', 'kwds', 'x.npy'
        serializers.save_npz(self.path, Values(**{
            name: i for i, name in enumerate(names)}))
        target = Values(**dict.fromkeys(names, -1))
        serializers.load_npz(self.path, target)
        self.assertEqual(list(target.values.values()), [0, 1, 2, 3, 4])

    def test_file_object(self):
        file = io.BytesIO()
        serializers.save_npz(file, Values(x=3))
        file.seek(0)
        target = Values(x=0)
        serializers.load_npz(file, target)
        self.assertEqual(target.values['x'], 3)
        with open(self.path, 'wb') as f:
            serializers.save_npz(f, Values(x=4))
        with open(self.path, 'rb') as f:
            serializers.load_npz(f, target)
            self.assertFalse(f.closed)
        self.assertEqual(target.values['x'], 4)

    def test_equal_files(self):
        serializers.save_npz(self.path, make_model())
        with open(self.path, 'rb') as f:
            first = f.read()
        serializers.save_npz(self.path, make_model())
        with open(self.path, 'rb') as f:
            self.assertEqual(f.read(), first)

    def test_failure_while_writing(self):
        serializers.save_npz(self.path, Values(x=3))
        with mock.patch('numpy.lib.format.write_array',
                        side_effect=OSError('disk full')):
            with self.assertRaisesRegex(OSError, 'disk full'):
                serializers.save_npz(self.path, Values(x=4))
        target = Values(x=0)
        serializers.load_npz(self.path, target)
        self.assertEqual(target.values['x'], 3)
        self.assertEqual(os.listdir(self.directory), ['my.model'])

    def test_fortran_order(self):
        array = numpy.asfortranarray(numpy.arange(6.0).reshape(2, 3))
        serializers.save_npz(self.path, Values(x=array))
        target = Values(x=numpy.zeros((2, 3)))
        serializers.load_npz(self.path, target)
        numpy.testing.assert_array_equal(target.values['x'], array)


class TestLoadNpz(FileTest):

    def refuse(self, message, target=None):
        if target is None:
            target = Values(x=numpy.zeros(3))
        with self.assertRaisesRegex(ValueError, message) as context:
            serializers.load_npz(self.path, target)
        self.assertIn(self.path, str(context.exception))
        return str(context.exception)

    def write(self, method=zipfile.ZIP_STORED, **entries):
        with zipfile.ZipFile(self.path, 'w', method) as archive:
            for name, content in entries.items():
                archive.writestr(f'{name}.npy', content)

    def npy(self, array):
        file = io.BytesIO()
        numpy.save(file, array)
        return file.getvalue()

    def header(self, shape, descr='<f8'):
        file = io.BytesIO()
        numpy.lib.format.write_array_header_1_0(file, {
            'shape': shape, 'fortran_order': False, 'descr': descr})
        return file.getvalue()

    def test_written_by_numpy(self):
        array = numpy.arange(3.0)
        for version in [(1, 0), (2, 0)]:
            file = io.BytesIO()
            numpy.lib.format.write_array(file, array, version)
            self.write(x=file.getvalue())
            target = Values(x=numpy.zeros(3))
            serializers.load_npz(self.path, target)
            numpy.testing.assert_array_equal(target.values['x'], array)

    def test_pickle(self):
        numpy.savez(self.path + '.npz', x=numpy.array([1, None]), y=3)
        self.path += '.npz'
        message = self.refuse('pickle')
        self.assertIn("'x'", message)
        self.refuse('pickle', Values(x=None))
        # It is only a matter of what the object asks for.
        target = Values(y=0)
        serializers.load_npz(self.path, target)
        self.assertEqual(target.values['y'], 3)

    def test_pickle_that_the_user_allowed(self):
        numpy.savez(self.path + '.npz', x=numpy.array([1, None]))
        with numpy.load(self.path + '.npz', allow_pickle=True) as loaded:
            with self.assertRaisesRegex(ValueError, 'pickle'):
                serializers.NpzDeserializer(loaded)('x', None)

    def test_other_files(self):
        numpy.save(self.path + '.npy', numpy.zeros(3))
        os.rename(self.path + '.npy', self.path)
        self.refuse('NUMPY')
        open(self.path, 'w').close()
        self.refuse('empty')
        with h5py.File(self.path, 'w') as file:
            file['x'] = numpy.zeros(3)
        self.refuse('HDF5.*load_hdf5')

    def test_entry_that_is_no_array(self):
        self.write(x=b'just text')
        self.refuse("'x'")
        self.write(x=b'')
        self.refuse("'x'")

    def test_huge_array_declared(self):
        tracemalloc.start()
        self.addCleanup(tracemalloc.stop)
        for shape in [(10 ** 9,), (10 ** 30,), (2 ** 32, 2 ** 32),
                      (-1, -10 ** 9)]:
            self.write(x=self.header(shape) + bytes(24))
            self.refuse("'x'.*declares", Values(x=None))
        self.write(x=self.header((10 ** 9,), '<U1000') + bytes(24))
        self.refuse("'x'.*declares", Values(x=None))
        self.assertLess(tracemalloc.get_traced_memory()[1], 10 ** 7)

    def test_huge_entry_declared(self):
        content = self.header((10 ** 10,)) + bytes(24)
        self.write(x=content)
        with open(self.path, 'rb') as f:
            archive = f.read()
        # Change the size in the directory at the end, which is the one used.
        directory = archive.index(b'PK\x01\x02')
        field = slice(directory + 24, directory + 28)
        changed = bytearray(archive)
        changed[field] = (2 ** 32 - 2).to_bytes(4, 'little')
        with open(self.path, 'wb') as f:
            f.write(changed)
        self.refuse('bytes cannot contain', Values(x=None))

    def test_wrong_length(self):
        content = self.npy(numpy.zeros(3))
        for wrong in (content[:-1], content[:-8], content + b'\0'):
            self.write(x=wrong)
            self.refuse("'x'.*declares")

    def test_shape_is_compared_before_reading(self):
        self.write(zipfile.ZIP_DEFLATED, x=self.npy(numpy.zeros(3 * 10 ** 6)))
        tracemalloc.start()
        self.addCleanup(tracemalloc.stop)
        self.refuse(r'shape \(3000000,\)')
        self.assertLess(tracemalloc.get_traced_memory()[1], 5 * 10 ** 6)

    def test_checksum(self):
        self.write(x=self.npy(numpy.ones(3)))
        with open(self.path, 'rb') as f:
            content = bytearray(f.read())
        position = content.index(numpy.ones(1).tobytes())
        content[position] ^= 1
        with open(self.path, 'wb') as f:
            f.write(content)
        self.refuse("'x'.*CRC")

    def test_unknown_compression(self):
        self.write(zipfile.ZIP_LZMA, x=self.npy(numpy.ones(3)))
        self.refuse('compression')

    def test_memory(self):
        # One copy of what is in the file, besides the object.
        arrays = {f'x{i}': numpy.full(10 ** 6, i, 'f') for i in range(5)}
        serializers.save_npz(self.path, Values(**arrays), compression=False)
        target = Values(**{key: numpy.empty_like(array)
                           for key, array in arrays.items()})
        tracemalloc.start()
        self.addCleanup(tracemalloc.stop)
        serializers.load_npz(self.path, target)
        size = 5 * 4 * 10 ** 6
        self.assertLess(tracemalloc.get_traced_memory()[1], 1.2 * size)
        numpy.testing.assert_array_equal(target.values['x4'], 4)


class TestAliases(unittest.TestCase):

    def test_module(self):
        for name in ('DictionarySerializer', 'NpzDeserializer', 'save_npz',
                     'load_npz'):
            self.assertIs(getattr(npz, name), getattr(serializers, name))
