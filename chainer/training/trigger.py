"""When something happens in a training."""
import numbers


class IntervalTrigger:
    """Trigger that fires at regular intervals.

    It fires after each update whose number is a multiple of the period, or
    after each update that ends an epoch whose number is a multiple of the
    period. An iteration is an update of the parameters, an epoch is a sweep
    over the training set; the updater counts both.

    Args:
        period (int): Length of the interval. A float is taken if it is a whole
            number, like the result of ``len(dataset) / batch_size``.
        unit (str): ``'iteration'`` or ``'epoch'``.

    Attributes:
        period (int): Length of the interval.
        unit (str): ``'iteration'`` or ``'epoch'``.

    Raises:
        TypeError: If the period is not a number.
        ValueError: If the period is not a positive whole number, or the unit
            is unknown.

    """

    def __init__(self, period, unit):
        if not isinstance(period, numbers.Real):
            raise TypeError(
                f'the period of an interval must be an integer, but got '
                f'{period!r}; intervals are written like (1, "epoch")')
        if not 0 < period < float('inf') or period != int(period):
            raise ValueError(
                f'the period of an interval must be a positive whole number, '
                f'but got {period!r}; parts of an epoch can be given in '
                f'iterations')
        if unit not in ('iteration', 'epoch'):
            raise ValueError(
                f'the unit of an interval must be "iteration" or "epoch", but '
                f'got {unit!r}')
        self.period = int(period)
        self.unit = unit

    def __call__(self, trainer):
        """Decides whether the last update ended an interval.

        Args:
            trainer (Trainer): Trainer whose updater did the update.

        Returns:
            bool: ``True`` if it did.

        """
        updater = trainer.updater
        if self.unit == 'epoch':
            return updater.is_new_epoch and updater.epoch % self.period == 0
        return updater.iteration > 0 and updater.iteration % self.period == 0


def get_trigger(trigger):
    """Makes a trigger of whatever stands for one.

    A trigger is called with a trainer after each update, and returns ``True``
    if the thing in question, such as a call of an extension or the end of the
    training, shall happen. A trigger with a state may have a method
    ``serialize``, to be saved with the trainer.

    Args:
        trigger: A trigger, which is returned as it is; a tuple of a period and
            a unit, from which an :class:`IntervalTrigger` is made; or
            ``None``, for a trigger that never fires.

    Returns:
        A callable that takes a trainer and returns a bool.

    Raises:
        TypeError: If it is none of these.
        ValueError: If the tuple does not fit :class:`IntervalTrigger`.

    """
    if trigger is None:
        return _never
    if callable(trigger):
        return trigger
    if isinstance(trigger, (tuple, list)) and len(trigger) == 2:
        return IntervalTrigger(*trigger)
    raise TypeError(
        f'a trigger must be a function of a trainer, a tuple like '
        f'(1, "epoch") or (100, "iteration"), or None; but got {trigger!r}')


def _never(trainer):
    return False
