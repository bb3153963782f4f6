import numpy

from chainer import cuda, function, utils
from chainer.functions.math import masking
from chainer.utils import argument, type_check


class Clip(function.Function):
    """Limits to an interval."""

    def __init__(self, x_min, x_max):
        self.x_min = argument.number('x_min', x_min)
        self.x_max = argument.number('x_max', x_max)
        if not x_min < x_max:
            raise ValueError(f'x_min must be less than x_max, but they are '
                             f'{x_min} and {x_max}')

    def check_type_forward(self, in_types):
        type_check.expect(in_types.size() == 1)
        x_type, = in_types
        type_check.expect(x_type.dtype.kind == 'f')

    def forward_cpu(self, inputs):
        x, = inputs
        return utils.force_array(numpy.clip(x, *self._bounds(x))),

    def backward_cpu(self, inputs, grad_outputs):
        x, = inputs
        x_min, x_max = self._bounds(x)
        is_inside = (x_min <= x) & (x <= x_max)
        return masking.masked(grad_outputs[0], is_inside),

    def forward_gpu(self, inputs):
        y = cuda.elementwise(
            'T x, float64 x_min, float64 x_max', 'T y', '''
            y = x < (T)x_min ? (T)x_min : x > (T)x_max ? (T)x_max : x;
            ''', 'clip_fwd')(inputs[0], self.x_min, self.x_max)
        return y,

    def backward_gpu(self, inputs, grad_outputs):
        gx = cuda.elementwise(
            'T x, T gy, float64 x_min, float64 x_max', 'T gx',
            'gx = (T)x_min <= x && x <= (T)x_max ? gy : (T)0', 'clip_bwd')(
                inputs[0], grad_outputs[0], self.x_min, self.x_max)
        return gx,

    def _bounds(self, x):
        # A bound that the type cannot hold becomes infinite, which is none.
        with numpy.errstate(over='ignore'):
            return x.dtype.type(self.x_min), x.dtype.type(self.x_max)


def clip(x, x_min, x_max):
    """Limits to an interval, elementwise: :math:`\\min(\\max(x, a), b)`.

    The gradient is 1 inside of the interval and on its ends, and 0 outside.

    Args:
        x (Variable): Array of floats of any shape.
        x_min (float): Lower end :math:`a` of the interval.
        x_max (float): Upper end :math:`b`.

    Returns:
        Variable: Array of the shape and type of ``x``.

    Raises:
        TypeError: If an end is not a number.
        ValueError: If ``x_min`` is not less than ``x_max``.

    .. admonition:: Example

       >>> import numpy as np
       >>> import chainer.functions as F
       >>> F.clip(np.array([-5, 0.5, 5], 'f'), 0, 1).data
       array([0. , 0.5, 1. ], dtype=float32)

    """
    return Clip(x_min, x_max)(x)
