"""What links check their arguments with."""
from chainer.utils import argument


def check_sizes(least, **sizes):
    """Checks arguments that are sizes or numbers of something.

    Args:
        least (int): Smallest size allowed.
        sizes: Names and values of the arguments.

    Raises:
        TypeError: If one is not an integer.
        ValueError: If one is too small.

    """
    for name, size in sizes.items():
        if argument.integer(name, size) < least:
            raise ValueError(f'{name} must be {least} or more, but is {size}')


def as_variable(name, x):
    """Returns a variable for an argument that may be an array.

    Args:
        name (str): Name of the argument.
        x (Variable or array): Its value.

    Returns:
        Variable: ``x``, or a variable whose volatility is ``AUTO``.

    Raises:
        TypeError: If it is no array; the message begins with the name.

    """
    try:
        return argument.as_variable(x)
    except TypeError as error:
        raise TypeError(f'{name}: {error}') from None
