"""What fills the arrays of new parameters: the base class."""
import math

import numpy


class Initializer:
    """Base class of initializers.

    An initializer is a function of an array, which it overwrites with initial
    values. A subclass defines :meth:`__call__`, and calls
    :meth:`check_dtype` there.

    Args:
        dtype: Data type of the arrays to initialize. By default any will do.

    Attributes:
        dtype: Data type of the arrays to initialize, or ``None``.

    .. admonition:: Example

       >>> import numpy as np
       >>> import chainer
       >>> class Ramp(chainer.Initializer):
       ...     def __call__(self, array):
       ...         self.check_dtype(array)
       ...         array[...] = np.arange(array.size).reshape(array.shape)
       >>> chainer.links.Linear(3, 2, initialW=Ramp()).W.data
       array([[0., 1., 2.],
              [3., 4., 5.]], dtype=float32)

    """

    dtype = None

    def __init__(self, dtype=None):
        self.dtype = dtype

    def __call__(self, array):
        """Overwrites an array with initial values.

        Args:
            array (numpy.ndarray or cupy.ndarray): The array.

        """
        raise NotImplementedError(
            f'{type(self).__name__} must override __call__')

    def check_dtype(self, array):
        """Raises an error if an array is not of the type asked for.

        Args:
            array (numpy.ndarray or cupy.ndarray): Array to initialize.

        Raises:
            TypeError: If its type is not :attr:`dtype`.

        """
        if self.dtype is not None and array.dtype != numpy.dtype(self.dtype):
            raise TypeError(
                f'{type(self).__name__} was made for arrays of '
                f'{numpy.dtype(self.dtype)}, but got one of {array.dtype}: '
                f'leave dtype out, or pass dtype={str(array.dtype)!r}')


def get_fans(shape):
    """Returns the numbers of inputs and outputs of a layer.

    Args:
        shape (tuple of int): Shape of its weight: ``(out, in)``, or
            ``(out, in, k, ...)`` for a convolution.

    Returns:
        tuple of int: Number of values that each output is computed from, the
        product of all sizes but the first; and number of outputs, the first.

    Raises:
        ValueError: If ``shape`` is not a tuple of two or more sizes.

    """
    if not isinstance(shape, tuple) or len(shape) < 2:
        raise ValueError(
            f'the number of inputs and outputs is that of a weight, whose '
            f'shape is a tuple (out, in, ...), but got {shape!r}')
    return math.prod(shape[1:]), shape[0]
