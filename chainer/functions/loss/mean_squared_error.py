import numpy

from chainer import cuda, function, utils
from chainer.functions.math import half
from chainer.utils import type_check


class MeanSquaredError(function.Function):
    """Mean of squared differences."""

    argument_names = 'x0', 'x1'

    def check_type_forward(self, in_types):
        type_check.expect(in_types.size() == 2)
        x0_type, x1_type = in_types
        type_check.expect(
            x0_type.dtype.kind == 'f',
            x1_type.dtype == x0_type.dtype,
            x0_type.shape == x1_type.shape,
        )

    def forward_cpu(self, inputs):
        x0, x1 = inputs
        # Squares do not fit into float16.
        wide = half.wide_type(x0.dtype)
        self.diff = numpy.subtract(x0, x1, dtype=wide)
        flat = self.diff.ravel()
        loss = float(flat.dot(flat)) / max(flat.size, 1)
        return numpy.array(loss, dtype=x0.dtype),

    def forward_gpu(self, inputs):
        x0, x1 = inputs
        return cuda.reduce(
            'T x0, T x1, float64 coeff', 'T loss',
            '((_type_reduce)x0 - x1) * ((_type_reduce)x0 - x1)', 'a + b',
            'loss = a * coeff', '0', 'mean_squared_error_fwd',
            reduce_type=half.KERNEL_TYPE)(x0, x1, 1 / max(x0.size, 1)),

    def backward_cpu(self, inputs, grad_outputs):
        coeff = 2 * float(grad_outputs[0]) / max(self.diff.size, 1)
        gx0 = utils.force_array(self.diff * coeff, inputs[0].dtype)
        return gx0, utils.force_array(-gx0)

    def backward_gpu(self, inputs, grad_outputs):
        x0, x1 = inputs
        return cuda.elementwise(
            'T x0, T x1, T gloss, float64 coeff', 'T gx0, T gx1',
            f'''
            typedef {half.KERNEL_TYPE} wide;
            gx0 = ((wide)x0 - x1) * (wide)(coeff * gloss);
            gx1 = -gx0;
            ''', 'mean_squared_error_bwd')(
                x0, x1, grad_outputs[0], 2 / max(x0.size, 1))


def mean_squared_error(x0, x1):
    """Mean squared error: the mean of :math:`(x_0 - x_1)^2`.

    The mean is over all elements, not over the examples alone, and there is no
    factor 1/2. Of empty arrays it is 0.

    Args:
        x0 (Variable): Array of floats of any shape.
        x1 (Variable): Array of the same shape and type.

    Returns:
        Variable: Scalar of the type of ``x0``.

    .. admonition:: Example

       >>> import numpy as np
       >>> import chainer.functions as F
       >>> x0, x1 = np.array([[1, 2], [3, 4]], 'f'), np.zeros((2, 2), 'f')
       >>> float(F.mean_squared_error(x0, x1).data)
       7.5

    """
    return MeanSquaredError()(x0, x1)
