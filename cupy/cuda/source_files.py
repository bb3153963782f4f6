"""Sources of kernels in a folder, for people and for other compilers.

If the environment variable ``CUPY_KEEP_SOURCES`` names a folder, every source
that is compiled, or found in a cache, is written there: what CuPy makes of an
expression can be read, and be compiled by a compiler that is not at hand. One
source is one file, however many processes use it. Its first line is a comment
in JSON: the options of the compiler, the texts of headers other than CuPy's
that it includes, and what else it depends on that is not known. What follows
is the source, character by character.
"""
import collections
import hashlib
import json
import os
import re
import tempfile

_KERNEL = re.compile(r'__global__\s+void\s+(?:__\w+__\s*\([^)]*\)\s*)?(\w+)')

#: A source with what else is needed to compile it.
Source = collections.namedtuple(
    'Source', 'text options headers unknown')


def folder():
    """Returns the folder of sources; None if they are not wanted."""
    return os.environ.get('CUPY_KEEP_SOURCES') or None


def save(folder, source):
    """Writes a source, unless it is there.

    Args:
        folder (str): Where to; made if it is missing.
        source (Source): The source.
    """
    head = {'options': list(source.options)}
    if source.headers:
        head['headers'] = source.headers
    if source.unknown:
        head['unknown'] = list(source.unknown)
    content = f'// {json.dumps(head, sort_keys=True)}\n{source.text}'.encode()
    kernel = _KERNEL.search(source.text)
    path = os.path.join(folder, '{}-{}.cu'.format(
        kernel.group(1) if kernel else 'no_kernel',
        hashlib.sha256(content).hexdigest()[:16]))
    if os.path.exists(path):
        return
    os.makedirs(folder, exist_ok=True)
    # Beside the file and then renamed: others see all of it or none.
    file, temporary = tempfile.mkstemp(dir=folder, prefix='writing-')
    with os.fdopen(file, 'wb') as f:
        f.write(content)
    os.replace(temporary, path)


def load(path):
    """Reads a source.

    Args:
        path (str): Path of its file.

    Returns:
        Source: The source.
    """
    with open(path, newline='') as f:
        head, text = f.read().split('\n', 1)
    head = json.loads(head[len('// '):])
    return Source(text, tuple(head['options']), head.get('headers', {}),
                  tuple(head.get('unknown', ())))
