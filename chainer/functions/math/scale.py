from chainer.functions.math import basic_math, bias
from chainer.utils import argument


def scale(x, y, axis=1):
    """Product of two arrays, the second one broadcast from a given axis on.

    With ``x`` of shape ``(100, 3, 40, 60)`` and ``y`` of shape ``(3, 40)``,
    for example, ``x[i, :, :, j]`` is multiplied by ``y`` for all ``i`` and
    ``j``: it is broadcast as an array of shape ``(1, 3, 40, 1)``.

    Args:
        x (Variable): Array of floats.
        y (Variable): Array of the type of ``x``, and of the shape of some
            consecutive axes of ``x``.
        axis (int): The first one of these axes; a negative number counts from
            the last.

    Returns:
        Variable: Array of the shape and type of ``x``.

    Raises:
        chainer.utils.type_check.InvalidType: If ``y`` does not fit there.

    .. seealso:: :class:`chainer.links.Scale` holds ``y``. :func:`bias`

    .. admonition:: Example

       >>> import numpy as np
       >>> import chainer.functions as F
       >>> x = np.ones((1, 2, 3), 'f')
       >>> F.scale(x, np.array([5, 7], 'f')).data
       array([[[5., 5., 5.],
               [7., 7., 7.]]], dtype=float32)

    """
    x, y = argument.as_variable(x), argument.as_variable(y)
    return basic_math.Mul()(x, bias.spread(x, y, axis))
