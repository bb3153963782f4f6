"""What the modules of the build share."""
import os
import sys


class Missing(Exception):
    """Something that a build needs is not there.

    Its text is one line, which says what is missing and what to do about it.
    """


def print_warning(*lines):
    """Prints lines so that they stand out among those of a build."""
    frame = '*' * 79
    text = '\n*** '.join(['WARNING: ' + lines[0], *lines[1:]])
    print(f'{frame}\n*** {text}\n{frame}', file=sys.stderr)


def search_on_path(filenames):
    """Returns the absolute path of the first of the files on ``PATH``.

    All names are looked for in one directory before the next. Returns
    ``None`` if there is none of them.
    """
    for folder in os.environ.get('PATH', os.defpath).split(os.pathsep):
        for filename in filenames:
            path = os.path.join(folder, filename)
            if os.path.isfile(path):
                return os.path.abspath(path)
    return None
