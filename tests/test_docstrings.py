"""Runs the examples in the docstrings of all modules, and in the manual."""
import contextlib
import doctest
import importlib
import io
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import types
import unittest
import warnings
from unittest import mock

import numpy

import chainer
from chainer.testing import attr

PACKAGES = [chainer]
if chainer.cuda.available:
    PACKAGES.append(chainer.cuda.cupy)

ROOT = pathlib.Path(__file__).resolve().parents[1]
MANUAL = ROOT / 'docs' / 'source'

# Numbers are printed as numpy.float32(1.0) since NumPy 2, as 1.0 before: an
# example must be written so that it is right with either.
STYLES = (False,) if numpy.__version__ < '2' else (False, '1.25')


@contextlib.contextmanager
def clean_surroundings(style):
    """No files are left behind, and no warning is overlooked."""
    old = os.getcwd()
    with tempfile.TemporaryDirectory() as directory:
        os.chdir(directory)
        try:
            with mock.patch('tempfile.tempdir', directory), \
                    numpy.printoptions(legacy=style), \
                    warnings.catch_warnings():
                warnings.simplefilter('error')
                yield
        finally:
            os.chdir(old)


def run_examples(module):
    """Runs the examples of a module.

    Returns:
        int, str: Number of examples, and what to say about those that failed.

    """
    # No globals: an example imports what it uses, as its reader has to.
    examples = doctest.DocTestFinder().find(module, globs={})
    runner = doctest.DocTestRunner(
        verbose=False,
        optionflags=doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS)
    report = io.StringIO()
    for example in examples:
        for style in STYLES:
            with clean_surroundings(style):
                example.globs = {'__name__': '__main__'}
                runner.run(example, out=report.write, clear_globs=False)
    return runner.tries, report.getvalue()


def module_names(package):
    """Names of the modules of a package, those in Cython among them."""
    root = pathlib.Path(package.__file__).parent
    for path in sorted([*root.rglob('*.py'), *root.rglob('*.so')]):
        folder = path.relative_to(root.parent).parent
        name = path.name.split('.')[0]
        if not name.startswith('lib'):
            yield '.'.join([*folder.parts, name]).removesuffix('.__init__')


def check_examples(name):
    """Makes a method that checks the examples of a module."""
    def check(self):
        _, report = run_examples(importlib.import_module(name))
        if report:
            self.fail(report)

    # Nose looks at the name of the function, not at that of the attribute.
    check.__name__ = 'test_' + name.replace('.', '_')
    return check


# One test for each module.
TestDocstrings = type('TestDocstrings', (unittest.TestCase,), {
    method.__name__: method for package in PACKAGES
    for method in map(check_examples, module_names(package))})


def run_page(path):
    """Runs the examples of a page of the manual, in a new interpreter.

    They are what a reader types in one session, in which nothing has been
    compiled, and a device has not been used.

    Returns:
        str: What to say about examples that failed.

    """
    ignored = 'ignore:the device is the CPU:UserWarning'
    with tempfile.TemporaryDirectory() as directory:
        result = subprocess.run(
            [sys.executable, '-W', 'error', '-W', ignored, '-m', 'doctest',
             '-o', 'NORMALIZE_WHITESPACE', '-o', 'ELLIPSIS', path],
            cwd=directory, env=dict(os.environ, PYTHONPATH=os.pathsep.join(
                filter(None, [str(ROOT), os.environ.get('PYTHONPATH')]))),
            capture_output=True, text=True, timeout=300)
    return result.stdout + result.stderr


def check_page(path):
    """Makes a method that checks the examples of a page."""
    def check(self):
        report = run_page(path)
        if report:
            self.fail(report)

    name = path.relative_to(MANUAL).with_suffix('')
    check.__name__ = 'test_' + '_'.join(name.parts)
    text = path.read_text(encoding='utf-8')
    needs_device = re.search(r'(>>>|\.\.\.) .*(cupy|cuda|_gpu)', text)
    return attr.gpu(check) if needs_device else check


# One test for each page that has examples.
TestPages = type('TestPages', (unittest.TestCase,), {
    method.__name__: method for method in map(check_page, [
        path for path in sorted(MANUAL.glob('**/*.rst'))
        if '>>>' in path.read_text(encoding='utf-8')])})


class TestRunExamples(unittest.TestCase):

    def run_docstring(self, text):
        module = types.ModuleType('module', text)
        return run_examples(module)

    def test_right(self):
        self.assertEqual(self.run_docstring('>>> 1 + 1\n2\n'),
                         (len(STYLES), ''))

    def test_wrong(self):
        for text in ('>>> 1 + 1\n3\n', '>>> 1 + 1\n', '>>> 1 / 0\n',
                     '>>> import warnings\n>>> warnings.warn("old")\n',
                     '>>> types\n', '>>> chainer.Variable\n'):
            _, report = self.run_docstring(text)
            self.assertIn('Failed example', report)

    def test_page(self):
        text = 'Title\n=====\n\n::\n\n   >>> x = 1\n\nText\n\n   >>> x\n   '
        warn = '\n>>> import warnings\n>>> warnings.warn("old")\n'
        with tempfile.TemporaryDirectory() as directory:
            path = pathlib.Path(directory, 'page.rst')
            path.write_text(text + '1\n')
            self.assertEqual(run_page(path), '')
            for end in '2\n', '1\n' + warn:
                path.write_text(text + end)
                self.assertIn('Failed example', run_page(path))

    def test_pages_are_there(self):
        self.assertTrue(hasattr(TestPages, 'test_index'))

    def test_numpy_scalars_are_wrong_with_one_version(self):
        for text in '1.0', 'np.float64(1.0)':
            _, report = self.run_docstring(
                f'>>> import numpy as np\n>>> np.float64(1)\n{text}\n')
            right = numpy.__version__ < '2' and text == '1.0'
            self.assertEqual(report == '', right)

    def test_there_are_examples(self):
        tries, _ = run_examples(chainer.variable)
        self.assertGreater(tries, 5)

    def test_all_modules_are_there(self):
        names = ['chainer', 'chainer_functions_math_basic_math']
        if len(PACKAGES) > 1:
            names += ['cupy', 'cupy_core_core', 'cupy_manipulation_dims']
        for name in names:
            self.assertTrue(hasattr(TestDocstrings, f'test_{name}'))

    @attr.gpu
    def test_examples_of_compiled_modules(self):
        tries, _ = run_examples(
            importlib.import_module('cupy.core.elementwise'))
        self.assertGreater(tries, 2)
