from chainer.functions.array import broadcast, reshape
from chainer.functions.math import basic_math
from chainer.utils import argument, type_check


def spread(x, y, axis):
    """Broadcasts ``y`` to the shape of ``x``, from an axis of ``x`` on."""
    axis = argument.integer('axis', axis)
    shape, size = x.shape, len(y.shape)
    if axis < 0:
        axis += len(shape)
    part = type_check.Variable(
        shape[axis:axis + size], f'x.shape[{axis}:{axis + size}]')
    type_check.expect(part == type_check.Variable(y.shape, 'y.shape'))
    padding = len(shape) - axis - size
    y = reshape.reshape(y, (1,) * axis + y.shape + (1,) * padding)
    return broadcast.broadcast_to(y, shape)


def bias(x, y, axis=1):
    """Sum of two arrays, the second one broadcast from a given axis on.

    With ``x`` of shape ``(100, 3, 40, 60)`` and ``y`` of shape ``(3, 40)``,
    for example, ``y`` is added to ``x[i, :, :, j]`` for all ``i`` and ``j``:
    it is broadcast as an array of shape ``(1, 3, 40, 1)``.

    Args:
        x (Variable): Array of numbers.
        y (Variable): Array of the type of ``x``, and of the shape of some
            consecutive axes of ``x``.
        axis (int): The first one of these axes; a negative number counts from
            the last.

    Returns:
        Variable: Array of the shape and type of ``x``.

    Raises:
        chainer.utils.type_check.InvalidType: If ``y`` does not fit there.

    .. seealso:: :class:`chainer.links.Bias` holds ``y``. :func:`scale`

    .. admonition:: Example

       >>> import numpy as np
       >>> import chainer.functions as F
       >>> x = np.zeros((1, 2, 3), 'f')
       >>> F.bias(x, np.array([1, 2], 'f')).data
       array([[[1., 1., 1.],
               [2., 2., 2.]]], dtype=float32)

    """
    x, y = argument.as_variable(x), argument.as_variable(y)
    return basic_math.Add()(x, spread(x, y, axis))
