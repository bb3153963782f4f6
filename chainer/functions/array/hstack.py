from chainer.functions.array import concat, reshape
from chainer.utils import argument


def hstack(xs):
    """Joins arrays side by side: matrices by their columns.

    Arrays of one dimension are joined end to end, and scalars as arrays of
    length 1. All others are joined along the second axis.

    Args:
        xs (list of Variable): Arrays of one type, whose shapes may differ in
            the axis they are joined along.

    Returns:
        Variable: The joined array.

    .. seealso:: :func:`chainer.functions.concat`,
       :func:`chainer.functions.vstack`

    .. admonition:: Example

       >>> import numpy as np
       >>> import chainer.functions as F
       >>> F.hstack([np.array([1, 2]), np.array([3])]).data
       array([1, 2, 3])
       >>> F.hstack([np.array([[1], [2]]), np.array([[3], [4]])]).data
       array([[1, 3],
              [2, 4]])

    """
    xs = map(argument.as_variable, argument.sequence('xs', xs))
    xs = [x if x.ndim > 0 else reshape.reshape(x, (1,)) for x in xs]
    return concat.concat(xs, axis=1 if xs and xs[0].ndim > 1 else 0)
