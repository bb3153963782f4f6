import io
import unittest
from unittest import mock

from chainer.training import terminal


class TestTerminal(unittest.TestCase):

    def test_is_terminal(self):
        stream = mock.Mock()
        for answer in True, False:
            stream.isatty.return_value = answer
            self.assertIs(terminal.is_terminal(stream), answer)

    def test_other_streams(self):
        self.assertFalse(terminal.is_terminal(io.StringIO()))
        self.assertFalse(terminal.is_terminal(mock.Mock(spec=['write'])))

    def test_codes(self):
        self.assertEqual(terminal.CLEAR_BELOW, '\x1b[J')
        self.assertEqual(terminal.cursor_up(4), '\x1b[4A')
