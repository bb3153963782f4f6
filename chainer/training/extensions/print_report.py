"""Extension that prints the log of a training as a table."""
import numbers
import sys

from chainer import serializer as serializer_module
from chainer.training import extension, terminal
from chainer.training.extensions import log_report as log_report_module


class PrintReport(extension.Extension):
    """Extension that prints entries of the log as the rows of a table.

    Whenever the log of a :class:`LogReport` has got longer, the new entries
    are printed, a column for each key; a value that an entry lacks is left
    blank. After a training is resumed, the header and the whole table are
    printed anew.

    On a terminal everything below the cursor is cleared before a row is
    printed, so that the table can be used together with a
    :class:`ProgressBar`.

    Args:
        entries (list of str): Keys of the log, which are also the headings.
        log_report (str or LogReport): The log to be printed: either the name
            under which its :class:`LogReport` is registered with the trainer,
            which should be done before this extension is; or a
            :class:`LogReport` that is not registered, which is then run by
            this extension.
        out: Stream to print to. Standard output by default.

    Raises:
        TypeError: If ``log_report`` is none of these.

    """

    def __init__(self, entries, log_report='LogReport', out=sys.stdout):
        if not isinstance(log_report, (str, log_report_module.LogReport)):
            raise TypeError(
                f'log_report must be a LogReport or the name of one, but got '
                f'{log_report!r}')
        self._entries = entries
        self._widths = [max(10, len(entry)) for entry in entries]
        self._log_report = log_report
        self._out = out
        self._n_printed = None

    def __call__(self, trainer):
        """Prints the entries that are new in the log.

        Args:
            trainer (Trainer): Trainer with the log.

        Raises:
            ValueError: If the trainer has no :class:`LogReport` of the name.

        """
        log = self._get_log(trainer)
        if self._n_printed is None:
            self._print_row(self._entries)
            self._n_printed = 0
        for entry in log[self._n_printed:]:
            self._print_row(
                [_format(entry.get(key, ''), width)
                 for key, width in zip(
                     self._entries, self._widths, strict=True)])
        self._n_printed = len(log)

    def _get_log(self, trainer):
        log_report = self._log_report
        if isinstance(log_report, log_report_module.LogReport):
            log_report(trainer)
            return log_report.log
        try:
            return trainer.get_extension(log_report).log
        except (ValueError, AttributeError) as error:
            raise ValueError(
                f'PrintReport prints the log of the extension {log_report!r}, '
                f'but the trainer has no LogReport of that name: call '
                f'trainer.extend(extensions.LogReport())') from error

    def _print_row(self, cells):
        if terminal.is_terminal(self._out):
            self._out.write(terminal.CLEAR_BELOW)
        row = '  '.join([cell.ljust(width) for cell, width in zip(
            cells, self._widths, strict=True)])
        self._out.write(row.rstrip() + '\n')
        self._out.flush()

    def serialize(self, serializer):
        """Saves or loads the log, if this extension has one of its own.

        Args:
            serializer (~chainer.AbstractSerializer): Serializer or
                deserializer.

        """
        if isinstance(self._log_report, log_report_module.LogReport):
            self._log_report.serialize(serializer['_log_report'])
        if (isinstance(serializer, serializer_module.Deserializer) and
                not serializer.rehearsing):
            self._n_printed = None


def _format(value, width):
    if isinstance(value, numbers.Integral) or (
            not isinstance(value, numbers.Real)):
        return str(value)
    for precision in range(6, 1, -1):
        text = f'{value:.{precision}g}'
        if len(text) <= width:
            break
    return text
