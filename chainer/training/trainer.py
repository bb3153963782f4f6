"""The training loop."""
import collections
import contextlib
import itertools
import json
import os

from chainer import reporter as reporter_module
from chainer import serializer as serializer_module
from chainer.training import call_all, extension, random_state
from chainer.training import trigger as trigger_module

_Entry = collections.namedtuple(
    '_Entry', ('extension', 'trigger', 'priority', 'invoke_before_training'))


class Trainer:
    """The training loop.

    Each iteration of the loop

    1. updates the parameters, which is the work of the updater;
    2. calls the extensions, those of higher priority first, each if its
       trigger says so.

    The loop ends when the stop trigger fires.

    **Observations.** During an iteration everything that is reported by
    :func:`chainer.report` goes to the dictionary :attr:`observation`, which is
    a new one in each iteration. The links of the model report under their
    paths, preceded by the name of the optimizer: ``main/loss`` is the loss
    reported by the target of the optimizer ``'main'``, and
    ``main/predictor/l1/mean`` a value reported by a link in it. Extensions
    read the observation, and may write into it; their priority is
    :data:`PRIORITY_WRITER` then, or :data:`PRIORITY_EDITOR` if they also read
    it, or :data:`PRIORITY_READER`.

    **Suspending and resuming.** A trainer saves all that changes in a
    training: parameters, states of the optimizers, iterators, extensions and
    triggers, the observation, and the states of the random number generators
    of :mod:`numpy.random` and :mod:`random`. Load it into a trainer that was
    constructed in the same way, and :meth:`run` continues as if the training
    had never been stopped: with the same parameters and the same log, bit by
    bit. Settings are not saved; the resumed training may have other ones, such
    as a later stop trigger.

    If the trainer is saved by an extension, as
    :func:`~chainer.training.extensions.snapshot` does, the extensions that
    come after that one belong to the same iteration, but are not yet called.
    The resumed training calls them first; they find the numbers of the
    observation, but no graphs behind them.

    Args:
        updater (Updater): Does the updates.
        stop_trigger: Trigger that ends the training, or a tuple like ``(20,
            'epoch')``; see :func:`get_trigger`. By default the training never
            ends.
        out (str): Directory for what extensions write. It is made if it does
            not exist.

    Attributes:
        updater: The updater.
        stop_trigger: Trigger that ends the training.
        observation (dict): What was reported in the last iteration.
        out (str): Output directory.
        reporter (Reporter): Collects the observation.
        before_training (bool): ``True`` while extensions are invoked before
            the first update, ``False`` otherwise.

    """

    def __init__(self, updater, stop_trigger=None, out='result'):
        self.updater = updater
        self.stop_trigger = trigger_module.get_trigger(stop_trigger)
        self.observation = {}
        self.out = out
        self.reporter = _make_reporter(updater.get_all_optimizers())
        self.before_training = False
        self._extensions = {}
        self._done = False
        # Names of the extensions not yet considered in the last iteration.
        self._pending = []
        # What a snapshot brought, until the loop goes on from there.
        self._random_state = None
        updater.connect_trainer(self)

    def extend(self, extension, name=None, trigger=None, priority=None,
               invoke_before_training=None):
        """Registers an extension.

        Whatever is omitted is taken from the attribute of that name of the
        extension (the name from ``default_name``), or else is the default of
        :class:`Extension`. Extensions of one priority are called in the order
        in which they were registered.

        Args:
            extension: Any callable that takes a trainer; see
                :class:`Extension`.
            name (str): Name of the extension. If it is taken already, a number
                is added: ``'name_1'``, ``'name_2'`` and so on. The extension
                gets it as its attribute ``name``.
            trigger: When the extension is called; see :func:`get_trigger`.
            priority (int): Extensions of higher priority are called first.
            invoke_before_training (bool): Whether the extension is also called
                before the first update. What changes settings of the training,
                such as the learning rate, should be, as settings are not saved
                in snapshots.

        Raises:
            TypeError: If the extension is not callable, or has no name.

        """
        if not callable(extension):
            raise TypeError(
                f'an extension is called with the trainer, but '
                f'{extension!r} is not callable')
        name = self._unique_name(name or _default_name(extension))
        with contextlib.suppress(AttributeError):
            # Methods and built-in functions have no attributes.
            extension.name = name
        self._extensions[name] = _make_entry(
            extension, trigger, priority, invoke_before_training)

    def _unique_name(self, name):
        unique, ordinal = name, 0
        while unique in self._extensions:
            ordinal += 1
            unique = f'{name}_{ordinal}'
        return unique

    def get_extension(self, name):
        """Returns the extension of a name.

        Args:
            name (str): Name under which it was registered.

        Raises:
            ValueError: If there is none.

        """
        if name not in self._extensions:
            raise ValueError(
                f'there is no extension named {name!r} in this trainer, only '
                f'{list(self._extensions)}')
        return self._extensions[name].extension

    def run(self):
        """Trains until the stop trigger fires.

        When the loop ends, also by an exception, all extensions and the
        updater are finalized. If several things fail, the first exception is
        raised; the others are shown as its context.

        Raises:
            RuntimeError: If this trainer has run to its end before.
            OSError: If the output directory cannot be made.

        """
        if self._done:
            raise RuntimeError(
                'a trainer cannot run twice: its extensions and its updater '
                'are finalized. To train on, make a new Trainer with the '
                'updater and a later stop trigger, and extend that one; or '
                'load a snapshot of this one into a trainer made anew')
        call_all.call_all(
            itertools.chain([self._train], self._finalizers()))
        self._done = True

    def _train(self):
        os.makedirs(self.out, exist_ok=True)
        # sorted() keeps the order among equals also when it is reversed.
        order = sorted(
            self._extensions, reverse=True,
            key=lambda name: self._extensions[name].priority)
        self._invoke_before_training(order)
        if self._random_state is not None:
            random_state.restore(self._random_state)
            self._random_state = None
        with self.reporter.scope(self.observation):
            self._call_pending_extensions()
        while not self.stop_trigger(self):
            self.observation = {}
            with self.reporter.scope(self.observation):
                self.updater.update()
                self._pending = list(order)
                self._call_pending_extensions()

    def _invoke_before_training(self, order):
        self.before_training = True
        try:
            for name in order:
                if self._extensions[name].invoke_before_training:
                    self._extensions[name].extension(self)
        finally:
            self.before_training = False

    def _call_pending_extensions(self):
        while self._pending:
            entry = self._extensions[self._pending.pop(0)]
            if entry.trigger(self):
                entry.extension(self)

    def _finalizers(self):
        for entry in self._extensions.values():
            finalize = getattr(entry.extension, 'finalize', None)
            if finalize is not None:
                yield finalize
        yield self.updater.finalize

    def serialize(self, serializer):
        """Saves or loads the state of the training.

        Snapshots of the original Chainer 1.14 can be loaded. They lack the
        random states and the observation.

        Args:
            serializer (~chainer.AbstractSerializer): Serializer or
                deserializer.

        """
        self.updater.serialize(serializer['updater'])
        if hasattr(self.stop_trigger, 'serialize'):
            self.stop_trigger.serialize(serializer['stop_trigger'])
        extensions = serializer['extensions']
        triggers = serializer['extension_triggers']
        for name, entry in self._extensions.items():
            if hasattr(entry.extension, 'serialize'):
                entry.extension.serialize(extensions[name])
            if hasattr(entry.trigger, 'serialize'):
                entry.trigger.serialize(triggers[name])
        with contextlib.suppress(KeyError):
            self._serialize_loop(serializer)

    def _serialize_loop(self, serializer):
        observation = serializer('observation', json.dumps(
            _numbers(self.observation)))
        pending = serializer('pending_extensions', json.dumps(self._pending))
        random = serializer(
            'random_state', self._random_state or random_state.dump())
        if (isinstance(serializer, serializer_module.Deserializer) and
                not serializer.rehearsing):
            self.observation = json.loads(observation)
            self._pending = [name for name in json.loads(pending)
                             if name in self._extensions]
            self._random_state = random


def _make_reporter(optimizers):
    reporter = reporter_module.Reporter()
    for name, optimizer in optimizers.items():
        target = getattr(optimizer, 'target', None)
        if target is None:
            raise AttributeError(
                f'the optimizer {name!r} has no target: call '
                f'optimizer.setup(model) before the trainer is made')
        reporter.add_observer(name, target)
        reporter.add_observers(name, target.namedlinks(skipself=True))
    return reporter


def _default_name(function):
    for attribute in ('default_name', '__name__'):
        name = getattr(function, attribute, None)
        if name is not None:
            return name
    raise TypeError(
        f'this extension has no name: {function!r}. Pass one to extend, '
        f'name=...')


def _make_entry(function, trigger, priority, invoke_before_training):
    def setting(value, name):
        if value is not None:
            return value
        return getattr(function, name, getattr(extension.Extension, name))

    return _Entry(
        function,
        trigger_module.get_trigger(setting(trigger, 'trigger')),
        setting(priority, 'priority'),
        setting(invoke_before_training, 'invoke_before_training'))


def _numbers(observation):
    numbers = {name: reporter_module.get_number(value)
               for name, value in observation.items()}
    return {name: float(number)
            for name, number in numbers.items() if number is not None}
