"""Printing what goes into functions."""
import sys

from chainer import function, variable

_stdout_at_import = sys.stdout


class PrintHook(function.FunctionHook):
    """Function hook that prints the inputs of functions.

    Before each ``forward`` it prints the label of the function and a summary
    of each input (see :meth:`Variable.debug_print()
    <chainer.Variable.debug_print>`), before each ``backward`` also the
    gradients of the outputs. A single ``with`` statement thus shows what
    happens inside a whole model, without a print statement in it.

    Args:
        sep (str): Separator of the parts of a line.
        end (str): What follows each line.
        file: Stream to print to. By default what ``sys.stdout`` is when the
            hook is made.
        flush (bool): Flush the stream before the function runs, so that the
            output is complete even if the function crashes.

    Attributes:
        sep: Separator of the parts of a line.
        end: What follows each line.
        file: Stream to print to.
        flush: Whether the stream is flushed.

    .. admonition:: Example

       >>> import io
       >>> import numpy
       >>> import chainer
       >>> import chainer.functions as F
       >>> x = chainer.Variable(numpy.zeros((1, 10), 'f'), name='x')
       >>> output = io.StringIO()
       >>> with chainer.function_hooks.PrintHook(file=output):
       ...     y = F.sum(x)
       >>> output.getvalue().splitlines()[1:3]
       ['input data', '<variable (1, 10), float32>']

    """

    name = 'PrintHook'

    def __init__(self, sep='', end='\n', file=_stdout_at_import, flush=True):
        self.sep = sep
        self.end = end
        # The default follows whoever redirects standard output.
        self.file = sys.stdout if file is _stdout_at_import else file
        self.flush = flush

    def forward_preprocess(self, function, in_data):
        self._process(function, in_data)

    def backward_preprocess(self, function, in_data, out_grad):
        self._process(function, in_data, out_grad)

    def _process(self, function, in_data, out_grad=()):
        self._print('function\t', function.label)
        self._print('input data')
        self._print_arrays(in_data)
        if out_grad:
            self._print('output gradient')
            self._print_arrays(out_grad)
        if self.flush:
            self.file.flush()

    def _print_arrays(self, arrays):
        for array in arrays:
            self._print('None' if array is None else
                        variable.Variable(array).debug_print())

    def _print(self, *parts):
        print(*parts, sep=self.sep, end=self.end, file=self.file)
