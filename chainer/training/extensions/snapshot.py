"""Extensions that save the training, or a part of it."""
import os

from chainer.serializers import npz
from chainer.training import extension
from chainer.utils import atomic_file


def snapshot(savefun=npz.save_npz,
             filename='snapshot_iter_{.updater.iteration}',
             trigger=(1, 'epoch')):
    """Returns an extension that saves the trainer.

    Loaded into a trainer constructed in the same way, the snapshot resumes the
    training where it was taken; see :class:`~chainer.training.Trainer`. The
    file is written beside its target and then renamed, so that under this name
    there is always a complete snapshot, whatever happens while it is written.

    The priority of the extension is -100, so that it comes after the others.

    Args:
        savefun: Function that saves an object. It is called with a path and
            the trainer: :func:`~chainer.serializers.save_npz` or
            :func:`~chainer.serializers.save_hdf5`, for example.
        filename (str): Name of the file in the output directory. The trainer
            is put in by :meth:`str.format`.
        trigger: Default trigger of the extension.

    Returns:
        The extension.

    .. admonition:: Example

       In a script, before ``trainer.run()``::

           trainer.extend(extensions.snapshot(), trigger=(1000, 'iteration'))
           if args.resume:
               chainer.serializers.load_npz(args.resume, trainer)

    """
    @extension.make_extension(trigger=trigger, priority=-100)
    def snapshot(trainer):
        _save(trainer, trainer, filename, savefun)

    return snapshot


def snapshot_object(target, filename, savefun=npz.save_npz,
                    trigger=(1, 'epoch')):
    """Returns an extension that saves an object, such as the model.

    The file is written beside its target and then renamed. The priority of the
    extension is -100.

    Args:
        target: Object to be saved; it has a method ``serialize``.
        filename (str): Name of the file in the output directory. The trainer
            is put in by :meth:`str.format`: ``'model_{.updater.iteration}'``
            becomes ``'model_10000'`` in the 10,000th iteration.
        savefun: Function that saves an object. It is called with a path and
            the object.
        trigger: Default trigger of the extension.

    Returns:
        The extension.

    """
    @extension.make_extension(trigger=trigger, priority=-100)
    def snapshot_object(trainer):
        _save(trainer, target, filename, savefun)

    return snapshot_object


def _save(trainer, target, filename, savefun):
    path = os.path.join(trainer.out, filename.format(trainer))
    with atomic_file.replace(path) as temporary:
        savefun(temporary, target)
