import numpy

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

    def forward_cpu(self, inputs):
        x = array.as_mat(inputs[0])
        # Squares of half precision may vanish, though their sum does not.
        y = numpy.square(x, dtype=half.wide_type(x.dtype)).sum(axis=1)
        return y.astype(x.dtype, copy=False),

    def backward_cpu(self, inputs, grad_outputs):
        x, gy = _with_axes(inputs[0], grad_outputs[0])
        return x * (gy + gy),

    def forward_gpu(self, inputs):
        x, = inputs
        y = cuda.reduce(
            'T x', 'T y', '(_type_reduce)x * x', 'a + b', 'y = a', '0',
            'batch_l2_norm_squared', reduce_type=half.wide_type(x.dtype).name)(
                x, axis=tuple(range(1, x.ndim)))
        return y,

    def backward_gpu(self, inputs, grad_outputs):
        gx = cuda.elementwise(
            'T x, T gy', 'T gx', 'gx = x * (gy + gy)',
            'batch_l2_norm_squared_bwd')(
                *_with_axes(inputs[0], grad_outputs[0]))
        return gx,


def _with_axes(x, gy):
    return x, gy.reshape((len(x),) + (1,) * (x.ndim - 1))


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
