import numpy

from chainer import cuda, function
from chainer.functions.math import half
from chainer.utils import argument, type_check


class NormalizeL2(function.Function):
    """Division of each row by its length."""

    def __init__(self, eps=1e-5):
        self.eps = argument.number('eps', eps)

    def check_type_forward(self, in_types):
        type_check.expect(in_types.size() == 1)
        x_type, = in_types
        type_check.expect(
            x_type.dtype.kind == 'f',
            x_type.ndim == 2,
        )

    def forward_cpu(self, inputs):
        x, = inputs
        wide = half.widen(x)
        self.norm = _norms(wide)
        y = wide / (self.norm + self.eps)
        return y.astype(x.dtype, copy=False),

    def backward_cpu(self, inputs, grad_outputs):
        # y = x / s with s = |x| + eps, and the gradient of |x| is the
        # direction u = x / |x|: gx = (gy - u (y . gy)) / s.
        x, = inputs
        gy, = grad_outputs
        gy = half.widen(gy)
        size = self.norm + self.eps
        # A row of zeros has no direction; it counts as zero.
        u = x / numpy.where(self.norm > 0, self.norm, 1)
        along = _dot(u, gy)
        along *= self.norm / size
        u *= along
        gx = numpy.subtract(gy, u, out=u)
        gx /= size
        if gx.dtype != x.dtype:
            # In float16 even 1 / eps is too large.
            limit = float(numpy.finfo(x.dtype).max)
            gx = numpy.clip(gx, -limit, limit)
        return gx.astype(x.dtype, copy=False),

    def forward_gpu(self, inputs):
        x, = inputs
        self.norm = _norms_on_device(x)
        y = cuda.elementwise(
            'T x, W norm, W eps', 'T y', 'y = x / (norm + eps)',
            'normalize_fwd')(x, self.norm, self.eps)
        return y,

    def backward_gpu(self, inputs, grad_outputs):
        x, = inputs
        gy, = grad_outputs
        # The product of the direction and gy. See backward_cpu.
        along = cuda.reduce(
            'T x, T gy, W norm', 'W along', 'norm > 0 ? x / norm * gy : (W)0',
            'a + b', 'along = a', '0', 'normalize_bwd_along')(
                x, gy, self.norm, axis=1, keepdims=True)
        limit = (numpy.finfo(x.dtype).max if x.dtype == numpy.float16
                 else numpy.inf)
        gx = cuda.elementwise(
            'T x, T gy, W norm, W along, W eps, W limit', 'T gx', '''
            W u = norm > 0 ? x / norm : (W)0;
            W g = (gy - u * (along * (norm / (norm + eps)))) / (norm + eps);
            gx = g > limit ? limit : g < -limit ? -limit : g;
            ''', 'normalize_bwd')(
                x, gy, self.norm, along, self.eps, float(limit))
        return gx,


def _dot(x, y):
    """Returns the scalar products of rows, as a column."""
    return numpy.einsum('ij,ij->i', x, y)[:, None]


def _norms(x):
    """Returns the lengths of rows, as a column."""
    squares = _dot(x, x)
    limits = numpy.finfo(x.dtype)
    if x.size > 0 and not (
            (squares > limits.tiny / limits.eps) &
            (squares < limits.max)).all():
        # Squares overflow and vanish long before the numbers do.
        largest = abs(x).max(axis=1, keepdims=True)
        largest = numpy.where(largest > 0, largest, 1)
        scaled = x / largest
        return largest * numpy.sqrt(_dot(scaled, scaled))
    return numpy.sqrt(squares)


def _norms_on_device(x):
    """Returns the lengths of rows, as a column."""
    wide = half.wide_type(x.dtype)
    norm = cuda.cupy.empty((len(x), 1), wide)
    # To look for squares that overflow or vanish would wait for the device.
    # Those of other types do neither in float64.
    scale = wide.type(1)
    if wide == numpy.float64 and x.size > 0:
        scale = abs(x).max(axis=1, keepdims=True)
    cuda.reduce(
        'T x, W scale', 'W norm',
        'x == 0 ? 0. : ((double)x / scale) * ((double)x / scale)', 'a + b',
        'norm = sqrt(a)', '0', 'normalize_norm', reduce_type='double')(
            x, scale, norm, axis=1, keepdims=True)
    if scale.ndim > 0:
        norm *= scale
    return norm


def normalize(x, eps=1e-5):
    """Divides each row by its Euclidean norm (L2 norm).

    .. math::
       y_i = \\frac{x_i}{\\|x_i\\|_2 + \\epsilon}

    A row of zeros stays zero, and the gradient there is that of a division by
    :math:`\\epsilon`. The norm of large or small numbers neither overflows nor
    vanishes.

    Args:
        x (Variable): Minibatch of vectors, shape ``(N, K)``, floats.
        eps (float): What is added to the norm, so that nothing is divided by
            zero.

    Returns:
        Variable: Array of the shape and type of ``x``.

    .. admonition:: Example

       >>> import numpy as np
       >>> import chainer.functions as F
       >>> F.normalize(np.array([[3, 4], [0, 0]], 'f')).data.round(3)
       array([[0.6, 0.8],
              [0. , 0. ]], dtype=float32)

    """
    return NormalizeL2(eps)(x)
