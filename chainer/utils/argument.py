"""Checks of arguments: what is wrong is said by the name of the argument.

A wrong argument is found where it is passed, not where it is used: that may be
in a backward computation, far away, or nowhere, as NumPy takes ``True`` for an
axis. Checks of input arrays are another matter, see
:mod:`chainer.utils.type_check`.
"""
import numbers
import operator

import numpy

from chainer import cuda, flag, variable


def integer(name, value):
    """Returns an argument that has to be an integer.

    Args:
        name (str): Name of the argument.
        value: Its value.

    Returns:
        int: The value.

    Raises:
        TypeError: If it is no integer. ``True`` and ``False`` are none.

    .. admonition:: Example

       >>> import numpy
       >>> from chainer.utils import argument
       >>> argument.integer('axis', numpy.int64(2))
       2
       >>> argument.integer('axis', 1.5)
       Traceback (most recent call last):
       ...
       TypeError: axis must be an integer, but is 1.5

    """
    if type(value) is int:
        return value
    if not isinstance(value, (bool, numpy.bool_)):
        try:
            return operator.index(value)
        except TypeError:
            pass
    raise TypeError(f'{name} must be an integer, but is {value!r}')


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
        if integer(name, size) < least:
            raise ValueError(f'{name} must be {least} or more, but is {size}')


def integers(name, values):
    """Returns an argument that has to be a sequence of integers.

    Args:
        name (str): Name of the argument.
        values: Its value.

    Returns:
        tuple of int: The value.

    Raises:
        TypeError: If it is not a sequence, or one of its items no integer.

    """
    if type(values) is tuple and {*map(type, values)} == {int}:
        return values
    try:
        return tuple([integer(name, value) for value in values])
    except TypeError:
        raise TypeError(f'{name} must be a tuple of integers, but is '
                        f'{values!r}') from None


def number(name, value):
    """Returns an argument that has to be a real number.

    Args:
        name (str): Name of the argument.
        value: Its value. An array of no dimension counts as its element.

    Returns:
        float or int: The value as a number of Python: it leaves the type of
        arrays that it is combined with as it is.

    Raises:
        TypeError: If it is no real number. ``True`` and ``False`` are none.

    .. admonition:: Example

       >>> import numpy
       >>> from chainer.utils import argument
       >>> argument.number('alpha', numpy.float32(0.5))
       0.5
       >>> argument.number('alpha', '0.5')
       Traceback (most recent call last):
       ...
       TypeError: alpha must be a number, but is '0.5'

    """
    if type(value) is float or type(value) is int:
        return value
    if not _is_number(value):
        raise TypeError(f'{name} must be a number, but is {value!r}')
    return float(value)


def sequence(name, xs):
    """Returns an argument that has to be a sequence of arrays.

    The arrays themselves are checked by the function that takes them.

    Args:
        name (str): Name of the argument.
        xs: Its value; a generator may be used up.

    Returns:
        list or tuple: The arrays.

    Raises:
        TypeError: If it cannot be iterated over.

    """
    if isinstance(xs, (list, tuple)):
        return xs
    try:
        arrays = iter(xs)
    except TypeError:
        raise TypeError(
            f'{name} must be a list of arrays, but got {xs!r}') from None
    return list(arrays)


def as_variable(x, name=None):
    """Returns a variable for an argument that may be an array.

    :class:`chainer.Function` does so itself. A function that looks at its
    arguments before, or computes with them by operators, has to begin with
    it: operators of plain arrays broadcast and convert without a word.

    Args:
        x (Variable or array): The argument.
        name (str): Its name, for the message.

    Returns:
        Variable: ``x``, or a variable whose volatility is ``AUTO``.

    Raises:
        TypeError: If it is no array.

    """
    if isinstance(x, variable.Variable):
        return x
    try:
        return variable.Variable(x, flag.AUTO)
    except TypeError as error:
        if name is None:
            raise
        raise TypeError(f'{name}: {error}') from None


def _is_number(value):
    if isinstance(value, (numpy.ndarray, cuda.ndarray)):
        return value.ndim == 0 and value.dtype.kind in 'iuf'
    return isinstance(value, numbers.Real) and not isinstance(value, bool)
