import gzip
import os
import shutil
import struct
import tempfile
import unittest

import numpy
from numpy import testing

from chainer.datasets import idx_file


def idx(array, magic=None):
    magic = 0x800 + array.ndim if magic is None else magic
    header = struct.pack(f'>{1 + array.ndim}I', magic, *array.shape)
    return header + array.tobytes()


class TestRead(unittest.TestCase):

    def setUp(self):
        self.folder = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.folder)
        self.path = os.path.join(self.folder, 'images')
        self.array = numpy.random.RandomState(0).randint(
            0, 256, (300, 3, 4)).astype(numpy.uint8)

    def write(self, content):
        with open(self.path, 'wb') as f:
            f.write(content)

    def check_refused(self, content, message, ndim=3):
        self.write(content)
        with self.assertRaisesRegex(ValueError, message) as context:
            idx_file.read(self.path, ndim)
        self.assertIn(self.path, str(context.exception))

    def test_plain(self):
        self.write(idx(self.array))
        array = idx_file.read(self.path, 3)
        self.assertEqual(array.dtype, numpy.uint8)
        testing.assert_array_equal(array, self.array)

    def test_compressed(self):
        self.write(gzip.compress(idx(self.array)))
        testing.assert_array_equal(idx_file.read(self.path, 3), self.array)

    def test_vector(self):
        self.write(idx(self.array[:, 0, 0]))
        testing.assert_array_equal(
            idx_file.read(self.path, 1), self.array[:, 0, 0])

    def test_no_elements(self):
        self.write(idx(self.array[:0]))
        self.assertEqual(idx_file.read(self.path, 3).shape, (0, 3, 4))

    def test_other_number_of_dimensions(self):
        self.check_refused(
            idx(self.array[:, 0, 0]), '00000801, .* 00000803')

    def test_other_type(self):
        self.check_refused(idx(self.array, 0xd03), '00000d03')

    def test_other_format(self):
        self.check_refused(b'<html>not found</html>', '3c68746d')

    def test_truncated(self):
        content = idx(self.array)
        for length in (0, 3, 4, 10):
            self.check_refused(content[:length], 'is damaged')
        self.check_refused(content[:1000], 'has 3600 elements.* holds 984')

    def test_too_long(self):
        self.check_refused(idx(self.array) + b'\0', 'holds 3601')

    def test_truncated_compressed(self):
        content = gzip.compress(idx(self.array))
        for length in (5, 20, len(content) // 2, len(content) - 2):
            self.check_refused(content[:length], 'is damaged')

    def test_damaged_compressed(self):
        content = bytearray(gzip.compress(idx(self.array)))
        # In the head of the first block, in its data, in the checksum.
        for i in (10, 500, len(content) - 6):
            damaged = content.copy()
            damaged[i] ^= 0x55
            self.check_refused(bytes(damaged), 'is damaged')

    def test_sizes_that_no_machine_has(self):
        header = struct.pack('>4I', 0x803, *[0xffffffff] * 3)
        self.check_refused(header + b'abc', 'holds 3')
