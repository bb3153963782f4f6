"""Objects sent through a stream socket, with large arrays beside the pickle.

A message is a pickle and the buffers of the large arrays that it refers to
(protocol 5). Such an array is written to the socket from the memory where it
lies, and read into the memory where it stays, which is several times as fast
as through :class:`multiprocessing.connection.Connection`.
"""
import pickle
import struct

import numpy

# A buffer of its own costs a few system calls.
_LARGE = 1 << 15


def encode(obj):
    """Returns the buffers of a message: header and pickle, large arrays."""
    large = []

    def keep_in_pickle(buffer):
        raw = buffer.raw()
        if raw.nbytes < _LARGE:
            return True
        large.append(raw)
        return False

    pickled = pickle.dumps(obj, protocol=5, buffer_callback=keep_in_pickle)
    sizes = [len(pickled)] + [raw.nbytes for raw in large]
    header = struct.pack(f'<{1 + len(sizes)}Q', len(sizes), *sizes)
    return [header + pickled, *large]


def send(connection, buffers):
    """Writes an encoded message. It blocks while the reader is busy."""
    for buffer in buffers:
        connection.sendall(buffer)


def receive(connection):
    """Reads a message and returns the object.

    Raises:
        EOFError: If the other side has closed the connection or is gone.

    """
    count, = struct.unpack('<Q', _read(connection, 8))
    sizes = struct.unpack(f'<{count}Q', _read(connection, 8 * count))
    pickled, *large = [_read(connection, size) for size in sizes]
    return pickle.loads(pickled, buffers=large)


def _read(connection, size):
    # numpy.empty, because a bytearray would be filled with zeros first.
    buffer = numpy.empty(size, dtype=numpy.uint8)
    missing = memoryview(buffer)
    while missing:
        count = connection.recv_into(missing)
        if count == 0:
            raise EOFError('the other side closed the connection')
        missing = missing[count:]
    return buffer
