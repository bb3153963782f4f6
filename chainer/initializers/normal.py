import math

from chainer import cuda, initializer


class Normal(initializer.Initializer):
    """Initializes an array with normally distributed numbers.

    They are independent, of mean 0.

    Args:
        scale (float): Standard deviation.
        dtype: Data type of the arrays to initialize. By default any will do.

    Attributes:
        scale (float): Standard deviation.
        dtype: Data type of the arrays to initialize, or ``None``.

    """

    def __init__(self, scale=0.05, dtype=None):
        super().__init__(dtype)
        self.scale = scale

    def __call__(self, array):
        self.check_dtype(array)
        _fill(array, self.scale)


class GlorotNormal(initializer.Initializer):
    """Initializes a weight with normally distributed numbers, after Glorot.

    The standard deviation is

    .. math::

       s \\sqrt{\\frac{2}{n_{in} + n_{out}}},

    a compromise that keeps the variance of activations on the way forward and
    that of gradients on the way backward. :math:`n_{in}` and :math:`n_{out}`
    are the numbers of inputs and outputs, see
    :func:`chainer.initializer.get_fans`.

    See: Glorot & Bengio, `Understanding the difficulty of training deep
    feedforward neural networks
    <http://proceedings.mlr.press/v9/glorot10a.html>`_.

    Args:
        scale (float): Factor :math:`s`.
        dtype: Data type of the arrays to initialize. By default any will do.

    Attributes:
        scale (float): Factor :math:`s`.
        dtype: Data type of the arrays to initialize, or ``None``.

    """

    def __init__(self, scale=1.0, dtype=None):
        super().__init__(dtype)
        self.scale = scale

    def __call__(self, array):
        self.check_dtype(array)
        fan_in, fan_out = initializer.get_fans(array.shape)
        _fill(array, self.scale * math.sqrt(2 / (fan_in + fan_out)))


class HeNormal(initializer.Initializer):
    """Initializes a weight with normally distributed numbers, after He.

    The standard deviation is

    .. math::

       s \\sqrt{\\frac{2}{n_{in}}},

    which keeps the variance of activations through layers of rectifiers.
    :math:`n_{in}` is the number of inputs, see
    :func:`chainer.initializer.get_fans`.

    See: He et al., `Delving Deep into Rectifiers
    <https://arxiv.org/abs/1502.01852>`_.

    Args:
        scale (float): Factor :math:`s`.
        dtype: Data type of the arrays to initialize. By default any will do.

    Attributes:
        scale (float): Factor :math:`s`.
        dtype: Data type of the arrays to initialize, or ``None``.

    """

    def __init__(self, scale=1.0, dtype=None):
        super().__init__(dtype)
        self.scale = scale

    def __call__(self, array):
        self.check_dtype(array)
        fan_in, _ = initializer.get_fans(array.shape)
        _fill(array, self.scale * math.sqrt(2 / fan_in))


def _fill(array, deviation):
    with cuda.get_device(array):
        xp = cuda.get_array_module(array)
        array[...] = xp.random.normal(0.0, deviation, array.shape)
