"""Extension that multiplies an attribute of an optimizer."""
import math

from chainer.training.extensions import attribute_shift


class ExponentialShift(attribute_shift.AttributeShift):
    r"""Extension that shifts an attribute of the optimizer exponentially.

    After :math:`t` calls the attribute is :math:`v_0 r^t`, but does not go
    beyond the target value. A typical use is the decay of the learning rate,
    by half every ten epochs for example::

        trainer.extend(extensions.ExponentialShift('lr', 0.5),
                       trigger=(10, 'epoch'))

    The extension is also invoked before the training, which sets the initial
    value in a new training, and in a resumed one the value that it had.

    Args:
        attr (str): Name of the attribute.
        rate (float): Factor :math:`r`.
        init (float): Initial value :math:`v_0`. By default the value that the
            attribute has when the training begins.
        target (float): Value at which the shift stops.
        optimizer (~chainer.Optimizer): Optimizer that has the attribute. By
            default the optimizer ``'main'`` of the updater.

    Raises:
        ValueError: If the rate is negative.

    """

    def __init__(self, attr, rate, init=None, target=None, optimizer=None):
        super().__init__(attr, optimizer)
        if rate < 0:
            raise ValueError(
                f'the rate of an exponential shift must not be negative, but '
                f'got {rate}')
        self._rate = rate
        self._init = init
        self._target = target

    def compute_value(self, optimizer, t):
        if self._init is None:
            self._init = getattr(optimizer, self._attr)
        try:
            value = self._init * self._rate ** t
        except OverflowError:
            value = math.copysign(math.inf, self._init)
        if self._target is None:
            return value
        if self._rate > 1:
            is_beyond = abs(value) > abs(self._target)
        else:
            is_beyond = abs(value) < abs(self._target)
        return self._target if is_beyond else value
