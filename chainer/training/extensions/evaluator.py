"""Extension that evaluates models on a validation set."""
import copy
import warnings

from chainer import reporter
from chainer.dataset import convert
from chainer.training import batch_arguments, extension


class Evaluator(extension.Extension):
    """Extension that evaluates models on a validation set.

    At the end of each epoch, by default, the model is called with all batches
    of the validation set. What it reports is averaged over the batches, each
    batch having the same weight, and the means are reported to the trainer.
    Their names are those that the training has, preceded by the name of this
    extension: ``'validation/main/loss'`` is the loss of the model that is
    called ``'main'``. An evaluator registered as ``'test'`` reports
    ``'test/main/loss'``.

    The variables that the model is called with are volatile, so that no graph
    is built. Only numbers are kept of what is reported.

    The evaluation leaves the iterator as it was: it uses a copy, or rewinds
    the iterator if that has a method ``reset``. If there are no batches, a
    warning tells so, and nothing is reported: a training is not ended by it.

    To evaluate in another way, override :meth:`evaluate`, or give a function
    for a single batch.

    Args:
        iterator: Iterator over the validation set, or dictionary of iterators.
            A single iterator gets the name ``'main'``. It must not repeat.
        target: Link to evaluate, or dictionary of links. A single link gets
            the name ``'main'``.
        converter: Function that makes arrays of a batch. It is called with the
            list of examples and the device.
        device (int): Device that the batches are sent to. A negative number is
            the host; by default they stay where they are.
        eval_hook: Function that is called with this extension before each
            evaluation. It may reset the state of a recurrent network, for
            example.
        eval_func: Function that is called with each batch. By default the
            target ``'main'`` is called.

    Attributes:
        converter: Converter function.
        device: Device of the batches.
        eval_hook: Function called before each evaluation.
        eval_func: Function called with each batch, ``None`` for the target.

    """

    trigger = 1, 'epoch'
    default_name = 'validation'
    priority = extension.PRIORITY_WRITER

    def __init__(self, iterator, target, converter=convert.concat_examples,
                 device=None, eval_hook=None, eval_func=None):
        self._iterators = _by_name(iterator)
        self._targets = _by_name(target)
        self.converter = converter
        self.device = device
        self.eval_hook = eval_hook
        self.eval_func = eval_func

    def get_iterator(self, name):
        """Returns the iterator of a name."""
        return self._iterators[name]

    def get_all_iterators(self):
        """Returns a dictionary of all iterators by name."""
        return dict(self._iterators)

    def get_target(self, name):
        """Returns the link of a name."""
        return self._targets[name]

    def get_all_targets(self):
        """Returns a dictionary of all links by name."""
        return dict(self._targets)

    def __call__(self, trainer=None):
        """Evaluates the models and reports the result.

        The result goes to the reporter that is current, which in a training is
        that of the trainer. Without a trainer the extension can be called all
        the same; if it has no name, the names in the result begin with those
        of the models, ``'main/loss'``.

        Args:
            trainer (Trainer): Not used.

        Returns:
            dict: Mean of each reported value.

        """
        prefix = '' if self.name is None else self.name + '/'
        own_reporter = reporter.Reporter()
        for name, target in self._targets.items():
            own_reporter.add_observer(prefix + name, target)
            own_reporter.add_observers(
                prefix + name, target.namedlinks(skipself=True))
        with own_reporter:
            result = self.evaluate()
        reporter.report(result)
        return result

    def evaluate(self):
        """Calls the model with all batches, and averages what it reports.

        When this is called, the reporter that knows the models is current. An
        implementation that overrides this method gets the reports through
        :func:`chainer.report_scope`. It should not use up the iterators, but
        copy them.

        Returns:
            dict: Mean of each reported value. It is reported to the trainer.

        Raises:
            ValueError: If the iterator repeats.

        """
        if self.eval_hook is not None:
            self.eval_hook(self)
        eval_func = self.eval_func
        if eval_func is None:
            eval_func = self.get_target('main')
        summary = reporter.DictSummary()
        batch = None
        for batch in _rewound(self.get_iterator('main')):
            args, kwargs = batch_arguments.make(
                self.converter(batch, self.device), volatile='on')
            observation = {}
            with reporter.report_scope(observation):
                eval_func(*args, **kwargs)
            summary.add(observation)
        if batch is None:
            warnings.warn(
                'there was nothing to evaluate: the iterator of the Evaluator '
                'has no batches. Perhaps it had been used before',
                RuntimeWarning, stacklevel=2)
        return summary.compute_mean()


def _by_name(objects):
    return dict(objects) if isinstance(objects, dict) else {'main': objects}


def _rewound(iterator):
    if getattr(iterator, 'repeat', False) is True:
        raise ValueError(
            'the evaluation would never end: make the iterator of the '
            'Evaluator with repeat=False')
    if hasattr(iterator, 'reset'):
        iterator.reset()
        return iterator
    return copy.copy(iterator)
