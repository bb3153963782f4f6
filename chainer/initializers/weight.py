import math
import numbers

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
            :class:`~chainer.Initializer`. The function fills the array in
            place, and returns nothing or that array.
        scale (float): Factor by which the result is multiplied.

    Raises:
        TypeError: If ``initializer`` is none of these; if it is a class, not
            an instance of it; or if its values are not real numbers.
        ValueError: If it does not suit the shape of ``weights``, or the
            function returned something else.

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
    elif _is_value(initializer):
        initializer = constant.Constant(initializer)
    elif isinstance(initializer, type):
        raise TypeError(f'a weight is initialized by an initializer, but got '
                        f'a class: pass an instance: '
                        f'{initializer.__name__}()')
    elif not callable(initializer):
        raise TypeError(f'a weight is initialized by None, a scalar, an array '
                        f'or a function of the array, but got '
                        f'{type(initializer)}')
    returned = initializer(weights)
    if returned is not None and returned is not weights:
        raise ValueError(f'an initializer must fill the array in place, but '
                         f'{initializer!r} returned {type(returned)}')
    with cuda.get_device(weights):
        weights *= scale


def _is_value(initializer):
    """Returns whether an initializer stands for the values themselves."""
    if isinstance(initializer, (numpy.ndarray, cuda.ndarray)):
        if initializer.dtype.kind not in 'biuf':
            raise TypeError(f'a weight is initialized by real numbers, but '
                            f'got an array of {initializer.dtype}')
        return True
    if not numpy.isscalar(initializer):
        return False
    if not isinstance(initializer, (numbers.Real, numpy.bool_)):
        raise TypeError(f'a weight is initialized by real numbers, but got '
                        f'{initializer!r}')
    return True
