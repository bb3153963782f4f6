import numpy

from chainer import cuda, function
from chainer.functions.math import half
from chainer.utils import type_check


class SigmoidCrossEntropy(function.Function):
    """Cross entropy of sigmoid against labels.

    Attributes:
        ignore_label (int): Label of what does not count.

    """

    argument_names = 'x', 't'
    ignore_label = -1

    def __init__(self, use_cudnn=True, normalize=True):
        self.use_cudnn = use_cudnn
        self.normalize = normalize

    def check_type_forward(self, in_types):
        type_check.expect(in_types.size() == 2)
        x_type, t_type = in_types
        type_check.expect(
            x_type.dtype.kind == 'f',
            t_type.dtype == numpy.int32,
            x_type.ndim >= 1,
            x_type.shape == t_type.shape,
        )

    def forward(self, inputs):
        x, t = inputs
        xp = cuda.get_array_module(x)
        counted = t != self.ignore_label
        if (counted & (t != 0) & (t != 1)).any():
            raise ValueError(
                f'labels t must be 0 or 1, or {self.ignore_label} to be '
                f'ignored, but they reach from {t.min()} to {t.max()}')
        # The loss is softplus of the score, negated for the label 1. Of -inf
        # it is 0, and so is its slope.
        z = x * _sign(t, half.wide_type(x.dtype))
        z[~counted] = -numpy.inf
        losses = xp.exp(-abs(z))
        xp.log1p(losses, out=losses)
        losses += xp.maximum(z, 0)
        self.z = z
        count = int(counted.sum()) if self.normalize else len(x)
        self._coeff = 1. / max(count, 1)
        loss = self._coeff * float(losses.sum())
        return xp.asarray(loss, dtype=x.dtype),

    def backward(self, inputs, grad_outputs):
        x, t = inputs
        xp = cuda.get_array_module(x)
        gx = self.z * 0.5
        xp.tanh(gx, out=gx)
        gx *= 0.5
        gx += 0.5
        gx *= float(grad_outputs[0]) * self._coeff
        gx *= _sign(t, gx.dtype)
        return gx.astype(x.dtype, copy=False), None


def _sign(t, dtype):
    """Returns -1 for the label 1, and 1 for others."""
    # Arithmetic is much faster than a choice by a mask.
    sign = (t != 1).astype(dtype)
    sign *= 2
    sign -= 1
    return sign


def sigmoid_cross_entropy(x, t, use_cudnn=True, normalize=True):
    """Cross entropy of the sigmoid of scores against binary labels.

    .. math::
       L = -\\frac{1}{M} \\sum_{n, k: t_{n,k} \\ne -1}
           \\bigl( t_{n,k} \\log \\sigma(x_{n,k}) +
           (1 - t_{n,k}) \\log (1 - \\sigma(x_{n,k})) \\bigr),

    where :math:`\\sigma` is the sigmoid, and :math:`M` is the number of terms
    if ``normalize`` is true, else the batch size. If no label counts, the loss
    is 0.

    The sigmoid and the logarithm are computed in one step, which does not
    overflow. The loss is differentiable by ``x``.

    Args:
        x (Variable): Scores before sigmoid (unnormalized logarithms of
            probabilities), floats of any shape, ``(N, K)`` for example.
        t (Variable): Labels 0 and 1, of the shape of ``x``, int32. Where it is
            -1, the score does not count.
        use_cudnn (bool): Use cuDNN on a device, where it is available.
        normalize (bool): Take the mean over what counts, instead of dividing
            by the batch size, the length of the first axis.

    Returns:
        Variable: Scalar of the type of ``x``.

    Raises:
        ValueError: If a label is none of 0, 1 and -1.

    .. admonition:: Example

       >>> import numpy as np
       >>> import chainer.functions as F
       >>> x = np.array([[1000, 0], [0, 0]], 'f')
       >>> loss = F.sigmoid_cross_entropy(x, np.array([[1, 0], [-1, -1]], 'i'))
       >>> round(float(loss.data), 4)  # log(2) / 2
       0.3466

    """
    return SigmoidCrossEntropy(use_cudnn, normalize)(x, t)
