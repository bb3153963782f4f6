import gc
import traceback
import unittest
import weakref

from chainer.training import call_all


def raiser(error):
    def function():
        raise error
    return function


def format_error(error):
    return ''.join(traceback.format_exception(
        type(error), error, error.__traceback__))


class TestCallAll(unittest.TestCase):

    def test_no_error(self):
        called = []
        call_all.call_all([lambda: called.append(1),
                           lambda: called.append(2)])
        self.assertEqual(called, [1, 2])

    def test_all_are_called_and_first_error_wins(self):
        called = []
        first, second = ValueError('first'), KeyboardInterrupt('second')
        with self.assertRaises(ValueError) as raised:
            call_all.call_all([
                lambda: called.append(1), raiser(first), raiser(second),
                lambda: called.append(2)])
        self.assertEqual(called, [1, 2])
        self.assertIs(raised.exception, first)
        self.assertIs(first.__context__, second)

    def test_all_errors_are_shown(self):
        def chained():
            try:
                raise OSError('cause')
            except OSError as error:
                raise ValueError('with cause') from error

        def hidden():
            try:
                raise OSError('hidden')
            except OSError:
                raise ValueError('without context') from None

        for first in chained, hidden, raiser(TypeError('plain')):
            with self.assertRaises((ValueError, TypeError)) as raised:
                call_all.call_all([
                    first, raiser(KeyError('second')),
                    raiser(IndexError('third'))])
            text = format_error(raised.exception)
            self.assertIn('second', text)
            self.assertIn('third', text)
            self.assertEqual('cause' in text, first is chained)
            last_line = text.splitlines()[-1]
            self.assertRegex(last_line, 'with cause|without context|plain')

    def test_same_error_twice(self):
        error = ValueError('same')
        with self.assertRaises(ValueError) as raised:
            call_all.call_all([raiser(error), raiser(error)])
        self.assertIs(raised.exception, error)
        self.assertIsNone(error.__context__)

    def test_error_leaves_no_garbage(self):
        class Resource:
            pass

        def fail():
            resource = Resource()
            alive.append(weakref.ref(resource))
            raise ValueError

        alive = []
        gc.disable()
        try:
            try:
                call_all.call_all([fail])
            except ValueError:
                self.assertIsNotNone(alive[0]())
            self.assertIsNone(alive[0]())
        finally:
            gc.enable()
