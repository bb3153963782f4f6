"""Files that are there whole or not at all."""
import contextlib
import os
import uuid


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

       >>> import pathlib, tempfile
       >>> from chainer.utils import atomic_file
       >>> target = pathlib.Path(tempfile.mkdtemp(), 'log')
       >>> with atomic_file.replace(target) as temporary:
       ...     _ = pathlib.Path(temporary).write_text('complete')
       >>> target.read_text()
       'complete'

    """
    path = os.fsdecode(path)
    temporary = f'{path}.{uuid.uuid4().hex}.tmp'
    # Unlike a file of the module tempfile, which only its owner can read, this
    # one has the permissions that any new file has.
    with open(temporary, 'x'):
        pass
    try:
        yield temporary
        _flush_to_disk(temporary)
        os.replace(temporary, path)
    except BaseException:
        if os.path.exists(temporary):
            os.remove(temporary)
        raise


def _flush_to_disk(path):
    # Without this, a rename can reach the disk before the content does.
    fd = os.open(path, os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
