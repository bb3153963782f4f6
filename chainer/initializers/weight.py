import math

import numpy

from chainer import cuda
from chainer.initializers import constant, normal


def init_weight(weights, initializer, scale=1.0):
    """Initializes a weight by any of the things that links accept for it.

    Args:
        weights (numpy.ndarray or cupy.ndarray): Array to initialize.
        initializer: ``None`` for normally distributed numbers of standard
            deviation :math:`1 / \\sqrt{n_{in}}`, see
            :class:`~chainer.initializers.HeNormal`; a scalar or an array for
            these values; or a function of the array, such as an
            :class:`~chainer.Initializer`.
        scale (float): Factor by which the result is multiplied.

    Raises:
        TypeError: If ``initializer`` is none of these.
        ValueError: If it does not suit the shape of ``weights``.

    .. admonition:: Example

       >>> import numpy as np
       >>> import chainer
       >>> W = np.empty(3, 'f')
       >>> chainer.init_weight(W, np.arange(3), scale=10)
       >>> W
       array([ 0., 10., 20.], dtype=float32)

    """
    if initializer is None:
        initializer = normal.HeNormal(1 / math.sqrt(2))
    elif (numpy.isscalar(initializer) or
          isinstance(initializer, (numpy.ndarray, cuda.ndarray))):
        initializer = constant.Constant(initializer)
    elif not callable(initializer):
        raise TypeError(f'a weight is initialized by None, a scalar, an array '
                        f'or a function of the array, but got '
                        f'{type(initializer)}')
    initializer(weights)
    with cuda.get_device(weights):
        weights *= scale
