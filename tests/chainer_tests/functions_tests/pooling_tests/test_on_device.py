"""The tests of this directory, with every function also on the device."""
from tests.chainer_tests import mirror

globals().update(mirror.mirrored_tests(__file__))
