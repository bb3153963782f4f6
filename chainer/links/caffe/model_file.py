"""Reading Caffe model files that nobody has vouched for.

Design: nearly all of a model file are weights. protobuf would hold them twice,
as the message and as the list of numbers made of it. So the outer structure of
the file is walked here, protobuf gets the layers without their weights, and
the weights are read straight into the arrays that the links will have.

A length or a shape in the file is believed only as far as there are bytes that
bear it out: a broken file makes a ``ValueError``, never a huge array.
"""
import contextlib
import math
import os

import numpy

from chainer.links.caffe import caffe_pb, wire_format

# What no network comes near. They bound the memory that a bad file costs.
_LARGEST_DEFINITION = 1 << 20
_MOST_LAYERS = 100000
_MOST_BLOBS = 1000
_MOST_AXES = 32

# Weights are read in blocks of so many numbers.
_BLOCK = 1 << 18


# V1 layers lack some of the parameters.
_DEFAULTS = caffe_pb.LayerParameter()


class Layer:
    """One layer of a model file.

    Attributes:
        name (str): Name.
        type (str): Type, as it is called since Caffe has names for them.
        bottoms (list of str): Names of the blobs it reads.
        tops (list of str): Names of the blobs it writes.
        message: The protobuf message, without the weights.

    """

    def __init__(self, message, type_, blobs):
        self.message = message
        self.name = _text(message.name)
        self.type = _text(type_)
        self.bottoms = [_text(name) for name in message.bottom]
        self.tops = [_text(name) for name in message.top]
        self._blobs = blobs

    def param(self, name):
        """Returns a part of its parameters; the defaults if it has none."""
        known = name in self.message.DESCRIPTOR.fields_by_name
        return getattr(self.message if known else _DEFAULTS, name)

    def blobs(self, number):
        """Returns its weights, a list of so many :class:`Blob` objects."""
        if len(self._blobs) != number:
            raise ValueError(f'it should have {number} blobs of weights, but '
                             f'the file has {len(self._blobs)}')
        return [Blob(i, *where) for i, where in enumerate(self._blobs)]

    def describe(self):
        """Returns its name and type for messages."""
        return f'layer {self.name!r} of type {self.type}'


def _text(name):
    # Some versions of protobuf give bytes for what is not in UTF-8.
    if not isinstance(name, str):
        raise ValueError(f'{name!r} is no name')
    return name


# Fields of a blob that give its shape.
_SHAPE = 1, 2, 3, 4, 7

# Fields of a blob that hold data: their type, and their wire type if they are
# written number by number.
_DATA = {5: (numpy.dtype('<f4'), wire_format.FOUR_BYTES),
         8: (numpy.dtype('<f8'), wire_format.EIGHT_BYTES)}


class Blob:
    """An array in a model file, not read yet.

    Attributes:
        name (str): What it is called in messages.
        shape (tuple of int): Shape. The file has as many numbers as that.

    """

    def __init__(self, index, file, start, stop):
        self.name = f'blob {index}'
        self._file = file
        self._start = start
        self._stop = stop
        self.shape = self._read_shape()
        declared = math.prod(self.shape)
        stored = sum(count for _, count, _ in self._runs())
        if declared != stored or not stored:
            raise ValueError(
                f'{self.name} has the shape {self.shape}, hence '
                f'{declared} numbers, but the file has {stored}')

    def read(self):
        """Returns the array, in float32."""
        array = numpy.empty(self.shape, dtype=numpy.float32)
        rest = array.reshape(-1)
        for position, count, dtype in self._runs():
            # In blocks, so that nothing of the size of the blob is needed
            # beside the array.
            for i in range(0, count, _BLOCK):
                n = min(_BLOCK, count - i)
                start = position + i * dtype.itemsize
                stop = start + n * dtype.itemsize
                data = wire_format.read(self._file, start, stop)
                with numpy.errstate(over='ignore'):
                    rest[:n] = numpy.frombuffer(data, dtype)
                rest = rest[n:]
        return array

    def _read_shape(self):
        definition = bytearray()
        for field in wire_format.fields(self._file, self._start, self._stop):
            if field.number in _SHAPE:
                _gather(self._file, field, definition)
        proto = _parse(caffe_pb.BlobProto, definition)
        legacy = 'num', 'channels', 'height', 'width'
        if any(proto.HasField(name) for name in legacy):
            shape = tuple([getattr(proto, name) for name in legacy])
        else:
            shape = tuple(proto.shape.dim)
        if len(shape) > _MOST_AXES:
            raise ValueError(f'{self.name} has {len(shape)} axes')
        if min(shape, default=1) < 0:
            raise ValueError(f'{self.name} has the shape {shape}')
        return shape

    def _runs(self):
        """Yields (position, count, type) of numbers in line."""
        for field in wire_format.fields(self._file, self._start, self._stop):
            if field.number not in _DATA:
                continue
            dtype, single = _DATA[field.number]
            count, excess = divmod(field.stop - field.start, dtype.itemsize)
            if field.wire_type not in (single, wire_format.BYTES) or excess:
                raise ValueError(f'{self.name}: what is at byte {field.start} '
                                 f'are no {dtype.name} numbers')
            yield field.start, count, dtype


def _gather(file, field, definition):
    """Appends a field to the bytes of a message."""
    if len(definition) + field.stop - field.begin > _LARGEST_DEFINITION:
        raise ValueError(f'field {field.number} at byte {field.begin} is too '
                         f'large')
    definition += wire_format.read(file, field.begin, field.stop)


def _parse(message_class, data):
    try:
        return message_class.FromString(bytes(data))
    except MemoryError:
        raise
    except Exception as error:
        # Each version of protobuf has its own errors for broken messages.
        name = message_class.DESCRIPTOR.name
        raise ValueError(f'a broken {name}: {error}') from error


# --------------------------------------------------------------------
# The net
# --------------------------------------------------------------------

# V1 layer types whose names are not those of today in capitals.
_V1_TYPES = {
    'ABSVAL': 'AbsVal', 'ARGMAX': 'ArgMax', 'BNLL': 'BNLL',
    'HDF5_DATA': 'HDF5Data', 'HDF5_OUTPUT': 'HDF5Output', 'LRN': 'LRN',
    'MVN': 'MVN', 'RELU': 'ReLU', 'SOFTMAX_LOSS': 'SoftmaxWithLoss',
    'TANH': 'TanH'}


def _get_type(message):
    return message.type


def _get_v1_type(message):
    if message.HasField('layer'):
        raise ValueError('it was written by a Caffe of 2013: convert it with '
                         'upgrade_net_proto_binary, which comes with Caffe')
    name = message.LayerType.Name(message.type)
    words = name.split('_')
    return _V1_TYPES.get(name, ''.join([word.capitalize() for word in words]))


# Fields of a net that hold layers: the message class, the field of the blobs
# in it, and how it tells the type of the layer.
_LAYOUTS = {2: (caffe_pb.V1LayerParameter, 6, _get_v1_type),
            100: (caffe_pb.LayerParameter, 7, _get_type)}


@contextlib.contextmanager
def open_model(path):
    """Context manager that opens a model file, an iterator over its layers.

    The blobs of the layers can be read while it is open. A ``ValueError``
    raised in it gets the name of the file.

    Args:
        path (str): The file.

    Raises:
        OSError: If the file cannot be opened.
        ValueError: If it is broken, or no binary Caffe model.

    """
    path = os.fspath(path)
    with open(path, 'rb') as file:
        try:
            yield _layers(file)
        except ValueError as error:
            raise ValueError(f'{path}: {error}') from error


def _layers(file):
    layouts, count = set(), 0
    for field in _layer_fields(file):
        layouts.add(field.number)
        if len(layouts) > 1:
            raise ValueError('it has both layers and V1 layers')
        count += 1
        if count > _MOST_LAYERS:
            raise ValueError(f'it has more than {_MOST_LAYERS} layers')
        try:
            layer = _read_layer(file, field)
        except ValueError as error:
            raise ValueError(f'layer number {count}: {error}') from error
        yield layer
    if not count:
        raise ValueError(f'it has no layers. {_guess(file)}')


def _layer_fields(file):
    fields = wire_format.fields(file, 0, file.seek(0, os.SEEK_END))
    while True:
        try:
            field = next(fields, None)
        except ValueError as error:
            raise ValueError(f'it is broken, or not a binary Caffe model: '
                             f'{error}. {_guess(file)}') from error
        if field is None:
            return
        if field.number in _LAYOUTS:
            yield field


def _guess(file):
    file.seek(0)
    head = file.read(32)
    if head and all(byte in b'\t\n\r' or 32 <= byte < 127 for byte in head):
        return (f'It starts with the text {head.decode()!r}: the binary file '
                f'with the weights is wanted, not a .prototxt')
    return f'It starts with {head!r}'


def _read_layer(file, field):
    message_class, blobs_number, get_type = _LAYOUTS[field.number]
    if field.wire_type != wire_format.BYTES:
        raise ValueError('it is a number')
    blobs, definition = [], bytearray()
    for part in wire_format.fields(file, field.start, field.stop):
        if part.number != blobs_number:
            _gather(file, part, definition)
        elif part.wire_type != wire_format.BYTES or len(blobs) >= _MOST_BLOBS:
            raise ValueError(f'blob {len(blobs)} cannot be read')
        else:
            blobs.append((file, part.start, part.stop))
    message = _parse(message_class, definition)
    return Layer(message, get_type(message), blobs)
