import unittest
import warnings
from unittest import mock

import chainer
from chainer import utils


def unsettled():
    utils.experimental('unsettled')


class TestExperimental(unittest.TestCase):

    def test_warning(self):
        with self.assertWarnsRegex(
                FutureWarning, '^unsettled is experimental') as caught:
            unsettled()
        self.assertEqual(caught.filename, __file__)
        with open(__file__) as file:
            line = file.readlines()[caught.lineno - 1]
        self.assertEqual(line.strip(), 'unsettled()')

    def test_disabled(self):
        with mock.patch.object(
                chainer, 'disable_experimental_feature_warning', True):
            with warnings.catch_warnings():
                warnings.simplefilter('error')
                unsettled()

    def test_enabled_by_default(self):
        self.assertFalse(chainer.disable_experimental_feature_warning)
