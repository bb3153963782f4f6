import socket
import threading
import unittest

import numpy

from chainer.iterators import messages


class TestMessages(unittest.TestCase):

    def setUp(self):
        self.writer, self.reader = socket.socketpair()

    def tearDown(self):
        self.writer.close()
        self.reader.close()

    def roundtrip(self, obj):
        sender = threading.Thread(
            target=messages.send, args=(self.writer, messages.encode(obj)))
        sender.start()
        received = messages.receive(self.reader)
        sender.join()
        return received

    def test_small(self):
        for obj in (None, 'text', [(1, 2.5), b''], {'a': range(3)}):
            self.assertEqual(self.roundtrip(obj), obj)

    def test_arrays_of_all_sizes(self):
        random = numpy.random.RandomState(0)
        for size in (0, 1, 100, 8192, 1000000):
            x = random.rand(size).astype('f')
            y, label = self.roundtrip((x, 3))
            self.assertEqual(label, 3)
            self.assertEqual(y.dtype, numpy.float32)
            numpy.testing.assert_array_equal(x, y)
            self.assertTrue(y.flags.writeable)

    def test_memory_layouts(self):
        x = numpy.arange(60000.).reshape(200, 300)
        for view in (x, x.T, x[::2, ::3], x[:, :0]):
            numpy.testing.assert_array_equal(self.roundtrip(view), view)

    def test_large_arrays_are_not_in_the_pickle(self):
        x = numpy.zeros(100000)
        first, second = messages.encode([x])
        self.assertLess(len(first), 1000)
        self.assertTrue(
            numpy.shares_memory(numpy.frombuffer(second), x))

    def test_closed(self):
        self.writer.close()
        with self.assertRaises(EOFError):
            messages.receive(self.reader)

    def test_closed_within_a_message(self):
        header, large = messages.encode(numpy.zeros(10000))
        messages.send(self.writer, [header, large[:999]])
        self.writer.close()
        with self.assertRaises(EOFError):
            messages.receive(self.reader)
