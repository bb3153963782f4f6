"""Walking through protobuf messages in a file, without protobuf.

A message is a sequence of fields: a key, which is the number of the field and
its wire type, then the value. The wire type tells where the value ends, so
that a field can be skipped without knowing what it is.
"""
import collections

VARINT, EIGHT_BYTES, BYTES, FOUR_BYTES = 0, 1, 2, 5

# How long a value is, where the wire type alone says so.
_SIZES = {VARINT: None, EIGHT_BYTES: 8, BYTES: None, FOUR_BYTES: 4}

_LARGEST_NUMBER = (1 << 29) - 1
_LONGEST_VARINT = 10

# A field lies at begin:stop of the file, its value at start:stop.
Field = collections.namedtuple(
    'Field', ('number', 'wire_type', 'begin', 'start', 'stop'))


def fields(file, begin, end):
    """Yields the fields of the message that lies at ``begin:end`` of a file.

    Raises:
        ValueError: If there is no message.

    """
    while begin < end:
        head = read(file, begin, min(begin + 2 * _LONGEST_VARINT, end))
        field = _read_field(head, begin)
        if field.stop > end:
            raise ValueError(
                f'field {field.number} at byte {begin} is {field.stop - end} '
                f'bytes longer than what contains it')
        yield field
        begin = field.stop


def _read_field(head, begin):
    try:
        key, used = _read_varint(head, 0)
        number, wire_type = key >> 3, key & 7
        size = _SIZES.get(wire_type)
        if wire_type == BYTES:
            size, used = _read_varint(head, used)
        elif wire_type == VARINT:
            size = _read_varint(head, used)[1] - used
    except IndexError:
        number = 0
    if not 0 < number <= _LARGEST_NUMBER or wire_type not in _SIZES:
        raise ValueError(f'there is no field at byte {begin}')
    start = begin + used
    return Field(number, wire_type, begin, start, start + size)


def _read_varint(head, position):
    """Decodes a number; returns it, and where it ends."""
    number = 0
    for i in range(_LONGEST_VARINT):
        byte = head[position + i]
        number |= (byte & 127) << 7 * i
        if byte < 128:
            return number, position + i + 1
    raise IndexError


def read(file, start, stop):
    """Returns the bytes at ``start:stop`` of a file.

    Raises:
        ValueError: If they are not there.

    """
    file.seek(start)
    data = file.read(stop - start)
    if len(data) != stop - start:
        raise ValueError('it became shorter while it was read')
    return data
