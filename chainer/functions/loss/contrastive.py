import numpy

from chainer import cuda, function, mode
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

    def forward_cpu(self, inputs):
        x0, x1, y = inputs
        _check_labels(y)
        wide = half.wide_type(x0.dtype)
        self.diff = numpy.subtract(x0, x1, dtype=wide)
        squares = (self.diff * self.diff).sum(axis=1)
        self.dist = numpy.sqrt(squares)
        self.gap = numpy.maximum(float(self.margin) - self.dist, 0)
        terms = numpy.where(y == 1, squares, self.gap * self.gap)
        loss = float(terms.sum()) / max(2 * len(y), 1)
        return numpy.array(loss, dtype=x0.dtype),

    def forward_gpu(self, inputs):
        x0, x1, y = inputs
        if mode.is_debug():
            _check_labels(y)
        wide = half.wide_name(x0.dtype)
        self.dist = cuda.reduce(
            'T x0, T x1', f'{wide} dist',
            '((_type_reduce)x0 - x1) * ((_type_reduce)x0 - x1)', 'a + b',
            'dist = sqrt(a)', '0', 'contrastive_dist')(x0, x1, axis=1)
        loss = cuda.cupy.empty((), x0.dtype)
        # A number that is no label makes all NaN.
        return cuda.reduce(
            'W dist, S y, W margin, float64 coeff', 'T loss',
            '''y == 1 ? dist * dist : y != 0 ? (W)(0. / 0.) :
               dist > margin ? (W)0 : (margin - dist) * (margin - dist)''',
            'a + b', 'loss = a * coeff', '0', 'contrastive_fwd',
            reduce_type='W')(
                self.dist, y, self.margin, 1 / max(2 * len(y), 1), loss),

    def backward_cpu(self, inputs, grad_outputs):
        x0, _, y = inputs
        # Equal points push each other nowhere.
        dist = numpy.where(self.dist > 0, self.dist, self.dist.dtype.type(1))
        pull = numpy.where(y == 1, self.dist.dtype.type(1), -self.gap / dist)
        pull *= float(grad_outputs[0]) / max(len(y), 1)
        gx0 = (self.diff * pull[:, None]).astype(x0.dtype, copy=False)
        return gx0, -gx0, None

    def backward_gpu(self, inputs, grad_outputs):
        x0, x1, y = inputs
        gx0, gx1 = cuda.elementwise(
            'T x0, T x1, S y, W dist, T gloss, W margin, float64 coeff',
            'T gx0, T gx1',
            '''
            const W push = dist > margin || dist == 0 ?
                (W)0 : (margin - dist) / dist;
            const W pull =
                y == 1 ? (W)1 : y == 0 ? -push : (W)(0. / 0.);
            gx0 = ((W)x0 - x1) * (pull * (W)(coeff * gloss));
            gx1 = -gx0;
            ''', 'contrastive_bwd')(
                x0, x1, y[:, None], self.dist[:, None], grad_outputs[0],
                self.margin, 1 / max(len(y), 1))
        return gx0, gx1, None


def _check_labels(y):
    if ((y != 0) & (y != 1)).any():
        raise ValueError(f'labels y must be 0 or 1, but they reach from '
                         f'{y.min()} to {y.max()}')


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
            positive. On a device labels are checked in debug mode only; else
            a wrong one makes the loss and its gradient NaN.

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
