from chainer import cuda, function, utils
from chainer.functions.math import maximum


class Minimum(function.Function):
    """Minimum of two arrays."""

    argument_names = 'x1', 'x2'

    def check_type_forward(self, in_types):
        maximum.check_pair(in_types)

    def forward(self, inputs):
        xp = cuda.get_array_module(*inputs)
        return utils.force_array(xp.minimum(*inputs)),

    def backward_cpu(self, inputs, grad_outputs):
        x1, x2 = inputs
        return maximum.share(grad_outputs[0], x1 <= x2)

    def backward_gpu(self, inputs, grad_outputs):
        return cuda.elementwise(
            'T x1, T x2, T gy', 'T gx1, T gx2',
            'gx1 = x1 <= x2 ? gy : (T)0; gx2 = x1 <= x2 ? (T)0 : gy',
            'minimum_bwd')(*inputs, grad_outputs[0])


def minimum(x1, x2):
    """Minimum of two arrays, elementwise.

    The gradient goes to the smaller element; of two equal ones, to that of
    ``x1``.

    Args:
        x1 (Variable): Array of floats of any shape.
        x2 (Variable): Array of the shape and type of ``x1``.

    Returns:
        Variable: Array of this shape and type. It is NaN where there is a NaN.

    .. seealso:: :func:`maximum`, :func:`min`

    .. admonition:: Example

       >>> import numpy as np
       >>> import chainer.functions as F
       >>> F.minimum(np.array([1, 5], 'f'), np.array([4, 2], 'f')).data
       array([1., 2.], dtype=float32)

    """
    return Minimum()(x1, x2)
