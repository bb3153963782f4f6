"""What a trainer does besides updating the parameters."""

#: Priority of extensions that write into the observation.
PRIORITY_WRITER = 300
#: Priority of extensions that change what was written into the observation.
PRIORITY_EDITOR = 200
#: Priority of extensions that read the observation, or do not use it at all.
PRIORITY_READER = 100


class Extension:
    """Base class of trainer extensions.

    An extension is anything that can be called with a trainer. It is
    registered by :meth:`Trainer.extend() <chainer.training.Trainer.extend>`,
    and called after those updates that its trigger picks. An extension that is
    not just a function inherits this class, which provides the settings that
    ``extend`` falls back to. :func:`make_extension` adds them to a function.

    What an extension remembers from one call to the next, it saves in
    :meth:`serialize`, so that a resumed training goes on as if it had never
    been stopped.

    Attributes:
        trigger: When the extension is called: a trigger, or a tuple for
            :class:`~chainer.training.IntervalTrigger`. By default after each
            update, ``(1, 'iteration')``.
        priority (int): Extensions of higher priority are called first.
            :data:`PRIORITY_READER` by default.
        invoke_before_training (bool): Whether the extension is also called
            before the first update, of a new training as well as of a resumed
            one. ``False`` by default.
        name (str): Name under which the extension is registered, ``None`` as
            long as it is not.

    .. admonition:: Example

       >>> from chainer import training
       >>> class CountCalls(training.Extension):
       ...     trigger = 1, 'epoch'
       ...     n_calls = 0
       ...     def __call__(self, trainer):
       ...         self.n_calls += 1
       ...     def serialize(self, serializer):
       ...         self.n_calls = serializer('n_calls', self.n_calls)
       >>> CountCalls().default_name
       'CountCalls'

    """

    trigger = 1, 'iteration'
    priority = PRIORITY_READER
    invoke_before_training = False
    name = None

    @property
    def default_name(self):
        """Name of the extension if none is given: that of the class."""
        return type(self).__name__

    def __call__(self, trainer):
        """Does what the extension is for.

        Args:
            trainer (Trainer): The trainer that calls.

        """
        raise NotImplementedError(
            f'{type(self).__name__} must override __call__')

    def finalize(self):
        """Ends the work of the extension, when the training ends.

        It is also called if the training ends by an exception. It does nothing
        by default.
        """

    def serialize(self, serializer):
        """Saves or loads the state of the extension: nothing by default.

        Args:
            serializer (~chainer.AbstractSerializer): Serializer or
                deserializer.

        """


def make_extension(trigger=None, default_name=None, priority=None,
                   invoke_before_training=False, finalizer=None):
    """Decorator that gives a function the settings of an extension.

    See :class:`Extension` for their meaning and defaults.

    Args:
        trigger: Default trigger of the extension.
        default_name (str): Default name. If omitted, the name of the function.
        priority (int): Default priority.
        invoke_before_training (bool): Whether the extension is called before
            the first update, too.
        finalizer: Function to be called, without arguments, when the training
            ends.

    .. admonition:: Example

       >>> from chainer import training
       >>> @training.make_extension(trigger=(100, 'iteration'))
       ... def print_iteration(trainer):
       ...     print(trainer.updater.iteration)
       >>> print_iteration.default_name
       'print_iteration'

    """
    def decorator(function):
        function.trigger = Extension.trigger if trigger is None else trigger
        function.default_name = default_name or function.__name__
        function.priority = (
            Extension.priority if priority is None else priority)
        function.invoke_before_training = invoke_before_training
        function.finalize = finalizer
        return function

    return decorator
