"""Where arrays are, and what to add to errors about it, for messages."""
from chainer import cuda


def name_of(array):
    """Returns the words for where an array is.

    Args:
        array (numpy.ndarray or cupy.ndarray): Array.

    Returns:
        str: ``'in host memory'``, or ``'on device 0'``.

    """
    device_id = int(cuda.get_device(array))
    return 'in host memory' if device_id < 0 else f'on device {device_id}'


def add_note(error, note):
    """Adds a line to what is shown of an exception.

    Args:
        error (Exception): Exception, which is raised again.
        note (str): The line.

    """
    if hasattr(error, 'add_note'):
        error.add_note(note)
    elif error.args and isinstance(error.args[0], str):
        # Python 3.10 has no notes.
        error.args = (f'{error.args[0]}\n{note}',) + error.args[1:]
