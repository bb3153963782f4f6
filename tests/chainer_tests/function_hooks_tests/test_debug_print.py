import contextlib
import io
import unittest

import numpy

import chainer
import chainer.functions as F
from chainer import function_hooks


class Split(chainer.Function):
    """Returns two outputs, and has nothing to say about its input."""

    label = 'split in two'

    def forward(self, inputs):
        return inputs[0][:1].copy(), inputs[0][1:].copy()

    def backward(self, inputs, grad_outputs):
        return None,


class Stream(io.StringIO):
    """A stream that counts what was written up to each flush."""

    def __init__(self):
        super().__init__()
        self.flushed = []

    def flush(self):
        self.flushed.append(len(self.getvalue()))


class TestPrintHook(unittest.TestCase):

    def setUp(self):
        self.stream = Stream()
        self.x = chainer.Variable(numpy.arange(6, dtype='f').reshape(2, 3))

    def hook(self, **options):
        return function_hooks.PrintHook(file=self.stream, **options)

    def output(self):
        return self.stream.getvalue()

    def test_attributes(self):
        hook = self.hook(sep='-', end='!', flush=False)
        self.assertEqual((hook.sep, hook.end, hook.flush), ('-', '!', False))
        self.assertIs(hook.file, self.stream)
        self.assertEqual(hook.name, 'PrintHook')

    def test_forward(self):
        with self.hook():
            F.relu(self.x)
        summary = chainer.Variable(self.x.data).debug_print()
        self.assertEqual(
            self.output(), f'function\tReLU\ninput data\n{summary}\n')

    def test_backward(self):
        y = F.relu(self.x)
        y.grad = numpy.full((2, 3), 7, 'f')
        with self.hook():
            y.backward()
        data = chainer.Variable(self.x.data).debug_print()
        grad = chainer.Variable(y.grad).debug_print()
        self.assertIn('mean=7.0', grad)
        self.assertEqual(
            self.output(), f'function\tReLU\ninput data\n{data}\n'
                           f'output gradient\n{grad}\n')

    def test_each_input(self):
        with self.hook():
            self.x + chainer.Variable(numpy.full((2, 3), 9, 'f'))
        self.assertIn('mean=2.5', self.output())
        self.assertIn('mean=9.0', self.output())

    def test_each_function(self):
        with self.hook():
            y = F.sum(F.relu(self.x))
            y.backward()
        labels = [line.split('\t')[1] for line in self.output().splitlines()
                  if line.startswith('function')]
        self.assertEqual(labels, ['ReLU', 'Sum', 'Sum', 'ReLU'])

    def test_label_not_name(self):
        with self.hook():
            Split()(self.x)
        self.assertIn('function\tsplit in two\n', self.output())

    def test_missing_gradient(self):
        # Nothing was computed from the second output.
        first, _ = Split()(self.x)
        first.grad = numpy.ones((1, 3), 'f')
        with self.hook():
            first.backward()
        self.assertTrue(self.output().endswith('\nNone\n'))

    def test_zero_dimensional(self):
        x = chainer.Variable(numpy.array(3, 'f'))
        with self.hook():
            F.relu(x).backward()
        self.assertEqual(self.output().count('mean=3.0'), 2)
        self.assertEqual(self.output().count('mean=1.0'), 1)

    def test_empty_array(self):
        with self.hook():
            F.relu(chainer.Variable(numpy.empty((0, 3), 'f')))
        self.assertIn('(0, 3)', self.output())

    def test_separator_and_end(self):
        with self.hook(sep='<sep>', end='<end>'):
            F.relu(self.x)
        self.assertTrue(self.output().startswith(
            'function\t<sep>ReLU<end>input data<end>'))
        self.assertTrue(self.output().endswith('<end>'))

    def test_flush(self):
        with self.hook():
            F.relu(F.relu(self.x))
        self.assertEqual(len(self.stream.flushed), 2)
        self.assertEqual(self.stream.flushed[1], len(self.output()))

    def test_no_flush(self):
        with self.hook(flush=False):
            F.relu(self.x)
        self.assertEqual(self.stream.flushed, [])

    def test_hook_of_one_function(self):
        f = F.ReLU()
        f.add_hook(self.hook())
        F.sum(f(self.x)).backward()
        self.assertEqual(self.output().count('function\t'), 2)

    def test_default_is_standard_output(self):
        with contextlib.redirect_stdout(self.stream):
            with function_hooks.PrintHook():
                F.relu(self.x)
        self.assertIn('function\tReLU', self.output())
