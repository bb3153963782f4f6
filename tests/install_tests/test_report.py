import contextlib
import io
import os
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import fakes

from install import backend, cuda, onednn, report


class TestShow(unittest.TestCase):

    def setUp(self):
        self.machine = fakes.Machine(self)

    def show(self, *args, **kwargs):
        output = io.StringIO()
        with contextlib.redirect_stdout(output), \
                contextlib.redirect_stderr(output):
            report.show(backend.Plan(*args, **kwargs))
        return output.getvalue()

    def test_host(self):
        fakes.distribution(self.machine.site, 'scipy-openblas32',
                           version='0.3')
        self.assertEqual(
            self.show('host', fakes.AnyCompiler(),
                      onednn=onednn.OneDNN('/i', '/l', '3.2.0'),
                      notes=('no CUDA',)),
            'CuPy is built for the host device, which is the CPU '
            '(CUPY_BACKEND=cuda, host or none chooses)\n'
            '  C++ compiler  c++ 12\n'
            '  oneDNN        3.2.0\n'
            '  OpenBLAS      0.3\n'
            '  - no CUDA\n')

    def test_host_alone(self):
        text = self.show('host', fakes.AnyCompiler())
        self.assertNotIn('oneDNN ', text)
        self.assertIn('  - OpenBLAS (scipy-openblas32) is not installed yet',
                      text)

    def test_cuda(self):
        root = self.machine.default
        fakes.toolkit(root, ['cudart', 'nvrtc', 'cublas', 'curand'])
        text = self.show('cuda', fakes.AnyCompiler(),
                         toolkit=cuda.find(fakes.AnyCompiler()),
                         notes=('no cuDNN',))
        self.assertIn(
            f'CuPy is built for CUDA (CUPY_BACKEND=cuda, host or none '
            f'chooses)\n'
            f'  C++ compiler  c++ 12\n'
            f'  CUDA runtime  13.0 ({root}/lib64/libcudart.so.13)\n'
            f'  NVRTC         ({root}/lib64/libnvrtc.so.13)\n', text)
        self.assertTrue(text.endswith('\n  - no cuDNN\n'))
        self.assertNotIn('OpenBLAS', text)

    def test_none(self):
        text = self.show('none', notes=('no compiler', 'no luck'))
        self.assertIn('*** WARNING: CuPy is left out: Chainer runs on NumPy '
                      'alone\n*** no compiler\n*** no luck\n', text)


class TestModule(unittest.TestCase):

    def load(self, plan):
        names = {}
        exec(report.module(plan), names)
        return names

    def test_constants(self):
        notes = ("a 'quoted' note", 'and "another" \\ one')
        names = self.load(backend.Plan('host', notes=notes))
        self.assertEqual(names['BACKEND'], 'host')
        self.assertEqual(names['NOTES'], list(notes))
        self.assertTrue(names['__doc__'])

    def test_no_notes(self):
        self.assertEqual(self.load(backend.Plan('cuda'))['NOTES'], [])
