"""Extension that writes the log of a training."""
import contextlib
import json
import os

from chainer import reporter
from chainer.training import extension
from chainer.training import trigger as trigger_module
from chainer.utils import atomic_file


class LogReport(extension.Extension):
    """Extension that averages observations and writes them to a log file.

    At each call, which is after each iteration by default, the observed
    numbers are added to a summary. When the trigger given to the constructor
    fires, the means make an entry of the log, the log is written to a file,
    and a new summary begins. The mean of a value is over the iterations in
    which it was observed.

    The file is a list of dictionaries in JSON. Besides the means each
    dictionary has the numbers ``'epoch'`` and ``'iteration'``. A mean that is
    not finite is written as ``NaN``, ``Infinity`` or ``-Infinity``, which the
    module :mod:`json` reads, though strictly they are not JSON. The file is
    replaced in one step, so that it can be read while the training runs.

    The log and the unfinished summary are saved in snapshots: the log of a
    resumed training is that of one that was never stopped.

    Args:
        keys (iterable of str): Names of the values to be logged. By default
            all are.
        trigger: Trigger that ends an entry; see
            :func:`~chainer.training.get_trigger`. It is not the trigger of the
            extension itself.
        postprocess: Function that is called with each new entry and may
            change it.
        log_name (str): Name of the log file in the output directory. The items
            of the entry are put in by :meth:`str.format`:
            ``'log_{iteration}'`` makes a file for each. With ``None`` no file
            is written.

    """

    def __init__(self, keys=None, trigger=(1, 'epoch'), postprocess=None,
                 log_name='log'):
        self._keys = None if keys is None else list(keys)
        self._trigger = trigger_module.get_trigger(trigger)
        self._postprocess = postprocess
        self._log_name = log_name
        self._log = []
        self._summary = reporter.DictSummary()

    @property
    def log(self):
        """The entries so far, a list of dictionaries."""
        return self._log

    def __call__(self, trainer):
        """Adds the observation to the summary; ends an entry if it is time.

        Args:
            trainer (Trainer): Trainer with the observation.

        """
        observation = trainer.observation
        if self._keys is not None:
            observation = {key: observation[key] for key in self._keys
                           if key in observation}
        self._summary.add(observation)
        if self._trigger(trainer):
            self._log.append(self._make_entry(trainer.updater))
            self._summary = reporter.DictSummary()
            if self._log_name is not None:
                self._write(trainer.out)

    def _make_entry(self, updater):
        entry = self._summary.compute_mean()
        entry['epoch'] = updater.epoch
        entry['iteration'] = updater.iteration
        if self._postprocess is not None:
            self._postprocess(entry)
        return entry

    def _write(self, directory):
        name = self._log_name.format(**self._log[-1])
        with atomic_file.replace(os.path.join(directory, name)) as temporary:
            with open(temporary, 'w', encoding='utf-8') as f:
                f.write(_dump(self._log, indent=4))

    def serialize(self, serializer):
        """Saves or loads the log, the summary and the trigger.

        Args:
            serializer (~chainer.AbstractSerializer): Serializer or
                deserializer.

        """
        if hasattr(self._trigger, 'serialize'):
            self._trigger.serialize(serializer['_trigger'])
        log = _dump(self._log)
        loaded = serializer('_log', log)
        if loaded != log:
            self._log[:] = json.loads(loaded)
        # Snapshots of the original Chainer 1.14 have no summary.
        with contextlib.suppress(KeyError):
            self._summary.serialize(serializer['_summary'])


def _dump(log, indent=None):
    # The functions of the user may put arrays and NumPy scalars into it.
    return json.dumps(log, indent=indent, default=lambda x: x.tolist())
