import hashlib
import http.server
import io
import os
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import unittest
from contextlib import redirect_stderr
from unittest import mock

import chainer
from chainer import dataset
from chainer.dataset import download


class TestDatasetRoot(unittest.TestCase):

    def setUp(self):
        patch = mock.patch.object(download, '_root', None)
        patch.start()
        self.addCleanup(patch.stop)

    def test_default(self):
        with mock.patch.dict(os.environ, {'HOME': '/home/somebody'}):
            os.environ.pop('CHAINER_DATASET_ROOT', None)
            self.assertEqual(dataset.get_dataset_root(),
                             '/home/somebody/.chainer/dataset')

    def test_environment_variable(self):
        with mock.patch.dict(os.environ, {'CHAINER_DATASET_ROOT': '/data'}):
            self.assertEqual(dataset.get_dataset_root(), '/data')

    def test_set_dataset_root_goes_before_environment_variable(self):
        with mock.patch.dict(os.environ, {'CHAINER_DATASET_ROOT': '/data'}):
            dataset.set_dataset_root('/other')
            self.assertEqual(dataset.get_dataset_root(), '/other')

    def test_get_dataset_directory(self):
        with tempfile.TemporaryDirectory() as root:
            dataset.set_dataset_root(root)
            expected = os.path.join(root, 'a', 'b')
            self.assertEqual(
                dataset.get_dataset_directory('a/b', create_directory=False),
                expected)
            self.assertFalse(os.path.exists(expected))
            for _ in range(2):
                self.assertEqual(
                    dataset.get_dataset_directory('a/b'), expected)
                self.assertTrue(os.path.isdir(expected))

    def test_directory_that_cannot_be_made(self):
        with tempfile.TemporaryDirectory() as root:
            dataset.set_dataset_root(root)
            with open(os.path.join(root, 'a'), 'w'):
                pass
            with self.assertRaisesRegex(OSError, os.path.join(root, 'a')):
                dataset.get_dataset_directory('a/b')


class Handler(http.server.BaseHTTPRequestHandler):
    """Server with one page for each way in which a download can go."""

    content = bytes(range(256)) * 1000
    protocol_version = 'HTTP/1.1'

    def do_GET(self):
        self.server.requests.append(self.path)
        getattr(self, 'send_' + self.path.strip('/'))()
        self.close_connection = True

    def begin(self, **headers):
        self.send_response(200)
        for name, value in headers.items():
            self.send_header(name.replace('_', '-'), value)
        self.end_headers()

    def send_whole(self):
        self.begin(Content_Length=len(self.content))
        self.wfile.write(self.content)

    def send_whole_without_length(self):
        self.begin(Connection='close')
        self.wfile.write(self.content)

    def send_short(self):
        self.begin(Content_Length=len(self.content))
        self.wfile.write(self.content[:100000])

    def send_short_in_chunks(self):
        self.begin(Transfer_Encoding='chunked')
        self.wfile.write(b'100\r\n' + bytes(256) + b'\r\n' + b'100\r\nabc')

    def send_reset(self):
        self.begin(Content_Length=len(self.content))
        self.wfile.write(self.content[:100000])
        self.wfile.flush()
        # Closing without lingering resets the connection.
        self.connection.setsockopt(
            socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))
        os.close(self.connection.detach())

    def send_missing(self):
        self.send_error(404)

    def send_stalled(self):
        self.begin(Content_Length=len(self.content))
        self.wfile.write(self.content[:100000])
        self.wfile.flush()
        self.server.release.wait(30)

    def send_mute(self):
        self.server.release.wait(30)
        self.send_whole()

    def log_message(self, *_):
        pass


class TestCachedDownload(unittest.TestCase):

    def setUp(self):
        self.root = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.root)
        for patch in (mock.patch.object(download, '_root', self.root),
                      mock.patch.dict(os.environ, {'no_proxy': '*'}),
                      redirect_stderr(io.StringIO())):
            patch.__enter__()
            self.addCleanup(patch.__exit__, None, None, None)
        self.server = http.server.ThreadingHTTPServer(
            ('127.0.0.1', 0), Handler)
        self.server.daemon_threads = False
        self.server.handle_error = lambda *_: None
        self.server.requests = []
        self.server.release = threading.Event()
        thread = threading.Thread(
            target=self.server.serve_forever, kwargs={'poll_interval': .01})
        thread.start()
        # In the opposite order: release, shut down, join, close.
        self.addCleanup(self.server.server_close)
        self.addCleanup(thread.join)
        self.addCleanup(self.server.shutdown)
        self.addCleanup(self.server.release.set)

    def url(self, name):
        return f'http://127.0.0.1:{self.server.server_port}/{name}'

    def cached(self):
        directory = os.path.join(self.root, '_dl_cache')
        return [name for name in os.listdir(directory)
                if not name.endswith('.lock')]

    def check_whole(self, path):
        with open(path, 'rb') as f:
            self.assertEqual(f.read(), Handler.content)

    def check_fails(self, name, message):
        with self.assertRaisesRegex(OSError, message) as context:
            dataset.cached_download(self.url(name))
        self.assertIn(self.url(name), str(context.exception))
        self.assertEqual(self.cached(), [])

    def test_path(self):
        url = self.url('whole')
        path = dataset.cached_download(url)
        self.assertEqual(path, os.path.join(
            self.root, '_dl_cache', hashlib.md5(url.encode()).hexdigest()))
        self.check_whole(path)
        self.assertEqual(self.cached(), [os.path.basename(path)])

    def test_second_time(self):
        first = dataset.cached_download(self.url('whole'))
        second = dataset.cached_download(self.url('whole'))
        self.assertEqual(first, second)
        self.assertEqual(self.server.requests, ['/whole'])

    def test_many_threads_at_once(self):
        paths = []
        threads = [
            threading.Thread(target=lambda: paths.append(
                dataset.cached_download(self.url('whole'))))
            for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(len(paths), 6)
        self.assertEqual(len(set(paths)), 1)
        self.check_whole(paths[0])
        self.assertEqual(self.server.requests, ['/whole'])

    def test_without_length(self):
        self.check_whole(dataset.cached_download(
            self.url('whole_without_length')))

    def test_shorter_than_announced(self):
        self.check_fails('short', 'after 100000 of 256000 bytes')

    def test_chunks_that_stop(self):
        self.check_fails('short_in_chunks', 'cannot download')

    def test_reset(self):
        self.check_fails('reset', 'Connection reset by peer')

    def test_missing(self):
        self.check_fails('missing', '404')

    def test_nobody_listens(self):
        with socket.socket() as unused:
            unused.bind(('127.0.0.1', 0))
            url = f'http://127.0.0.1:{unused.getsockname()[1]}/whole'
            with self.assertRaisesRegex(download.DownloadError, url):
                dataset.cached_download(url)
        self.assertEqual(self.cached(), [])

    def test_silence_in_the_middle(self):
        with mock.patch.object(download, '_SILENCE_SECONDS', .2):
            self.check_fails('stalled', 'timed out')

    def test_no_answer(self):
        with mock.patch.object(download, '_ANSWER_SECONDS', .2):
            self.check_fails('mute', 'no answer within 0.2 seconds')

    def test_failure_is_not_remembered(self):
        with mock.patch.object(Handler, 'send_missing', Handler.send_short):
            self.check_fails('missing', 'bytes')
        with mock.patch.object(Handler, 'send_missing', Handler.send_whole):
            self.check_whole(dataset.cached_download(self.url('missing')))

    def test_not_a_url(self):
        with self.assertRaisesRegex(ValueError, 'train.gz'):
            dataset.cached_download('train.gz')
        self.assertEqual(self.cached(), [])

    def test_error_of_the_disk_is_not_one_of_the_network(self):
        target = os.path.join(self.root, 'no', 'such', 'directory')
        with self.assertRaises(FileNotFoundError):
            download.fetch(self.url('whole'), target)

    def test_check(self):
        target = os.path.join(self.root, 'target')

        def check(path):
            self.check_whole(path)
            self.assertFalse(os.path.exists(target))
            raise ValueError('it is ugly')

        with self.assertRaisesRegex(ValueError, 'it is ugly'):
            download.fetch(self.url('whole'), target, check)
        self.assertEqual(os.listdir(self.root), [])


class TestCacheOrLoadFile(unittest.TestCase):

    def setUp(self):
        self.root = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.root)
        self.path = os.path.join(self.root, 'sub', 'numbers.txt')
        self.created = []

    def create(self, path):
        self.assertFalse(os.path.exists(path))
        self.assertFalse(os.path.exists(self.path))
        self.assertEqual(os.path.basename(path), 'numbers.txt')
        self.created.append(path)
        with open(path, 'w') as f:
            f.write('1 2 3')
        return 'created'

    def load(self, path):
        with open(path) as f:
            return f.read()

    def left(self):
        directory = os.path.dirname(self.path)
        return sorted(set(os.listdir(directory)) - {'.numbers.txt.lock'})

    def test_first_and_second_time(self):
        self.assertEqual(dataset.cache_or_load_file(
            self.path, self.create, self.load), 'created')
        self.assertEqual(dataset.cache_or_load_file(
            self.path, self.create, self.load), '1 2 3')
        self.assertEqual(len(self.created), 1)
        self.assertEqual(self.left(), ['numbers.txt'])

    def test_relative_path(self):
        old = os.getcwd()
        os.chdir(self.root)
        self.addCleanup(os.chdir, old)
        for expected in ('created', '1 2 3'):
            self.assertEqual(dataset.cache_or_load_file(
                'numbers.txt', self.create, self.load), expected)

    def test_creator_that_raises(self):
        def create(path):
            self.create(path)
            raise RuntimeError('no more numbers')

        for _ in range(2):
            with self.assertRaisesRegex(RuntimeError, 'no more numbers'):
                dataset.cache_or_load_file(self.path, create, self.load)
            self.assertEqual(self.left(), [])
        self.assertEqual(dataset.cache_or_load_file(
            self.path, self.create, self.load), 'created')

    def test_creator_that_creates_nothing(self):
        with self.assertRaisesRegex(FileNotFoundError, 'numbers.txt'):
            dataset.cache_or_load_file(
                self.path, lambda path: 'nothing', self.load)
        self.assertEqual(self.left(), [])

    def test_loader_that_raises(self):
        dataset.cache_or_load_file(self.path, self.create, self.load)

        def load(path):
            raise ValueError('illegible')

        with self.assertRaisesRegex(ValueError, 'illegible'):
            dataset.cache_or_load_file(self.path, self.create, load)
        self.assertEqual(self.left(), ['numbers.txt'])
        self.assertEqual(len(self.created), 1)

    def test_threads(self):
        contents = []
        together = threading.Barrier(6)

        def work():
            together.wait()
            contents.append(dataset.cache_or_load_file(
                self.path, self.create, self.load))

        threads = [threading.Thread(target=work) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(sorted(contents), ['1 2 3'] * 5 + ['created'])
        self.assertEqual(len(self.created), 1)

    def test_processes(self):
        script = '''
import os, sys, time
from chainer.dataset import download
folder = sys.argv[1]
def create(path):
    with open(os.path.join(folder, 'log'), 'a') as f:
        f.write('created\\n')
    with open(path, 'w') as f:
        f.write('1 2')
        f.flush()
        time.sleep(.3)
        f.write(' 3')
    return '1 2 3'
def load(path):
    with open(path) as f:
        return f.read()
print('ready', flush=True)
sys.stdin.readline()
print(download.cache_or_load_file(os.path.join(folder, 'n'), create, load))
'''
        package = os.path.dirname(os.path.dirname(chainer.__file__))
        processes = [
            subprocess.Popen(
                [sys.executable, '-c', script, self.root],
                env=dict(os.environ, PYTHONPATH=package), text=True,
                stdin=subprocess.PIPE, stdout=subprocess.PIPE)
            for _ in range(3)]
        for process in processes:
            self.assertEqual(process.stdout.readline(), 'ready\n')
        for process in processes:
            process.stdin.write('go\n')
            process.stdin.flush()
        for process in processes:
            self.assertEqual(process.communicate()[0], '1 2 3\n')
            self.assertEqual(process.returncode, 0)
        with open(os.path.join(self.root, 'log')) as f:
            self.assertEqual(f.read(), 'created\n')
