import numpy

from chainer import cuda, function
from chainer.functions.math import half
from chainer.utils import argument, type_check


class Contrastive(function.Function):
    """Contrastive loss of pairs of vectors."""

    argument_names = 'x0', 'x1', 'y'

    def __init__(self, margin):
        self.margin = argument.number('margin', margin)
        if not margin > 0:
            raise ValueError(f'margin must be positive, but is {margin}')

    def check_type_forward(self, in_types):
        type_check.expect(in_types.size() == 3)
        x0_type, x1_type, y_type = in_types
        type_check.expect(
            x0_type.dtype.kind == 'f',
            x1_type.dtype == x0_type.dtype,
            y_type.dtype == numpy.int32,
            x0_type.ndim == 2,
            x1_type.shape == x0_type.shape,
            y_type.ndim == 1,
            y_type.shape[0] == x0_type.shape[0],
        )

    def forward(self, inputs):
        x0, x1, y = inputs
        if ((y != 0) & (y != 1)).any():
            raise ValueError(f'labels y must be 0 or 1, but they reach from '
                             f'{y.min()} to {y.max()}')
        xp = cuda.get_array_module(x0)
        wide = half.wide_type(x0.dtype)
        self.diff = xp.subtract(x0, x1, dtype=wide)
        squares = (self.diff * self.diff).sum(axis=1)
        self.dist = xp.sqrt(squares)
        self.gap = xp.maximum(float(self.margin) - self.dist, 0)
        terms = xp.where(y == 1, squares, self.gap * self.gap)
        loss = float(terms.sum()) / max(2 * len(y), 1)
        return xp.asarray(loss, dtype=x0.dtype),

    def backward(self, inputs, grad_outputs):
        x0, _, y = inputs
        xp = cuda.get_array_module(x0)
        # Equal points push each other nowhere.
        dist = xp.where(self.dist > 0, self.dist, self.dist.dtype.type(1))
        pull = xp.where(y == 1, self.dist.dtype.type(1), -self.gap / dist)
        pull *= float(grad_outputs[0]) / max(len(y), 1)
        gx0 = (self.diff * pull[:, None]).astype(x0.dtype, copy=False)
        return gx0, -gx0, None


def contrastive(x0, x1, y, margin=1):
    """Contrastive loss of pairs of vectors.

    It draws the vectors of a pair together if they are labelled as similar,
    :math:`y_n = 1`, and pushes them apart, up to a margin, if they are not,
    :math:`y_n = 0`. With the distance
    :math:`d_n = \\| x_{0,n} - x_{1,n} \\|_2` it is

    .. math::
       L = \\frac{1}{2N} \\sum_{n=1}^N
           \\bigl( y_n d_n^2 +
           (1 - y_n) \\max(\\mathrm{margin} - d_n, 0)^2 \\bigr).

    The gradient by a pair of equal vectors is 0.

    Args:
        x0 (Variable): First vectors, shape ``(N, K)``, floats.
        x1 (Variable): Second vectors, of the shape and type of ``x0``.
        y (Variable): Labels 0 and 1, shape ``(N,)``, int32.
        margin (float): Distance that is far enough; positive.

    Returns:
        Variable: Scalar of the type of ``x0``; 0 for an empty batch.

    Raises:
        ValueError: If a label is neither 0 nor 1, or ``margin`` is not
            positive.

    See: R. Hadsell, S. Chopra, Y. LeCun, `Dimensionality Reduction by Learning
    an Invariant Mapping
    <http://yann.lecun.com/exdb/publis/pdf/hadsell-chopra-lecun-06.pdf>`_.

    .. admonition:: Example

       >>> import numpy as np
       >>> import chainer.functions as F
       >>> x0, x1 = np.zeros((2, 2), 'f'), np.array([[3, 4], [0, 0.5]], 'f')
       >>> float(F.contrastive(x0, x1, np.array([1, 0], 'i')).data)
       6.3125

    """
    return Contrastive(margin)(x0, x1, y)
