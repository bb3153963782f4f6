"""The serializer protocol: one method that both saves and loads.

An object that can be saved has a method ``serialize(serializer)``, in which it
passes each of its values through the serializer::

    def serialize(self, serializer):
        self.t = serializer('t', self.t)
        serializer('state', self.state)             # an array: loaded in place
        self.child.serialize(serializer['child'])

With a :class:`Serializer` the calls save the values and return them; with a
:class:`Deserializer` they return, or fill in, the values found under the same
keys.
"""


class AbstractSerializer:
    """Base class of serializers and deserializers."""

    def __getitem__(self, key):
        """Returns the serializer of a part of the object.

        Args:
            key (str): Name of the part. What the returned serializer saves
                lies below that name: ``serializer['l1']('W', W)`` has the path
                ``l1/W``.

        """
        raise NotImplementedError(
            f'{type(self).__name__} must override __getitem__')

    def __call__(self, key, value):
        """Saves or loads one value.

        Args:
            key (str): Name of the value.
            value (scalar, str, array or None): Value to save. When loading, a
                scalar or a string tells only the type wanted; an array gets
                the loaded elements written into it; with ``None``, which only
                deserializers accept, the value is returned as it is stored,
                typically as an array.

        Returns:
            The value, saved or loaded.

        """
        raise NotImplementedError(
            f'{type(self).__name__} must override __call__')


class Serializer(AbstractSerializer):
    """Base class of everything that saves."""

    def save(self, obj):
        """Saves an object: the same as ``obj.serialize(self)``."""
        obj.serialize(self)


class Deserializer(AbstractSerializer):
    """Base class of everything that loads.

    Attributes:
        rehearsing (bool): True while a loader walks through an object only to
            learn whether everything it asks for is there and fits. Scalars are
            then returned and arrays left as they are, so that a file that does
            not fit leaves the object unchanged. An object whose ``serialize``
            changes something else on loading looks at this first.

    """

    rehearsing = False

    def load(self, obj):
        """Loads an object: the same as ``obj.serialize(self)``."""
        obj.serialize(self)
