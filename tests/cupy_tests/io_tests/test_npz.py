import io
import os
import tempfile
import unittest

import numpy

import cupy
from cupy import testing


@testing.gpu
class TestSaveAndLoad(unittest.TestCase):

    @testing.for_all_dtypes()
    def test_types(self, dtype):
        for x in (testing.shaped_arange((2, 3), cupy, dtype),
                  testing.shaped_arange((2, 3), cupy, dtype).T,
                  cupy.ones((), dtype), cupy.ones((0, 2), dtype)):
            file = io.BytesIO()
            cupy.save(file, x)
            file.seek(0)
            y = cupy.load(file)
            self.assertIsInstance(y, cupy.ndarray)
            self.assertEqual(y.dtype, dtype)
            testing.assert_array_equal(x, y)
            file.seek(0)
            testing.assert_array_equal(x, numpy.load(file))

    def test_name_and_map(self):
        x = testing.shaped_arange((2, 3))
        with tempfile.TemporaryDirectory() as directory:
            path = os.path.join(directory, 'array')
            cupy.save(path, x)
            testing.assert_array_equal(cupy.load(path + '.npy'), x)
            testing.assert_array_equal(cupy.load(path + '.npy', 'r'), x)

    def test_missing(self):
        with self.assertRaises(FileNotFoundError):
            cupy.load('/no/such/file.npy')

    def test_objects(self):
        file = io.BytesIO()
        numpy.save(file, numpy.array([None, 'text'], object))
        file.seek(0)
        with self.assertRaises(ValueError):
            cupy.load(file)


@testing.gpu
@testing.parameterize({'name': 'savez'}, {'name': 'savez_compressed'})
class TestSavez(unittest.TestCase):

    def setUp(self):
        self.x = testing.shaped_arange((2, 3))
        self.y = testing.shaped_arange((4,), dtype='b')
        self.file = io.BytesIO()
        getattr(cupy, self.name)(self.file, self.x, numpy.ones(2), y=self.y)
        self.file.seek(0)

    def test_cupy(self):
        with cupy.load(self.file) as arrays:
            self.assertEqual(sorted(arrays.files), ['arr_0', 'arr_1', 'y'])
            self.assertEqual(sorted(arrays), ['arr_0', 'arr_1', 'y'])
            self.assertEqual(len(arrays), 3)
            self.assertIn('y', arrays)
            self.assertIsInstance(arrays['arr_1'], cupy.ndarray)
            self.assertEqual(arrays['y'].dtype, numpy.int8)
            testing.assert_array_equal(arrays['arr_0'], self.x)
            testing.assert_array_equal(arrays['y'], self.y)
            with self.assertRaises(KeyError):
                arrays['z']

    def test_numpy(self):
        with numpy.load(self.file) as arrays:
            testing.assert_array_equal(arrays['arr_0'], self.x)
            testing.assert_array_equal(arrays['y'], self.y)

    def test_close(self):
        with tempfile.TemporaryDirectory() as directory:
            path = os.path.join(directory, 'arrays')
            getattr(cupy, self.name)(path, x=self.x)
            with cupy.load(path + '.npz') as arrays:
                self.assertIsNotNone(arrays.npz_file.fid)
            self.assertIsNone(arrays.npz_file.fid)


class TestCompression(unittest.TestCase):

    @testing.gpu
    def test_size(self):
        sizes = []
        for save in (cupy.savez, cupy.savez_compressed):
            file = io.BytesIO()
            save(file, cupy.zeros(10000))
            sizes.append(len(file.getvalue()))
        self.assertGreater(sizes[0], 80000)
        self.assertLess(sizes[1], 8000)
