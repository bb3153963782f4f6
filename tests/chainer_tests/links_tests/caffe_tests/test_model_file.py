import io
import os
import struct
import sys
import tempfile
import tracemalloc
import unittest
from unittest import mock

import numpy

from chainer import testing
from chainer.links import caffe
from chainer.links.caffe import caffe_pb, model_file, wire_format

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import caffe_net

VARINT, EIGHT_BYTES, BYTES, FOUR_BYTES = 0, 1, 2, 5


def varint(number):
    data = b''
    while number > 127:
        data += bytes([number & 127 | 128])
        number >>= 7
    return data + bytes([number])


def field(number, wire_type, value):
    """Returns the bytes of a field, written without protobuf."""
    key = varint(number << 3 | wire_type)
    if wire_type == BYTES:
        return key + varint(len(value)) + value
    return key + (varint(value) if wire_type == VARINT else value)


def shape(*sizes):
    return field(7, BYTES, field(1, BYTES, b''.join(map(varint, sizes))))


def scale_net(*blobs, size=3, **fields):
    """Returns the file of a net that multiplies by a blob."""
    layer = caffe_pb.LayerParameter(
        name='s', type='Scale', bottom=['x'], top=['y'], **fields)
    data = layer.SerializeToString()
    data += b''.join([field(7, BYTES, blob) for blob in blobs])
    return field(1, BYTES, b'name') + field(100, BYTES, data)


class TestBlobs(unittest.TestCase):

    values = [1.5, -2, 3e30]

    def check(self, blob, expected=None):
        func = caffe_net.load(scale_net(blob))
        W = func.s.W.data
        self.assertEqual(W.dtype, numpy.float32)
        self.assertTrue(W.flags.owndata or W.base.flags.owndata)
        numpy.testing.assert_array_equal(
            W, numpy.float32(self.values if expected is None else expected))

    def test_packed(self):
        self.check(
            shape(3) + field(5, BYTES, struct.pack('<3f', *self.values)))

    def test_in_pieces(self):
        self.check(field(5, BYTES, struct.pack('<f', 1.5)) + shape(3) +
                   field(5, BYTES, b'') +
                   field(5, BYTES, struct.pack('<2f', -2, 3e30)))

    def test_not_packed(self):
        self.check(shape(3) + b''.join([
            field(5, FOUR_BYTES, struct.pack('<f', v)) for v in self.values]))

    def test_double(self):
        self.check(
            shape(3) + field(8, BYTES, struct.pack('<3d', *self.values)))

    def test_double_not_packed(self):
        self.check(shape(3) + b''.join([
            field(8, EIGHT_BYTES, struct.pack('<d', v)) for v in self.values]))

    def test_large_double(self):
        self.check(shape(2) + field(8, BYTES, struct.pack('<2d', 1e300, 1)),
                   [numpy.inf, 1])

    def test_gradients_are_skipped(self):
        self.check(field(6, BYTES, bytes(16)) + shape(3) +
                   field(9, BYTES, bytes(16)) +
                   field(5, BYTES, struct.pack('<3f', *self.values)))

    def test_number(self):
        self.check(field(5, BYTES, struct.pack('<f', 4)), 4)

    def test_legacy_shape(self):
        self.check(b''.join([
            field(i + 1, VARINT, n) for i, n in enumerate((1, 3, 1, 1))]) +
            field(5, BYTES, struct.pack('<3f', *self.values)),
            numpy.reshape(self.values, (1, 3, 1, 1)))

    def test_longer_than_a_block(self):
        n = 3 * model_file._BLOCK + 7
        values = numpy.arange(n, dtype='f')
        self.check(shape(n) + field(5, BYTES, values.tobytes()), values)


@testing.parameterize(*[{'says': says, 'blob': blob} for says, blob in [
    ('(4,), hence 4 numbers, but the file has 3',
     shape(4) + field(5, BYTES, bytes(12))),
    ('(2,), hence 2 numbers, but the file has 3',
     shape(2) + field(5, BYTES, bytes(12))),
    # These would be arrays of 2 ** 63 and 2 ** 2016 numbers.
    ('but the file has 3', shape((1 << 63) - 1) + field(5, BYTES, bytes(12))),
    ('but the file has 3',
     shape(*[(1 << 63) - 1] * 32) + field(5, BYTES, bytes(12))),
    ('but the file has 0', shape(0, (1 << 63) - 1)),
    ('33 axes', shape(*[1] * 33) + field(5, BYTES, bytes(4))),
    ('(-3,)', shape((1 << 64) - 3) + field(5, BYTES, bytes(12))),
    ('(-1, 3, -1, 1)', b''.join([
        field(i + 1, VARINT, n % (1 << 64))
        for i, n in enumerate((-1, 3, -1, 1))]) + field(5, BYTES, bytes(12))),
    ('no float32', shape(3) + field(5, BYTES, bytes(11))),
    ('no float64', shape(3) + field(8, BYTES, bytes(12))),
    ('no float32', shape(3) + field(5, VARINT, 7)),
    ('too large', field(7, BYTES, bytes(1 << 21))),
    ('broken BlobProto', field(7, BYTES, b'\x0f')),
    ('longer than what contains it', field(5, BYTES, bytes(12))[:-1]),
    ('no field', b'\x00'),
    ('no field', b'\x2b'),
    ('no field', b'\xff' * 11),
    ('no field', b'\x08'),
]])
class TestBrokenBlob(unittest.TestCase):

    def test_error(self):
        with self.assertRaises(ValueError) as context:
            caffe_net.load(scale_net(self.blob))
        self.assertIn("layer 's' of type Scale: ", str(context.exception))
        self.assertIn(self.says, str(context.exception))


class TestWireFormat(unittest.TestCase):

    def test_fields(self):
        data = (field(1, VARINT, 300) + field(2, BYTES, b'') +
                field((1 << 29) - 1, EIGHT_BYTES, bytes(8)) +
                field(3, FOUR_BYTES, bytes(4)))
        fields = list(wire_format.fields(io.BytesIO(b'!' + data), 1,
                                         1 + len(data)))
        self.assertEqual(
            fields, [(1, VARINT, 1, 2, 4), (2, BYTES, 4, 6, 6),
                     ((1 << 29) - 1, EIGHT_BYTES, 6, 11, 19),
                     (3, FOUR_BYTES, 19, 20, 24)])

    def test_read(self):
        file = io.BytesIO(b'abcd')
        self.assertEqual(wire_format.read(file, 1, 3), b'bc')
        # Somebody may write into the file in the meantime.
        with self.assertRaisesRegex(ValueError, 'shorter'):
            wire_format.read(file, 1, 5)


class TestBrokenFile(unittest.TestCase):

    def check(self, data, *says):
        with caffe_net.write(data) as path:
            with self.assertRaises(ValueError) as context:
                caffe.CaffeFunction(path)
        message = str(context.exception)
        for text in (path, *says):
            self.assertIn(text, message)
        self.assertLess(len(message), 1000)

    def test_missing(self):
        with self.assertRaises(FileNotFoundError):
            caffe.CaffeFunction('/there/is/no/such/file.caffemodel')

    def test_directory(self):
        with tempfile.TemporaryDirectory() as directory:
            with self.assertRaises(OSError):
                caffe.CaffeFunction(directory)

    def test_empty(self):
        self.check(b'', 'no layers')

    def test_no_layers(self):
        self.check(field(1, BYTES, b'net'), 'no layers')

    def test_text(self):
        self.check(b'name: "CaffeNet"\ninput: "data"\n',
                   'name: "CaffeNet"', 'prototxt')
        self.check(b'<!DOCTYPE html>', '<!DOCTYPE html>', 'text')

    def test_other_format(self):
        self.check(b'\x89HDF\r\n\x1a\n' + bytes(100), 'not a binary', 'HDF')

    def test_truncated(self):
        data = scale_net(shape(3) + field(5, BYTES, bytes(12)))
        for size in range(len(data)):
            self.check(data[:size])
        self.check(data[:-5], 'field 100 at byte 6 is 5 bytes longer')

    def test_layer_is_number(self):
        self.check(field(100, VARINT, 1), 'layer number 1')

    def test_blob_is_number(self):
        self.check(field(100, BYTES, field(7, VARINT, 1)), 'layer number 1',
                   'blob 0')

    def test_broken_definition(self):
        good = scale_net(shape(3) + field(5, BYTES, bytes(12)))
        # A group that does not end, the field 0, nested messages that are
        # none.
        for data in (b'\x0b', b'\x00\x00', field(142, BYTES, b'\xff')):
            self.check(good + field(100, BYTES, data), 'layer number 2')

    def test_deep_nesting(self):
        self.check(field(100, BYTES, b'\x93\x06' * 100000), 'layer number 1')
        self.check(field(100, BYTES, field(142, BYTES, b'\x93\x06' * 100000)),
                   'layer number 1')

    def test_names_not_in_utf_8(self):
        for number in (1, 2, 3, 4):
            self.check(field(100, BYTES, field(number, BYTES, b'\xff')),
                       'layer number 1')

    def test_large_definition(self):
        self.check(field(100, BYTES, field(1, BYTES, bytes(1 << 21))),
                   'layer number 1', 'too large')
        self.check(field(100, BYTES, field(3, BYTES, bytes(1000)) * 1100),
                   'layer number 1', 'too large')

    def test_many_blobs(self):
        self.check(field(100, BYTES, field(7, BYTES, b'') * 2000),
                   'layer number 1', 'blob 1000')

    def test_many_layers(self):
        with mock.patch.object(model_file, '_MOST_LAYERS', 100):
            self.check(field(100, BYTES, b'') * 101, '100 layers')

    def test_two_layouts(self):
        self.check(field(2, BYTES, b'') + field(100, BYTES, b''), 'V1')

    def test_layout_of_2013(self):
        self.check(field(2, BYTES, field(1, BYTES, field(1, BYTES, b'conv'))),
                   'upgrade_net_proto_binary')

    def test_duplicate_names(self):
        net = caffe_net.CaffeNet(x=(2, 3))
        net.add('ReLU', 'y', 'x')
        net.add('TanH', 'y', 'x')
        self.check(net.model(), "layer 'y' of type TanH", 'another layer')

    def test_impossible_names(self):
        for name in ('', '/', '/s', 's/', 'name', 'copy', 'forwards', 'xp',
                     '__class__', '__dict__', '_children'):
            net = caffe_net.CaffeNet(x=(2, 3))
            net.add('Scale', name, 'x', 'y', blobs=[[1, 2, 3]])
            self.check(net.model(), f'layer {name!r}', 'name')

    def test_no_weights(self):
        self.check(scale_net(), "layer 's'", '1 blobs', 'has 0')


class TestMemory(unittest.TestCase):

    def test_peak(self):
        # Memory for the weights once, and little else.
        size = 60 << 20
        data = numpy.full(size // 4, 7, 'f').tobytes()
        model = scale_net(shape(size // 4) + field(5, BYTES, data))
        with caffe_net.write(model) as path:
            del data, model
            tracemalloc.start()
            try:
                func = caffe.CaffeFunction(path)
                _, peak = tracemalloc.get_traced_memory()
            finally:
                tracemalloc.stop()
        self.assertEqual(func.s.W.data[-1], 7)
        self.assertGreaterEqual(peak, size)
        self.assertLess(peak, 1.1 * size)


testing.run_module(__name__, __file__)
