import unittest

from chainer import dataset


class Countdown(dataset.Iterator):

    def __init__(self, n):
        super().__init__()
        self.n = n

    def __next__(self):
        if self.n == 0:
            raise StopIteration
        self.n -= 1
        return [self.n]


class TestIterator(unittest.TestCase):

    def test_iteration(self):
        countdown = Countdown(3)
        self.assertIs(iter(countdown), countdown)
        self.assertEqual(list(countdown), [[2], [1], [0]])

    def test_next_of_python_2(self):
        countdown = Countdown(2)
        self.assertEqual(countdown.next(), [1])
        self.assertEqual(next(countdown), [0])
        with self.assertRaises(StopIteration):
            countdown.next()

    def test_finalize_and_serialize_do_nothing(self):
        countdown = Countdown(2)
        self.assertIsNone(countdown.finalize())
        self.assertIsNone(countdown.serialize(None))
        self.assertEqual(next(countdown), [1])

    def test_next_must_be_defined(self):
        class Nothing(dataset.Iterator):
            pass

        with self.assertRaisesRegex(NotImplementedError, 'Nothing.*__next__'):
            next(Nothing())
