"""The table of CUDA's functions has all of them, and no gaps."""
import os
import re
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import table  # noqa: E402

LISTED = table.listed(table.read(table.TARGET))


class TestTable(unittest.TestCase):

    def test_functions(self):
        # tests/cuda_functions/run.sh writes the table anew.
        self.assertEqual(sorted(LISTED), table.used())

    def test_calls(self):
        # However a binding comes to a function, its name stands there.
        for path in table.bindings():
            names = re.findall(table.NAME + r'\s*\(', table.read(path))
            self.assertLessEqual(set(names), set(LISTED), path)

    def test_declared(self):
        for name, cells in LISTED.items():
            for cell in cells[:2]:
                self.assertIn(cell, ('yes', 'library'), name)

    def test_tested(self):
        # What was not called, or has not failed, has a note that tells why.
        untested = {name for name, cells in LISTED.items()
                    if cells[2:] != ['yes', 'yes']}
        self.assertEqual(untested, set(table.NOTES))

    def test_notes(self):
        text = table.read(table.TARGET)
        for note in table.notes():
            self.assertIn(note, text)


class TestExternBlocks(unittest.TestCase):

    def test_blocks(self):
        blocks = table.extern_blocks('\n'.join((
            "cdef extern from 'a.h' nogil:",
            '    int cudaOne(int)',
            '',
            '    int cudaTwo()',
            'cpdef int cudaThree():',
            '    pass',
            'cdef extern from *:',
            '    """',
            '    static int cudaFour();',
            '    """',
            '    int cudaFive()',
            '')))
        self.assertEqual(
            [re.findall(table.NAME, block) for block in blocks],
            [['cudaOne', 'cudaTwo'], ['cudaFive']])


if __name__ == '__main__':
    unittest.main()
