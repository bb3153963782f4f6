"""One step of training: from a batch to new parameters."""
import contextlib
import copy

from chainer import cuda
from chainer import serializer as serializer_module
from chainer.dataset import convert
from chainer.serializers import npz
from chainer.training import batch_arguments, call_all


class Updater:
    """Interface of the objects that update the parameters in a trainer.

    An updater holds what an update needs: dataset iterators, optimizers with
    their models, settings. :class:`StandardUpdater` is all that most trainings
    need. Triggers and extensions that measure the progress of the training
    expect, besides the methods below, the attributes ``iteration``, ``epoch``,
    ``epoch_detail`` and ``is_new_epoch`` of :class:`StandardUpdater`.
    """

    def connect_trainer(self, trainer):
        """Tells the updater which trainer it is used by.

        It is called when the trainer has been constructed. An updater may
        register further links as observers, for example. It does nothing by
        default.

        Args:
            trainer (Trainer): The trainer.

        """

    def finalize(self):
        """Ends the work of the updater, when the training ends.

        Dataset iterators are finalized here. It does nothing by default.
        """

    def get_optimizer(self, name):
        """Returns the optimizer of a name.

        Args:
            name (str): Name of the optimizer.

        """
        raise NotImplementedError(
            f'{type(self).__name__} must override get_optimizer')

    def get_all_optimizers(self):
        """Returns a dictionary of all optimizers by name."""
        raise NotImplementedError(
            f'{type(self).__name__} must override get_all_optimizers')

    def update(self):
        """Updates the parameters once.

        That comprises everything from loading a batch to changing the
        parameters. The trainer calls it once in each iteration.
        """
        raise NotImplementedError(
            f'{type(self).__name__} must override update')

    def serialize(self, serializer):
        """Saves or loads the state of the updater and of all that it holds.

        Args:
            serializer (~chainer.AbstractSerializer): Serializer or
                deserializer.

        """
        raise NotImplementedError(
            f'{type(self).__name__} must override serialize')


class StandardUpdater(Updater):
    """Updater for a dataset, a model and an optimizer.

    An update takes a batch from the iterator, makes arrays of it by the
    converter, and lets the optimizer decrease the loss function of these
    arrays. If the converter returns a tuple, its items are the arguments of
    the loss function; if it returns a dictionary, they are passed by keyword;
    an array is the only argument. All are wrapped in variables.

    A training with several datasets or optimizers gives dictionaries of them,
    and overrides :meth:`update_core`. The iterator ``'main'`` tells the epoch.
    At the end of each epoch, ``new_epoch`` of all optimizers is called.

    Args:
        iterator: Iterator over the training set, or dictionary of iterators.
            A single iterator gets the name ``'main'``.
        optimizer: Optimizer, or dictionary of optimizers; their models are set
            up. A single optimizer gets the name ``'main'``.
        converter: Function that makes arrays of a batch. It is called with the
            list of examples and the device.
        device (int): Device that the models and batches are sent to. A
            negative number is the host; by default everything stays where it
            is.
        loss_func: Loss function. By default the target of the optimizer
            ``'main'`` is called.

    Attributes:
        converter: Converter function.
        loss_func: Loss function, ``None`` for the target link.
        device: Device of the batches.
        iteration (int): Number of updates done.

    """

    def __init__(self, iterator, optimizer,
                 converter=convert.concat_examples, device=None,
                 loss_func=None):
        self._iterators = _by_name(iterator)
        self._optimizers = _by_name(optimizer)
        self.converter = converter
        self.loss_func = loss_func
        self.device = device
        self.iteration = 0
        self._passed_epoch = False
        if device is not None and device >= 0:
            for each in self._optimizers.values():
                each.target.to_gpu(device)

    @property
    def epoch(self):
        """Number of sweeps over the main dataset completed."""
        return self.get_iterator('main').epoch

    @property
    def epoch_detail(self):
        """The same, with the part of the current sweep that is done."""
        return self.get_iterator('main').epoch_detail

    @property
    def is_new_epoch(self):
        """Whether the last update completed a sweep over the main dataset."""
        return (self._passed_epoch or
                bool(self.get_iterator('main').is_new_epoch))

    def finalize(self):
        """Finalizes all iterators, even if one of them fails to."""
        call_all.call_all(
            iterator.finalize for iterator in self._iterators.values())

    def get_iterator(self, name):
        """Returns the dataset iterator of a name.

        Args:
            name (str): Name of the iterator.

        Raises:
            KeyError: If there is none.

        """
        return _find(self._iterators, name, 'iterator')

    def get_optimizer(self, name):
        """Returns the optimizer of a name.

        Args:
            name (str): Name of the optimizer.

        Raises:
            KeyError: If there is none.

        """
        return _find(self._optimizers, name, 'optimizer')

    def get_all_optimizers(self):
        """Returns a dictionary of all optimizers by name."""
        return dict(self._optimizers)

    def update(self):
        """Updates the parameters by :meth:`update_core`, and counts it."""
        epoch = self._count_epochs()
        self.update_core()
        self.iteration += 1
        # An update may take several batches, so that the iterator's own
        # is_new_epoch, which is about the last batch, does not tell.
        self._passed_epoch = self._count_epochs() != epoch
        if self._passed_epoch:
            for optimizer in self._optimizers.values():
                optimizer.new_epoch()

    def _count_epochs(self):
        # Updates with datasets of other names have no epochs.
        return getattr(self._iterators.get('main'), 'epoch', None)

    def update_core(self):
        """Takes a batch and updates the parameters.

        Override it to train in another way.

        Raises:
            StopIteration: If the iterator has no more batches.

        """
        optimizer = self.get_optimizer('main')
        loss_func = self.loss_func
        if loss_func is None:
            loss_func = optimizer.target
        arrays = self.converter(self._next_batch(), self.device)
        args, kwargs = batch_arguments.make(arrays)
        optimizer.update(loss_func, *args, **kwargs)

    def _next_batch(self):
        try:
            return self.get_iterator('main').next()
        except StopIteration:
            raise StopIteration(
                'the training set is used up: its iterator must go round '
                'without end (repeat=True), and the stop trigger of the '
                'trainer end the training') from None

    def serialize(self, serializer):
        """Saves or loads iterators, optimizers, models and the iteration.

        Args:
            serializer (~chainer.AbstractSerializer): Serializer or
                deserializer.

        """
        for name, iterator in self._iterators.items():
            iterator.serialize(serializer['iterator:' + name])
        for name, optimizer in self._optimizers.items():
            # The model comes first: by loading it, parameters may get the
            # shapes that the optimizer needs for its states.
            optimizer.target.serialize(serializer['model:' + name])
            optimizer.serialize(serializer['optimizer:' + name])
        self.iteration = serializer('iteration', self.iteration)
        # Snapshots of the original Chainer leave this to the iterator.
        with contextlib.suppress(KeyError):
            self._passed_epoch = serializer(
                'passed_epoch', self._passed_epoch)


class ParallelUpdater(StandardUpdater):
    """Updater that computes the gradient on several devices at once.

    Each device has a copy of the model. A batch of :math:`N` examples is dealt
    out to the :math:`k` models, :math:`N/k` examples each; every model
    computes the gradient of its loss; the gradients are added up in the main
    model, which is updated; and its parameters are sent to the others. If the
    loss is a mean over the examples, the gradient is thus a sum of :math:`k`
    means: :math:`k` times as large as that of :class:`StandardUpdater`, which
    the learning rate can make up for.

    The models start equal: before the first update, the main model is sent to
    the others. If there are fewer examples than models, the last models sit
    out.

    Only the main model is saved. On loading all models become equal to it.

    The observations of the copies are reported under their names: the copy
    ``'second'`` reports ``'second/loss'``.

    Args:
        iterator: See :class:`StandardUpdater`.
        optimizer: See :class:`StandardUpdater`. The gradient goes to the
            optimizer ``'main'``.
        converter: Function that makes arrays of the examples for a model. It
            is called with the list of examples and the device.
        models (dict): Models by name. The one called ``'main'`` is the target
            of the main optimizer. By default that one is copied for each
            device.
        devices (dict): Devices by name of the model; a negative number is the
            host. If omitted, the batches are not sent to any device.
        loss_func: Loss function. By default the models are called.

    Raises:
        ValueError: If neither models nor devices are given, or the main model
            is not the target of the main optimizer.
        KeyError: If there is no main model, or no device for a model.

    """

    def __init__(self, iterator, optimizer,
                 converter=convert.concat_examples, models=None, devices=None,
                 loss_func=None):
        super().__init__(iterator, optimizer, converter=converter,
                         loss_func=loss_func)
        target = self.get_optimizer('main').target
        if models is None:
            models = _copy_to_devices(target, devices)
        elif _find(models, 'main', 'model') is not target:
            raise ValueError(
                "models['main'] must be the link that the main optimizer was "
                "set up with")
        if devices is None:
            devices = dict.fromkeys(models)
        for name in models:
            _find(devices, name, 'device')
        self._main = target
        self._models = models
        self._devices = devices
        self._others = [model for model in models.values()
                        if model is not target]
        self._models_are_equal = False

    def connect_trainer(self, trainer):
        """Registers the copies of the model as observers.

        Args:
            trainer (Trainer): The trainer.

        """
        for name, model in self._models.items():
            if model is not self._main:
                trainer.reporter.add_observer(name, model)
                trainer.reporter.add_observers(
                    name, model.namedlinks(skipself=True))

    def update_core(self):
        """Takes a batch, and updates the parameters with all models."""
        losses = self._compute_losses(self._next_batch())
        for model in self._models.values():
            model.cleargrads()
        for loss in losses:
            with cuda.get_device(loss.data):
                loss.backward()
        for model in self._others:
            self._main.addgrads(model)
        self.get_optimizer('main').update()
        for model in self._others:
            model.copyparams(self._main)

    def _compute_losses(self, batch):
        losses = []
        names = sorted(self._models, key=lambda name: name != 'main')
        for i, name in enumerate(names):
            examples = batch[i::len(names)]
            if len(examples) == 0:
                break
            device = self._devices[name]
            args, kwargs = batch_arguments.make(
                self.converter(examples, device))
            loss_func = self.loss_func
            if loss_func is None:
                loss_func = self._models[name]
            with cuda.get_device(device):
                losses.append(loss_func(*args, **kwargs))
            if not self._models_are_equal:
                # The main model, which comes first, has all its parameters
                # now, also those whose shapes the first batch gives.
                self._send_to_others()
        return losses

    def _send_to_others(self):
        if self._others:
            state = {}
            npz.DictionarySerializer(state).save(self._main)
            for model in self._others:
                npz.NpzDeserializer(state).load(model)
        self._models_are_equal = True

    def serialize(self, serializer):
        """Saves or loads iterators, optimizers, models and the iteration.

        Args:
            serializer (~chainer.AbstractSerializer): Serializer or
                deserializer.

        """
        super().serialize(serializer)
        if isinstance(serializer, serializer_module.Deserializer):
            for model in self._others:
                model.serialize(serializer['model:main'])
            self._models_are_equal |= not serializer.rehearsing


def _by_name(objects):
    return dict(objects) if isinstance(objects, dict) else {'main': objects}


def _find(objects, name, what):
    if name not in objects:
        raise KeyError(
            f'there is no {what} named {name!r}, only {list(objects)}')
    return objects[name]


def _copy_to_devices(target, devices):
    if devices is None:
        raise ValueError(
            "ParallelUpdater needs models or devices, for example devices="
            "{'main': 0, 'second': 1}")
    if 'main' not in devices:
        raise KeyError(
            f"one of the devices must be called 'main', but they are "
            f"{list(devices)}")
    models = {}
    for name, device in devices.items():
        model = models[name] = (
            target if name == 'main' else copy.deepcopy(target))
        if device is None:
            continue
        if model is not target:
            # It would stay on the device that the target is on.
            model.to_cpu()
        if device >= 0:
            model.to_gpu(device)
    return models
