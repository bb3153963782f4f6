import copy

import numpy

from chainer import cuda, function, variable
from chainer.utils import type_check


def _is_basic(index):
    return index is None or index is Ellipsis or isinstance(
        index, (slice, int, numpy.integer))


class GetItem(function.Function):
    """Elements, rows, slices of an array."""

    def __init__(self, slices):
        if not isinstance(slices, tuple):
            slices = slices,
        for index in slices:
            if isinstance(index, variable.Variable):
                raise TypeError('a Variable cannot be an index: use its data')
        self.is_basic = all(_is_basic(index) for index in slices)
        # A list or array may be changed before the gradient is computed.
        self.slices = slices if self.is_basic else copy.deepcopy(slices)

    def check_type_forward(self, in_types):
        type_check.expect(in_types.size() == 1)

    def forward(self, inputs):
        y = inputs[0][self.slices]
        # An element taken by integers alone is a scalar to NumPy.
        return y if isinstance(y, type(inputs[0])) else numpy.asarray(y),

    def backward(self, inputs, grad_outputs):
        x, = inputs
        gy, = grad_outputs
        xp = cuda.get_array_module(x)
        gx = xp.zeros_like(x)
        # By arrays, an element may have been taken several times.
        if self.is_basic:
            gx[self.slices] = gy
        elif xp is numpy:
            numpy.add.at(gx, self.slices, gy)
        else:
            cuda.cupy.core.indexing.scatter_add(gx, self.slices, gy)
        return gx,


def get_item(x, slices):
    """Takes elements, rows or slices of an array, as ``x[slices]`` does.

    Args:
        x (Variable): Array.
        slices (int, slice, None, Ellipsis, sequence of int, or tuple of
            them): What to take. A list or an array of integers or booleans
            selects elements as it does in NumPy.

    Returns:
        Variable: Array of what was taken.

    Raises:
        IndexError: If an index is out of range.

    .. admonition:: Example

       >>> import numpy as np
       >>> from chainer import Variable
       >>> x = Variable(np.arange(6, dtype='f').reshape(2, 3))
       >>> x[1, ::2].data
       array([3., 5.], dtype=float32)
       >>> x[:, [2, 0]].data
       array([[2., 0.],
              [5., 3.]], dtype=float32)

    """
    return GetItem(slices)(x)


def install_variable_get_item():
    """Makes :func:`get_item` the indexing operator of variables."""
    def __getitem__(self, slices):
        """Takes elements. See :func:`chainer.functions.get_item`."""
        return get_item(self, slices)

    variable.Variable.__getitem__ = __getitem__
