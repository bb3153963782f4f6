import numpy

from chainer import cuda, function, mode
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

    def forward_cpu(self, inputs):
        x, t = inputs
        counted = t != self.ignore_label
        self._check_labels(t)
        # The loss is softplus of the score, negated for the label 1. Of -inf
        # it is 0, and so is its slope.
        z = x * _sign(t, half.wide_type(x.dtype))
        z[~counted] = -numpy.inf
        losses = numpy.exp(-abs(z))
        numpy.log1p(losses, out=losses)
        losses += numpy.maximum(z, 0)
        self.z = z
        count = int(counted.sum()) if self.normalize else len(x)
        self._coeff = 1. / max(count, 1)
        loss = self._coeff * float(losses.sum())
        return numpy.array(loss, dtype=x.dtype),

    def forward_gpu(self, inputs):
        x, t = inputs
        if mode.is_debug():
            self._check_labels(t)
        # A number that is no label makes all NaN.
        self._coeff = cuda.reduce(
            'S t, int32 ignore_label, int32 n_example', 'float64 coeff',
            't == ignore_label ? 0. : t == 0 || t == 1 ? 1. : 0. / 0.',
            'a + b',
            '''
            const double divisor = n_example < 0 ? a : n_example + 0 * a;
            coeff = divisor < 1 ? 1 : 1 / divisor;
            ''', '0', 'sigmoid_cross_entropy_coeff')(
                t, self.ignore_label, -1 if self.normalize else len(x))
        return cuda.reduce(
            'T x, S t, raw float64 coeff, int32 ignore_label', 'T loss',
            't == ignore_label ? (_type_reduce)0 : '
            'softplus(t == 1 ? -(_type_reduce)x : (_type_reduce)x)',
            'a + b', 'loss = a * coeff[0]', '0', 'sigmoid_cross_entropy_fwd',
            reduce_type=half.KERNEL_TYPE,
            preamble='''
            template <typename F>
            __device__ inline F softplus(F z) {
              return log1p(exp(-fabs(z))) + (z > 0 ? z : (F)0);
            }
            ''')(x, t, self._coeff, self.ignore_label),

    def backward_cpu(self, inputs, grad_outputs):
        x, t = inputs
        gx = self.z * 0.5
        numpy.tanh(gx, out=gx)
        gx *= 0.5
        gx += 0.5
        gx *= float(grad_outputs[0]) * self._coeff
        gx *= _sign(t, gx.dtype)
        return gx.astype(x.dtype, copy=False), None

    def backward_gpu(self, inputs, grad_outputs):
        x, t = inputs
        gx = cuda.elementwise(
            'T x, S t, float64 coeff, T gloss, int32 ignore_label', 'T gx',
            f'''
            typedef {half.KERNEL_TYPE} wide;
            const wide scale = coeff * gloss;
            const wide sign = t == 1 ? (wide)-1 : (wide)1;
            gx = t == ignore_label ? (T)0 :
                (T)(sign * scale / (1 + exp(-sign * x)));
            ''', 'sigmoid_cross_entropy_bwd')(
                x, t, self._coeff, grad_outputs[0], self.ignore_label)
        return gx, None

    def _check_labels(self, t):
        if ((t != self.ignore_label) & (t != 0) & (t != 1)).any():
            raise ValueError(
                f'labels t must be 0 or 1, or {self.ignore_label} to be '
                f'ignored, but they reach from {t.min()} to {t.max()}')


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
        use_cudnn (bool): Accepted as other functions do. cuDNN has nothing
            that this could use.
        normalize (bool): Take the mean over what counts, instead of dividing
            by the batch size, the length of the first axis.

    Returns:
        Variable: Scalar of the type of ``x``.

    Raises:
        ValueError: If a label is none of 0, 1 and -1. On a device this is
            found out in debug mode only; else the loss and the gradient are
            NaN.

    .. admonition:: Example

       >>> import numpy as np
       >>> import chainer.functions as F
       >>> x = np.array([[1000, 0], [0, 0]], 'f')
       >>> loss = F.sigmoid_cross_entropy(x, np.array([[1, 0], [-1, -1]], 'i'))
       >>> round(float(loss.data), 4)  # log(2) / 2
       0.3466

    """
    return SigmoidCrossEntropy(use_cudnn, normalize)(x, t)
