"""The dataset root: downloaded and converted files, each made only once."""
import contextlib
import hashlib
import http.client
import os
import queue
import sys
import tempfile
import threading
import urllib.error
import urllib.request

import filelock

from chainer.utils import atomic_file

_root = None

# Seconds until a server has begun to answer, names looked up and all of its
# addresses tried, and seconds of silence in the middle of an answer.
_ANSWER_SECONDS = 20
_SILENCE_SECONDS = 10

_CHUNK_BYTES = 1 << 16


class DownloadError(OSError):
    """A file could not be got from the network."""


def get_dataset_root():
    """Gets the directory under which data sets are downloaded and cached.

    It is the path given to :func:`set_dataset_root`, else the environment
    variable ``CHAINER_DATASET_ROOT``, else ``$HOME/.chainer/dataset``.

    Returns:
        str: Path to the dataset root.

    """
    if _root is not None:
        return _root
    return os.environ.get('CHAINER_DATASET_ROOT') or os.path.join(
        os.path.expanduser('~'), '.chainer', 'dataset')


def set_dataset_root(path):
    """Sets the directory under which data sets are downloaded and cached.

    It takes precedence over the environment variable
    ``CHAINER_DATASET_ROOT``.

    Args:
        path (str): New dataset root. It is made when it is needed.

    """
    global _root
    _root = os.fspath(path)


def get_dataset_directory(dataset_name, create_directory=True):
    """Gets the directory of one data set under the dataset root.

    Args:
        dataset_name (str): Name of the data set, such as
            ``'pfnet/chainer/mnist'``.
        create_directory (bool): If ``True``, the directory is made if it does
            not exist.

    Returns:
        str: Path to the directory.

    """
    path = os.path.join(get_dataset_root(), dataset_name)
    if create_directory:
        os.makedirs(path, exist_ok=True)
    return path


def cached_download(url):
    """Downloads a file, unless that was done before.

    The file is kept under the dataset root, in ``_dl_cache``, under the MD5 of
    its URL. It is there whole or not at all, also when several threads or
    processes ask for it at once: one of them downloads it, and the others
    wait.

    Args:
        url (str): What to download.

    Returns:
        str: Path to the downloaded file.

    Raises:
        DownloadError: If the server does not answer in time, refuses, or ends
            the connection before all of the file has come. It is an
            :exc:`OSError`.

    """
    name = hashlib.md5(url.encode('utf-8'), usedforsecurity=False).hexdigest()
    path = os.path.join(get_dataset_directory('_dl_cache'), name)
    if not os.path.exists(path):
        with lock(path):
            if not os.path.exists(path):
                fetch(url, path)
    return path


def cache_or_load_file(path, creator, loader):
    """Makes a file the first time, and loads it from then on.

    When several threads or processes ask for the same file at once, one of
    them calls ``creator``, and the others wait and then call ``loader``. The
    creator writes to a temporary path, whose last part is the name of the file
    to make. The file gets to ``path`` in one step when the creator has
    returned, and if it raises, nothing is left behind.

    Args:
        path (str): Where the file is kept.
        creator: Function that takes a path at which there is no file, writes
            the file there, and returns its content.
        loader: Function that takes the path of the file and returns its
            content.

    Returns:
        What ``creator`` or ``loader`` returned.

    """
    if os.path.exists(path):
        return loader(path)
    os.makedirs(os.path.dirname(path) or os.curdir, exist_ok=True)
    with lock(path):
        if not os.path.exists(path):
            return _create(path, creator)
    return loader(path)


def _create(path, creator):
    directory, name = os.path.split(path)
    with atomic_file.replace(path) as temporary, \
            tempfile.TemporaryDirectory(dir=directory or os.curdir) as room:
        # NumPy appends .npz to names that do not end with it, so the creator
        # must see the name that the file will have.
        created = os.path.join(room, name)
        content = creator(created)
        if not os.path.exists(created):
            raise FileNotFoundError(
                f'the creator of {path} returned without having made a file '
                f'at the path it was given, {created}')
        os.replace(created, temporary)
    return content


def lock(path):
    """Lock among threads and processes for making the file at ``path``.

    Its state is a hidden empty file beside ``path``, which stays: removing a
    lock while others wait for it would let two of them in.

    Args:
        path (str): File to be made. Its directory must exist.

    Returns:
        Context manager.

    """
    directory, name = os.path.split(path)
    return filelock.FileLock(os.path.join(directory, f'.{name}.lock'))


def fetch(url, path, check=None):
    """Downloads a file to ``path``, where it is whole or not at all.

    Args:
        url (str): What to download.
        path (str): Where the file goes. Its directory must exist.
        check: Function that gets the path of the downloaded file before it
            takes its name. If it raises, the file is removed.

    Raises:
        DownloadError: If the file did not come whole.

    """
    sys.stderr.write(f'Downloading {url}\n')
    with atomic_file.replace(path) as temporary:
        with open(temporary, 'wb') as f:
            # Errors of the network are told apart from errors of this disk:
            # the latter do not get into the generator.
            for chunk in _download(url):
                f.write(chunk)
        if check is not None:
            check(temporary)


def _download(url):
    try:
        with contextlib.closing(_open(url)) as response:
            length = response.headers.get('Content-Length')
            received = 0
            while chunk := response.read1(_CHUNK_BYTES):
                received += len(chunk)
                yield chunk
            if length is not None and received < int(length):
                raise DownloadError(
                    f'the connection ended after {received} of {length} bytes')
    except (OSError, http.client.HTTPException) as error:
        if isinstance(error, urllib.error.HTTPError):
            error.close()
        raise DownloadError(f'cannot download {url}: {error}') from error


def _open(url):
    """Opens a URL within a time that holds for all that it takes.

    The timeout of urllib does not limit the look-up of the name, and begins
    anew with each address of the host.
    """
    answers = queue.Queue()
    given_up = threading.Event()

    def work():
        try:
            response = urllib.request.urlopen(url, timeout=_SILENCE_SECONDS)
        except Exception as error:
            answers.put((None, error))
        else:
            answers.put((response, None))
            if given_up.is_set():
                response.close()

    threading.Thread(target=work, daemon=True).start()
    try:
        response, error = answers.get(timeout=_ANSWER_SECONDS)
    except queue.Empty:
        given_up.set()
        raise TimeoutError(
            f'no answer within {_ANSWER_SECONDS} seconds') from None
    if error is not None:
        raise error
    return response
