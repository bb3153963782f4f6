import math

from chainer import cuda, initializer


class Uniform(initializer.Initializer):
    """Initializes an array with uniformly distributed numbers.

    They are independent, between ``-scale`` and ``scale``.

    Args:
        scale (float): Bound of the interval.
        dtype: Data type of the arrays to initialize. By default any will do.

    Attributes:
        scale (float): Bound of the interval.
        dtype: Data type of the arrays to initialize, or ``None``.

    """

    def __init__(self, scale=0.05, dtype=None):
        super().__init__(dtype)
        self.scale = scale

    def __call__(self, array):
        self.check_dtype(array)
        _fill(array, self.scale)


class LeCunUniform(initializer.Initializer):
    """Initializes a weight with uniformly distributed numbers, after LeCun.

    The bound of the interval is

    .. math::

       s \\sqrt{\\frac{3}{n_{in}}},

    where :math:`n_{in}` is the number of inputs, see
    :func:`chainer.initializer.get_fans`. The weighted sum of inputs of
    variance 1 then has the variance :math:`s^2`.

    See: LeCun et al., `Efficient BackProp
    <http://yann.lecun.com/exdb/publis/pdf/lecun-98b.pdf>`_.

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
        _fill(array, self.scale * math.sqrt(3 / fan_in))


class GlorotUniform(initializer.Initializer):
    """Initializes a weight with uniformly distributed numbers, after Glorot.

    The bound of the interval is

    .. math::

       s \\sqrt{\\frac{6}{n_{in} + n_{out}}},

    which gives the variance of
    :class:`~chainer.initializers.GlorotNormal`. :math:`n_{in}` and
    :math:`n_{out}` are the numbers of inputs and outputs, see
    :func:`chainer.initializer.get_fans`.

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
        _fill(array, self.scale * math.sqrt(6 / (fan_in + fan_out)))


class HeUniform(initializer.Initializer):
    """Initializes a weight with uniformly distributed numbers, after He.

    The bound of the interval is

    .. math::

       s \\sqrt{\\frac{6}{n_{in}}},

    which gives the variance of :class:`~chainer.initializers.HeNormal`.
    :math:`n_{in}` is the number of inputs, see
    :func:`chainer.initializer.get_fans`.

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
        _fill(array, self.scale * math.sqrt(6 / fan_in))


def _fill(array, bound):
    with cuda.get_device(array):
        xp = cuda.get_array_module(array)
        array[...] = xp.random.uniform(-bound, bound, array.shape)
