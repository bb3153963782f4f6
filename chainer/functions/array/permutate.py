import numpy

from chainer import cuda, function, mode
from chainer.utils import argument, type_check


class Permutate(function.Function):
    """An array in another order along an axis."""

    argument_names = 'x', 'indices'

    def __init__(self, axis=0, inv=False):
        self.axis = argument.integer('axis', axis)
        self.inv = inv

    def check_type_forward(self, in_types):
        type_check.expect(in_types.size() == 2)
        x_type, indices_type = in_types
        type_check.expect(
            -x_type.ndim <= self.axis,
            self.axis < x_type.ndim,
            indices_type.dtype.kind == 'i',
            indices_type.ndim == 1,
            x_type.shape[self.axis] == indices_type.shape[0],
        )

    def forward(self, inputs):
        x, indices = inputs
        # On a device the check would wait for the device.
        if mode.is_debug() or isinstance(indices, numpy.ndarray):
            _check_permutation(indices)
        return _permuted(x, indices, self.axis, self.inv),

    def backward(self, inputs, grad_outputs):
        indices = inputs[1]
        return _permuted(
            grad_outputs[0], indices, self.axis, not self.inv), None


def _permuted(x, indices, axis, inv):
    if not inv:
        return x.take(indices, axis)
    if isinstance(x, cuda.ndarray):
        # One kernel, where the inverse would take three and take another.
        y = cuda.cupy.empty(x.shape, x.dtype)
        y[(slice(None),) * (axis % x.ndim) + (indices,)] = x
        return y
    inverse = numpy.empty_like(indices)
    inverse[indices] = numpy.arange(len(indices), dtype=indices.dtype)
    return x.take(inverse, axis)


def _check_permutation(indices):
    xp = cuda.get_array_module(indices)
    n = len(indices)
    in_range = ((0 <= indices) & (indices < n)).all()
    if not in_range or (xp.bincount(indices, minlength=n) != 1).any():
        raise ValueError(f'indices must be a permutation of the numbers from '
                         f'0 to {n - 1}, each of them once, but are '
                         f'{indices}')


def permutate(x, indices, axis=0, inv=False):
    """Puts an array into another order along an axis.

    For the first axis it is ``y[i] = x[indices[i]]``, or with ``inv`` the
    inverse, ``y[indices[i]] = x[i]``.

    Args:
        x (Variable): Array.
        indices (Variable): Permutation of ``0, ..., N - 1``, where ``N`` is
            the size of the axis; integers.
        axis (int): Axis to reorder; a negative one counts from the last.
        inv (bool): Put the array into the order that ``indices`` would bring
            back to that of ``x``.

    Returns:
        Variable: Array of the shape and type of ``x``.

    Raises:
        ValueError: If ``indices`` is not a permutation. On a device this is
            checked in debug mode only.

    .. admonition:: Example

       >>> import numpy as np
       >>> import chainer.functions as F
       >>> x, indices = np.array([10, 20, 30]), np.array([2, 0, 1], 'i')
       >>> F.permutate(x, indices).data
       array([30, 10, 20])
       >>> F.permutate(x, indices, inv=True).data
       array([20, 30, 10])

    """
    return Permutate(axis, inv)(x, indices)
