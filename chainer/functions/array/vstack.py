from chainer.functions.array import concat, reshape
from chainer.utils import argument


def vstack(xs):
    """Joins arrays one below the other: matrices by their rows.

    An array of one dimension is one row, a scalar a row of length 1.

    Args:
        xs (list of Variable): Arrays of one type, whose shapes may differ in
            the first axis, if they have more than one.

    Returns:
        Variable: The joined array, of two dimensions or more.

    .. seealso:: :func:`chainer.functions.concat`,
       :func:`chainer.functions.hstack`

    .. admonition:: Example

       >>> import numpy as np
       >>> import chainer.functions as F
       >>> F.vstack([np.array([1, 2]), np.array([3, 4])]).data
       array([[1, 2],
              [3, 4]])

    """
    xs = map(argument.as_variable, argument.sequence('xs', xs))
    xs = [x if x.ndim > 1 else reshape.reshape(x, (1, x.size)) for x in xs]
    return concat.concat(xs, axis=0)
