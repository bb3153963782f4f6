import unittest
from unittest import mock

from chainer import testing


def is_skipped(*requirements):
    @testing.with_requires(*requirements)
    def test():
        """Does nothing."""
    return getattr(test, '__unittest_skip__', False)


class TestWithRequires(unittest.TestCase):

    def test_installed(self):
        self.assertFalse(is_skipped('numpy'))
        self.assertFalse(is_skipped('numpy>=1.0'))
        self.assertFalse(is_skipped('numpy>=1.0,<1000', 'NumPy!=1.1'))

    def test_not_installed(self):
        self.assertTrue(is_skipped('no-such-package'))

    def test_other_version(self):
        self.assertTrue(is_skipped('numpy<1.0'))
        self.assertTrue(is_skipped('numpy>=1.0', 'numpy>=1000'))

    def test_versions_are_not_compared_as_text(self):
        with mock.patch('importlib.metadata.version', return_value='1.10.0'):
            self.assertFalse(is_skipped('numpy>=1.9'))
            self.assertTrue(is_skipped('numpy<1.9'))

    def test_pre_release(self):
        with mock.patch('importlib.metadata.version', return_value='2.0rc1'):
            self.assertFalse(is_skipped('numpy>=1.26'))
            self.assertTrue(is_skipped('numpy>=2.0'))

    def test_marker(self):
        self.assertFalse(
            is_skipped('no-such-package; python_version < "3"'))
        self.assertTrue(
            is_skipped('no-such-package; python_version >= "3"'))

    def test_reason_names_what_is_missing(self):
        @testing.with_requires('numpy', 'numpy<1', 'no-such-package')
        def test():
            """Does nothing."""
        self.assertEqual(test.__unittest_skip_why__,
                         'requires: numpy<1, no-such-package')

    def test_class(self):
        @testing.with_requires('no-such-package')
        class Sample(unittest.TestCase):
            def test_fails(self):
                self.fail('must be skipped')
        result = unittest.TestResult()
        Sample('test_fails').run(result)
        self.assertEqual(len(result.skipped), 1)
        self.assertTrue(result.wasSuccessful())

    def test_nonsense(self):
        with self.assertRaises(ValueError):
            testing.with_requires('numpy is good')

    def test_packaging_is_missing(self):
        with mock.patch.dict('sys.modules', {'packaging': None}):
            with self.assertRaisesRegex(RuntimeError, 'pip install packaging'):
                testing.with_requires('numpy')
