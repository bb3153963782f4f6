"""Losses of variational autoencoders.

See: D. P. Kingma, M. Welling, `Auto-Encoding Variational Bayes
<https://arxiv.org/abs/1312.6114>`_.
"""
import math

from chainer.functions.activation import softplus
from chainer.functions.math import exponential, sum
from chainer.utils import argument


def gaussian_kl_divergence(mean, ln_var):
    """KL divergence of normal distributions from the standard one.

    The components are independent, with means :math:`\\mu` and variances
    :math:`\\sigma^2`; then

    .. math::
       D_{\\mathrm{KL}}(N(\\mu, \\sigma^2) \\| N(0, 1)) = \\frac{1}{2}
           \\sum_i \\bigl(
           \\mu_i^2 + \\sigma_i^2 - \\log \\sigma_i^2 - 1 \\bigr).

    The sum is over all elements, those of a batch as well.

    Args:
        mean (Variable): Means :math:`\\mu`, floats of any shape.
        ln_var (Variable): Logarithms of variances, :math:`\\log \\sigma^2`, of
            the shape and type of ``mean``.

    Returns:
        Variable: Scalar of the type of ``mean``.

    .. admonition:: Example

       >>> import numpy as np
       >>> import chainer.functions as F
       >>> mean, ln_var = np.array([[3, 4]], 'f'), np.array([[0, 0]], 'f')
       >>> float(F.gaussian_kl_divergence(mean, ln_var).data)
       12.5

    """
    mean = argument.as_variable(mean)
    ln_var = argument.as_variable(ln_var)
    terms = mean * mean + exponential.exp(ln_var) - ln_var - 1
    return sum.sum(terms) * 0.5


def bernoulli_nll(x, y):
    """Negative log-likelihood of Bernoulli distributions.

    With the probabilities :math:`p = \\sigma(y)`, where :math:`\\sigma` is the
    sigmoid, it is

    .. math::
       -\\sum_i \\bigl( x_i \\log p_i + (1 - x_i) \\log (1 - p_i) \\bigr)
       = \\sum_i \\bigl( \\log (1 + \\exp y_i) - x_i y_i \\bigr).

    It is computed from the right-hand side, which does not overflow. So ``y``
    is what comes out of a linear layer, without a sigmoid. The sum is over all
    elements, those of a batch as well.

    Args:
        x (Variable): What was observed, 0 or 1 or between, floats of any
            shape.
        y (Variable): Parameters before sigmoid, of the shape and type of
            ``x``.

    Returns:
        Variable: Scalar of the type of ``x``.

    .. admonition:: Example

       >>> import numpy as np
       >>> import chainer.functions as F
       >>> x, y = np.array([[1, 0]], 'f'), np.array([[1000, 0]], 'f')
       >>> round(float(F.bernoulli_nll(x, y).data), 4)  # log(2)
       0.6931

    """
    x, y = argument.as_variable(x), argument.as_variable(y)
    return sum.sum(softplus.softplus(y) - x * y)


def gaussian_nll(x, mean, ln_var):
    """Negative log-likelihood of normal distributions.

    The components are independent, with means :math:`\\mu` and variances
    :math:`\\sigma^2`; then it is

    .. math::
       -\\log N(x; \\mu, \\sigma^2) = \\frac{1}{2} \\sum_i \\Bigl(
           \\log 2 \\pi + \\log \\sigma_i^2 +
           \\frac{(x_i - \\mu_i)^2}{\\sigma_i^2} \\Bigr).

    The sum is over all elements, those of a batch as well.

    Args:
        x (Variable): What was observed, floats of any shape.
        mean (Variable): Means :math:`\\mu`, of the shape and type of ``x``.
        ln_var (Variable): Logarithms of variances, :math:`\\log \\sigma^2`, of
            the shape and type of ``x``.

    Returns:
        Variable: Scalar of the type of ``x``.

    .. admonition:: Example

       >>> import numpy as np
       >>> import chainer.functions as F
       >>> x, mean, ln_var = np.array([[[2]], [[0]], [[0]]], 'f')
       >>> loss = F.gaussian_nll(x, mean, ln_var)
       >>> round(float(loss.data), 4)  # (log(2 pi) + 2 ** 2) / 2
       2.9189

    """
    x, mean = argument.as_variable(x), argument.as_variable(mean)
    ln_var = argument.as_variable(ln_var)
    diff = x - mean
    terms = diff * diff * exponential.exp(-ln_var) + ln_var
    return sum.sum(terms + math.log(2 * math.pi)) * 0.5
