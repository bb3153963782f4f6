
from chainer import cuda, function
from chainer.functions.math import half
from chainer.utils import type_check


class CrossCovariance(function.Function):
    """Half the sum of squared covariances."""

    argument_names = 'y', 'z'

    def check_type_forward(self, in_types):
        type_check.expect(in_types.size() == 2)
        y_type, z_type = in_types
        type_check.expect(
            y_type.dtype.kind == 'f',
            z_type.dtype == y_type.dtype,
            y_type.ndim == 2,
            z_type.ndim == 2,
            z_type.shape[0] == y_type.shape[0],
        )

    def forward(self, inputs):
        y, z = inputs
        xp = cuda.get_array_module(y)
        self.y, self.z = _center(y), _center(z)
        self.covariance = self.y.T.dot(self.z)
        self.covariance /= max(len(y), 1)
        flat = self.covariance.ravel()
        return xp.asarray(flat.dot(flat) * 0.5, dtype=y.dtype),

    def backward(self, inputs, grad_outputs):
        y, z = inputs
        # The gradient by a mean is 0: the columns of y and z sum up to 0.
        slope = self.covariance * (
            half.widen(grad_outputs[0]) / max(len(y), 1))
        return (self.z.dot(slope.T).astype(y.dtype, copy=False),
                self.y.dot(slope).astype(z.dtype, copy=False))


def _center(x):
    x = x.astype(half.wide_type(x.dtype))
    x -= x.sum(axis=0) / max(len(x), 1)
    return x


def cross_covariance(y, z):
    """Cross-covariance penalty: half the sum of squared covariances.

    It is

    .. math::
       L = \\frac{1}{2} \\sum_{i, j} \\left(
           \\frac{1}{N} \\sum_{n=1}^N
           (y_{n,i} - \\bar{y}_i) (z_{n,j} - \\bar{z}_j) \\right)^2,

    where :math:`\\bar{y}_i` and :math:`\\bar{z}_j` are the means over the
    batch. As a part of a loss it makes ``y`` and ``z`` represent different
    factors of the data.

    Args:
        y (Variable): Batch of vectors, shape ``(N, K)``, floats.
        z (Variable): Batch of vectors, shape ``(N, L)``, of the type of ``y``.

    Returns:
        Variable: Scalar of the type of ``y``; 0 for an empty batch.

    See: B. Cheung et al., `Discovering Hidden Factors of Variation in Deep
    Networks <https://arxiv.org/abs/1412.6583v3>`_.

    .. admonition:: Example

       >>> import numpy as np
       >>> import chainer.functions as F
       >>> y, z = np.array([[1], [3]], 'f'), np.array([[0, 5], [4, 5]], 'f')
       >>> float(F.cross_covariance(y, z).data)  # (2 ** 2 + 0 ** 2) / 2
       2.0

    """
    return CrossCovariance()(y, z)
