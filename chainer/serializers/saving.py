"""What can be saved: arrays, numbers and text, never pickled objects."""
import numpy

from chainer import cuda


def as_plain_array(key, value):
    """Makes the array that is written into a file for a value.

    Args:
        key (str): Key of the value, for messages.
        value (scalar, str or array): Value to save.

    Returns:
        numpy.ndarray: The value; for an array in host memory the same array.

    Raises:
        TypeError: If the value would have to be pickled.
        ValueError: If it is a string that NumPy would cut.

    """
    if isinstance(value, cuda.ndarray):
        value = cuda.to_cpu(value)
    array = numpy.asarray(value)
    if array.dtype.hasobject:
        raise TypeError(
            f'cannot save the value {key!r}: it is {_describe(value)}. '
            f'Arrays, numbers and strings are saved; anything else would have '
            f'to be pickled, and loading a pickle can run any code')
    if isinstance(value, (str, bytes)) and array.item() != value:
        raise ValueError(f'cannot save the value {key!r}: the string '
                         f'{value!r} ends with a null character')
    return array


def _describe(value):
    if isinstance(value, numpy.ndarray):
        return f'an array of type {value.dtype}'
    if value is None:
        return 'None'
    return f'{value!r:.50}, a {type(value).__name__}'
