import numpy

from chainer import cuda, initializer


class Identity(initializer.Initializer):
    """Initializes a square matrix with a multiple of the identity.

    Args:
        scale (float): Value of the diagonal.
        dtype: Data type of the arrays to initialize. By default any will do.

    Attributes:
        scale (float): Value of the diagonal.

    .. admonition:: Example

       >>> import numpy as np
       >>> import chainer
       >>> a = np.empty((2, 2), 'f')
       >>> chainer.initializers.Identity(3)(a)
       >>> a
       array([[3., 0.],
              [0., 3.]], dtype=float32)

    """

    def __init__(self, scale=1.0, dtype=None):
        super().__init__(dtype)
        self.scale = scale

    def __call__(self, array):
        self.check_dtype(array)
        if array.ndim != 2 or array.shape[0] != array.shape[1]:
            raise ValueError(f'Identity initializes square matrices, but got '
                             f'an array of shape {array.shape}')
        array[...] = 0
        with cuda.get_device(array):
            xp = cuda.get_array_module(array)
            diagonal = xp.arange(len(array))
            array[diagonal, diagonal] = self.scale


class Constant(initializer.Initializer):
    """Initializes an array with a constant.

    Args:
        fill_value (scalar or array): The constant. An array is broadcast.
        dtype: Data type of the arrays to initialize. By default any will do.

    Attributes:
        fill_value (scalar or array): The constant.
        dtype: Data type of the arrays to initialize, or ``None``.

    """

    def __init__(self, fill_value, dtype=None):
        super().__init__(dtype)
        self.fill_value = fill_value

    def __call__(self, array):
        self.check_dtype(array)
        value = self.fill_value
        if isinstance(value, (numpy.ndarray, cuda.ndarray)):
            value = _to_device_of(array, value)
            _check_broadcast(value.shape, array.shape)
        array[...] = value


def Zero(dtype=None):
    """Returns an initializer that fills arrays with zeros.

    Args:
        dtype: Data type of the arrays to initialize. By default any will do.

    Returns:
        Constant: The initializer.

    """
    return Constant(0.0, dtype)


def One(dtype=None):
    """Returns an initializer that fills arrays with ones.

    Args:
        dtype: Data type of the arrays to initialize. By default any will do.

    Returns:
        Constant: The initializer.

    """
    return Constant(1.0, dtype)


def _to_device_of(array, value):
    if isinstance(array, cuda.ndarray):
        return cuda.send(value, array)
    return cuda.to_cpu(value)


def _check_broadcast(source, target):
    try:
        fits = numpy.broadcast_shapes(source, target) == target
    except ValueError:
        fits = False
    if not fits:
        raise ValueError(f'cannot initialize an array of shape {target} with '
                         f'values of shape {source}')
