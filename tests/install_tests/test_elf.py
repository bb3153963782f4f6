import os
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import fakes

from install import elf


class TestArchitecture(unittest.TestCase):

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = f'{folder.name}/libx.so'
        self.native, self.foreign = fakes.processors()

    def write(self, content):
        with open(self.path, 'wb') as file:
            file.write(content)

    def test_names(self):
        for number, name in [(62, 'x86-64'), (183, 'AArch64'), (3, 'x86'),
                             (1234, 'processor 1234')]:
            fakes.library(self.path, number)
            self.assertEqual(elf.architecture(self.path), name)

    def test_the_other_order_of_bytes(self):
        self.write(b'\x7fELF\x02\x02\x01' + bytes(9) + b'\x00\x03\x00\x15')
        self.assertEqual(elf.architecture(self.path), 'PowerPC')

    def test_no_elf(self):
        for content in (b'', b'\x7fELF', b'/* GNU ld script */ INPUT(x)'):
            self.write(content)
            self.assertIsNone(elf.architecture(self.path))
            self.assertIs(elf.is_foreign(self.path), False)

    def test_is_foreign(self):
        fakes.library(self.path, self.native)
        self.assertEqual(elf.architecture(self.path), elf.ours())
        self.assertIs(elf.is_foreign(self.path), False)
        fakes.library(self.path, self.foreign)
        self.assertIs(elf.is_foreign(self.path), True)
