"""Loading values that may not fit, from files that may be broken."""
import copy
import difflib

import numpy

from chainer import cuda, serializer

_array_types = numpy.ndarray, cuda.ndarray


class MissingKeyError(KeyError):
    """Raised where a file does not have a key."""

    def __str__(self):
        # That of a KeyError is a quoted and escaped repr.
        return self.args[0]


class SourceDeserializer(serializer.Deserializer):
    """Base class of the deserializers of the file formats.

    What is loaded comes from a *source*, which stands for the file. It has

    * ``name``, the name of the file for messages,
    * ``keys()``, a list of all keys, and ``has(key)``,
    * ``header(key)``, the shape and the type of a value, and
    * ``read(key)``, the value as a NumPy array.

    They raise a ``ValueError`` where the file is broken.

    Args:
        source: The source.
        path (str): What all keys begin with.

    """

    def __init__(self, source, path=''):
        self.path = path and path.strip('/') + '/'
        self._source = source
        # What the rehearsal has read and load() has not used yet.
        self._stash = {}

    def __getitem__(self, key):
        part = copy.copy(self)
        part.path = f'{self.path}{key.strip("/")}/'
        return part

    def load(self, obj):
        """Loads an object, or leaves it as it was.

        ``obj.serialize`` is called twice: the first time with a deserializer
        that only looks whether every value is there, can be read and fits
        (see :attr:`~chainer.Deserializer.rehearsing`).

        Args:
            obj: Object to load; it supports the serialization protocol.

        """
        rehearsal = copy.copy(self)
        rehearsal.rehearsing = True
        try:
            obj.serialize(rehearsal)
            obj.serialize(self)
        finally:
            self._stash.clear()

    def __call__(self, key, value):
        key = self.path + key.lstrip('/')
        if not self._source.has(key):
            raise MissingKeyError(_explain_missing(
                key, self._source.name, sorted(self._source.keys())))
        where = f'{self._source.name}: the value {key!r}'
        if isinstance(value, _array_types):
            _check_target(where, *self._source.header(key), value)
        array = self._read(key)
        if value is None:
            return array
        if isinstance(value, _array_types):
            array = _cast(where, array, value.dtype)
            if not self.rehearsing:
                _copy(array, value)
            return value
        scalar = _to_scalar(where, array, value)
        return value if self.rehearsing else scalar

    def _read(self, key):
        if self.rehearsing:
            if key not in self._stash:
                self._stash[key] = self._source.read(key)
            return self._stash[key]
        if key in self._stash:
            return self._stash.pop(key)
        return self._source.read(key)


def _explain_missing(key, name, keys):
    text = f'{name} has no value {key!r} among its {len(keys)} values. '
    longer = [k for k in keys if k.endswith('/' + key)]
    if longer:
        prefix = longer[0][:-len(key)]
        return text + (
            f'It has {longer[0]!r}: it was saved from an object that contains '
            f'the one to load. A part of a file is loaded by a deserializer '
            f'that starts from it: deserializer[{prefix!r}].load(obj)')
    similar = difflib.get_close_matches(key, keys) or keys[:3]
    if similar:
        text += f'It has for example {", ".join(map(repr, similar))}'
    return text


def _check_target(where, shape, dtype, target):
    """Raises an error if no such array can be copied into ``target``."""
    if shape != target.shape:
        raise ValueError(f'{where} has the shape {shape}, but the object to '
                         f'load has the shape {target.shape} there')
    if not numpy.can_cast(dtype, target.dtype, 'same_kind'):
        raise TypeError(f'{where} is of {dtype}, but the object to load has '
                        f'{target.dtype} there')
    if isinstance(target, numpy.ndarray) and not target.flags.writeable:
        raise ValueError(f'{where} belongs into an array of the object to '
                         f'load that is read-only')


def _cast(where, array, dtype):
    with numpy.errstate(over='ignore'):
        result = array.astype(dtype, copy=False)
    if numpy.can_cast(array.dtype, dtype):
        return result
    if dtype.kind in 'fc':
        intact = numpy.isfinite(result) == numpy.isfinite(array)
    else:
        intact = result == array
    if not intact.all():
        raise ValueError(f'{where} is of {array.dtype} and does not fit into '
                         f'the {dtype} that the object to load has there')
    return result


def _copy(array, target):
    if isinstance(target, numpy.ndarray):
        target[...] = array
    else:
        with cuda.get_device(target):
            target.set(numpy.ascontiguousarray(array))


def _to_scalar(where, array, value):
    """Converts what was stored to the type of ``value``."""
    kind = type(value)
    if isinstance(value, (list, tuple)) and array.ndim > 0:
        return kind(array.tolist())
    if array.size != 1:
        raise ValueError(f'{where} is an array of shape {array.shape}, but '
                         f'the object to load has a {kind.__name__} there')
    item = array.item()
    if isinstance(value, str) and isinstance(item, bytes):
        item = item.decode('utf-8')     # as Python 2 saved it
    textual = isinstance(item, (str, bytes))
    if textual != isinstance(value, (str, bytes)):
        raise TypeError(f'{where} is {item!r}, but the object to load has a '
                        f'{kind.__name__} there')
    try:
        scalar = _convert(item, kind)
    except (TypeError, ValueError, OverflowError) as error:
        raise ValueError(f'{where} is {item!r}, which is no '
                         f'{kind.__name__}: {error}') from error
    if (isinstance(value, (int, numpy.integer, numpy.bool_)) and
            scalar != item):
        raise ValueError(f'{where} is {item!r}, but the object to load has a '
                         f'{kind.__name__} there, which would be {scalar!r}')
    return scalar


def _convert(item, kind):
    if issubclass(kind, numpy.integer):
        # NumPy 1 would wrap it around.
        limits = numpy.iinfo(kind)
        if not limits.min <= item <= limits.max:
            raise OverflowError(f'it is not in the range of {kind.__name__}')
    return kind(item)
