from chainer.functions.array import reshape
from chainer.functions.math import minmax
from chainer.utils import argument, type_check


def maxout(x, pool_size, axis=1):
    """Maximum of each group of neighbours along an axis.

    An axis of size ``M * pool_size`` is cut into ``M`` groups of ``pool_size``
    elements next to each other, and each group is replaced by its maximum.
    After a linear or convolutional layer this makes a unit that learns its
    activation function, a convex and piecewise linear one. Several elements
    of a group that equal the maximum all get the gradient.

    Args:
        x (Variable): Array of floats.
        pool_size (int): Size of a group.
        axis (int): Axis along which the groups lie. Negative ones count from
            the last.

    Returns:
        Variable: Array of the type of ``x``, of size ``M`` along the axis and
        as long as ``x`` along all others.

    Raises:
        chainer.utils.type_check.InvalidType: If ``x`` has no such axis, or
            ``pool_size`` does not divide its size.
        ValueError: If ``pool_size`` is not positive.

    See: I. J. Goodfellow et al., `Maxout Networks
    <https://arxiv.org/abs/1302.4389>`_.

    .. seealso:: :class:`chainer.links.Maxout`

    .. admonition:: Example

       >>> import numpy as np
       >>> import chainer.functions as F
       >>> F.maxout(np.array([[1, 5, 2, 4, 3, 0]], 'f'), pool_size=3).data
       array([[5., 4.]], dtype=float32)

    """
    x = argument.as_variable(x)
    axis = argument.integer('axis', axis)
    if argument.integer('pool_size', pool_size) < 1:
        raise ValueError(f'pool_size must be positive, but is {pool_size}')
    shape = x.shape
    ndim = type_check.Variable(len(shape), 'x.ndim')
    type_check.expect(-ndim <= axis, axis < ndim)
    size = type_check.Variable(shape[axis], f'x.shape[{axis}]')
    type_check.expect(size % pool_size == 0)

    axis %= len(shape)
    groups = shape[axis] // pool_size, pool_size
    x = reshape.reshape(x, shape[:axis] + groups + shape[axis + 1:])
    return minmax.max(x, axis + 1)
