"""Changing an attribute of an optimizer step by step."""
from chainer.training import extension


class AttributeShift(extension.Extension):
    """Base class of extensions that shift an attribute of an optimizer.

    The attribute has the value :math:`v_0` before the first update, and
    changes to :math:`v_1, v_2, \\ldots` with each call. The number of the call
    is saved in snapshots; the value follows from it. When a resumed training
    begins, the attribute is set again to the value that it had when the
    snapshot was taken, which does not count as a call.

    Args:
        attr (str): Name of the attribute.
        optimizer (~chainer.Optimizer): Optimizer that has the attribute. By
            default the optimizer ``'main'`` of the updater.

    """

    invoke_before_training = True

    def __init__(self, attr, optimizer):
        self._attr = attr
        self._optimizer = optimizer
        self._t = 0

    def compute_value(self, optimizer, t):
        """Returns the value :math:`v_t`.

        Args:
            optimizer (~chainer.Optimizer): Optimizer that has the attribute.
            t (int): Number of the step.

        """
        raise NotImplementedError(
            f'{type(self).__name__} must override compute_value')

    def __call__(self, trainer):
        """Sets the attribute to its next value.

        Args:
            trainer (Trainer): Trainer of the optimizer.

        Raises:
            AttributeError: If the optimizer has no such attribute.

        """
        optimizer = self._optimizer
        if optimizer is None:
            optimizer = trainer.updater.get_optimizer('main')
        if not hasattr(optimizer, self._attr):
            raise AttributeError(
                f'{type(optimizer).__name__} has no attribute {self._attr!r} '
                f'for {type(self).__name__} to shift')
        # The call at the beginning of the training is the step 0. At the
        # beginning of a resumed training it repeats the last step.
        if self._t == 0 or not trainer.before_training:
            self._t += 1
        setattr(optimizer, self._attr,
                self.compute_value(optimizer, self._t - 1))

    def serialize(self, serializer):
        """Saves or loads the number of steps.

        Args:
            serializer (~chainer.AbstractSerializer): Serializer or
                deserializer.

        """
        self._t = serializer('_t', self._t)
