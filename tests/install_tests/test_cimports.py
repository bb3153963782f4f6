import os
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import fakes

from install import cimports


class TestSources(unittest.TestCase):

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.addCleanup(os.chdir, os.getcwd())
        os.chdir(folder.name)
        fakes.write('.', {f'p/{name}.pxd': '' for name in 'abcdef'})

    def check(self, text, *expected):
        fakes.write('.', {'p/x.pyx': text})
        self.assertEqual(cimports.sources('p/x.pyx'),
                         sorted(['p/x.pyx', *expected]), text)

    def test_statements(self):
        for text in ['from p cimport a\n',
                     'from p cimport a as b\n',
                     'from p cimport a  # and not b\n',
                     'from p.a cimport Name, b\n',
                     'cimport p.a\n',
                     'cimport p.a as b\n',
                     'if x:\n    from p cimport a\n',
                     '\tfrom\tp\tcimport\ta',
                     'from libc.stdint cimport int32_t\ncimport p.a\n']:
            self.check(text, 'p/a.pxd')

    def test_several(self):
        for text in ['from p cimport a, b, c\n',
                     'from p cimport a,b , c as d\n',
                     'from p cimport (a, b, c)\n',
                     'from p cimport (  # all\n    a,  # one\n    b, c,\n)\n',
                     'from p cimport a, \\\n    b, c\n',
                     'cimport p.a, p.b as d, p.c  # three\n',
                     'cimport p.a\nx = 1\nfrom p cimport b\n'
                     'from p.c cimport y\n']:
            self.check(text, 'p/a.pxd', 'p/b.pxd', 'p/c.pxd')

    def test_nothing(self):
        for text in ['', 'from p import a\n', 'import p.a\n',
                     'cimport cython\n', 'x = p.a\n', '# cimport p.a\n']:
            self.check(text)

    def test_package(self):
        fakes.write('.', {'p/__init__.pxd': '', 'p/q/__init__.pxd': ''})
        self.check('cimport p.q\n', 'p/q/__init__.pxd')
        self.check('from p cimport a\n', 'p/__init__.pxd', 'p/a.pxd')

    def test_beside(self):
        fakes.write('.', {'p/x.pxd': 'from p cimport a\n'})
        self.check('', 'p/x.pxd', 'p/a.pxd')

    def test_indirect(self):
        fakes.write('.', {'p/a.pxd': 'from p cimport b\n',
                          'p/b.pxd': 'cimport p.c\n'})
        self.check('cimport p.a\n', 'p/a.pxd', 'p/b.pxd', 'p/c.pxd')

    def test_circle(self):
        fakes.write('.', {'p/a.pxd': 'cimport p.b\n',
                          'p/b.pxd': 'cimport p.a\n'})
        self.check('cimport p.a\n', 'p/a.pxd', 'p/b.pxd')

    def test_include(self):
        fakes.write('.', {'p/y.pxi': 'from p cimport a\n',
                          'p/q/z.pxi': ''})
        self.check('include "y.pxi"\n', 'p/y.pxi', 'p/a.pxd')
        self.check("include 'q/z.pxi'\n", 'p/q/z.pxi')
