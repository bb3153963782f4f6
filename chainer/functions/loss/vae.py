"""Losses of variational autoencoders.

See: D. P. Kingma, M. Welling, `Auto-Encoding Variational Bayes
<https://arxiv.org/abs/1312.6114>`_.
"""
import math

import numpy

from chainer import cuda, function, utils
from chainer.functions.math import half
from chainer.utils import type_check


class SumOfTerms(function.Function):
    """Sum of a function of corresponding elements of some arrays.

    A subclass says what it is and what its slopes are, for NumPy, in
    :meth:`term` and :meth:`slopes`, and for a device.

    Attributes:
        term_in_kernel (str): Value of the function of its arguments, which are
            called as in ``argument_names``. An expression of C++ in which F is
            their type.
        slopes_in_kernel (str): Statements that multiply ``g`` by the slopes:
            the results are called ``g_mean`` for the argument ``mean``.

    """

    def check_type_forward(self, in_types):
        type_check.expect(in_types.size() == len(self.argument_names))
        first = in_types[0]
        type_check.expect(first.dtype.kind == 'f')
        for x_type in in_types[1:]:
            type_check.expect(
                x_type.dtype == first.dtype,
                x_type.shape == first.shape,
            )

    def forward_cpu(self, inputs):
        terms = self.term(*[half.widen(x) for x in inputs])
        return numpy.array(terms.sum(), dtype=inputs[0].dtype),

    def backward_cpu(self, inputs, grad_outputs):
        g = float(grad_outputs[0])
        slopes = self.slopes(*[half.widen(x) for x in inputs])
        return tuple([utils.force_array(slope * g, inputs[0].dtype)
                      for slope in slopes])

    def forward_gpu(self, inputs):
        names = self.argument_names
        return cuda.reduce(
            ', '.join([f'T {name}' for name in names]), 'T loss',
            f'term<_type_reduce>({", ".join(names)})', 'a + b', 'loss = a',
            '0', f'{type(self).__name__}_fwd', reduce_type=half.KERNEL_TYPE,
            preamble=f'''
            template <typename F>
            __device__ inline F term({', '.join([f'F {x}' for x in names])}) {{
              return {self.term_in_kernel};
            }}
            ''')(*inputs),

    def backward_gpu(self, inputs, grad_outputs):
        names = self.argument_names
        wide = ', '.join([f'{name} = in_{name}' for name in names])
        grads = cuda.elementwise(
            ', '.join([f'T in_{name}' for name in names]) + ', T gloss',
            ', '.join([f'T g_{name}' for name in names]),
            f'''
            typedef {half.KERNEL_TYPE} F;
            const F {wide}, g = gloss;
            {self.slopes_in_kernel}
            ''', f'{type(self).__name__}_bwd')(*inputs, grad_outputs[0])
        return tuple(grads)

    def term(self, *xs):
        """Returns the terms of the sum."""
        raise NotImplementedError

    def slopes(self, *xs):
        """Returns the derivative of each term by each argument."""
        raise NotImplementedError


class GaussianKLDivergence(SumOfTerms):
    """KL divergence of normal distributions from the standard one."""

    argument_names = 'mean', 'ln_var'
    term_in_kernel = '(mean * mean + exp(ln_var) - ln_var - 1) / 2'
    slopes_in_kernel = '''
        g_mean = mean * g;
        g_ln_var = (exp(ln_var) - 1) / 2 * g;
    '''

    def term(self, mean, ln_var):
        return (mean * mean + numpy.exp(ln_var) - ln_var - 1) * 0.5

    def slopes(self, mean, ln_var):
        return mean, (numpy.exp(ln_var) - 1) * 0.5


class BernoulliNLL(SumOfTerms):
    """Negative log-likelihood of Bernoulli distributions."""

    argument_names = 'x', 'y'
    term_in_kernel = '''
        log1p(exp(-fabs(y))) + (y > 0 ? y : (F)0) - x * y
    '''
    slopes_in_kernel = '''
        g_x = -y * g;
        g_y = (1 / (1 + exp(-y)) - x) * g;
    '''

    def term(self, x, y):
        return numpy.log1p(numpy.exp(-abs(y))) + numpy.maximum(y, 0) - x * y

    def slopes(self, x, y):
        return -y, numpy.tanh(y * 0.5) * 0.5 + (0.5 - x)


class GaussianNLL(SumOfTerms):
    """Negative log-likelihood of normal distributions."""

    argument_names = 'x', 'mean', 'ln_var'
    term_in_kernel = f'''
        ((x - mean) * (x - mean) * exp(-ln_var) + ln_var +
         (F){math.log(2 * math.pi)}) / 2
    '''
    slopes_in_kernel = '''
        const F scaled = (x - mean) * exp(-ln_var);
        g_x = scaled * g;
        g_mean = -scaled * g;
        g_ln_var = (1 - (x - mean) * scaled) / 2 * g;
    '''

    def term(self, x, mean, ln_var):
        diff = x - mean
        return (diff * diff * numpy.exp(-ln_var) + ln_var +
                math.log(2 * math.pi)) * 0.5

    def slopes(self, x, mean, ln_var):
        diff = x - mean
        scaled = diff * numpy.exp(-ln_var)
        return scaled, -scaled, (1 - diff * scaled) * 0.5


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
    return GaussianKLDivergence()(mean, ln_var)


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
    return BernoulliNLL()(x, y)


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
    return GaussianNLL()(x, mean, ln_var)
