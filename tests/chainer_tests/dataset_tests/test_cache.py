import os
import shutil
import tempfile
import unittest
from unittest import mock

import numpy
from numpy import testing

from chainer.dataset import cache


class TestLoadOrRebuild(unittest.TestCase):

    def setUp(self):
        self.folder = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.folder)
        self.path = os.path.join(self.folder, 'number.txt')
        self.n_created = 0

    def create(self, path):
        self.n_created += 1
        with open(path, 'w') as f:
            f.write('42')
        return 42

    def load(self, path):
        with open(path) as f:
            return int(f.read())

    def test_first_and_second_time(self):
        for _ in range(2):
            self.assertEqual(
                cache.load_or_rebuild(self.path, self.create, self.load), 42)
        self.assertEqual(self.n_created, 1)

    def test_broken_file(self):
        with open(self.path, 'w') as f:
            f.write('forty-two')
        with self.assertWarnsRegex(RuntimeWarning, 'number.txt is broken'):
            value = cache.load_or_rebuild(self.path, self.create, self.load)
        self.assertEqual(value, 42)
        self.assertEqual(self.load(self.path), 42)

    def test_error_of_the_creator_gets_through(self):
        def create(path):
            raise ValueError('no number')

        with self.assertRaisesRegex(ValueError, 'no number'):
            cache.load_or_rebuild(self.path, create, self.load)

    def test_other_errors_do_not_remove_the_file(self):
        self.create(self.path)

        def load(path):
            raise PermissionError('not for you')

        with self.assertRaisesRegex(PermissionError, 'not for you'):
            cache.load_or_rebuild(self.path, self.create, load)
        self.assertEqual(self.load(self.path), 42)


class TestLoadOrRebuildNpz(unittest.TestCase):

    def setUp(self):
        self.folder = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.folder)
        self.path = os.path.join(self.folder, 'arrays.npz')
        self.n_created = 0

    def create(self):
        self.n_created += 1
        return {'x': numpy.arange(1000, dtype=numpy.int16)}

    def check(self, arrays):
        if arrays['x'].ndim != 1:
            raise ValueError('x is no vector')

    def get(self):
        arrays = cache.load_or_rebuild_npz(self.path, self.create, self.check)
        self.assertEqual(list(arrays), ['x'])
        self.assertEqual(arrays['x'].dtype, numpy.int16)
        testing.assert_array_equal(arrays['x'], range(1000))

    def check_rebuilds(self, message=''):
        with self.assertWarnsRegex(RuntimeWarning, 'arrays.npz.*' + message):
            self.get()
        self.get()
        self.assertEqual(self.n_created, 1)

    def test_first_and_second_time(self):
        self.get()
        self.get()
        self.assertEqual(self.n_created, 1)

    def test_not_an_npz_file(self):
        for content in (b'', b'words', b'PK\x03\x04 and more'):
            self.n_created = 0
            with open(self.path, 'wb') as f:
                f.write(content)
            self.check_rebuilds()

    def test_truncated_file(self):
        self.get()
        with open(self.path, 'r+b') as f:
            f.truncate(os.path.getsize(self.path) // 2)
        self.n_created = 0
        self.check_rebuilds()

    def test_flipped_bits(self):
        self.get()
        with open(self.path, 'rb') as f:
            content = bytearray(f.read())
        for i in range(len(content) // 2, len(content) // 2 + 40):
            content[i] ^= 0xff
        with open(self.path, 'wb') as f:
            f.write(content)
        self.n_created = 0
        self.check_rebuilds()

    def test_single_array(self):
        with open(self.path, 'wb') as f:
            numpy.save(f, numpy.zeros(3))
        self.check_rebuilds()

    def test_missing_array(self):
        numpy.savez(self.path, y=numpy.zeros(3))
        self.check_rebuilds("'x'")

    def test_refused_array(self):
        numpy.savez(self.path, x=numpy.zeros((3, 3)))
        self.check_rebuilds('x is no vector')

    def test_error_of_the_disk_does_not_remove_the_file(self):
        self.get()
        with mock.patch.object(
                numpy, 'load', side_effect=OSError('disk on fire')):
            with self.assertRaisesRegex(OSError, 'disk on fire'):
                self.get()
        self.get()
        self.assertEqual(self.n_created, 1)

    def test_pickles_are_not_loaded(self):
        numpy.savez(self.path, x=numpy.array([{}, None], dtype=object))
        self.check_rebuilds('allow_pickle')
