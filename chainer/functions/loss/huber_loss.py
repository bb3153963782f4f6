import numpy

from chainer import cuda, function
from chainer.functions.math import half
from chainer.utils import argument, type_check


class HuberLoss(function.Function):
    """Squared error near 0, absolute error far from it."""

    argument_names = 'x', 't'

    def __init__(self, delta):
        self.delta = argument.number('delta', delta)
        if not delta >= 0:
            raise ValueError(f'delta must not be negative, but is {delta}')

    def check_type_forward(self, in_types):
        type_check.expect(in_types.size() == 2)
        x_type, t_type = in_types
        type_check.expect(
            x_type.dtype.kind == 'f',
            t_type.dtype == x_type.dtype,
            x_type.ndim >= 2,
            t_type.shape == x_type.shape,
        )

    def forward_cpu(self, inputs):
        x, t = inputs
        wide = half.wide_type(x.dtype)
        error = numpy.subtract(x, t, dtype=wide)
        # Of both branches the slope s is the clipped error a, and the value
        # is s (a - s / 2).
        self.slope = numpy.clip(error, -self.delta, self.delta)
        error -= self.slope * 0.5
        error *= self.slope
        return error.sum(axis=1).astype(x.dtype, copy=False),

    def forward_gpu(self, inputs):
        x, t = inputs
        return cuda.reduce(
            'T x, T t, float64 delta', 'T y',
            'huber_term<_type_reduce>((_type_reduce)x - t, delta)', 'a + b',
            'y = a', '0', 'huber_loss_fwd', reduce_type=half.KERNEL_TYPE,
            preamble=f'''{_CLIPPED}
            template <typename F>
            __device__ inline F huber_term(F error, F delta) {{
              const F slope = clipped(error, delta);
              return slope * (error - slope / 2);
            }}
            ''')(x, t, self.delta, axis=1),

    def backward_cpu(self, inputs, grad_outputs):
        gy = grad_outputs[0][:, None]
        gx = (self.slope * gy).astype(inputs[0].dtype, copy=False)
        return gx, -gx

    def backward_gpu(self, inputs, grad_outputs):
        x, t = inputs
        return cuda.elementwise(
            'T x, T t, T gy, float64 delta', 'T gx, T gt',
            f'''
            typedef {half.KERNEL_TYPE} wide;
            gx = clipped<wide>((wide)x - t, delta) * gy;
            gt = -gx;
            ''', 'huber_loss_bwd', preamble=_CLIPPED)(
                x, t, grad_outputs[0][:, None], self.delta)


_CLIPPED = '''
template <typename F>
__device__ inline F clipped(F error, F delta) {
  return error > delta ? delta : error < -delta ? -delta : error;
}
'''


def huber_loss(x, t, delta):
    """Huber loss, which counts outliers less than the squared error does.

    With :math:`a = x - t` it is, for each example, the sum over

    .. math::
       L_\\delta(a) = \\left\\{ \\begin{array}{ll}
           \\frac{1}{2} a^2 & \\text{if } |a| \\le \\delta, \\\\
           \\delta \\, (|a| - \\frac{1}{2} \\delta) & \\text{otherwise.}
       \\end{array} \\right.

    Args:
        x (Variable): Predictions, shape ``(N, K)``, floats.
        t (Variable): Targets, of the shape and type of ``x``.
        delta (float): Where the loss turns from the square to a line; not
            negative.

    Returns:
        Variable: Loss of each example, shape ``(N,)``, of the type of ``x``.
        Take the mean, or another reduction, to train with it. Further axes of
        ``x`` are kept: only the second one is summed over.

    Raises:
        ValueError: If ``delta`` is negative.

    See: P. J. Huber, `Robust Estimation of a Location Parameter
    <https://doi.org/10.1214/aoms/1177703732>`_.

    .. admonition:: Example

       >>> import numpy as np
       >>> import chainer.functions as F
       >>> x, t = np.array([[0, 1], [0, 10]], 'f'), np.zeros((2, 2), 'f')
       >>> F.huber_loss(x, t, delta=1).data
       array([0.5, 9.5], dtype=float32)

    """
    return HuberLoss(delta)(x, t)
