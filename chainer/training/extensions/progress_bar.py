"""Extension that shows how far the training has come."""
import collections
import datetime
import sys
import time

from chainer.training import extension, terminal
from chainer.training import trigger as trigger_module


class ProgressBar(extension.Extension):
    """Extension that shows how far the training has come.

    On a terminal it draws two bars, one for the whole training and one for the
    current epoch, with the number of iterations and epochs, the speed over
    the last hundred updates of the bar, and the time left at that speed. The
    bars stay below what other extensions print, and are removed when the
    training ends.

    If the output is not a terminal but, for example, a log file, a bar would
    only fill it. Then a line with the same figures is written for each percent
    of the training, a hundred lines at most.

    Args:
        training_length (tuple): Length of the training, an integer and either
            ``'iteration'`` or ``'epoch'``. By default that of the stop trigger
            of the trainer, if it is an
            :class:`~chainer.training.IntervalTrigger`.
        update_interval (int): Number of iterations between two updates of the
            bar.
        bar_length (int): Length of the bars in characters.
        out: Stream to print to. Standard output by default.

    Raises:
        TypeError: If the length does not consist of a number and a unit.
        ValueError: If the number, the unit or the interval is not valid.

    """

    def __init__(self, training_length=None, update_interval=100,
                 bar_length=50, out=sys.stdout):
        if training_length is not None:
            training_length = trigger_module.IntervalTrigger(*training_length)
        if update_interval < 1:
            raise ValueError(
                f'the bar is updated every update_interval iterations, at '
                f'least 1, but got {update_interval}')
        self._length = training_length
        self._update_interval = update_interval
        self._bar_length = bar_length
        self._out = out
        self._timings = collections.deque(maxlen=100)
        self._is_drawn = False
        self._percent = -1

    def __call__(self, trainer):
        """Updates the bar, every ``update_interval`` iterations.

        Args:
            trainer (Trainer): Trainer whose progress is shown.

        Raises:
            TypeError: If the length of the training is not known.

        """
        if self._length is None:
            self._length = _get_length(trainer.stop_trigger)
        updater = trainer.updater
        if updater.iteration % self._update_interval != 0:
            return
        self._timings.append(
            (updater.iteration, updater.epoch_detail, time.monotonic()))
        if terminal.is_terminal(self._out):
            self._draw(updater)
        else:
            self._write_line(updater)
        self._out.flush()

    def finalize(self):
        """Removes the bar from the terminal."""
        if self._is_drawn:
            self._out.write(terminal.CLEAR_BELOW)
            self._out.flush()
            self._is_drawn = False

    def _draw(self, updater):
        length, unit = self._length.period, self._length.unit
        lines = [
            self._bar('     total', self._fraction(updater)),
            self._bar('this epoch', updater.epoch_detail % 1),
            f'{updater.iteration:10} iter, {updater.epoch} epoch / '
            f'{length} {unit}s',
            f'{self._speed(0):10.5g} iters/sec. Estimated time to finish: '
            f'{self._time_left(updater)}.']
        self._out.write(
            terminal.CLEAR_BELOW + '\n'.join(lines) + '\n' +
            terminal.cursor_up(len(lines)))
        self._is_drawn = True

    def _bar(self, title, fraction):
        marks = '#' * int(fraction * self._bar_length)
        return (f'{title} [{marks.ljust(self._bar_length, ".")}] '
                f'{fraction:6.2%}')

    def _write_line(self, updater):
        fraction = self._fraction(updater)
        percent = int(100 * fraction)
        if percent > self._percent:
            self._percent = percent
            self._out.write(
                f'{fraction:7.2%}  iteration {updater.iteration}, '
                f'epoch {updater.epoch_detail:.2f}, '
                f'{self._speed(0):.5g} iters/sec, '
                f'time left: {self._time_left(updater)}\n')

    def _progress(self, updater):
        if self._length.unit == 'iteration':
            return updater.iteration
        return updater.epoch_detail

    def _fraction(self, updater):
        return min(self._progress(updater) / self._length.period, 1)

    def _speed(self, unit):
        """Iterations (unit 0) or epochs (unit 1) per second."""
        first, last = self._timings[0], self._timings[-1]
        seconds = last[2] - first[2]
        return (last[unit] - first[unit]) / seconds if seconds > 0 else 0

    def _time_left(self, updater):
        speed = self._speed(0 if self._length.unit == 'iteration' else 1)
        if not speed > 0:
            return 'unknown'
        left = self._length.period - self._progress(updater)
        return datetime.timedelta(seconds=round(max(left, 0) / speed))


def _get_length(stop_trigger):
    if not isinstance(stop_trigger, trigger_module.IntervalTrigger):
        raise TypeError(
            f'ProgressBar cannot tell the length of the training from its '
            f'stop trigger, {stop_trigger!r}: pass it, like '
            f'ProgressBar(training_length=(20, "epoch"))')
    return stop_trigger
