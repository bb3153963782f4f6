import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import threading
import unittest
from unittest import mock

from chainer.utils import atomic_file


class TestReplace(unittest.TestCase):

    def setUp(self):
        self.directory = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.directory)
        self.path = os.path.join(self.directory, 'file')

    def write(self, text, path=None):
        with atomic_file.replace(path or self.path) as temporary:
            with open(temporary, 'w') as f:
                f.write(text)

    def check(self, text, path=None):
        with open(path or self.path) as f:
            self.assertEqual(f.read(), text)
        self.assertEqual(os.listdir(self.directory), ['file'])

    def test_new_file(self):
        self.write('new')
        self.check('new')

    def test_existing_file(self):
        self.write('a long old text')
        self.write('new')
        self.check('new')

    def test_nothing_written(self):
        with atomic_file.replace(self.path):
            pass
        self.check('')

    def test_old_content_until_the_end(self):
        self.write('old')
        with atomic_file.replace(self.path) as temporary:
            self.assertEqual(os.path.dirname(temporary), self.directory)
            self.assertNotEqual(temporary, self.path)
            self.assertEqual(os.path.getsize(temporary), 0)
            with open(temporary, 'w') as f:
                f.write('new')
            with open(self.path) as f:
                self.assertEqual(f.read(), 'old')
        self.check('new')

    def test_failure_inside(self):
        self.write('old')
        for error in ValueError, KeyboardInterrupt, SystemExit:
            with self.assertRaises(error):
                with atomic_file.replace(self.path) as temporary:
                    with open(temporary, 'w') as f:
                        f.write('half of')
                        raise error
            self.check('old')

    def test_failure_without_an_old_file(self):
        with self.assertRaises(ZeroDivisionError):
            with atomic_file.replace(self.path):
                raise ZeroDivisionError
        self.assertEqual(os.listdir(self.directory), [])

    def test_failure_of_the_last_step(self):
        self.write('old')
        with mock.patch('os.replace', side_effect=OSError('disk')):
            with self.assertRaisesRegex(OSError, 'disk'):
                self.write('new')
        self.check('old')

    def test_body_removed_its_file(self):
        self.write('old')
        with self.assertRaises(FileNotFoundError):
            with atomic_file.replace(self.path) as temporary:
                os.remove(temporary)
        with self.assertRaises(ZeroDivisionError):
            with atomic_file.replace(self.path) as temporary:
                os.remove(temporary)
                raise ZeroDivisionError
        self.check('old')

    def test_killed_inside(self):
        # Whoever starts next sees the old content, whole.
        self.write('old')
        code = ('import os, sys; from chainer.utils import atomic_file\n'
                'with atomic_file.replace(sys.argv[1]) as temporary:\n'
                '    open(temporary, "w").write("half of")\n'
                '    os._exit(7)')
        environment = dict(os.environ,
                           PYTHONPATH=os.pathsep.join(sys.path))
        result = subprocess.run([sys.executable, '-c', code, self.path],
                                env=environment)
        self.assertEqual(result.returncode, 7)
        with open(self.path) as f:
            self.assertEqual(f.read(), 'old')

    def test_permissions_follow_the_umask(self):
        for umask, mode in ((0o022, 0o644), (0o077, 0o600), (0o002, 0o664)):
            old = os.umask(umask)
            try:
                self.write('new')
                self.assertEqual(os.umask(umask), umask)
            finally:
                os.umask(old)
            self.assertEqual(os.stat(self.path).st_mode & 0o777, mode)

    def test_path_without_directory(self):
        old = os.getcwd()
        os.chdir(self.directory)
        try:
            self.write('new', 'file')
        finally:
            os.chdir(old)
        self.check('new')

    def test_kinds_of_paths(self):
        for path in pathlib.Path(self.path), os.fsencode(self.path):
            self.write(repr(path), path)
            self.check(repr(path))

    def test_directory_is_missing(self):
        path = os.path.join(self.directory, 'nowhere', 'file')
        with self.assertRaisesRegex(FileNotFoundError, 'nowhere'):
            with atomic_file.replace(path):
                self.fail()

    def test_writers_at_the_same_time(self):
        barrier = threading.Barrier(4)

        def work(i):
            with atomic_file.replace(self.path) as temporary:
                barrier.wait()
                with open(temporary, 'w') as f:
                    f.write(f'{i}' * 1000)

        threads = [threading.Thread(target=work, args=(i,)) for i in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        with open(self.path) as f:
            text = f.read()
        self.assertIn(text, [f'{i}' * 1000 for i in range(4)])
        self.check(text)
