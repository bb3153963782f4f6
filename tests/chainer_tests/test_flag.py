import copy
import itertools
import pickle
import unittest

import chainer
from chainer import flag

FLAGS = chainer.ON, chainer.OFF, chainer.AUTO

NAMES = {
    chainer.ON: ('on', 'ON', True, chainer.ON),
    chainer.OFF: ('off', 'OFF', False, chainer.OFF),
    chainer.AUTO: ('auto', 'AUTO', None, chainer.AUTO),
}


class TestFlag(unittest.TestCase):

    def test_one_object_for_each_position(self):
        for expected, names in NAMES.items():
            for name in names:
                self.assertIs(chainer.Flag(name), expected)

    def test_public_names(self):
        self.assertIs(flag.ON, chainer.ON)
        self.assertIs(flag.OFF, chainer.OFF)
        self.assertIs(flag.AUTO, chainer.AUTO)
        self.assertIs(flag.Flag, chainer.Flag)
        for x in FLAGS:
            self.assertIsInstance(x, chainer.Flag)

    def test_other_names(self):
        for name in 'On', '', 2, 'true', [], {}, object:
            with self.assertRaises(ValueError) as cm:
                chainer.Flag(name)
            self.assertIn(repr(name), str(cm.exception))

    def test_repr(self):
        self.assertEqual([repr(x) for x in FLAGS], ['ON', 'OFF', 'AUTO'])
        self.assertEqual([str(x) for x in FLAGS], ['ON', 'OFF', 'AUTO'])

    def test_bool(self):
        self.assertIs(bool(chainer.ON), True)
        self.assertIs(bool(chainer.OFF), False)
        with self.assertRaisesRegex(ValueError, 'neither true nor false'):
            bool(chainer.AUTO)

    def test_equality(self):
        for (x, names), (y, _) in itertools.product(NAMES.items(), repeat=2):
            for name in names:
                self.assertIs(name == y, x is y)
                self.assertIs(y == name, x is y)
                self.assertIs(y != name, x is not y)

    def test_equality_with_strangers(self):
        for stranger in 'maybe', 3, [], object():
            for x in FLAGS:
                self.assertFalse(x == stranger)
                self.assertTrue(x != stranger)

    def test_key_of_a_dictionary(self):
        self.assertEqual(len(set(FLAGS * 2)), 3)

    def test_copies_are_the_same_objects(self):
        for x in FLAGS:
            self.assertIs(copy.copy(x), x)
            self.assertIs(copy.deepcopy([x])[0], x)
            for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
                self.assertIs(pickle.loads(pickle.dumps(x, protocol)), x)


class TestAggregateFlags(unittest.TestCase):

    def test_all_of_three(self):
        for flags in itertools.product(FLAGS, repeat=3):
            if chainer.ON in flags and chainer.OFF in flags:
                with self.assertRaisesRegex(ValueError, "volatile='auto'"):
                    flag.aggregate_flags(flags)
            elif chainer.ON in flags:
                self.assertIs(flag.aggregate_flags(flags), chainer.ON)
            elif chainer.OFF in flags:
                self.assertIs(flag.aggregate_flags(flags), chainer.OFF)
            else:
                self.assertIs(flag.aggregate_flags(flags), chainer.AUTO)

    def test_nothing(self):
        self.assertIs(flag.aggregate_flags([]), chainer.AUTO)

    def test_any_iterable(self):
        self.assertIs(flag.aggregate_flags(iter([chainer.AUTO, chainer.ON])),
                      chainer.ON)
