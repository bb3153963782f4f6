"""The files that a data set is made of, and the places where they are found.

They are looked for in the dataset root first, because a machine without a
network gets them from its user, and downloaded from a list of mirrors next.
"""
import hashlib
import os

from chainer.dataset import download


class Source:
    """Files of a data set: their names, how to tell them, where to find them.

    Args:
        dataset_name (str): Name of the data set, which is its directory under
            the dataset root.
        files (dict): Maps the name of each file to a function that gets the
            path of a downloaded file and raises a :exc:`ValueError` if it is
            not the right one, such as :func:`digest` makes.
        urls (list of strs): Mirrors: URLs which give the URL of a file when
            its name is appended.
        directories (list of strs): Further directories of this machine where
            the files may be.

    """

    def __init__(self, dataset_name, files, urls, directories=()):
        self._dataset_name = dataset_name
        self._files = files
        self._urls = urls
        self._directories = directories

    def obtain(self, name):
        """Finds a file on this machine, or else downloads it.

        A file whose name ends with ``.gz`` is found without that ending too,
        since users unpack such files.

        Args:
            name (str): Name of one of the files.

        Returns:
            str: Path to the file. What a user has put there is not checked.

        Raises:
            ~chainer.dataset.download.DownloadError: If it is nowhere on this
                machine and no mirror gives it. The message says which files
                to put where.

        """
        return self._find(name) or self._download(name)

    def _find(self, name):
        root = download.get_dataset_directory(
            self._dataset_name, create_directory=False)
        for directory in (root, *self._directories):
            for candidate in (name, name.removesuffix('.gz')):
                path = os.path.join(directory, candidate)
                if os.path.isfile(path):
                    return path
        return None

    def _download(self, name):
        path = os.path.join(
            download.get_dataset_directory(self._dataset_name), name)
        reasons = []
        with download.lock(path):
            if os.path.exists(path):
                return path
            for url in self._urls:
                try:
                    download.fetch(url + name, path, self._files[name])
                    return path
                except download.DownloadError as error:
                    reasons.append(str(error))
                except ValueError as error:
                    reasons.append(f'refused {url + name}: {error}')
        raise download.DownloadError(self._advice(reasons))

    def _advice(self, reasons):
        directory = download.get_dataset_directory(self._dataset_name)
        missing = [name for name in self._files if self._find(name) is None]
        return '\n'.join([
            f'no mirror gave the data set {self._dataset_name}. Without a '
            f'network, put these files into {directory} (or choose another '
            'dataset root by CHAINER_DATASET_ROOT or '
            'chainer.dataset.set_dataset_root):',
            *[f'  {name}' for name in missing],
            'What the mirrors said:',
            *[f'  {reason}' for reason in reasons]])


def digest(expected):
    """Makes a check of files by a checksum.

    Args:
        expected (str): Name of a hash function and the digest in hexadecimal,
            such as ``'sha256:3aede3…'`` or ``'md5:8d4fb7…'``.

    Returns:
        Function that takes a path and raises a :exc:`ValueError` if the file
        has another digest.

    """
    algorithm, _, value = expected.partition(':')

    def check(path):
        computed = hashlib.new(algorithm, usedforsecurity=False)
        with open(path, 'rb') as f:
            while chunk := f.read(1 << 20):
                computed.update(chunk)
        if computed.hexdigest() != value:
            raise ValueError(
                f'the file has the wrong checksum: expected {expected}, got '
                f'{algorithm}:{computed.hexdigest()}')

    return check
