import os
import shutil
import tempfile
import tracemalloc
import unittest
from unittest import mock

import h5py
import numpy

import chainer
import chainer.links as L
from chainer import serializers
from chainer.serializers import hdf5


class Values:

    def __init__(self, **values):
        self.values = values

    def serialize(self, serializer):
        for key, value in self.values.items():
            self.values[key] = serializer(key, value)


class HDF5Test(unittest.TestCase):

    def setUp(self):
        self.directory = tempfile.mkdtemp()
        self.path = os.path.join(self.directory, 'my.model')

    def tearDown(self):
        shutil.rmtree(self.directory)

    def load(self, **values):
        target = Values(**values)
        serializers.load_hdf5(self.path, target)
        return target.values


class TestHDF5Serializer(HDF5Test):

    def test_hierarchy(self):
        model = chainer.Chain(l1=L.Linear(3, 4), l2=L.Linear(4, 2))
        serializers.save_hdf5(self.path, model)
        with h5py.File(self.path, 'r') as file:
            self.assertEqual(set(file), {'l1', 'l2'})
            self.assertEqual(set(file['l1']), {'W', 'b'})
            self.assertEqual(file['l1/W'].dtype, numpy.float32)
            numpy.testing.assert_array_equal(
                file['l1/W'][()], model.l1.W.data)

    def test_compression(self):
        values = Values(array=numpy.zeros(100), scalar=3, zero=numpy.array(3),
                        one=numpy.ones(1), none=numpy.ones((0, 3)), text='x')
        for level in (4, 9, 0):
            serializers.save_hdf5(self.path, values, compression=level)
            with h5py.File(self.path, 'r') as file:
                self.assertEqual(file['array'].compression, 'gzip')
                self.assertEqual(file['array'].compression_opts, level)
                for key in ('scalar', 'zero', 'one', 'none', 'text'):
                    self.assertIsNone(file[key].compression)

    def test_default_compression(self):
        with h5py.File(self.path, 'w') as file:
            serializer = hdf5.HDF5Serializer(file)
            self.assertIs(serializer.group, file)
            self.assertEqual(serializer.compression, 4)
            self.assertEqual(
                hdf5.HDF5Serializer(file, 7)['a'].compression, 7)

    def test_text(self):
        text = 'snow \u96ea \U0001f328'
        serializers.save_hdf5(self.path, Values(
            text=text, array=numpy.array([['a', text], ['', 'b']])))
        with h5py.File(self.path, 'r') as file:
            self.assertEqual(file['text'].asstr()[()], text)
        loaded = self.load(text='', array=None)
        self.assertEqual(loaded['text'], text)
        numpy.testing.assert_array_equal(
            loaded['array'], [['a', text], ['', 'b']])

    def test_error_names_the_key(self):
        with h5py.File(self.path, 'w') as file:
            with self.assertRaisesRegex(TypeError, '/a/b/x'):
                hdf5.HDF5Serializer(file)['a']['/b/']('x', None)

    def test_group_of_a_file(self):
        model = chainer.Chain(l1=L.Linear(3, 2))
        with h5py.File(self.path, 'w') as file:
            hdf5.HDF5Serializer(file.create_group('first')).save(model)
            hdf5.HDF5Serializer(file.create_group('second')).save(Values(x=3))
        target = chainer.Chain(l1=L.Linear(3, 2))
        with h5py.File(self.path, 'r') as file:
            deserializer = hdf5.HDF5Deserializer(file['first'])
            self.assertEqual(deserializer.group, file['first'])
            deserializer.load(target)
            with self.assertRaisesRegex(KeyError, r'my.model \(/first\)'):
                deserializer.load(Values(x=0))
            # As v1 code does it.
            self.assertEqual(
                hdf5.HDF5Deserializer(file)['second']('x', 0), 3)
        numpy.testing.assert_array_equal(target.l1.W.data, model.l1.W.data)


class TestHDF5Deserializer(HDF5Test):

    def test_what_other_programs_write(self):
        with h5py.File(self.path, 'w') as file:
            file['array'] = numpy.arange(3, dtype='>f4')
            file['bytes'] = numpy.bytes_('text')
            file['chunked'] = numpy.zeros((30, 40), 'f')
            file['hard'] = file['array']
            file['soft'] = h5py.SoftLink('/array')
        loaded = self.load(array=numpy.zeros(3, 'f'), bytes='', soft=None,
                           hard=None, chunked=numpy.ones((30, 40), 'f'))
        self.assertEqual(loaded['bytes'], 'text')
        for key in ('array', 'hard', 'soft'):
            numpy.testing.assert_array_equal(loaded[key], [0, 1, 2])
        self.assertFalse(loaded['chunked'].any())

    def refuse(self, message):
        with self.assertRaisesRegex(ValueError, message) as context:
            self.load(x=None)
        self.assertIn(self.path, str(context.exception))
        self.assertIn("'x'", str(context.exception))

    def test_no_plain_array(self):
        with h5py.File(self.path, 'w') as file:
            file['array'] = numpy.arange(3)
            file['x'] = file['array'].ref
        self.refuse('not an array of numbers')
        with h5py.File(self.path, 'w') as file:
            file.create_dataset('x', (2,), h5py.vlen_dtype(numpy.int32))
        self.refuse('not an array of numbers')
        with h5py.File(self.path, 'w') as file:
            file['x'] = h5py.Empty('f')
        self.refuse('empty')

    def test_huge_array_declared(self):
        with h5py.File(self.path, 'w') as file:
            file.create_dataset('x', (10 ** 12,), 'd', chunks=(1000,))
        tracemalloc.start()
        self.addCleanup(tracemalloc.stop)
        self.refuse('declares')
        self.assertLess(tracemalloc.get_traced_memory()[1], 10 ** 7)

    def test_corrupted_data(self):
        random = numpy.random.RandomState(0)
        x = random.uniform(size=1000)
        serializers.save_hdf5(self.path, Values(x=x))
        with h5py.File(self.path, 'r') as file:
            offset = file['x'].id.get_chunk_info(0).byte_offset
        with open(self.path, 'r+b') as file:
            file.seek(offset + 100)
            file.write(bytes(100))
        self.refuse('broken')

    def test_npz_file(self):
        serializers.save_npz(self.path, Values(x=3))
        with self.assertRaisesRegex(ValueError, 'NPZ.*load_npz'):
            self.load(x=0)


class TestWithoutH5py(unittest.TestCase):

    def test_error(self):
        with mock.patch('chainer.serializers.hdf5._available', False):
            for call in (
                    lambda: serializers.save_hdf5('x.h5', Values()),
                    lambda: serializers.load_hdf5('x.h5', Values()),
                    lambda: serializers.HDF5Serializer(None),
                    lambda: serializers.HDF5Deserializer(None)):
                with self.assertRaisesRegex(RuntimeError, 'install h5py'):
                    call()
        self.assertFalse(os.path.exists('x.h5'))


class TestAliases(unittest.TestCase):

    def test_module(self):
        for name in ('HDF5Serializer', 'HDF5Deserializer', 'save_hdf5',
                     'load_hdf5'):
            self.assertIs(getattr(hdf5, name), getattr(serializers, name))
