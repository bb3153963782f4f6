"""Compiled kernels on disk, shared by processes and kept between them.

A file is what another process of the same user wrote completely, or it is
ignored: code in it is going to be run. So folder and files must belong to the
user, nobody else may write to them, and each file begins with a checksum.
"""
import hashlib
import os
import stat
import tempfile
import warnings

_CHECKSUM_SIZE = hashlib.sha256().digest_size
_warned = set()


def default_folder():
    """Returns the folder of cached kernels.

    Returns:
        str: ``CUPY_CACHE_DIR``, or ``~/.cupy/kernel_cache``.
    """
    return os.environ.get('CUPY_CACHE_DIR') or os.path.expanduser(
        os.path.join('~', '.cupy', 'kernel_cache'))


def load(folder, key):
    """Reads a compiled kernel.

    Args:
        folder (str): Folder of the cache.
        key (str): What the kernel was saved under.

    Returns:
        bytes: The kernel; None if there is none that can be trusted.
    """
    if not _is_usable(folder):
        return None
    try:
        file = os.open(_path(folder, key),
                       os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError:
        return None
    with os.fdopen(file, 'rb') as f:
        info = os.fstat(f.fileno())
        if not stat.S_ISREG(info.st_mode) or _distrust(info):
            return None
        content = f.read()
    image = content[_CHECKSUM_SIZE:]
    if hashlib.sha256(image).digest() != content[:_CHECKSUM_SIZE]:
        return None
    return image


def save(folder, key, image):
    """Writes a compiled kernel.

    Where that is not possible, a warning says so, once.

    Args:
        folder (str): Folder of the cache; made if it is missing.
        key (str): What :func:`load` is to find it under.
        image (bytes): The kernel.
    """
    try:
        os.makedirs(folder, mode=0o700, exist_ok=True)
        if _is_usable(folder):
            # Beside the file and then renamed: others see all of it or none.
            file, path = tempfile.mkstemp(dir=folder, prefix='writing-')
            try:
                with os.fdopen(file, 'wb') as f:
                    f.write(hashlib.sha256(image).digest())
                    f.write(image)
                os.replace(path, _path(folder, key))
            except BaseException:
                os.unlink(path)
                raise
    except OSError as error:
        _warn(folder, f'cannot be written to ({error.strerror}); name '
                      'another one by the environment variable '
                      'CUPY_CACHE_DIR')


def _path(folder, key):
    return os.path.join(folder, key + '.bin')


def _is_usable(folder):
    try:
        info = os.stat(folder)
    except OSError:
        return False  # not made yet, most often; else, saving says why
    reason = (_distrust(info) if stat.S_ISDIR(info.st_mode) else
              'is not a folder')
    if reason:
        _warn(folder, f'{reason}; make it private (chmod 700), or name '
                      'another one by the environment variable '
                      'CUPY_CACHE_DIR')
    return not reason


def _distrust(info):
    # Why what is there is not to be trusted, or None.
    if info.st_uid != os.geteuid():
        return f'belongs to another user (of id {info.st_uid})'
    if info.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        return 'can be written to by other users'
    return None


def _warn(folder, reason):
    if folder not in _warned:
        _warned.add(folder)
        warnings.warn(
            f'kernels are not cached, but compiled by every process: '
            f'{folder} {reason}', stacklevel=2)
