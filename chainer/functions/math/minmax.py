import numpy

from chainer import cuda, function, utils
from chainer.functions.math import masking, reduction
from chainer.utils import argument, type_check


class _Extremum(reduction.Reduction):

    def __init__(self, axis=None, keepdims=False):
        super().__init__(axis)
        self.keepdims = keepdims

    def check_type_forward(self, in_types):
        super().check_type_forward(in_types)
        reduction.check_not_empty(in_types[0], self.axis)

    def backward_cpu(self, inputs, grad_outputs):
        x, = inputs
        is_extreme = x == self.with_axes(self.y, x)
        gy = self.with_axes(grad_outputs[0], x)
        return masking.masked(gy, is_extreme),

    def backward_gpu(self, inputs, grad_outputs):
        x, = inputs
        gx = cuda.elementwise(
            'T x, T y, T gy', 'T gx', 'gx = x == y ? gy : (T)0',
            'extremum_bwd')(x, self.with_axes(self.y, x),
                            self.with_axes(grad_outputs[0], x))
        return gx,


class Max(_Extremum):
    """Maximum along axes."""

    def forward(self, inputs):
        self.y = utils.force_array(
            inputs[0].max(axis=self.axis, keepdims=self.keepdims))
        return self.y,


class Min(_Extremum):
    """Minimum along axes."""

    def forward(self, inputs):
        self.y = utils.force_array(
            inputs[0].min(axis=self.axis, keepdims=self.keepdims))
        return self.y,


class _IndexOfExtremum(function.Function):

    def __init__(self, axis=None):
        self.axis = None if axis is None else argument.integer('axis', axis)

    def check_type_forward(self, in_types):
        type_check.expect(in_types.size() == 1)
        x_type, = in_types
        type_check.expect(x_type.dtype.kind == 'f')
        axes = None
        if self.axis is not None:
            reduction.check_axis(x_type, self.axis)
            axes = self.axis,
        reduction.check_not_empty(x_type, axes)

    def backward(self, inputs, grad_outputs):
        return None,


class ArgMax(_IndexOfExtremum):
    """Index of the maximum."""

    def forward(self, inputs):
        index = inputs[0].argmax(axis=self.axis)
        return utils.force_array(index.astype(numpy.int32)),


class ArgMin(_IndexOfExtremum):
    """Index of the minimum."""

    def forward(self, inputs):
        index = inputs[0].argmin(axis=self.axis)
        return utils.force_array(index.astype(numpy.int32)),


def max(x, axis=None, keepdims=False):
    """Maximum along axes.

    Every element that equals the maximum gets the gradient, the whole of it,
    also if there are several.

    Args:
        x (Variable): Array of floats of any shape.
        axis (None, int or tuple of int): Axes to look along; negative ones
            count from the last. By default all.
        keepdims (bool): Keep these axes, with length 1.

    Returns:
        Variable: Array of the type of ``x``, without these axes unless
        ``keepdims`` is true. It is NaN where there is a NaN.

    Raises:
        chainer.utils.type_check.InvalidType: If there are no elements to
            choose from.

    .. seealso:: :func:`argmax`, :func:`maximum`

    .. admonition:: Example

       >>> import numpy as np
       >>> import chainer.functions as F
       >>> x = np.array([[1, 5], [4, 2]], 'f')
       >>> F.max(x, axis=1).data
       array([5., 4.], dtype=float32)
       >>> F.max(x, keepdims=True).data
       array([[5.]], dtype=float32)

    """
    return Max(axis, keepdims)(x)


def min(x, axis=None, keepdims=False):
    """Minimum along axes.

    Every element that equals the minimum gets the gradient, the whole of it,
    also if there are several.

    Args:
        x (Variable): Array of floats of any shape.
        axis (None, int or tuple of int): Axes to look along; negative ones
            count from the last. By default all.
        keepdims (bool): Keep these axes, with length 1.

    Returns:
        Variable: Array of the type of ``x``, without these axes unless
        ``keepdims`` is true. It is NaN where there is a NaN.

    Raises:
        chainer.utils.type_check.InvalidType: If there are no elements to
            choose from.

    .. seealso:: :func:`argmin`, :func:`minimum`

    .. admonition:: Example

       >>> import numpy as np
       >>> import chainer.functions as F
       >>> x = np.array([[1, 5], [4, 2]], 'f')
       >>> F.min(x, axis=1).data
       array([1., 2.], dtype=float32)

    """
    return Min(axis, keepdims)(x)


def argmax(x, axis=None):
    """Index of the maximum along an axis. It is not differentiable.

    Args:
        x (Variable): Array of floats of any shape.
        axis (None or int): Axis to look along; a negative one counts from the
            last. By default the array is looked through as if it was flat.

    Returns:
        Variable: Array of int32, without this axis: the index of the first
        element that is the maximum, or NaN.

    Raises:
        chainer.utils.type_check.InvalidType: If there are no elements to
            choose from.

    .. seealso:: :func:`max`

    .. admonition:: Example

       >>> import numpy as np
       >>> import chainer.functions as F
       >>> x = np.array([[1, 5], [4, 2]], 'f')
       >>> F.argmax(x, axis=1).data
       array([1, 0], dtype=int32)

    """
    return ArgMax(axis)(x)


def argmin(x, axis=None):
    """Index of the minimum along an axis. It is not differentiable.

    Args:
        x (Variable): Array of floats of any shape.
        axis (None or int): Axis to look along; a negative one counts from the
            last. By default the array is looked through as if it was flat.

    Returns:
        Variable: Array of int32, without this axis: the index of the first
        element that is the minimum, or NaN.

    Raises:
        chainer.utils.type_check.InvalidType: If there are no elements to
            choose from.

    .. seealso:: :func:`min`

    .. admonition:: Example

       >>> import numpy as np
       >>> import chainer.functions as F
       >>> x = np.array([[1, 5], [4, 2]], 'f')
       >>> F.argmin(x, axis=1).data
       array([0, 1], dtype=int32)

    """
    return ArgMin(axis)(x)
