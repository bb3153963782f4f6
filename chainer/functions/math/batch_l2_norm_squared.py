
from chainer import cuda, function
from chainer.functions.math import half
from chainer.utils import array, type_check


class BatchL2NormSquared(function.Function):
    """Sum of squares of each row."""

    def check_type_forward(self, in_types):
        type_check.expect(in_types.size() == 1)
        x_type, = in_types
        type_check.expect(
            x_type.dtype.kind == 'f',
            x_type.ndim >= 2,
        )

    def forward(self, inputs):
        x = array.as_mat(inputs[0])
        xp = cuda.get_array_module(x)
        # Squares of half precision may vanish, though their sum does not.
        wide = half.wide_type(x.dtype)
        y = xp.square(x, dtype=wide).sum(axis=1)
        return y.astype(x.dtype, copy=False),

    def backward(self, inputs, grad_outputs):
        x, = inputs
        gy, = grad_outputs
        gy = gy.reshape((len(x),) + (1,) * (x.ndim - 1))
        return x * (gy + gy),


def batch_l2_norm_squared(x):
    """Square of the Euclidean norm of each vector of a minibatch.

    Args:
        x (Variable): Minibatch of vectors, shape ``(B, N)``, floats, or of
            arrays of ``N`` elements.

    Returns:
        Variable: Array of shape ``(B,)`` and the type of ``x``.

    .. admonition:: Example

       >>> import numpy as np
       >>> import chainer.functions as F
       >>> F.batch_l2_norm_squared(np.array([[3, 4], [1, 1]], 'f')).data
       array([25.,  2.], dtype=float32)

    """
    return BatchL2NormSquared()(x)
