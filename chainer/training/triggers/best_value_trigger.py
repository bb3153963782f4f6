"""Triggers that fire when a value is better than ever before."""
import contextlib
import math

from chainer import reporter
from chainer.training import trigger as trigger_module


class BestValueTrigger:
    """Trigger that fires when the mean of a value is the best so far.

    It collects an observed value in each iteration. At the end of each
    interval it takes the mean, and fires if that is better than the means of
    all intervals before. The first one always is, and a mean of NaN never.

    Args:
        key (str): Name of the value in the observation.
        is_better: Function of two numbers that tells if the first one is
            better than the second.
        trigger: Trigger that ends the intervals; see
            :func:`~chainer.training.get_trigger`.

    """

    def __init__(self, key, is_better, trigger=(1, 'epoch')):
        self._key = key
        self._is_better = is_better
        self._interval_trigger = trigger_module.get_trigger(trigger)
        self._summary = reporter.DictSummary()
        # NaN, which is never the best value, stands for none.
        self._best_value = math.nan

    def __call__(self, trainer):
        """Decides whether the interval that ended is the best so far.

        Args:
            trainer (Trainer): Trainer whose observation is looked at.

        Returns:
            bool: ``True`` if an interval ended and is the best.

        Raises:
            KeyError: If the value was not observed during the interval.

        """
        observation = trainer.observation
        if self._key in observation:
            self._summary.add({self._key: observation[self._key]})
        if not self._interval_trigger(trainer):
            return False
        means = self._summary.compute_mean()
        if self._key not in means:
            raise KeyError(
                f'no number named {self._key!r} was observed during the '
                f'interval; the last observation has {list(observation)}. An '
                f'extension with this trigger must come after the one that '
                f'reports the value')
        self._summary = reporter.DictSummary()
        mean = means[self._key]
        is_best = not math.isnan(mean) and (
            math.isnan(self._best_value) or
            self._is_better(mean, self._best_value))
        if is_best:
            self._best_value = mean
        return is_best

    def serialize(self, serializer):
        """Saves or loads the best value and what the interval brought so far.

        Args:
            serializer (~chainer.AbstractSerializer): Serializer or
                deserializer.

        """
        if hasattr(self._interval_trigger, 'serialize'):
            self._interval_trigger.serialize(serializer['interval_trigger'])
        # Snapshots of the original Chainer 1.14 have nothing of this.
        with contextlib.suppress(KeyError):
            self._best_value = serializer('best_value', self._best_value)
            self._summary.serialize(serializer['summary'])


class MaxValueTrigger(BestValueTrigger):
    """Trigger that fires when the mean of a value is larger than ever before.

    It collects the value in each iteration, and compares the means over
    intervals. A typical use is to save the best model::

        trainer.extend(
            extensions.snapshot_object(model, 'best_model'),
            trigger=triggers.MaxValueTrigger('validation/main/accuracy'))

    The first interval always counts as the best so far, and one whose mean is
    NaN never does.

    Args:
        key (str): Name of the value in the observation.
        trigger: Trigger that ends the intervals; see
            :func:`~chainer.training.get_trigger`.

    """

    def __init__(self, key, trigger=(1, 'epoch')):
        super().__init__(key, lambda new, best: new > best, trigger)


class MinValueTrigger(BestValueTrigger):
    """Trigger that fires when the mean of a value is smaller than ever before.

    See :class:`MaxValueTrigger`.

    Args:
        key (str): Name of the value in the observation.
        trigger: Trigger that ends the intervals; see
            :func:`~chainer.training.get_trigger`.

    """

    def __init__(self, key, trigger=(1, 'epoch')):
        super().__init__(key, lambda new, best: new < best, trigger)
