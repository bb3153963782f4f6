import numpy

from chainer import cuda, function
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

    def forward(self, inputs):
        x, t = inputs
        size = x.shape[1]
        if ((t < 0) | (t >= size)).any():
            raise ValueError(f'indices t must lie in 0 <= t < {size}, the '
                             f'number of columns of x, but they reach from '
                             f'{t.min()} to {t.max()}')
        xp = cuda.get_array_module(x)
        return x[xp.arange(len(t)), t],

    def backward(self, inputs, grad_outputs):
        x, t = inputs
        xp = cuda.get_array_module(x)
        gx = xp.zeros_like(x)
        gx[xp.arange(len(t)), t] = grad_outputs[0]
        return gx, None


def select_item(x, t):
    """Takes one element of each row: ``y[i] = x[i, t[i]]``.

    Args:
        x (Variable): Matrix, shape ``(N, K)``.
        t (Variable): Which element to take, shape ``(N,)``, int32.

    Returns:
        Variable: The elements, shape ``(N,)``, of the type of ``x``.

    Raises:
        ValueError: If an index is not that of a column.

    .. admonition:: Example

       >>> import numpy as np
       >>> import chainer.functions as F
       >>> x = np.array([[1, 2, 3], [4, 5, 6]])
       >>> F.select_item(x, np.array([2, 0], 'i')).data
       array([3, 4])

    """
    return SelectItem()(x, t)
