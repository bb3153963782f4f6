"""Files that are there whole or not at all."""
import contextlib
import os
import tempfile


@contextlib.contextmanager
def replace(path):
    """Context manager that writes a file beside its target, then renames it.

    The body gets the path of an empty temporary file in the directory of
    ``path`` and writes it. When the body ends normally, the file takes the
    name ``path`` in one step, so that a reader, or a process that starts after
    this one was killed, sees the old content or the new one, never a part.
    When the body raises, the temporary file is removed and ``path`` is left as
    it was.

    Args:
        path (str): Target file. Its directory must exist.

    .. admonition:: Example

       >>> import os, tempfile
       >>> target = os.path.join(tempfile.mkdtemp(), 'log')
       >>> with replace(target) as temporary:
       ...     with open(temporary, 'w') as f:
       ...         _ = f.write('complete')
       >>> open(target).read()
       'complete'

    """
    path = os.fspath(path)
    directory, name = os.path.split(path)
    fd, temporary = tempfile.mkstemp(
        prefix=name + '.', suffix='.tmp', dir=directory or os.curdir)
    os.close(fd)
    try:
        yield temporary
        _give_default_mode(temporary)
        _flush_to_disk(temporary)
        os.replace(temporary, path)
    except BaseException:
        if os.path.exists(temporary):
            os.remove(temporary)
        raise


def _give_default_mode(path):
    # mkstemp makes files that only their owner can read; a file written by
    # open() would follow the umask, which can only be read by setting it.
    umask = os.umask(0)
    os.umask(umask)
    os.chmod(path, 0o666 & ~umask)


def _flush_to_disk(path):
    # Without this, a rename can reach the disk before the content does.
    fd = os.open(path, os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
