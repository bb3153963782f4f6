import numpy

from chainer import cuda, function, mode
from chainer.utils import type_check


class SelectItem(function.Function):
    """One element of each row."""

    argument_names = 'x', 't'

    def check_type_forward(self, in_types):
        type_check.expect(in_types.size() == 2)
        x_type, t_type = in_types
        type_check.expect(
            t_type.dtype == numpy.int32,
            x_type.ndim == 2,
            t_type.ndim == 1,
            x_type.shape[0] == t_type.shape[0],
        )

    def forward_cpu(self, inputs):
        x, t = inputs
        _check_indices(t, x.shape[1])
        return x[numpy.arange(len(t)), t],

    def backward_cpu(self, inputs, grad_outputs):
        x, t = inputs
        gx = numpy.zeros_like(x)
        gx[numpy.arange(len(t)), t] = grad_outputs[0]
        return gx, None

    def forward_gpu(self, inputs):
        x, t = inputs
        size = x.shape[1]
        # The check waits for the device.
        if mode.is_debug():
            _check_indices(t, size)
        nothing = numpy.nan if x.dtype.kind == 'f' else 0
        y = cuda.elementwise(
            'raw T x, int32 t, int64 size, T nothing', 'T y',
            'y = 0 <= t && t < size ? x[i * size + t] : nothing',
            'select_item_fwd')(x, t, size, nothing)
        return y,

    def backward_gpu(self, inputs, grad_outputs):
        x, t = inputs
        gx = cuda.cupy.zeros(x.shape, x.dtype)
        cuda.elementwise(
            'T gy, int32 t, int64 size', 'raw T gx',
            'if (0 <= t && t < size) gx[i * size + t] = gy',
            'select_item_bwd')(grad_outputs[0], t, x.shape[1], gx)
        return gx, None


def _check_indices(t, size):
    if ((t < 0) | (t >= size)).any():
        raise ValueError(f'indices t must lie in 0 <= t < {size}, the number '
                         f'of columns of x, but they reach from {t.min()} to '
                         f'{t.max()}')


def select_item(x, t):
    """Takes one element of each row: ``y[i] = x[i, t[i]]``.

    Args:
        x (Variable): Matrix, shape ``(N, K)``.
        t (Variable): Which element to take, shape ``(N,)``, int32.

    Returns:
        Variable: The elements, shape ``(N,)``, of the type of ``x``.

    Raises:
        ValueError: If an index is not that of a column. On a device this is
            checked in debug mode only; otherwise the element is NaN, or 0 if
            ``x`` holds integers, and no gradient comes from it.

    .. admonition:: Example

       >>> import numpy as np
       >>> import chainer.functions as F
       >>> x = np.array([[1, 2, 3], [4, 5, 6]])
       >>> F.select_item(x, np.array([2, 0], 'i')).data
       array([3, 4])

    """
    return SelectItem()(x, t)
