import hashlib
import io
import os
import pathlib
import shutil
import tempfile
import unittest
from contextlib import redirect_stderr
from unittest import mock

from chainer.dataset import download, mirrors


class TestSource(unittest.TestCase):

    def setUp(self):
        self.folder = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.folder)
        self.root = os.path.join(self.folder, 'root')
        self.home = os.path.join(self.root, 'somebody', 'things')
        self.stderr = io.StringIO()
        for patch in (mock.patch.object(download, '_root', self.root),
                      redirect_stderr(self.stderr)):
            patch.__enter__()
            self.addCleanup(patch.__exit__, None, None, None)

    def put(self, directory, name, content='right'):
        directory = os.path.join(self.folder, directory)
        os.makedirs(directory, exist_ok=True)
        with open(os.path.join(directory, name), 'w') as f:
            f.write(content)

    def url(self, directory):
        return pathlib.Path(self.folder, directory).as_uri() + '/'

    def source(self, *mirror_directories, directories=()):
        check = mirrors.digest(
            'sha256:' + hashlib.sha256(b'right').hexdigest())
        return mirrors.Source(
            'somebody/things', {'a.gz': check, 'b.gz': check},
            [self.url(directory) for directory in mirror_directories],
            [os.path.join(self.folder, d) for d in directories])

    def check_content(self, path, content):
        with open(path) as f:
            self.assertEqual(f.read(), content)

    def left(self):
        return [name for name in os.listdir(self.home)
                if not name.endswith('.lock')]

    def test_download(self):
        self.put('mirror', 'a.gz')
        path = self.source('mirror').obtain('a.gz')
        self.assertEqual(path, os.path.join(self.home, 'a.gz'))
        self.check_content(path, 'right')
        self.assertIn(self.url('mirror') + 'a.gz', self.stderr.getvalue())

    def test_second_time(self):
        self.put('mirror', 'a.gz')
        source = self.source('mirror')
        path = source.obtain('a.gz')
        shutil.rmtree(os.path.join(self.folder, 'mirror'))
        self.assertEqual(source.obtain('a.gz'), path)

    def test_second_mirror(self):
        self.put('second', 'a.gz')
        self.check_content(self.source('first', 'second').obtain('a.gz'),
                           'right')

    def test_mirror_with_a_wrong_file(self):
        self.put('first', 'a.gz', 'wrong')
        self.put('second', 'a.gz')
        self.check_content(self.source('first', 'second').obtain('a.gz'),
                           'right')

    def test_wrong_checksum(self):
        self.put('mirror', 'a.gz', 'wrong')
        with self.assertRaises(OSError) as context:
            self.source('mirror').obtain('a.gz')
        message = str(context.exception)
        self.assertIn(self.url('mirror') + 'a.gz', message)
        for content in (b'right', b'wrong'):
            self.assertIn(
                'sha256:' + hashlib.sha256(content).hexdigest(), message)
        self.assertEqual(self.left(), [])

    def test_offline(self):
        self.put(self.home, 'b.gz')
        with self.assertRaises(OSError) as context:
            self.source('first', 'second').obtain('a.gz')
        self.assertIsInstance(context.exception, download.DownloadError)
        message = str(context.exception)
        self.assertIn(self.home, message)
        self.assertIn('CHAINER_DATASET_ROOT', message)
        for mirror in ('first', 'second'):
            reason = f'cannot download {self.url(mirror)}a.gz: .*No such file'
            self.assertRegex(message, reason)
        lines = [line.strip() for line in message.splitlines()]
        self.assertIn('a.gz', lines)
        self.assertNotIn('b.gz', lines)
        self.assertEqual(self.left(), ['b.gz'])

    def test_file_of_the_user(self):
        self.put(self.home, 'a.gz', 'compressed by hand')
        self.check_content(self.source().obtain('a.gz'), 'compressed by hand')

    def test_unpacked_file_of_the_user(self):
        self.put(self.home, 'a', 'unpacked')
        self.check_content(self.source().obtain('a.gz'), 'unpacked')

    def test_further_directories(self):
        self.put('package', 'a.gz', 'installed')
        source = self.source(directories=['none', 'package'])
        self.check_content(source.obtain('a.gz'), 'installed')
        self.put(self.home, 'a.gz', 'of the user')
        self.check_content(source.obtain('a.gz'), 'of the user')

    def test_disk_error_is_not_blamed_on_a_mirror(self):
        self.put('mirror', 'a.gz')
        with mock.patch.object(download.atomic_file, 'replace',
                               side_effect=PermissionError('read-only disk')):
            with self.assertRaisesRegex(PermissionError, 'read-only disk'):
                self.source('mirror').obtain('a.gz')


class TestDigest(unittest.TestCase):

    def check(self, expected):
        with tempfile.NamedTemporaryFile() as f:
            f.write(b'some bytes')
            f.flush()
            mirrors.digest(expected)(f.name)

    def test_right(self):
        self.check('md5:' + hashlib.md5(b'some bytes').hexdigest())
        self.check('sha256:' + hashlib.sha256(b'some bytes').hexdigest())

    def test_wrong(self):
        for algorithm in ('md5', 'sha256'):
            other = hashlib.new(algorithm, b'others').hexdigest()
            actual = hashlib.new(algorithm, b'some bytes').hexdigest()
            with self.assertRaisesRegex(
                    ValueError,
                    f'expected {algorithm}:{other}, got {algorithm}:{actual}'):
                self.check(f'{algorithm}:{other}')

    def test_unknown_algorithm(self):
        with self.assertRaisesRegex(ValueError, 'rot13'):
            self.check('rot13:abc')
