import numpy

from chainer import cuda, function
from chainer.functions.math import half
from chainer.utils import argument, type_check


class Triplet(function.Function):
    """Triplet loss."""

    argument_names = 'anchor', 'positive', 'negative'

    def __init__(self, margin):
        self.margin = argument.number('margin', margin)
        if not margin > 0:
            raise ValueError(f'margin must be positive, but is {margin}')

    def check_type_forward(self, in_types):
        type_check.expect(in_types.size() == 3)
        anchor_type, positive_type, negative_type = in_types
        type_check.expect(
            anchor_type.dtype.kind == 'f',
            positive_type.dtype == anchor_type.dtype,
            negative_type.dtype == anchor_type.dtype,
            anchor_type.ndim >= 2,
            positive_type.shape == anchor_type.shape,
            negative_type.shape == anchor_type.shape,
        )

    def forward_cpu(self, inputs):
        anchor, positive, negative = inputs
        wide = half.wide_type(anchor.dtype)
        self.near = numpy.subtract(anchor, positive, dtype=wide)
        self.far = numpy.subtract(anchor, negative, dtype=wide)
        excess = (self.near * self.near - self.far * self.far).sum(axis=1)
        excess += float(self.margin)
        # Those that are NaN, too.
        self.counted = ~(excess <= 0)
        loss = float(excess[self.counted].sum()) / max(len(anchor), 1)
        return numpy.array(loss, dtype=anchor.dtype),

    def forward_gpu(self, inputs):
        anchor = inputs[0]
        wide = half.wide_name(anchor.dtype)
        self.excess = cuda.reduce(
            'T a, T p, T q, float64 margin', f'{wide} excess',
            '''((_type_reduce)a - p) * ((_type_reduce)a - p) -
               ((_type_reduce)a - q) * ((_type_reduce)a - q)''', 'a + b',
            'excess = a + margin', '0', 'triplet_excess')(
                *inputs, self.margin, axis=1)
        loss = cuda.cupy.empty((), anchor.dtype)
        return cuda.reduce(
            'W excess, float64 coeff', 'T loss',
            'excess <= 0 ? (W)0 : excess', 'a + b', 'loss = a * coeff', '0',
            'triplet_fwd', reduce_type='W')(
                self.excess, 1 / max(len(anchor), 1), loss),

    def backward_cpu(self, inputs, grad_outputs):
        n = len(inputs[0])
        coeff = 2 * float(grad_outputs[0]) / max(n, 1)
        # Rows that are far enough apart get 0.
        coeffs = (self.counted * self.near.dtype.type(coeff))[:, None]
        dtype = inputs[0].dtype
        return (((self.near - self.far) * coeffs).astype(dtype, copy=False),
                (self.near * -coeffs).astype(dtype, copy=False),
                (self.far * coeffs).astype(dtype, copy=False))

    def backward_gpu(self, inputs, grad_outputs):
        return cuda.elementwise(
            'T a, T p, T q, W excess, T gloss, float64 coeff',
            'T ga, T gp, T gq',
            '''
            const W scale = excess <= 0 ? (W)0 : (W)(coeff * gloss);
            ga = (((W)a - p) - ((W)a - q)) * scale;
            gp = ((W)p - a) * scale;
            gq = ((W)a - q) * scale;
            ''', 'triplet_bwd')(
                *inputs, self.excess[:, None], grad_outputs[0],
                2 / max(len(inputs[0]), 1))


def triplet(anchor, positive, negative, margin=0.2):
    """Triplet loss: an anchor is to be nearer to one example than to another.

    .. math::
       L = \\frac{1}{N} \\sum_{n=1}^N \\max(
           d(a_n, p_n) - d(a_n, n_n) + \\mathrm{margin}, 0), \\quad
       d(x, y) = \\| x - y \\|_2^2,

    where :math:`a` is the anchor, :math:`p` the positive example, which shall
    be near, and :math:`n` the negative one, which shall be farther away by a
    margin.

    Args:
        anchor (Variable): Anchors, shape ``(N, K)``, floats.
        positive (Variable): Positive examples, of the shape and type of
            ``anchor``.
        negative (Variable): Negative examples, of the shape and type of
            ``anchor``.
        margin (float): Margin; positive.

    Returns:
        Variable: Scalar of the type of ``anchor``; 0 for an empty batch.

    Raises:
        ValueError: If ``margin`` is not positive.

    See: J. Wang et al., `Learning Fine-grained Image Similarity with Deep
    Ranking <https://arxiv.org/abs/1404.4661>`_.

    .. admonition:: Example

       >>> import numpy as np
       >>> import chainer.functions as F
       >>> anchor = np.zeros((1, 2), 'f')
       >>> positive, negative = anchor + 1, anchor + 0.5
       >>> float(F.triplet(anchor, positive, negative, margin=0.25).data)
       1.75

    """
    return Triplet(margin)(anchor, positive, negative)
