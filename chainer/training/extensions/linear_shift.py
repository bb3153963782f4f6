"""Extension that moves an attribute of an optimizer along a line."""
from chainer.training.extensions import attribute_shift


class LinearShift(attribute_shift.AttributeShift):
    r"""Extension that shifts an attribute of the optimizer linearly.

    With ``value_range == (x, y)`` and ``time_range == (i, j)`` the attribute
    is :math:`x` until :math:`i` calls were made, then goes to :math:`y`
    evenly, :math:`x + (y - x) \frac{t - i}{j - i}` after :math:`t` calls, and
    stays there after :math:`j` calls. A typical use is to raise the momentum
    over the first iterations.

    The extension is also invoked before the training, which sets the initial
    value in a new training, and in a resumed one the value that it had.

    Args:
        attr (str): Name of the attribute.
        value_range (tuple of float): First and last value.
        time_range (tuple of int): Number of calls at which the shift begins
            and ends.
        optimizer (~chainer.Optimizer): Optimizer that has the attribute. By
            default the optimizer ``'main'`` of the updater.

    Raises:
        ValueError: If the time range ends before it begins.

    """

    def __init__(self, attr, value_range, time_range, optimizer=None):
        super().__init__(attr, optimizer)
        self._first, self._last = value_range
        self._begin, self._end = time_range
        if self._begin > self._end:
            raise ValueError(
                f'the time range of a linear shift must not end before it '
                f'begins, but got {time_range}')

    def compute_value(self, optimizer, t):
        if t <= self._begin:
            return self._first
        if t >= self._end:
            return self._last
        rate = (t - self._begin) / (self._end - self._begin)
        return self._first + rate * (self._last - self._first)
