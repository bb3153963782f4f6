"""Measuring how long functions take."""
import time

from chainer import function


class TimerHook(function.FunctionHook):
    """Function hook that measures the elapsed time of functions.

    Each run of ``forward`` or ``backward`` of a hooked function counts. Where
    a function calls another one inside, the time of the outer one includes
    that of the inner one.

    .. note::
       The history refers to the functions, and these to their inputs, so that
       graphs stay in memory as long as the hook does.

    Attributes:
        call_history (list of tuple): Pairs of a function and the seconds that
            it took, in the order in which the runs ended.

    .. admonition:: Example

       >>> import numpy
       >>> import chainer
       >>> import chainer.functions as F
       >>> x = chainer.Variable(numpy.ones((2, 3), 'f'))
       >>> with chainer.function_hooks.TimerHook() as timer:
       ...     y = F.sum(F.relu(x))
       ...     y.backward()
       >>> [function.label for function, seconds in timer.call_history]
       ['ReLU', 'Sum', 'Sum', 'ReLU']
       >>> timer.total_time() > 0
       True

    """

    name = 'TimerHook'

    def __init__(self):
        self.call_history = []
        self._running = []

    def forward_preprocess(self, function, in_data):
        self._start(function)

    def forward_postprocess(self, function, in_data):
        self._stop(function)

    def backward_preprocess(self, function, in_data, out_grad):
        self._start(function)

    def backward_postprocess(self, function, in_data, out_grad):
        self._stop(function)

    def total_time(self):
        """Returns the sum of all elapsed times in seconds.

        The time of a function called by another one is in it twice.
        """
        return sum(seconds for _, seconds in self.call_history)

    def _start(self, function):
        self._running.append((function, time.perf_counter()))

    def _stop(self, function):
        end = time.perf_counter()
        running, start = self._running.pop()
        while running is not function:
            # It raised an exception, and its end was never announced.
            running, start = self._running.pop()
        self.call_history.append((function, end - start))
