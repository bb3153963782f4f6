"""Observed values: reported anywhere, collected in one place, summarized."""
import contextlib
import json
import math
import numbers

from chainer import cuda, mode, variable


class Reporter:
    """Where observed values are reported to.

    A reporter writes what is reported into a dictionary, its *observation*.
    The value may come with an *observer*, the object that observed it: then
    the name under which the observer was registered, and a slash, precede the
    name of the value. A name that ends in a slash or a colon is taken as it
    is.

    :class:`~chainer.training.Trainer` registers the links of the model as
    observers, so that what a link reports about itself,
    ``report({'loss': loss}, self)``, is found under ``main/loss``.

    A reporter is *current* within a ``with`` statement, per thread: that is
    where the function :func:`report` reports to.

    Attributes:
        observation (dict): Values reported so far, by name.

    .. admonition:: Example

       >>> from chainer import Reporter, report, report_scope
       >>> reporter = Reporter()
       >>> observer = object()
       >>> reporter.add_observer('my_observer', observer)
       >>> observation = {}
       >>> with reporter.scope(observation):
       ...     reporter.report({'x': 1}, observer)
       >>> observation
       {'my_observer/x': 1}

       The same through the global functions:

       >>> observation = {}
       >>> with reporter:
       ...     with report_scope(observation):
       ...         report({'x': 1}, observer)
       >>> observation
       {'my_observer/x': 1}

    """

    def __init__(self):
        self.observation = {}
        # Names by id. The observer is kept with its name: were it freed, a new
        # object could get its id and report under its name.
        self._observers = {}

    def __enter__(self):
        """Makes this reporter the current one."""
        _get_reporters().append(self)
        return self

    def __exit__(self, exc_type, exc_value, traceback):
        """Makes the reporter current that was so before."""
        _get_reporters().pop()

    @contextlib.contextmanager
    def scope(self, observation):
        """Context manager that collects the reports in a dictionary.

        Inside, this reporter is current, and everything reported goes to
        ``observation``.

        Args:
            observation (dict): Dictionary to be filled.

        """
        with self, self._observing(observation):
            yield

    @contextlib.contextmanager
    def _observing(self, observation):
        outer = self.observation
        self.observation = observation
        try:
            yield
        finally:
            self.observation = outer

    def add_observer(self, name, observer):
        """Registers an observer.

        Args:
            name (str): Name of the observer.
            observer: Any object. It is recognized by its identity, not by
                equality.

        """
        self._observers[id(observer)] = name, observer

    def add_observers(self, prefix, observers):
        """Registers several observers.

        Args:
            prefix (str): What to put before each of the names.
            observers: Iterable of pairs of a name and an observer, such as
                :meth:`Link.namedlinks() <chainer.Link.namedlinks>`.

        """
        for name, observer in observers:
            self.add_observer(prefix + name, observer)

    def report(self, values, observer=None):
        """Writes values into the observation.

        Args:
            values (dict): Values by name.
            observer: The object that observed them.

        Raises:
            KeyError: If the observer is not registered.

        """
        prefix = '' if observer is None else self._prefix(observer)
        for name, value in values.items():
            self.observation[prefix + name] = value

    def _prefix(self, observer):
        if id(observer) not in self._observers:
            names = [name for name, _ in self._observers.values()]
            raise KeyError(
                f'this {type(observer).__name__} object reports values, but '
                f'it is not registered with the current reporter, which knows '
                f'{names}. Links are registered if they are part of the target'
                f' of an optimizer or of an Evaluator; for anything else, call'
                f' trainer.reporter.add_observer(name, observer)')
        name, _ = self._observers[id(observer)]
        return name if name.endswith(('/', ':')) else name + '/'


def _get_reporters():
    """Returns the stack of reporters of this thread; the last is current."""
    reporters = mode.thread_local.reporters
    if reporters is None:
        reporters = mode.thread_local.reporters = []
    return reporters


def get_current_reporter():
    """Returns the current reporter of this thread.

    Raises:
        IndexError: If there is none.

    """
    reporters = _get_reporters()
    if not reporters:
        raise IndexError(
            'no reporter is current: make one so by `with reporter:`')
    return reporters[-1]


def report(values, observer=None):
    """Reports observed values to the current reporter.

    If no reporter is current, nothing happens: a link that reports can be used
    anywhere.

    Args:
        values (dict): Values by name: numbers, arrays or variables.
        observer: The object that observed them; see :class:`Reporter`.

    Raises:
        KeyError: If the observer is not registered with the reporter.

    .. admonition:: Example

       A chain that reports its loss and another figure. As the target of an
       optimizer named ``'main'`` its values are called ``'main/loss'`` and
       ``'main/abs_error'``, and in an
       :class:`~chainer.training.extensions.Evaluator`
       ``'validation/main/loss'`` and ``'validation/main/abs_error'``.

       >>> import chainer
       >>> import chainer.functions as F
       >>> class Regressor(chainer.Chain):
       ...     def __init__(self, predictor):
       ...         super(Regressor, self).__init__(predictor=predictor)
       ...     def __call__(self, x, y):
       ...         difference = self.predictor(x) - y
       ...         loss = F.sum(difference ** 2) / len(x.data)
       ...         abs_error = F.sum(abs(difference)) / len(x.data)
       ...         chainer.report(
       ...             {'loss': loss, 'abs_error': abs_error}, self)
       ...         return loss

    """
    reporters = _get_reporters()
    if reporters:
        reporters[-1].report(values, observer)


def report_scope(observation):
    """Context manager that collects reports to the current reporter.

    It is ``get_current_reporter().scope(observation)``, but does not make the
    reporter current a second time.

    Args:
        observation (dict): Dictionary to be filled.

    Raises:
        IndexError: If no reporter is current.

    """
    return get_current_reporter()._observing(observation)


class Summary:
    r"""Mean and standard deviation of a sequence of numbers.

    The numbers :math:`x_1, x_2, \ldots` are not kept, only their count
    :math:`n`, their sum :math:`s_n`, and the sum of the squares of their
    deviations from the mean, by the recurrence

    .. math:: q_n = q_{n-1} + \frac{(n x_n - s_n)^2}{n (n - 1)},

    which does not cancel as :math:`\sum x^2 - s^2 / n` does. All arithmetic is
    in double precision. A NaN among the numbers makes the results NaN. Numbers
    on a device are summed there, without waiting for them.

    See: E. A. Youngs and E. M. Cramer, Some Results Relevant to Choice of Sum
    and Sum-of-Product Algorithms, Technometrics 13 (1971).

    .. admonition:: Example

       >>> from chainer.reporter import Summary
       >>> summary = Summary()
       >>> for x in [1, 2, 3, 4]:
       ...     summary.add(x)
       >>> summary.compute_mean()
       2.5

    """

    def __init__(self):
        self._n = 0
        self._sum = 0.0
        self._squares = 0.0

    def add(self, value):
        """Adds a number.

        Args:
            value: Python or NumPy scalar, or array of no dimensions.

        """
        on_device = isinstance(value, cuda.ndarray)
        with cuda.get_device(value if on_device else None):
            value = value.astype('d') if on_device else float(value)
            self._n += 1
            self._sum = self._sum + value
            if self._n > 1:
                deviation = self._n * value - self._sum
                self._squares = self._squares + (
                    deviation * deviation / (self._n * (self._n - 1)))

    def compute_mean(self):
        """Returns the mean.

        Returns:
            float: :math:`s_n / n`.

        Raises:
            ZeroDivisionError: If nothing was added.

        """
        if self._n == 0:
            raise ZeroDivisionError(
                'there is no mean of a summary to which nothing was added')
        return float(self._sum) / self._n

    def make_statistics(self):
        """Returns the mean and the standard deviation.

        Returns:
            tuple: Two floats, :math:`s_n / n` and :math:`\\sqrt{q_n / n}`.

        Raises:
            ZeroDivisionError: If nothing was added.

        """
        mean = self.compute_mean()
        return mean, math.sqrt(float(self._squares) / self._n)

    def serialize(self, serializer):
        """Saves or loads the sums, exactly.

        Args:
            serializer (~chainer.AbstractSerializer): Serializer or
                deserializer.

        """
        self._n = serializer('_n', self._n)
        self._sum = serializer('_sum', float(self._sum))
        self._squares = serializer('_squares', float(self._squares))


class DictSummary:
    """Means and standard deviations of a sequence of dictionaries.

    There is one :class:`Summary` for each key. The dictionaries need not have
    the same keys: the mean of a key is over the dictionaries that have it.

    .. admonition:: Example

       >>> from chainer.reporter import DictSummary
       >>> summary = DictSummary()
       >>> summary.add({'loss': 2.0, 'accuracy': 0.5})
       >>> summary.add({'loss': 1.0, 'comment': 'not a number'})
       >>> summary.compute_mean()
       {'loss': 1.5, 'accuracy': 0.5}

    """

    def __init__(self):
        self._summaries = {}

    def add(self, d):
        """Adds a dictionary.

        Real numbers, NumPy scalars, arrays of no dimensions, and variables of
        such arrays are added to their summaries; anything else is ignored.
        Nothing of the dictionary is kept alive.

        Args:
            d (dict): Dictionary.

        """
        for key, value in d.items():
            number = get_number(value)
            if number is not None:
                self._summaries.setdefault(key, Summary()).add(number)

    def compute_mean(self):
        """Returns the dictionary of the means.

        Returns:
            dict: Mean of each key, in the order in which the keys first came.

        """
        return {key: summary.compute_mean()
                for key, summary in self._summaries.items()}

    def make_statistics(self):
        """Returns the dictionary of means and standard deviations.

        Returns:
            dict: For each ``key``, its mean under ``key``, and its standard
            deviation under ``key + '.std'``.

        """
        statistics = {}
        for key, summary in self._summaries.items():
            statistics[key], statistics[key + '.std'] = (
                summary.make_statistics())
        return statistics

    def serialize(self, serializer):
        """Saves or loads the summaries, exactly.

        Args:
            serializer (~chainer.AbstractSerializer): Serializer or
                deserializer.

        """
        keys = json.loads(
            serializer('_keys', json.dumps(list(self._summaries))))
        if getattr(serializer, 'rehearsing', False):
            return
        # A loader finds other keys than there were, so the summaries are
        # replaced; a saver gets its own keys back.
        summaries = {key: self._summaries.get(key) or Summary()
                     for key in keys}
        for i, summary in enumerate(summaries.values()):
            summary.serialize(serializer[str(i)])
        self._summaries = summaries


def get_number(value):
    """Returns the number that a reported value stands for.

    Args:
        value: Anything.

    Returns:
        ``value`` itself if it is a real number, NumPy scalar or array of no
        dimensions, the array if it is a variable of such an array, and
        ``None`` otherwise.

    """
    if isinstance(value, variable.Variable):
        value = value.data
    if isinstance(value, numbers.Real):
        return value
    if getattr(value, 'ndim', None) == 0 and value.dtype.kind in 'biuf':
        return value
    return None
