from chainer import cuda, function, utils
from chainer.functions.math import masking
from chainer.utils import type_check


def check_pair(in_types):
    """Checks that two inputs are floats, of one shape and type."""
    type_check.expect(in_types.size() == 2)
    x1_type, x2_type = in_types
    type_check.expect(
        x1_type.dtype.kind == 'f',
        x2_type.dtype == x1_type.dtype,
        x2_type.shape == x1_type.shape,
    )


def share(gy, is_first):
    """Shares a gradient out: to the first input where it was chosen."""
    return masking.masked(gy, is_first), masking.masked(gy, ~is_first)


class Maximum(function.Function):
    """Maximum of two arrays."""

    argument_names = 'x1', 'x2'

    def check_type_forward(self, in_types):
        check_pair(in_types)

    def forward(self, inputs):
        xp = cuda.get_array_module(*inputs)
        return utils.force_array(xp.maximum(*inputs)),

    def backward_cpu(self, inputs, grad_outputs):
        x1, x2 = inputs
        return share(grad_outputs[0], x1 >= x2)

    def backward_gpu(self, inputs, grad_outputs):
        return cuda.elementwise(
            'T x1, T x2, T gy', 'T gx1, T gx2',
            'gx1 = x1 >= x2 ? gy : (T)0; gx2 = x1 >= x2 ? (T)0 : gy',
            'maximum_bwd')(*inputs, grad_outputs[0])


def maximum(x1, x2):
    """Maximum of two arrays, elementwise.

    The gradient goes to the larger element; of two equal ones, to that of
    ``x1``.

    Args:
        x1 (Variable): Array of floats of any shape.
        x2 (Variable): Array of the shape and type of ``x1``.

    Returns:
        Variable: Array of this shape and type. It is NaN where there is a NaN.

    .. seealso:: :func:`minimum`, :func:`max`

    .. admonition:: Example

       >>> import numpy as np
       >>> import chainer.functions as F
       >>> F.maximum(np.array([1, 5], 'f'), np.array([4, 2], 'f')).data
       array([4., 5.], dtype=float32)

    """
    return Maximum()(x1, x2)
