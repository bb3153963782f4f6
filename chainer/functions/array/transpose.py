from chainer import function
from chainer.utils import argument, type_check


class Transpose(function.Function):
    """An array with its axes in another order."""

    def __init__(self, axes=None):
        self.axes = None if axes is None else argument.integers('axes', axes)

    @property
    def label(self):
        return f'Transpose {self.axes}'

    def check_type_forward(self, in_types):
        type_check.expect(in_types.size() == 1)
        if self.axes is None:
            return
        type_check.expect(in_types[0].ndim == len(self.axes))
        ndim = len(self.axes)
        named = {axis % ndim for axis in self.axes if -ndim <= axis < ndim}
        if len(named) < ndim:
            raise ValueError(
                f'axes must name each of the {ndim} axes of x once, but is '
                f'{self.axes}')

    def forward(self, inputs):
        return inputs[0].transpose(self.axes),

    def backward(self, inputs, grad_outputs):
        gy, = grad_outputs
        if self.axes is None:
            return gy.transpose(),
        inverse = [0] * gy.ndim
        for i, axis in enumerate(self.axes):
            inverse[axis] = i
        return gy.transpose(inverse),


def transpose(x, axes=None):
    """Puts the axes of an array into another order, without a copy.

    Args:
        x (Variable): Array.
        axes (tuple of int): For each axis of the result, which axis of ``x``
            it is; negative numbers count from the last. By default the order
            is reversed.

    Returns:
        Variable: View of ``x``.

    Raises:
        ValueError: If ``axes`` does not name each axis once.

    .. admonition:: Example

       >>> import numpy as np
       >>> import chainer.functions as F
       >>> x = np.zeros((2, 3, 4), 'f')
       >>> F.transpose(x).shape, F.transpose(x, (0, 2, 1)).shape
       ((4, 3, 2), (2, 4, 3))

    """
    return Transpose(axes)(x)
